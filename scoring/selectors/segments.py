# ruff: noqa: S608 - the text is made of our own pieces; every value is a bound parameter
"""What segments are decided from, read set-wise, and the segments as they were frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import Max, OuterRef, QuerySet, Subquery

from common.bulk import fetch_dicts
from common.dates import add_months
from customers.models import Company, CustomerGroup
from scoring.models import SegmentFreeze
from scoring.selectors.frames import read_factors, read_frame

GAP_MONTHS = 24
DAYS_OF_YEAR = 365.25
WEAK_GRADES = ("CCC", "CC", "C", "D")
CENT = Decimal("0.01")
REVENUE_TYPES = "('INV', 'DN', 'CN', 'RET')"
DUE_TYPES = "('INV', 'DN', 'RET')"


@dataclass(frozen=True)
class SegmentFacts:
    """Facts of a day: `frame` by customer id, the currency of its amounts, who lacks a rate.

    Columns: `code`, `unit` (the top group's code, else the customer's), `is_group`, `revenue` (net of
    VAT and credit notes, may be negative), `invoiced` (gross), `receivable`, `orders`, `invoices`,
    `disputes`, `years` (of the unit), `margin` (fraction, NaN = not known), `grade`, `pd` (NaN =
    unrated), `is_weak`, `previous`, `months_outside`, `previous_value`.
    """

    frame: pd.DataFrame
    currency: str
    unconverted: tuple[str, ...]


def gather_segment_facts(*, as_of: date, month: date) -> SegmentFacts:
    """Fetch what the segments of `month` are decided from, known by `as_of`. Nine queries."""
    company = Company.objects.order_by("pk").first()
    currency = company.base_currency if company else "CNY"
    params = {"as_of": as_of, "start": add_months(as_of, -12), "month": month}
    frame = _read_customers(params)
    factors = read_factors(as_of, currency)
    missing: set[str] = set()
    for name, sql in _AMOUNTS.items():
        found = read_frame(sql, params, {"customer_id": np.int64, "currency": str, "amount": float})
        found["amount"] *= found["currency"].map(factors).astype(float)
        missing |= set(found.loc[found["amount"].isna(), "currency"])
        frame[name] = found.groupby("customer_id")["amount"].sum().reindex(frame.index).fillna(0.0)
    for name, sql in _COUNTS.items():
        found = read_frame(sql, params, {"customer_id": np.int64, "n": np.int64})
        counts = found.set_index("customer_id")["n"].reindex(frame.index)
        frame[name] = counts.fillna(0).astype(np.int64)
    frame["years"] = _count_years(frame, params, as_of)
    return SegmentFacts(frame, currency, tuple(sorted(missing)))


_AMOUNTS = {
    "revenue": f"""
        select customer_id, currency, sum(net) from receivables_invoice
        where doc_type in {REVENUE_TYPES} and posting_date > %(start)s and posting_date <= %(as_of)s
        group by 1, 2""",
    "invoiced": f"""
        select customer_id, currency, sum(gross) from receivables_invoice
        where doc_type in {REVENUE_TYPES} and posting_date > %(start)s and posting_date <= %(as_of)s
        group by 1, 2""",
    "receivable": """
        select customer_id, currency, sum(amount) from receivables_posting
        where closed_on > %(as_of)s and posted_on <= %(as_of)s and customer_id is not null
        group by 1, 2""",
}
_COUNTS = {
    "orders": """
        select customer_id, count(*) from receivables_order
        where order_date > %(start)s and order_date <= %(as_of)s and state <> 'CANCELLED'
        group by 1""",
    "invoices": """
        select customer_id, count(*) from receivables_invoice
        where doc_type = 'INV' and posting_date > %(start)s and posting_date <= %(as_of)s
        group by 1""",
    "disputes": """
        select l.customer_id, count(*) from receivables_dispute d
        join receivables_dueline l on l.id = d.due_line_id
        where d.raised_on > %(start)s and d.raised_on <= %(as_of)s group by 1""",
}


def _read_customers(params: Mapping[str, Any]) -> pd.DataFrame:
    """Return the customers with their group, margin, rating and last month's segment."""
    records = fetch_dicts(
        """
        select c.id as customer_id, c.code, c.group_id, c.relationship_since as since, c.segment,
            f.number as margin, r.grade, r.pd_12m as pd, c.state = 'INSOLVENT' or coalesce(
                jsonb_path_exists(r.caps, '$[*] ? (@.code starts with "KO-")'), false) as has_ko,
            p.segment as previous, p.months_outside, p.value as previous_value
        from customers_customer c
        left join lateral (select number from customers_fact f
            where f.customer_id = c.id and f.field = 'GROSS_MARGIN_PCT' and f.number is not null
                and f.as_of <= %(as_of)s and f.obtained_on <= %(as_of)s
            order by f.as_of desc, f.obtained_on desc, f.id desc limit 1) f on true
        left join lateral (select grade, pd_12m, caps from scoring_rating r
            where r.customer_id = c.id and r.as_of <= %(as_of)s
            order by r.as_of desc, r.id desc limit 1) r on true
        left join lateral (select segment, months_outside, value from scoring_segmentfreeze s
            where s.customer_id = c.id and s.month < %(month)s
            order by s.month desc, s.id desc limit 1) p on true
        where c.state <> 'ARCHIVED' order by c.id
        """,
        dict(params),
    )
    columns = [
        "customer_id", "code", "group_id", "since", "segment", "margin", "grade", "pd", "has_ko",
        "previous", "months_outside", "previous_value",
    ]  # fmt: skip
    frame = pd.DataFrame(records, columns=columns).set_index("customer_id")
    tops = _find_top_groups()
    keys = [None if pd.isna(g) else tops.get(int(g)) for g in frame.pop("group_id")]
    frame["is_group"] = [key is not None for key in keys]
    frame["unit"] = [
        f"G:{key}" if key is not None else f"C:{code}"
        for key, code in zip(keys, frame["code"], strict=True)
    ]
    frame["margin"] = frame["margin"].astype(float) / 100
    frame["pd"] = frame["pd"].astype(float)
    frame["is_weak"] = frame["grade"].isin(WEAK_GRADES) | frame["has_ko"].astype(bool)
    return frame


def _find_top_groups() -> dict[int, str]:
    """Return the code of the topmost group above each group."""
    rows = {
        pk: (code, up) for pk, code, up in CustomerGroup.objects.values_list("id", "code", "parent")
    }

    def climb(pk: int) -> str:
        code, up = rows[pk]
        return code if up is None else climb(up)

    return {pk: climb(pk) for pk in rows}


def _count_years(frame: pd.DataFrame, params: Mapping[str, Any], as_of: date) -> "pd.Series[float]":
    """Return years since the first paid invoice of each customer's unit, a long gap restarting it.

    Days on which money of the unit was applied to an invoice; a gap of more than 24 months (the time
    since the last payment too) starts anew. Where the books' first payment began it, the known start
    of the relationship counts if it is earlier: books are often younger than the business.
    """
    paid = read_frame(
        f"""
        select distinct l.customer_id, r.value_date from receivables_application a
        join receivables_receipt r on r.id = a.receipt_id
        join receivables_dueline l on l.id = a.due_line_id
        join receivables_invoice i on i.id = l.invoice_id
        where i.doc_type in {DUE_TYPES} and a.reverses_id is null
            and a.applied_on <= %(as_of)s and r.value_date <= %(as_of)s
            and not exists (select 1 from receivables_application u
                where u.reverses_id = a.id and u.applied_on <= %(as_of)s)
        """,
        dict(params),
        {"customer_id": np.int64, "day": str},
    )
    paid["day"] = pd.to_datetime(paid["day"])
    paid["unit"] = paid["customer_id"].map(frame["unit"])
    days = paid.dropna()[["unit", "day"]].drop_duplicates().sort_values(["unit", "day"])
    previous = days.groupby("unit")["day"].shift()
    is_first = previous.isna()
    gap = previous + pd.DateOffset(months=GAP_MONTHS)
    starts = days[is_first | (days["day"] > gap)].groupby("unit")["day"].max()
    firsts = days[is_first].set_index("unit")["day"]
    lasts = days.groupby("unit")["day"].max()
    since = pd.to_datetime(frame["since"]).groupby(frame["unit"]).min()
    known = since.reindex(starts.index)
    starts = starts.where(~((starts == firsts) & (known < starts)), known)
    is_over = lasts + pd.DateOffset(months=GAP_MONTHS) < pd.Timestamp(as_of)
    years = (pd.Timestamp(as_of) - starts).dt.days / DAYS_OF_YEAR
    return frame["unit"].map(years.mask(is_over, 0.0)).fillna(0.0).clip(lower=0)


def find_frozen_month(*, as_of: date) -> date | None:
    """Return the newest month up to a day that has segments (one query)."""
    found: date | None = SegmentFreeze.objects.filter(month__lte=as_of).aggregate(
        month=Max("month")
    )["month"]
    return found


def list_segments(user: Any, *, month: date) -> QuerySet[SegmentFreeze]:
    """List the segments of a month, one row per customer in scope; an override is the newest."""
    newest = SegmentFreeze.objects.filter(customer=OuterRef("customer"), month=month)
    rows: QuerySet[SegmentFreeze] = SegmentFreeze.objects.for_user(user).filter(
        month=month, id=Subquery(newest.order_by("-id").values("id")[:1])
    )
    return rows.select_related("customer", "overridden_by")


def list_segment_history(customer: Any, *, as_of: date) -> QuerySet[SegmentFreeze]:
    """List a customer's segments up to a day, newest first, overrides included."""
    return (
        SegmentFreeze.objects.filter(customer=customer, month__lte=as_of)
        .select_related("overridden_by")
        .order_by("-month", "-id")
    )
