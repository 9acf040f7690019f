"""What a complete file holds, by the size of the credit: the checklist of the process (C.1).

Pure: no Django, no clock. Whether a file is complete is judged by `completeness.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Tier(StrEnum):
    """How much is asked: by the size of the credit, the risk and where the customer sits."""

    T0 = "T0"
    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    TP = "TP"


class Need(StrEnum):
    """Whether a tier asks for a line."""

    MANDATORY = "MANDATORY"
    OPTIONAL = "OPTIONAL"
    IF_ANY_SECURITY = "IF_ANY_SECURITY"
    IF_INSURED = "IF_INSURED"
    IF_PERSON = "IF_PERSON"
    NOT_ASKED = "NOT_ASKED"


class Term(StrEnum):
    """What bounds the time for which a document is good."""

    DAYS = "DAYS"
    OWN_TERM = "OWN_TERM"
    OWN_TERM_AND_DAYS = "OWN_TERM_AND_DAYS"
    UNTIL_CHANGE = "UNTIL_CHANGE"
    AFTER_PERIOD = "AFTER_PERIOD"
    PER_APPLICATION = "PER_APPLICATION"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist: what, how heavy, good for how long, asked by which tier."""

    code: str
    label: str
    source_class: str
    needs: Mapping[Tier, Need]
    term: Term
    days: int = 0
    weight: int = 1
    is_personal: bool = False

    def need(self, tier: Tier) -> Need:
        """Return whether `tier` asks for it; T0 asks for nothing."""
        return self.needs.get(tier, Need.NOT_ASKED)


_NEEDS = {
    "M": Need.MANDATORY,
    "O": Need.OPTIONAL,
    "-": Need.NOT_ASKED,
    "S": Need.IF_ANY_SECURITY,
    "I": Need.IF_INSURED,
    "P": Need.IF_PERSON,
}


def _line(
    code: str,
    label: str,
    source: str,
    needs: str,
    term: Term,
    days: int = 0,
    weight: int = 1,
    is_personal: bool = False,
) -> Line:
    tiers = dict(zip((Tier.T1, Tier.T2, Tier.T3, Tier.TP), map(_NEEDS.get, needs), strict=True))
    asked = {tier: need for tier, need in tiers.items() if need is not None}
    return Line(code, label, source, asked, term, days, weight, is_personal)


CHECKLIST: tuple[Line, ...] = (
    _line("D01", "Business licence", "OFFICIAL", "MMMM", Term.OWN_TERM_AND_DAYS, 365),
    _line("D02", "Registry extract", "OFFICIAL", "MMMM", Term.DAYS, 90),
    _line(
        "D03",
        "Identity of the legal representative",
        "OFFICIAL",
        "OMMM",
        Term.OWN_TERM,
        is_personal=True,
    ),
    _line("D04", "Authorised signatories and seal", "INTERNAL", "MMMM", Term.DAYS, 365),
    _line("D05", "Bank account with call-back", "THIRD_PARTY", "MMMM", Term.UNTIL_CHANGE),
    _line("D06", "Invoice data and tax grade", "OFFICIAL", "MMMO", Term.DAYS, 365),
    _line("D07", "Financial statements", "AGENCY", "OMMO", Term.AFTER_PERIOD, weight=2),
    _line("D08", "Bank statements of six months", "THIRD_PARTY", "-OMO", Term.DAYS, 90),
    _line("D09", "Trade references", "THIRD_PARTY", "-MM-", Term.DAYS, 365),
    _line("D10", "Checks of public lists", "OFFICIAL", "MMMM", Term.DAYS, 30, 2),
    _line("D11", "Litigation search", "OFFICIAL", "-MMO", Term.DAYS, 30),
    _line("D12", "Report of a visit", "INTERNAL", "-OMM", Term.DAYS, 365),
    _line("D13", "Credit bureau report", "AGENCY", "-OM-", Term.DAYS, 180),
    _line("D14", "Credit report given by the customer", "CREDIT_RECORD", "-OOO", Term.DAYS, 90),
    _line("D15", "Contract with credit clauses", "INTERNAL", "MMMM", Term.OWN_TERM),
    _line("D16", "Security documents", "INTERNAL", "-SSS", Term.OWN_TERM),
    _line("D17", "Chart of owners and affiliates", "OFFICIAL", "-OM-", Term.DAYS, 365),
    _line("D18", "Decision of the credit insurer", "AGENCY", "-II-", Term.OWN_TERM),
    _line(
        "D19",
        "Consent to use personal data",
        "INTERNAL",
        "PPPM",
        Term.UNTIL_CHANGE,
        is_personal=True,
    ),
    _line("D20", "Declaration of conflicts of interest", "INTERNAL", "MMMM", Term.PER_APPLICATION),
    _line("D21", "Recommendation of the market manager", "THIRD_PARTY", "---M", Term.DAYS, 180),
)
LINES: Mapping[str, Line] = {line.code: line for line in CHECKLIST}
OTHER = "OTHER"
"""The kind of a document that no line of the checklist asks for."""

T1_MOST = Decimal(50_000)
T2_MOST = Decimal(500_000)
HIGH_RISK_CLASSES = ("4", "5", "D")

STATEMENT_MONTHS = 18
INTERIM_AFTER_MONTHS = 9
"""From this age of the newest year on, figures from within the year must be there as well."""
STATEMENT_YEARS: Mapping[Tier, int] = {Tier.T1: 1, Tier.T2: 1, Tier.T3: 3, Tier.TP: 1}
REFERENCES: Mapping[Tier, int] = {Tier.T2: 2, Tier.T3: 3}
FIRST_ORDER_DAYS = 7
APPLICATION_DAYS = 30
SOON_DAYS = 60
REMINDER_DAYS: tuple[int, ...] = (60, 30, 7)
"""K23: days before a document ends on which somebody is told."""

BUNDLE_CN: tuple[str, ...] = (
    "REGISTRY_STATUS",
    "INSOLVENCY",
    "DISHONEST_DEBTOR",
    "ENFORCED_DEBTOR",
    "CONSUMPTION_RESTRICTION",
    "ABNORMAL_OPERATION",
    "SERIOUS_VIOLATION",
    "MAJOR_TAX_VIOLATION",
    "TAX_ARREARS",
    "EQUITY_FREEZE",
    "PENALTY",
    "SANCTIONS",
    "OVERDUE_BILLS",
)
BUNDLE_FOREIGN: tuple[str, ...] = ("REGISTRY_STATUS", "INSOLVENCY", "SANCTIONS")
"""Lists that must all have been looked at for D10; abroad the Chinese ones know nobody."""


def get_tier(
    amount_cny: Decimal | None,
    risk_class: str | int | None = None,
    is_foreign: bool = False,
    is_programme_member: bool = False,
) -> Tier:
    """Return the tier of a requested or approved limit in CNY (C.1).

    Nothing asked for on credit is T0, whoever asks; a member of a programme is TP. A customer of
    class 4 or worse, or abroad, is T3 whatever the amount.

    >>> [get_tier(Decimal(a)).value for a in ("0", "50000", "50000.01", "500000", "500000.01")]
    ['T0', 'T1', 'T2', 'T2', 'T3']
    >>> get_tier(Decimal(1), 4).value, get_tier(Decimal(1), "3").value, get_tier(None, 5).value
    ('T3', 'T1', 'T0')
    """
    if amount_cny is None or amount_cny <= 0:
        return Tier.T0
    if is_programme_member:
        return Tier.TP
    if amount_cny > T2_MOST or str(risk_class) in HIGH_RISK_CLASSES or is_foreign:
        return Tier.T3
    return Tier.T2 if amount_cny > T1_MOST else Tier.T1


def get_bundle(is_foreign: bool) -> tuple[str, ...]:
    """Return the lists that D10 wants looked at."""
    return BUNDLE_FOREIGN if is_foreign else BUNDLE_CN
