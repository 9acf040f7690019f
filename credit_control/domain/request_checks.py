"""What policy says about a limit asked for: each check a verdict with the figures it saw.

Nothing here refuses: a limit against policy may be granted by who is entitled to, knowingly. Only
BLOCK stands for what nobody may grant (a customer in default, or on hold).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from credit_control.domain.effective_limit import unsecured_limit
from credit_control.domain.need import PLAUSIBLE_MULTIPLE
from credit_control.domain.order_facts import BLOCKED_STATES, Result

LONG_OVERDUE_DAYS = 30
STALE_MONTHS = 18
TEMPORARY_CAP_PCT = Decimal(30)


class CheckCode(StrEnum):
    """The checks, in the order they are shown."""

    STATE = "STATE"
    RATING = "RATING"
    SUGGESTED = "SUGGESTED"
    USE = "USE"
    OVERDUE = "OVERDUE"
    TERM = "TERM"
    STATEMENTS = "STATEMENTS"
    NEED = "NEED"
    UNSECURED = "UNSECURED"
    GROUP = "GROUP"
    TEMPORARY = "TEMPORARY"


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What the checks look at; amounts in the limit's currency, None where a fact is missing.

    `total` is the limit after approval, `temporary` the part of it that ends again. Groups are
    (code, ceiling, gross of all members).
    """

    total: Decimal
    base: Decimal
    gross: Decimal
    customer_state: str
    risk_class: str | None
    grade: str
    rating_valid_to: date | None
    suggested: Decimal | None
    need: Decimal | None
    long_overdue: Decimal
    term_days: int
    max_term_days: int
    unsecured_share_pct: Decimal
    statement_months: int | None
    temporary: Decimal = Decimal(0)
    groups: tuple[tuple[str, Decimal, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class RequestCheck:
    """One verdict, with what its sentence needs."""

    code: CheckCode
    result: Result
    params: Mapping[str, str] = field(default_factory=dict)


def check_request(facts: RequestFacts, *, as_of: date, currency: str) -> tuple[RequestCheck, ...]:
    """Return every check that applies, in order.

    >>> facts = RequestFacts(Decimal(300), Decimal(0), Decimal(0), "ACTIVE", "3", "BB",
    ...     date(2026, 1, 1), Decimal(280), None, Decimal(0), 30, 45, Decimal(70), 2)
    >>> [(c.code.value, c.result.value) for c in check_request(facts, as_of=date(2025, 7, 2),
    ...     currency="CNY") if c.result is not Result.PASS]
    [('SUGGESTED', 'WARN'), ('UNSECURED', 'WARN')]
    """
    return tuple(_checks(facts, as_of, currency))


def _verdict(
    code: CheckCode, passes: bool, fails: Result = Result.WARN, **params: object
) -> RequestCheck:
    shown = {name: str(value) for name, value in params.items()}
    return RequestCheck(code, Result.PASS if passes else fails, shown)


def _checks(facts: RequestFacts, as_of: date, currency: str) -> Iterator[RequestCheck]:
    if facts.customer_state in BLOCKED_STATES:
        yield _verdict(CheckCode.STATE, False, Result.BLOCK, state=facts.customer_state)
    yield _rating(facts, as_of)
    if facts.suggested is None:
        yield _verdict(CheckCode.SUGGESTED, False, missing="1")
    else:
        yield _verdict(
            CheckCode.SUGGESTED,
            facts.total <= facts.suggested,
            suggested=facts.suggested,
            excess=max(Decimal(0), facts.total - facts.suggested),
            grade=facts.grade,
        )
    if facts.gross > facts.total:
        yield _verdict(CheckCode.USE, False, gross=facts.gross)
    yield _verdict(
        CheckCode.OVERDUE,
        facts.long_overdue <= 0,
        amount=facts.long_overdue,
        days=LONG_OVERDUE_DAYS,
    )
    yield _verdict(
        CheckCode.TERM,
        facts.term_days <= facts.max_term_days,
        days=facts.term_days,
        maximum=facts.max_term_days,
    )
    if facts.statement_months is None:
        yield _verdict(CheckCode.STATEMENTS, False, missing="1")
    else:
        months = facts.statement_months
        yield _verdict(
            CheckCode.STATEMENTS, months <= STALE_MONTHS, months=months, maximum=STALE_MONTHS
        )
    if facts.need is not None:
        passes = facts.total <= facts.need * PLAUSIBLE_MULTIPLE
        yield _verdict(CheckCode.NEED, passes, need=facts.need)
    if facts.unsecured_share_pct < 100:
        unsecured = unsecured_limit(facts.total, facts.unsecured_share_pct, currency)
        yield _verdict(
            CheckCode.UNSECURED, False, share=facts.unsecured_share_pct, amount=unsecured
        )
    for code, ceiling, gross in facts.groups:
        after = gross - facts.gross + max(facts.gross, facts.total)
        yield _verdict(
            CheckCode.GROUP, after <= ceiling, group=code, gross=gross, after=after, limit=ceiling
        )
    if facts.temporary:
        cap = facts.base * TEMPORARY_CAP_PCT / 100
        yield _verdict(CheckCode.TEMPORARY, facts.temporary <= cap, cap=cap, part=facts.temporary)


def _rating(facts: RequestFacts, as_of: date) -> RequestCheck:
    if facts.risk_class == "D":
        return _verdict(CheckCode.RATING, False, Result.BLOCK, grade=facts.grade)
    if facts.risk_class is None:
        return _verdict(CheckCode.RATING, False, missing="1")
    valid_to = facts.rating_valid_to
    if valid_to is not None and as_of > valid_to:
        return _verdict(CheckCode.RATING, False, expired=valid_to.isoformat(), grade=facts.grade)
    return _verdict(CheckCode.RATING, True, grade=facts.grade, valid_to=valid_to or "")


def is_refused(checks: tuple[RequestCheck, ...]) -> bool:
    """Tell whether there is something that nobody may grant."""
    return any(check.result is Result.BLOCK for check in checks)
