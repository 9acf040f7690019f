"""Statements side by side: what was stated, what follows from it, what does not add up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from customers.models import Customer
from scoring.domain.derived import derive
from scoring.domain.items import DERIVED_ITEMS, ITEMS, Item, Section
from scoring.domain.statements import AuditOpinion
from scoring.domain.statements import Statement as Figures
from scoring.models import Statement, StatementLine

PERIODS_SHOWN = 5


@dataclass(frozen=True)
class ViewRow:
    """One item over all periods; None where it was not stated or cannot be computed."""

    item: Item
    amounts: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class ViewSection:
    """The rows of one statement form, in printed order."""

    section: Section
    rows: tuple[ViewRow, ...]


@dataclass(frozen=True)
class StatementView:
    """Periods newest first; all amounts in `unit` of each period's own currency."""

    periods: tuple[Statement, ...]
    sections: tuple[ViewSection, ...]
    unit: int
    currencies: tuple[str, ...]


def list_statements(customer: Customer, *, as_of: date) -> QuerySet[Statement]:
    """List a customer's current statements that had arrived by a day, newest period first."""
    return (
        Statement.objects.filter(customer=customer, superseded_by=None, period_end__lte=as_of)
        .select_related("entered_by", "accepted_by", "batch")
        .order_by("-period_end", "consolidated", "-months")
    )


def get_statement_view(
    customer: Customer, *, as_of: date, limit: int = PERIODS_SHOWN
) -> StatementView:
    """Put the customer's last periods side by side in one unit (2 queries)."""
    periods = tuple(list_statements(customer, as_of=as_of)[:limit])
    lines: dict[int, dict[str, Decimal]] = {row.pk: {} for row in periods}
    for number, item, amount in StatementLine.objects.filter(
        statement_id__in=list(lines)
    ).values_list("statement_id", "item", "amount"):
        lines[number][item] = amount
    unit = periods[0].unit if periods else 1
    columns = [_column(row, lines[row.pk], unit) for row in periods]
    sections = [
        ViewSection(section, rows)
        for section in (*_PRINTED, Section.DERIVED)
        if (rows := _rows(section, columns))
    ]
    return StatementView(
        periods, tuple(sections), unit, tuple(dict.fromkeys(row.currency for row in periods))
    )


def to_figures(
    header: Statement | Mapping[str, Any], lines: Mapping[str, Decimal], **changes: Any
) -> Figures:
    """Turn a stored statement into the domain's, with its lines as they were entered."""

    def read(name: str) -> Any:
        return header[name] if isinstance(header, Mapping) else getattr(header, name)

    figures = Figures(
        dict(lines),
        period_end=read("period_end"),
        months=read("months"),
        currency=read("currency"),
        audit_opinion=AuditOpinion(str(read("opinion")).lower()),
        is_estimate=read("source") == "ESTIMATE",
        is_consolidated=read("consolidated"),
        is_complete=read("complete"),
        is_condensed=read("form") == Statement.Form.CONDENSED,
        is_non_comparable=bool(read("non_comparable")),
    )
    return replace(figures, **changes) if changes else figures


_PRINTED = (Section.BALANCE_SHEET, Section.INCOME_STATEMENT, Section.CASH_FLOW, Section.NOTE)


def _column(row: Statement, lines: Mapping[str, Decimal], unit: int) -> dict[str, Decimal | None]:
    """Return every amount of one period in `unit`, derived items as the printed figures give them."""
    printed = to_figures(row, lines, months=12)
    column: dict[str, Decimal | None] = dict(lines)
    column |= {name: derive(name, printed).value for name in DERIVED_ITEMS}
    return {
        name: None if amount is None else amount * row.unit / unit
        for name, amount in column.items()
    }


def _rows(section: Section, columns: list[dict[str, Decimal | None]]) -> tuple[ViewRow, ...]:
    source = DERIVED_ITEMS if section is Section.DERIVED else ITEMS
    rows = [
        ViewRow(item, tuple(column.get(name) for column in columns))
        for name, item in source.items()
        if section is Section.DERIVED or item.section is section
    ]
    return tuple(row for row in rows if any(amount is not None for amount in row.amounts))
