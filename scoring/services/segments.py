"""Segments by the month: computed from the ledger, frozen, and overridden with a reason."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.bulk import copy_rows
from common.errors import Conflict, InvalidInput
from common.events import record_event
from common.jsonable import to_jsonable
from common.locks import lock_row, try_advisory_lock
from common.models import Run
from common.money import round_half_up
from common.policies import PolicyMissing, get_policy
from customers.models import Customer
from customers.services.segments import set_segments
from scoring.domain.segments.customer_value import CustomerValue, ValueInputs, value_customer
from scoring.domain.segments.segmentation import (
    GroupFacts,
    Segment,
    Segmentation,
    SegmentRow,
    keep_core,
    segment_groups,
)
from scoring.domain.segments.value_policy import ValuePolicy, read_value_policy
from scoring.models import SegmentFreeze
from scoring.selectors.segments import SegmentFacts, gather_segment_facts
from users.permissions import require

POLICY = "CUSTOMER_VALUE"
TABLE = "scoring_segmentfreeze"
COLUMNS = (
    "customer_id", "month", "segment", "computed", "abc", "group_key", "revenue", "years", "before",
    "in_pareto", "in_relation", "months_outside", "value", "average_receivable", "facts", "reason",
    "run_id", "recorded_at",
)  # fmt: skip
OVERRIDES = (Segment.CORE, Segment.CORE_WATCH, Segment.ORDINARY)


class MonthIsFrozen(Conflict):
    """Another process is freezing this month at this moment."""

    code = "MONTH_IS_FROZEN"


@dataclass(frozen=True)
class SegmentCounts:
    """What a run did: `is_new` is False when the month was frozen before and nothing was written."""

    month: date
    is_new: bool
    by_segment: Mapping[str, int] = field(default_factory=dict)
    changed: int = 0
    unconverted: tuple[str, ...] = ()

    def as_counts(self) -> dict[str, Any]:
        """Return the counts as a run row stores them."""
        return {
            "month": self.month.isoformat(),
            "is_new": self.is_new,
            "changed": self.changed,
            "unconverted": list(self.unconverted),
            **{name.lower(): n for name, n in sorted(self.by_segment.items())},
        }


@transaction.atomic
def segment_customers(*, as_of: date, actor: Any = None, run: Run | None = None) -> SegmentCounts:
    """Decide the segments of the month of `as_of` from what was known that day, and freeze them.

    Every customer that is not archived has one row per month; a month that is frozen stays as it
    is. Groups are judged as a whole. Sets what the customers' own pages show.
    """
    if actor is not None:
        require(actor, "rating.run")
    month = as_of.replace(day=1)
    if not try_advisory_lock(f"scoring.segments.{month.isoformat()}"):
        raise MonthIsFrozen(_("This month is being frozen by somebody else."))
    if SegmentFreeze.objects.filter(month=month).exists():
        return SegmentCounts(month, is_new=False)
    facts = gather_segment_facts(as_of=as_of, month=month)
    found = segment_groups(_list_units(facts.frame))
    now = timezone.now()
    rows, shown, counts = [], {}, Counter[str]()
    for row in _decide(facts, found, _get_value_policy(as_of)):
        rows.append(_as_values(row, month, run, now))
        shown[row["customer_id"]] = _shown(row["segment"])
        counts[row["segment"].value] += 1
    copy_rows(TABLE, COLUMNS, rows)
    changed = set_segments(segments=shown, as_of=as_of, actor=actor)
    record_event(
        "scoring.segments.frozen",
        actor=actor,
        subject=("segments", month.isoformat()),
        as_of=as_of,
        after={**counts, "total": found.total, "top_share": found.top_share, "changed": changed},
    )
    return SegmentCounts(month, True, counts, changed, facts.unconverted)


@transaction.atomic
def override_segment(
    *, customer: Customer, segment: str, reason: str, as_of: date, actor: Any = None
) -> SegmentFreeze:
    """Set a customer's segment for its frozen month by hand; the computed one stays beside it.

    The override holds for its month. The next month is computed again, with this segment as the one
    before: who was made core by hand leaves like everybody else, after three months outside.
    """
    if actor is not None:
        require(actor, "rating.override")
    if segment not in OVERRIDES:
        raise InvalidInput(_("Choose a segment."), field="segment", value=segment)
    if not reason.strip():
        raise InvalidInput(_("Say why the segment is set by hand."), field="reason")
    lock_row(Customer, customer.pk)
    newest = (
        SegmentFreeze.objects.filter(customer=customer, month=as_of.replace(day=1))
        .order_by("-id")
        .first()
    )
    if newest is None:
        raise Conflict(_("The segments of this month are not decided yet."))
    if newest.segment == segment:
        raise InvalidInput(_("The customer is in this segment already."), field="segment")
    copied = {name: getattr(newest, name) for name in _COPIED}
    row = SegmentFreeze.objects.create(
        **copied,
        segment=segment,
        reason=reason.strip()[:500],
        overridden_by=actor if getattr(actor, "pk", None) else None,
    )
    set_segments(
        segments={customer.pk: _shown(Segment(segment))}, as_of=as_of, actor=actor, reason=reason
    )
    record_event(
        "scoring.segment.overridden",
        actor=actor,
        subject=customer,
        customer_id=customer.pk,
        as_of=as_of,
        before={"segment": newest.segment},
        after={"segment": segment},
        reason=reason,
    )
    return row


_COPIED = (
    "customer_id", "month", "computed", "abc", "group_key", "revenue", "years", "before",
    "in_pareto", "in_relation", "months_outside", "value", "average_receivable", "facts", "run_id",
)  # fmt: skip


def _shown(segment: Segment) -> str:
    """Return what the customer's own row says: watched core customers are core."""
    shown = Customer.Segment.CORE if segment.is_core else Customer.Segment.ORDINARY
    return shown.value


def _get_value_policy(as_of: date) -> ValuePolicy:
    try:
        return read_value_policy(get_policy(POLICY, as_of=as_of).body)
    except PolicyMissing:
        return ValuePolicy()


def _list_units(frame: pd.DataFrame) -> Iterator[GroupFacts]:
    """Sum up customers to the units that are judged; a unit is weak when a member is."""
    units = frame.groupby("unit").agg(
        volume=("revenue", "sum"), years=("years", "max"), is_weak=("is_weak", "any")
    )
    for unit, volume, years, is_weak in units.itertuples():
        yield GroupFacts(unit, max(_money(volume), Decimal(0)), _years(years), bool(is_weak))


def _decide(
    facts: SegmentFacts, found: Segmentation, policy: ValuePolicy
) -> Iterator[dict[str, Any]]:
    weak = facts.frame.groupby("unit")["is_weak"].any()
    memory = _remember_units(facts.frame)
    for customer in facts.frame.itertuples():
        place = found.by_key[customer.unit]
        previous, outside = memory.get(customer.unit, (None, 0))
        segment, months = keep_core(
            place.segment,
            previous=previous,
            months_outside=outside,
            is_weak=bool(weak[customer.unit]),
        )
        revenue = _money(customer.revenue)
        inputs = _list_inputs(customer, place, policy) if revenue > 0 else None
        value = value_customer(inputs) if inputs is not None else None
        yield {
            "customer_id": customer.Index,
            "segment": segment,
            "computed": place.segment,
            "place": place,
            "group_key": customer.unit[2:] if customer.is_group else "",
            "revenue": revenue,
            "months_outside": months,
            "value": value,
            "facts": _tell_facts(customer, place, found, inputs, value, facts.currency),
        }


def _remember_units(frame: pd.DataFrame) -> dict[str, tuple[Segment, int]]:
    """Return what each unit was last month: a unit is core when a member was."""
    found: dict[str, tuple[Segment, int]] = {}
    known = frame[frame["previous"].notna()]
    for unit, previous, outside in known[["unit", "previous", "months_outside"]].itertuples(
        index=False
    ):
        segment = Segment(previous)
        before = found.get(unit)
        if before is None or (segment.is_core, -outside) > (before[0].is_core, -before[1]):
            found[unit] = (segment, int(outside))
    return found


def _list_inputs(customer: Any, place: SegmentRow, policy: ValuePolicy) -> ValueInputs:
    is_margin_known = not pd.isna(customer.margin)
    # Closed orders may have left the order book; every invoice had one.
    orders = max(customer.orders, customer.invoices)
    dso = 0.0
    if customer.invoiced > 0:
        dso = max(customer.receivable, 0.0) / customer.invoiced * 365
    return ValueInputs(
        revenue=_money(customer.revenue),
        gross_margin=_ratio(customer.margin) if is_margin_known else policy.gross_margin,
        visits=policy.visits_of(place.abc),
        cost_per_visit=policy.cost_per_visit,
        orders=Decimal(int(orders)),
        cost_per_order=policy.cost_per_order,
        vat=policy.vat,
        dso=round_half_up(Decimal(str(dso)), 1),
        capital_rate=policy.capital_rate,
        pd=policy.pd_unrated if pd.isna(customer.pd) else _ratio(customer.pd, 8),
        lgd=policy.lgd,
        other_service_cost=policy.cost_per_dispute * int(customer.disputes),
    )


def _tell_facts(
    customer: Any,
    place: SegmentRow,
    found: Segmentation,
    inputs: ValueInputs | None,
    value: CustomerValue | None,
    currency: str,
) -> dict[str, Any]:
    """Return what the row was decided from, for its page and for whoever asks later."""
    told: dict[str, Any] = {
        "currency": currency,
        "unit_revenue": place.volume,
        "cumulative": round_half_up(place.cumulative, 8),
        "threshold": found.threshold,
        "median": found.median,
        "grade": None if pd.isna(customer.grade) else customer.grade,
        "is_weak": bool(customer.is_weak),
        "previous": None if pd.isna(customer.previous) else customer.previous,
    }
    if inputs is None or value is None:
        return told
    before = customer.previous_value
    return told | {
        "margin": inputs.gross_margin,
        "margin_known": not pd.isna(customer.margin),
        "pd": inputs.pd,
        "pd_known": not pd.isna(customer.pd),
        "visits": inputs.visits,
        "orders": inputs.orders,
        "disputes": int(customer.disputes),
        "dso": inputs.dso,
        "gross": _cents(value.gross),
        "service": _cents(value.service),
        "capital": _cents(value.capital),
        "expected_loss": _cents(value.expected_loss),
        "breakeven_pd": value.breakeven_pd and round_half_up(value.breakeven_pd, 4),
        "negative_twice": value.value < 0 and not pd.isna(before) and before < 0,
    }


def _as_values(row: Mapping[str, Any], month: date, run: Run | None, now: Any) -> tuple[Any, ...]:
    place, value = row["place"], row["value"]
    return (
        row["customer_id"],
        month,
        row["segment"].value,
        row["computed"].value,
        place.abc,
        row["group_key"],
        row["revenue"],
        place.years,
        round_half_up(place.before, 8),
        place.in_pareto,
        place.in_relation,
        row["months_outside"],
        value and _cents(value.value),
        value and _cents(value.average_receivable),
        json.dumps(to_jsonable(row["facts"])),
        "",
        run and run.pk,
        now,
    )


def _money(amount: float) -> Decimal:
    return _cents(Decimal(str(amount)))


def _cents(amount: Decimal) -> Decimal:
    return round_half_up(amount, 2)


def _years(years: float) -> Decimal:
    return round_half_up(Decimal(str(years)), 2)


def _ratio(ratio: Any, places: int = 6) -> Decimal:
    return round_half_up(Decimal(str(ratio)), places)
