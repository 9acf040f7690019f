"""Read the environment into typed values, and refuse bad ones by name.

All problems are collected and reported at once, so that an operator mends a deployment in one
round. A value is never printed: it may hold a password.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from runtime.places import socket_dir

ROOT = Path(__file__).resolve().parent.parent
PROCESS_KINDS = ("web", "worker", "beat", "command")


class BadEnvironment(Exception):
    """Some variables cannot be used; `problems` holds one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Environment:
    """What a process needs to know about the place it runs in."""

    data_dir: Path
    debug: bool
    secret_key: str
    database: dict[str, str]
    redis_url: str
    bind: str
    port: int
    allowed_hosts: tuple[str, ...]
    trusted_origins: tuple[str, ...]
    process_kind: str
    email: dict[str, str]
    demo: bool
    https: bool


def read_environment(env: Mapping[str, str] = os.environ) -> Environment:
    """Return the typed environment, or raise `BadEnvironment` naming every bad variable."""
    problems: list[str] = []
    data_dir = Path(env.get("DATA_DIR") or ROOT / "var").resolve()
    port = _whole_number(env, "PORT", 8000, problems, low=1, high=65535)
    debug = _yes_no(env, "DEBUG", False, problems)
    demo = _yes_no(env, "DEMO", False, problems)
    https = _yes_no(env, "HTTPS", False, problems)
    kind = env.get("PROCESS_KIND") or "command"
    if kind not in PROCESS_KINDS:
        problems.append(f"PROCESS_KIND must be one of {', '.join(PROCESS_KINDS)}")
    database = _database(env, data_dir, problems)
    redis_url = env.get("REDIS_URL") or _embedded_redis(data_dir)
    if not redis_url.startswith(("redis://", "rediss://", "unix://")):
        problems.append("REDIS_URL must start with redis://, rediss:// or unix://")
    bind = env.get("BIND") or "127.0.0.1"
    hosts = tuple(h.strip() for h in (env.get("ALLOWED_HOSTS") or "").split(",") if h.strip())
    if not hosts:
        hosts = ("127.0.0.1", "localhost", "[::1]")
    email = {
        "host": env.get("EMAIL_HOST", ""),
        "port": str(_whole_number(env, "EMAIL_PORT", 25, problems, low=1, high=65535)),
        "user": env.get("EMAIL_HOST_USER", ""),
        "password": env.get("EMAIL_HOST_PASSWORD", ""),
        "tls": "1" if _yes_no(env, "EMAIL_USE_TLS", False, problems) else "",
        "from": env.get("EMAIL_FROM", "credit@example.invalid"),
    }
    secret = _secret_key(env, data_dir, problems)
    if debug and bind not in ("127.0.0.1", "localhost", "::1"):
        problems.append("DEBUG is for this machine only: leave it out, or set BIND to 127.0.0.1")
    if problems:
        raise BadEnvironment(problems)
    return Environment(
        data_dir=data_dir,
        debug=debug,
        secret_key=secret,
        database=database,
        redis_url=redis_url,
        bind=bind,
        port=port,
        allowed_hosts=hosts,
        trusted_origins=tuple(
            o.strip() for o in (env.get("TRUSTED_ORIGINS") or "").split(",") if o.strip()
        ),
        process_kind=kind,
        email=email,
        demo=demo,
        https=https,
    )


def parse_database_url(url: str) -> dict[str, str]:
    """Split `postgres://user:password@host:port/name?option=value` into Django's keys.

    A socket folder is given as `%2Fpath` in the place of the host, or as `?host=/path`.
    Raises `ValueError` when the scheme is not PostgreSQL's or the database's name is missing.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in ("postgres", "postgresql"):
        raise ValueError("only PostgreSQL is supported: the address must start with postgres://")
    rest, _, query = rest.partition("?")
    location, _, name = rest.partition("/")
    credentials, _, address = location.rpartition("@")
    user, _, password = credentials.partition(":")
    host, _, port = address.rpartition(":") if ":" in address else (address, "", "")
    options = dict(parse_qsl(query))
    if not name:
        raise ValueError("the database's name is missing")
    if port and not port.isdigit():
        raise ValueError("the port is not a number")
    return {
        "NAME": unquote(name),
        "USER": unquote(user),
        "PASSWORD": unquote(password),
        "HOST": options.pop("host", "") or unquote(host),
        "PORT": port,
        **({"SSLMODE": options["sslmode"]} if "sslmode" in options else {}),
    }


def _database(env: Mapping[str, str], data_dir: Path, problems: list[str]) -> dict[str, str]:
    url = env.get("DATABASE_URL")
    if not url:
        return {"NAME": "credit", "USER": "postgres", "HOST": str(socket_dir(data_dir))}
    try:
        return parse_database_url(url)
    except ValueError as error:
        problems.append(f"DATABASE_URL: {error}")
        return {}


def _embedded_redis(data_dir: Path) -> str:
    record = data_dir / "valkey.port"
    port = record.read_text().strip() if record.exists() else "16379"
    return f"redis://127.0.0.1:{port}/0"


def _secret_key(env: Mapping[str, str], data_dir: Path, problems: list[str]) -> str:
    if given := env.get("SECRET_KEY"):
        if len(given) < 32:
            problems.append("SECRET_KEY must have at least 32 characters")
        return given
    path = data_dir / "secret_key"
    try:
        if not path.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text().strip()
    except FileExistsError:  # another process of the same start was first
        return path.read_text().strip()
    except OSError:
        problems.append("DATA_DIR cannot be written, and SECRET_KEY is not set")
        return ""


def _whole_number(
    env: Mapping[str, str], name: str, default: int, problems: list[str], *, low: int, high: int
) -> int:
    text = env.get(name) or str(default)
    if text.isascii() and text.isdigit() and low <= int(text) <= high:
        return int(text)
    problems.append(f"{name} must be a whole number from {low} to {high}")
    return default


def _yes_no(env: Mapping[str, str], name: str, default: bool, problems: list[str]) -> bool:
    text = (env.get(name) or "").strip().lower()
    if not text:
        return default
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    problems.append(f"{name} must be yes or no")
    return default
