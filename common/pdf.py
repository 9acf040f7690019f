"""PDF from a template and data, by Typst: no system library, no network, the same bytes every time.

The text goes in as JSON and stays data: a customer's name is never template source. Only the
fonts that `vendor_assets` brought are used, embedded as subsets.
"""

import json
import threading
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

from common.jsonable import to_jsonable

LETTERS = Path(settings.BASE_DIR) / "templates" / "letters"
FONT = "Noto Sans SC"
_turn = threading.Lock()  # one compiler at a time in a process: it holds the fonts in memory


class FontsMissing(Exception):
    """The fonts of letters are not there; without them Chinese text would be empty boxes."""

    def __init__(self) -> None:
        super().__init__("fonts of letters are missing: run `manage.py vendor_assets`")


@lru_cache(maxsize=1)
def load_fonts() -> typst.Fonts:
    """Return the fonts of letters, read once for each process. Raises FontsMissing."""
    folder = Path(settings.BASE_DIR) / ".vendor" / "fonts"
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
    )
    if FONT not in fonts.families():
        raise FontsMissing
    return fonts


def render_pdf(template: str, data: dict[str, Any], *, dated: date) -> bytes:
    """Return the PDF of `templates/letters/<template>` filled with `data`.

    The document is dated `dated`, so that the same data give the same bytes and thus the same
    SHA-256.
    """
    return _compile(template, data, dated=dated, format="pdf")


def render_png(template: str, data: dict[str, Any], *, dated: date, ppi: float = 96) -> bytes:
    """Return the first page as a picture, for looking at a letter."""
    return _compile(template, data, dated=dated, format="png", ppi=ppi)


def _compile(template: str, data: dict[str, Any], *, dated: date, **options: Any) -> bytes:
    instant = datetime(dated.year, dated.month, dated.day, tzinfo=UTC)
    text = json.dumps(to_jsonable(data), ensure_ascii=False, sort_keys=True)
    with _turn:
        pages = typst.compile(
            LETTERS / template,
            root=LETTERS,
            font_paths=load_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": text},
            timestamp=instant,
            **options,
        )
    return bytes(pages[0] if isinstance(pages, list) else pages)
