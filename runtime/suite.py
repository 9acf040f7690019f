"""`make test`: the whole suite on a bare machine, against servers made for it alone."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from runtime import environment as env_steps
from runtime.config import BadConfig, read_config
from runtime.places import PYTHON, ROOT, NotInstalled
from runtime.progress import Progress, StepFailed, say
from runtime.stack import ServerFailed, throw_away_servers

STEPS = 5
PROCESSES = 2
# Tests make and drop databases by the hundred; nothing of them outlives the run. Tests that kill
# a server start their own, with the product's settings.
TEST_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "autovacuum_naptime": "10s",
}


def main(arguments: list[str] | None = None) -> int:
    """Prepare, run pytest, take all away; return pytest's exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        config = read_config({k: v for k, v in os.environ.items() if k != "DATA_DIR"})
        with _scratch_folder() as folder:
            progress = Progress(STEPS, folder / "log" / "setup.log")
            with test_environment(folder, progress) as env:
                if config.external_database:
                    env["DATABASE_URL"] = config.external_database
                if config.external_broker:
                    env["REDIS_URL"] = config.external_broker
                return _pytest(arguments, env)
    except BadConfig as error:
        for problem in error.problems:
            sys.stderr.write(f"Refused to start: {problem}\n")
        return 2
    except (StepFailed, ServerFailed, NotInstalled, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


@contextlib.contextmanager
def test_environment(folder: Path, progress: Progress) -> Iterator[dict[str, str]]:
    """Make everything the tests need and yield the environment to run them in."""
    with env_steps.setup_lock():
        env_steps.install_packages(progress, for_tests=True)
        env_steps.install_front_end(progress)
    browser = env_steps.find_browser(progress)
    with throw_away_servers(folder, TEST_SETTINGS) as places:
        env = {**os.environ, **places, "CHROMIUM": browser, "PYTHONUNBUFFERED": "1"}
        with env_steps.setup_lock():
            env_steps.vendor_front_end(progress, env)
            env_steps.compile_translations(progress, env)
        yield env


def _pytest(arguments: list[str], env: dict[str, str]) -> int:
    # `make test ARGS=…` hands its words over in the environment, quoted as the shell reads them.
    wanted = arguments or shlex.split(os.environ.get("ARGS", ""))
    spread = ["-n", str(PROCESSES), "--dist", "loadfile"]
    if any(word == "-n" or (word.startswith("-n") and word[2:].isdigit()) for word in wanted):
        spread = []
    command = [str(PYTHON), "-m", "pytest", *spread, *wanted]
    say(f"\n{shlex.join(['pytest', *spread, *wanted])}")
    child = subprocess.Popen(command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL)
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.send_signal(signal.SIGINT)
        child.wait(30)
        raise


@contextlib.contextmanager
def _scratch_folder() -> Iterator[Path]:
    """Yield a folder that the server's OS user may walk through, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="credit-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
