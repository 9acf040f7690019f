"""Run the embedded PostgreSQL in the foreground: `python -m runtime.postgres --data-dir DIR`.

This small parent stays beside the server, for three reasons. TERM must mean a *fast* stop, while
PostgreSQL itself takes TERM as "wait until every client has gone", which hangs on an idle one.
Somebody must reap a killed postmaster at once, or its number blocks the next start. And after a
kill the left-over backends need about a second to notice; until then a new server refuses, so we
try again for a while and never delete the pid file, which is all that keeps two servers apart.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from runtime.osuser import Identity, become, follow_parent, get_server_identity, give
from runtime.places import ROOT, postgres_bin, socket_dir

RETRY_SECONDS = 15.0
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}


def data_folder(data_dir: Path) -> Path:
    """Return the cluster's own folder."""
    return data_dir / "pg"


def prepare(data_dir: Path, settings: Mapping[str, str]) -> Identity:
    """Make the cluster when there is none, write its settings, and return who runs it."""
    data, sockets = data_folder(data_dir), socket_dir(data_dir)
    identity = get_server_identity(data)
    give(sockets, identity)
    if sockets.parent != data_dir:
        (data_dir / "socket_dir").write_text(f"{sockets}\n")
    if not data.exists():
        _init(data, identity)
    lines = {**SETTINGS, **settings, "unix_socket_directories": str(sockets)}
    text = "# Written at every start; ALTER SYSTEM goes to postgresql.auto.conf and wins.\n"
    text += "".join(f"{name} = '{value}'\n" for name, value in sorted(lines.items()))
    config = data / "postgresql.conf"
    config.write_text(text)
    if identity.is_other:
        os.chown(config, identity.uid, identity.gid)
    return identity


def _init(data: Path, identity: Identity) -> None:
    """Make a cluster beside its place and move it there whole, so a killed start leaves none.

    The built-in locale orders and folds Unicode alike on every machine, without the system's.
    """
    fresh = data.with_name("pg.new")
    shutil.rmtree(fresh, ignore_errors=True)
    give(fresh, identity)
    bin_folder = postgres_bin()
    command = [str(bin_folder / "initdb"), "--username=postgres", "--encoding=UTF8"]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += ["--auth-local=trust", "--auth-host=reject", f"--pgdata={fresh}"]
    done = subprocess.run(
        command,
        cwd="/",
        env=_server_env(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=become(identity, [fresh, bin_folder / "initdb"], end=signal.SIGKILL),
    )
    if done.returncode:
        raise OSError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
    fresh.rename(data)


def _server_env() -> dict[str, str]:
    """Return a small environment: the server needs none of our secrets."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


class Server:
    """One foreground PostgreSQL and the signals that end it."""

    def __init__(self, data_dir: Path, settings: Mapping[str, str]) -> None:
        self.data_dir = data_dir
        self.settings = settings
        self.child: subprocess.Popen[bytes] | None = None
        self.is_ending = False

    def run(self) -> int:
        """Serve until told to stop; return 0 then, and 1 when the server ended by itself."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.end)
        deadline = time.monotonic() + RETRY_SECONDS
        while not self.is_ending:
            was_refused = self._serve()
            if self.is_ending:
                break
            if not was_refused or time.monotonic() > deadline:
                return 1
            time.sleep(0.3)
        return 0

    def end(self, *_: object) -> None:
        """Stop fast: roll open transactions back, end every session, write a checkpoint."""
        self.is_ending = True
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)

    def _serve(self) -> bool:
        """Run one server to its end; say whether it was refused for an older one's traces."""
        identity = prepare(self.data_dir, self.settings)
        program, data = postgres_bin() / "postgres", data_folder(self.data_dir)
        if self.is_ending:
            return False
        self.child = subprocess.Popen(
            [str(program), "-D", str(data)],
            cwd="/",
            env=_server_env(),
            start_new_session=True,  # Ctrl-C comes to us alone, and we stop the server
            preexec_fn=become(identity, [program, data], end=signal.SIGINT),
        )
        if self.is_ending:  # the signal came between the check and the start
            self.end()
        status = self.child.wait()
        # A server that leaves by itself takes its pid file along; one that is killed leaves by a
        # signal. So this is an older one's file, whose last processes have yet to go.
        return status > 0 and (data / "postmaster.pid").exists()


def main(arguments: list[str] | None = None) -> int:
    """Parse, serve, return the exit status."""
    parser = argparse.ArgumentParser(prog="runtime.postgres", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args(arguments)
    settings = dict(pair.split("=", 1) for pair in options.set)
    os.chdir(ROOT)
    follow_parent(signal.SIGTERM)
    try:
        return Server(options.data_dir.resolve(), settings).run()
    except OSError as error:
        sys.stderr.write(f"PostgreSQL cannot be started: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
