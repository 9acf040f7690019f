"""What public lists say of customers on a day, set-wise: the hits that count, nothing else.

The latest clear check of a list counts. An unclear one says nothing, and neither does a match on
the name alone (or its refusal): they leave the one before in force.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from common.bulk import fetch_dicts
from common.dates import add_months
from customers.domain.list_checks import Flag, read_flag

DISHONEST = "DISHONEST_DEBTOR"
LOOK_BACK_MONTHS = 24
INSURER_MONTHS = 6
FORGED, INSURER_WITHDREW = "S06", "S15"


@dataclass(frozen=True, slots=True)
class PublicHit:
    """One public fact against a customer: the override flag it means, since when, and its row.

    `kind` is the list, SIGNAL for a signal. `flag` is a flag of the rating's overrides. `amount`
    is in CNY, None when nobody knows. `removed_on` is the day it was taken off the list: only the
    list of dishonest debtors still weighs after it, how long is the rating's to say.
    """

    customer_id: int
    kind: str
    flag: str
    amount: Decimal | None
    since: date
    removed_on: date | None
    check_id: int | None
    signal_id: int | None = None


_CHECKS = """
    with clear as (
        select c.id, c.customer_id, c.kind, c.result, c.details, c.checked_on, c.listed_on,
            c.removed_on,
            row_number() over newest as place
        from customers_listcheck c
        where c.checked_on <= %(as_of)s {who}
            and (c.result = 'HIT' and c.match in ('EXACT', 'CONFIRMED')
                or c.result = 'NO_HIT' and c.match <> 'NAME_ONLY')
        window newest as (partition by c.customer_id, c.kind order by c.checked_on desc, c.id desc)
    )
    select id, customer_id, kind, details::text as details,
        coalesce(listed_on, checked_on) as since, removed_on
    from clear
    where place = 1 and result = 'HIT'
    union all
    -- A dishonest debtor who is no longer found: taken off at the latest on the first clean look.
    select hit.id, hit.customer_id, hit.kind, hit.details::text,
        coalesce(hit.listed_on, hit.checked_on), coalesce(hit.removed_on, gone.on_day)
    from clear now
    join lateral (
        select * from clear h where h.customer_id = now.customer_id and h.kind = now.kind
            and h.result = 'HIT' order by h.place limit 1) hit on true
    cross join lateral (
        select min(g.checked_on) on_day from clear g where g.customer_id = now.customer_id
            and g.kind = now.kind and g.place < hit.place) gone
    where now.place = 1 and now.result = 'NO_HIT' and now.kind = %(dishonest)s
    order by customer_id, kind
"""

_SIGNALS = """
    select s.id, s.customer_id, s.code, coalesce(proven.on_day, s.raised_on) as since
    from customers_signal s
    left join lateral (
        select min(t.as_of) on_day from customers_signalstep t
        where t.signal_id = s.id and t.target = 'CONFIRMED' and t.as_of <= %(as_of)s) proven on true
    where s.raised_on <= %(as_of)s {who}
        and (s.code = %(forged)s and proven.on_day is not null
            or s.code = %(withdrew)s and s.severity = 'RED' and s.raised_on > %(insurer_from)s
                and not exists (select 1 from customers_signalstep t where t.signal_id = s.id
                    and t.target = 'DISMISSED' and t.as_of <= %(as_of)s))
    order by s.customer_id, s.id
"""


def list_public_hits(
    *, as_of: date, customer_ids: Collection[int] | None = None
) -> list[PublicHit]:
    """Return every public fact that counts on `as_of`, by customer and list. Two queries.

    Without ids: of every customer. A proven forgery counts from its confirmation on and for good;
    an insurer's withdrawal for six months, unless somebody dismissed it.
    """
    params = {
        "as_of": as_of,
        "dishonest": DISHONEST,
        "forged": FORGED,
        "withdrew": INSURER_WITHDREW,
        "insurer_from": add_months(as_of, -INSURER_MONTHS),
        "ids": list(customer_ids or ()),
    }
    who = "" if customer_ids is None else "and {}.customer_id = any(%(ids)s)"
    checks = fetch_dicts(_CHECKS.format(who=who.format("c")), params)
    signals = fetch_dicts(_SIGNALS.format(who=who.format("s")), params)
    found = [_read_check(row, as_of) for row in checks]
    return [hit for hit in found if hit] + [_read_signal(row) for row in signals]


def _read_check(row: dict[str, Any], as_of: date) -> PublicHit | None:
    details = json.loads(row["details"]) or {}
    flag = read_flag(row["kind"], details)
    removed = row["removed_on"] if row["removed_on"] and row["removed_on"] <= as_of else None
    if flag is None or not _is_counted(row["kind"], removed, as_of):
        return None
    return _hit(row, row["kind"], flag, removed, check_id=row["id"])


def _is_counted(kind: str, removed: date | None, as_of: date) -> bool:
    if removed is None:
        return True
    return kind == DISHONEST and as_of < add_months(removed, LOOK_BACK_MONTHS)


def _read_signal(row: dict[str, Any]) -> PublicHit:
    name = "fraud_proven" if row["code"] == FORGED else "insurer_withdrew_cover"
    return _hit(row, "SIGNAL", Flag(name), None, signal_id=row["id"])


def _hit(
    row: dict[str, Any],
    kind: str,
    flag: Flag,
    removed: date | None,
    *,
    check_id: int | None = None,
    signal_id: int | None = None,
) -> PublicHit:
    return PublicHit(
        customer_id=row["customer_id"],
        kind=kind,
        flag=flag.name,
        amount=flag.amount,
        since=row["since"],
        removed_on=removed,
        check_id=check_id,
        signal_id=signal_id,
    )
