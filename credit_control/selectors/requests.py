"""What a limit would change, what policy says of it, and who decides: preview and snapshot alike."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from common.dates import months_between
from common.errors import NotFound
from common.jsonable import to_jsonable
from common.policies import get_policy
from credit_control.domain.approval import NoCreditForDefault
from credit_control.domain.class_policy import NO_RATING
from credit_control.domain.condensed_route import Step, condense_route
from credit_control.domain.request_checks import (
    RequestCheck,
    RequestFacts,
    check_request,
    is_refused,
)
from credit_control.models import CreditAccount, LimitRequest
from credit_control.selectors.exposure import (
    Exposure,
    LimitInForce,
    get_effective_limit,
    get_exposure,
)
from credit_control.selectors.groups import list_group_facts
from credit_control.selectors.rates import rates_for
from credit_control.selectors.suggestion import Suggestion, suggest_limit
from customers.models import PaymentTerm
from scoring.models import Rating
from scoring.selectors import get_current_rating, get_effective_class

LONG_OVERDUE_DAYS = 30


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account as it stands on a day: everything that does not depend on the amount asked for."""

    account: CreditAccount
    as_of: date
    exposure: Exposure
    limit: LimitInForce
    rating: Rating | None
    suggestion: Suggestion
    class_policy: dict[str, Any]
    risk_class: str | None
    matrix: dict[str, Any]
    groups: tuple[tuple[str, Decimal, Decimal], ...]
    long_overdue: Decimal
    overdue: Decimal
    term: PaymentTerm | None

    @property
    def base(self) -> Decimal:
        """The permanent limit in force."""
        return self.limit.in_force - self.limit.temporary

    @property
    def headroom(self) -> Decimal:
        return self.limit.in_force - self.exposure.gross


@dataclass(frozen=True, slots=True)
class Preview:
    """What a request would mean: before and after, the checks, the one step that decides."""

    facts: AccountFacts
    total: Decimal
    temporary: Decimal
    term: PaymentTerm | None
    checks: tuple[RequestCheck, ...]
    step: Step | None

    @property
    def is_refused(self) -> bool:
        return self.step is None or is_refused(self.checks)

    @property
    def headroom(self) -> Decimal:
        return self.total - self.facts.exposure.gross

    @property
    def use_ratio(self) -> Decimal | None:
        return _ratio(self.facts.exposure.gross, self.total)

    @property
    def use_ratio_now(self) -> Decimal | None:
        return _ratio(self.facts.exposure.gross, self.facts.limit.in_force)

    @property
    def advice(self) -> str:
        """APPROVE when every check passes, REDUCE when only the amount is too high, else REVIEW."""
        failed = {c.code.value for c in self.checks if c.result.value != "PASS"}
        if not failed - {"UNSECURED"}:
            return "APPROVE"
        suggested = self.facts.suggestion.value
        if failed <= {"SUGGESTED", "NEED", "UNSECURED"} and suggested:
            return "REDUCE"
        return "REVIEW"

    def as_json(self) -> dict[str, Any]:
        """Return the snapshot that is stored with a request."""
        facts, exposure = self.facts, self.facts.exposure
        found: dict[str, Any] = to_jsonable(
            {
                "as_of": facts.as_of,
                "currency": exposure.currency,
                "limit_now": facts.limit.in_force,
                "limit_after": self.total,
                "gross": exposure.gross,
                "components": exposure.components,
                "receivables": exposure.result.open_items_net,
                "open_orders": exposure.result.open_orders,
                "headroom_now": facts.headroom,
                "headroom_after": self.headroom,
                "overdue": facts.overdue,
                "long_overdue": facts.long_overdue,
                "grade": f"{facts.rating.grade}{facts.rating.modifier}" if facts.rating else "",
                "risk_class": facts.risk_class,
                "rating_id": facts.rating.pk if facts.rating else None,
                "suggested": facts.suggestion.value,
                "suggestion": facts.suggestion,
                "advice": self.advice,
            }
        )
        return found

    def checks_json(self) -> list[dict[str, Any]]:
        return [
            {"code": c.code.value, "result": c.result.value, "params": dict(c.params)}
            for c in self.checks
        ]

    def route_json(self) -> list[dict[str, Any]]:
        if self.step is None:
            return []
        route = self.step.route
        return [
            {
                "step": 1,
                "role": self.step.role,
                "hours": self.step.hours,
                "band": route.band,
                "matrix": list(route.approvers),
                "uplifts": [{"reason": u.reason, "bands": u.bands} for u in route.uplifts],
            }
        ]


def get_account_facts(account: CreditAccount, *, as_of: date) -> AccountFacts:
    """Return an account as it stands, for a request. Ten queries, whatever the amounts."""
    exposure = get_exposure(account=account, as_of=as_of)
    limit = get_effective_limit(account=account, as_of=as_of)
    rating = get_current_rating(customer_id=account.customer_id, as_of=as_of)
    classes = get_policy("RISK_CLASSES", as_of=as_of).body
    matrix = get_policy("APPROVAL_MATRIX", as_of=as_of).body
    customer = account.customer
    term = account.payment_term or customer.payment_term
    groups: tuple[tuple[str, Decimal, Decimal], ...] = ()
    if customer.group_id:
        groups = tuple(
            (group.code, group.limit, group.gross)
            for group in list_group_facts(
                customer_id=customer.pk,
                group_id=customer.group_id,
                company_id=account.company_id,
                own_gross=exposure.gross,
                own_currency=account.currency,
                as_of=as_of,
            )
        )
    overdue, long_overdue = _overdue(exposure, as_of)
    risk_class = get_effective_class(rating, as_of=as_of) if rating else None
    return AccountFacts(
        account=account,
        as_of=as_of,
        exposure=exposure,
        limit=limit,
        rating=rating,
        suggestion=suggest_limit(
            account, as_of=as_of, rating=rating, term_days=term.days if term else 0
        ),
        class_policy=classes[risk_class or str(NO_RATING)],
        risk_class=risk_class,
        matrix=matrix,
        groups=groups,
        long_overdue=long_overdue,
        overdue=overdue,
        term=term,
    )


def _overdue(exposure: Exposure, as_of: date) -> tuple[Decimal, Decimal]:
    """Return what is overdue, and what of it by more than 30 days, in the limit's currency."""
    items = exposure.parts.overdue
    rates = rates_for({item.currency for item in items}, exposure.currency, as_of=as_of)
    amounts = [
        (item.days, rates.convert(item.open_amount, item.currency, exposure.currency) or Decimal(0))
        for item in items
    ]
    return (
        sum((amount for _days, amount in amounts), Decimal(0)),
        sum((amount for days, amount in amounts if days > LONG_OVERDUE_DAYS), Decimal(0)),
    )


def preview_request(
    facts: AccountFacts,
    *,
    requested_limit: Decimal,
    term: PaymentTerm | None = None,
    is_temporary: bool = False,
) -> Preview:
    """Say what this limit would mean. No query."""
    term = term or facts.term
    term_days = term.days if term else 0
    rating = facts.rating
    temporary = max(Decimal(0), requested_limit - facts.base) if is_temporary else Decimal(0)
    statement = rating.statement if rating else None
    checks = check_request(
        RequestFacts(
            total=requested_limit,
            base=facts.base,
            gross=facts.exposure.gross,
            customer_state=facts.account.customer.state,
            risk_class=facts.risk_class,
            grade=f"{rating.grade}{rating.modifier}" if rating else "",
            rating_valid_to=rating.valid_to if rating else None,
            suggested=facts.suggestion.value,
            need=facts.suggestion.need,
            long_overdue=facts.long_overdue,
            term_days=term_days,
            max_term_days=int(facts.class_policy["max_term_days"]),
            unsecured_share_pct=Decimal(str(facts.class_policy["unsecured_share"])) * 100,
            statement_months=months_between(statement.period_end, facts.as_of)
            if statement
            else None,
            temporary=temporary,
            groups=facts.groups,
        ),
        as_of=facts.as_of,
        currency=facts.exposure.currency,
    )
    step: Step | None
    try:
        step = condense_route(
            requested_limit, _read_class(facts.risk_class), term_days, facts.matrix
        )
    except NoCreditForDefault:
        step = None
    return Preview(facts, requested_limit, temporary, term, checks, step)


def _read_class(risk_class: str | None) -> int | str | None:
    return int(risk_class) if risk_class and risk_class != "D" else risk_class


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(Decimal("0.0001")) if whole > 0 else None


_RELATED = (
    "account__customer__sales_owner",
    "account__customer__payment_term",
    "account__company",
    "account__payment_term",
    "payment_term",
    "requested_by",
)


def list_requests(user: Any) -> QuerySet[LimitRequest]:
    """Return the requests that `user` may see, newest first. One query."""
    requests: QuerySet[LimitRequest] = LimitRequest.objects.for_user(user)
    return requests.select_related(*_RELATED).order_by("-created_at", "-pk")


def get_request(request_id: int, *, user: Any) -> LimitRequest:
    """Return a request that `user` may see, with its approvals. Two queries. Raises NotFound."""
    request = (
        list_requests(user)
        .prefetch_related("approvals__checker", "limits")
        .filter(pk=request_id)
        .first()
    )
    if request is None:
        raise NotFound
    return request


def find_open_request(account: CreditAccount) -> LimitRequest | None:
    """Return the request of an account that waits for a decision or an answer, or None."""
    return (
        LimitRequest.objects.filter(account_id=account.pk, state__in=["IN_APPROVAL", "RETURNED"])
        .order_by("-pk")
        .first()
    )


APPROVER_ROLES = {
    "CREDIT_MANAGER": ("CREDIT_MANAGER",),
    "EXECUTIVE": ("CREDIT_MANAGER", "EXECUTIVE"),
}
"""Whose steps a role may decide: the executive stands in for the manager, not the other way."""


def list_approvals_for(user: Any) -> QuerySet[LimitRequest]:
    """Return the requests that wait for this person's decision, the most urgent first.

    His own requests, and those of customers he owns, are left out: he may not decide them.
    """
    steps = APPROVER_ROLES.get(getattr(user, "role", ""), ())
    allowed = Q(pk__in=[])
    for role in steps:
        allowed |= Q(route__0__role=role)
    return (
        list_requests(user)
        .filter(allowed, state=LimitRequest.State.IN_APPROVAL)
        .exclude(requested_by=user)
        .exclude(account__customer__sales_owner=user)
        .order_by("decide_by", "pk")
    )


def refresh_facts(request: LimitRequest, *, as_of: date) -> Preview:
    """Say what an undecided request would mean today, beside what it meant when it was sent."""
    facts = get_account_facts(request.account, as_of=as_of)
    return preview_request(
        facts,
        requested_limit=request.requested_limit,
        term=request.payment_term,
        is_temporary=request.kind == LimitRequest.Kind.TEMPORARY,
    )


def changed_facts(request: LimitRequest, now: Preview) -> list[str]:
    """Return which of the facts of a request changed since it was sent."""
    today = now.as_json()
    names = ("limit_now", "gross", "overdue", "grade", "suggested")
    return [name for name in names if _same(request.facts.get(name)) != _same(today[name])]


def _same(value: Any) -> Any:
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return value
