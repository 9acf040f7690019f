"""Who falls together with whom: one tree of groups, one family of parents, one risk group."""

from dataclasses import dataclass
from datetime import date

from common.bulk import fetch_dicts


@dataclass(frozen=True, slots=True)
class Contagion:
    """An open red signal of one customer, told to another who belongs with him."""

    customer_id: int
    member_id: int
    member_code: str
    signal_id: int
    code: str
    circle: str
    circle_kind: str


_SQL = """
    with recursive red as (
        select s.id, s.code, s.customer_id, c.code as customer_code, c.group_id, c.parent_id
        from customers_signal s
        join customers_customer c on c.id = s.customer_id
        where s.severity = 'RED' and s.code <> 'S29' and s.raised_on <= %(as_of)s
            and s.state in ('RAISED', 'ASSIGNED', 'CONFIRMED', 'ACTIONED')
    ), up as (
        select g.id as start, g.id, g.parent_id, g.code from customers_customergroup g
        where g.id in (select group_id from red)
        union all
        select up.start, g.id, g.parent_id, g.code from up
        join customers_customergroup g on g.id = up.parent_id
    ), root as (
        select start, id, code from up where parent_id is null
    ), down as (
        select id as root, id, code from root
        union
        select down.root, g.id, down.code from down
        join customers_customergroup g on g.parent_id = down.id
    ), told as (
        select c.id as customer_id, r.id as signal_id, d.code as circle, 'GROUP' as circle_kind
        from red r join root on root.start = r.group_id
        join down d on d.root = root.id
        join customers_customer c on c.group_id = d.id
        union
        select c.id, r.id, r.customer_code, 'PARENT'
        from red r join customers_customer c on c.parent_id = r.customer_id
        union
        select r.parent_id, r.id, r.customer_code, 'PARENT' from red r where r.parent_id is not null
        union
        select o.customer_id, r.id, g.code, 'RISK_GROUP'
        from red r
        join customers_riskgroupmember m on m.customer_id = r.customer_id
            and m.valid_from <= %(as_of)s and (m.valid_to is null or m.valid_to > %(as_of)s)
        join customers_riskgroup g on g.id = m.group_id
        join customers_riskgroupmember o on o.group_id = m.group_id
            and o.valid_from <= %(as_of)s and (o.valid_to is null or o.valid_to > %(as_of)s)
    )
    select distinct on (t.customer_id, r.customer_id) t.customer_id, r.customer_id as member_id,
        r.customer_code as member_code, r.id as signal_id, r.code, t.circle, t.circle_kind
    from told t join red r on r.id = t.signal_id
    join customers_customer c on c.id = t.customer_id and c.state not in ('INACTIVE', 'ARCHIVED')
    where t.customer_id <> r.customer_id
    order by t.customer_id, r.customer_id, r.id, t.circle_kind
"""


def list_contagion(*, as_of: date) -> list[Contagion]:
    """Return each customer in red beside everybody who belongs with him, by his oldest open red signal.

    One query. A signal that itself only tells of another member is not passed on.
    """
    return [Contagion(**row) for row in fetch_dicts(_SQL, {"as_of": as_of})]
