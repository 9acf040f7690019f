"""Whether a person at a customer may sign for it on a day (A.2). Pure: no Django, no clock."""

from __future__ import annotations

from datetime import date

SIGNING_ROLES = frozenset({"DECISION_MAKER", "ACCEPTANCE", "GOODS_RECEIPT", "GUARANTOR"})
"""Roles in which a person signs by a document. The legal representative signs by law (Civil Code of
the PRC Art. 61), the others do not sign."""


def is_authority_missing(
    role: str, document_no: str, valid_to: date | None, *, as_of: date
) -> bool:
    """Tell whether a signature of this person would stand without a valid document.

    A document without an end is good until it is taken back.

    >>> is_authority_missing("GOODS_RECEIPT", "A-1", date(2026, 6, 30), as_of=date(2026, 6, 30))
    False
    >>> is_authority_missing("GOODS_RECEIPT", "A-1", date(2026, 6, 30), as_of=date(2026, 7, 1))
    True
    >>> is_authority_missing("LEGAL_REP", "", None, as_of=date(2026, 7, 1))
    False
    """
    if role not in SIGNING_ROLES:
        return False
    return not document_no.strip() or (valid_to is not None and valid_to < as_of)
