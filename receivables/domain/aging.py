"""Aging 账龄: what is owed on a day, by how long it has been due or been written.

This is the reference: every faster way (SQL, columns) is compared with it. Source: process
specification E.3. Invariant: the net total is the same for every basis, mode and set of edges.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from common.errors import InvalidInput
from common.workdays import CN_2025_2026, Calendar, Convention
from receivables.domain.settlement import Application, sum_applied

CURRENT = "current"
"""Label of what is not overdue; an item is current on its due date itself."""


class AgingBasis(StrEnum):
    """From which date an item's age is counted."""

    DUE = "DUE"
    DOC = "DOC"


class CreditsMode(StrEnum):
    """Whether unapplied credits stand in their own column or reduce the oldest buckets."""

    SEPARATE = "SEPARATE"
    OLDEST_FIRST = "OLDEST_FIRST"


class InvalidEdges(InvalidInput):
    """Bucket edges must be 1 to 8 whole days above 0, strictly rising."""

    code = "INVALID_EDGES"


@dataclass(frozen=True, slots=True)
class Bucket:
    """One range of days: `first` to `last` inclusive; None is open on that side.

    In half-open terms: first ≤ days < last + 1.
    """

    label: str
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class AgingPolicy:
    """How a report is made: upper edges of the buckets, basis, credits, due-date convention."""

    edges: tuple[int, ...] = (30, 60, 90, 180, 365)
    basis: AgingBasis = AgingBasis.DUE
    credits_mode: CreditsMode = CreditsMode.SEPARATE
    convention: Convention = Convention.FOLLOWING
    calendar: Calendar = CN_2025_2026

    def __post_init__(self) -> None:
        check_edges(self.edges)

    @property
    def buckets(self) -> tuple[Bucket, ...]:
        """The ranges, youngest first."""
        return bucket_ranges(self.edges, self.basis)


@dataclass(frozen=True, slots=True)
class AgedItem:
    """A document (or one due line of it) as posted; `due_date` is nominal, the policy moves it."""

    id: str
    doc_date: date
    posting_date: date
    due_date: date
    amount: Decimal
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AgedCredit:
    """A receipt or credit note as posted, amount positive."""

    id: str
    posting_date: date
    amount: Decimal
    reversed_date: date | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AgingRow:
    """One open item on the day: days may be negative (not yet due)."""

    item: str
    open: Decimal
    days: int
    bucket: str


@dataclass(frozen=True, slots=True)
class AgingReport:
    """The report of one day: one amount per bucket label, one row per open item."""

    as_of: date
    buckets: dict[str, Decimal]
    unapplied_credits: Decimal
    total_net: Decimal
    rows: tuple[AgingRow, ...]
    unapplied_detail: tuple[tuple[str, Decimal], ...]


def check_edges(edges: Sequence[int]) -> None:
    """Refuse edges that make no report. Raises InvalidEdges."""
    rising = all(low < high for low, high in pairwise(edges))
    if not 1 <= len(edges) <= 8 or edges[0] < 1 or not rising:
        raise InvalidEdges("1 to 8 edges, above 0 and strictly rising", edges=list(edges))


def bucket_ranges(edges: Sequence[int], basis: AgingBasis) -> tuple[Bucket, ...]:
    """Return the buckets that the upper edges make, youngest first.

    By due date: current (≤ 0 days), 1 to the first edge, …; by document date the first bucket
    starts at 0 and takes everything younger.

    >>> [bucket.label for bucket in bucket_ranges([30, 60], AgingBasis.DUE)]
    ['current', '1-30', '31-60', '61+']
    >>> [bucket.label for bucket in bucket_ranges([30, 60], AgingBasis.DOC)]
    ['0-30', '31-60', '61+']
    """
    check_edges(edges)
    ranges: list[Bucket] = []
    if basis is AgingBasis.DUE:
        ranges.append(Bucket(CURRENT, None, 0))
    first = 1 if basis is AgingBasis.DUE else 0
    for edge in edges:
        start = None if first == 0 else first
        ranges.append(Bucket(f"{first}-{edge}", start, edge))
        first = edge + 1
    ranges.append(Bucket(f"{first}+", first, None))
    return tuple(ranges)


def bucket_index(days: int, edges: Sequence[int], basis: AgingBasis) -> int:
    """Return the position of the bucket that an age falls into, 0 is the youngest.

    >>> [bucket_index(days, [30, 60], AgingBasis.DUE) for days in (-5, 0, 1, 30, 31, 61)]
    [0, 0, 1, 1, 2, 3]
    """
    if basis is AgingBasis.DUE:
        return 0 if days <= 0 else 1 + bisect_left(edges, days)
    return bisect_left(edges, days)


def list_open_items(
    items: Iterable[AgedItem],
    applications: Iterable[Application],
    *,
    as_of: date,
    known_at: datetime | None = None,
) -> list[tuple[AgedItem, Decimal]]:
    """Return every item posted by that day with what was open of it, in the order given.

    Cleared items are left out. With `known_at`, what was recorded later does not count.
    """
    applied, _ = sum_applied(applications, as_of=as_of, known_at=known_at)
    found = (
        (item, item.amount - applied.get(item.id, Decimal(0)))
        for item in items
        if item.posting_date <= as_of and _is_known(item.recorded_at, known_at)
    )
    return [(item, left) for item, left in found if left != 0]


def list_unapplied_credits(
    credits: Iterable[AgedCredit],
    applications: Iterable[Application],
    *,
    as_of: date,
    known_at: datetime | None = None,
) -> list[tuple[AgedCredit, Decimal]]:
    """Return every credit in force on that day with what was left of it, in the order given."""
    _, taken = sum_applied(applications, as_of=as_of, known_at=known_at)
    found = (
        (credit, credit.amount - taken.get(credit.id, Decimal(0)))
        for credit in credits
        if credit.posting_date <= as_of
        and (credit.reversed_date is None or credit.reversed_date > as_of)
        and _is_known(credit.recorded_at, known_at)
    )
    return [(credit, left) for credit, left in found if left != 0]


def _is_known(recorded_at: datetime | None, known_at: datetime | None) -> bool:
    return known_at is None or recorded_at is None or recorded_at <= known_at


def age_items(
    items: Iterable[AgedItem],
    credits: Iterable[AgedCredit],
    applications: Iterable[Application],
    policy: AgingPolicy,
    *,
    as_of: date,
    known_at: datetime | None = None,
) -> AgingReport:
    """Make the aging report of one day, past or present, in one currency.

    >>> item = AgedItem("A", date(2025, 6, 10), date(2025, 6, 10), date(2025, 7, 10), Decimal(9))
    >>> age_items([item], [], [], AgingPolicy((30, 60)), as_of=date(2025, 7, 11)).buckets
    {'current': Decimal('0'), '1-30': Decimal('9'), '31-60': Decimal('0'), '61+': Decimal('0')}
    """
    applications = list(applications)
    labels = [bucket.label for bucket in policy.buckets]
    buckets = dict.fromkeys(labels, Decimal(0))
    rows: list[AgingRow] = []
    for item, left in list_open_items(items, applications, as_of=as_of, known_at=known_at):
        start = item.doc_date
        if policy.basis is AgingBasis.DUE:
            start = policy.calendar.adjust(item.due_date, policy.convention)
        days = (as_of - start).days
        label = labels[bucket_index(days, policy.edges, policy.basis)]
        buckets[label] += left
        rows.append(AgingRow(item.id, left, days, label))
    unapplied = list_unapplied_credits(credits, applications, as_of=as_of, known_at=known_at)
    credit_total = sum((left for _, left in unapplied), Decimal(0))
    total_net = sum(buckets.values(), Decimal(0)) - credit_total
    if policy.credits_mode is CreditsMode.OLDEST_FIRST:
        credit_total = _reduce_oldest(buckets, labels, credit_total)
    return AgingReport(
        as_of=as_of,
        buckets=buckets,
        unapplied_credits=credit_total,
        total_net=total_net,
        rows=tuple(rows),
        unapplied_detail=tuple((credit.id, left) for credit, left in unapplied),
    )


def _reduce_oldest(buckets: dict[str, Decimal], labels: list[str], credit: Decimal) -> Decimal:
    """Take a credit off the oldest buckets first and return what no bucket could take."""
    for label in reversed(labels):
        taken = min(credit, max(buckets[label], Decimal(0)))
        buckets[label] -= taken
        credit -= taken
    return credit
