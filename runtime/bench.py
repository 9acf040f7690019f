"""`make bench`: the benchmarks, against a server of their own with settings for large data.

Durability stays on: a figure got without it would promise what the product does not do.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

from runtime import environment as env_steps
from runtime.environment import manage
from runtime.places import ROOT, NotInstalled
from runtime.progress import Progress, StepFailed
from runtime.stack import ServerFailed, throw_away_servers

STEPS = 3
BENCH_SETTINGS: Mapping[str, str] = {
    "shared_buffers": "1GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "effective_cache_size": "3GB",
    "random_page_cost": "1.1",
    "jit": "off",
}


def main() -> int:
    """Prepare, measure, stop; return the command's exit status."""
    signal.signal(signal.SIGTERM, _interrupt)
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    options = [
        f"--{name.lower()}={os.environ[name]}" for name in ("SIZE", "JOB") if os.environ.get(name)
    ]
    try:
        progress = Progress(STEPS, folder / "log" / "setup.log")
        with env_steps.setup_lock():
            # Some measures are taken against in-memory engines, which only the tests need.
            env_steps.install_packages(progress, for_tests=True)
        progress.begin("Database and broker")
        with throw_away_servers(folder, BENCH_SETTINGS) as places:
            progress.end()
            env = {**os.environ, **places, "PYTHONUNBUFFERED": "1"}
            progress.begin("Database schema")
            progress.run(manage("migrate", "--noinput"), env=env, cwd=ROOT)
            progress.end()
            return subprocess.run(
                manage("bench", *options), env=env, cwd=ROOT, check=False
            ).returncode
    except (StepFailed, ServerFailed, NotInstalled, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
