"""Reminders before an amount falls due: one message per customer, each (item, offset) once."""

import logging
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from collection.domain.reminders import PUNCTUAL_OFFSETS, plan_reminders
from collection.domain.states import NOTICE
from collection.letters import LetterItem, compose_reminder
from collection.models import DunningNotice, NoticeItem
from collection.selectors import ReminderLine, Rules, list_reminder_lines
from collection.selectors.procedures import STANDARD
from collection.services.runs import load_rules
from common.events import record_event
from common.models import Run
from common.money import convert
from common.outbox import put_message
from common.runs import run_once
from customers.models import Company, Contact, Customer

log = logging.getLogger(__name__)
KIND = "collection.reminders"
CATCH_UP_DAYS = 7
"""A day without a worker is made up for; older reminders would come too late to be one."""


def send_reminders(*, company: Company, as_of: date) -> Run:
    """Send what is to be reminded of on that day. The same day twice sends nothing more.

    Days since the last run (at most seven) are made up for. Each customer is a transaction of its
    own; who fails is listed in the run with the reason.
    """

    def work(run: Run) -> dict[str, Any]:
        first = _first_day(company, as_of)
        rules = load_rules(company, as_of=as_of)
        counts: dict[str, Any] = {"messages": 0, "items": 0, "skipped": []}
        lines = [
            (line, offset)
            for line in list_reminder_lines(company=company, as_of=as_of)
            for offset in [_offset_of(line, rules, first, as_of)]
            if offset is not None
        ]
        for customer_id, own in groupby(lines, key=lambda pair: pair[0].customer_id):
            try:
                sent = _remind(company, customer_id, list(own), as_of=as_of, rules=rules)
            except Exception as error:
                log.exception("reminder not made", extra={"customer_id": customer_id})
                counts["skipped"].append(
                    {"customer_id": customer_id, "reason": type(error).__name__}
                )
                continue
            if sent is None:
                counts["skipped"].append({"customer_id": customer_id, "reason": "NO_ADDRESS"})
            elif sent:
                counts["messages"] += 1
                counts["items"] += sent
        return counts

    return run_once(KIND, as_of=as_of, scope=company.code, work=work)


def _first_day(company: Company, as_of: date) -> date:
    last: date | None = Run.objects.filter(
        kind=KIND, scope=company.code, state=Run.State.DONE, as_of__lt=as_of
    ).aggregate(day=Max("as_of"))["day"]
    if last is None:
        return as_of
    return max(last + timedelta(days=1), as_of - timedelta(days=CATCH_UP_DAYS))


def _offset_of(line: ReminderLine, rules: Rules, first: date, as_of: date) -> int | None:
    """Return the offset to remind of now: the latest planned one within the days to work off."""
    code = line.account_procedure
    if code not in rules.procedures or code == STANDARD:
        code = rules.class_procedures.get(line.risk_class, STANDARD)
    procedure = rules.procedures.get(code, rules.procedures[STANDARD])
    offsets = PUNCTUAL_OFFSETS if line.is_punctual else procedure.reminder_offsets
    planned = plan_reminders(line.due_date, offsets, rules.calendar)
    today = [r.offset for r in planned if first <= r.send_date <= as_of]
    return today[-1] if today else None


@transaction.atomic
def _remind(
    company: Company,
    customer_id: int,
    lines: list[tuple[ReminderLine, int]],
    *,
    as_of: date,
    rules: Rules,
) -> int | None:
    """Write one customer's reminder; return its items, 0 when there was nothing new, None without
    an address."""
    customer = Customer.objects.get(pk=customer_id)
    recipient, name = _recipient(customer)
    if not recipient:
        return None
    done = set(
        NoticeItem.objects.filter(
            kind="REMINDER", due_line__in=[line.due_line_id for line, _offset in lines]
        ).values_list("due_line_id", "level")
    )
    fresh = [(line, offset) for line, offset in lines if (line.due_line_id, offset) not in done]
    if not fresh:
        return 0
    languages = [code for code, _name in settings.LANGUAGES]
    language = customer.language if customer.language in languages else company.language
    total, currency = _total((line for line, _offset in fresh), company, rules)
    notice = DunningNotice(
        kind=DunningNotice.Kind.REMINDER,
        key=f"R:{company.code}:{customer.code}:{as_of}",
        company=company,
        customer=customer,
        as_of=as_of,
        language=language,
        currency=currency,
        total=total,
        recipient=recipient,
        recipient_name=name,
        state=NOTICE.next(DunningNotice.State.PROPOSED, "approve"),
    )
    items = [
        LetterItem(
            line.number,
            line.doc_date,
            line.due_date,
            (as_of - line.due_date).days,
            0,
            line.amount,
            line.currency,
        )
        for line, _offset in fresh
    ]
    letter = compose_reminder(notice, items)
    notice.message = put_message(
        key=f"reminder:{notice.key}",
        recipient=recipient,
        recipient_name=name,
        subject=letter.subject,
        body=letter.text,
        language=language,
        customer_id=customer.pk,
    )
    notice.save()
    NoticeItem.objects.bulk_create(
        [
            NoticeItem(
                notice=notice,
                due_line_id=line.due_line_id,
                kind="REMINDER",
                level=offset,
                days_past_due=(as_of - line.due_date).days,
                open_amount=line.amount,
                due_date=line.due_date,
            )
            for line, offset in fresh
        ]
    )
    record_event(
        "collection.reminder.made",
        actor=None,
        subject=notice,
        customer_id=customer.pk,
        as_of=as_of,
        after={"items": len(fresh), "total": total, "currency": currency},
    )
    return len(fresh)


def _total(lines: Iterable[ReminderLine], company: Company, rules: Rules) -> tuple[Decimal, str]:
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line.currency] = sums.get(line.currency, Decimal(0)) + line.amount
    if len(sums) == 1:
        [(currency, total)] = sums.items()
        return total, currency
    base = company.base_currency
    converted = (convert(amount, rules.rates[code], base) for code, amount in sums.items())
    return sum(converted, Decimal(0)), base


def _recipient(customer: Customer) -> tuple[str, str]:
    person = (
        Contact.objects.filter(customer=customer, role__in=["ACCOUNTS_PAYABLE", "FINANCE_HEAD"])
        .exclude(email="")
        .order_by("role", "pk")
        .first()
    )
    return (person.email, person.name) if person else (customer.email, "")
