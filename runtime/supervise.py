"""Write the supervisor's programs: what runs, what is restarted, in which order all stops.

A program that dies is started again at once; one that cannot start is tried again a second later
each time, without end, for its cause (a full disk, a database that recovers) may pass. Stopping
goes from the high priority down, so that nobody loses a server under his hands.
"""

from pathlib import Path

from runtime.config import Config
from runtime.places import PYTHON, ROOT, VENV

FOREVER = 1_000_000
WORKER_PROCESSES = 2


def write_config(config: Config, *, broker_port: int, as_root: bool) -> Path:
    """Write the supervisor's file into the data folder and return its path.

    Addresses and keys are not in it: the programs inherit the environment.
    """
    sections = [_supervisor(config.data_dir, as_root)]
    if config.external_database is None:
        line = f"{PYTHON} -m runtime.postgres --data-dir {_quote(config.data_dir)}"
        sections.append(_program(config, "postgres", line, priority=10, stop_seconds=40))
    if config.external_broker is None:
        line = f"{PYTHON} -m runtime.valkey --data-dir {_quote(config.data_dir)}"
        line += f" --port {broker_port}"
        sections.append(_program(config, "valkey", line, priority=10, stop_seconds=20))
    for name, command, seconds in (
        ("web", _web(), 30),
        ("worker", _worker(), 30),
        ("beat", _beat(), 10),
    ):
        line = f"{PYTHON} -m runtime.wait -- {command}"
        sections.append(_program(config, name, line, priority=20, stop_seconds=seconds))
    path = config.data_dir / "supervisord.conf"
    path.write_text("\n".join(sections))
    return path


def supervisor_command(config_file: Path) -> list[str]:
    """Return the supervisor's command line, for the foreground."""
    return [str(VENV / "bin" / "supervisord"), "-n", "-s", "-c", str(config_file)]


def _supervisor(data_dir: Path, as_root: bool) -> str:
    lines = ["[supervisord]", f"directory={_escape(ROOT)}"]
    lines += [f"logfile={_escape(data_dir)}/log/supervisord.log", "logfile_maxbytes=5MB"]
    lines += [f"pidfile={_escape(data_dir)}/supervisord.pid", "minfds=1024", "umask=077"]
    lines += ["user=root"] if as_root else []  # said on purpose: else it warns at every start
    return "\n".join(lines) + "\n"


def _program(config: Config, name: str, line: str, *, priority: int, stop_seconds: int) -> str:
    kind = name if name in ("web", "worker", "beat") else "command"
    return f"""[program:{name}]
command={_escape(line)}
directory={_escape(ROOT)}
environment=PROCESS_KIND="{kind}"
priority={priority}
autorestart=true
startsecs=1
startretries={FOREVER}
stopsignal=TERM
stopwaitsecs={stop_seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile={_escape(config.data_dir)}/log/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


def _web() -> str:
    return f"{VENV}/bin/gunicorn --config {ROOT}/runtime/gunicorn_conf.py"


def _worker() -> str:
    return (
        f"{VENV}/bin/celery -A credit_mgmt.celery:app worker --loglevel INFO "
        f"--concurrency {WORKER_PROCESSES} --without-gossip --without-mingle"
    )


def _beat() -> str:
    return (
        f"{VENV}/bin/celery -A credit_mgmt.celery:app beat --loglevel INFO "
        "--scheduler django_celery_beat.schedulers:DatabaseScheduler --pidfile="
    )


def _quote(path: Path) -> str:
    return f'"{path}"'


def _escape(text: object) -> str:
    """Double the percent sign, which the supervisor would expand."""
    return str(text).replace("%", "%%")
