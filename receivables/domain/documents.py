"""Receivable documents: their kinds, signs, sums and tax-invoice numbers.

Source: process specification A.4, E.2, G.1 (invoices). A document that reduces what is owed carries
a negative amount in files and in the books.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum

from common.parsing import CellError, CellErrorCode

SUM_TOLERANCE = Decimal("0.01")
"""How far gross may lie from net + tax, in currency units."""


class DocType(StrEnum):
    """Kind of a receivable document."""

    INV = "INV"
    DN = "DN"
    CN = "CN"
    INT = "INT"
    FEE = "FEE"
    ADV = "ADV"
    RET = "RET"


CREDITS = frozenset({DocType.CN, DocType.ADV})
"""Documents that reduce what is owed: credit notes 贷项 and advances received 预收."""


def sign_of(doc_type: DocType) -> int:
    """Return +1 for a document that is owed, −1 for one that reduces what is owed.

    >>> sign_of(DocType.INV), sign_of(DocType.CN)
    (1, -1)
    """
    return -1 if doc_type in CREDITS else 1


def check_sign(doc_type: DocType, amount: Decimal) -> None:
    """Refuse an amount whose sign contradicts the kind of document, or that is nothing.

    Raises CellError SIGN.
    """
    if amount * sign_of(doc_type) <= 0:
        raise CellError(CellErrorCode.SIGN, doc_type=doc_type.value, expected=sign_of(doc_type))


def check_sum(net: Decimal, tax: Decimal, gross: Decimal) -> None:
    """Refuse a document whose gross is not net + tax within one hundredth of a unit.

    Raises CellError SUM_MISMATCH.

    >>> check_sum(Decimal("100.00"), Decimal("13.00"), Decimal("113.01"))
    """
    if abs(net + tax - gross) > SUM_TOLERANCE:
        raise CellError(CellErrorCode.SUM_MISMATCH, expected=str(net + tax), found=str(gross))


def check_tax_invoice_no(number: str) -> str:
    """Return a Chinese tax-invoice number of the right shape: 8 digits, or 20 (数电票).

    Raises CellError LENGTH or ALPHABET.
    """
    text = number.strip()
    if not re.fullmatch(r"[0-9]*", text):
        raise CellError(CellErrorCode.ALPHABET)
    if len(text) not in {8, 20}:
        raise CellError(CellErrorCode.LENGTH, allowed="8, 20")
    return text
