"""What a ratio was made of: the formula is run once more on books that write down what is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from scoring.domain.statements.derived import SUMS, derive
from scoring.domain.statements.items import DERIVED_ITEMS
from scoring.domain.statements.ratios import RATIOS, Books
from scoring.domain.statements.statements import Amount, Statement


@dataclass(frozen=True)
class Trace:
    """One figure a ratio reads: this year's, or the average of two; derived ones with their parts.

    ``sign`` is that of a part in its sum, 1 otherwise.
    """

    item: str
    amount: Amount
    is_average: bool = False
    before: Amount | None = None
    sign: int = 1
    parts: tuple[Trace, ...] = ()


@dataclass(frozen=True)
class TracedBooks(Books):
    """Books that note every figure read from them, in order, each once."""

    seen: dict[tuple[str, bool], Trace] = field(default_factory=dict, compare=False)

    def get(self, name: str) -> Amount:
        """Read an item of this year, and note it."""
        amount = super().get(name)
        parts = list_parts(name, self.now, self.prior)
        self.seen.setdefault((name, False), Trace(name, amount, parts=parts))
        return amount

    def avg(self, name: str) -> Amount:
        """Average an item of the two years, and note it."""
        amount = super().avg(name)
        before = None if self.prior is None else derive(name, self.prior)
        now = Trace(name, derive(name, self.now, self.prior))
        self.seen.setdefault(
            (name, True), Trace(name, amount, is_average=True, before=before, parts=(now,))
        )
        return amount


def trace_ratio(
    name: str, statement: Statement, prior: Statement | None = None
) -> tuple[Amount, tuple[Trace, ...]]:
    """Compute a ratio of the library together with the figures it was computed from.

    >>> from decimal import Decimal
    >>> books = Statement({"total_assets": Decimal(200), "total_liabilities": Decimal(80)})
    >>> amount, traces = trace_ratio("debt_to_assets", books)
    >>> str(amount.value), [t.item for t in traces]
    ('0.4', ['total_liabilities', 'total_assets'])
    """
    books = TracedBooks(statement, prior)
    amount = RATIOS[name].formula(books)
    return amount, tuple(books.seen.values())


def list_parts(
    name: str, statement: Statement, prior: Statement | None = None
) -> tuple[Trace, ...]:
    """Return the addends of a derived item that was computed; nothing for one that was stated."""
    if name not in DERIVED_ITEMS or statement.states(name):
        return ()
    if name == "ebit":
        names = ("profit_before_tax", "interest_expense")
        return tuple(Trace(one, statement.read(one)) for one in names)
    if name == "purchases":
        opening = Amount(None) if prior is None else prior.read("inventories")
        return (
            Trace("cost_of_sales", statement.read("cost_of_sales")),
            Trace("inventories", statement.read("inventories"), before=opening),
        )
    return tuple(
        Trace(part, derive(part, statement, prior), sign=sign) for part, sign in SUMS.get(name, ())
    )
