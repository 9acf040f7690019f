"""The way out: for a score that is a weighted sum, the least change of each input that suffices."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from scoring.domain.results import Term


@dataclass(frozen=True)
class Change:
    """One input that, moved alone from ``current`` to ``needed``, reaches the target."""

    name: str
    current: Decimal
    needed: Decimal

    @property
    def delta(self) -> Decimal:
        """How far the input must move; its sign is the direction."""
        return self.needed - self.current


def list_changes(
    terms: Collection[Term],
    value: Decimal,
    target: Decimal,
    *,
    ceiling: Decimal | None = None,
    floor: Decimal | None = None,
) -> tuple[Change, ...]:
    """List, smallest move first, each input that alone lifts a linear score to the target.

    ``value`` is the score now, the sum of the terms' contributions. Inputs that would have to leave
    [floor, ceiling], and those without weight, are left out. Empty when the target is reached.

    >>> terms = [Term("a", Decimal(60), Decimal("0.5"), Decimal(30)),
    ...          Term("b", Decimal(40), Decimal("0.25"), Decimal(10))]
    >>> [(c.name, str(c.delta)) for c in list_changes(terms, Decimal(40), Decimal(45))]
    [('a', '10'), ('b', '20')]
    """
    gap = target - value
    if gap <= 0:
        return ()
    changes = [
        Change(term.name, term.input, term.input + gap / term.weight)
        for term in terms
        if term.input is not None and term.weight
    ]
    reachable = [
        change
        for change in changes
        if (ceiling is None or change.needed <= ceiling)
        and (floor is None or change.needed >= floor)
    ]
    return tuple(sorted(reachable, key=lambda change: (abs(change.delta), change.name)))
