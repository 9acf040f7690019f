"""Asking for a limit, and taking the question back."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.deadlines import add_calendar_hours
from common.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from common.events import record_event
from common.locks import lock_row
from common.money import round_money
from credit_control.domain.approval import NoCreditForDefault
from credit_control.domain.request_states import LIMIT_REQUEST
from credit_control.models import CreditAccount, LimitRequest
from credit_control.selectors.requests import (
    AccountFacts,
    Preview,
    find_open_request,
    get_account_facts,
    preview_request,
)
from credit_control.services.locking import lock_accounts
from customers.models import PaymentTerm
from customers.services.tasks import cancel_task, complete_task, create_task
from users.permissions import require

KIND = LimitRequest.Kind
LARGEST_MULTIPLE = 100


class RequestPending(Conflict):
    """This account has a request that is not decided yet."""

    code = "REQUEST_PENDING"


class LargeAmount(InvalidInput):
    """The amount is more than 100 times the limit: it must be confirmed."""

    code = "LARGE_AMOUNT"


@transaction.atomic
def request_limit(
    *,
    account: CreditAccount,
    requested_limit: Decimal,
    reason: str,
    valid_from: date,
    review_by: date,
    payment_term: PaymentTerm | None = None,
    is_temporary: bool = False,
    is_sure: bool = False,
    as_of: date,
    submitted_at: datetime,
    actor: Any,
    answers: LimitRequest | None = None,
) -> LimitRequest:
    """Ask for a limit: facts, checks and route are stored as they stand, the approver is told.

    `answers` is a returned request of one's own that this one goes on with. `is_sure` confirms an
    amount above 100 times the present limit.
    """
    require(actor, "limit.request")
    (locked,) = lock_accounts([account.pk])
    _check_no_other(locked, answers)
    facts = get_account_facts(account, as_of=as_of)
    _check_values(facts, requested_limit, reason, valid_from, review_by, as_of, is_sure)
    preview = preview_request(
        facts, requested_limit=requested_limit, term=payment_term, is_temporary=is_temporary
    )
    _check_grantable(preview)
    request = _answered(answers, actor) if answers else LimitRequest(account=locked)
    request.state = LIMIT_REQUEST.next(request.state, "submit")
    request.kind = choose_kind(facts, requested_limit, is_temporary)
    request.requested_limit = requested_limit
    request.recommended_limit = facts.suggestion.value
    request.currency = account.currency
    request.payment_term = payment_term or facts.term
    request.valid_from, request.review_by = valid_from, review_by
    request.reason = reason.strip()
    request.requested_by = actor
    request.submitted_at = submitted_at
    _write_snapshot(request, preview, submitted_at)
    request.save()
    _tell_approver(request, account)
    record_event(
        "credit.request.submitted",
        actor=actor,
        subject=request,
        customer_id=account.customer_id,
        as_of=as_of,
        before={"limit": facts.limit.in_force},
        after={"requested_limit": requested_limit, "role": request.route[0]["role"]},
        reason=request.reason,
    )
    return request


def choose_kind(facts: AccountFacts, requested_limit: Decimal, is_temporary: bool) -> str:
    """Return what kind of request this is: it follows from the limit in force."""
    if is_temporary:
        return KIND.TEMPORARY
    if facts.limit.base is None:
        return KIND.NEW
    if requested_limit == facts.base:
        return KIND.RENEWAL
    return KIND.INCREASE if requested_limit > facts.base else KIND.DECREASE


def _check_no_other(account: CreditAccount, answers: LimitRequest | None) -> None:
    pending = find_open_request(account)
    if pending is None or (answers is not None and pending.pk == answers.pk):
        return
    if pending.state == LimitRequest.State.RETURNED:
        raise RequestPending(
            _("A returned request waits for an answer. Answer it or withdraw it first."),
            request_id=pending.pk,
        )
    raise RequestPending(
        _("A request for this customer waits for a decision. Wait for it, or withdraw it first."),
        request_id=pending.pk,
    )


def _check_values(
    facts: AccountFacts,
    requested_limit: Decimal,
    reason: str,
    valid_from: date,
    review_by: date,
    as_of: date,
    is_sure: bool,
) -> None:
    currency = facts.account.currency
    if requested_limit < 0 or round_money(requested_limit, currency) != requested_limit:
        raise InvalidInput(_("Enter an amount of 0 or more."), field="requested_limit")
    if len(reason.strip()) < 5:
        raise InvalidInput(_("Say why, in a sentence."), field="reason")
    if len(reason.strip()) > 500:
        raise InvalidInput(_("Use 500 characters at most."), field="reason")
    if valid_from < as_of:
        raise InvalidInput(_("Choose today or a later day."), field="valid_from")
    if review_by <= valid_from:
        raise InvalidInput(_("Choose a day after the first day."), field="review_by")
    known = max(facts.limit.in_force, facts.suggestion.value or Decimal(0))
    if known and requested_limit > known * LARGEST_MULTIPLE and not is_sure:
        raise LargeAmount(
            _("This is more than 100 times the present limit. Check the amount and confirm it."),
            field="requested_limit",
            value=requested_limit,
        )


def _check_grantable(preview: Preview) -> None:
    if preview.step is None:
        raise NoCreditForDefault(_("A customer in default gets no credit limit."))
    if preview.is_refused:
        raise Conflict(
            _("This customer is on hold: no limit can be asked for until that is lifted."),
            code="CUSTOMER_ON_HOLD",
        )


def _answered(request: LimitRequest, actor: Any) -> LimitRequest:
    locked = lock_row(LimitRequest, request.pk)
    if locked.requested_by_id != actor.pk:
        raise NotAllowed(_("Only who asked may go on with this request."))
    if locked.version != request.version:
        raise StaleVersion(_("Somebody changed this request first. Load it again."))
    locked.version += 1
    complete_task(key=task_key(request, "return"), actor=actor)
    return locked


def _write_snapshot(request: LimitRequest, preview: Preview, submitted_at: datetime) -> None:
    assert preview.step is not None
    request.facts = preview.as_json()
    request.checks = preview.checks_json()
    request.route = preview.route_json()
    request.decide_by = add_calendar_hours(submitted_at, preview.step.hours)


def task_key(request: LimitRequest, what: str) -> str:
    """Return the key of the to-do that a request makes, one per turn."""
    return f"limit-request:{request.pk}:{request.version}:{what}"


def _tell_approver(request: LimitRequest, account: CreditAccount) -> None:
    create_task(
        key=task_key(request, "decide"),
        kind="LIMIT_APPROVAL",
        title=gettext_noop("Decide on the limit asked for %(customer)s"),
        params={"customer": account.customer.code},
        customer=account.customer,
        role=request.route[0]["role"],
        due_at=request.decide_by,
        url=f"/limits/requests/{request.pk}/",
    )


@transaction.atomic
def withdraw_request(
    *, request: LimitRequest, version: int, as_of: date, actor: Any
) -> LimitRequest:
    """Take back one's own request while it is not decided."""
    require(actor, "limit.request")
    lock_accounts([request.account_id])
    locked = lock_row(LimitRequest, request.pk)
    if locked.requested_by_id != actor.pk:
        raise NotAllowed(_("Only who asked may withdraw this request."))
    if locked.version != version:
        raise StaleVersion(_("Somebody changed this request first. Load it again."))
    before = locked.state
    locked.state = LIMIT_REQUEST.next(locked.state, "withdraw")
    cancel_task(key=task_key(locked, "decide"), actor=actor, as_of=as_of)
    cancel_task(key=task_key(locked, "return"), actor=actor, as_of=as_of)
    locked.version += 1
    locked.save(update_fields=["state", "version"])
    record_event(
        "credit.request.withdrawn",
        actor=actor,
        subject=locked,
        customer_id=locked.account.customer_id,
        as_of=as_of,
        before={"state": before},
        after={"state": locked.state},
    )
    return locked
