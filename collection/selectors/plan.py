"""Whom to dun: the rule of `collection.domain.dunning` for a whole portfolio, in one statement.

`plan_dunning` decides for one customer in one currency; the statement below decides the same for
all of them at once, row by row identical (`tests/collection/test_plan_twin.py` compares both over
random portfolios). A customer's currencies are planned apart and meet on one letter.

Every overdue line is a row of the temporary table `dunning_plan`:
    excluded      why the line takes no part, or null
    level_after   its level after the run
    listed        whether it stands on a letter, should there be one
    skip          why the customer (in this currency) takes no part, or null
    on_letter     listed, and the customer gets a letter
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from collection.domain.promises import grace_end
from collection.models import PromiseToPay
from collection.selectors.procedures import STANDARD, Procedure, scale_procedure
from common.bulk import fetch_dicts
from common.money import CURRENCIES
from common.workdays import Calendar
from customers.models import Company

_PLAN = """
create temporary table dunning_plan on commit drop as
with promised as (
    select i.due_line_id, max(g.grace_end) as until
    from collection_promiseitem i join collection_promisetopay p on p.id = i.promise_id
    join unnest(%(promise_dates)s::date[], %(grace_ends)s::date[]) as g(promise_date, grace_end)
        on g.promise_date = p.promise_date
    where i.is_open and p.state = 'OPEN' and p.made_on <= %(as_of)s group by i.due_line_id),
line as materialized (
    select l.id, l.customer_id, l.currency, l.due_date, l.open_amount, l.disputed_amount,
        greatest(0, l.open_amount - l.disputed_amount) as undisputed,
        l.dunning_level as level, l.last_dunned_on, l.dunning_blocked_until, promised.until,
        %(as_of)s - l.due_date as days
    from receivables_dueline l left join promised on promised.due_line_id = l.id
    where l.company_id = %(company)s and l.open_amount > 0 and l.due_date < %(as_of)s
        and (%(customers)s::bigint[] is null or l.customer_id = any(%(customers)s))),
owing as materialized (select distinct customer_id from line),
rated as (
    select distinct on (r.customer_id) r.customer_id, r.risk_class
    from scoring_rating r join owing on owing.customer_id = r.customer_id
    where r.as_of <= %(as_of)s order by r.customer_id, r.as_of desc, r.id desc),
classes as (
    select * from unnest(%(classes)s::text[], %(class_codes)s::text[]) as c(risk_class, code)),
pending as (
    select distinct customer_id from collection_dunningnotice
    where company_id = %(company)s and kind = 'DUNNING' and state = 'APPROVED' and message_id is null
        and run_id <> %(run)s),
holder as materialized (
    select c.id as customer_id, c.dunning_blocked_until, c.state,
        pending.customer_id is not null as is_pending,
        coalesce(
            case when a.dunning_procedure = any(%(codes)s) and a.dunning_procedure <> %(standard)s
                then a.dunning_procedure end,
            case when classes.code = any(%(codes)s) then classes.code end, %(standard)s) as code
    from owing join customers_customer c on c.id = owing.customer_id
    left join credit_creditaccount a on a.customer_id = c.id and a.company_id = %(company)s
    left join rated on rated.customer_id = c.id
    left join classes on classes.risk_class = rated.risk_class
    left join pending on pending.customer_id = c.id),
steps as (
    select p.id as procedure_id, p.code, p.min_days_between,
        array_agg(v.min_days_overdue::int order by v.level) as days
    from collection_dunningprocedure p join collection_dunninglevel v on v.procedure_id = p.id
    where p.code = any(%(codes)s) group by p.id),
least as (
    select * from unnest(%(min_codes)s::text[], %(min_currencies)s::text[], %(min_items)s::numeric[],
        %(min_totals)s::numeric[]) as m(code, currency, min_item, min_total)),
credit as (
    select customer_id, currency, sum(amount) as unapplied from (
        select r.customer_id, r.currency, r.unapplied_amount as amount
        from receivables_receipt r join owing on owing.customer_id = r.customer_id
        where r.company_id = %(company)s and r.unapplied_amount > 0
        union all
        select l.customer_id, l.currency, -l.open_amount
        from receivables_dueline l join owing on owing.customer_id = l.customer_id
        where l.company_id = %(company)s and l.open_amount < 0) money
    group by customer_id, currency),
-- a line may stand higher than this procedure goes, from another one: then it is at the top
placed as (
    select line.id, line.customer_id, line.currency, line.due_date, line.open_amount,
        line.disputed_amount, line.undisputed, line.last_dunned_on, line.dunning_blocked_until,
        line.until, line.days, least(line.level, array_length(steps.days, 1)) as level, steps.code,
        steps.procedure_id, steps.days as step_days, steps.min_days_between
    from line join holder on holder.customer_id = line.customer_id
    join steps on steps.code = holder.code),
judged as (
    select line.*, holder.dunning_blocked_until as customer_blocked_until, holder.state,
        holder.is_pending, least.min_total,
        case when line.disputed_amount > 0 and line.undisputed = 0 then 'DISPUTED'
            when line.until >= %(as_of)s then 'PROMISE_OPEN'
            when line.dunning_blocked_until >= %(as_of)s then 'ITEM_BLOCK'
            when line.undisputed < least.min_item then 'BELOW_ITEM_MINIMUM' end as excluded,
        greatest(line.level, least(line.level + 1, width_bucket(line.days, line.step_days))) as aim,
        coalesce(%(as_of)s - line.last_dunned_on < line.min_days_between, false) as is_recent
    from placed as line join holder on holder.customer_id = line.customer_id
    join least on least.code = holder.code and least.currency = line.currency),
levelled as (
    select judged.*, case when excluded is not null or (aim > level and is_recent) then level
        else aim end as level_after from judged),
listed as (
    select levelled.*, excluded is null and level_after > 0 as listed from levelled),
summed as (
    select customer_id, currency, sum(open_amount) as overdue,
        coalesce(bool_or(listed and level_after > level), false) as rises,
        coalesce(sum(undisputed) filter (where listed), 0) as total
    from listed group by customer_id, currency),
decided as (
    select listed.id as due_line_id, listed.customer_id, listed.currency, listed.due_date,
        listed.open_amount, listed.undisputed, listed.days, listed.level, listed.excluded,
        listed.procedure_id, listed.listed, summed.rises, summed.total,
        case when listed.customer_blocked_until >= %(as_of)s then 'CUSTOMER_BLOCK'
            when listed.state = 'INSOLVENT' then 'INSOLVENT'
            when summed.overdue <= coalesce(credit.unapplied, 0) then 'NO_NET_OVERDUE'
            when listed.is_pending then 'NOTICE_PENDING'
            when summed.rises and summed.total < listed.min_total then 'BELOW_CUSTOMER_MINIMUM'
            end as skip, listed.level_after
    from listed join summed using (customer_id, currency)
    left join credit using (customer_id, currency))
select due_line_id, customer_id, currency, due_date, open_amount, undisputed, days, level, excluded,
    procedure_id, skip, listed,
    case when skip is null then level_after else level end::smallint as level_after,
    skip is null and rises and listed as on_letter
from decided
"""


@dataclass(frozen=True, slots=True)
class SkipRow:
    """A customer that gets no letter, or items left off one, with the reason and the amount."""

    customer_id: int
    code: str
    reason: str
    items: int
    amount: Decimal
    currency: str


def make_plan(
    *,
    company: Company,
    run_id: int,
    as_of: date,
    procedures: Mapping[str, Procedure],
    class_procedures: Mapping[str, str],
    rates: Mapping[str, Decimal],
    calendar: Calendar,
    customer_ids: Sequence[int] | None = None,
) -> int:
    """Fill the temporary table `dunning_plan` and return its number of rows. Three statements.

    Must run inside a transaction; the table goes with it.
    """
    promise_dates = list(
        PromiseToPay.objects.filter(company=company, state=PromiseToPay.State.OPEN)
        .order_by()
        .values_list("promise_date", flat=True)
        .distinct()
    )
    smallest = [
        (code, currency, scaled.min_item_amount, scaled.min_customer_total)
        for code, procedure in procedures.items()
        for currency in CURRENCIES
        for scaled in (scale_procedure(procedure.rule, currency, rates),)
    ]
    params: dict[str, Any] = {
        "as_of": as_of,
        "company": company.pk,
        "run": run_id,
        "customers": None if customer_ids is None else list(customer_ids),
        "promise_dates": promise_dates,
        "grace_ends": [grace_end(day, calendar=calendar) for day in promise_dates],
        "classes": list(class_procedures),
        "class_codes": list(class_procedures.values()),
        "codes": list(procedures),
        "standard": STANDARD,
        "min_codes": [row[0] for row in smallest],
        "min_currencies": [row[1] for row in smallest],
        "min_items": [row[2] for row in smallest],
        "min_totals": [row[3] for row in smallest],
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, params)
        rows: int = cursor.rowcount
        cursor.execute("analyze dunning_plan")
    return rows


def drop_plan() -> None:
    """Remove the temporary table before its transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("drop table dunning_plan")


def list_skips() -> list[SkipRow]:
    """Return who gets no letter though overdue, and what was left off letters. One query."""
    rows = fetch_dicts(
        """
        select p.customer_id, c.code, coalesce(p.skip, p.excluded) as reason,
            count(*)::int as items, sum(p.open_amount) as amount, p.currency
        from dunning_plan p join customers_customer c on c.id = p.customer_id
        where p.skip is not null or p.excluded is not null
        group by p.customer_id, c.code, coalesce(p.skip, p.excluded), p.currency
        order by c.code, p.currency, reason
        """
    )
    return [SkipRow(**row) for row in rows]
