"""The house under test: databases of its own, the product's web server on them, a browser.

The server is the product as it is deployed (gunicorn, production settings, collected and compressed
static files) on a database of its own; nothing is replaced. The broker is left away: what needs a worker is done
by the test through `common.queue.run_due_jobs`.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(settings.BASE_DIR)
NO_BROKER = "redis://127.0.0.1:1/0"
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_browser() -> str:
    """Return the path of Chromium; where there is none, say how to get it."""
    wanted = os.environ.get("CHROMIUM", "")
    names = (wanted,) if wanted else BROWSERS
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    raise RuntimeError(
        f"No browser for the browser tests (looked for {', '.join(names)}). Install it, for example "
        "with `apt-get install chromium`, or set CHROMIUM to its path."
    )


@contextmanager
def own_database(name: str, template: str = "template0") -> Iterator[str]:
    """Make the database `name` as a copy of `template`; drop it afterwards."""
    quote_name = connection.ops.quote_name
    drop = f"DROP DATABASE IF EXISTS {quote_name(name)} WITH (FORCE)"
    connection.close()
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(drop)
        cursor.execute(f"CREATE DATABASE {quote_name(name)} TEMPLATE {quote_name(template)}")
    try:
        yield name
    finally:
        connection.close()
        with connection.creation._nodb_cursor() as cursor:
            cursor.execute(drop)


@contextmanager
def speak_to(name: str) -> Iterator[None]:
    """Let the ORM of this process use the database `name` for a while."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def collect_static(folder: Path) -> Path:
    """Collect and compress the static files once for all processes of a test run."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            subprocess.run(
                [sys.executable, str(ROOT / "manage.py"), "collectstatic", "--noinput"],
                env=_environment(connection.settings_dict["NAME"], folder),
                check=True,
                stdout=subprocess.DEVNULL,
            )
            (folder / "done").touch()
    return folder


@contextmanager
def serve(database: str, data_dir: Path, log: Path) -> Iterator[str]:
    """Run the product's web server on `database`; yield its address."""
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
        log.open("w") as output,
    ):
        command = [
            sys.executable, "-m", "gunicorn", "--config", str(ROOT / "runtime/gunicorn_conf.py"),
            "--bind", f"fd://{listener.fileno()}", "--log-level", "warning",
        ]  # fmt: skip
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_environment(database, data_dir),
            pass_fds=[listener.fileno()],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            _wait_for(address, process, log)
            yield address
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: the browser keeps connections open
            try:
                process.wait(25)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/health/live", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"The web server did not start:\n{log.read_text()[-4000:]}")


def _environment(database: str, data_dir: Path) -> dict[str, str]:
    told = connection.settings_dict
    user = quote(told["USER"], safe="")
    if told["PASSWORD"]:
        user += ":" + quote(told["PASSWORD"], safe="")
    host = quote(told["HOST"], safe="") + (f":{told['PORT']}" if told["PORT"] else "")
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "credit_mgmt.settings",
        "DATABASE_URL": f"postgres://{user}@{host}/{quote(database, safe='')}",
        "REDIS_URL": NO_BROKER,
        "DATA_DIR": str(data_dir),
        "SECRET_KEY": settings.SECRET_KEY,
        "ALLOWED_HOSTS": "127.0.0.1",
        "PROCESS_KIND": "web",
        "WEB_PROCESSES": "1",
        "WEB_THREADS": "4",
        "DEBUG": "no",
        "HTTPS": "no",
        "PYTHONPATH": str(ROOT),
    }
