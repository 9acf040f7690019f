"""Statutory check of agreed payment terms: what the law adds to what was agreed.

Sources: Regulation on Ensuring Payments to Small and Medium-sized Enterprises (State Council Order
728 of 2020, Order 802 of 2025, in force 1 June 2025); Directive 2011/7/EU; specification E.2.
Findings are reminders for people, never statements of right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from customers.domain.size_class import SME, SizeClass

REGULATION_728_FROM = date(2020, 9, 1)
REGULATION_802_FROM = date(2025, 6, 1)


class BuyerKind(StrEnum):
    """What the buyer is, as far as the payment rules ask."""

    PUBLIC_INSTITUTION = "PUBLIC_INSTITUTION"
    LARGE_ENTERPRISE = "LARGE_ENTERPRISE"
    OTHER = "OTHER"


class Jurisdiction(StrEnum):
    """Whose payment rules govern."""

    CN = "CN"
    EU = "EU"
    OTHER = "OTHER"


class Severity(StrEnum):
    """How much a finding weighs: ERROR fails rule R22, the others inform."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class TermFinding:
    """One finding on an agreed term; `statutory_days` is None where the law fixes no number."""

    code: str
    severity: Severity
    statutory_days: int | None


def check_statutory_term(
    seller_size: SizeClass | None,
    buyer_kind: BuyerKind,
    agreed_days: int | None,
    *,
    pay_when_paid: bool,
    jurisdiction: Jurisdiction,
    contract_date: date,
) -> list[TermFinding]:
    """Return the findings on a payment term; empty when the law has nothing to say.

    `agreed_days` is None when no term was agreed; sizes are those at the signing of the contract.

    >>> check_statutory_term(SizeClass.SMALL, BuyerKind.PUBLIC_INSTITUTION, 90, pay_when_paid=False,
    ...                      jurisdiction=Jurisdiction.CN, contract_date=date(2025, 7, 1))[0].code
    'CN_SME_MAX_60'
    """
    if jurisdiction is Jurisdiction.EU:
        return _check_eu(buyer_kind, agreed_days)
    is_protected = jurisdiction is Jurisdiction.CN and seller_size in SME
    if not is_protected or contract_date < REGULATION_728_FROM:
        return []
    if buyer_kind is BuyerKind.PUBLIC_INSTITUTION:
        return _check_cn_public(agreed_days)
    if buyer_kind is BuyerKind.LARGE_ENTERPRISE:
        return _check_cn_large(agreed_days, pay_when_paid, contract_date)
    return []


def _check_cn_public(agreed_days: int | None) -> list[TermFinding]:
    if agreed_days is None:
        return [TermFinding("CN_SME_DEFAULT_30", Severity.INFO, 30)]
    if agreed_days > 60:
        return [TermFinding("CN_SME_MAX_60", Severity.ERROR, 60)]
    return []


def _check_cn_large(
    agreed_days: int | None, pay_when_paid: bool, contract_date: date
) -> list[TermFinding]:
    if contract_date < REGULATION_802_FROM:
        if agreed_days is None:
            return [TermFinding("CN_SME_LARGE_NO_FIXED_TERM", Severity.INFO, None)]
        return []
    findings: list[TermFinding] = []
    if agreed_days is None:
        findings.append(TermFinding("CN_SME_DEFAULT_60", Severity.INFO, 60))
    elif agreed_days > 60:
        findings.append(TermFinding("CN_SME_OVER_60_REASONABLENESS", Severity.WARN, 60))
    if pay_when_paid:
        findings.append(TermFinding("CN_SME_PAY_WHEN_PAID_FORBIDDEN", Severity.ERROR, 60))
    return findings


def _check_eu(buyer_kind: BuyerKind, agreed_days: int | None) -> list[TermFinding]:
    if agreed_days is None:
        return [TermFinding("EU_LPD_DEFAULT_30", Severity.INFO, 30)]
    if buyer_kind is BuyerKind.PUBLIC_INSTITUTION:
        if agreed_days > 60:
            return [TermFinding("EU_LPD_PUBLIC_MAX_60", Severity.ERROR, 60)]
        if agreed_days > 30:
            return [TermFinding("EU_LPD_PUBLIC_OVER_30_SPECIAL", Severity.WARN, 30)]
        return []
    if agreed_days > 60:
        return [TermFinding("EU_LPD_OVER_60_EXPRESS", Severity.WARN, 60)]
    return []
