"""The embedded servers for real: start, crash, restart, stop, and what must not remain."""

import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from runtime.places import socket_dir
from runtime.postgres import data_folder
from runtime.stack import EmbeddedPostgres, EmbeddedValkey, ServerFailed, throw_away_servers


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "data")
    server.start()
    yield server
    server.stop()


def is_alive(pid: int) -> bool:
    """Say whether a process runs; a dead one that waits to be reaped does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def wait_for_end(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_alive(pid)


def ask(server: EmbeddedPostgres, statement: str) -> object:
    connection = psycopg2.connect(server.dsn("postgres"))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


class TestEmbeddedPostgres:
    def test_is_durable_private_and_knows_unicode(self, postgres: EmbeddedPostgres) -> None:
        assert ask(postgres, "show fsync") == "on"
        assert ask(postgres, "show synchronous_commit") == "on"
        assert ask(postgres, "show data_checksums") == "on"
        assert ask(postgres, "show listen_addresses") == ""
        assert ask(postgres, "select upper('äé')") == "ÄÉ"
        assert ask(postgres, "select lower('ÄÉ')") == "äé"
        folder = socket_dir(postgres.data_dir)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_never_runs_as_root(self, postgres: EmbeddedPostgres) -> None:
        assert Path(f"/proc/{postgres.pid}").stat().st_uid != 0

    def test_makes_a_database_once(self, postgres: EmbeddedPostgres) -> None:
        assert postgres.create_database("credit")
        assert not postgres.create_database("credit")

    def test_keeps_what_was_answered_when_everything_is_killed(
        self, postgres: EmbeddedPostgres
    ) -> None:
        ask(postgres, "create table kept (n int); insert into kept values (1), (2)")
        postgres.kill9()
        assert not postgres.is_ready()
        postgres.start()
        assert ask(postgres, "select sum(n)::int from kept") == 3

    def test_starts_again_while_backends_of_the_killed_one_live(
        self, postgres: EmbeddedPostgres
    ) -> None:
        client = psycopg2.connect(postgres.dsn("postgres"))
        postgres.kill9(everything=False)
        assert postgres.start() < 15
        assert ask(postgres, "select 1") == 1
        client.close()

    def test_stops_fast_beside_an_idle_client(self, postgres: EmbeddedPostgres) -> None:
        client = psycopg2.connect(postgres.dsn("postgres"))
        with client.cursor() as cursor:
            cursor.execute("select 1")  # and stays in its transaction
        pid = postgres.pid
        assert postgres.stop() < 10
        assert pid
        assert not is_alive(pid)
        assert not (data_folder(postgres.data_dir) / "postmaster.pid").exists()
        assert list(socket_dir(postgres.data_dir).iterdir()) == []
        client.close()

    def test_goes_when_its_keeper_is_killed(self, postgres: EmbeddedPostgres) -> None:
        pid = postgres.pid
        assert postgres.process
        assert pid
        postgres.process.kill()
        assert wait_for_end(pid)

    def test_keeps_data_over_a_stop(self, postgres: EmbeddedPostgres) -> None:
        ask(postgres, "create table kept (n int); insert into kept values (7)")
        postgres.stop()
        postgres.start()
        assert ask(postgres, "select n from kept") == 7

    def test_works_below_a_deep_folder(self, tmp_path: Path) -> None:
        deep = tmp_path / ("x" * 60) / ("y" * 60)
        with EmbeddedPostgres(deep) as server:
            assert ask(server, "select 1") == 1
            short = socket_dir(server.data_dir)
            assert len(str(short)) <= 80
            assert (deep / "socket_dir").read_text().strip() == str(short)
        short.rmdir()  # also proves that nothing was left in it

    def test_says_why_it_cannot_start(self, tmp_path: Path) -> None:
        server = EmbeddedPostgres(tmp_path, {"shared_buffers": "much"})
        with pytest.raises(ServerFailed, match="shared_buffers"):
            server.start()


class TestEmbeddedValkey:
    def test_keeps_its_queue_over_a_kill(self, tmp_path: Path) -> None:
        server = EmbeddedValkey(tmp_path, any_port=True)
        server.start()
        try:
            redis.Redis(port=server.port).rpush("queue", "a", "b")
            server.kill9()
            server.start()
            assert redis.Redis(port=server.port).llen("queue") == 2
            assert (tmp_path / "valkey.port").read_text().strip() == str(server.port)
        finally:
            server.stop()

    def test_takes_another_port_when_its_own_is_taken(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            (tmp_path / "valkey.port").write_text(str(port))
            with EmbeddedValkey(tmp_path) as server:
                assert server.port != port
                assert server.is_ready()
        assert (tmp_path / "valkey.port").read_text().strip() == str(server.port)

    def test_stops_on_term_and_leaves_nothing(self, tmp_path: Path) -> None:
        server = EmbeddedValkey(tmp_path, any_port=True)
        server.start()
        assert server.process
        pid = server.process.pid
        server.stop()
        assert not is_alive(pid)


class TestThrowAwayServers:
    def test_ends_both_also_after_an_error(self, tmp_path: Path) -> None:
        seen: list[int] = []

        def fail_inside() -> None:
            with throw_away_servers(tmp_path) as places:
                assert set(places) == {"DATABASE_URL", "REDIS_URL", "DATA_DIR"}
                pid = EmbeddedPostgres(tmp_path).pid
                assert pid
                assert is_alive(pid)
                seen.append(pid)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail_inside()
        assert len(seen) == 1
        assert not is_alive(seen[0])
