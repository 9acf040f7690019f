"""Markets, surveys and lists of tenants that tests share."""

from typing import Any

from common.clock import business_today
from scoring.domain.markets import market as market_card
from scoring.domain.markets import tenant as tenant_card
from scoring.models import Market, MarketSurvey
from scoring.services.admissions import ListedTenant
from scoring.services.markets import save_market, save_survey
from tests.cast import People

TODAY = business_today()
K01 = dict(zip(market_card.INDICATORS, (4, 3, 5, 4, 5, 3, 4, 2, 4, 3), strict=True))
PRIORITY = K01 | {"annual_volume": 5}


def make_market(people: People, **fields: Any) -> Market:
    values = {"code": "YW1", "name_zh": "示例义乌小商品城", "name_en": "Sample Small Goods City",
              "kind": "WHOLESALE", "active_tenants": 40}  # fmt: skip
    return save_market(actor=people.analyst, as_of=TODAY, **(values | fields))


def survey(people: People, market: Market, **fields: Any) -> MarketSurvey:
    values = {"steps": K01, "second_surveyor": people.sales, "actor": people.analyst,
              "as_of": TODAY}  # fmt: skip
    return save_survey(market=market, **(values | fields))


def tenants(*levels: int | None, **fields: Any) -> list[ListedTenant]:
    """Tenants T01 …, each with the same step everywhere (None: no answers)."""
    return [
        ListedTenant(
            f"T{n:02}", f"示例商户{n}", dict.fromkeys(tenant_card.INDICATORS, step), **fields
        )
        for n, step in enumerate(levels, start=1)
    ]
