"""Markets, their surveys and their batch admissions, as one user may see them."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from common.errors import NotFound
from customers.models import Customer
from scoring.domain.markets.market import KNOCK_OUTS
from scoring.models import Admission, Market, MarketSurvey, Tenant
from scoring.selectors.ratings import get_current_ratings


def list_markets(user: Any, *, query: str = "", decision: str = "") -> Any:
    """List the markets that `user` may see, with the newest survey's and admission's figures.

    `query` is a part of a name, of the code or of the region; `decision` is that of the newest
    survey.
    """
    survey = MarketSurvey.objects.filter(market=OuterRef("pk")).order_by("-as_of", "-id")
    admission = Admission.objects.filter(market=OuterRef("pk")).order_by("-as_of", "-id")
    markets = Market.objects.for_user(user)
    for word in query.split():
        markets = markets.filter(
            Q(name_zh__icontains=word)
            | Q(name_en__icontains=word)
            | Q(code__icontains=word)
            | Q(region__icontains=word)
        )
    rows = markets.select_related("operator").annotate(
        score=Subquery(survey.values("score")[:1]),
        decision=Subquery(survey.values("decision")[:1]),
        surveyed_on=Subquery(survey.values("as_of")[:1]),
        admitted=Subquery(admission.values("admitted")[:1]),
        listed=Subquery(admission.values("listed")[:1]),
    )
    return rows.filter(decision=decision) if decision else rows


def get_market(code: str, *, user: Any) -> Market:
    """Return the market with this code that `user` may see; raise `NotFound`. One query."""
    found = Market.objects.for_user(user).select_related("operator").filter(code=code.upper())
    market: Market | None = found.first()
    if market is None:
        raise NotFound(_("There is no such market."))
    return market


def list_surveys(market: Market, *, as_of: date) -> QuerySet[MarketSurvey]:
    """List a market's surveys up to a day, newest first."""
    return (
        MarketSurvey.objects.filter(market=market, as_of__lte=as_of)
        .select_related("surveyed_by", "second_surveyor")
        .order_by("-as_of", "-id")
    )


def get_current_survey(market: Market, *, as_of: date) -> MarketSurvey | None:
    """Return the newest survey of a market on or before a day (one query)."""
    return list_surveys(market, as_of=as_of).first()


def list_admissions(market: Market) -> QuerySet[Admission]:
    """List a market's batch admissions, newest first."""
    return market.admissions.select_related("decided_by")


def list_all_admissions(user: Any, *, market: str = "") -> QuerySet[Admission]:
    """List the batch admissions of every market that `user` may see, newest first."""
    visible = Market.objects.for_user(user)
    if market:
        visible = visible.filter(code=market.upper())
    found = Admission.objects.filter(market__in=visible.order_by().values("pk"))
    return found.select_related("market").order_by("-as_of", "-id")


def get_admission(market: Market, pk: int) -> Admission:
    """Return one batch admission of a market; raise `NotFound`. One query."""
    found = Admission.objects.select_related("survey", "decided_by").filter(market=market, pk=pk)
    admission = found.first()
    if admission is None:
        raise NotFound(_("There is no such admission."))
    return admission


def list_tenants(admission: Admission, *, shown: str = "", query: str = "") -> QuerySet[Tenant]:
    """List an admission's tenants by place, the unscored last.

    `shown` narrows to "in", "out" or "visit"; `query` is a part of a name or code.
    """
    tenants = admission.tenants.select_related("customer").order_by("place", "key")
    if shown in ("in", "out"):
        tenants = tenants.filter(is_admitted=shown == "in")
    elif shown == "visit":
        tenants = tenants.filter(needs_visit=True)
    if query:
        tenants = tenants.filter(Q(name__icontains=query) | Q(key__icontains=query))
    return tenants


def count_visits(admission: Admission) -> int:
    """Count the tenants of an admission that are drawn for a visit. One query."""
    return admission.tenants.filter(needs_visit=True).count()


def list_visible_customers(tenants: Collection[Tenant], *, user: Any) -> set[int]:
    """Return the ids of those tenants' customers that `user` may open. One query, or none."""
    ids = {tenant.customer_id for tenant in tenants if tenant.customer_id}
    if not ids:
        return set()
    return set(Customer.objects.for_user(user).filter(pk__in=ids).values_list("pk", flat=True))


def list_knock_outs(customer_ids: Collection[int], *, as_of: date) -> dict[int, tuple[str, ...]]:
    """Return the knock-outs that the ratings in force of some customers carry. One query, or none."""
    if not customer_ids:
        return {}
    ratings = get_current_ratings(customer_ids=customer_ids, as_of=as_of)
    found = {}
    for customer_id, rating in ratings.items():
        codes = {cap.get("code") for cap in rating.caps}
        if hits := tuple(code for code in KNOCK_OUTS if code in codes):
            found[customer_id] = hits
    return found
