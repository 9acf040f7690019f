"""Reads of runs, notices, promises for pages and API: always narrowed to what the reader may see."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from collection.models import DunningNotice, DunningRun, NoticeItem, PromiseToPay
from common.errors import NotFound
from common.scope import visible_customers
from customers.models import Customer
from receivables.models import DueLine

STATES = DunningNotice.State


def list_runs(user: Any) -> QuerySet[DunningRun]:
    """Return the runs, newest first, each counting the notices that `user` may see."""
    seen = visible_customers(user, "notices__customer") & Q(notices__kind="DUNNING")

    def counted(*states: str) -> Count:
        return Count("notices", filter=seen & Q(notices__state__in=states))

    return (
        DunningRun.objects.select_related("company", "prepared_by", "approved_by")
        .annotate(
            letters=Count("notices", filter=seen),
            waiting=counted(STATES.PROPOSED),
            left_out=counted(STATES.EXCLUDED),
            sent=counted(STATES.SENT, STATES.DELIVERED),
            failed=counted(STATES.FAILED),
        )
        .order_by("-as_of", "company_id")
    )


def get_run(pk: int, *, user: Any) -> DunningRun:
    """Return one run with its counts. One query. Raises NotFound."""
    run = list_runs(user).filter(pk=pk).first()
    if run is None:
        raise NotFound
    return run


def list_notices(user: Any, *, run: DunningRun | None = None) -> QuerySet[DunningNotice]:
    """Return notices without their PDF, with what became of their message."""
    notices: QuerySet[DunningNotice] = DunningNotice.objects.for_user(user)
    if run is not None:
        notices = notices.filter(run=run)
    return (
        notices.select_related("customer", "company", "run", "message")
        .defer("pdf", "message__attachment", "message__body")
        .annotate(
            item_count=Count("items", filter=Q(items__cancelled=False)),
            raised_count=Count("items", filter=Q(items__cancelled=False, items__raised=True)),
        )
        .order_by("-level", "-total", "customer__code")
    )


def get_notice(pk: int, *, user: Any) -> DunningNotice:
    """Return one notice. One query. Raises NotFound, also for what is out of scope."""
    notice: DunningNotice | None = (
        DunningNotice.objects.for_user(user)
        .select_related("customer", "company", "run", "message", "approved_by")
        .filter(pk=pk)
        .first()
    )
    if notice is None:
        raise NotFound
    return notice


def list_items(notice: DunningNotice) -> list[NoticeItem]:
    """Return the items of a notice, oldest due first. One query."""
    return list(
        notice.items.select_related("due_line__invoice").order_by("due_date", "due_line_id")
    )


@dataclass(frozen=True, slots=True)
class LevelTotal:
    """What one level of a run holds: letters and their totals by currency."""

    level: int
    is_final: bool
    letters: int
    waiting: int
    totals: dict[str, Decimal]


def list_level_totals(user: Any, *, run: DunningRun) -> list[LevelTotal]:
    """Return the letters of a run by level, those left out not counted. One query."""
    rows = (
        DunningNotice.objects.for_user(user)
        .filter(run=run)
        .exclude(state=STATES.EXCLUDED)
        .order_by()
        .values("level", "is_final", "currency")
        .annotate(
            letters=Count("pk"),
            waiting=Count("pk", filter=Q(state=STATES.PROPOSED)),
            sum=Sum("total"),
        )
        .order_by("level", "is_final", "currency")
    )
    found: dict[tuple[int, bool], LevelTotal] = {}
    for row in rows:
        key = (row["level"], row["is_final"])
        before = found.get(key, LevelTotal(*key, letters=0, waiting=0, totals={}))
        found[key] = LevelTotal(
            *key,
            letters=before.letters + row["letters"],
            waiting=before.waiting + row["waiting"],
            totals=before.totals | {row["currency"]: row["sum"]},
        )
    return list(found.values())


def list_skipped(user: Any, *, run: DunningRun) -> list[dict[str, Any]]:
    """Return the stored reasons why customers or items were skipped, as far as visible. One query."""
    ids = [row["customer_id"] for row in run.skipped]
    names = {
        customer.pk: customer
        for customer in Customer.objects.for_user(user)
        .filter(pk__in=ids)
        .only("code", "name", "name_en")
    }
    return [
        row | {"customer": names[row["customer_id"]], "amount": Decimal(row["amount"])}
        for row in run.skipped
        if row["customer_id"] in names
    ]


def list_promises(user: Any) -> QuerySet[PromiseToPay]:
    """Return promises, the latest date first."""
    seen: QuerySet[PromiseToPay] = PromiseToPay.objects.for_user(user)
    return (
        seen.select_related("customer", "company", "recorded_by")
        .annotate(item_count=Count("items"))
        .order_by("-promise_date", "-pk")
    )


def get_promise(pk: int, *, user: Any) -> PromiseToPay:
    """Return one promise. Raises NotFound."""
    promise = list_promises(user).filter(pk=pk).first()
    if promise is None:
        raise NotFound
    return promise


def list_promisable_lines(customer: Customer, *, as_of: date) -> list[DueLine]:
    """Return the open due lines of a customer, oldest due first. One query."""
    return list(
        DueLine.objects.filter(customer=customer, open_amount__gt=0, due_date__isnull=False)
        .select_related("invoice", "company")
        .order_by("due_date", "pk")[:500]
    )


def count_broken_promises(*, customer_ids: list[int], as_of: date, days: int) -> dict[int, int]:
    """Return how many promises each customer broke within `days` before `as_of`. One query."""
    rows = (
        PromiseToPay.objects.filter(
            customer__in=customer_ids,
            state__in=[PromiseToPay.State.BROKEN, PromiseToPay.State.PARTLY_KEPT],
            evaluated_on__lte=as_of,
            evaluated_on__gt=date.fromordinal(as_of.toordinal() - days),
        )
        .order_by()
        .values_list("customer_id")
        .annotate(n=Count("pk"))
    )
    return dict(rows)
