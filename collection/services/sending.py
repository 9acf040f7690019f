"""From an approved letter to a message in the outbox: one customer, one short transaction.

Before a letter is made its facts are looked at again: what was paid, contested, promised or blocked
since the run leaves the letter, and a letter that has no reason left is not sent.
"""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from collection.domain.states import NOTICE
from collection.letters import LetterItem, compose_letter
from collection.models import DunningNotice, DunningRun, NoticeItem
from collection.selectors import Rules, choose_procedure, plan_customer
from collection.services.runs import close_run_when_done, deadline_of, load_rules
from common.errors import Conflict, CreditError
from common.events import record_event
from common.locks import lock_row, lock_rows
from common.money import convert
from common.outbox import put_message
from receivables.models import DueLine
from users.models import User
from users.permissions import require

log = logging.getLogger(__name__)
STATES = DunningNotice.State
EMAIL = "EMAIL"


class NoAddress(Conflict):
    """There is no address to send the letter to."""

    code = "NO_ADDRESS"


@dataclass(slots=True)
class SendCounts:
    """What became of the letters of a run: made, dropped for new facts, failed with the reason."""

    made: int = 0
    dropped: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)


def approve_notice(*, notice: DunningNotice, as_of: date, actor: Any = None) -> DunningNotice:
    """Approve one letter and hand it over: the way of final letters. Raises NoAddress."""
    if actor is not None:
        require(actor, "dunning.approve")
    return make_letter(
        notice_id=notice.pk,
        as_of=as_of,
        actor=actor,
        rules=load_rules(notice.company, as_of=notice.as_of),
    )


def send_run(
    *,
    run: DunningRun,
    as_of: date,
    max_level: int = 9,
    last_id: int | None = None,
    actor: Any = None,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> SendCounts:
    """Make every approved letter of a run, each on its own: one bad customer costs one customer."""
    waiting = DunningNotice.objects.filter(
        run=run, state=STATES.PROPOSED, is_final=False, level__lte=max_level
    )
    if last_id is not None:
        waiting = waiting.filter(pk__lte=last_id)
    if actor is not None:
        waiting = waiting.for_user(actor)
    ids = list(
        waiting.exclude(recipient="", channel=EMAIL).order_by("pk").values_list("pk", flat=True)
    )
    rules = load_rules(run.company, as_of=run.as_of)
    counts = SendCounts()
    for number, pk in enumerate(ids, start=1):
        try:
            notice = make_letter(notice_id=pk, as_of=as_of, actor=actor, rules=rules)
        except Exception as error:
            log.exception("letter not made", extra={"notice": pk})
            counts.failed.append({"notice": pk, "reason": _name_of(error)})
            continue
        if notice.state == STATES.EXCLUDED:
            counts.dropped += 1
        else:
            counts.made += 1
        if number % 20 == 0 or number == len(ids):
            report(number, len(ids))
    close_run_when_done(run.pk)
    return counts


def _name_of(error: Exception) -> str:
    return error.code if isinstance(error, CreditError) else type(error).__name__


@transaction.atomic
def make_letter(*, notice_id: int, as_of: date, actor: Any, rules: Rules) -> DunningNotice:
    """Approve a proposed letter, check it against today's facts, and hand it to the outbox.

    The level of its items and the message come into being together, or not at all. A letter that
    was made already is returned as it is.
    """
    notice = lock_row(DunningNotice, notice_id)
    if notice.state in (STATES.APPROVED, STATES.SENT, STATES.DELIVERED):
        return notice
    before = notice.state
    NOTICE.transition(notice.state, "approve")
    if notice.channel == EMAIL and not notice.recipient:
        raise NoAddress(_("This customer has no e-mail address for letters; add a contact."))
    kept = _refresh_items(notice, rules)
    if not any(item.raised for item in kept):
        return _drop_letter(notice, actor=actor, as_of=as_of)
    notice.state = NOTICE.next(before, "approve")
    notice.approved_by = actor if getattr(actor, "pk", None) else None
    items = list_letter_items(kept)
    letter = compose_letter(notice, items)
    notice.pdf = letter.render()
    notice.pdf_sha256 = hashlib.sha256(notice.pdf).hexdigest()
    if notice.channel == EMAIL:
        notice.message = put_message(
            key=f"dunning:{notice.key}",
            recipient=notice.recipient,
            recipient_name=notice.recipient_name,
            subject=letter.subject,
            body=letter.text,
            language=notice.language,
            attachment=notice.pdf,
            attachment_name=letter.file_name,
            attachment_type="application/pdf",
            customer_id=notice.customer_id,
        )
        _count_levels(kept, as_of=as_of)
    notice.save()
    record_event(
        "collection.notice.approved",
        actor=actor,
        subject=notice,
        customer_id=notice.customer_id,
        as_of=as_of,
        before={"state": before},
        after={
            "state": notice.state,
            "level": notice.level,
            "total": notice.total,
            "currency": notice.currency,
            "items": len(kept),
            "pdf_sha256": notice.pdf_sha256,
        },
    )
    return notice


def _refresh_items(notice: DunningNotice, rules: Rules) -> list[NoticeItem]:
    """Take off the letter what is no longer to be dunned, and state what is open now."""
    items = list(
        notice.items.filter(cancelled=False)
        .select_related("due_line__invoice")
        .order_by("due_date", "due_line_id")
    )
    lock_rows(DueLine, [item.due_line_id for item in items])
    plans = plan_customer(notice.customer, notice.company, as_of=notice.as_of, rules=rules)
    planned = {
        plan.id: (plan.level, plan.amount)
        for of_currency in plans.values()
        if of_currency.letter
        for plan in of_currency.items
        if plan.id in of_currency.letter.items
    }
    kept = []
    for item in items:
        level, amount = planned.get(str(item.due_line_id), (0, Decimal(0)))
        if level != item.level:
            item.cancelled = True
            item.save(update_fields=["cancelled"])
            continue
        if amount != item.open_amount:
            item.open_amount = amount
            item.save(update_fields=["open_amount"])
        kept.append(item)
    if kept:
        _restate(notice, kept, rules)
    return kept


def _restate(notice: DunningNotice, kept: list[NoticeItem], rules: Rules) -> None:
    """Bring level, total and deadline of the letter in line with the items that are left."""
    sums: dict[str, Decimal] = {}
    for item in kept:
        currency = item.due_line.currency
        sums[currency] = sums.get(currency, Decimal(0)) + item.open_amount
    base = notice.company.base_currency
    if len(sums) == 1:
        [(notice.currency, notice.total)] = sums.items()
    else:
        notice.currency = base
        notice.total = sum(
            (convert(amount, rules.rates[code], base) for code, amount in sums.items()), Decimal(0)
        )
    highest = max(item.level for item in kept)
    if highest != notice.level:
        code = choose_procedure(notice.customer, notice.company, as_of=notice.as_of, rules=rules)
        step = rules.procedures[code].rule.level(highest)
        notice.level, notice.is_final = highest, step.is_final
        notice.with_interest, notice.channel = step.has_interest, step.channel.value
        notice.deadline = deadline_of(notice.as_of, step.deadline_days, rules.calendar)


def _drop_letter(notice: DunningNotice, *, actor: Any, as_of: date) -> DunningNotice:
    before = notice.state
    notice.state = NOTICE.next(notice.state, "exclude")
    notice.exclude_reason = DunningNotice.ExcludeReason.SETTLED_MEANWHILE
    notice.save(update_fields=["state", "exclude_reason"])
    notice.items.update(cancelled=True)
    if notice.run_id:
        close_run_when_done(notice.run_id)
    record_event(
        "collection.notice.dropped",
        actor=actor,
        subject=notice,
        customer_id=notice.customer_id,
        as_of=as_of,
        before={"state": before},
        after={"state": notice.state, "reason": notice.exclude_reason},
    )
    return notice


def _count_levels(kept: list[NoticeItem], *, as_of: date) -> None:
    """Write the reached level on the due lines: from here on it counts."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            update receivables_dueline l
            set dunning_level = greatest(l.dunning_level, i.level), last_dunned_on = %s
            from unnest(%s::bigint[], %s::int[]) as i(id, level) where l.id = i.id
            """,
            [as_of, [item.due_line_id for item in kept], [item.level for item in kept]],
        )


def list_letter_items(items: list[NoticeItem]) -> list[LetterItem]:
    """Return items as the letter states them."""
    return [
        LetterItem(
            number=item.due_line.invoice.number,
            doc_date=item.due_line.invoice.doc_date,
            due_date=item.due_date,
            days=item.days_past_due,
            level=item.level,
            amount=item.open_amount,
            currency=item.due_line.currency,
        )
        for item in items
    ]


@transaction.atomic
def confirm_posted(*, notice: DunningNotice, as_of: date, actor: Any = None) -> DunningNotice:
    """Note that a printed letter went to the post; from that day its levels count."""
    if actor is not None:
        require(actor, "dunning.prepare")
    notice = lock_row(DunningNotice, notice.pk)
    if notice.message_id:
        raise Conflict(_("This letter goes by e-mail."))
    items = list(notice.items.filter(cancelled=False).order_by("due_line_id"))
    lock_rows(DueLine, [item.due_line_id for item in items])
    before = notice.state
    notice.state = NOTICE.next(notice.state, "send")
    notice.sent_at = timezone.now()
    notice.save(update_fields=["state", "sent_at"])
    _count_levels(items, as_of=as_of)
    if notice.run_id:
        close_run_when_done(notice.run_id)
    record_event(
        "collection.notice.posted",
        actor=actor,
        subject=notice,
        customer_id=notice.customer_id,
        as_of=as_of,
        before={"state": before},
        after={"state": notice.state},
    )
    return notice


def sync_notice_states() -> int:
    """Let notices follow their messages: sent or kept is SENT, refused is FAILED. One statement.

    A message of which nobody knows whether it left keeps its notice APPROVED until a person decides.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with moved as (
                update collection_dunningnotice n
                set state = case when m.state = 'FAILED' then 'FAILED' else 'SENT' end,
                    sent_at = coalesce(m.sent_at, n.sent_at)
                from common_outboxmessage m
                where m.id = n.message_id and (
                    n.state in ('APPROVED', 'FAILED') and m.state in ('SENT', 'KEPT')
                    or n.state in ('APPROVED', 'SENT') and m.state = 'FAILED')
                returning n.run_id)
            select run_id from moved
            """
        )
        runs = [run_id for (run_id,) in cursor.fetchall()]
    for run_id in {run_id for run_id in runs if run_id}:
        close_run_when_done(run_id)
    return len(runs)


def run_actor(actor_id: int | None) -> User | None:
    """Return the person on whose word a job works."""
    return User.objects.filter(pk=actor_id).first() if actor_id else None
