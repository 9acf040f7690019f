"""Run a server as an ordinary OS user when we are root, and end it when its parent ends.

PostgreSQL refuses to run as root. Where the data or the programs lie below a folder that only
root may enter (a clone in root's home, a temporary folder of mode 0700), the server keeps the one
right that lets it walk through folders, and nothing else of root.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

SERVER_USER = "credit-embedded"
_LINUX = sys.platform == "linux"
_LIBC = ctypes.CDLL(None, use_errno=True) if _LINUX else None
_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2  # containers often have only the first


@dataclass(frozen=True)
class Identity:
    """The OS user that a server runs as."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """True when we must change to it."""
        return self.uid != os.geteuid()


def get_server_identity(data: Path) -> Identity:
    """Return who runs the server whose data folder is `data`, making the user when needed.

    The owner of existing data wins, so that data made by one start opens in the next.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid())
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Identity(owner.st_uid, owner.st_gid)
    for name in (SERVER_USER, None, "nobody"):
        if name is None:
            _add_user(SERVER_USER)
            name = SERVER_USER
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(found.pw_uid, found.pw_gid)
    raise OSError("no ordinary OS user to run the database server as")


def give(path: Path, identity: Identity, *, mode: int = 0o700) -> None:
    """Make the folder `path` and hand it to the server's user."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    if identity.is_other:
        os.chown(path, identity.uid, identity.gid)


def become(identity: Identity, paths: Iterable[Path], *, end: int) -> Callable[[], None]:
    """Return what a child does between fork and exec: change user, follow its parent's end.

    `paths` are what the server must reach; `end` is the signal it gets when its parent dies.
    """
    walk = identity.is_other and not all(_is_reachable(p, identity) for p in paths)

    def prepare() -> None:
        if identity.is_other:
            if walk and _LIBC:
                _LIBC.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
            os.setgroups([])
            os.setgid(identity.gid)
            os.setuid(identity.uid)
            if walk:
                _keep_walking_right()
        follow_parent(end)

    return prepare


def follow_parent(end: int = signal.SIGTERM) -> None:
    """Ask the kernel for the signal `end` when the parent dies (Linux; elsewhere nothing).

    Otherwise a supervisor killed outright would leave servers that nobody stops.
    """
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(end), 0, 0, 0)


def _add_user(name: str) -> None:
    if program := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        command = [program, "--system", "--no-create-home", "--shell", "/bin/false", name]
        # Another start may be adding it at this moment; what counts is whether it exists after.
        subprocess.run(command, check=False, capture_output=True)


def _is_reachable(path: Path, identity: Identity) -> bool:
    for folder in path.resolve().parents:
        if not folder.exists():
            continue
        found = folder.stat()
        shift = 6 if found.st_uid == identity.uid else 3 if found.st_gid == identity.gid else 0
        if not (found.st_mode >> shift) & 1:
            return False
    return True


class _CapHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _CapData(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


def _keep_walking_right() -> None:
    if not _LIBC:
        return
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        bit = 1 << capability
        header = _CapHeader(0x20080522, 0)
        data = (_CapData * 2)(_CapData(bit, bit, bit), _CapData(0, 0, 0))
        if _LIBC.capset(ctypes.byref(header), ctypes.byref(data)) == 0:
            _LIBC.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)
            return
