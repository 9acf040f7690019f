"""Two versions of one statement, line by line: what a restatement changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from scoring.domain.statements.items import DERIVED_ITEMS, ITEMS


@dataclass(frozen=True)
class LineChange:
    """A line that was added (``before`` is ``None``), dropped (``after`` is ``None``) or changed."""

    item: str
    before: Decimal | None
    after: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """How much more it is now; ``None`` where one side was not stated."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


def compare_lines(
    before: Mapping[str, Decimal],
    after: Mapping[str, Decimal],
    *,
    factor: Decimal = Decimal(1),
) -> tuple[LineChange, ...]:
    """List the lines that differ, in the order of the form.

    ``factor`` brings amounts of the older version into the unit of the newer one.

    >>> changes = compare_lines({"revenue": Decimal(5), "capex": Decimal(1)}, {"revenue": Decimal(4)})
    >>> [(c.item, c.before, c.after) for c in changes]
    [('revenue', Decimal('5'), Decimal('4')), ('capex', Decimal('1'), None)]
    """
    old = {name: amount * factor for name, amount in before.items()}
    return tuple(
        LineChange(name, old.get(name), after.get(name))
        for name in (*ITEMS, *DERIVED_ITEMS)
        if old.get(name) != after.get(name)
    )
