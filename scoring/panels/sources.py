"""What others say of a customer, and how it paid us: rows for the rating page."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from common.figures import NOTHING, format_iso_day, format_ratio
from customers.domain.facts import FIELDS
from customers.models import Customer, SourceClass
from customers.selectors import list_latest_facts
from scoring.selectors.customer_case import CustomerCase
from scoring.texts import language, show_score
from scoring.words.models import get_band_tone, name_band

OPINIONS = ("AGENCY_GRADE", "RISK_INDICATOR", "PAYDEX", "INSURER_DECISION", "BUREAU_RISK_INDEX")
PIECES_SHOWN = 40


def list_opinions(customer: Customer, *, as_of: date) -> list[dict[str, Any]]:
    """List what agencies and insurers say, with source and day. One query."""
    found = {
        row["field"]: row
        for row in list_latest_facts(OPINIONS, as_of=as_of, customer_ids=[customer.pk])
    }
    labels = dict(SourceClass.choices)
    return [
        {
            "label": name_field(code),
            "value": row["value"],
            "source": row["source_name"] or labels.get(row["source_class"], ""),
            "as_of": format_iso_day(row["as_of"]),
            "confidence": row["confidence"],
        }
        for code in OPINIONS
        if (row := found.get(code)) is not None
    ]


def show_behaviour(case: CustomerCase) -> dict[str, Any]:
    """Return the measures of how a customer paid, and the newest pieces behind them."""
    result = case.behaviour
    if result.value is None:
        return {"has_value": False, "rows": [], "pieces": [], "more": 0}
    rows = [
        (_("Average days beyond terms"), show_score(result.wadbt)),
        (_("Average days late"), show_score(result.adl)),
        ("PDX", show_score(result.pdx)),
        (_("Paid on time"), _percent(result.on_time_pct)),
        (_("Worst delay, days"), str(result.worst_delay)),
        (_("Trend, days"), show_score(result.trend_days)),
        (_("Promises kept"), format_ratio(result.promise_kept, 0)),
        (_("Unjustified disputes"), format_ratio(result.dispute_ratio, 1)),
    ]
    return {
        "has_value": True,
        "score": show_score(result.value),
        "value": result.value,
        "band": name_band("payment_behaviour", result.band),
        "tone": {"neutral": "grey"}.get(
            tone := get_band_tone("payment_behaviour", result.band), tone
        ),
        "n": result.n,
        "rows": [{"label": label, "value": value} for label, value in rows],
        "pieces": list(case.pieces[:PIECES_SHOWN]),
        "more": max(0, len(case.pieces) - PIECES_SHOWN),
    }


def name_field(code: str) -> str:
    """Return the name of a fact's field."""
    field = FIELDS.get(code)
    if field is None:
        return code
    label = getattr(field, "label", code)
    return str(label(language()) if callable(label) else label)


def _percent(value: Decimal | None) -> str:
    return NOTHING if value is None else format_ratio(value / 100, 0)
