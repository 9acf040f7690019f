"""Files that people give us: checked, kept under a random name outside the web, handed out safely.

The bytes are on the disk before the row is in the database: a row never points at nothing. Bytes
without a row (a transaction that was rolled back) are swept away by the night.
"""

import hashlib
import os
import secrets
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from common.errors import CreditError, InvalidInput
from common.file_kinds import ENDINGS, EVIDENCE, MAX_SIZE, FileKind, FileNotTaken, check_file
from common.models import StoredFile

FOLDER = "files"
READ_ONLY = 0o400
SEALED = "default-src 'none'; sandbox"


class FileDamaged(CreditError):
    """The bytes on the disk are gone or not those that were stored."""

    code = "FILE_DAMAGED"
    status = 500


def store_file(upload: Any, *, actor: Any, allowed: Collection[FileKind] = EVIDENCE) -> StoredFile:
    """Check an uploaded file, keep it and return its row; raise `InvalidInput` on the field file.

    `upload` is an uploaded file or anything with a name and `read`.
    """
    content = upload.read(MAX_SIZE + 1)
    try:
        checked = check_file(upload.name or "", content, allowed=allowed)
    except FileNotTaken as error:
        raise InvalidInput(
            describe_refusal(error, allowed), field="file", code=error.code
        ) from error
    name = _keep(checked.content)
    return StoredFile.objects.create(
        name=name,
        original_name=checked.name,
        mime=checked.mime,
        size=len(checked.content),
        sha256=hashlib.sha256(checked.content).hexdigest(),
        uploaded_by=actor,
    )


def read_file(stored: StoredFile) -> bytes:
    """Return the bytes of a file; raise FileDamaged unless they are those that were stored."""
    try:
        content = _path(stored.name).read_bytes()
    except OSError as error:
        raise FileDamaged(_("The file cannot be read. Tell your administrator.")) from error
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        raise FileDamaged(_("The file on the disk is not the one that was stored."))
    return content


def serve_file(stored: StoredFile) -> HttpResponse:
    """Answer with a file: to be saved, never shown, never run, never kept by a cache."""
    response = HttpResponse(read_file(stored), content_type=stored.mime)
    response["Content-Disposition"] = content_disposition_header(True, stored.original_name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SEALED
    response["Cache-Control"] = "no-store, private"
    return response


def sweep_files(*, before: datetime) -> int:
    """Delete bytes that no row names and that are older than `before`; return how many files.

    A young file may belong to a transaction that is not committed yet.
    """
    root = Path(settings.DATA_DIR) / FOLDER
    old = [
        path
        for path in root.glob("??/*")
        if path.is_file() and path.stat().st_mtime < before.timestamp()
    ]
    swept = 0
    for start in range(0, len(old), 1000):
        part = {f"{path.parent.name}/{path.name}": path for path in old[start : start + 1000]}
        known = set(StoredFile.objects.filter(name__in=part).values_list("name", flat=True))
        for name in part.keys() - known:
            part[name].unlink(missing_ok=True)
            swept += 1
    return swept


def describe_refusal(error: FileNotTaken, allowed: Collection[FileKind] = EVIDENCE) -> str:
    """Say why a file is not taken, and what to do instead."""
    endings = ", ".join(sorted(e.upper() for e, kind in ENDINGS.items() if kind in allowed))
    words = {
        "EMPTY": _("The file is empty."),
        "TOO_LARGE": _("The file is larger than %(size)s MB.") % {"size": MAX_SIZE >> 20},
        "ENDING_DIFFERS": _("The ending of the name does not fit what the file is."),
        "TYPE_NOT_TAKEN": _("Files of this kind are not taken here. Taken are: %(endings)s.")
        % {"endings": endings},
        "DAMAGED": _("The file is damaged. Save it anew and try again."),
        "ENCRYPTED": _("The file is locked by a password. Save it without one."),
        "ACTIVE_CONTENT": _(
            "The file holds something that could act when it is opened: macros, scripts, formulas "
            "or other files. Save it as a plain PDF."
        ),
        "ARCHIVE": _("The file unpacks to far more than it should. Save it anew."),
        "PICTURE_TOO_LARGE": _("The picture has too many pixels. Save it smaller."),
    }
    unknown = _("What this file is cannot be told. Taken are: %(endings)s.") % {"endings": endings}
    return words.get(error.code, unknown)


def _path(name: str) -> Path:
    return Path(settings.DATA_DIR) / FOLDER / name


def _keep(content: bytes) -> str:
    """Write bytes under a new random name, safely on the disk, and return the name."""
    token = secrets.token_hex(20)
    name = f"{token[:2]}/{token}"
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READ_ONLY)
    with os.fdopen(handle, "wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return name
