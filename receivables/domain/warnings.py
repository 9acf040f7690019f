"""Rules of the early-warning signals that the ledger raises: S17, S18, S22, S24, S33.

Source: process specification A.5. Facts in, a yes or no out; thresholds come from the policy SIGNALS.
Pure: no Django, no clock. Days late count 0 or more; amounts of one comparison are in one currency.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.dates import add_months
from common.money import round_half_up
from customers.domain.duplicates import normalise_name


@dataclass(frozen=True, slots=True)
class FirstDelay:
    """The oldest item that is late now, and what came before it (S17).

    `late_from` is the first day on which it was too late; `last_late` the last day in the months
    before on which another item was; `known_since` the day of the customer's first document.
    """

    late_from: date
    last_late: date | None
    known_since: date


def is_first_delay(facts: FirstDelay, *, clean_months: int) -> bool:
    """Tell whether a customer with a clean year behind him is late now (S17).

    >>> from datetime import date
    >>> is_first_delay(FirstDelay(date(2026, 6, 1), None, date(2025, 6, 1)), clean_months=12)
    True
    >>> is_first_delay(FirstDelay(date(2026, 6, 1), None, date(2025, 6, 2)), clean_months=12)
    False
    """
    start = add_months(facts.late_from, -clean_months)
    if facts.known_since > start:
        return False
    return facts.last_late is None or facts.last_late <= start


@dataclass(frozen=True, slots=True)
class PaidLate:
    """What was paid in a window, and the same amounts times their days late."""

    paid: Decimal
    paid_days: Decimal

    @property
    def average_days(self) -> Decimal | None:
        """Weighted average days late, to one decimal; None when nothing was paid."""
        return round_half_up(self.paid_days / self.paid, 1) if self.paid > 0 else None


def is_slower(recent: PaidLate, prior: PaidLate, *, days: int) -> bool:
    """Tell whether payments come that many days later than before (S18): at least `days`.

    >>> is_slower(PaidLate(Decimal(10), Decimal(200)), PaidLate(Decimal(5), Decimal(50)), days=10)
    True
    >>> is_slower(PaidLate(Decimal(10), Decimal(200)), PaidLate(Decimal(0), Decimal(0)), days=10)
    False
    """
    now, then = recent.average_days, prior.average_days
    return now is not None and then is not None and now - then >= days


def is_unrelated_payer(payer: str, names: Collection[str], related_names: Collection[str]) -> bool:
    """Tell whether somebody pays who is neither the customer nor tied to him (S22).

    Names are compared without marks, blanks, case and width; an empty payer is nobody.

    >>> is_unrelated_payer("示例甲 有限公司", ["示例甲有限公司"], []), is_unrelated_payer("乙", ["甲"], [])
    (False, True)
    """
    said = normalise_name(payer)
    if not said:
        return False
    known = {normalise_name(name) for name in (*names, *related_names)} - {""}
    return bool(known) and said not in known


def is_disputing(disputed: Decimal, invoiced: Decimal, *, share: Decimal) -> bool:
    """Tell whether more than a share of the recent invoicing is contested (S24).

    Contested amounts without any recent invoice are more than any share.

    >>> is_disputing(Decimal(10), Decimal(100), share=Decimal("0.10"))
    False
    >>> is_disputing(Decimal("10.01"), Decimal(100), share=Decimal("0.10"))
    True
    """
    return disputed > 0 and disputed > invoiced * share


def is_dormant(last_turnover: date, *, as_of: date, months: int) -> bool:
    """Tell whether nothing was invoiced for that many months (S33).

    >>> from datetime import date
    >>> is_dormant(date(2025, 11, 24), as_of=date(2026, 11, 24), months=12)
    True
    """
    return add_months(last_turnover, months) <= as_of


def quarter_of(day: date) -> str:
    """Return the calendar quarter, for keys of news that is told once a quarter.

    >>> from datetime import date
    >>> quarter_of(date(2026, 11, 24))
    '2026Q4'
    """
    return f"{day.year}Q{(day.month + 2) // 3}"
