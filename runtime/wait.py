"""Wait until database and broker answer, then turn into a command.

    python -m runtime.wait --seconds 20 -- gunicorn …

The wait only keeps the logs quiet while everything starts at once. When it is over the command
starts all the same: each program stands a missing server by itself, and the pages say so.
"""

import argparse
import os
import signal
import sys
import time

from runtime.answering import is_broker_ready, is_database_ready
from runtime.osuser import follow_parent


def wait_for_servers(database: str, broker: str, seconds: float) -> bool:
    """Return True as soon as both answer, or False when the time is over."""
    deadline = time.monotonic() + seconds
    while not (is_database_ready(database) and is_broker_ready(broker)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def main(arguments: list[str] | None = None) -> int:
    """Parse, wait, and become the command."""
    parser = argparse.ArgumentParser(prog="runtime.wait", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    follow_parent(signal.SIGTERM)
    if not wait_for_servers(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], options.seconds):
        sys.stderr.write("Database or broker does not answer yet; starting all the same.\n")
    os.execvp(options.command[0], options.command)  # noqa: S606 (the supervisor's own words)


if __name__ == "__main__":
    sys.exit(main())
