"""Make what the product needs on a bare machine: packages, front-end files, a browser for tests.

Each step is skipped when its inputs did not change, and one start at a time may work on them.
"""

import contextlib
import fcntl
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from runtime.places import PYTHON, ROOT, TOOLS, VENV, node_package
from runtime.progress import Progress, StepFailed
from runtime.stamps import Stamp, digest

OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
NODE_MODULES = ROOT / "node_modules"
VENDOR = ROOT / ".vendor"


@contextlib.contextmanager
def setup_lock() -> Iterator[None]:
    """Let one process at a time change the environment; the others wait."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "setup.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install_packages(progress: Progress, *, for_tests: bool = False) -> None:
    """Make the virtual environment and install the pinned packages, checking each one's sum."""
    progress.begin("Python packages")
    name = "requirements-dev.txt" if for_tests else "requirements.txt"
    run, tests = (_packages_stamp(n) for n in ("requirements.txt", "requirements-dev.txt"))
    works = _works(PYTHON)
    if works and (tests.is_current or (run.is_current and not for_tests)):
        progress.end("unchanged")
        return
    if not works:
        _make_venv(progress)
    uv = find_uv(progress)
    requirements = ["--require-hashes", "-r", str(ROOT / name)]
    if uv:
        install = [uv, "pip", "install", "--python", str(PYTHON), *requirements]
    else:
        install = [str(PYTHON), "-m", "pip", "install", *requirements]
    progress.run(install, cwd=ROOT)
    (tests if for_tests else run).set()
    progress.end()


def install_front_end(progress: Progress) -> None:
    """Install the pinned npm packages; none of their scripts is run."""
    progress.begin("Front-end packages")
    stamp = Stamp(
        NODE_MODULES / ".installed", digest([ROOT / "package.json", ROOT / "package-lock.json"])
    )
    if stamp.is_current:
        progress.end("unchanged")
        return
    npm = _npm()
    env = {**os.environ, "PATH": f"{Path(npm[0]).parent}{os.pathsep}{os.environ['PATH']}"}
    # Node brings its own root certificates; behind a company's proxy only the system's will do.
    if roots := ssl.get_default_verify_paths().cafile:
        env.setdefault("NODE_EXTRA_CA_CERTS", roots)
    progress.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], env=env, cwd=ROOT)
    stamp.set()
    progress.end()


def vendor_front_end(progress: Progress, env: dict[str, str]) -> None:
    """Copy the front-end files to where Django looks for them, icons named in pages included."""
    progress.begin("Front-end files")
    paths = [ROOT / "package-lock.json"]
    for folder in (p for p in ROOT.iterdir() if p.is_dir() and _is_source(p.name)):
        for ending in ("*.py", "*.html"):
            paths += folder.rglob(ending)
    stamp = Stamp(VENDOR / "vendor" / ".made", digest(paths))
    if stamp.is_current:
        progress.end("unchanged")
        return
    progress.run(manage("vendor_assets"), env=env, cwd=ROOT)
    stamp.set()
    progress.end()


def collect_static(progress: Progress, env: dict[str, str]) -> None:
    """Name the served files by their content and compress them; tests take them as they lie."""
    progress.begin("Served files")
    paths = [ROOT / "requirements.txt"]
    for folder in (VENDOR, ROOT / "static"):
        paths += (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    stamp = Stamp(Path(env["DATA_DIR"]) / "static" / ".made", digest(paths))
    if stamp.is_current:
        progress.end("unchanged")
        return
    progress.run(manage("collectstatic", "--noinput", "-v", "0"), env=env, cwd=ROOT)
    stamp.set()
    progress.end()


def compile_translations(progress: Progress, env: dict[str, str]) -> None:
    """Make the compiled message files, without gettext's programs."""
    progress.begin("Translations")
    sources = list((ROOT / "locale").rglob("*.po"))
    stamp = Stamp(TOOLS / "translations", digest(sources))
    if stamp.is_current and all(p.with_suffix(".mo").exists() for p in sources):
        progress.end("unchanged")
        return
    progress.run(manage("compile_translations"), env=env, cwd=ROOT)
    stamp.set()
    progress.end()


def find_browser(progress: Progress) -> str:
    """Return the Chromium for browser tests, installing it when we may; else fail, saying how."""
    progress.begin("Chromium")
    browser = _installed_browser()
    if browser is None and os.geteuid() == 0 and shutil.which("apt-get"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        progress.run(["apt-get", "update", "-q"], env=env)
        progress.run(
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"], env=env
        )
        browser = _installed_browser()
    if browser is None:
        raise StepFailed(
            "The browser tests need Chromium. Install it (Debian: apt-get install chromium; "
            "Fedora: dnf install chromium; macOS: brew install chromium), or name one in CHROMIUM."
        )
    progress.end(browser)
    return browser


def manage(*arguments: str) -> list[str]:
    """Return the command line of a management command."""
    return [str(PYTHON), str(ROOT / "manage.py"), *arguments]


def _is_source(name: str) -> bool:
    return not name.startswith(".") and name not in ("node_modules", "var", "tests", "docs")


def _packages_stamp(name: str) -> Stamp:
    return Stamp(VENV / f".{name}.installed", digest([ROOT / name]))


def _works(python: Path) -> bool:
    """Say whether the environment's interpreter starts: it does not when its base was removed."""
    try:
        return subprocess.run([python, "-c", ""], check=False).returncode == 0
    except OSError:
        return False


def _make_venv(progress: Progress) -> None:
    try:
        progress.run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    except StepFailed:
        uv = shutil.which("uv")
        if uv is None:
            raise StepFailed(
                "This Python cannot make virtual environments; install the rest of it "
                "(Debian: apt-get install python3-venv)."
            ) from None
        progress.run([uv, "venv", "--seed", "--clear", "--python", sys.executable, str(VENV)])


def find_uv(progress: Progress) -> str | None:
    """Return uv, from the system or the package index, or None: then pip does the work."""
    if found := shutil.which("uv"):
        return found
    program = TOOLS / "uv" / "bin" / "uv"
    if program.exists():
        return str(program)
    get = [str(PYTHON), "-m", "pip", "install", "--quiet", "--target", str(TOOLS / "uv")]
    get += ["--require-hashes", "-r", str(ROOT / "bin" / "uv.txt")]
    try:
        progress.run(get, cwd=ROOT)
    except StepFailed:
        return None
    return str(program) if program.exists() else None


def _npm() -> list[str]:
    """Return npm's command: the system's where its node is new enough, else the packaged one."""
    npm = shutil.which("npm")
    if npm and _node_major() >= OLDEST_NODE:
        return [npm]
    # Not the folder's own `npm`: installed from a wheel it is a copy that misses its library.
    folder = node_package()
    return [str(folder / "bin" / "node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")]


def _node_major() -> int:
    try:
        done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    major = done.stdout.strip().lstrip("v").partition(".")[0]
    return int(major) if done.returncode == 0 and major.isdigit() else 0


def _installed_browser() -> str | None:
    named = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, (named,) if named else BROWSERS)), None)
