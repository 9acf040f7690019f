"""Limits in force: written by a decision, cut by the manager, ended by the calendar (SM04)."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput
from common.events import record_event, record_events
from common.money import round_money
from common.policies import get_policy
from credit_control.domain.class_policy import NO_RATING
from credit_control.domain.effective_limit import unsecured_limit
from credit_control.domain.states import LIMIT
from credit_control.models import CreditAccount, CreditLimit, LimitRequest
from credit_control.services.locking import lock_accounts
from scoring.selectors import get_current_rating, get_effective_class
from users.permissions import require

KIND, STATE = CreditLimit.Kind, CreditLimit.State
IN_FORCE = (STATE.ACTIVE, STATE.SUSPENDED)


def activate_limit(
    *,
    request: LimitRequest,
    amount: Decimal,
    unsecured_share: Decimal,
    base: Decimal,
    as_of: date,
    actor: Any,
) -> list[CreditLimit]:
    """Write the limits of an approved request; the caller holds the account's lock.

    A permanent limit takes the place of the old one from its first day on: today at once, later by
    `start_limits`. A temporary one adds what lies above the permanent limit.
    """
    account = request.account
    if request.kind == LimitRequest.Kind.TEMPORARY:
        amounts = {KIND.TEMPORARY: amount - base}
        if amounts[KIND.TEMPORARY] <= 0:
            raise InvalidInput(
                _("A temporary limit must lie above the permanent one."), field="amount"
            )
    else:
        share = unsecured_limit(amount, unsecured_share * 100, account.currency)
        amounts = {KIND.TOTAL: amount, KIND.UNSECURED: share}
    starts_now = request.valid_from <= as_of
    if starts_now and KIND.TEMPORARY not in amounts:
        _supersede(account.pk, list(amounts))
    rows = [
        CreditLimit(
            account=account,
            kind=kind,
            amount=value,
            currency=account.currency,
            valid_from=request.valid_from,
            valid_to=request.review_by,
            state=STATE.ACTIVE if starts_now else STATE.PENDING,
            request=request,
            reason=request.reason,
        )
        for kind, value in amounts.items()
    ]
    CreditLimit.objects.bulk_create(rows)
    if KIND.TOTAL in amounts:
        CreditAccount.objects.filter(pk=account.pk).update(
            next_review_date=request.review_by,
            payment_term_id=request.payment_term_id or account.payment_term_id,
            version=account.version + 1,
        )
    record_event(
        "credit.limit.activated" if starts_now else "credit.limit.planned",
        actor=actor,
        subject=rows[0],
        customer_id=account.customer_id,
        as_of=as_of,
        before={"limit": base},
        after={kind.value: value for kind, value in amounts.items()},
        reason=request.reason,
    )
    return rows


def _supersede(account_id: int, kinds: Collection[str]) -> None:
    """End what is in force of these kinds; the caller holds the account's lock."""
    for row in CreditLimit.objects.filter(account=account_id, kind__in=kinds, state__in=IN_FORCE):
        row.state = LIMIT.next(row.state, "replace")
        row.save(update_fields=["state"])


@transaction.atomic
def reduce_limit(
    *, account: CreditAccount, amount: Decimal, reason: str, as_of: date, actor: Any
) -> CreditLimit:
    """Cut the permanent limit, by the credit manager alone; only raising one needs two people.

    What is used already stays: a limit below the exposure only stops new orders.
    """
    require(actor, "limit.reduce")
    if len(reason.strip()) < 5:
        raise InvalidInput(_("Say why, in a sentence."), field="reason")
    lock_accounts([account.pk])
    rows = {
        row.kind: row
        for row in CreditLimit.objects.filter(
            account=account, kind__in=[KIND.TOTAL, KIND.UNSECURED], state__in=IN_FORCE
        )
    }
    total = rows.get(KIND.TOTAL)
    if total is None:
        raise Conflict(_("There is no limit in force to reduce."), code="NO_LIMIT")
    if not 0 <= amount < total.amount or round_money(amount, total.currency) != amount:
        raise InvalidInput(
            _("Enter an amount below the present limit of %(limit)s.")
            % {"limit": f"{total.amount:,.2f}"},
            field="amount",
            value=amount,
        )
    unsecured = min(
        unsecured_limit(amount, _unsecured_share(account, as_of) * 100, total.currency),
        rows[KIND.UNSECURED].amount if KIND.UNSECURED in rows else amount,
    )
    _supersede(account.pk, [KIND.TOTAL, KIND.UNSECURED])
    made = [
        CreditLimit(
            account=account,
            kind=kind,
            amount=value,
            currency=total.currency,
            valid_from=as_of,
            valid_to=max(total.valid_to, as_of) if total.valid_to else None,
            state=total.state,  # a cut does not lift a suspension
            reason=reason.strip()[:500],
        )
        for kind, value in ((KIND.TOTAL, amount), (KIND.UNSECURED, unsecured))
    ]
    CreditLimit.objects.bulk_create(made)
    record_event(
        "credit.limit.reduced",
        actor=actor,
        subject=made[0],
        customer_id=account.customer_id,
        as_of=as_of,
        before={"limit": total.amount},
        after={"limit": amount, "unsecured": unsecured},
        reason=reason.strip(),
    )
    return made[0]


def _unsecured_share(account: CreditAccount, as_of: date) -> Decimal:
    rating = get_current_rating(customer_id=account.customer_id, as_of=as_of)
    classes = get_policy("RISK_CLASSES", as_of=as_of).body
    risk_class = get_effective_class(rating, as_of=as_of) if rating else str(NO_RATING)
    return Decimal(str(classes[risk_class]["unsecured_share"]))


def expire_limits(*, as_of: date) -> dict[str, int]:
    """End the limits whose last day is over and start those whose first day has come.

    Each account is its own short transaction; the same day again changes nothing.
    """
    started, expired = start_limits(as_of=as_of), 0
    due = CreditLimit.objects.filter(state__in=IN_FORCE, valid_to__lt=as_of)
    for account_id in sorted(set(due.values_list("account_id", flat=True))):
        with transaction.atomic():
            lock_accounts([account_id])
            rows = list(due.filter(account_id=account_id).select_related("account"))
            CreditLimit.objects.filter(pk__in=[row.pk for row in rows]).update(state=STATE.EXPIRED)
            record_events(
                [
                    {
                        "code": "credit.limit.expired",
                        "subject": row,
                        "customer_id": row.account.customer_id,
                        "as_of": as_of,
                        "before": {"state": row.state, "limit": row.amount},
                        "after": {"state": LIMIT.next(row.state, "expire")},
                    }
                    for row in rows
                ]
            )
            expired += len(rows)
    return {"started": started, "expired": expired}


def start_limits(*, as_of: date) -> int:
    """Put limits in force that were approved for a later day; return how many. Safe to repeat."""
    planned = CreditLimit.objects.filter(state=STATE.PENDING, valid_from__lte=as_of)
    started = 0
    for account_id in sorted(set(planned.values_list("account_id", flat=True))):
        with transaction.atomic():
            lock_accounts([account_id])
            rows = list(
                planned.filter(account_id=account_id).select_related("account").order_by("pk")
            )
            for row in rows:
                if row.kind != KIND.TEMPORARY:
                    _supersede(account_id, [row.kind])
                row.state = LIMIT.next(row.state, "start")
                row.save(update_fields=["state"])
                record_event(
                    "credit.limit.activated",
                    actor=None,
                    subject=row,
                    customer_id=row.account.customer_id,
                    as_of=as_of,
                    after={"limit": row.amount, "kind": row.kind},
                )
            started += len(rows)
    return started
