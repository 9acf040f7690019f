"""What a day knew: nothing that came, was decided, restated or ended later changes a past rating."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from common.policies import add_policy
from customers.models import Customer
from scoring.domain.rating.policy_body import write_policy_body
from scoring.selectors import evaluate_rating, list_statements
from scoring.selectors.customer_case import evaluate_customer
from scoring.selectors.facts import gather_facts
from scoring.selectors.rates import find_usd_rate, read_rates
from scoring.services import (
    confirm_assessment,
    preview_rating,
    rate_customers,
    save_assessment,
)
from scoring.services.ratings import arrange_levels
from scoring.services.statements import accept_statement
from tests.cast import People, make_customer
from tests.scoring.samples import (
    ANSWERS_5C_01,
    AS_OF,
    FY_2024,
    fixture_lines,
    give_answers,
    give_statement,
)
from tests.scoring.test_rating_life import (
    give_ledger,
    give_years,
    hit,
    say,
    the_rating,
)

pytestmark = pytest.mark.django_db

NEXT = AS_OF + timedelta(days=1)


@pytest.fixture
def huaxin(people: People) -> Customer:
    customer = make_customer(industry="C34", founded=date(2005, 1, 1))
    give_years(customer)
    give_answers(customer, people.analyst, people.manager)
    give_ledger(customer)
    say(customer, "RISK_INDICATOR", "2")
    return customer


class TestPastRatings:
    def test_is_reproduced_after_everything_changed(self, huaxin: Customer, people: People) -> None:
        """Rated on day one; then another policy, other figures, other facts, another industry."""
        rate_customers(as_of=AS_OF)
        old = the_rating(huaxin)
        body = write_policy_body() | {
            "components": {"financial": 100, "behaviour": 0, "qualitative": 0, "external": 0}
        }
        add_policy("RATING", body, valid_from=NEXT)
        worse = fixture_lines("huaxin_2024") | {"accounts_receivable": Decimal(2_601)}
        give_statement(huaxin, lines=worse, as_of=NEXT)
        say(huaxin, "RISK_INDICATOR", "4", about=NEXT, as_of=NEXT)
        say(huaxin, "MARKET_CAP", "1000000", about=NEXT, as_of=NEXT)
        huaxin.industry, huaxin.listed = "F51", True
        huaxin.save()
        rate_customers(as_of=NEXT)
        assert the_rating(huaxin, NEXT).score != old.score
        again = evaluate_rating(old)
        assert again is not None
        assert again.differences == ()
        case = evaluate_customer(huaxin, as_of=AS_OF, rating=old)
        composite = case.evaluation.composite
        assert composite.score is not None
        assert old.score is not None
        assert abs(composite.score - old.score) < Decimal("0.0001")
        assert composite.grade == f"{old.grade}{old.modifier}"
        assert case.statement == old.statement

    def test_made_again_on_its_day_it_is_the_same(self, huaxin: Customer, people: People) -> None:
        rate_customers(as_of=AS_OF)
        old = the_rating(huaxin)
        worse = fixture_lines("huaxin_2024") | {"accounts_receivable": Decimal(2_601)}
        give_statement(huaxin, lines=worse, as_of=NEXT)
        say(huaxin, "RISK_INDICATOR", "4", about=NEXT, as_of=NEXT)
        draft = save_assessment(
            customer=huaxin,
            answers=ANSWERS_5C_01 | {"conditions": [1, 1, 1, 1, 1]},
            comments=dict.fromkeys(("CL2", "CD1", "CD2", "CD3", "CD4", "CD5"), "Bad."),
            as_of=AS_OF,
            actor=people.analyst,
        )
        # Drafted on the day, confirmed after it: what counts since then is not what counted then.
        confirm_assessment(assessment=draft, as_of=NEXT, actor=people.manager)
        preview = preview_rating(customer=huaxin, as_of=AS_OF, actor=people.manager)
        assert preview.rating is not None
        for name in (
            "score",
            "grade",
            "modifier",
            "financial_score",
            "components",
            "reasons",
            "caps",
        ):
            assert getattr(preview.rating, name) == getattr(old, name), name
        assert rate_customers(as_of=AS_OF).created == 0
        later = preview_rating(customer=huaxin, as_of=NEXT, actor=people.manager).rating
        assert later is not None
        assert later.assessment_id == draft.pk


class TestStatementsOfADay:
    def test_the_version_that_had_arrived(self, people: People) -> None:
        customer = make_customer()
        first = give_statement(customer, received_on=date(2025, 4, 20)).statement
        worse = fixture_lines("huaxin_2024") | {"accounts_receivable": Decimal(2_601)}
        second = give_statement(customer, lines=worse).statement
        assert second.received_on == AS_OF
        day = timedelta(days=1)
        assert list(list_statements(customer, as_of=AS_OF - day)) == [first]
        assert list(list_statements(customer, as_of=AS_OF)) == [second]
        assert list(list_statements(customer, as_of=date(2025, 4, 19))) == []

    def test_a_doubt_that_came_later_is_no_reason_yet(self, people: People) -> None:
        customer = make_customer()
        broken = fixture_lines("huaxin_2024") | {"total_assets": Decimal(1)}
        row = give_statement(
            customer, lines=broken, received_on=AS_OF, actor=people.analyst
        ).statement
        assert row.doubtful
        for day, reason in ((AS_OF - timedelta(days=1), "NO_FACTS"), (AS_OF, "STATEMENT_DOUBTFUL")):
            facts = gather_facts(as_of=day, customer_ids=[customer.pk])
            assert [one.reason for one in facts.skipped] == [reason]
        accept_statement(statement=row, reason="Seen.", as_of=NEXT, actor=people.manager)
        assert gather_facts(as_of=NEXT, customer_ids=[customer.pk]).skipped == []
        (skipped,) = gather_facts(as_of=AS_OF, customer_ids=[customer.pk]).skipped
        assert skipped.reason == "STATEMENT_DOUBTFUL"
        assert evaluate_customer(customer, as_of=AS_OF).statement is None
        assert evaluate_customer(customer, as_of=NEXT).statement == row


class TestSanctions:
    def test_no_grade_is_shown(self, huaxin: Customer) -> None:
        hit(huaxin, "SANCTIONS")
        rate_customers(as_of=AS_OF)
        rating = the_rating(huaxin)
        assert (rating.grade, rating.is_trading_blocked, rating.shown_grade) == (
            "D", True, "BLOCKED",
        )  # fmt: skip

    def test_neither_page_nor_api_shows_one(self, huaxin: Customer, visit: Any) -> None:
        hit(huaxin, "SANCTIONS")
        rate_customers(as_of=AS_OF)
        client = visit("analyst")
        (row,) = client.get("/api/v1/ratings/").json()["results"]
        assert (row["grade"], row["is_trading_blocked"]) == (None, True)
        for url in (f"/customers/{huaxin.code}/rating/", "/ratings/", f"/customers/{huaxin.code}/"):
            page = client.get(url).content.decode()
            assert 'class="grade grade-none">Trading blocked<' in page, url
            # The list also counts the letters, D among them, in its strip.
            assert page.count('class="grade grade-D">') == (url == "/ratings/"), url


class TestRates:
    def test_one_reading_of_them(self, huaxin: Customer) -> None:
        assert read_rates(FY_2024)["USD"] == Decimal("7.20")
        assert find_usd_rate("CNY", on=FY_2024) == 1 / Decimal("7.20")
        assert find_usd_rate("USD", on=FY_2024) == 1
        assert find_usd_rate("XXX", on=FY_2024) is None


class TestLevels:
    def test_a_hundred_thousand_with_a_few_parents_take_no_time(self) -> None:
        ids = list(range(100_000))
        levels = list(arrange_levels(ids, {5: 1, 1: 9, 7: 200_000}))
        assert [len(level) for level in levels] == [99_998, 1, 1]
        assert levels[1:] == [[1], [5]]
