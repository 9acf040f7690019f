"""The two embedded servers as objects, for tests, benchmarks and single commands.

with EmbeddedPostgres(folder) as postgres:
    connect(postgres.dsn("credit"))
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from runtime import postgres, valkey
from runtime.answering import is_broker_ready, is_database_ready
from runtime.places import ROOT, database_url, postgres_bin, socket_dir

START_SECONDS = 60.0
STOP_SECONDS = 30.0


class ServerFailed(Exception):
    """A server did not start or did not stop; the text ends with what it said last."""


class EmbeddedServer:
    """A server in a child process, from its start to its end."""

    name = "server"

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = Path(data_dir).resolve()
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def log(self) -> Path:
        """The file with what the server says."""
        return self.data_dir / "log" / f"{self.name}.log"

    def command(self) -> list[str]:
        """The child's command line."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Say whether the server answers."""
        raise NotImplementedError

    def start(self) -> float:
        """Start and wait until the server is ready; return the seconds it took."""
        if self.process and self.process.poll() is None:
            raise ServerFailed(f"{self.name} is running already")
        begin = time.monotonic()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            # Its own session: Ctrl-C reaches our caller alone, who then stops servers in order.
            self.process = subprocess.Popen(
                self.command(), cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self._wait_until_ready(self.process, begin + START_SECONDS)
        except BaseException:  # a Ctrl-C now must not leave the server behind
            self.stop()
            raise
        return time.monotonic() - begin

    def stop(self) -> float:
        """Stop cleanly and wait for the end; return the seconds it took."""
        begin = time.monotonic()
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise ServerFailed(f"{self.name} did not stop: {self._last_words()}") from None
        self.process = None
        return time.monotonic() - begin

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]", deadline: float) -> None:
        while not self.is_ready():
            if process.poll() is not None:
                raise ServerFailed(f"{self.name} ended at its start: {self._last_words()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} was not ready in time: {self._last_words()}")
            time.sleep(0.05)

    def _last_words(self) -> str:
        try:
            return self.log.read_text(errors="replace")[-1000:].strip()
        except OSError:
            return "it left no log"


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL 18 on a private socket; `settings` go over the defaults of `postgres.SETTINGS`."""

    name = "postgres"

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(data_dir)
        self.settings = dict(settings or {})

    def command(self) -> list[str]:
        line = [sys.executable, "-m", "runtime.postgres", "--data-dir", str(self.data_dir)]
        for name, value in self.settings.items():
            line += ["--set", f"{name}={value}"]
        return line

    def is_ready(self) -> bool:
        return self.pid is not None and is_database_ready(self.url("postgres"))

    def url(self, name: str = "credit") -> str:
        """The address of a database, as DATABASE_URL wants it."""
        return database_url(self.data_dir, name)

    def dsn(self, name: str = "credit") -> str:
        """The address of a database, as libpq wants it."""
        return f"host={socket_dir(self.data_dir)} user=postgres dbname={name}"

    @property
    def pid(self) -> int | None:
        """The postmaster's number, or None before the first start."""
        try:
            text = (postgres.data_folder(self.data_dir) / "postmaster.pid").read_text()
        except OSError:
            return None
        first = text.split("\n", 1)[0]
        return int(first) if first.isdigit() else None

    def kill9(self, *, everything: bool = True) -> None:
        """Kill the postmaster, and with `everything` each backend too, as a crash would."""
        postmaster = self.pid
        if postmaster is None:
            raise ServerFailed("postgres is not running")
        for number in [postmaster, *(_children(postmaster) if everything else [])]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        if self.process:
            self.process.wait(STOP_SECONDS)

    def create_database(self, name: str = "credit") -> bool:
        """Make a database when it is missing; say whether it was made."""
        return create_database(self.data_dir, name)


class EmbeddedValkey(EmbeddedServer):
    """Valkey 9 on loopback; the port is chosen at the first start and then kept."""

    name = "valkey"

    def __init__(self, data_dir: Path, *, any_port: bool = False) -> None:
        super().__init__(data_dir)
        self.any_port = any_port
        self.port = 0

    def start(self) -> float:
        if not self.port:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self.port = valkey.choose_port(self.data_dir, anew=self.any_port)
        return super().start()

    def command(self) -> list[str]:
        line = [sys.executable, "-m", "runtime.valkey", "--data-dir", str(self.data_dir)]
        return [*line, "--port", str(self.port)]

    def is_ready(self) -> bool:
        return is_broker_ready(self.url())

    def url(self) -> str:
        """The address, as REDIS_URL wants it."""
        return valkey.broker_url(self.port)

    def kill9(self) -> None:
        """Kill the server, as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait(STOP_SECONDS)


@contextlib.contextmanager
def throw_away_servers(
    folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[dict[str, str]]:
    """Run both servers below `folder` and yield the environment that points at them."""
    with EmbeddedPostgres(folder, settings) as database, EmbeddedValkey(folder, any_port=True) as b:
        database.create_database()
        yield {"DATABASE_URL": database.url(), "REDIS_URL": b.url(), "DATA_DIR": str(folder)}


def create_database(data_dir: Path, name: str) -> bool:
    """Make a database on the running embedded server when it is missing."""
    program = str(postgres_bin() / "createdb")
    line = [program, "-h", str(socket_dir(data_dir)), "-U", "postgres", name]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode and "already exists" not in done.stderr:
        raise ServerFailed(f"the database cannot be made: {done.stderr.strip()}")
    return done.returncode == 0


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(number) for number in text.split()]
    except OSError:  # no such file on macOS
        done = subprocess.run(
            ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False
        )
        return [int(number) for number in done.stdout.split()]
