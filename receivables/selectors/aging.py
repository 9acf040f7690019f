"""The aging of any day: one statement over the narrow table `Posting`, page and totals together.

The rule itself is `receivables.domain.aging`; this is its set-based twin, compared with it by
tests. Rows: one per customer (or salesperson, region, company, currency) with something open. The
totals are over all rows, never only those of the page.
"""

from collections.abc import Collection
from dataclasses import dataclass
from dataclasses import field as part
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.bulk import fetch_dicts
from common.errors import InvalidInput
from common.policies import get_policy
from customers.models import Company
from receivables.domain.aging import AgingBasis, Bucket, bucket_ranges
from receivables.selectors.aging_filter import AgingFilter
from receivables.selectors.aging_sql import GROUPINGS, SORTS, AgingQuery, build_statement

BASES = {"due": AgingBasis.DUE, "invoice": AgingBasis.DOC}


@dataclass(frozen=True, slots=True)
class AgingRow:
    """Amounts of one row in the report's currency; `total` = not_due + buckets − unapplied.

    `unapplied` is money and credit notes on account, positive. `overdue` counts what is past its due
    date, whatever the basis; `overdue_ratio` is its share of the items, None without items.
    """

    key: str
    name: str
    second: str
    customer_id: int | None
    total: Decimal
    not_due: Decimal
    buckets: tuple[Decimal, ...]
    unapplied: Decimal
    disputed: Decimal
    overdue: Decimal
    customers: int = 1

    @property
    def items(self) -> Decimal:
        """Everything owed, before what is on account."""
        return self.not_due + sum(self.buckets, Decimal(0))

    @property
    def overdue_ratio(self) -> Decimal | None:
        return (self.overdue / self.items).quantize(Decimal("0.0001")) if self.items else None


@dataclass(frozen=True, slots=True)
class AgingReport:
    """The report: `rows` of the page asked for, `totals` over all rows, `count` of all rows.

    `structure` is what the filters on customers leave before `bucket` and `is_overdue` hide rows.
    `rates` were used to convert; `unconverted` are amounts whose rate is missing: they are in no row
    and no total, and a page must say so. `unidentified`: receipts of unknown payers, per currency.
    """

    as_of: date
    known_at: datetime | None
    basis: str
    by: str
    currency: str
    ranges: tuple[Bucket, ...]
    rows: tuple[AgingRow, ...]
    totals: AgingRow
    structure: AgingRow
    count: int
    rates: dict[str, Decimal] = part(default_factory=dict)
    unconverted: dict[str, Decimal] = part(default_factory=dict)
    unidentified: dict[str, Decimal] = part(default_factory=dict)

    @property
    def has_not_due(self) -> bool:
        """By due date the first range is "not due"; by document date there is none."""
        return self.basis == "due"

    @property
    def bucket_ranges(self) -> tuple[Bucket, ...]:
        """The ranges that `AgingRow.buckets` holds, in order: all but "not due"."""
        return self.ranges[1:] if self.has_not_due else self.ranges

    def amounts_of(self, row: AgingRow) -> tuple[Decimal, ...]:
        """Return the amounts of a row in the order of `ranges`."""
        return (row.not_due, *row.buckets) if self.has_not_due else row.buckets


def get_aging(
    *,
    as_of: date,
    user: Any = None,
    basis: str = "due",
    by: str = "customer",
    currency: str | None = None,
    known_at: datetime | None = None,
    filters: AgingFilter | None = None,
    sort: str = "-total",
    page: int = 1,
    page_size: int | None = None,
    edges: Collection[int] | None = None,
) -> AgingReport:
    """Return the aging of a day as `user` may see it (None: the system). Three queries.

    With `currency`, only items in it. Without, and when several are open, all are converted at the
    rates of the day into our company's currency. `known_at` leaves out what was recorded later.
    """
    filters = filters or AgingFilter()
    if edges is None:
        edges = get_policy("AGING_BUCKETS", as_of=as_of).body["edges"]
    _check_choice("basis", basis, tuple(BASES))
    ranges = bucket_ranges(tuple(edges), BASES[basis])
    _check_choice("by", by, tuple(GROUPINGS))
    ages = tuple(f"b{n}" for n in range(len(ranges)))
    _check_choice("sort", sort.removeprefix("-"), SORTS + ages)
    statement, params = build_statement(
        AgingQuery(
            as_of=as_of,
            ranges=ranges,
            basis=BASES[basis],
            by=by,
            currency=currency or "",
            base=base_currency(filters.company),
            known_at=known_at,
            filters=filters,
            user=user,
            sort=sort,
            limit=page_size,
            offset=(max(page, 1) - 1) * (page_size or 0),
            is_chinese=(get_language() or "").startswith("zh"),
        )
    )
    records = fetch_dicts(statement, params)
    return _read_report(records, as_of, known_at, basis, by, ranges)


def _check_choice(field: str, value: str, known: tuple[str, ...]) -> None:
    if value in known:
        return
    raise InvalidInput(
        _("“%(value)s” cannot be used here. Use one of: %(known)s.")
        % {"value": value, "known": ", ".join(known)},
        field=field,
        code="UNKNOWN_CODE",
        value=value,
    )


def base_currency(company: str = "") -> str:
    """Return the currency of our books: that of the company named, else of the first one."""
    companies = Company.objects.order_by("pk")
    if company:
        companies = companies.filter(code=company)
    return companies.values_list("base_currency", flat=True).first() or "CNY"


def _read_report(
    records: list[dict[str, Any]],
    as_of: date,
    known_at: datetime | None,
    basis: str,
    by: str,
    ranges: tuple[Bucket, ...],
) -> AgingReport:
    kinds: dict[str, list[dict[str, Any]]] = {kind: [] for kind in "TSMUFR"}
    for record in records:
        kinds[record["kind"]].append(record)
    total = kinds["T"][0]
    size = len(ranges)
    rates = {r["key"]: r["b0"] for r in kinds["F"] if r["b0"] is not None}
    return AgingReport(
        as_of=as_of,
        known_at=known_at,
        basis=basis,
        by=by,
        currency=total["second"],
        ranges=ranges,
        rows=tuple(_read_row(r, basis, size, by) for r in kinds["R"]),
        totals=_read_row(total, basis, size, by),
        structure=_read_row(kinds["S"][0], basis, size, by),
        count=total["position"],
        rates={code: rate for code, rate in rates.items() if code != total["second"]},
        unconverted={r["key"]: r["total"] for r in kinds["M"]},
        unidentified={r["key"]: r["unapplied"] for r in kinds["U"]},
    )


def _read_row(record: dict[str, Any], basis: str, size: int, by: str) -> AgingRow:
    amounts = tuple(record[f"b{n}"] for n in range(size))
    not_due = amounts[0] if basis == "due" else Decimal(0)
    return AgingRow(
        key=record["key"] or "",
        name=_name_row(record, by),
        second=record["second"] or "",
        customer_id=record["customer_id"],
        total=record["total"],
        not_due=not_due,
        buckets=amounts[1:] if basis == "due" else amounts,
        unapplied=record["unapplied"],
        disputed=record["disputed"],
        overdue=record["overdue"],
        customers=record["customers"],
    )


def _name_row(record: dict[str, Any], by: str) -> str:
    if record["kind"] != "R":
        return ""
    if record["name"]:
        return str(record["name"])
    return {"sales": _("No salesperson"), "region": _("No region")}.get(by, record["key"] or "")
