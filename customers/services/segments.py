"""The segment that a customer's page shows: set by the monthly run, or by somebody with a reason."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from common.events import record_events
from customers.models import Customer

BATCH = 1000


@transaction.atomic
def set_segments(
    *, segments: Mapping[int, str], as_of: date, actor: Any = None, reason: str = ""
) -> int:
    """Set the segment of some customers by id; return how many changed. The caller checks rights.

    One update per segment and thousand customers; one event per change.
    """
    before = dict(Customer.objects.filter(pk__in=list(segments)).values_list("pk", "segment"))
    moved = {pk: segments[pk] for pk, segment in sorted(before.items()) if segments[pk] != segment}
    for target in sorted(set(moved.values())):
        ids = [pk for pk, segment in moved.items() if segment == target]
        for first in range(0, len(ids), BATCH):
            Customer.objects.filter(pk__in=ids[first : first + BATCH]).update(segment=target)
    record_events(
        [
            {
                "code": "customers.segment.changed",
                "actor": actor,
                "subject": (Customer._meta.label_lower, pk),
                "customer_id": pk,
                "as_of": as_of,
                "before": {"segment": before[pk]},
                "after": {"segment": segment},
                "reason": reason,
            }
            for pk, segment in moved.items()
        ]
    )
    return len(moved)
