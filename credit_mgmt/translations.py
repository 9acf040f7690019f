"""Find every translatable string of the project, without the gettext tools.

A bare machine has no xgettext. Python sources are read through `ast`, templates through Django's
own `templatize`, which turns a template into lines of gettext calls. Messages are (context,
singular, plural) with where they stand.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {
    ".venv",
    "node_modules",
    ".vendor",
    "var",
    "migrations",
    "tests",
    "docs",
    "static",
    ".git",
}
SIMPLE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}


class Message(NamedTuple):
    """One translatable text: its context, its singular, and its plural ("" when there is none)."""

    context: str
    singular: str
    plural: str


def find_messages(root: Path = ROOT) -> dict[Message, list[str]]:
    """Return every message of sources and templates below `root`, with the files it stands in."""
    found: dict[Message, list[str]] = defaultdict(list)
    for path in sorted(_walk(root)):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            text = _templatized(text, path)
        where = path.relative_to(root).as_posix()
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            raise ValueError(f"{where}: {error}") from error
        for message in _messages_of(tree):
            if where not in found[message]:
                found[message].append(where)
    return dict(found)


def _walk(root: Path) -> Iterator[Path]:
    for path in root.iterdir():
        if path.name in SKIPPED:
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.suffix == ".py" or path.suffix == ".html":
            yield path


CALL = re.compile(
    r"\b(?:_|(?:n|p|np)?gettext)\((?:[^()\"']|u?\"(?:\\.|[^\"\\])*\"|u?'(?:\\.|[^'\\])*')*\)"
)


def _templatized(text: str, path: Path) -> str:
    """Return the gettext calls of a template, one on a line: valid Python."""
    return "\n".join(CALL.findall(templatize(text, origin=str(path))))


def _messages_of(tree: ast.AST) -> Iterator[Message]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        texts = [
            a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
        ]
        if name in SIMPLE and texts:
            yield Message("", texts[0], "")
        elif name in PLURAL and len(texts) >= 2:
            yield Message("", texts[0], texts[1])
        elif name in CONTEXT and len(texts) >= 2:
            yield Message(texts[0], texts[1], "")
        elif name.startswith("npgettext") and len(texts) >= 3:
            yield Message(texts[0], texts[1], texts[2])


def update_catalogue(path: Path) -> tuple[int, int]:
    """Bring the catalogue at `path` in line with the sources; return (added, removed)."""
    catalogue = polib.pofile(str(path)) if path.exists() else _new_catalogue(path)
    wanted = find_messages()
    have = {_key(entry): entry for entry in catalogue}
    added = 0
    for message, places in wanted.items():
        entry = have.get(message)
        if entry is None:
            entry = polib.POEntry(
                msgid=message.singular,
                msgid_plural=message.plural or "",
                msgctxt=message.context or None,
                msgstr_plural={0: ""} if message.plural else {},
            )
            if "%(" in message.singular or "%s" in message.singular:
                entry.flags.append("python-format")
            catalogue.append(entry)
            added += 1
        entry.occurrences = [(place, "") for place in places]
    gone = [entry for key, entry in have.items() if key not in wanted]
    for entry in gone:
        catalogue.remove(entry)
    catalogue.sort(key=lambda e: (e.msgid.lower(), e.msgid, e.msgctxt or ""))
    catalogue.save(str(path))
    return added, len(gone)


def list_faults(path: Path) -> list[str]:
    """Return what is wrong with a catalogue: missing, fuzzy, stale, or with other placeholders."""
    catalogue = polib.pofile(str(path))
    wanted = find_messages()
    have = {_key(entry): entry for entry in catalogue}
    faults = [
        f"missing: {m.singular!r} ({places[0]})" for m, places in wanted.items() if m not in have
    ]
    faults += [f"stale: {key.singular!r}" for key in have if key not in wanted]
    for key, entry in have.items():
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if not all(texts) or not texts:
            faults.append(f"untranslated: {key.singular!r}")
        if "fuzzy" in entry.flags:
            faults.append(f"fuzzy: {key.singular!r}")
        expected = _placeholders(entry.msgid_plural or entry.msgid)
        faults += [
            f"other placeholders: {key.singular!r}"
            for text in texts
            if text and _placeholders(text) != expected
        ]
    return sorted(faults)


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|%[sd](?!\w)|\{\w+\}", text))


def _key(entry: polib.POEntry) -> Message:
    return Message(entry.msgctxt or "", entry.msgid, entry.msgid_plural or "")


def _new_catalogue(path: Path) -> polib.POFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = polib.POFile(wrapwidth=100)
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": path.parent.parent.name,
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    return catalogue
