"""The order check: may this order ship on credit? One answer, stored with the facts it saw.

All that decides happens in one transaction that holds the account's lock (and its groups'): facts
are read anew, the pure rule decides, and a reservation is written, so that two orders at once can
never use the same headroom. The same order in the same version gets the stored answer.
"""

import hashlib
import logging
import uuid
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput, StaleVersion
from common.events import record_event
from common.jsonable import to_jsonable
from common.money import minor_units, round_money
from credit_control.domain.order_check import Decision, Outcome, Remedy, RuleCode, decide
from credit_control.domain.order_facts import Result
from credit_control.domain.order_rules import RuleResult
from credit_control.domain.remedies import find_remedies
from credit_control.models import CreditAccount, OrderCheck
from credit_control.selectors.order_facts import Asked, Gathered, add_expected_receipts, gather
from credit_control.services.accounts import get_or_create_account
from credit_control.services.check_rows import CheckRow, insert_check
from credit_control.services.locking import lock_accounts
from customers.models import Company, Customer, PaymentTerm
from receivables.models import Order
from receivables.services import set_order_credit_status
from users.permissions import require

log = logging.getLogger(__name__)

LOCK_NOT_AVAILABLE = "55P03"
KEY_LENGTH = 160


class StaleOrderVersion(StaleVersion):
    """A newer version of this order was checked already."""

    code = "STALE_ORDER_VERSION"


class OrderChanged(Conflict):
    """The same version of an order came with another amount than the one that was checked."""

    code = "ORDER_CHANGED"


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision with the facts behind it, before it is stored."""

    gathered: Gathered
    decision: Decision


def check_order(
    *,
    customer: Customer,
    company: Company,
    order_no: str,
    order_version: int = 1,
    amount: Decimal,
    currency: str,
    ship_date: date,
    payment_term: PaymentTerm | None = None,
    reserve: bool = True,
    as_of: date,
    actor: Any,
    key: str | None = None,
) -> OrderCheck:
    """Decide whether an order may ship, store the answer and reserve what a released order uses.

    The same order number, version and client key give the stored answer and reserve nothing. A new
    answer for an order takes the place of its earlier reservation. `reserve` False only asks: it
    holds nothing and leaves the order's credit status as it is. What cannot be decided (no rate,
    lock not had in 5 s) is BLOCKED with reason TECHNICAL and may be asked again.
    """
    asked = _read(order_no, order_version, amount, currency, ship_date, payment_term, as_of, actor)
    account = get_or_create_account(customer=customer, company=company)
    own_key = make_key(company, customer, asked, key, reserve=reserve)
    try:
        with transaction.atomic():
            return _check_locked(account, asked, own_key, reserve, as_of, actor)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != LOCK_NOT_AVAILABLE:
            raise
        log.warning("order check gave up waiting for the account", extra={"account": account.pk})
    return _refuse_technically(account, asked, own_key, as_of, actor)


def preview_check(
    *,
    customer: Customer,
    company: Company,
    order_no: str = "",
    order_version: int = 1,
    amount: Decimal,
    currency: str,
    ship_date: date,
    payment_term: PaymentTerm | None = None,
    as_of: date,
    actor: Any,
) -> OrderCheck:
    """Decide without storing anything, without a lock and without a reservation: a dry run."""
    asked = _read(order_no, order_version, amount, currency, ship_date, payment_term, as_of, actor)
    with transaction.atomic():
        account = get_or_create_account(customer=customer, company=company)
        gathered = gather(account=account, asked=asked, key="", as_of=as_of)
        answer = _decide(gathered, account)
        check = _row(account, asked, answer, "", actor).as_instance(None)
        transaction.set_rollback(True)
    return check


def make_key(
    company: Company, customer: Customer, asked: Asked, key: str | None, *, reserve: bool
) -> str:
    """Return the business key of a check: one answer per order, version and client key.

    A question that reserves nothing has a key of its own: its answer must not stand in for the
    check that reserves.
    """
    if not asked.order_no and not key:
        return f"ask:{uuid.uuid4().hex}"
    whose = f"{company.code}:{customer.code}"
    text = f"{whose}:{asked.order_no}:{asked.version}:{key or ''}" + ("" if reserve else ":ask")
    if len(text) <= KEY_LENGTH:
        return text
    return f"{whose}:{hashlib.sha256(text.encode()).hexdigest()}"


def _read(
    order_no: str,
    order_version: int,
    amount: Decimal,
    currency: str,
    ship_date: date,
    payment_term: PaymentTerm | None,
    as_of: date,
    actor: Any,
) -> Asked:
    if actor is not None:
        require(actor, "order.check")
    minor_units(currency)  # refuses an unknown currency
    if amount <= 0:
        raise InvalidInput(_("Enter an amount above 0."), field="amount", value=amount)
    if round_money(amount, currency) != amount:
        raise InvalidInput(
            _("Enter no more decimals than the currency has."), field="amount", value=amount
        )
    if ship_date < as_of:
        raise InvalidInput(
            _("Enter a ship date of today or later."), field="ship_date", value=ship_date
        )
    return Asked(order_no.strip(), order_version, amount, currency, ship_date, payment_term)


def _check_locked(
    account: CreditAccount,
    asked: Asked,
    key: str,
    reserve: bool,
    as_of: date,
    actor: Any,
) -> OrderCheck:
    (account,) = lock_accounts([account.pk])
    gathered = gather(account=account, asked=asked, key=key, as_of=as_of)
    if gathered.stored_check_id:
        return _same_question(get_stored(gathered.stored_check_id), asked)
    old = gathered.replaced
    if old and old.version > asked.version:
        raise StaleOrderVersion(
            _("A newer version of this order was checked already. Load it and try again."),
            field="version",
        )
    answer = _decide(gathered, account)
    is_technical = bool(gathered.facts.technical_failures)
    row = _row(account, asked, answer, _unclaimed(key) if is_technical else key, actor)
    is_released = answer.decision.outcome is not Outcome.BLOCKED
    check = insert_check(
        row,
        reserve=reserve and is_released,
        limit_amount=gathered.limit_value,
        replaces=old.id if old and reserve else None,
        is_draft=gathered.order_id is None,
    )
    if gathered.order_id and reserve:
        set_order_credit_status(
            order=Order(pk=gathered.order_id),
            status=answer.decision.outcome.value,
            as_of=as_of,
            actor=actor,
        )
    _record(check, account, as_of, actor)
    return check


def _same_question(stored: OrderCheck, asked: Asked) -> OrderCheck:
    """Return the stored answer, unless it answered another amount than is asked about now."""
    if (stored.amount, stored.currency) != (asked.amount, asked.currency):
        raise OrderChanged(
            _("This version of the order was checked with another amount. Raise its version."),
            field="version",
        )
    return stored


def get_stored(check_id: int) -> OrderCheck:
    """Return a stored answer with its reservation, if it made one."""
    check: OrderCheck = OrderCheck.objects.select_related("account", "reservation").get(pk=check_id)
    return check


def _unclaimed(key: str) -> str:
    """A technical answer must not become the answer: the same question may be asked again."""
    return f"{key[:120]}:technical:{uuid.uuid4().hex[:16]}"


def _decide(gathered: Gathered, account: CreditAccount) -> Answer:
    facts, policy = gathered.facts, gathered.policy
    decision = decide(facts, policy, with_remedies=False)
    if decision.outcome is Outcome.BLOCKED and not facts.technical_failures:
        facts = add_expected_receipts(gathered, account)
        remedies = find_remedies(facts, policy, decision.rules)
        decision = replace(decision, remedies=remedies)
    return Answer(gathered, decision)


def _row(account: CreditAccount, asked: Asked, answer: Answer, key: str, actor: Any) -> CheckRow:
    gathered, decision = answer.gathered, answer.decision
    exposure, limit, facts = gathered.exposure, gathered.limit, gathered.facts
    total = limit.in_force
    return CheckRow(
        account=account,
        order_id=gathered.order_id,
        order_no=asked.order_no,
        order_version=asked.version,
        amount=asked.amount,
        currency=asked.currency,
        ship_date=asked.ship_date,
        payment_term_id=asked.term.pk if asked.term else None,
        as_of=facts.as_of,
        decision=decision.outcome.value,
        shortfall=decision.shortfall,
        facts=_facts_json(gathered),
        exposure=to_jsonable(
            {
                "currency": exposure.currency,
                "gross": exposure.gross,
                "net": exposure.net,
                "with_order": decision.gross_with_order,
                "components": exposure.components,
            }
        ),
        limit=to_jsonable(
            {
                "currency": limit.currency,
                "total": total,
                "unsecured": limit.unsecured,
                "temporary": limit.temporary,
                "headroom": total - exposure.gross,
                "valid_through": limit.valid_through,
                "has_limit": limit.base is not None,
            }
        ),
        rules=[rule_json(rule) for rule in decision.rules],
        remedies=[remedy_json(remedy) for remedy in decision.remedies],
        rating_id=gathered.rating.pk if gathered.rating else None,
        key=key,
        checked_by_id=getattr(actor, "pk", None),
    )


def _facts_json(gathered: Gathered) -> dict[str, Any]:
    facts = gathered.facts
    found: dict[str, Any] = to_jsonable(
        {
            "order_value": facts.order.value,
            "term_days": facts.order.term_days,
            "term_rank": facts.order.term_rank,
            "approved_term_days": facts.approved_term_days,
            "customer_state": facts.customer_state,
            "risk_class": facts.risk_class,
            "rating_valid_through": facts.rating_valid_through,
            "dunning_level": facts.dunning_level,
            "broken_promises": facts.broken_promises,
            "receivables_total": facts.receivables_total,
            "overdue_items": [
                {"id": i.id, "amount": i.amount, "days": i.days, "is_disputed": i.is_disputed}
                for i in facts.overdue_items[:20]
            ],
            "orders": [
                {"order_no": o.id, "amount": o.open_value, "ship_date": o.ship_date}
                for o in facts.exposure.open_orders[:50]
            ],
            "groups": [{"code": g.code, "limit": g.limit, "gross": g.gross} for g in facts.groups],
            "technical_failures": facts.technical_failures,
            "policies": gathered.policy_ids,
        }
    )
    return found


def rule_json(rule: RuleResult) -> dict[str, Any]:
    """Return a rule's verdict as codes and parameters; the words are made at display."""
    return {
        "code": rule.code.value,
        "result": rule.result.value,
        "value": rule.value,
        "threshold": rule.threshold,
        "params": dict(rule.params),
        "excess": str(rule.excess),
    }


def remedy_json(remedy: Remedy) -> dict[str, Any]:
    """Return a way out as a code and its amount, day or number of days."""
    found: dict[str, Any] = to_jsonable(
        {
            "kind": remedy.kind,
            "amount": remedy.amount,
            "date": remedy.date,
            "days": remedy.days,
        }
    )
    found["together_with"] = [remedy_json(other) for other in remedy.together_with]
    return found


def _record(check: OrderCheck, account: CreditAccount, as_of: date, actor: Any) -> None:
    record_event(
        f"credit.order.{check.decision.lower()}",
        actor=actor,
        subject=check,
        customer_id=account.customer_id,
        as_of=as_of,
        after={
            "order_no": check.order_no,
            "amount": check.amount,
            "currency": check.currency,
            "shortfall": check.shortfall,
        },
    )


@transaction.atomic
def _refuse_technically(
    account: CreditAccount, asked: Asked, key: str, as_of: date, actor: Any
) -> OrderCheck:
    """Store that nothing could be decided: BLOCKED, never released. The order stays as it was."""
    row = CheckRow(
        account=account,
        order_id=None,
        order_no=asked.order_no,
        order_version=asked.version,
        amount=asked.amount,
        currency=asked.currency,
        ship_date=asked.ship_date,
        payment_term_id=asked.term.pk if asked.term else None,
        as_of=as_of,
        decision=Outcome.BLOCKED.value,
        shortfall=Decimal(0),
        facts={"technical_failures": ["LOCK"]},
        exposure={},
        limit={},
        rules=[
            rule_json(RuleResult(RuleCode.TECHNICAL, Result.BLOCK, "LOCK", "OK")),
        ],
        remedies=[],
        rating_id=None,
        key=_unclaimed(key),
        checked_by_id=getattr(actor, "pk", None),
    )
    check = insert_check(row, reserve=False, limit_amount=None, replaces=None, is_draft=True)
    _record(check, account, as_of, actor)
    return check
