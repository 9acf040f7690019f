"""`make run` as its user meets it: start, crashes of every process, clean end, second start.

Each run has its own folder and port, so that it stands beside other tests and a running product.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from runtime.places import ROOT
from runtime.stack import EmbeddedPostgres

START_SECONDS = 240
# The promise is 15 s on two cores of one's own; in the suite the other half of the machine is busy.
SECOND_START_SECONDS = 30
WEB_SECONDS = 5 + 15  # after the database answers; the rest is for the busy machine
JOBS_SECONDS = 60

pytestmark = pytest.mark.slow


class MakeRun:
    """One `make run` and what can be seen of it from outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.port = free_port()
        self.output = folder / "output.txt"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        kept = {
            k: v
            for k, v in os.environ.items()
            if k
            not in ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "DJANGO_SETTINGS_MODULE", "SECRET_KEY")
            and not k.startswith(("PYTEST_", "MAKE", "MFLAGS"))
        }
        mine = {"DATA_DIR": str(self.data_dir), "PORT": str(self.port), "DEMO_CUSTOMERS": "5"}
        return {**kept, **mine}

    def start(self) -> str:
        """Start, wait until it says that it is ready, and return what it said."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                ["make", "run", f"PYTHON={sys.executable}"],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(
            lambda: "Ctrl-C stops" in self.said() or self.process_ended(), START_SECONDS, self.said
        )
        assert not self.process_ended(), self.said()
        return self.said()

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def process_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def end(self, number: int = signal.SIGTERM) -> None:
        """Stop with a signal to the whole foreground group, as a terminal sends it."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, number)
            self.process.wait(90)

    def processes(self) -> dict[int, str]:
        """Return every process of this product with its command line, wherever it hangs.

        The servers rename themselves and lose their environment, but they work in our folder.
        """
        found: dict[int, str] = {}
        mark = f"DATA_DIR={self.data_dir}\0".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                works_in = os.readlink(folder / "cwd")
                if (
                    str(self.data_dir) in line
                    or works_in.startswith(str(self.data_dir))
                    or mark in (folder / "environ").read_bytes()
                ):
                    found[int(folder.name)] = line
            except OSError:
                continue
        return found

    def pid_of(self, *words: str) -> int | None:
        """Return the supervised process whose command line holds all the words."""
        supervisor = (self.data_dir / "supervisord.pid").read_text().strip()
        for pid, line in self.processes().items():
            try:
                stat = Path(f"/proc/{pid}/stat").read_text()
            except OSError:
                continue
            parent = stat.rpartition(")")[2].split()[1]
            if parent == supervisor and all(word in line for word in words):
                return pid
        return None

    def get(self, path: str) -> int | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as page:
                return int(page.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def log_size(self, name: str) -> int:
        return (self.data_dir / "log" / f"{name}.log").stat().st_size

    def log_since(self, name: str, size: int) -> str:
        with (self.data_dir / "log" / f"{name}.log").open("rb") as file:
            file.seek(size)
            return file.read().decode(errors="replace")

    def customers(self) -> int:
        connection = psycopg2.connect(EmbeddedPostgres(self.data_dir).dsn("credit"))
        try:
            with connection.cursor() as cursor:
                cursor.execute("select count(*) from customers_customer")
                return int(cursor.fetchone()[0])
        finally:
            connection.close()

    def worker_answers(self) -> bool:
        command = [str(ROOT / ".venv/bin/celery"), "-A", "credit_mgmt.celery:app"]
        port = (self.data_dir / "valkey.port").read_text().strip()
        env = {**self.env, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        done = subprocess.run(
            [*command, "inspect", "ping", "--timeout", "5"],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        return "pong" in done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(holds: Callable[[], bool], seconds: float, explain: Callable[[], str]) -> float:
    """Wait until something holds and return the seconds it took."""
    begin = time.monotonic()
    while not holds():
        assert time.monotonic() - begin < seconds, explain()
        time.sleep(0.2)
    return time.monotonic() - begin


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeRun]:
    """The product, started once for all tests of this module."""
    run = MakeRun(tmp_path_factory.mktemp("make-run"))
    try:
        run.start()
        yield run
    finally:
        run.end()


class TestFirstStart:
    def test_says_each_step_the_address_and_the_logins(self, product: MakeRun) -> None:
        said = product.said()
        for number in range(1, 10):
            assert f"[{number}/9] " in said
        assert f"http://127.0.0.1:{product.port}" in said
        for login in ("sales", "analyst", "manager", "finance", "collector", "auditor", "admin"):
            assert login in said

    def test_serves_pages_over_the_demo_portfolio(self, product: MakeRun) -> None:
        assert product.get("/health/live") == 200
        assert product.get("/health/ready") == 200
        assert product.get("/") == 200  # the login page stands behind it
        assert product.customers() >= 5

    def test_keeps_secrets_to_their_owner(self, product: MakeRun) -> None:
        for name in ("demo_password", "secret_key"):
            assert (product.data_dir / name).stat().st_mode & 0o077 == 0


@pytest.mark.promise("K1")
class TestKill:
    """SIGKILL to any one process; nobody lends a hand."""

    def test_web_comes_back(self, product: MakeRun) -> None:
        pid = product.pid_of("gunicorn")
        assert pid
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: product.pid_of("gunicorn") not in (pid, None), 30, product.said)
        wait_until(lambda: product.get("/accounts/login/") == 200, WEB_SECONDS, product.said)

    def test_worker_comes_back(self, product: MakeRun) -> None:
        pid = product.pid_of("celery", " worker ")
        assert pid
        os.kill(pid, signal.SIGKILL)
        wait_until(product.worker_answers, JOBS_SECONDS, product.said)
        assert product.pid_of("celery", " worker ") != pid

    def test_beat_comes_back(self, product: MakeRun) -> None:
        pid, size = product.pid_of("celery", " beat "), product.log_size("beat")
        assert pid
        os.kill(pid, signal.SIGKILL)
        wait_until(
            lambda: "Sending due task" in product.log_since("beat", size),
            JOBS_SECONDS,
            lambda: product.log_since("beat", size),
        )
        assert product.pid_of("celery", " beat ") != pid

    def test_valkey_comes_back(self, product: MakeRun) -> None:
        pid = product.pid_of("valkey-server")
        assert pid
        os.kill(pid, signal.SIGKILL)
        assert product.get("/accounts/login/") == 200  # pages do not need it
        wait_until(lambda: product.pid_of("valkey-server") not in (pid, None), 30, product.said)
        wait_until(product.worker_answers, JOBS_SECONDS, product.said)

    def test_postgres_comes_back_with_everything(self, product: MakeRun) -> None:
        server, before = EmbeddedPostgres(product.data_dir), product.customers()
        pid = server.pid
        server.kill9()
        wait_until(lambda: server.pid not in (pid, None) and server.is_ready(), 60, product.said)
        wait_until(lambda: product.get("/health/ready") == 200, WEB_SECONDS, product.said)
        assert product.customers() == before
        wait_until(product.worker_answers, JOBS_SECONDS, product.said)


class TestEndAndSecondStart:
    def test_term_leaves_no_process_and_a_second_start_is_quick_and_keeps_data(
        self, product: MakeRun
    ) -> None:
        before = product.customers()
        logins = (product.data_dir / "demo_password").read_text().strip()
        assert len(product.processes()) >= 7
        assert product.process
        product.process.send_signal(signal.SIGTERM)  # to make alone, as a service manager does
        product.process.wait(90)
        wait_until(lambda: not product.processes(), 10, lambda: str(product.processes()))

        said = product.start()
        found = re.search(r"Ready in (\d+) s", said)
        assert found
        assert int(found[1]) <= SECOND_START_SECONDS
        assert logins in said
        assert product.customers() == before

    def test_the_launcher_finds_the_running_servers(self, product: MakeRun) -> None:
        line = [str(ROOT / "credit"), "has_data"]
        done = subprocess.run(line, env=product.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def test_a_second_one_on_the_same_data_is_refused(self, product: MakeRun) -> None:
        done = run_to_end({**product.env, "PORT": str(free_port())})
        assert done.returncode == 2
        assert "DATA_DIR is in use" in done.stderr

    def test_ctrl_c_leaves_no_process(self, product: MakeRun) -> None:
        product.end(signal.SIGINT)
        wait_until(lambda: not product.processes(), 10, lambda: str(product.processes()))
        assert "Stopped." in product.said()

    def test_the_launcher_starts_the_database_for_one_command(self, product: MakeRun) -> None:
        line = [str(ROOT / "credit"), "has_data"]
        done = subprocess.run(line, env=product.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert not product.processes()


def run_to_end(env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "runtime.run"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class TestRefusal:
    def test_a_taken_port_is_told(self, tmp_path: Path) -> None:
        run = MakeRun(tmp_path)
        with socket.create_server(("127.0.0.1", run.port)):
            done = run_to_end(run.env)
        assert done.returncode == 2
        assert f"PORT: 127.0.0.1:{run.port} is taken" in done.stderr

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("PORT", "hunter2"),
            ("PORT", ""),
            ("BIND", "hunter2"),
            ("DATABASE_URL", "mysql://root:hunter2@localhost/x"),
            ("REDIS_URL", "hunter2"),
            ("DEBUG", "hunter2"),
            ("DATA_DIR", "/dev/null/hunter2"),
        ],
    )
    def test_a_bad_value_is_refused_by_name_and_not_shown(
        self, name: str, value: str, tmp_path: Path
    ) -> None:
        done = run_to_end({**MakeRun(tmp_path).env, name: value})
        assert done.returncode == 2
        assert f"Refused to start: {name} " in done.stderr
        assert "hunter2" not in done.stdout + done.stderr
