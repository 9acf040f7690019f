"""The statements of a file on their way, and what they are compared with."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from common.imports.kinds import Rows
from scoring.domain.statements.statements import Statement as Figures
from scoring.imports.columns import HEADER, OPENING, list_item_names, list_opening_names
from scoring.models import Statement, StatementLine
from scoring.selectors.statements import to_figures

SHARED = tuple(spec.name for spec in HEADER)


@dataclass
class Draft:
    """One statement of the file: the rows it came in, its header and lines, and what it replaces."""

    positions: list[int]
    header: dict[str, Any]
    lines: dict[str, Decimal]
    openings: dict[str, Decimal] = field(default_factory=dict)
    digest: str = ""
    before: Statement | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class StatementPlan:
    """The statements of the file that stand, and the ids of their customers."""

    customers: dict[str, int]
    drafts: list[Draft] = field(default_factory=list)


class History:
    """The current statements of some customers: what a row replaces, and the year before it.

    Two queries; statements of the file are added as they are accepted.
    """

    def __init__(self, customers: set[int]) -> None:
        self.current: dict[tuple[Any, ...], Statement] = {}
        self.figures: dict[tuple[Any, ...], tuple[date, Figures]] = {}
        stored = Statement.objects.filter(customer__in=customers, superseded_by=None)
        lines: dict[int, dict[str, Decimal]] = {}
        for pk, item, amount in StatementLine.objects.filter(statement__in=stored).values_list(
            "statement_id", "item", "amount"
        ):
            lines.setdefault(pk, {})[item] = amount
        for one in stored:
            self.current[one.customer_id, one.period_end, one.kind, one.consolidated] = one
            if one.doubtful or one.months != 12:
                continue
            header = {
                "period_end": one.period_end,
                "months": one.months,
                "statement_kind": one.kind,
                "form": one.form,
                "consolidated": one.consolidated,
                "unit": str(one.unit),
                "currency": one.currency,
            }
            self.add(one.customer_id, header, to_figures(one, lines.get(one.pk, {})))

    def _key(self, customer: int, header: dict[str, Any], year: int) -> tuple[Any, ...]:
        return (
            customer,
            year,
            header["period_end"].month,
            *(
                header[name]
                for name in ("statement_kind", "form", "consolidated", "unit", "currency")
            ),
        )

    def add(self, customer: int, header: dict[str, Any], figures: Figures) -> None:
        if header["months"] == 12:
            key = self._key(customer, header, header["period_end"].year)
            self.figures[key] = header["period_end"], figures

    def find_prior(self, customer: int, header: dict[str, Any]) -> Figures | None:
        """Return last year's statement of the same kind, form, unit and currency."""
        if header["months"] != 12:
            return None
        found = self.figures.get(self._key(customer, header, header["period_end"].year - 1))
        return found[1] if found else None


def read_header(rows: Rows, position: int) -> dict[str, Any]:
    return {name: rows[name][position] for name in SHARED}


def read_lines(rows: Rows, positions: list[int]) -> dict[str, Decimal]:
    if "item" in rows.values:
        return {rows["item"][n]: rows["amount"][n] for n in positions}
    row = positions[0]
    names = list_item_names(list(rows.values))
    return {name: rows[name][row] for name in names if rows[name][row] is not None}


def read_openings(rows: Rows, positions: list[int]) -> dict[str, Decimal]:
    if "item" in rows.values:
        given = {rows["item"][n]: rows["opening_amount"][n] for n in positions}
        return {name: amount for name, amount in given.items() if amount is not None}
    row = positions[0]
    names = list_opening_names(list(rows.values))
    return {n.removeprefix(OPENING): rows[n][row] for n in names if rows[n][row] is not None}


def stored_header(header: dict[str, Any]) -> dict[str, Any]:
    """Return the header as it is stored. Only an audited statement has an opinion."""
    opinion = header["opinion"] if header["audited"] else None
    return {
        "months": header["months"],
        "kind": header["statement_kind"],
        "form": header["form"],
        "gaap": header["gaap"],
        "consolidated": header["consolidated"],
        "opinion": opinion or Statement.Opinion.UNAUDITED.value,
        "auditor": header["auditor"],
        "currency": header["currency"],
        "unit": int(header["unit"]),
        "non_comparable": header["non_comparable"],
        "source": "CUSTOMER",
    }


def position_of(rows: Rows, draft: Draft, item: str) -> int:
    """Return the row in which the statement states the item, else its first row."""
    if "item" in rows.values:
        for n in draft.positions:
            if rows["item"][n] == item:
                return n
    return draft.positions[0]


def plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")
