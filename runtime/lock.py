"""`make lock`: pin every dependency again, each with the sums of its files."""

import subprocess
import sys
import tempfile
from pathlib import Path

from runtime import environment as env_steps
from runtime.places import ROOT
from runtime.progress import Progress, StepFailed

PINNED = ("requirements", "requirements-dev", "bin/uv")


def main() -> int:
    """Compile each `.in` into its `.txt`; `--upgrade` takes the newest versions."""
    progress = Progress(1, Path(tempfile.gettempdir()) / "credit-lock.log")
    try:
        with env_steps.setup_lock():
            env_steps.install_packages(progress)
        uv = env_steps.find_uv(progress)
    except StepFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if uv is None:
        sys.stderr.write("uv cannot be had from the package index; install it to lock.\n")
        return 1
    for name in PINNED:
        command = [uv, "pip", "compile", "--generate-hashes", "--universal"]
        command += ["--python-version", "3.11", f"{name}.in", "-o", f"{name}.txt", "--quiet"]
        status = subprocess.run([*command, *sys.argv[1:]], cwd=ROOT, check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
