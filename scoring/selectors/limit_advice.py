"""How much credit: what a customer needs, what each method says it can carry, what we dare (10).

Every method answers, also those that do not count: the screen shows all of them, not only the
result. Amounts are in single units of the statement's currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from common.policies import get_policy
from customers.models import Customer, Fact
from customers.selectors.facts import known_facts
from receivables.models import Invoice
from scoring.domain.limits import limit_methods as methods
from scoring.domain.limits.limit_methods import LimitMethod
from scoring.domain.limits.limit_policy import LimitPolicy, read_limit_policy
from scoring.domain.limits.limits import (
    Capacity,
    LimitDecision,
    compute_appetite,
    compute_capacity,
    decide_limit,
    get_limit_factor,
)
from scoring.domain.models.characteristics import CharacteristicResult
from scoring.domain.models.working_assets import WorkingAssetsResult
from scoring.domain.results import ZERO, Reason, Status
from scoring.domain.statements.derived import derive
from scoring.domain.statements.periods import count_whole_months
from scoring.models import Rating
from scoring.selectors.customer_case import CustomerCase, Given, evaluate_customer

UNIT = Decimal(10_000)
DAYS_IN_YEAR = 365
DEFAULT_TERM_DAYS = 30
DAYS_IN_MONTH = Decimal(30)
BILLED = ("INV", "DN", "CN")
LEDGER, EXPECTED = "LEDGER", "EXPECTED"

# In the order of the guide (10.2).
METHODS = (
    "working_assets", "wa_characteristic", "tnw_share", "nw10_wc20", "turnover_share",
    "supplier_share", "trade_refs", "agency", "term_grade", "heuristic", "el_budget",
)  # fmt: skip


@dataclass(frozen=True)
class Need:
    """What the customer needs outstanding at its peak, and what it was computed from.

    `value` None: nothing is known of the turnover. `source` says whose turnover it is: LEDGER (what
    we billed in a year, tax excluded) or EXPECTED (a fact of the dossier).
    """

    value: Decimal | None
    annual_sales: Decimal | None
    source: str
    term_days: int
    cycle_days: int
    vat_rate: Decimal
    peak_factor: Decimal


@dataclass(frozen=True)
class Advice:
    """One method's answer beside whether it counts: chosen by the policy, and used for the capacity."""

    method: LimitMethod
    weight: Decimal | None
    is_used: bool


@dataclass(frozen=True)
class LimitAdvice:
    """Every method, and what policy makes of them.

    `decision` None: without a grade, or without any method that counts, there is nothing to decide.
    """

    currency: str
    methods: tuple[Advice, ...]
    need: Need
    appetite: Decimal | None
    secured: Decimal
    capacity: Capacity
    factor: Decimal
    decision: LimitDecision | None
    policy: LimitPolicy
    reasons: tuple[Reason, ...]

    @property
    def value(self) -> Decimal | None:
        """The advised limit, rounded down; None when there is none."""
        return self.decision.total if self.decision else None


def get_limit_advice(
    customer: Customer,
    *,
    as_of: date,
    rating: Rating | None,
    case: CustomerCase | None = None,
    term_days: int | None = None,
    limit: Decimal | None = None,
) -> LimitAdvice:
    """Advise a limit for a customer of this rating (4 queries, and those of the case without one).

    `term_days` and `limit` are those in question; without them the customer's own term counts.
    """
    if case is None:
        case = evaluate_customer(customer, as_of=as_of, rating=rating, given=Given(limit=limit))
    currency = case.evaluation.currency
    policy = read_limit_policy(case.policy_body.get("limit") or {})
    sales = get_annual_sales(customer, currency, case.rates, as_of=as_of)
    need = _compute_need(case, sales, _term(customer, term_days))
    answers = _ask_methods(case, rating, policy, sales, need)
    return _decide(case, rating, policy, answers, need, is_first_time=not sales)


def get_annual_sales(
    customer: Customer, currency: str, rates: Mapping[str, Decimal], *, as_of: date
) -> Decimal | None:
    """Return what we billed a customer in a year, tax excluded, in one currency. One query.

    None when nothing was billed; what has no rate on the day is left out.
    """
    rows = (
        Invoice.objects.filter(
            customer=customer,
            doc_type__in=BILLED,
            doc_date__gt=as_of - timedelta(days=DAYS_IN_YEAR),
            doc_date__lte=as_of,
        )
        .values_list("currency")
        .annotate(net=Sum("net"))
    )
    parts = [_convert(net, source, currency, rates) for source, net in rows]
    total = sum((part for part in parts if part is not None), ZERO)
    return total if total > 0 else None


def _term(customer: Customer, term_days: int | None) -> int:
    if term_days is not None:
        return term_days
    own = customer.payment_term
    return own.days if own is not None else DEFAULT_TERM_DAYS


def _compute_need(case: CustomerCase, sales: Decimal | None, term_days: int) -> Need:
    body = get_policy("LIMIT_METHODS", as_of=case.as_of).body
    expected = case.facts.get("EXPECTED_SALES")
    turnover, source = sales, LEDGER
    if expected is not None and expected["number"] is not None:
        currency = expected["unit"] or case.evaluation.currency
        told = _convert(expected["number"], currency, case.evaluation.currency, case.rates)
        if told is not None:
            turnover, source = told, EXPECTED
    vat, peak = Decimal(str(body["vat_rate"])), Decimal(str(body["peak_factor"]))
    cycle = int(body["cycle_days"])
    value = None
    if turnover is not None and turnover > 0:
        value = methods.compute_need(
            turnover, term_days=term_days, cycle_days=cycle, vat_rate=vat, peak_factor=peak
        )
    return Need(value, turnover, source, term_days, cycle, vat, peak)


def _ask_methods(
    case: CustomerCase,
    rating: Rating | None,
    policy: LimitPolicy,
    sales: Decimal | None,
    need: Need,
) -> list[LimitMethod]:
    found = {one.code: one for one in _ask_statement(case, policy, sales)}
    agency = case.facts.get("AGENCY_LIMIT")
    references = list_references(case)
    grade = f"{rating.grade}{rating.modifier}" if rating else None
    more = [
        methods.limit_by_references(references),
        methods.limit_by_agency(
            _in_currency(agency, case) if agency else None,
            age_months=count_whole_months(agency["as_of"], case.as_of) if agency else 0,
        ),
        _by_monthly_sales(sales, need.term_days, grade),
        LimitMethod("heuristic", None, Status.MISSING_INPUT, missing=("judgement",)),
        _by_expected_loss(rating, policy),
    ]
    found |= {one.code: one for one in more}
    return [found[code] for code in METHODS]


def _ask_statement(
    case: CustomerCase, policy: LimitPolicy, sales: Decimal | None
) -> list[LimitMethod]:
    """Ask the methods that read the statements; a weak statement makes each of them weak (W-4)."""
    now, prior = case.evaluation.statement, case.evaluation.prior
    codes = ("working_assets", "wa_characteristic", *METHODS[2:6])
    if now is None:
        lacking = ("statements",)
        return [LimitMethod(c, None, Status.MISSING_INPUT, missing=lacking) for c in codes]
    assets = case.evaluation.models["working_assets"]
    assert isinstance(assets, WorkingAssetsResult)
    base = methods.limit_by_working_assets(assets)
    answers = [
        base,
        _correct(base, case),
        methods.limit_by_tangible_net_worth(now, policy.tnw_share),
        methods.limit_by_lower_of_two(derive("net_worth", now), derive("working_capital", now)),
        methods.limit_by_turnover(now, policy.turnover_share),
        methods.limit_by_supplier_share(now, prior, sales)
        if sales is not None
        else LimitMethod("supplier_share", None, Status.MISSING_INPUT, missing=("own_sales",)),
    ]
    return [_weaken(one, assets.is_weak) for one in answers]


def _correct(base: LimitMethod, case: CustomerCase) -> LimitMethod:
    traits = case.evaluation.models["characteristic_analysis"]
    assert isinstance(traits, CharacteristicResult)
    if traits.multiplier is None:
        return LimitMethod(
            methods.WA_CHARACTERISTIC, None, Status.MISSING_INPUT, missing=("characteristics",)
        )
    return methods.correct_by_characteristics(base, traits.multiplier)


def _weaken(one: LimitMethod, is_weak: bool) -> LimitMethod:
    if not is_weak or one.is_weak:
        return one
    return LimitMethod(
        one.code, one.value, one.status, True, one.inputs_used, one.missing, one.reasons
    )


def list_references(case: CustomerCase) -> list[Decimal]:
    """List the limits that other suppliers were said to give: the newest of each, of twelve months.

    One query.
    """
    newest: dict[str, Fact] = {}
    facts = known_facts(as_of=case.as_of).filter(
        customer=case.customer, field="TRADE_REFERENCE_LIMIT", number__gt=0
    )
    for fact in facts.order_by("as_of", "id"):
        newest[fact.source_name or f"#{fact.pk}"] = fact
    fresh = [
        fact
        for fact in newest.values()
        if count_whole_months(fact.as_of, case.as_of) <= methods.MAX_AGENCY_MONTHS
    ]
    currency = case.evaluation.currency
    amounts = [
        _convert(fact.number, fact.unit or currency, currency, case.rates)
        for fact in fresh
        if fact.number is not None
    ]
    return [amount for amount in amounts if amount is not None]


def _by_monthly_sales(sales: Decimal | None, term_days: int, grade: str | None) -> LimitMethod:
    lacking = tuple(
        name for name, value in (("own_sales", sales), ("grade", grade)) if value is None
    )
    if sales is None or grade is None:
        return LimitMethod("term_grade", None, Status.MISSING_INPUT, missing=lacking)
    return methods.limit_by_monthly_sales(sales / 12, Decimal(term_days) / DAYS_IN_MONTH, grade)


def _by_expected_loss(rating: Rating | None, policy: LimitPolicy) -> LimitMethod:
    if rating is None or rating.pd_12m is None:
        return LimitMethod("el_budget", None, Status.MISSING_INPUT, missing=("grade",))
    return methods.limit_by_expected_loss(policy.expected_loss_budget, rating.pd_12m, policy.lgd)


def _decide(
    case: CustomerCase,
    rating: Rating | None,
    policy: LimitPolicy,
    answers: Sequence[LimitMethod],
    need: Need,
    *,
    is_first_time: bool,
) -> LimitAdvice:
    grade = f"{rating.grade}{rating.modifier}" if rating else None
    chosen = [one for one in answers if one.code in policy.weights]
    capacity = compute_capacity(
        chosen,
        policy.choose_rule(grade, is_first_time=is_first_time),
        weights=policy.weights,
        limit_factor=get_limit_factor(grade),
        small_limit=policy.small_limit,
    )
    factor = get_limit_factor(grade, capacity.used)
    appetite = compute_appetite(
        policy.own_equity, policy.own_receivables, policy.approver_authority
    )
    is_closed = bool(rating and rating.components["limit"]["is_zero"])
    decision = None
    if rating is not None and (capacity.value is not None or is_closed):
        decision = decide_limit(
            capacity.value or ZERO,
            need=need.value,
            appetite_cap=appetite,
            limit_factor=factor,
            secured=ZERO,
            is_overridden=is_closed,
            unit=UNIT,
        )
    return LimitAdvice(
        currency=case.evaluation.currency,
        methods=tuple(
            Advice(one, policy.weights.get(one.code), one.code in capacity.used) for one in answers
        ),
        need=need,
        appetite=appetite,
        secured=ZERO,
        capacity=capacity,
        factor=factor,
        decision=decision,
        policy=policy,
        reasons=(*capacity.reasons, *(decision.reasons if decision else ())),
    )


def _in_currency(fact: Mapping[str, Any], case: CustomerCase) -> Decimal | None:
    if fact["number"] is None:
        return None
    currency = case.evaluation.currency
    return _convert(fact["number"], fact["unit"] or currency, currency, case.rates)


def _convert(
    amount: Decimal, source: str, target: str, rates: Mapping[str, Decimal]
) -> Decimal | None:
    if source == target:
        return amount
    if source not in rates or target not in rates:
        return None
    return amount * rates[source] / rates[target]
