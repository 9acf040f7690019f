"""Statements side by side: what was stated, what follows from it, what does not add up."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from common.models import Event
from customers.models import Customer
from scoring.domain.statements.derived import derive
from scoring.domain.statements.identities import VAT_RATE
from scoring.domain.statements.items import DERIVED_ITEMS, ITEMS, Item, Section
from scoring.domain.statements.restatement import LineChange, compare_lines
from scoring.domain.statements.statements import AuditOpinion
from scoring.domain.statements.statements import Statement as Figures
from scoring.models import Statement, StatementLine, StatementOpening

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
    """List a customer's statements as a day knew them, newest period first.

    Of each period the newest version that had arrived; without a day of arrival the end of the
    period counts, as in `statement_facts`.
    """
    arrived = Q(received_on=None) | Q(received_on__lte=as_of)
    newer = Statement.objects.filter(
        arrived,
        version__gt=OuterRef("version"),
        **{name: OuterRef(name) for name in ("customer", "period_end", "kind", "consolidated")},
    )
    return (
        Statement.objects.filter(arrived, ~Exists(newer), customer=customer, period_end__lte=as_of)
        .select_related("entered_by", "accepted_by", "batch")
        .order_by("-period_end", "consolidated", "-months")
    )


def counts_on(statement: Statement, *, as_of: date) -> bool:
    """Tell whether a statement counts on a day: it adds up, or had been accepted by then."""
    if not statement.doubtful:
        return True
    accepted_on = statement.accepted_on or as_of
    return statement.accepted_by_id is not None and accepted_on <= as_of


def get_statement_view(
    customer: Customer, *, as_of: date, limit: int = PERIODS_SHOWN
) -> StatementView:
    """Put the customer's last periods side by side in one unit (2 queries)."""
    periods = tuple(list_statements(customer, as_of=as_of)[:limit])
    lines = read_lines([row.pk for row in periods])
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


def read_lines(statement_ids: Collection[int]) -> dict[int, dict[str, Decimal]]:
    """Return the lines of some statements, each under the statement's id (1 query)."""
    lines: dict[int, dict[str, Decimal]] = {number: {} for number in statement_ids}
    rows = StatementLine.objects.filter(statement_id__in=list(lines))
    for number, item, amount in rows.values_list("statement_id", "item", "amount"):
        lines[number][item] = amount
    return lines


def read_openings(statement: Statement) -> dict[str, Decimal]:
    """Return the opening balances that a statement prints (1 query)."""
    rows = StatementOpening.objects.filter(statement=statement)
    return dict(rows.values_list("item", "amount"))


def get_prior_figures(
    customer_id: int, period_end: date, header: Mapping[str, Any]
) -> Figures | None:
    """Return last year's statement of the same kind, unit and currency, for year-on-year checks.

    At most 2 queries; none for a period of other than twelve months, or of the first year there is.
    """
    if header["months"] != 12 or period_end.year == date.min.year:
        return None
    row = (
        Statement.objects.filter(
            customer_id=customer_id,
            period_end__year=period_end.year - 1,
            period_end__month=period_end.month,
            months=12,
            superseded_by=None,
            doubtful=False,
            **{n: header[n] for n in ("kind", "form", "consolidated", "unit", "currency")},
        )
        .order_by("-period_end")
        .first()
    )
    return None if row is None else to_figures(row, read_lines([row.pk])[row.pk])


def vat_rate_of(gaap: str) -> Decimal:
    """Return the VAT that cash from sales holds beside the revenue: China's, else none known."""
    return VAT_RATE if gaap in ("CAS", "CAS_SME") else Decimal(0)


def get_current_version(
    customer_id: int, period_end: date, *, kind: str, consolidated: bool
) -> Statement | None:
    """Return the version of a period that counts (1 query)."""
    return Statement.objects.filter(
        customer_id=customer_id,
        period_end=period_end,
        kind=kind,
        consolidated=consolidated,
        superseded_by=None,
    ).first()


def list_versions(statement: Statement) -> list[Statement]:
    """Return every version of the statement's period, newest first (1 query)."""
    return list(
        Statement.objects.filter(
            customer_id=statement.customer_id,
            period_end=statement.period_end,
            kind=statement.kind,
            consolidated=statement.consolidated,
        )
        .select_related("entered_by", "accepted_by", "batch")
        .order_by("-version")
    )


@dataclass(frozen=True)
class Restatement:
    """One version of a period: who gave it and why, and what it changed in the one before.

    `header` names the header values that changed: (field, before, after).
    """

    statement: Statement
    reason: str
    header: tuple[tuple[str, Any, Any], ...]
    lines: tuple[LineChange, ...]


_HEADER = (
    "months",
    "form",
    "gaap",
    "opinion",
    "auditor",
    "currency",
    "unit",
    "complete",
    "non_comparable",
)


def list_restatements(statement: Statement) -> list[Restatement]:
    """Return every version of a statement's period, newest first, with its changes (3 queries)."""
    versions = list_versions(statement)
    lines = read_lines([version.pk for version in versions])
    events = Event.objects.filter(
        subject_type=Statement._meta.label_lower,
        subject_key__in=[str(version.pk) for version in versions],
        code="scoring.statement.superseded",
    )
    reasons = dict(events.values_list("subject_key", "reason"))
    return [
        _compare(version, older, lines, reasons.get(str(version.pk), ""))
        for version, older in zip(versions, [*versions[1:], None], strict=True)
    ]


def _compare(
    version: Statement,
    older: Statement | None,
    lines: Mapping[int, Mapping[str, Decimal]],
    reason: str,
) -> Restatement:
    if older is None:
        return Restatement(version, reason, (), ())
    header = tuple(
        (name, getattr(older, name), getattr(version, name))
        for name in _HEADER
        if getattr(older, name) != getattr(version, name)
    )
    factor = Decimal(older.unit) / version.unit
    changes = compare_lines(lines[older.pk], lines[version.pk], factor=factor)
    return Restatement(version, reason, header, changes)


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
