"""Dunning runs: prepared in one transaction, decided by people, never twice for one day.

Preparing stores proposals only. A level counts when its letter is approved and handed over
(`collection.services.sending`); a proposal that a later run replaces, or that a person leaves out,
gives its items free again.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from collection.domain.states import NOTICE
from collection.models import DunningLevel, DunningNotice, DunningRun, NoticeItem
from collection.selectors import (
    Rules,
    drop_plan,
    get_calendar,
    get_class_procedures,
    get_rates,
    list_procedures,
    list_skips,
    make_plan,
)
from common import queue
from common.bulk import fetch_dicts
from common.errors import Conflict, InvalidInput
from common.events import record_event
from common.jsonable import to_jsonable
from common.locks import lock_row, lock_rows
from common.models import Job
from common.money import minor_units
from common.policies import PolicyMissing, get_policy
from common.workdays import Calendar, Convention
from customers.models import Company
from users.permissions import require

SEND_KIND = "collection.send_run"
DEFAULT_AUTO_LEVEL = 2
PROPOSED = DunningNotice.State.PROPOSED


class LaterRunExists(Conflict):
    """A run of a later day is there already; an earlier one would propose what it proposed."""

    code = "LATER_RUN_EXISTS"


class NothingToApprove(Conflict):
    """No proposed letter of this run waits for this decision."""

    code = "NOTHING_TO_APPROVE"


@dataclass(frozen=True, slots=True)
class RunApproval:
    """What an approval let go, and what it left: final letters, letters without an address."""

    letters: int
    totals: dict[str, Decimal]
    final_left: int
    without_address: int


def load_rules(company: Company, *, as_of: date) -> Rules:
    """Return what letters of that day are decided by. Five queries."""
    return Rules(
        procedures=list_procedures(),
        class_procedures=get_class_procedures(as_of=as_of),
        rates=get_rates(base=company.base_currency, as_of=as_of),
        calendar=get_calendar(company.calendar),
    )


@transaction.atomic
def prepare_dunning_run(*, company: Company, as_of: date, actor: Any = None) -> DunningRun:
    """Propose the letters of one day. Repeating it returns the run that is there, unchanged.

    Proposals of earlier days that nobody decided are replaced. Raises LaterRunExists.
    """
    if actor is not None:
        require(actor, "dunning.prepare")
    run, created = DunningRun.objects.get_or_create(
        company=company,
        as_of=as_of,
        defaults={"prepared_by": actor if getattr(actor, "pk", None) else None},
    )
    if not created:
        return run
    if DunningRun.objects.filter(company=company, as_of__gt=as_of).exists():
        raise LaterRunExists(_("There is a run of a later day; runs go forward in time."))
    replaced = _replace_older_proposals(run)
    _store_proposals(run, load_rules(company, as_of=as_of))
    run.counts = _count_run(run) | {"replaced": replaced}
    run.skipped = [to_jsonable(row) for row in list_skips()]
    drop_plan()
    if not run.counts["letters"]:
        run.state = DunningRun.State.SENT
    run.save(update_fields=["counts", "skipped", "state"])
    record_event(
        "collection.dunning_run.prepared",
        actor=actor,
        subject=run,
        as_of=as_of,
        after=run.counts,
    )
    return run


def _replace_older_proposals(run: DunningRun) -> int:
    found = DunningNotice.objects.filter(
        company=run.company, run__as_of__lt=run.as_of, state=PROPOSED
    )
    # Whoever approves a letter holds its row: under the lock it is still a proposal, or was sent.
    locked = lock_rows(DunningNotice, found.values_list("pk", flat=True))
    old = [notice for notice in locked if notice.state == PROPOSED]
    if not old:
        return 0
    ids = [notice.pk for notice in old]
    NoticeItem.objects.filter(notice__in=ids).update(cancelled=True)
    DunningNotice.objects.filter(pk__in=ids).update(
        state=NOTICE.next(PROPOSED, "exclude"),
        exclude_reason=DunningNotice.ExcludeReason.SUPERSEDED,
    )
    for run_id in {notice.run_id for notice in old if notice.run_id}:
        close_run_when_done(run_id)
    return len(ids)


def _store_proposals(run: DunningRun, rules: Rules) -> None:
    make_plan(
        company=run.company,
        run_id=run.pk,
        as_of=run.as_of,
        procedures=rules.procedures,
        class_procedures=rules.class_procedures,
        rates=rules.rates,
        calendar=rules.calendar,
    )
    params = _letter_params(run, rules)
    with connection.cursor() as cursor:
        cursor.execute(_SKIP_WITHOUT_RATE, params)
        cursor.execute(_INSERT_NOTICES, params)
        cursor.execute(_INSERT_ITEMS, params)


def _letter_params(run: DunningRun, rules: Rules) -> dict[str, Any]:
    company = run.company
    days = DunningLevel.objects.order_by().values_list("deadline_days", flat=True).distinct()
    deadlines = {n: deadline_of(run.as_of, n, rules.calendar) for n in days}
    languages = [code for code, _name in settings.LANGUAGES]
    return {
        "run": run.pk,
        "company": company.pk,
        "company_code": company.code,
        "as_of": run.as_of,
        "base": company.base_currency,
        "digits": minor_units(company.base_currency),
        "currencies": list(rules.rates),
        "rates": list(rules.rates.values()),
        "deadline_days": list(deadlines),
        "deadlines": list(deadlines.values()),
        "languages": languages,
        "language": company.language if company.language in languages else languages[0],
    }


def deadline_of(as_of: date, days: int, calendar: Calendar) -> date:
    """Return the last day to pay: a working day, for a period never ends on a free one."""
    return calendar.adjust(date.fromordinal(as_of.toordinal() + days), Convention.FOLLOWING)


_SKIP_WITHOUT_RATE = """
with several as (
    select customer_id from dunning_plan where on_letter
    group by customer_id having count(distinct currency) > 1),
blind as (
    select distinct p.customer_id from dunning_plan p join several using (customer_id)
    where p.on_letter and p.currency <> all(%(currencies)s))
update dunning_plan p set skip = 'RATE_MISSING', on_letter = false, level_after = level
from blind where blind.customer_id = p.customer_id and p.skip is null
"""
_INSERT_NOTICES = """
with money as (
    select customer_id, currency, sum(undisputed) as amount
    from dunning_plan where on_letter group by customer_id, currency),
rate as (
    select * from unnest(%(currencies)s::text[], %(rates)s::numeric[]) as r(currency, rate)),
letter as (
    select customer_id, min(procedure_id) as procedure_id, max(level_after) as level
    from dunning_plan where on_letter group by customer_id),
total as (
    select money.customer_id, count(*) as currencies,
        case when count(*) = 1 then min(money.currency) else %(base)s end as currency,
        case when count(*) = 1 then min(money.amount)
            else sum(round(money.amount * rate.rate, %(digits)s)) end as amount
    from money left join rate using (currency) group by money.customer_id),
person as (
    select distinct on (t.customer_id) t.customer_id, t.email, t.name
    from customers_contact t join letter using (customer_id)
    where t.email <> '' and t.role in ('ACCOUNTS_PAYABLE', 'FINANCE_HEAD')
    order by t.customer_id, t.role, t.id),
due as (
    select * from unnest(%(deadline_days)s::int[], %(deadlines)s::date[]) as d(days, deadline))
insert into collection_dunningnotice (run_id, kind, key, company_id, customer_id, as_of, level,
    is_final, language, currency, total, fees, interest, with_interest, deadline, channel,
    recipient, recipient_name, state, exclude_reason, exclude_note, pdf_sha256, created_at)
select %(run)s, 'DUNNING', %(company_code)s || ':' || c.code || ':' || %(as_of)s::date, %(company)s,
    c.id, %(as_of)s, letter.level, v.is_final,
    case when c.language = any(%(languages)s) then c.language else %(language)s end,
    total.currency, total.amount,
    case when total.currency = %(base)s or v.fee = 0 then v.fee
        else coalesce(round(v.fee / rate.rate, 2), v.fee) end,
    0, v.with_interest, due.deadline, v.channel,
    coalesce(person.email, c.email), coalesce(person.name, ''), 'PROPOSED', '', '', '', now()
from letter join customers_customer c on c.id = letter.customer_id
join total on total.customer_id = c.id
join collection_dunninglevel v on v.procedure_id = letter.procedure_id and v.level = letter.level
join due on due.days = v.deadline_days
left join rate on rate.currency = total.currency
left join person on person.customer_id = c.id
order by c.id
"""
_INSERT_ITEMS = """
insert into collection_noticeitem (notice_id, due_line_id, kind, level, previous_level, raised,
    days_past_due, open_amount, due_date, cancelled)
select n.id, p.due_line_id, 'DUNNING', p.level_after, p.level, p.level_after > p.level, p.days,
    p.undisputed, p.due_date, false
from dunning_plan p
join collection_dunningnotice n on n.run_id = %(run)s and n.customer_id = p.customer_id
where p.on_letter order by p.due_line_id
"""


def _count_run(run: DunningRun) -> dict[str, Any]:
    levels = fetch_dicts(
        """
        select level, count(*)::int as letters from collection_dunningnotice
        where run_id = %s group by level order by level
        """,
        [run.pk],
    )
    items = fetch_dicts(
        """
        select currency, count(*)::int as items, sum(undisputed) as amount,
            count(*) filter (where level_after > level)::int as raised
        from dunning_plan where on_letter group by currency order by currency
        """
    )
    return {
        "letters": sum(row["letters"] for row in levels),
        "levels": {str(row["level"]): row["letters"] for row in levels},
        "items": sum(row["items"] for row in items),
        "raised": sum(row["raised"] for row in items),
        "totals": {row["currency"]: to_jsonable(row["amount"]) for row in items},
    }


@transaction.atomic
def exclude_notice(
    *, notice: DunningNotice, reason: str, as_of: date, actor: Any = None, note: str = ""
) -> DunningNotice:
    """Leave one proposed letter out, saying why. Its items may be proposed again by a later run."""
    if actor is not None:
        require(actor, "dunning.prepare")
    chosen = [DunningNotice.ExcludeReason(code) for code in EXCLUDE_REASONS]
    if reason not in chosen:
        raise InvalidInput(_("Choose why this letter is left out."), field="reason", value=reason)
    if reason == DunningNotice.ExcludeReason.OTHER and not note.strip():
        raise InvalidInput(_("Say in a few words why."), field="note")
    notice = lock_row(DunningNotice, notice.pk)
    before = notice.state
    notice.state = NOTICE.next(notice.state, "exclude")
    notice.exclude_reason = reason
    notice.exclude_note = note.strip()[:300]
    notice.save(update_fields=["state", "exclude_reason", "exclude_note"])
    notice.items.update(cancelled=True)
    if notice.run_id:
        close_run_when_done(notice.run_id)
    record_event(
        "collection.notice.excluded",
        actor=actor,
        subject=notice,
        customer_id=notice.customer_id,
        as_of=as_of,
        before={"state": before},
        after={"state": notice.state, "reason": reason},
        reason=note or reason,
    )
    return notice


EXCLUDE_REASONS = ("PAYMENT_COMING", "CONTACTED", "CONTESTED", "OUR_MISTAKE", "OTHER")
"""Reasons a person may give; the others are the system's."""


@transaction.atomic
def approve_run(
    *, run: DunningRun, as_of: date, actor: Any = None, max_level: int | None = None
) -> RunApproval:
    """Let the proposed letters of a run go, final ones excepted: those are approved one by one.

    A job then makes each letter in a transaction of its own, after looking at the facts again. With
    `max_level` only letters up to that level go. Raises NothingToApprove, for a person.
    """
    if actor is not None:
        require(actor, "dunning.approve")
    run = lock_row(DunningRun, run.pk)
    waiting = DunningNotice.objects.filter(run=run, state=PROPOSED)
    if actor is not None:
        waiting = waiting.for_user(actor)
    wanted = waiting.filter(is_final=False)
    if max_level is not None:
        wanted = wanted.filter(level__lte=max_level)
    rows = list(
        wanted.order_by("pk").values_list("pk", "currency", "total", "recipient", "channel")
    )
    ready = [row for row in rows if row[3] or row[4] != "EMAIL"]
    totals: dict[str, Decimal] = {}
    for _pk, currency, total, _recipient, _channel in ready:
        totals[currency] = totals.get(currency, Decimal(0)) + total
    approval = RunApproval(
        len(ready), totals, waiting.filter(is_final=True).count(), len(rows) - len(ready)
    )
    if not ready:
        if actor is not None:
            raise NothingToApprove(_("No letter of this run waits for approval."))
        return approval
    queue.enqueue(
        SEND_KIND,
        key=f"dunning-run:{run.pk}:{ready[0][0]}-{ready[-1][0]}:{max_level or 9}:{_next_turn(run)}",
        payload={
            "run_id": run.pk,
            "last_id": ready[-1][0],
            "max_level": max_level or 9,
            "actor_id": getattr(actor, "pk", None),
            "as_of": as_of.isoformat(),
        },
        actor=actor,
    )
    run.state = DunningRun.State.APPROVED
    run.approved_by = actor if getattr(actor, "pk", None) else run.approved_by
    run.save(update_fields=["state", "approved_by"])
    record_event(
        "collection.dunning_run.approved",
        actor=actor,
        subject=run,
        as_of=as_of,
        after={"letters": approval.letters, "totals": totals, "max_level": max_level},
    )
    return approval


def _next_turn(run: DunningRun) -> int:
    """Return how many sendings of this run are over: letters that failed may be approved again.

    Asked under the run's lock; while a sending waits or works, the same approval is that sending.
    """
    live = [Job.State.WAITING, Job.State.RUNNING]
    over = Job.objects.filter(kind=SEND_KIND, key__startswith=f"dunning-run:{run.pk}:")
    return over.exclude(state__in=live).count()


def auto_send_level(*, as_of: date) -> int:
    """Return up to which level letters leave without a person's word, by policy; 0 for none."""
    try:
        body = get_policy("DUNNING", as_of=as_of).body
    except PolicyMissing:
        return DEFAULT_AUTO_LEVEL
    return int(body.get("auto_send_max_level", DEFAULT_AUTO_LEVEL))


def close_run_when_done(run_id: int) -> None:
    """Mark a run as sent when none of its letters waits for a decision or for its sending."""
    open_states = [PROPOSED, DunningNotice.State.APPROVED]
    if not DunningNotice.objects.filter(run=run_id, state__in=open_states).exists():
        DunningRun.objects.filter(pk=run_id).update(state=DunningRun.State.SENT)
