"""Segmentation 客户细分 by the 80/20 rule (section 13.1): core 核心客户 or ordinary 普通客户.

Two definitions exist. The process guide (A.2, ``customers.domain.segmentation``) takes whoever makes
up 80 % of turnover and everybody with ten years of relationship. This one is the product's monthly
run; it refines both halves: a long relationship alone is not enough (the customer must also buy at
least the median, and "long" is the own portfolio's longest fifth, five years at least); weak grades
are watched; and leaving takes three months. Both agree on the first half: the same customers reach
80 % of turnover.

That a fifth of the customers makes four fifths of the effect is a heuristic, no law: the result
says what share the largest fifth really has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

PARETO_SHARE = Decimal("0.80")
ABC_SHARES: tuple[tuple[str, Decimal], ...] = (("A", Decimal("0.80")), ("B", Decimal("0.95")))
LAST_CLASS = "C"
TOP_SHARE = Decimal("0.20")
LONG_YEARS = Decimal(5)
LONG_PERCENTILE = Decimal("0.8")
MIN_GROUPS = 5
MONTHS_TO_LEAVE = 3
ZERO = Decimal(0)


class Segment(StrEnum):
    """What a group of customers is to us; ``core_watch`` gets core service, no limit privilege."""

    CORE = "CORE"
    CORE_WATCH = "CORE_WATCH"
    ORDINARY = "ORDINARY"
    INACTIVE = "INACTIVE"

    @property
    def is_core(self) -> bool:
        """Tell whether this is core, watched or not."""
        return self in (Segment.CORE, Segment.CORE_WATCH)


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A customer, or a group judged as a whole.

    ``volume``: net revenue of the last twelve months, in one currency, credit notes deducted (below
    0 counts as 0). ``years`` since the first paid invoice, restarted by a gap of over 24 months.
    ``is_weak``: grade CCC or worse, or an active knock-out.
    """

    key: str
    volume: Decimal
    years: Decimal
    is_weak: bool = False


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """Where one group stands: shares are 0–1 of all volume, ``before`` without its own."""

    key: str
    volume: Decimal
    years: Decimal
    before: Decimal
    cumulative: Decimal
    abc: str
    in_pareto: bool
    in_relation: bool
    segment: Segment


@dataclass(frozen=True)
class Segmentation:
    """All groups, largest first, then the inactive ones by key; and what they were judged by.

    ``threshold`` (years) and ``median`` (volume) are ``None`` when nothing was segmented;
    ``top_share`` is what the largest fifth makes of all volume, ``top_count`` how many that are.
    """

    rows: tuple[SegmentRow, ...]
    total: Decimal
    threshold: Decimal | None = None
    median: Decimal | None = None
    top_share: Decimal | None = None
    top_count: int = 0
    by_key: Mapping[str, SegmentRow] = field(default_factory=dict)

    @property
    def is_segmented(self) -> bool:
        """Tell whether there were enough groups with revenue to tell them apart."""
        return self.threshold is not None


def segment_groups(groups: Iterable[GroupFacts]) -> Segmentation:
    """Tell core from ordinary groups; every group is in the answer once.

    Fewer than five groups with revenue are all ordinary: there is nothing to tell apart.

    >>> facts = [GroupFacts(f"C{n}", Decimal(v), Decimal(n)) for n, v in
    ...          enumerate((500, 300, 100, 60, 40), start=1)]
    >>> [(r.key, r.segment.value, r.abc) for r in segment_groups(facts).rows][:3]
    [('C1', 'CORE', 'A'), ('C2', 'CORE', 'A'), ('C3', 'ORDINARY', 'B')]
    """
    everyone = list(groups)
    active = sorted(
        (g for g in everyone if g.volume > 0), key=lambda g: (-g.volume, -g.years, g.key)
    )
    idle = sorted((g for g in everyone if g.volume <= 0), key=lambda g: g.key)
    total = sum((g.volume for g in active), ZERO)
    is_segmented = len(active) >= MIN_GROUPS
    threshold = find_long_years([g.years for g in active]) if is_segmented else None
    median = _find_median([g.volume for g in active]) if is_segmented else None
    rows, reached = [], ZERO
    for group in active:
        rows.append(_place(group, reached, total, threshold, median))
        reached += group.volume
    full = Decimal(1)
    rows += [
        SegmentRow(g.key, ZERO, g.years, full, full, "", False, False, Segment.INACTIVE)
        for g in idle
    ]
    top = count_largest(len(active))
    largest = sum((g.volume for g in active[:top]), ZERO)
    return Segmentation(
        rows=tuple(rows),
        total=total,
        threshold=threshold,
        median=median,
        top_share=largest / total if total else None,
        top_count=top,
        by_key={row.key: row for row in rows},
    )


def count_largest(groups: int) -> int:
    """Return how many of so many groups are the largest fifth, rounded up.

    >>> [count_largest(n) for n in (0, 1, 5, 6, 10)]
    [0, 1, 1, 2, 2]
    """
    return _round_up(TOP_SHARE * groups)


def find_long_years(years: Sequence[Decimal]) -> Decimal:
    """Return from how many years a relationship is long: the nearest-rank 80th percentile, at least 5.

    >>> find_long_years([Decimal(y) for y in "1 2 3 4 6 7 8 9 12 0.5".split()])
    Decimal('8')
    """
    ranked = sorted(years)
    return max(LONG_YEARS, ranked[_round_up(LONG_PERCENTILE * len(ranked)) - 1])


def keep_core(
    computed: Segment, *, previous: Segment | None, months_outside: int, is_weak: bool = False
) -> tuple[Segment, int]:
    """Return the segment of a month and for how many months in a row the group was outside core.

    ``previous`` and ``months_outside`` are last month's. Who was core stays core until the third
    month outside; entering takes effect at once.

    >>> keep_core(Segment.ORDINARY, previous=Segment.CORE, months_outside=1)
    (<Segment.CORE: 'CORE'>, 2)
    >>> keep_core(Segment.ORDINARY, previous=Segment.CORE, months_outside=2)
    (<Segment.ORDINARY: 'ORDINARY'>, 3)
    """
    if computed.is_core:
        return computed, 0
    outside = months_outside + 1
    if previous is not None and previous.is_core and outside < MONTHS_TO_LEAVE:
        return (Segment.CORE_WATCH if is_weak else Segment.CORE), outside
    return computed, outside


def _place(
    group: GroupFacts,
    reached: Decimal,
    total: Decimal,
    threshold: Decimal | None,
    median: Decimal | None,
) -> SegmentRow:
    is_segmented = threshold is not None and median is not None
    in_pareto = is_segmented and reached < PARETO_SHARE * total
    in_relation = (
        threshold is not None
        and median is not None
        and group.years >= threshold
        and group.volume >= median
    )
    segment = Segment.ORDINARY
    if in_pareto or in_relation:
        segment = Segment.CORE_WATCH if group.is_weak else Segment.CORE
    abc = next((name for name, share in ABC_SHARES if reached < share * total), LAST_CLASS)
    return SegmentRow(
        key=group.key,
        volume=group.volume,
        years=group.years,
        before=reached / total,
        cumulative=(reached + group.volume) / total,
        abc=abc,
        in_pareto=in_pareto,
        in_relation=in_relation,
        segment=segment,
    )


def _find_median(ranked: Sequence[Decimal]) -> Decimal:
    """Return the median of descending volumes."""
    middle = len(ranked) // 2
    if len(ranked) % 2:
        return ranked[middle]
    return (ranked[middle - 1] + ranked[middle]) / 2


def _round_up(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_CEILING))
