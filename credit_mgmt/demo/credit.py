"""Limits of the sample customers: asked for and approved by two people, most some time ago."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from random import Random

from django.db import transaction
from django.utils import timezone

from common.dates import add_months
from common.errors import CreditError
from credit_control.models import Approval, CreditAccount, CreditLimit, GroupLimit, LimitRequest
from credit_control.services import request_limit
from credit_mgmt.demo.books import Document
from credit_mgmt.demo.chance import chance_of
from credit_mgmt.demo.dossiers import Dossier
from customers.models import Company
from users.models import User

UNIT = Decimal(10_000)
REASON = "示例:年度授信 / Sample: yearly review"
ASKED_SHARE = 12  # one customer in so many waits for a decision
MONTHS_IN_FORCE = 12


@dataclass
class Granted:
    """What was granted to one customer: the limit now, and the smaller one before it, if any."""

    account: CreditAccount
    amount: Decimal
    since: date
    until: date
    before: Decimal | None
    before_since: date

    def list_limits(self) -> list[tuple[Decimal, date, date, str]]:
        """Return amount, first day, last day and state of every limit, oldest first."""
        limits = [(self.amount, self.since, self.until, CreditLimit.State.ACTIVE.value)]
        if self.before is not None:
            old = (self.before, self.before_since, self.since, CreditLimit.State.SUPERSEDED.value)
            limits.insert(0, old)
        return limits

    def in_force(self, day: date) -> Decimal:
        """Return the limit of a day; 0 before the first."""
        return next(
            (
                amount
                for amount, first, _last, _state in reversed(self.list_limits())
                if first <= day
            ),
            Decimal(0),
        )


def grant_limits(
    dossiers: list[Dossier],
    documents: dict[str, list[Document]],
    *,
    company: Company,
    seed: int,
    as_of: date,
    people: dict[str, User],
) -> dict[str, Granted]:
    """Write accounts and their limits, by customer code; new customers and prospects have none."""
    traders = [d for d in dossiers if d.trades]
    accounts = CreditAccount.objects.bulk_create(
        [CreditAccount(customer=d.customer, company=company, payment_term=d.term) for d in traders]
    )
    granted = [
        _draw(d, account, documents.get(d.customer.code, []), seed, as_of)
        for d, account in zip(traders, accounts, strict=True)
    ]
    _write(granted, as_of, people)
    for one in granted:
        one.account.next_review_date = one.until
    CreditAccount.objects.bulk_update(accounts, ["next_review_date"], batch_size=1000)
    _limit_groups(granted, company)
    return {one.account.customer.code: one for one in granted}


def _draw(
    dossier: Dossier, account: CreditAccount, documents: list[Document], seed: int, as_of: date
) -> Granted:
    rng = dossier.rng("limit", seed)
    months = max(1, min(24, dossier.habit.months))
    monthly = sum((d.gross for d in documents if d.corrects is None), Decimal(0)) / months
    cycle = Decimal(dossier.term.days + 45) / 30
    generosity = Decimal(str(round(0.9 + 0.9 * dossier.habit.strength + 0.5 * rng.random(), 3)))
    amount = _round_up(monthly * cycle * generosity)
    until = _review_day(rng, as_of)
    known_since = dossier.customer.relationship_since or as_of
    since = min(max(add_months(until, -MONTHS_IN_FORCE), known_since), as_of)
    before_since = add_months(since, -MONTHS_IN_FORCE)
    before = _round_up(amount * Decimal("0.8")) if before_since >= known_since else None
    return Granted(account, amount, since, until, before, before_since)


def _round_up(amount: Decimal) -> Decimal:
    return max(5 * UNIT, (amount / UNIT).to_integral_value(ROUND_CEILING) * UNIT)


def _review_day(rng: Random, as_of: date) -> date:
    """A few limits end within two weeks; the others over the next eleven months."""
    days = rng.randint(2, 14) if rng.random() < 0.03 else rng.randint(20, 335)
    return as_of + timedelta(days=days)


def _write(granted: Iterable[Granted], as_of: date, people: dict[str, User]) -> None:
    requests, limits = [], []
    for one in granted:
        for amount, first, last, state in one.list_limits():
            request = _request(one, amount, first, last)
            requests.append(request)
            limits.append(
                CreditLimit(
                    account=one.account,
                    kind=CreditLimit.Kind.TOTAL,
                    amount=amount,
                    valid_from=first,
                    valid_to=last,
                    state=state,
                    request=request,
                    reason=REASON,
                )
            )
    LimitRequest.objects.bulk_create(requests, batch_size=1000)
    CreditLimit.objects.bulk_create(limits, batch_size=1000)
    Approval.objects.bulk_create(
        [
            Approval(
                request=request,
                step=1,
                role="CREDIT_MANAGER",
                maker=request.requested_by,
                checker=people["manager"],
                decision=Approval.Decision.APPROVE,
                amount=request.approved_limit,
            )
            for request in requests
        ],
        batch_size=1000,
    )


def _request(one: Granted, amount: Decimal, first: date, last: date) -> LimitRequest:
    submitted = at_ten(first - timedelta(days=2))
    is_raised = one.before is not None and first == one.since
    return LimitRequest(
        account=one.account,
        kind=LimitRequest.Kind.INCREASE if is_raised else LimitRequest.Kind.NEW,
        requested_limit=amount,
        approved_limit=amount,
        valid_from=first,
        review_by=max(last, first + timedelta(days=1)),
        reason=REASON,
        route=[{"role": "CREDIT_MANAGER"}],
        state=LimitRequest.State.ACTIVATED,
        requested_by=one.account.customer.sales_owner,
        submitted_at=submitted,
        decided_at=submitted + timedelta(hours=6),
        decide_by=submitted + timedelta(hours=24),
    )


def _limit_groups(granted: list[Granted], company: Company) -> None:
    sums: dict[int, Decimal] = {}
    for one in granted:
        group = one.account.customer.group_id
        if group:
            sums[group] = sums.get(group, Decimal(0)) + one.amount
    GroupLimit.objects.bulk_create(
        [
            GroupLimit(
                group_id=group,
                company=company,
                amount=_round_up(total * Decimal("0.9")),
                valid_from=date(2020, 1, 1),
            )
            for group, total in sorted(sums.items())
        ]
    )


def ask_for_limits(
    granted: dict[str, Granted], *, seed: int, as_of: date, people: dict[str, User]
) -> int:
    """Let sales ask for higher limits that nobody has decided yet; some wait past their time."""
    rng = chance_of(seed, "requests")
    codes = sorted(granted)
    asked = 0
    for code in rng.sample(codes, min(len(codes), max(1, len(codes) // ASKED_SHARE))):
        one = granted[code]
        wanted = _round_up(one.amount * Decimal(rng.choice((120, 130, 150, 180))) / 100)
        try:
            with transaction.atomic():
                request_limit(
                    account=one.account,
                    requested_limit=wanted,
                    reason="示例:订单增加 / Sample: orders are growing",
                    valid_from=as_of,
                    review_by=add_months(as_of, 12),
                    as_of=as_of,
                    submitted_at=at_ten(as_of - timedelta(days=rng.choice((0, 0, 0, 1, 3)))),
                    actor=one.account.customer.sales_owner,
                )
        except CreditError:  # on hold, or in default: nobody may ask
            continue
        asked += 1
    return asked


def at_ten(day: date) -> datetime:
    """Return ten o'clock in the morning of a business day, in the house's time zone."""
    return timezone.make_aware(datetime.combine(day, time(10)))
