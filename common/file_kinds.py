"""What an uploaded file really is, judged by its bytes, and whether it is harmless to keep.

A file says three things about itself: its ending, its type as the browser sends it, and its bytes.
Only the bytes count, and the ending must agree with them. Nothing is unpacked before it is
measured; pictures are drawn anew, so that nothing but the picture is kept; a PDF or an office
document that could do something when opened is refused. Pure: no Django, no file system.
"""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

import filetype
from PIL import Image, ImageOps

from common.errors import InvalidInput
from common.parsing import CellError, detect_encoding

MAX_SIZE = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_MEMBERS = 2_000
MAX_RATIO = 100
MAX_PIXELS = 40_000_000
MAX_SIDE = 20_000
MAX_LINE = 1_000_000
MAX_CSV_COLUMNS = 300
_CHUNK = 1 << 20


class FileKind(StrEnum):
    """The kinds that are taken."""

    PDF = "PDF"
    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WEBP"
    XLSX = "XLSX"
    DOCX = "DOCX"
    CSV = "CSV"
    TXT = "TXT"


MIMES: dict[FileKind, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.WEBP: "image/webp",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.CSV: "text/csv",
    FileKind.TXT: "text/plain",
}
ENDINGS: dict[str, FileKind] = {
    "pdf": FileKind.PDF,
    "png": FileKind.PNG,
    "jpg": FileKind.JPEG,
    "jpeg": FileKind.JPEG,
    "webp": FileKind.WEBP,
    "xlsx": FileKind.XLSX,
    "docx": FileKind.DOCX,
    "csv": FileKind.CSV,
    "txt": FileKind.TXT,
}
PICTURES = frozenset({FileKind.PNG, FileKind.JPEG, FileKind.WEBP})
EVIDENCE = frozenset(FileKind)
"""What a document of the dossier may be."""


class FileNotTaken(InvalidInput):
    """The file is not kept; `code` says why.

    EMPTY, TOO_LARGE, UNKNOWN_TYPE, TYPE_NOT_TAKEN, ENDING_DIFFERS, DAMAGED, ENCRYPTED,
    ACTIVE_CONTENT, ARCHIVE, PICTURE_TOO_LARGE.
    """

    code = "UNKNOWN_TYPE"

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, field="file", code=code, **params)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file as it is kept: its kind, its type for the browser, its bytes, its name made harmless."""

    kind: FileKind
    mime: str
    content: bytes
    name: str


def check_file(
    name: str, content: bytes, *, allowed: Collection[FileKind] = EVIDENCE
) -> CheckedFile:
    """Return what is kept of a file, or raise FileNotTaken.

    Pictures come back drawn anew, everything else byte for byte.

    >>> check_file("note.txt", "看过原件".encode()).mime
    'text/plain'
    >>> check_file("note.pdf", b"plain words")
    Traceback (most recent call last):
    ...
    common.file_kinds.FileNotTaken: ENDING_DIFFERS
    """
    if not content:
        raise FileNotTaken("EMPTY")
    if len(content) > MAX_SIZE:
        raise FileNotTaken("TOO_LARGE", allowed=MAX_SIZE // 1024 // 1024)
    plain_name = clean_name(name)
    claimed = ENDINGS.get(PurePosixPath(plain_name).suffix.lower().removeprefix("."))
    kind = find_kind(content, claimed)
    if claimed is not kind:
        raise FileNotTaken("ENDING_DIFFERS", found=kind.value)
    if kind not in allowed:
        raise FileNotTaken("TYPE_NOT_TAKEN", found=kind.value)
    if kind in PICTURES:
        content = redraw_picture(content, kind)
    elif kind is FileKind.PDF:
        _check_pdf(content)
    return CheckedFile(kind, MIMES[kind], content, plain_name)


_BIDI = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def clean_name(name: str) -> str:
    """Return a file's own name without path, control signs or signs that turn the reading round.

    >>> clean_name("..\\\\x/licence\\u202efdp.exe"), clean_name("C:\\\\scan 1.PDF"), clean_name("\\n")
    ('licencefdp.exe', 'scan 1.PDF', 'file')
    """
    text = unicodedata.normalize("NFC", _BIDI.sub("", name))
    text = re.split(r"[/\\]", text)[-1]
    text = "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)
    text = " ".join(text.replace('"', "'").split()).lstrip(".")
    if len(text) > 200:
        stem, dot, ending = text.rpartition(".")
        text = (
            f"{stem[: 199 - len(ending)]}{dot}{ending}" if dot and len(ending) < 10 else text[:200]
        )
    return text or "file"


def find_kind(content: bytes, claimed: FileKind | None = None) -> FileKind:
    """Tell the kind by the bytes; raise FileNotTaken.

    Text has no mark of its own: `claimed` decides between CSV and TXT.
    """
    found = filetype.guess_mime(content[:8192])
    pictures = {MIMES[kind]: kind for kind in PICTURES}
    if content.startswith(b"%PDF-"):
        return FileKind.PDF
    if content.startswith(b"PK"):
        return _check_office(content)
    if found in pictures:
        return pictures[found]
    if found is not None:
        raise FileNotTaken("UNKNOWN_TYPE")
    _check_text(content, is_csv=claimed is FileKind.CSV)
    return FileKind.CSV if claimed is FileKind.CSV else FileKind.TXT


# --- text -----------------------------------------------------------------------------------------

_MARKUP = re.compile(rb"\s*(?:<[!?a-zA-Z]|\{\\rtf|#!|%!PS)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_FORMULA = re.compile(r"(?:^|[,;\t])[ ]*\"?[ ]*[=@]", re.MULTILINE)


def _check_text(content: bytes, *, is_csv: bool) -> None:
    """Refuse what only looks like text: markup, scripts, control signs, cells that are formulas."""
    if _MARKUP.match(content.removeprefix(b"\xef\xbb\xbf")[:1024]):
        raise FileNotTaken("UNKNOWN_TYPE")
    try:
        text = content.decode(detect_encoding(content))
    except CellError as error:
        raise FileNotTaken("UNKNOWN_TYPE") from error
    if _CONTROL.search(text):
        raise FileNotTaken("UNKNOWN_TYPE")
    if not is_csv:
        return
    if any(len(line) > MAX_LINE for line in text.splitlines()):
        raise FileNotTaken("DAMAGED")
    head = text.lstrip().split("\n", 1)[0]
    if max(head.count(sign) for sign in ",;\t") >= MAX_CSV_COLUMNS:
        raise FileNotTaken("DAMAGED")
    if _FORMULA.search(text):
        raise FileNotTaken("ACTIVE_CONTENT", found="formula")


# --- pictures -------------------------------------------------------------------------------------


def redraw_picture(content: bytes, kind: FileKind) -> bytes:
    """Return the picture drawn anew: upright, its first frame only, without any other data.

    Its measures are read before any pixel is. Raises FileNotTaken PICTURE_TOO_LARGE or DAMAGED.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[kind.value]) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                    raise FileNotTaken("PICTURE_TOO_LARGE", allowed=MAX_PIXELS // 1_000_000)
                drawn = ImageOps.exif_transpose(picture)
                drawn = drawn.convert(_plain_mode(drawn.mode, kind))
    except FileNotTaken:
        raise
    except Image.DecompressionBombError as error:
        raise FileNotTaken("PICTURE_TOO_LARGE", allowed=MAX_PIXELS // 1_000_000) from error
    except Exception as error:  # a damaged or hostile picture: whatever the decoder says
        raise FileNotTaken("DAMAGED") from error
    drawn.info = {}
    target = io.BytesIO()
    options: dict[str, object] = {"quality": 90} if kind is not FileKind.PNG else {}
    drawn.save(target, format=kind.value, **options)
    return target.getvalue()


def _plain_mode(mode: str, kind: FileKind) -> str:
    if mode in ("1", "L"):
        return mode if kind is not FileKind.WEBP else "RGB"
    has_alpha = mode in ("RGBA", "LA", "PA", "RGBa", "La") and kind is not FileKind.JPEG
    return "RGBA" if has_alpha else "RGB"


# --- PDF ------------------------------------------------------------------------------------------

ACTIVE_NAMES = (
    "JavaScript",
    "Launch",
    "Rendition",
    "RichMedia",
    "SubmitForm",
    "ImportData",
    "EmbeddedFile",
    "EmbeddedFiles",
    "XFA",
)
"""Names with which a PDF acts, carries other files or sends what is typed into it (ISO 32000-1)."""

_END = rb"(?=[\x00\t\n\f\r ()<>\[\]{}/%]|$)"


def _name_pattern(names: Collection[str]) -> re.Pattern[bytes]:
    """Match these names also where letters are written as #xx, as a PDF may."""
    spelled = [
        "".join(f"(?:{c}|#{ord(c):02x}|#{ord(c):02X})" for c in name).encode() for name in names
    ]
    return re.compile(rb"/(?:" + rb"|".join(spelled) + rb")" + _END)


_ACTIVE = _name_pattern(ACTIVE_NAMES)
_ENCRYPT = _name_pattern(("Encrypt",))
_PACKED = _name_pattern(("ObjStm",))
_FILTER = _name_pattern(("Filter",))
_STREAM = re.compile(rb"stream\r?\n")
_INDEX = re.compile(rb"\s*[0-9]+\s+[0-9]+")


def _check_pdf(content: bytes) -> None:
    """Refuse a PDF that is cut off, locked, or could do more than be read.

    Objects may hide in packed streams, so those are unpacked, measured, and read too; one that
    cannot be read is refused, for nobody can say what it holds.
    """
    if b"%%EOF" not in content[-2048:] or b"startxref" not in content[-4096:]:
        raise FileNotTaken("DAMAGED")
    if zipfile.is_zipfile(io.BytesIO(content)) or re.search(
        rb"<\s*(?:html|script|svg|!doctype)", content[:4096], re.IGNORECASE
    ):
        raise FileNotTaken("ACTIVE_CONTENT", found="polyglot")
    if _ENCRYPT.search(content):
        raise FileNotTaken("ENCRYPTED")
    _refuse_active(content)
    for unpacked in _unpack_objects(content):
        _refuse_active(unpacked)


def _refuse_active(data: bytes) -> None:
    found = _ACTIVE.search(data)
    if found:
        raise FileNotTaken("ACTIVE_CONTENT", found=found[0].decode("ascii", "replace")[1:])


def _unpack_objects(content: bytes) -> Iterator[bytes]:
    budget = MAX_UNPACKED // 4
    for mark in _PACKED.finditer(content):
        start = content.rfind(b"obj", 0, mark.start())
        stream = _STREAM.search(content, mark.end(), mark.end() + 4096)
        if stream is None or start < 0:
            raise FileNotTaken("DAMAGED")
        if not _FILTER.search(content, start, stream.start()):
            continue  # it stands in the open and has been read
        inflater = zlib.decompressobj()
        try:
            data = inflater.decompress(content[stream.end() :], budget)
        except zlib.error as error:
            raise FileNotTaken("DAMAGED") from error
        budget -= len(data)
        if budget <= 0:
            raise FileNotTaken("ARCHIVE")
        if not _INDEX.match(data):
            raise FileNotTaken("DAMAGED")
        yield data


# --- office documents -----------------------------------------------------------------------------

_MAIN_PART = {"xl/workbook.xml": FileKind.XLSX, "word/document.xml": FileKind.DOCX}
_FORBIDDEN_PART = re.compile(
    r"vbaproject|vbadata|macrosheets/|activex/|\.bin$|oleobject|embeddings/|"
    r"\.(?:zip|7z|rar|gz|exe|dll|js|vbs|jar|docm?|xlsm?|pptm?|xlsb|html?|svg)$",
    re.IGNORECASE,
)
_HARMLESS_BIN = re.compile(r"(?:^|/)printersettings/[^/]+\.bin$", re.IGNORECASE)
_XML_DANGER = re.compile(rb"<!DOCTYPE|<!ENTITY|ddeLink|oleLink|macroEnabled", re.IGNORECASE)
_OUTSIDE = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>")
_HARMLESS_OUTSIDE = re.compile(rb"Type\s*=\s*[\"'][^\"']*/(?:hyperlink|externalLinkPath)[\"']")
_DDE = re.compile(rb"\bDDE(?:AUTO)?\b")


def _check_office(content: bytes) -> FileKind:
    """Tell a workbook from a document; refuse every other archive and whatever could act."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            kind = _measure(entries, len(content))
            for entry in entries:
                _check_part(archive, entry)
    except FileNotTaken:
        raise
    except Exception as error:  # a damaged or hostile archive: whatever the reader says
        raise FileNotTaken("DAMAGED") from error
    return kind


def _measure(entries: list[zipfile.ZipInfo], size: int) -> FileKind:
    """Judge an archive by its list, before anything is unpacked."""
    if len(entries) > MAX_MEMBERS:
        raise FileNotTaken("ARCHIVE")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(packed, 1) or packed > size:
        raise FileNotTaken("ARCHIVE")
    names = [entry.filename for entry in entries]
    if len({name.lower() for name in names}) != len(names):
        raise FileNotTaken("ARCHIVE")
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or re.search(r"[\\:\x00]", entry.orig_filename):
            raise FileNotTaken("ARCHIVE")
        if entry.flag_bits & 0x1:
            raise FileNotTaken("ENCRYPTED")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileNotTaken("ARCHIVE")
    _refuse_overlap(entries)
    kinds = [kind for part, kind in _MAIN_PART.items() if part in names]
    if "[Content_Types].xml" not in names or len(kinds) != 1:
        raise FileNotTaken("UNKNOWN_TYPE")
    return kinds[0]


def _refuse_overlap(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse parts that share bytes: a small file of many large ones is made that way."""
    end = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        if entry.header_offset < end or (end == 0 and entry.header_offset != 0):
            raise FileNotTaken("ARCHIVE")
        end = entry.header_offset + 30 + len(entry.filename) + entry.compress_size


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if _FORBIDDEN_PART.search(name) and not _HARMLESS_BIN.search(name):
        raise FileNotTaken("ACTIVE_CONTENT", found=name[:80])
    if not name.lower().endswith((".xml", ".rels")):
        return
    is_rels, is_word = name.lower().endswith(".rels"), name.lower().startswith("word/")
    tail = b""
    with archive.open(entry) as part:
        while block := part.read(_CHUNK):
            if not tail and (b"\x00" in block[:64] or block[:2] in (b"\xff\xfe", b"\xfe\xff")):
                raise FileNotTaken("DAMAGED")  # XML in UTF-16 would hide from what is looked for
            window = tail + block
            found = _XML_DANGER.search(window) or (is_word and _DDE.search(window))
            if found:
                raise FileNotTaken("ACTIVE_CONTENT", found=found[0].decode("ascii", "replace"))
            if is_rels and any(
                not _HARMLESS_OUTSIDE.search(link[0]) for link in _OUTSIDE.finditer(window)
            ):
                raise FileNotTaken("ACTIVE_CONTENT", found="external")
            tail = window[-1024:]
