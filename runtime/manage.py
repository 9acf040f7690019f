"""`./credit COMMAND`: a management command with environment and servers found for it.

Where `make run` is up, the command talks to its servers. Where it is not, the embedded database
is started for the command and stopped afterwards; the broker is not, for rows drive the work and
the next start finds them.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

from runtime import valkey
from runtime.answering import is_database_ready
from runtime.config import BadConfig, Config, read_config
from runtime.environment import manage
from runtime.places import PYTHON, NotInstalled
from runtime.run import program_env
from runtime.stack import EmbeddedPostgres, ServerFailed


def main() -> int:
    """Run the command given in the arguments; return its exit status."""
    try:
        config = read_config()
        if not PYTHON.exists():
            sys.stderr.write("Nothing is installed yet; `make run` does it.\n")
            return 2
        with _database(config):
            return _command(config, sys.argv[1:])
    except BadConfig as error:
        for problem in error.problems:
            sys.stderr.write(f"Refused to start: {problem}\n")
        return 2
    except (ServerFailed, NotInstalled, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


@contextlib.contextmanager
def _database(config: Config) -> Iterator[None]:
    if config.external_database or is_database_ready(config.database_url):
        yield
        return
    with EmbeddedPostgres(config.data_dir) as server:
        server.create_database("credit")
        yield


def _command(config: Config, arguments: list[str]) -> int:
    broker = config.external_broker or valkey.broker_url(valkey.recorded_port(config.data_dir))
    child = subprocess.Popen(manage(*arguments), env=program_env(config, broker))
    # The terminal sends Ctrl-C to the command too; we wait for its end and then stop the server.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    status = child.wait()
    return 128 - status if status < 0 else status


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
