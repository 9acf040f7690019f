"""Third-party front-end files: which ones, where they come from, and whether they are there.

`node_modules` is filled by npm from the lock file; `vendor_assets` copies an allow-list out of it
into `.vendor/vendor/`, which is served like our own static files. Nothing of it is committed.
"""

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import CheckMessage, Warning, register

# target name in .vendor/vendor/ → file in node_modules
FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "echarts.min.js": "echarts/dist/echarts.common.min.js",
    "inter-latin-wght-normal.woff2": (
        "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"
    ),
}
# fonts of letters, kept out of the served folder: target in .vendor/fonts/ → file in node_modules
FONTS = {
    "NotoSansSC_400Regular.ttf": (
        "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf"
    ),
    "NotoSansSC_700Bold.ttf": "@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
}
PACKAGES = ("@tabler/core", "@tabler/icons", "htmx.org", "echarts", "zrender",
            "@fontsource-variable/inter", "@expo-google-fonts/noto-sans-sc")  # fmt: skip
# Ships no licence file; same authors, same licence (MIT), the notice stays in the file's banner.
SAME_LICENCE = {"@tabler/core": "@tabler/icons"}
ICON_FOLDER = "@tabler/icons/icons/outline"
SPRITE = "icons.svg"
SOURCE_FOLDERS = (
    "common",
    "users",
    "customers",
    "receivables",
    "scoring",
    "transfer",
    "credit_control",
    "collection",
    "dashboards",
    "credit_mgmt",
    "templates",
)

_ICON_IN_TAG = re.compile(r"""\{%-?\s*icon\s+["']([a-z0-9-]+)["']""")
_ICON_AS_ARGUMENT = re.compile(r"""\b[a-z_]*icon(?:_name)?["']?\s*[:=]\s*["']([a-z0-9-]+)["']""")
_ICON_AS_CALL = re.compile(r"""\bicon\(["']([a-z0-9-]+)["']""")
_SOURCE_MAP = re.compile(r"^\s*(?://|/\*)[#@]\s*sourceMappingURL=.*$", re.MULTILINE)
_SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_ICON_FRAME = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'


class MissingFiles(Exception):
    """Files that npm should have brought are not there; the message says what to run."""


class UnknownIcons(Exception):
    """Pages name icons that the icon set does not have; the message lists them."""


@dataclass(frozen=True)
class Report:
    """What was written: file names with sizes, and how many icons the sprite holds."""

    files: dict[str, int]
    icons: int


def find_icon_names(root: Path) -> set[str]:
    """Return every icon name that templates and Python below `root` ask for."""
    names: set[str] = set()
    for path in _list_sources(root):
        text = path.read_text(encoding="utf-8")
        names.update(_ICON_AS_ARGUMENT.findall(text))
        names.update((_ICON_AS_CALL if path.suffix == ".py" else _ICON_IN_TAG).findall(text))
    return names


def _list_sources(root: Path) -> Iterator[Path]:
    for folder in SOURCE_FOLDERS:
        for suffix in ("*.html", "*.txt", "*.py"):
            yield from sorted((root / folder).rglob(suffix))


def build_sprite(names: Iterable[str], icon_folder: Path) -> str:
    """Return one SVG with a symbol for each name, or raise `UnknownIcons` naming all that fail."""
    wanted = sorted(set(names))
    unknown = [name for name in wanted if not (icon_folder / f"{name}.svg").is_file()]
    if unknown:
        raise UnknownIcons(", ".join(unknown))
    symbols = [_build_symbol(name, icon_folder) for name in wanted]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'


def _build_symbol(name: str, icon_folder: Path) -> str:
    source = (icon_folder / f"{name}.svg").read_text(encoding="utf-8")
    match = _SVG_BODY.search(source)
    body = " ".join((match.group(1) if match else "").replace(_ICON_FRAME, "").split())
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">'
        f"{body.replace('> <', '><')}</symbol>"
    )


def vendor(root: Path, node_modules: Path, target: Path) -> Report:
    """Copy the allow-list, the sprite and the licence texts to `target`, replacing it whole."""
    wanted = (*FILES.values(), *FONTS.values())
    missing = [name for name in wanted if not (node_modules / name).is_file()]
    if not (node_modules / ICON_FOLDER).is_dir():
        missing.append(ICON_FOLDER)
    if missing:
        raise MissingFiles(", ".join(missing))
    names = find_icon_names(root)
    sprite = build_sprite(names, node_modules / ICON_FOLDER)
    fresh = target.with_name(f"{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, source in FILES.items():
        _copy(node_modules / source, fresh / name)
    (fresh / SPRITE).write_text(sprite, encoding="utf-8")
    (fresh / "LICENSES.txt").write_text(_join_licences(node_modules), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    fonts = target.with_name("fonts")
    fonts.mkdir(exist_ok=True)
    for name, source in FONTS.items():
        shutil.copyfile(node_modules / source, fonts / name)
    sizes = {path.name: path.stat().st_size for path in sorted(target.iterdir())}
    return Report(files=sizes, icons=len(names))


def _copy(source: Path, target: Path) -> None:
    """Copy a file; drop pointers to source maps, which manifest storage would look for in vain."""
    if source.suffix in (".js", ".css"):
        text = _SOURCE_MAP.sub("", source.read_text(encoding="utf-8")).rstrip() + "\n"
        target.write_text(text, encoding="utf-8")
    else:
        shutil.copyfile(source, target)


def _join_licences(node_modules: Path) -> str:
    parts = []
    for package in PACKAGES:
        holder = SAME_LICENCE.get(package, package)
        texts = sorted((node_modules / holder).glob("LICEN[CS]E*"))
        if not texts:
            raise MissingFiles(f"{package}/LICENSE")
        body = "\n".join(path.read_text(encoding="utf-8").strip() for path in texts)
        parts.append(f"{package}\n{'=' * len(package)}\n\n{body}\n")
    return "\n\n".join(parts)


def asset_url(path: str) -> str:
    """Return the address of a static file; a page without its file still has to work."""
    try:
        return str(staticfiles_storage.url(path))
    except ValueError:  # not in the manifest: collectstatic has not run, or the file is absent
        return f"{settings.STATIC_URL}{path}"


@register("staticfiles")
def check_vendored_files(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Say which command brings the front-end files when they are not there."""
    missing = [name for name in (*FILES, SPRITE) if finders.find(f"vendor/{name}") is None]
    if not missing:
        return []
    return [
        Warning(
            f"Front-end files are missing: {', '.join(missing)}.",
            hint="Run: npm ci --ignore-scripts && python manage.py vendor_assets",
            id="common.W001",
        )
    ]
