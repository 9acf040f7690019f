"""Identification codes of enterprises and persons: checked by their published rules.

Chinese codes are computed here because a refusal must say which rule failed, and because letters
in the first two positions of a unified social credit code, which python-stdnum 2.2 rejects, are
valid. MOD 97-10 codes use python-stdnum. Pure: no Django, no clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from stdnum import iban, iso11649, lei
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import InvalidFormat, InvalidLength, ValidationError

Reason = Literal["LENGTH", "ALPHABET", "CHECK_CHAR", "BIRTH_DATE", "COUNTRY"]

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: digits and letters without I, O, S, V, Z; a character's value is its position."""

_USCC_WEIGHTS = tuple(3**i % 31 for i in range(17))
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ORG_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Full-width ASCII (U+FF01…U+FF5E) and the ideographic space, as Chinese keyboards produce them.
HALF_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {
    0x3000: " ",
    0xFFE5: "¥",
    0xFFE1: "£",
}
_SEPARATORS = re.compile(r"[\s\u00ad\u200b-\u200d\ufeff\-\u2010-\u2015\u2212]+")


def normalise_code(text: str) -> str:
    """Bring a code to the form it is stored in: half-width, no blanks or hyphens, upper case.

    >>> normalise_code(" 9131 0000-ma1x00084l ")
    '91310000MA1X00084L'
    """
    return _SEPARATORS.sub("", text.translate(HALF_WIDTH)).upper()


@dataclass(frozen=True, slots=True)
class UsccCheck:
    """What the check of a unified social credit code 统一社会信用代码 found.

    `reason` is None when valid. `check_char` is the character the rule demands. The parts are
    filled for valid codes only; a failing inner organisation code (`org_check_ok` False) is a
    warning, never an error.
    """

    normalised: str
    valid: bool
    reason: Reason | None = None
    weighted_sum: int | None = None
    remainder: int | None = None
    check_char: str | None = None
    org_code: str | None = None
    org_check_expected: str | None = None
    org_check_ok: bool | None = None
    authority: str | None = None
    entity_kind: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class OrgCodeCheck:
    """Check character of an organisation code 组织机构代码 and the sum it came from."""

    check_char: str
    weighted_sum: int


@dataclass(frozen=True, slots=True)
class ResidentIdCheck:
    """What the check of a resident identity number 居民身份证号 found."""

    normalised: str
    valid: bool
    reason: Reason | None = None
    weighted_sum: int | None = None
    birth_date: date | None = None


@dataclass(frozen=True, slots=True)
class Mod97Check:
    """What the check of a MOD 97-10 code (IBAN, RF reference, LEI) found."""

    normalised: str
    valid: bool
    reason: Reason | None = None


def uscc_weighted_sum(first17: str) -> int:
    """Return Σ value × weight of the first 17 characters; all must be of the alphabet.

    >>> uscc_weighted_sum("91350100M000100Y4")
    1640
    """
    return sum(USCC_ALPHABET.index(c) * w for c, w in zip(first17, _USCC_WEIGHTS, strict=True))


def uscc_check_char(first17: str) -> str:
    """Return the 18th character of a unified social credit code.

    (31 − Σ mod 31) mod 31; the outer mod turns a remainder of 0 into the character 0, which the
    formula printed in circulating copies of the standard misses.

    >>> uscc_check_char("91350100M000100Y4"), uscc_check_char("91310000MA1X00113")
    ('3', '0')
    """
    return USCC_ALPHABET[-uscc_weighted_sum(first17) % 31]


def check_org_code(first8: str) -> OrgCodeCheck:
    """Compute the check character of an organisation code (GB 11714); 8 characters 0-9 A-Z.

    11 − Σ mod 11, where 10 is written X and 11 is written 0. Raises ValueError on other input.

    >>> check_org_code("M000100Y")
    OrgCodeCheck(check_char='4', weighted_sum=139)
    """
    code = normalise_code(first8)
    if len(code) != 8:
        raise ValueError("an organisation code has 8 characters before its check character")
    total = sum(_ORG_CHARACTERS.index(c) * w for c, w in zip(code, _ORG_WEIGHTS, strict=True))
    value = 11 - total % 11
    return OrgCodeCheck({10: "X", 11: "0"}.get(value, str(value)), total)


def check_uscc(text: str) -> UsccCheck:
    """Check a unified social credit code (GB 32100-2015) after normalising it.

    Letters are accepted wherever the alphabet has them, except in the region (positions 3 to 8),
    which is digits.

    >>> check_uscc("91350100M000100Y43").org_code
    'M000100Y-4'
    >>> check_uscc("91310000MA1X00067R").reason
    'CHECK_CHAR'
    """
    code = normalise_code(text)
    if len(code) != 18:
        return UsccCheck(code, False, "LENGTH")
    if any(c not in USCC_ALPHABET for c in code) or re.search(r"[A-Z]", code[2:8]):
        return UsccCheck(code, False, "ALPHABET")
    total = uscc_weighted_sum(code[:17])
    expected = USCC_ALPHABET[-total % 31]
    if code[17] != expected:
        return UsccCheck(code, False, "CHECK_CHAR", total, total % 31, expected)
    inner = check_org_code(code[8:16]).check_char
    return UsccCheck(
        normalised=code,
        valid=True,
        weighted_sum=total,
        remainder=total % 31,
        check_char=expected,
        org_code=f"{code[8:16]}-{code[16]}",
        org_check_expected=inner,
        org_check_ok=code[16] == inner,
        authority=code[0],
        entity_kind=code[1],
        region=code[2:8],
    )


def make_uscc(authority: str, entity_kind: str, region: str, org_body: str) -> str:
    """Build a code with both check characters right, for synthetic data.

    >>> make_uscc("9", "1", "310000", "MA1X0007")
    '91310000MA1X00076R'
    """
    first17 = f"{authority}{entity_kind}{region}{org_body}{check_org_code(org_body).check_char}"
    return first17 + uscc_check_char(first17)


def check_resident_id(text: str) -> ResidentIdCheck:
    """Check a resident identity number (GB 11643): form, existing birth date, check character.

    >>> check_resident_id("11010519491231002X").valid
    True
    >>> check_resident_id("11010519491331002X").reason
    'BIRTH_DATE'
    """
    code = normalise_code(text)
    if len(code) != 18:
        return ResidentIdCheck(code, False, "LENGTH")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", code):
        return ResidentIdCheck(code, False, "ALPHABET")
    try:
        born = date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
    except ValueError:
        return ResidentIdCheck(code, False, "BIRTH_DATE")
    total = sum(int(c) * w for c, w in zip(code[:17], _ID_WEIGHTS, strict=True))
    if _ID_CHECKS[total % 11] != code[17]:
        return ResidentIdCheck(code, False, "CHECK_CHAR", total)
    return ResidentIdCheck(code, True, None, total, born)


def _check_mod97(code: str, is_valid: bool, shortest: int, longest: int) -> Mod97Check:
    if is_valid:
        return Mod97Check(code, True)
    if not shortest <= len(code) <= longest:
        return Mod97Check(code, False, "LENGTH")
    if not re.fullmatch(r"[0-9A-Z]+", code):
        return Mod97Check(code, False, "ALPHABET")
    return Mod97Check(code, False, "CHECK_CHAR")


def check_iban(text: str) -> Mod97Check:
    """Check an IBAN (ISO 13616): the country's length and form, MOD 97-10 remainder 1.

    >>> check_iban("GB82 WEST 1234 5698 7654 32").valid
    True
    """
    code = normalise_code(text)
    try:
        # National check digits inside the account number are the bank's affair.
        iban.validate(code, check_country=False)
    except ValidationError:
        return _check_mod97(code, False, 15, 34)
    return Mod97Check(code, True)


def check_rf(text: str) -> Mod97Check:
    """Check a structured creditor reference (ISO 11649), RF and two check digits in front.

    >>> check_rf("RF18 5390 0754 7034").valid
    True
    """
    code = normalise_code(text)
    return _check_mod97(code, iso11649.is_valid(code), 5, 25)


def check_lei(text: str) -> Mod97Check:
    """Check a legal entity identifier (ISO 17442).

    >>> check_lei("5493001KJTIIGC8Y1R12").valid
    True
    """
    code = normalise_code(text)
    return _check_mod97(code, len(code) == 20 and lei.is_valid(code), 20, 20)


def check_vat(text: str) -> Mod97Check:
    """Check a value added tax number of the European Union by its country's own rule.

    The first two letters name the country (EL for Greece). COUNTRY means that no rule is known for
    them: the number may still be right.

    >>> check_vat("DE 136 695 976").valid, check_vat("DE136695970").reason
    (True, 'CHECK_CHAR')
    >>> check_vat("NO123456785").reason
    'COUNTRY'
    """
    code = normalise_code(text)
    if not re.fullmatch(r"[0-9A-Z+*]{4,16}", code):
        return Mod97Check(code, False, "ALPHABET" if 4 <= len(code) <= 16 else "LENGTH")
    if code[:2].lower() not in eu_vat.MEMBER_STATES | {"el", "xi"}:
        return Mod97Check(code, False, "COUNTRY")
    try:
        eu_vat.validate(code)
    except InvalidLength:
        return Mod97Check(code, False, "LENGTH")
    except InvalidFormat:
        return Mod97Check(code, False, "ALPHABET")
    except ValidationError:
        return Mod97Check(code, False, "CHECK_CHAR")
    return Mod97Check(code, True)


def make_rf(reference: str) -> str:
    """Build the structured creditor reference of an invoice number (at most 21 characters).

    Raises ValueError when nothing usable is left or it is too long.

    >>> make_rf("INV-1001")
    'RF06INV1001'
    """
    body = re.sub(r"[^0-9A-Z]", "", normalise_code(reference))
    if not 1 <= len(body) <= 21:
        raise ValueError("a creditor reference has 1 to 21 letters and digits")
    digits = "".join(str(int(c, 36)) for c in f"{body}RF00")
    return f"RF{98 - int(digits) % 97:02d}{body}"
