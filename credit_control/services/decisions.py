"""Deciding on a limit that somebody else asked for; an approved limit is in force at once."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.errors import InvalidInput, NotAllowed, StaleVersion
from common.events import record_event
from common.locks import lock_row
from common.money import round_money
from credit_control.domain.request_states import LIMIT_REQUEST
from credit_control.models import Approval, LimitRequest
from credit_control.selectors.requests import APPROVER_ROLES, Preview, refresh_facts
from credit_control.services.limits import activate_limit
from credit_control.services.locking import lock_accounts
from credit_control.services.requests import task_key
from customers.services.tasks import complete_task, create_task
from users.permissions import require

DECISION = Approval.Decision
ACTIONS = ("approve", "reduce", "return", "reject")
_DECISIONS = {
    "approve": DECISION.APPROVE,
    "reduce": DECISION.REDUCE,
    "return": DECISION.RETURN,
    "reject": DECISION.REJECT,
}


class FourEyes(NotAllowed):
    """Who asks, or owns the customer, does not decide."""

    code = "FOUR_EYES"


@transaction.atomic
def decide_request(
    *,
    request: LimitRequest,
    action: str,
    version: int,
    amount: Decimal | None = None,
    comment: str = "",
    as_of: date,
    decided_at: datetime,
    actor: Any,
) -> LimitRequest:
    """Approve, reduce, return or reject a request; approving writes the limit at once.

    All under the account's lock. `amount` is for "reduce"; whatever differs from what was asked
    needs a comment. Raises StaleVersion when the request changed since it was read.
    """
    require(actor, "limit.approve")
    if action not in ACTIONS:
        raise InvalidInput(_("Choose a decision."), field="action", value=action)
    lock_accounts([request.account_id])
    locked = lock_row(LimitRequest, request.pk)
    check_may_decide(locked, actor)
    if locked.version != version:
        raise StaleVersion(_("Somebody changed this request first. Load it again."))
    before = locked.state
    state = LIMIT_REQUEST.next(before, action)
    granted = _read_amount(locked, action, amount)
    _check_comment(action, comment)
    facts = refresh_facts(locked, as_of=as_of)
    Approval.objects.create(
        request=locked,
        step=1,
        role=actor.role,
        maker_id=locked.requested_by_id,
        checker=actor,
        decision=_DECISIONS[action],
        amount=granted,
        comment=comment.strip()[:500],
        facts=facts.as_json(),
    )
    locked.state = state
    locked.decided_at = decided_at
    if granted is not None:
        _activate(locked, granted, facts, as_of, actor)
    complete_task(key=task_key(locked, "decide"), actor=actor, as_of=as_of)
    locked.version += 1
    locked.save(update_fields=["state", "decided_at", "approved_limit", "version"])
    if granted is None:
        _tell_requester(locked, action)
    record_event(
        f"credit.request.{_DECISIONS[action].value.lower()}",
        actor=actor,
        subject=locked,
        customer_id=locked.account.customer_id,
        as_of=as_of,
        before={"state": before, "requested_limit": locked.requested_limit},
        after={"state": locked.state, "approved_limit": granted},
        reason=comment.strip(),
    )
    return locked


def check_may_decide(request: LimitRequest, actor: Any) -> None:
    """Raise unless this person may decide this request: role, and four eyes."""
    role = request.route[0]["role"] if request.route else ""
    if role not in APPROVER_ROLES.get(actor.role, ()):
        raise NotAllowed(_("This amount is decided by the executive."))
    if request.requested_by_id == actor.pk:
        raise FourEyes(_("You asked for this limit: somebody else decides."))
    if request.account.customer.sales_owner_id == actor.pk:
        raise FourEyes(_("You own this customer: somebody else decides."))


def may_decide(request: LimitRequest, actor: Any) -> bool:
    """Tell whether this person may decide this request now."""
    if request.state != LimitRequest.State.IN_APPROVAL:
        return False
    try:
        require(actor, "limit.approve")
        check_may_decide(request, actor)
    except NotAllowed:
        return False
    return True


def _read_amount(request: LimitRequest, action: str, amount: Decimal | None) -> Decimal | None:
    if action == "approve":
        asked: Decimal = request.requested_limit
        return asked
    if action != "reduce":
        return None
    if amount is None or not 0 <= amount < request.requested_limit:
        raise InvalidInput(
            _("Enter an amount below the %(asked)s asked for.")
            % {"asked": f"{request.requested_limit:,.2f}"},
            field="amount",
            value=amount,
        )
    if round_money(amount, request.currency) != amount:
        raise InvalidInput(
            _("Enter no more decimals than the currency has."), field="amount", value=amount
        )
    return amount


def _check_comment(action: str, comment: str) -> None:
    if action == "approve":
        return
    if len(comment.strip()) < 5:
        raise InvalidInput(_("Say why, in a sentence."), field="comment")
    if len(comment.strip()) > 500:
        raise InvalidInput(_("Use 500 characters at most."), field="comment")


def _activate(
    request: LimitRequest, granted: Decimal, facts: Preview, as_of: date, actor: Any
) -> None:
    request.approved_limit = granted
    activate_limit(
        request=request,
        amount=granted,
        unsecured_share=Decimal(str(facts.facts.class_policy["unsecured_share"])),
        base=facts.facts.base,
        as_of=as_of,
        actor=actor,
    )
    request.state = LIMIT_REQUEST.next(request.state, "activate")


def _tell_requester(request: LimitRequest, action: str) -> None:
    title = (
        gettext_noop("Answer the question about the limit for %(customer)s")
        if action == "return"
        else gettext_noop("Read why the limit for %(customer)s was rejected")
    )
    # The key is made with the new version: the turn that the answer belongs to.
    create_task(
        key=task_key(request, action),
        kind="LIMIT_ANSWER" if action == "return" else "LIMIT_REJECTED",
        title=title,
        params={"customer": request.account.customer.code},
        customer=request.account.customer,
        owner=request.requested_by,
        url=f"/limits/requests/{request.pk}/",
    )
