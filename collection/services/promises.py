"""Promises to pay: recorded once per item, kept or broken by what came in."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from collection.domain.promises import PromisePayment, evaluate_promise
from collection.domain.states import PROMISE, PromiseState
from collection.models import PromiseItem, PromiseToPay
from collection.selectors import get_calendar
from common.bulk import fetch_rows
from common.errors import Conflict, InvalidInput, NotAllowed
from common.events import record_event, record_events
from common.locks import lock_row, lock_rows
from common.money import round_money
from common.workdays import Calendar
from customers.models import Contact, Customer
from receivables.models import DueLine
from users.permissions import may, require

MAX_DAYS_AHEAD = 30


class AlreadyPromised(Conflict):
    """An open promise speaks of one of these items already."""

    code = "ALREADY_PROMISED"


@transaction.atomic
def record_promise(
    *,
    customer: Customer,
    lines: Sequence[DueLine],
    amount: Decimal,
    promise_date: date,
    as_of: date,
    actor: Any = None,
    given_by: str = "",
    channel: str = "PHONE",
    note: str = "",
) -> PromiseToPay:
    """Write down what the customer promised to pay of these items, and by when.

    A second promise on the same item needs the credit manager. Raises InvalidInput, AlreadyPromised,
    NotAllowed.
    """
    if actor is not None:
        require(actor, "promise.record")
    if channel not in Contact.Channel.values:
        raise InvalidInput(_("Choose how it was said."), field="channel", value=channel)
    locked = lock_rows(DueLine, [line.pk for line in lines])
    _check_lines(customer, locked)
    currency = locked[0].currency
    _check_amount(amount, sum((line.open_amount for line in locked), Decimal(0)), currency)
    if not as_of <= promise_date <= as_of + timedelta(days=MAX_DAYS_AHEAD):
        raise InvalidInput(
            _("Choose a day from today to %(days)s days ahead.") % {"days": MAX_DAYS_AHEAD},
            field="promise_date",
            value=promise_date,
        )
    _check_repetition(locked, actor)
    promise = PromiseToPay.objects.create(
        customer=customer,
        company_id=locked[0].company_id,
        amount=amount,
        currency=currency,
        promise_date=promise_date,
        made_on=as_of,
        given_by=given_by.strip()[:60],
        channel=channel,
        note=note.strip()[:500],
        recorded_by=actor if getattr(actor, "pk", None) else None,
    )
    try:
        with transaction.atomic():
            PromiseItem.objects.bulk_create(
                [PromiseItem(promise=promise, due_line=line) for line in locked]
            )
    except IntegrityError as error:
        raise AlreadyPromised(_("An open promise covers one of these items already.")) from error
    record_event(
        "collection.promise.recorded",
        actor=actor,
        subject=promise,
        customer_id=customer.pk,
        as_of=as_of,
        after={
            "amount": amount,
            "currency": currency,
            "promise_date": promise_date,
            "due_lines": [line.pk for line in locked],
        },
        reason=note,
    )
    return promise


def _check_lines(customer: Customer, lines: Sequence[DueLine]) -> None:
    if not lines:
        raise InvalidInput(_("Choose at least one open item."), field="lines")
    if any(line.customer_id != customer.pk for line in lines):
        raise InvalidInput(_("An item belongs to another customer."), field="lines")
    if any(line.open_amount <= 0 or line.due_date is None for line in lines):
        raise InvalidInput(_("An item is no longer open."), field="lines")
    if len({(line.currency, line.company_id) for line in lines}) > 1:
        raise InvalidInput(_("Record one promise for each company and currency."), field="lines")


def _check_amount(amount: Decimal, open_amount: Decimal, currency: str) -> None:
    if not 0 < amount <= open_amount:
        raise InvalidInput(
            _("Enter an amount between 0 and the open amount of %(open)s %(currency)s.")
            % {"open": format(round_money(open_amount, currency), "f"), "currency": currency},
            field="amount",
            value=amount,
        )
    if round_money(amount, currency) != amount:
        raise InvalidInput(_("That is finer than a cent."), field="amount", value=amount)


def _check_repetition(lines: Sequence[DueLine], actor: Any) -> None:
    earlier = PromiseItem.objects.filter(due_line__in=lines).exclude(
        promise__state=PromiseToPay.State.CANCELLED
    )
    states = set(earlier.values_list("is_open", flat=True))
    if True in states:
        raise AlreadyPromised(_("An open promise covers one of these items already."))
    if states and actor is not None and not may(actor, "dunning.approve"):
        raise NotAllowed(
            _("These items were promised before; a second promise needs the credit manager."),
            code="SECOND_PROMISE",
        )


@transaction.atomic
def cancel_promise(
    *, promise: PromiseToPay, as_of: date, reason: str, actor: Any = None
) -> PromiseToPay:
    """Take back a promise that was entered wrongly or replaced; it stays visible."""
    if actor is not None:
        require(actor, "promise.record")
    if not reason.strip():
        raise InvalidInput(_("Say why the promise is cancelled."), field="reason")
    promise = lock_row(PromiseToPay, promise.pk)
    before = promise.state
    promise.state = PROMISE.next(promise.state, "cancel")
    promise.save(update_fields=["state"])
    promise.items.update(is_open=False)
    record_event(
        "collection.promise.cancelled",
        actor=actor,
        subject=promise,
        customer_id=promise.customer_id,
        as_of=as_of,
        before={"state": before},
        after={"state": promise.state},
        reason=reason,
    )
    return promise


@transaction.atomic
def evaluate_promises(*, as_of: date) -> dict[str, int]:
    """Decide every open promise that the facts of that day decide; return the new states, counted.

    What counts is money that came in after the promise was given: receipts by their value date,
    on the promised items, reversals taken off. Six statements, however many promises.
    """
    promises = lock_rows(
        PromiseToPay,
        PromiseToPay.objects.filter(state=PromiseToPay.State.OPEN, made_on__lte=as_of).values_list(
            "pk", flat=True
        ),
    )
    payments = _list_payments([promise.pk for promise in promises], as_of=as_of)
    calendars: dict[int, Calendar] = {}
    ended: list[tuple[PromiseToPay, PromiseState]] = []
    for promise in promises:
        if promise.state != PromiseToPay.State.OPEN:
            continue
        if promise.company_id not in calendars:
            calendars[promise.company_id] = get_calendar(promise.company.calendar)
        result = evaluate_promise(
            promise.amount,
            promise.promise_date,
            payments.get(promise.pk, ()),
            as_of=as_of,
            calendar=calendars[promise.company_id],
        )
        promise.paid_in_time = result.paid_in_time
        if result.state != PromiseState.OPEN:
            promise.state = PROMISE.next(promise.state, "evaluate", result.state)
            promise.evaluated_on = as_of
            ended.append((promise, result.state))
    if not promises:
        return {}
    PromiseToPay.objects.bulk_update(
        promises, ["state", "evaluated_on", "paid_in_time"], batch_size=1000
    )
    PromiseItem.objects.filter(promise__in=[promise for promise, _state in ended]).update(
        is_open=False
    )
    record_events(
        [
            {
                "code": f"collection.promise.{state.lower()}",
                "subject": promise,
                "customer_id": promise.customer_id,
                "as_of": as_of,
                "before": {"state": "OPEN"},
                "after": {
                    "state": state,
                    "amount": promise.amount,
                    "paid_in_time": promise.paid_in_time,
                },
            }
            for promise, state in ended
        ]
    )
    counts: dict[str, int] = {}
    for _promise, state in ended:
        counts[state.value] = counts.get(state.value, 0) + 1
    return counts


def _list_payments(promise_ids: list[int], *, as_of: date) -> dict[int, list[PromisePayment]]:
    rows = fetch_rows(
        """
        select i.promise_id, r.value_date, sum(a.amount)
        from collection_promiseitem i
        join collection_promisetopay p on p.id = i.promise_id
        join receivables_application a on a.due_line_id = i.due_line_id
        join receivables_receipt r on r.id = a.receipt_id
        where i.promise_id = any(%s) and r.value_date <= %s and a.applied_on <= %s
            and (r.value_date > p.made_on
                or r.value_date = p.made_on and a.recorded_at >= p.created_at)
        group by i.promise_id, r.value_date order by i.promise_id, r.value_date
        """,
        [promise_ids, as_of, as_of],
    )
    found: dict[int, list[PromisePayment]] = {}
    for promise_id, day, amount in rows:
        found.setdefault(promise_id, []).append(PromisePayment(day, amount))
    return found
