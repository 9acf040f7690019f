"""Read what `make run` takes from the environment, and refuse bad values by name.

The application reads the same variables again with its own types; this reading comes first
because a wrong value should be told before minutes of installing. A value is never printed: it
may hold a password.
"""

import ipaddress
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime.places import ROOT, database_url

YES = ("1", "true", "yes", "on")
NO = ("0", "false", "no", "off")


class BadConfig(Exception):
    """Some variables cannot be used; `problems` holds one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Config:
    """What a start needs to know. An address of None means: run the embedded server."""

    data_dir: Path
    bind: str
    port: int
    external_database: str | None
    external_broker: str | None
    debug: bool
    demo: bool
    demo_customers: int
    demo_seed: int

    @property
    def database_url(self) -> str:
        """The database's address, external or embedded."""
        return self.external_database or database_url(self.data_dir, "credit")

    @property
    def address(self) -> str:
        """The address to open in a browser; a wildcard is shown as this machine."""
        host = "127.0.0.1" if self.bind in ("0.0.0.0", "::") else self.bind  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def read_config(env: Mapping[str, str] = os.environ) -> Config:
    """Return the typed configuration, or raise `BadConfig` naming every bad variable."""
    problems = [
        f"{name} is set but empty; unset it to get the default"
        for name in ("DATA_DIR", "BIND", "PORT", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG")
        if name in env and not env[name].strip()
    ]
    config = Config(
        data_dir=_data_dir(env, problems),
        bind=_bind(env, problems),
        port=_whole_number(env, "PORT", 8000, problems, low=1, high=65535),
        external_database=_url(env, "DATABASE_URL", ("postgres", "postgresql"), problems),
        external_broker=_url(env, "REDIS_URL", ("redis", "rediss", "unix"), problems),
        debug=_yes_no(env, "DEBUG", False, problems),
        demo=_yes_no(env, "DEMO", True, problems),
        demo_customers=_whole_number(env, "DEMO_CUSTOMERS", 300, problems, low=1, high=100_000),
        demo_seed=_whole_number(env, "DEMO_SEED", 1, problems, low=0, high=2**31 - 1),
    )
    if config.debug and not _is_loopback(config.bind):
        problems.append("DEBUG shows the inside of the program; BIND must then be a local address")
    if problems:
        raise BadConfig(problems)
    return config


def is_port_free(bind: str, port: int) -> bool:
    """Say whether the address can be bound, by binding it.

    Asking the port would not do: an old process may answer for the new one.
    """
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError:
            return False
        return True


def _data_dir(env: Mapping[str, str], problems: list[str]) -> Path:
    path = Path(env.get("DATA_DIR") or ROOT / "var").resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        problems.append("DATA_DIR cannot be made")
        return path
    if not os.access(path, os.W_OK | os.X_OK):
        problems.append("DATA_DIR cannot be written")
    return path


def _bind(env: Mapping[str, str], problems: list[str]) -> str:
    text = env.get("BIND") or "127.0.0.1"
    if text == "localhost":
        return "127.0.0.1"
    try:
        ipaddress.ip_address(text)
    except ValueError:
        problems.append("BIND must be an IP address, such as 127.0.0.1 or 0.0.0.0")
    return text


def _is_loopback(bind: str) -> bool:
    try:
        return ipaddress.ip_address(bind).is_loopback
    except ValueError:
        return True  # refused already, under its own name


def _url(
    env: Mapping[str, str], name: str, schemes: tuple[str, ...], problems: list[str]
) -> str | None:
    text = env.get(name)
    if not text:
        return None
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in schemes or not rest:
        problems.append(f"{name} must start with {' or '.join(f'{s}://' for s in schemes)}")
    elif name == "DATABASE_URL" and not rest.partition("?")[0].partition("/")[2]:
        problems.append("DATABASE_URL does not name a database after the host")
    return text


def _whole_number(
    env: Mapping[str, str], name: str, default: int, problems: list[str], *, low: int, high: int
) -> int:
    text = env.get(name) or str(default)
    if text.isascii() and text.isdigit() and len(text) <= 10 and low <= int(text) <= high:
        return int(text)
    problems.append(f"{name} must be a whole number from {low} to {high}")
    return default


def _yes_no(env: Mapping[str, str], name: str, default: bool, problems: list[str]) -> bool:
    text = (env.get(name) or "").strip().lower()
    if not text:
        return default
    if text not in YES + NO:
        problems.append(f"{name} must be yes or no")
    return text in YES
