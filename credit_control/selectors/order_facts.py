"""The facts of an order check, gathered under the account's lock in a few statements."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from common.bulk import fetch_dicts
from common.policies import PolicyMissing
from credit_control.domain.class_policy import NO_RATING
from credit_control.domain.order_check import (
    ExpectedReceipt,
    OrderCheckPolicy,
    OrderFacts,
    OrderTerms,
    OverdueItem,
    Signal,
    read_order_check_policy,
)
from credit_control.models import CreditAccount, CreditLimit
from credit_control.selectors.exposure import (
    Exposure,
    Held,
    LimitInForce,
    build_exposure,
    build_limit,
)
from credit_control.selectors.groups import list_group_facts
from credit_control.selectors.rates import Rates, rates_for
from customers.models import PaymentTerm
from receivables.selectors import ExposureParts, get_exposure_parts, list_open_items
from scoring.models import Rating
from scoring.selectors import get_current_ratings, get_effective_class

BROKEN_PROMISE = "collection.promise.broken"
"""The event by which the collection app, which lies above, tells of a broken promise."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The order asked about, as it was given."""

    order_no: str
    version: int
    amount: Decimal
    currency: str
    ship_date: date
    term: PaymentTerm | None


@dataclass(frozen=True, slots=True)
class Replaced:
    """A live reservation of the same order, which a new answer takes the place of."""

    id: int
    version: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a decision is made of and that is stored beside it."""

    facts: OrderFacts
    policy: OrderCheckPolicy
    exposure: Exposure
    limit: LimitInForce
    rating: Rating | None
    order_id: int | None
    replaced: Replaced | None
    stored_check_id: int | None
    policy_ids: dict[str, int]
    limit_value: Decimal | None


_ROW = """
    select a.currency, a.next_review_date, t.id as term_id, t.rank as term_rank,
        t.days as term_days, c.state as customer_state, c.group_id, k.id as check_id,
        o.id as order_id, old.id as old_id, old.order_version as old_version,
        l.ids, l.kinds, l.amounts, l.states, l.starts, l.ends,
        held.dates as held_dates, held.amounts as held_amounts, held.counts as held_counts,
        broken.days as broken_days, news.severities, policies.bodies
    from credit_creditaccount a
    join customers_customer c on c.id = a.customer_id
    left join customers_paymentterm t on t.id = coalesce(a.payment_term_id, c.payment_term_id)
    left join credit_ordercheck k on k.key = %(key)s
    left join receivables_order o on %(order_no)s <> '' and o.company_id = a.company_id
        and o.order_no = %(order_no)s and o.customer_id = a.customer_id
    left join lateral (
        select r.id, h.order_version from credit_reservation r
        join credit_ordercheck h on h.id = r.check_row_id
        where r.account_id = a.id and r.state = 'ACTIVE' and %(order_no)s <> ''
            and r.order_no = %(order_no)s limit 1) old on true
    left join lateral (
        select array_agg(id order by id) ids, array_agg(kind::text order by id) kinds,
            array_agg(amount order by id) amounts, array_agg(state::text order by id) states,
            array_agg(valid_from order by id) starts, array_agg(valid_to order by id) ends
        from credit_creditlimit
        where account_id = a.id and state in ('ACTIVE', 'SUSPENDED', 'EXPIRED')) l on true
    left join lateral (
        select array_agg(ship_date) dates, array_agg(amount) amounts, array_agg(count) counts
        from (select ship_date, sum(limit_amount) as amount, count(*) as count
            from credit_reservation
            where account_id = a.id and state = 'ACTIVE' and not (order_no = any(%(counted)s))
            group by ship_date) days) held on true
    left join lateral (
        select array_agg(e.as_of) days from common_event e
        where e.customer_id = a.customer_id and e.code = %(broken_code)s
            and e.as_of > %(promises_from)s and e.as_of <= %(as_of)s) broken on true
    left join lateral (
        select array_agg(distinct s.severity::text) severities from customers_signal s
        where s.customer_id = a.customer_id and s.raised_on <= %(as_of)s
            and s.severity in ('RED', 'AMBER')
            and s.state in ('RAISED', 'ASSIGNED', 'CONFIRMED', 'ACTIONED')) news on true
    cross join lateral (
        select json_object_agg(kind, json_build_object('id', id, 'body', body))::text bodies
        from (select distinct on (kind) kind, id, body from common_policyversion
            where kind in ('ORDER_CHECK', 'RISK_CLASSES') and state = 'APPROVED'
                and valid_from <= %(as_of)s and (valid_to is null or valid_to > %(as_of)s)
            order by kind, valid_from desc, version desc) p) policies
    where a.id = %(account)s
"""


def gather(*, account: CreditAccount, asked: Asked, key: str, as_of: date) -> Gathered:
    """Gather the facts of one order. Three queries; more only with a group or foreign currency.

    Who decides calls it under the lock of the account; a dry run reads without.
    """
    parts = get_exposure_parts(
        customer_id=account.customer_id, company_id=account.company_id, as_of=as_of
    )
    row = _read_row(account.pk, asked, key, parts, as_of)
    ratings = get_current_ratings(customer_ids=[account.customer_id], as_of=as_of)
    rating = ratings.get(account.customer_id)
    currency = row["currency"]
    rates = rates_for({*parts.currencies, asked.currency}, currency, as_of=as_of)
    held = [
        Held(*h)
        for h in zip(*_arrays(row, "held_dates", "held_amounts", "held_counts"), strict=True)
    ]
    exposure = build_exposure(
        parts, held, rates, currency, as_of=as_of, exclude_order=asked.order_no
    )
    limit = build_limit(_limits(row, account), currency, on=as_of)
    policies = _policies(row["bodies"])
    value = rates.convert(asked.amount, asked.currency, currency)
    failures = sorted(
        {f"RATE {code}" for code in exposure.missing_rates}
        | ({f"RATE {asked.currency}"} if value is None else set())
    )
    facts = OrderFacts(
        as_of=as_of,
        order=_order_terms(asked, value, row),
        exposure=exposure.facts,
        customer_state=row["customer_state"],
        limit_total=limit.facts_total,
        limit_unsecured=limit.unsecured,
        limit_valid_through=limit.valid_through,
        temporary_room=limit.temporary_room,
        next_review=row["next_review_date"],
        risk_class=_risk_class(rating, as_of),
        rating_valid_through=rating.valid_to - timedelta(days=1) if rating else None,
        approved_term_rank=row["term_rank"] or 0,
        approved_term_days=row["term_days"],
        dunning_level=max((item.dunning_level for item in parts.overdue), default=0),
        broken_promises=len(row["broken_days"] or ()),
        broken_promise_dates=tuple(row["broken_days"] or ()),
        worst_signal=_worst_signal(row["severities"]),
        receivables_total=exposure.receivables_total,
        overdue_items=_overdue(parts, rates, currency),
        rate_age_days=exposure.rate_age_days,
        technical_failures=tuple(failures),
    )
    policy = _policy(policies, rating, as_of)
    if row["group_id"] and not failures:
        facts = replace(
            facts,
            groups=list_group_facts(
                customer_id=account.customer_id,
                group_id=row["group_id"],
                company_id=account.company_id,
                own_gross=exposure.gross,
                own_currency=currency,
                as_of=as_of,
            ),
        )
    return Gathered(
        facts=facts,
        policy=policy,
        exposure=exposure,
        limit=limit,
        rating=rating,
        order_id=row["order_id"],
        replaced=Replaced(row["old_id"], row["old_version"]) if row["old_id"] else None,
        stored_check_id=row["check_id"],
        policy_ids={kind: entry["id"] for kind, entry in policies.items()},
        limit_value=value,
    )


def add_expected_receipts(gathered: Gathered, account: CreditAccount) -> OrderFacts:
    """Return the facts with the money that should come in: what falls due after the day.

    Only a blocked order needs it, to say from which day on it would pass. One query.
    """
    facts, currency = gathered.facts, gathered.exposure.currency
    items = list_open_items(
        as_of=facts.as_of,
        customer_ids=[account.customer_id],
        company_id=account.company_id,
        currency=currency,
        due_from=facts.as_of + timedelta(days=1),
    )
    expected = tuple(
        ExpectedReceipt(item.due_date, item.open_amount - item.disputed_amount)
        for item in items
        if item.due_date and item.open_amount > item.disputed_amount
    )
    return replace(facts, expected_receipts=expected)


def _read_row(
    account_id: int, asked: Asked, key: str, parts: ExposureParts, as_of: date
) -> dict[str, Any]:
    # The order asked about counts neither as a document nor as a reservation: it is the question.
    counted = [order.order_no for order in parts.orders]
    rows = fetch_dicts(
        _ROW,
        {
            "account": account_id,
            "key": key,
            "order_no": asked.order_no,
            "counted": counted + ([asked.order_no] if asked.order_no else []),
            "as_of": as_of,
            "broken_code": BROKEN_PROMISE,
            "promises_from": as_of - timedelta(days=OrderCheckPolicy().broken_promise_days),
        },
    )
    return rows[0]


def _worst_signal(severities: list[str] | None) -> Signal:
    """Return what rule R16 sees: the worst open signal that stops or warns."""
    found = severities or []
    return Signal.RED if "RED" in found else Signal.AMBER if found else Signal.NONE


def _arrays(row: Mapping[str, Any], *names: str) -> list[list[Any]]:
    return [row[name] or [] for name in names]


def _limits(row: Mapping[str, Any], account: CreditAccount) -> list[CreditLimit]:
    names = ("id", "kind", "amount", "state", "valid_from", "valid_to")
    columns = _arrays(row, "ids", "kinds", "amounts", "states", "starts", "ends")
    return [
        CreditLimit(account_id=account.pk, **dict(zip(names, values, strict=True)))
        for values in zip(*columns, strict=True)
    ]


def _policies(bodies: str | None) -> dict[str, dict[str, Any]]:
    policies: dict[str, dict[str, Any]] = json.loads(bodies) if bodies else {}
    for kind in ("ORDER_CHECK", "RISK_CLASSES"):
        if kind not in policies:
            raise PolicyMissing(kind, kind=kind)
    return policies


def _policy(
    policies: Mapping[str, Mapping[str, Any]], rating: Rating | None, as_of: date
) -> OrderCheckPolicy:
    """Resolve the thresholds; a customer without a rating is judged as the worst class but one."""
    classes = policies["RISK_CLASSES"]["body"]
    own = classes[get_effective_class(rating, as_of=as_of) if rating else str(NO_RATING)]
    return read_order_check_policy(
        policies["ORDER_CHECK"]["body"], max_overdue_days=own["max_overdue_days"]
    )


def _risk_class(rating: Rating | None, as_of: date) -> int | str | None:
    """Return the class that counts on the day: an expired rating counts a letter less (9.6)."""
    if rating is None:
        return None
    found = get_effective_class(rating, as_of=as_of)
    return "D" if found == "D" else int(found)


def _order_terms(asked: Asked, value: Decimal | None, row: Mapping[str, Any]) -> OrderTerms:
    """The order's own term, or the approved one where it names none."""
    rank = asked.term.rank if asked.term else row["term_rank"] or 0
    days = asked.term.days if asked.term else row["term_days"] or 0
    return OrderTerms(
        value=asked.amount if value is None else value,
        ship_date=asked.ship_date,
        term_rank=rank,
        term_days=days,
    )


def _overdue(parts: ExposureParts, rates: Rates, currency: str) -> tuple[OverdueItem, ...]:
    """Overdue items in the limit's currency; one contested in part counts with the rest of it."""
    found = []
    for item in parts.overdue:
        clean = item.open_amount - item.disputed_amount
        is_disputed = clean <= 0
        amount = rates.convert(item.open_amount if is_disputed else clean, item.currency, currency)
        if amount is not None:
            found.append(
                OverdueItem(item.number, amount, item.days, is_disputed, item.dunning_level)
            )
    return tuple(found)
