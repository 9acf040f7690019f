"""Reading addresses, and telling a ready server from one that only listens."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runtime.answering import (
    Place,
    broker_place,
    database_place,
    is_broker_ready,
    is_database_ready,
)


@contextmanager
def listener(answer: bytes) -> Iterator[int]:
    """A server that says one thing to whoever comes: states a real one shows for a moment only."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            link, _ = server.accept()
            with link:
                link.recv(1024)
                link.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


class TestPlaces:
    @pytest.mark.parametrize(
        ("url", "place"),
        [
            ("postgres://u:p%40@db.example:6432/x", Place("db.example", 6432)),
            ("postgresql://db/x?sslmode=require", Place("db", 5432)),
            ("postgres://u@[::1]:5433/x", Place("::1", 5433)),
            (
                "postgres://postgres@%2FTmp%2FUpper/x",
                Place("", 5432, path="/Tmp/Upper/.s.PGSQL.5432"),
            ),
            ("postgres:///x?host=/run/pg", Place("", 5432, path="/run/pg/.s.PGSQL.5432")),
        ],
    )
    def test_reads_a_database_address(self, url: str, place: Place) -> None:
        assert database_place(url) == place

    @pytest.mark.parametrize(
        ("url", "place"),
        [
            ("redis://cache:6380/1", Place("cache", 6380)),
            ("rediss://:secret@cache/0", Place("cache", 6379, tls=True)),
            ("unix:///run/valkey.sock?db=1", Place("", 0, path="/run/valkey.sock")),
        ],
    )
    def test_reads_a_broker_address(self, url: str, place: Place) -> None:
        assert broker_place(url) == place


class TestReadiness:
    @pytest.mark.parametrize(
        ("answer", "ready"),
        [
            (b"R\0\0\0\x08\0\0\0\0", True),
            (b"E\0\0\0\x20SFATAL\0C57P03\0Mstarting up\0\0", False),
            (b"E\0\0\0\x20SFATAL\0C28P01\0Mpassword\0\0", True),
            (b"", False),
        ],
    )
    def test_database(self, answer: bytes, ready: bool) -> None:
        with listener(answer) as port:
            assert is_database_ready(f"postgres://127.0.0.1:{port}/x") is ready

    @pytest.mark.parametrize(
        ("answer", "ready"),
        [(b"+PONG\r\n", True), (b"-NOAUTH\r\n", True), (b"-LOADING\r\n", False), (b"", False)],
    )
    def test_broker(self, answer: bytes, ready: bool) -> None:
        with listener(answer) as port:
            assert is_broker_ready(f"redis://127.0.0.1:{port}/0") is ready

    def test_nobody_there(self) -> None:
        assert not is_database_ready("postgres://x@%2Fno%2Fsuch%2Ffolder/x")
