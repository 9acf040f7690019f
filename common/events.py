"""The log of deeds: what a manager or an auditor may ask about later."""

from datetime import date
from typing import Any

from common.jsonable import to_jsonable
from common.models import Event
from common.request_id import REQUEST_ID


def record_event(
    code: str,
    *,
    actor: Any | None,
    subject: Any,
    customer_id: int | None = None,
    as_of: date | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> Event:
    """Write down a deed, in the transaction of the deed itself.

    `code` is dotted (`credit.limit.activated`); `subject` is a model instance or a (type, key)
    pair. Decimals, dates and instances in `before` and `after` become text.
    """
    return Event.objects.create(
        **_event_values(code, actor, subject, customer_id, as_of, before, after, reason)
    )


def record_events(rows: list[dict[str, Any]]) -> None:
    """Write down many deeds at once; each row holds the arguments of `record_event`."""
    Event.objects.bulk_create(
        [
            Event(
                **_event_values(
                    row["code"],
                    row.get("actor"),
                    row["subject"],
                    row.get("customer_id"),
                    row.get("as_of"),
                    row.get("before"),
                    row.get("after"),
                    row.get("reason", ""),
                )
            )
            for row in rows
        ],
        batch_size=2000,
    )


def _event_values(
    code: str,
    actor: Any | None,
    subject: Any,
    customer_id: int | None,
    as_of: date | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    reason: str,
) -> dict[str, Any]:
    kind, key = subject if isinstance(subject, tuple) else (subject._meta.label_lower, subject.pk)
    return {
        "code": code,
        "actor": actor if getattr(actor, "pk", None) else None,
        "subject_type": kind,
        "subject_key": str(key),
        "customer_id": customer_id,
        "as_of": as_of,
        "before": to_jsonable(before or {}),
        "after": to_jsonable(after or {}),
        "reason": reason[:500],
        "request_id": REQUEST_ID.get(),
    }
