"""What the API reads bodies with."""

import math
import re
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import exceptions, parsers


class TextJSONParser(parsers.JSONParser):
    """JSON whose texts can be stored and sent back, and whose numbers are numbers.

    NUL and half surrogates are legal in JSON, yet no text for a database; 1e400 becomes infinite.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError(_("This is nested too deeply.")) from error
        waiting: list[Any] = [data]
        while waiting:
            part = waiting.pop()
            if isinstance(part, dict):
                waiting += part.keys()
                waiting += part.values()
            elif isinstance(part, list):
                waiting += part
            elif isinstance(part, str) and not _is_text(part):
                raise exceptions.ParseError(_("A value holds a character that is no text."))
            elif isinstance(part, float) and not math.isfinite(part):
                raise exceptions.ParseError(_("A number is too large."))
        return data


def _is_text(text: str) -> bool:
    return (text.isascii() and "\0" not in text) or _NO_TEXT.search(text) is None


_NO_TEXT = re.compile("[\0\ud800-\udfff]")
