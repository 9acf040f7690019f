"""`make run`: from a bare machine to the running product, and to its clean end."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from runtime import environment as env_steps
from runtime import valkey
from runtime.config import BadConfig, Config, is_port_free, read_config
from runtime.environment import manage
from runtime.osuser import follow_parent
from runtime.places import ROOT, NotInstalled
from runtime.progress import Progress, StepFailed, say
from runtime.stack import EmbeddedPostgres, EmbeddedValkey, ServerFailed
from runtime.stamps import Stamp, digest
from runtime.supervise import supervisor_command, write_config

STEPS = 9
LOGINS = "demo_password"
NO_DATA = 3  # exit status of `has_data`
UP_SECONDS = 120.0


class Refused(Exception):
    """The start cannot go on, for a reason that the person at the keyboard can mend."""


class Stopped(Exception):
    """Ctrl-C or TERM came."""


def main() -> int:
    """Run the product until Ctrl-C or TERM; return the exit status."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        config = read_config()
        with _one_start_at_a_time(config.data_dir):
            if not is_port_free(config.bind, config.port):
                raise Refused(f"PORT: {config.bind}:{config.port} is taken by another program")
            return _run(config)
    except BadConfig as error:
        for problem in error.problems:
            sys.stderr.write(f"Refused to start: {problem}\n")
        return 2
    except Refused as error:
        sys.stderr.write(f"Refused to start: {error}\n")
        return 2
    except (StepFailed, ServerFailed, NotInstalled, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except Stopped:
        say("\nStopped.")
        return 0


def program_env(config: Config, broker_url: str) -> dict[str, str]:
    """Return the environment of everything that runs inside the product.

    Demo mode, which is more lenient, is on only where we made the demo logins ourselves: never
    on somebody's own database that DATABASE_URL points at.
    """
    is_demo = config.demo and (config.data_dir / LOGINS).exists()
    return {
        **os.environ,
        "DATA_DIR": str(config.data_dir),
        "DATABASE_URL": config.database_url,
        "REDIS_URL": broker_url,
        "BIND": config.bind,
        "PORT": str(config.port),
        "DEMO": "yes" if is_demo else "no",
        "PYTHONUNBUFFERED": "1",
    }


def _run(config: Config) -> int:
    begin = time.monotonic()
    progress = Progress(STEPS, config.data_dir / "log" / "setup.log")
    with env_steps.setup_lock():
        env_steps.install_packages(progress)
        env_steps.install_front_end(progress)
    broker_port = 0 if config.external_broker else valkey.choose_port(config.data_dir)
    broker_url = config.external_broker or valkey.broker_url(broker_port)
    env = program_env(config, broker_url)
    with _servers(config, broker_port, progress):
        _migrate(config, progress, env)
        with env_steps.setup_lock():
            env_steps.vendor_front_end(progress, env)
            env_steps.collect_static(progress, env)
            env_steps.compile_translations(progress, env)
        logins = _demo(config, progress, {**env, "DEMO": "yes"})
    env = program_env(config, broker_url)
    return _serve(config, progress, env, broker_port, logins, begin)


@contextlib.contextmanager
def _servers(config: Config, broker_port: int, progress: Progress) -> Iterator[None]:
    """Run the embedded servers for the steps before the supervisor takes them over."""
    progress.begin("Database and broker")
    with contextlib.ExitStack() as stack:
        if config.external_database is None:
            database = stack.enter_context(EmbeddedPostgres(config.data_dir))
            database.create_database("credit")
        if config.external_broker is None:
            broker = EmbeddedValkey(config.data_dir)
            broker.port = broker_port
            stack.enter_context(broker)
        progress.end()
        yield


def _migrate(config: Config, progress: Progress, env: dict[str, str]) -> None:
    """Bring the schema up to date; our own database needs no look when no migration changed."""
    progress.begin("Database schema")
    files = [*sorted(ROOT.glob("*/migrations/0*.py")), ROOT / "requirements.txt"]
    stamp = _database_stamp(config, "schema", digest(files, config.database_url))
    if config.external_database is None and stamp.is_current:
        progress.end("unchanged")
        return
    progress.run(manage("migrate", "--noinput"), env=env, cwd=ROOT)
    stamp.set()
    progress.end()


def _database_stamp(config: Config, name: str, wanted: str) -> Stamp:
    """Return the stamp of what was done in the database; our own database keeps it in its folder."""
    folder = "stamps" if config.external_database else "pg"
    return Stamp(config.data_dir / folder / f"{name}.stamp", wanted)


def _demo(config: Config, progress: Progress, env: dict[str, str]) -> str:
    """Load the demo portfolio into an empty database; return the demo logins as text."""
    progress.begin("Demo portfolio")
    if not config.demo:
        progress.end("not wanted (DEMO=no)")
        return ""
    logins = config.data_dir / LOGINS
    stamp = _database_stamp(config, "demo", digest([], config.database_url))
    if stamp.is_current and logins.exists():
        progress.end("kept")
        return logins.read_text()
    status = progress.run(manage("has_data"), env=env, cwd=ROOT, may_return=(0, NO_DATA))
    if status != NO_DATA and config.external_database and not logins.exists():
        progress.end("not wanted: the database has data of its own")
        return ""
    if status == NO_DATA:
        arguments = [f"--customers={config.demo_customers}", f"--seed={config.demo_seed}"]
        progress.run(manage("demo", *arguments), env=env, cwd=ROOT)
    if not logins.exists():
        _write_secret(logins, _output(manage("demo_logins", "--create"), env))
    stamp.set()
    progress.end("" if status == NO_DATA else "kept")
    return logins.read_text()


def _serve(
    config: Config,
    progress: Progress,
    env: dict[str, str],
    broker_port: int,
    logins: str,
    begin: float,
) -> int:
    """Hand over to the supervisor, say when the pages answer, and wait for the end."""
    progress.begin("Web, worker and beat")
    config_file = write_config(config, broker_port=broker_port, as_root=os.geteuid() == 0)
    supervisor = subprocess.Popen(
        supervisor_command(config_file),
        env=env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # the terminal's Ctrl-C is ours to pass on
        preexec_fn=follow_parent,
    )
    try:
        _wait_for_pages(config, supervisor)
        progress.end()
        say(f"\nReady in {time.monotonic() - begin:.0f} s: {config.address}")
        if logins:
            say(f"\n{logins.strip()}")
        say(f"\nLogs: {config.data_dir / 'log'}. Ctrl-C stops everything.")
        status = supervisor.wait()
        raise StepFailed(f"The supervisor ended by itself (status {status}).")
    finally:
        _end(supervisor)


def _wait_for_pages(config: Config, supervisor: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + UP_SECONDS
    while not _answers(f"{config.address}/health/live"):
        if supervisor.poll() is not None:
            raise StepFailed(f"The supervisor ended; see {config.data_dir / 'log'}.")
        if time.monotonic() > deadline:
            raise StepFailed(f"No page answers; see {config.data_dir / 'log' / 'web.log'}.")
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except urllib.error.HTTPError as answer:
        return answer.code < 500
    except OSError:
        return False


def _end(supervisor: "subprocess.Popen[bytes]") -> None:
    """Stop the supervisor and with it, in order, all programs. A second Ctrl-C changes nothing."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if supervisor.poll() is None:
        say("\nStopping …")
        supervisor.terminate()
        supervisor.wait()


@contextlib.contextmanager
def _one_start_at_a_time(data_dir: Path) -> Iterator[None]:
    """Refuse a second start on the same data; the lock goes with the process, however it ends."""
    with (data_dir / "run.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("DATA_DIR is in use by another `make run`") from None
        yield


def _write_secret(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)


def _output(command: list[str], env: dict[str, str]) -> str:
    """Return what a command prints, without leaving it in any log."""
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StepFailed(f"{command[2]} failed: {done.stderr.strip()}")
    return done.stdout


def _stop(*_: object) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
