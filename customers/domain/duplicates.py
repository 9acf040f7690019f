"""Duplicates: the same enterprise entered twice, told by code (error) or by name (warning).

Source: process specification C.2, duplicate rule.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from common.identifiers import normalise_code

# One legal form, several spellings; longest first so that a part never hides the whole.
_LEGAL_FORMS = (
    ("有限责任公司", "有限公司"),
    ("股份有限公司", "股份公司"),
    ("COMPANYLIMITED", "COLTD"),
    ("COLIMITED", "COLTD"),
    ("LIMITED", "LTD"),
    ("INCORPORATED", "INC"),
    ("CORPORATION", "CORP"),
)


class DuplicateKind(StrEnum):
    """What two records share; only the same USCC forbids the second one."""

    SAME_USCC = "SAME_USCC"
    SAME_NAME = "SAME_NAME"
    SAME_BANK_ACCOUNT = "SAME_BANK_ACCOUNT"


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies one customer; former names count as names, empty text means unknown."""

    code: str
    name: str
    uscc: str = ""
    former_names: tuple[str, ...] = ()
    bank_accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another customer that shares something with the new one."""

    code: str
    kind: DuplicateKind

    @property
    def is_error(self) -> bool:
        """Whether the second record must be refused rather than warned about."""
        return self.kind is DuplicateKind.SAME_USCC


def normalise_name(name: str) -> str:
    """Bring a company name to its comparable form.

    Half-width, upper case, without blanks, brackets and punctuation, one spelling per legal form.
    For comparing only; the name is stored and printed as entered.

    >>> normalise_name("示例（上海）科技有限责任公司") == normalise_name("示例(上海)科技 有限公司")
    True
    >>> normalise_name("Acme Co., Limited")
    'ACMECOLTD'
    """
    text = unicodedata.normalize("NFKC", name).upper()
    text = re.sub(r"[\W_]+", "", text)
    for spelling, form in _LEGAL_FORMS:
        text = text.replace(spelling, form)
    return text


def list_duplicates(new: Identity, existing: Iterable[Identity]) -> list[Duplicate]:
    """Return every existing customer the new one may be, errors first, then in the order given.

    A record never duplicates itself (same customer code). One line per customer and kind.
    """
    found = [
        Duplicate(other.code, kind)
        for other in existing
        if other.code != new.code
        for kind in DuplicateKind
        if _shares(new, other, kind)
    ]
    return sorted(found, key=lambda duplicate: not duplicate.is_error)


def _shares(new: Identity, other: Identity, kind: DuplicateKind) -> bool:
    if kind is DuplicateKind.SAME_USCC:
        return bool(new.uscc) and normalise_code(new.uscc) == normalise_code(other.uscc)
    if kind is DuplicateKind.SAME_NAME:
        return bool(_names(new) & _names(other))
    ours = {normalise_code(account) for account in new.bank_accounts}
    return not ours.isdisjoint(normalise_code(account) for account in other.bank_accounts)


def _names(identity: Identity) -> set[str]:
    return {normalise_name(name) for name in (identity.name, *identity.former_names)} - {""}
