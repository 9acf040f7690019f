"""Rows of the queue and of the runs of ratings."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.models import Run
from customers.models import Customer
from scoring.selectors.queue import QueueItem
from scoring.texts import tell_reason

REASONS = {
    "DRAFT": (gettext_lazy("Answers wait for your confirmation"), "warn"),
    "OVERRIDE": (gettext_lazy("A shift of the grade waits for your decision"), "warn"),
    "DOWNGRADED": (gettext_lazy("The rating fell"), "bad"),
    "EXPIRED": (gettext_lazy("The rating has expired"), "warn"),
    "CHANGED": (gettext_lazy("Facts have changed since the rating"), "grey"),
}
KINDS = {
    "night.ratings": gettext_lazy("Night: whose facts changed"),
    "night.month_ratings": gettext_lazy("Month: everybody"),
    "scoring.rerate": gettext_lazy("Schedule"),
    "scoring.rate_all": gettext_lazy("On demand: everybody"),
}
SKIPPED_SHOWN = 200


def show_queue(items: Sequence[QueueItem]) -> list[dict[str, Any]]:
    """Return the rows of the queue."""
    return [
        {
            "customer": item.customer,
            "url": reverse("customer_rating", args=[item.customer.code]),
            "reason": REASONS[item.reason][0],
            "tone": REASONS[item.reason][1],
            "since": item.since,
        }
        for item in items
    ]


def show_run(run: Run) -> dict[str, Any]:
    """Return one run with its counts and, per reason, how many were left out."""
    reasons = Counter(str(one.get("reason", "")) for one in run.skipped)
    counts = run.counts or {}
    return {
        "pk": run.pk,
        "url": reverse("rating_run", args=[run.pk]),
        "kind": KINDS.get(run.kind, run.kind),
        "as_of": run.as_of,
        "state": run.state,
        "state_name": run.get_state_display(),
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "error": run.error,
        "counts": [
            {"label": label, "value": counts.get(name, 0)}
            for name, label in (
                ("considered", _("Looked at")),
                ("created", _("Rated anew")),
                ("unchanged", _("Unchanged")),
                ("upgraded", _("Rose")),
                ("downgraded", _("Fell")),
                ("not_rated", _("Left out")),
            )
        ],
        **{
            name: counts.get(name, 0)
            for name in (
                "considered", "created", "unchanged", "upgraded", "downgraded", "not_rated",
            )
        },
        "reasons": [
            {"text": _tell(code), "count": n} for code, n in reasons.most_common()
        ],
    }  # fmt: skip


def show_skipped(run: Run, user: Any) -> list[dict[str, Any]]:
    """List whom a run left out and why, of those in scope (one query)."""
    codes = [str(one.get("customer", "")) for one in run.skipped]
    seen = {row.code: row for row in Customer.objects.for_user(user).filter(code__in=codes)}
    return [
        {
            "customer": seen[one["customer"]],
            "text": tell_reason({"code": one["reason"], "params": one.get("params") or {}}),
        }
        for one in run.skipped
        if one.get("customer") in seen
    ][:SKIPPED_SHOWN]


def _tell(code: str) -> str:
    words = {
        "NO_FACTS": _("Neither a statement nor answers"),
        "STATEMENT_DOUBTFUL": _("The only statement is doubtful"),
        "ANSWERS_UNREADABLE": _("The stored answers cannot be read"),
        "NOTHING_TO_SCORE": _("Nothing could be scored"),
        "OUT_OF_RANGE": _("Figures beyond any range"),
    }
    return words.get(code, code)
