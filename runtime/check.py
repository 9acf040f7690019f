"""`make check`: every check by name and time; all run, and one failure fails the whole."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime import environment as env_steps
from runtime.environment import manage
from runtime.places import ROOT, VENV, NotInstalled
from runtime.progress import Progress, StepFailed, say
from runtime.stack import ServerFailed, throw_away_servers
from runtime.suite import TEST_SETTINGS

STEPS = 3


@dataclass(frozen=True)
class Check:
    """One program that must end well."""

    name: str
    command: list[str]
    env: Mapping[str, str] = field(default_factory=dict)


def checks() -> list[Check]:
    """Return the checks, quickest first."""
    return [
        Check("formatting", _tool("ruff", "format", "--check", ".")),
        Check("lint", _tool("ruff", "check", ".")),
        Check("import contracts", _tool("lint-imports")),
        Check("templates: formatting", _tool("djlint", "--check", "--quiet", "templates")),
        Check("templates: lint", _tool("djlint", "--lint", "--quiet", "templates")),
        Check("migrations", manage("makemigrations", "--check", "--dry-run")),
        Check("translations", manage("check_translations")),
        Check(
            "deployment",
            manage("check", "--deploy", "--fail-level", "WARNING"),
            _production_env(),
        ),
        Check("types", _tool("mypy", ".")),
    ]


def main() -> int:
    """Prepare, run all checks, print what failed; return 1 when anything did."""
    folder = Path(tempfile.mkdtemp(prefix="credit-check-"))
    folder.chmod(0o711)
    try:
        progress = Progress(STEPS, folder / "log" / "setup.log")
        with env_steps.setup_lock():
            env_steps.install_packages(progress, for_tests=True)
            env_steps.install_front_end(progress)
        with throw_away_servers(folder, TEST_SETTINGS) as places:
            env = {**os.environ, **places}
            with env_steps.setup_lock():
                env_steps.vendor_front_end(progress, env)
            failed = [check.name for check in checks() if not _passes(check, env)]
    except (StepFailed, ServerFailed, NotInstalled, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say(f"check: {', '.join(failed)} failed" if failed else "check: all passed")
    return 1 if failed else 0


def _passes(check: Check, env: Mapping[str, str]) -> bool:
    begin = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        env={**env, **check.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    seconds = time.monotonic() - begin
    verdict = "ok" if done.returncode == 0 else "FAILED"
    say(f"{check.name:<24} {verdict:<6} {seconds:5.1f} s")
    if done.returncode:
        say(f"    {' '.join(check.command)}\n{done.stdout.rstrip()}\n")
    return done.returncode == 0


def _tool(name: str, *arguments: str) -> list[str]:
    return [str(VENV / "bin" / name), *arguments]


def _production_env() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "credit.example.com",
        "TRUSTED_ORIGINS": "https://credit.example.com",
        "HTTPS": "yes",
        "DEBUG": "no",
        "DEMO": "no",
        "PROCESS_KIND": "web",
    }


if __name__ == "__main__":
    sys.exit(main())
