"""Dunning 催款: which overdue items rise to which level on a run date, and which letter follows.

Source: process specification E.9. A level is never skipped and never falls while the item is open;
it is reset by the item clearing. A plan changes nothing: services store it, a person approves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from common.errors import InvalidInput


class Channel(StrEnum):
    """How a letter travels."""

    EMAIL = "EMAIL"
    LETTER = "LETTER"
    REGISTERED_LETTER = "REGISTERED_LETTER"


class Exclusion(StrEnum):
    """Why an item takes no part in a run."""

    NOT_OVERDUE = "NOT_OVERDUE"
    DISPUTED = "DISPUTED"
    PROMISE_OPEN = "PROMISE_OPEN"
    PLAN_CURRENT = "PLAN_CURRENT"
    ITEM_BLOCK = "ITEM_BLOCK"
    FACTORED = "FACTORED"
    BELOW_ITEM_MINIMUM = "BELOW_ITEM_MINIMUM"


class Skip(StrEnum):
    """Why a customer takes no part in a run, or gets no change at all."""

    CUSTOMER_BLOCK = "CUSTOMER_BLOCK"
    INSOLVENT = "INSOLVENT"
    NO_NET_OVERDUE = "NO_NET_OVERDUE"
    BELOW_CUSTOMER_MINIMUM = "BELOW_CUSTOMER_MINIMUM"


class InvalidProcedure(InvalidInput):
    """Levels must be numbered 1, 2, … and their days must rise strictly; at most nine."""

    code = "INVALID_PROCEDURE"


@dataclass(frozen=True, slots=True)
class DunningLevel:
    """One level: reached at `min_days_overdue`; `fee` per letter, `deadline_days` to pay."""

    level: int
    min_days_overdue: int
    channel: Channel
    fee: Decimal = Decimal(0)
    has_interest: bool = False
    is_final: bool = False
    deadline_days: int = 7


@dataclass(frozen=True, slots=True)
class DunningProcedure:
    """A procedure 催款程序: its levels, days between two letters, smallest amounts worth a letter.

    Raises InvalidProcedure.
    """

    code: str
    levels: tuple[DunningLevel, ...]
    min_days_between: int = 7
    min_item_amount: Decimal = Decimal(100)
    min_customer_total: Decimal = Decimal(500)

    def __post_init__(self) -> None:
        numbers = [level.level for level in self.levels]
        days = [level.min_days_overdue for level in self.levels]
        if numbers != list(range(1, len(numbers) + 1)) or not 1 <= len(numbers) <= 9:
            raise InvalidProcedure("levels are numbered from 1 to at most 9", levels=numbers)
        if sorted(set(days)) != days or days[0] < 1:
            raise InvalidProcedure("the days of the levels must rise", days=days)

    def reachable(self, days_overdue: int) -> int:
        """Return the highest level whose days are over; 0 for none.

        >>> STANDARD.reachable(17), STANDARD.reachable(2)
        (2, 0)
        """
        return max((x.level for x in self.levels if x.min_days_overdue <= days_overdue), default=0)

    def level(self, number: int) -> DunningLevel:
        """Return the level of that number."""
        return self.levels[number - 1]


@dataclass(frozen=True, slots=True)
class DunningItem:
    """One open item: effective due date, open and disputed amount, its level and last letter.

    `promise_until` is the end of the grace of an open promise, `blocked_until` the last day of an
    item block.
    """

    id: str
    due_date: date
    open_amount: Decimal
    disputed_amount: Decimal = Decimal(0)
    level: int = 0
    last_letter_date: date | None = None
    promise_until: date | None = None
    is_plan_current: bool = False
    blocked_until: date | None = None
    is_factored_disclosed: bool = False

    @property
    def undisputed_amount(self) -> Decimal:
        """What may be dunned: the open amount without its disputed part."""
        return max(Decimal(0), self.open_amount - self.disputed_amount)


@dataclass(frozen=True, slots=True)
class DunningCustomer:
    """What of the customer decides a run: unapplied credits, insolvency, last day of a block."""

    unapplied_credits: Decimal = Decimal(0)
    is_insolvent: bool = False
    blocked_until: date | None = None


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """What a run does with one item; `level` is the level after it.

    `is_waiting` says that the item would rise but its last letter is too recent.
    """

    id: str
    days: int
    level: int
    previous_level: int
    amount: Decimal
    excluded: Exclusion | None = None
    is_waiting: bool = False

    @property
    def is_raised(self) -> bool:
        """Whether the item rises in this run."""
        return self.level > self.previous_level


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: the highest level of the items it lists, and their total without fee and interest."""

    level: int
    items: tuple[str, ...]
    amount: Decimal
    fee: Decimal
    has_interest: bool
    is_final: bool
    channel: Channel
    deadline_days: int


@dataclass(frozen=True, slots=True)
class DunningPlan:
    """The plan of one customer on one run date: excluded items first, then the dunned ones."""

    run_date: date
    items: tuple[ItemPlan, ...] = ()
    letter: Letter | None = None
    skipped: Skip | None = None


def _procedure(code: str, days: Sequence[int]) -> DunningProcedure:
    first, second, third, fourth = days
    return DunningProcedure(
        code,
        (
            DunningLevel(1, first, Channel.EMAIL),
            DunningLevel(2, second, Channel.EMAIL),
            DunningLevel(3, third, Channel.LETTER, has_interest=True),
            DunningLevel(4, fourth, Channel.REGISTERED_LETTER, has_interest=True, is_final=True),
        ),
    )


STANDARD = _procedure("STD", (3, 15, 30, 60))
SOFT = _procedure("SOFT", (7, 21, 45, 75))
STRICT = _procedure("STRICT", (1, 7, 14, 30))

PROCEDURES: Mapping[str, DunningProcedure] = {p.code: p for p in (STANDARD, SOFT, STRICT)}
"""House defaults, stored as policy rows by a fresh installation."""


def plan_dunning(
    procedure: DunningProcedure,
    customer: DunningCustomer,
    items: Sequence[DunningItem],
    *,
    run_date: date,
) -> DunningPlan:
    """Plan the dunning of one customer in one currency on a run date.

    >>> item = DunningItem("A", date(2025, 8, 1), Decimal(20000))
    >>> plan = plan_dunning(STANDARD, DunningCustomer(), [item], run_date=date(2025, 8, 4))
    >>> plan.letter.level, plan.letter.items
    (1, ('A',))
    """
    skip = _skip_reason(customer, items, run_date)
    if skip:
        return DunningPlan(run_date, skipped=skip)
    plans = [_plan_item(procedure, item, run_date) for item in items]
    excluded = [plan for plan in plans if plan.excluded]
    taking_part = [plan for plan in plans if not plan.excluded]
    listed = [plan for plan in taking_part if plan.level > 0]
    total = sum((plan.amount for plan in listed), Decimal(0))
    if not any(plan.is_raised for plan in listed):
        return DunningPlan(run_date, (*excluded, *taking_part))
    if total < procedure.min_customer_total:
        unchanged = [_unchanged(plan) for plan in taking_part]
        return DunningPlan(run_date, (*excluded, *unchanged), skipped=Skip.BELOW_CUSTOMER_MINIMUM)
    return DunningPlan(run_date, (*excluded, *taking_part), _letter(procedure, listed, total))


def _skip_reason(
    customer: DunningCustomer, items: Sequence[DunningItem], run_date: date
) -> Skip | None:
    if customer.blocked_until is not None and run_date <= customer.blocked_until:
        return Skip.CUSTOMER_BLOCK
    if customer.is_insolvent:
        return Skip.INSOLVENT
    overdue = sum((item.open_amount for item in items if item.due_date < run_date), Decimal(0))
    return Skip.NO_NET_OVERDUE if overdue <= customer.unapplied_credits else None


def _plan_item(procedure: DunningProcedure, item: DunningItem, run_date: date) -> ItemPlan:
    days = (run_date - item.due_date).days
    excluded = _exclusion(procedure, item, run_date)
    amount = item.undisputed_amount
    if excluded:
        return ItemPlan(item.id, days, item.level, item.level, amount, excluded)
    aim = max(item.level, min(item.level + 1, procedure.reachable(days)))
    is_recent = (
        item.last_letter_date is not None
        and (run_date - item.last_letter_date).days < procedure.min_days_between
    )
    if aim > item.level and is_recent:
        return ItemPlan(item.id, days, item.level, item.level, amount, is_waiting=True)
    return ItemPlan(item.id, days, aim, item.level, amount)


def _exclusion(procedure: DunningProcedure, item: DunningItem, run_date: date) -> Exclusion | None:
    if run_date <= item.due_date:
        return Exclusion.NOT_OVERDUE
    if item.disputed_amount > 0 and item.undisputed_amount == 0:
        return Exclusion.DISPUTED
    if item.promise_until is not None and run_date <= item.promise_until:
        return Exclusion.PROMISE_OPEN
    if item.is_plan_current:
        return Exclusion.PLAN_CURRENT
    if item.blocked_until is not None and run_date <= item.blocked_until:
        return Exclusion.ITEM_BLOCK
    if item.is_factored_disclosed:
        return Exclusion.FACTORED
    if item.undisputed_amount < procedure.min_item_amount:
        return Exclusion.BELOW_ITEM_MINIMUM
    return None


def _unchanged(plan: ItemPlan) -> ItemPlan:
    return ItemPlan(plan.id, plan.days, plan.previous_level, plan.previous_level, plan.amount)


def _letter(procedure: DunningProcedure, listed: Sequence[ItemPlan], total: Decimal) -> Letter:
    level = procedure.level(max(plan.level for plan in listed))
    return Letter(
        level=level.level,
        items=tuple(plan.id for plan in listed),
        amount=total,
        fee=level.fee,
        has_interest=level.has_interest,
        is_final=level.is_final,
        channel=level.channel,
        deadline_days=level.deadline_days,
    )
