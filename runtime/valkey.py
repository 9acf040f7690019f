"""Run the embedded Valkey in the foreground: `python -m runtime.valkey --data-dir DIR --port N`.

It holds only what may vanish. Its append-only file is on all the same: it spares a burst of late
work after a crash, and without it even a clean stop would forget the queue.
"""

import argparse
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import NoReturn

from runtime.config import is_port_free
from runtime.osuser import become, follow_parent, get_server_identity, give
from runtime.places import valkey_server

DEFAULT_PORT = 16379
RETRY_SECONDS = 15.0
HOST = "127.0.0.1"


def port_file(data_dir: Path) -> Path:
    """Return the file that tells other processes the chosen port."""
    return data_dir / "valkey.port"


def recorded_port(data_dir: Path) -> int:
    """Return the port chosen for this data folder, or the default when none was."""
    try:
        text = port_file(data_dir).read_text().strip()
    except OSError:
        return DEFAULT_PORT
    return int(text) if text.isdigit() else DEFAULT_PORT


def broker_url(port: int) -> str:
    """Return the broker's address."""
    return f"redis://{HOST}:{port}/0"


def choose_port(data_dir: Path, *, anew: bool = False) -> int:
    """Return a port that can be bound, preferring the recorded one, and record it.

    `anew` asks for any free port, as a throw-away server beside others wants.
    """
    port = recorded_port(data_dir)
    if anew or not is_port_free(HOST, port):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = int(probe.getsockname()[1])
    port_file(data_dir).write_text(f"{port}\n")
    return port


def command(data_dir: Path, port: int) -> list[str]:
    """Return the server's command line."""
    options = ["--bind", HOST, "--port", str(port), "--dir", str(data_dir / "valkey")]
    options += ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
    options += ["--maxmemory-policy", "noeviction", "--protected-mode", "yes"]
    return [str(valkey_server()), *options]


def main(arguments: list[str] | None = None) -> int:
    """Prove that the port is free, then turn into the server; return only when it is not."""
    parser = argparse.ArgumentParser(prog="runtime.valkey", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args(arguments)
    follow_parent(signal.SIGTERM)
    deadline = time.monotonic() + RETRY_SECONDS
    while time.monotonic() < deadline:
        if is_port_free(HOST, options.port):
            _serve(options.data_dir.resolve(), options.port)
        time.sleep(0.2)
    sys.stderr.write(f"Valkey cannot be started: port {options.port} is taken\n")
    return 1


def _serve(data_dir: Path, port: int) -> NoReturn:
    folder = data_dir / "valkey"
    identity = get_server_identity(folder)
    give(folder, identity)
    line = command(data_dir, port)
    become(identity, [Path(line[0]), folder], end=signal.SIGTERM)()
    os.execv(line[0], line)  # noqa: S606 (a list of words of our own)


if __name__ == "__main__":
    sys.exit(main())
