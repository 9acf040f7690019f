"""What is derived from a customer's name: its comparable form, its pinyin, its initials.

Every writer of customers (service, import, demo) calls `derive_name_fields`, so that a search finds
them all alike.
"""

import re
import unicodedata
from typing import Any

from pypinyin import Style, lazy_pinyin

from customers.domain.duplicates import normalise_name

_WORD = re.compile(r"[a-z0-9]+")


def derive_name_fields(name: str) -> dict[str, str]:
    """Return `normalised_name`, `pinyin` and `pinyin_initials` of a name.

    >>> derive_name_fields("宁波华锐（集团）有限公司")["pinyin_initials"]
    'nbhrjtyxgs'
    >>> derive_name_fields("Acme Trading Ltd")
    {'normalised_name': 'ACMETRADINGLTD', 'pinyin': 'acme trading ltd', 'pinyin_initials': 'atl'}
    """
    words = spell(name)
    return {
        "normalised_name": normalise_name(name)[:200],
        "pinyin": " ".join(words)[:600],
        "pinyin_initials": "".join(word[0] for word in words)[:200],
    }


def spell(name: str) -> list[str]:
    """Return the syllables of Chinese characters, and the words of everything else, lower case."""
    text = unicodedata.normalize("NFKC", name)
    # The library takes a function that answers a list, which its stubs do not say.
    split: Any = _split
    parts: list[str] = lazy_pinyin(text, style=Style.NORMAL, errors=split)
    return [part for part in parts if part]


def _split(text: str) -> list[str]:
    """Split what is not Chinese into words of letters and digits."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))
