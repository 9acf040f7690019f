"""Statements, answers and ratings as they are stored, on a real PostgreSQL."""

import random
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from common.errors import InvalidInput, NotAllowed
from common.models import Event, Rate
from customers.models import Customer, Task
from scoring.domain.profile import Profile
from scoring.domain.rating.evaluation import Evaluation, evaluate_models
from scoring.domain.statements.items import DERIVED_ITEMS
from scoring.domain.statements.years import rescale
from scoring.domain.vectorised import ITEM_COLUMNS
from scoring.models import FiveCAssessment, Rating, Statement, StatementLine
from scoring.selectors import explain_rating, get_current_rating, get_current_ratings, list_z_trend
from scoring.selectors.rated_models import evaluate_rating
from scoring.selectors.statements import to_figures
from scoring.services import (
    AssessmentLocked,
    FactsChanged,
    accept_statement,
    confirm_assessment,
    preview_rating,
    rate_customers,
    save_assessment,
    save_statement,
)
from scoring.services.statements import InvalidStatement, NothingDoubtful
from tests.cast import People, make_customer
from tests.scoring.samples import (
    ANSWERS_5C_01,
    AS_OF,
    FY_2024,
    fixture_lines,
    give_answers,
    give_statement,
)

pytestmark = pytest.mark.django_db


def the_rating(customer: Customer, as_of: date = AS_OF) -> Rating:
    rating = get_current_rating(customer_id=customer.pk, as_of=as_of)
    assert rating is not None
    return rating


class TestSaveStatement:
    def test_keeps_every_line_in_its_unit(self, people: People) -> None:
        saved = give_statement(make_customer(), actor=people.analyst)
        assert (saved.outcome, saved.statement.version, saved.statement.doubtful) == (
            "CREATED", 1, False,
        )  # fmt: skip
        assert saved.statement.complete
        lines = dict(saved.statement.lines.values_list("item", "amount"))
        assert lines == fixture_lines("huaxin_2024")
        assert Event.objects.filter(code="scoring.statement.received").count() == 1

    def test_same_figures_again_change_nothing(self, people: People) -> None:
        customer = make_customer()
        give_statement(customer, actor=people.analyst)
        again = give_statement(customer, actor=people.analyst)
        assert again.outcome == "UNCHANGED"
        assert Statement.objects.count() == 1
        assert Event.objects.filter(code__startswith="scoring.statement").count() == 1

    def test_other_figures_are_a_version_that_supersedes(self, people: People) -> None:
        customer = make_customer()
        first = give_statement(customer).statement
        lines = fixture_lines("huaxin_2024") | {"employees": Decimal(321)}
        second = give_statement(customer, lines=lines)
        assert (second.outcome, second.statement.version) == ("UPDATED", 2)
        first.refresh_from_db()
        assert first.superseded_by == second.statement
        assert StatementLine.objects.filter(statement=first).count() == len(lines) - 1
        rate_customers(as_of=AS_OF)
        assert the_rating(customer).statement == second.statement

    def test_one_that_does_not_add_up_is_doubtful(self, people: People) -> None:
        lines = fixture_lines("huaxin_2024") | {"total_assets": Decimal(15300)}
        saved = give_statement(make_customer(), lines=lines)
        assert saved.statement.doubtful
        assert not saved.statement.complete
        codes = {finding["code"] for finding in saved.findings if finding["severity"] == "ERROR"}
        assert codes == {"BS-03", "BS-09"}
        broken = next(f for f in saved.findings if f["code"] == "BS-09")
        assert (broken["computed"], broken["stated"], broken["difference"]) == (
            "15200.000" if "." in broken["computed"] else "15200", broken["stated"], "-100",
        )  # fmt: skip

    def test_a_rounding_difference_is_a_warning(self, people: People) -> None:
        lines = fixture_lines("huaxin_2024") | {"net_profit": Decimal("1275.5")}
        lines.pop("total_comprehensive_income", None)
        saved = give_statement(make_customer(), lines=lines)
        assert not saved.statement.doubtful
        assert {(f["code"], f["severity"]) for f in saved.findings} == {("IS-03", "WARNING")}

    def test_opening_cash_that_is_not_last_years_closing_is_an_error(self, people: People) -> None:
        customer = make_customer()
        last = fixture_lines("huaxin_2023") | {"cash_end": Decimal(1000)}
        last.pop("restricted_cash", None)
        give_statement(customer, lines=last, period_end=date(2023, 12, 31), complete=False)
        saved = give_statement(customer)
        assert saved.statement.doubtful
        assert "YY-02" in {finding["code"] for finding in saved.findings}

    @pytest.mark.parametrize(
        ("field", "header"),
        [
            ("unit", {"unit": 7}),
            ("months", {"months": 19}),
            ("opinion", {"opinion": "GLOWING"}),
            ("period_end", {"period_end": date(2025, 7, 1)}),
            ("lines", {"lines": {}}),
            ("ebit", {"lines": {"ebit": Decimal(3)}}),
            ("moonlight", {"lines": {"moonlight": Decimal(3)}}),
        ],
    )
    def test_refuses_what_cannot_be_used(
        self, reference: None, field: str, header: dict[str, Any]
    ) -> None:
        customer = make_customer()
        with pytest.raises(InvalidInput) as refused:
            give_statement(customer, **header)
        assert refused.value.field == field
        assert isinstance(refused.value, InvalidStatement) or field in ("ebit", "moonlight")
        assert not Statement.objects.exists()

    def test_sales_may_not_enter_statements(self, people: People) -> None:
        with pytest.raises(NotAllowed):
            give_statement(make_customer(), actor=people.sales)
        assert not Statement.objects.exists()


class TestAcceptStatement:
    def make_doubtful(self, customer: Customer, actor: Any) -> Statement:
        lines = fixture_lines("huaxin_2024") | {"total_noncurrent_assets": Decimal(6500)}
        return give_statement(customer, lines=lines, actor=actor).statement

    def test_a_doubtful_one_counts_only_after_acceptance(self, people: People) -> None:
        customer = make_customer()
        statement = self.make_doubtful(customer, people.analyst)
        counts = rate_customers(as_of=AS_OF)
        assert [(s.code, s.reason) for s in counts.skipped] == [("C001", "STATEMENT_DOUBTFUL")]
        accept_statement(
            statement=statement, reason="typing slip in a sub-total", as_of=AS_OF,
            actor=people.manager,
        )  # fmt: skip
        assert rate_customers(as_of=AS_OF).created == 1
        rating = the_rating(customer)
        assert (rating.statement, rating.z_value) == (statement, Decimal("3.9136"))

    def test_who_entered_it_does_not_accept_it(self, people: People) -> None:
        statement = self.make_doubtful(make_customer(), people.analyst)
        with pytest.raises(NotAllowed):
            accept_statement(statement=statement, reason="x", as_of=AS_OF, actor=people.analyst)
        with pytest.raises(IntegrityError), transaction.atomic():
            Statement.objects.filter(pk=statement.pk).update(accepted_by=people.analyst)
        statement.refresh_from_db()
        assert statement.accepted_by is None

    def test_needs_a_reason_and_something_to_accept(self, people: People) -> None:
        customer = make_customer()
        statement = self.make_doubtful(customer, people.analyst)
        with pytest.raises(InvalidInput):
            accept_statement(statement=statement, reason=" ", as_of=AS_OF, actor=people.manager)
        sound = give_statement(make_customer("C002")).statement
        with pytest.raises(NothingDoubtful):
            accept_statement(statement=sound, reason="x", as_of=AS_OF, actor=people.manager)


class TestAssessments:
    def test_author_and_confirmer_differ(self, people: People) -> None:
        draft = save_assessment(
            customer=make_customer(), answers=ANSWERS_5C_01, as_of=AS_OF, actor=people.analyst,
            comments={"CL2": "All machines are leased."},
        )  # fmt: skip
        with pytest.raises(NotAllowed) as refused:
            confirm_assessment(assessment=draft, as_of=AS_OF, actor=people.analyst)
        assert refused.value.code == "FOUR_EYES"
        with pytest.raises(IntegrityError), transaction.atomic():
            FiveCAssessment.objects.filter(pk=draft.pk).update(confirmed_by=people.analyst)
        confirm_assessment(assessment=draft, as_of=AS_OF, actor=people.manager)
        with pytest.raises(AssessmentLocked):
            confirm_assessment(assessment=draft, as_of=AS_OF, actor=people.manager)

    def test_saving_again_updates_the_own_draft_and_leaves_confirmed_ones(
        self, people: People
    ) -> None:
        customer = make_customer()
        confirmed = give_answers(customer, people.analyst, people.manager)
        better = ANSWERS_5C_01 | {"collateral": [3, 3, 3, 3, 3]}
        values = {"customer": customer, "answers": better, "actor": people.analyst}
        first = save_assessment(as_of=AS_OF, **values)
        second = save_assessment(as_of=AS_OF, **values)
        assert first.pk == second.pk != confirmed.pk
        confirmed.refresh_from_db()
        assert confirmed.answers["collateral"] == [2, 1, 2, 3, 2]

    @pytest.mark.parametrize(
        ("field", "changes"),
        [
            ("character", {"answers": {"character": [3, 3]}}),
            ("CP1", {"answers": {"capacity": [6, 3, 3, 3, 3]}}),
            ("luck", {"answers": {"luck": [3] * 5}}),
            ("CT1", {"answers": {"capital": [1, 3, 3, 3, 3]}}),
            ("CT2", {"answers": {"capital": [3, "NA", 3, 3, 3]}}),
            ("CH9", {"answers": {}, "evidence": {"CH9": []}}),
            ("CH1", {"answers": {}, "evidence": {"CH1": [{"on": "last week", "note": ""}]}}),
        ],
    )
    def test_refuses_bad_answers(self, people: People, field: str, changes: dict[str, Any]) -> None:
        with pytest.raises(InvalidInput) as refused:
            save_assessment(customer=make_customer(), as_of=AS_OF, actor=people.analyst, **changes)
        assert refused.value.field == field
        assert not FiveCAssessment.objects.exists()

    def test_collectors_may_not_answer(self, people: People) -> None:
        with pytest.raises(NotAllowed):
            save_assessment(
                customer=make_customer(), answers={}, as_of=AS_OF, actor=people.collector
            )


class TestRateCustomers:
    def test_huaxin_is_what_the_worked_example_says(self, people: People) -> None:
        """One year alone: Z″, strength and Bathory 30:30:10, the others lack last year.

        Z″ 3.9136 → 60 + 15 × 1.3136/1.4 = 74.0747. Strength: the guide's points with the days of
        57.4820 and 60.2674 on year-end balances (57.5180 and 62.2771 points), no growth: 6587.69/95
        = 69.3441. Bathory without a deferred tax charge: .4037 + .4478 + 1.4220 + .9463 + .2204 =
        3.4402 → 74.4015. Together (2222.24 + 2080.32 + 744.02)/70 = 72.0940. With 5C 62.75 at 35:20
        → 68.6962, BBB+; limit 13.875 M × 0.8.
        """
        customer = make_customer()
        give_statement(customer)
        give_answers(customer, people.analyst, people.manager)
        counts = rate_customers(as_of=AS_OF, actor=people.analyst)
        assert (counts.considered, counts.created, counts.skipped) == (1, 1, [])
        rating = the_rating(customer)
        assert (rating.z_value, rating.z_band) == (Decimal("3.9136"), "SAFE")
        assert rating.z_model == "altman_z_double_prime"
        assert rating.financial_score == Decimal("72.0940")
        assert rating.qualitative_score == Decimal("62.7500")
        assert rating.score == Decimal("68.6962")
        assert (rating.grade, rating.modifier, rating.risk_class) == ("BBB", "+", "2")
        assert rating.pd_12m == Decimal("0.00099329")
        assert rating.valid_to == date(2025, 12, 30)
        assert rating.suggested_limit == Decimal(11_000_000)
        assert rating.rated_by == people.analyst

    def test_beichen_is_insolvent_and_gets_no_limit(self, reference: None) -> None:
        customer = make_customer()
        give_statement(customer, "beichen_2024", complete=False)
        rate_customers(as_of=AS_OF)
        rating = the_rating(customer)
        assert (rating.z_value, rating.z_band) == (Decimal("-4.3963"), "DISTRESS")
        assert (rating.grade, rating.risk_class, rating.suggested_limit) == ("C", "5", Decimal(0))
        assert {cap["code"] for cap in rating.caps} == {"CAP-03", "CAP-08"}

    def test_repeat_stores_nothing(self, people: People) -> None:
        for code in ("C001", "C002"):
            give_statement(make_customer(code))
        assert rate_customers(as_of=AS_OF).created == 2
        events = Event.objects.count()
        again = rate_customers(as_of=AS_OF)
        assert (again.created, again.unchanged) == (0, 2)
        assert (Rating.objects.count(), Event.objects.count()) == (2, events)

    def test_changed_only_rates_new_facts_and_expired_ratings(self, people: People) -> None:
        one, other = make_customer("C001"), make_customer("C002")
        give_statement(one)
        give_statement(other)
        rate_customers(as_of=AS_OF)
        next_day = date(2025, 7, 1)
        assert rate_customers(as_of=next_day, changed_only=True).created == 0
        give_answers(other, people.analyst, people.manager, as_of=next_day)
        changed = rate_customers(as_of=next_day, changed_only=True)
        assert (changed.created, changed.unchanged) == (1, 1)
        assert the_rating(other, next_day).assessment is not None
        expiry = the_rating(one, next_day).valid_to
        assert rate_customers(as_of=expiry, changed_only=True, customer_ids=[one.pk]).created == 1

    def test_facts_that_come_back_on_the_same_day_count_again(self, people: People) -> None:
        customer = make_customer()
        give_statement(customer)
        rate_customers(as_of=AS_OF)
        first = the_rating(customer)
        for founded in (date(2024, 9, 30), None):
            Customer.objects.filter(pk=customer.pk).update(founded=founded)
            rate_customers(as_of=AS_OF)
            rate_customers(as_of=AS_OF)
        grades = Rating.objects.filter(customer=customer).order_by("id").values_list("grade")
        assert [grade for (grade,) in grades] == ["A", "BB", "A"]
        assert the_rating(customer).pk != first.pk

    def test_no_facts_is_said(self, reference: None) -> None:
        make_customer()
        counts = rate_customers(as_of=AS_OF)
        assert [(s.code, s.reason) for s in counts.skipped] == [("C001", "NO_FACTS")]
        assert not Rating.objects.exists()

    def test_missing_items_give_a_reason_and_no_number(self, people: People) -> None:
        customer = make_customer()
        lines = fixture_lines("huaxin_2024")
        for item in ("total_current_assets", "undistributed_profit"):
            lines.pop(item)
        give_statement(customer, lines=lines, complete=False)
        (skipped,) = rate_customers(as_of=AS_OF).skipped
        assert skipped.reason == "NOTHING_TO_SCORE"
        assert set(skipped.params["items"]) == {"total_current_assets", "undistributed_profit"}
        give_answers(customer, people.analyst, people.manager)
        rate_customers(as_of=AS_OF)
        rating = the_rating(customer)
        assert (rating.z_value, rating.financial_score, rating.z_band) == (None, None, "")
        # Neither financial nor behaviour: at most BB, whatever the answers say.
        assert (rating.grade, rating.components["binding"]) == ("BB", "CAP-01")
        assert rating.components["financial"]["z"]["status"] == "missing_input"
        assert rating.suggested_limit is None

    def test_a_condensed_statement_counts_with_what_it_states(self, reference: None) -> None:
        customer = make_customer()
        lines = {
            "total_current_assets": 8800, "total_current_liabilities": 5450, "ebit": 1690,
            "retained_earnings": 2930, "total_assets": 15200, "total_liabilities": 7450,
            "revenue": 21500, "net_profit": 1275, "da": 700,
        }  # fmt: skip
        give_statement(
            customer, lines={k: Decimal(v) for k, v in lines.items()}, form="CONDENSED",
            complete=False,
        )  # fmt: skip
        rate_customers(as_of=AS_OF)
        rating = the_rating(customer)
        # Equity from the balance sheet identity; no inventories, so no working-assets limit.
        assert rating.z_value == Decimal("3.9136")
        assert rating.components["financial"]["z"]["status"] == "ok_with_guard"
        assert rating.suggested_limit is None

    def test_an_adverse_opinion_takes_the_statement_out(self, people: People) -> None:
        customer = make_customer()
        give_statement(customer, opinion="ADVERSE")
        give_answers(customer, people.analyst, people.manager)
        rate_customers(as_of=AS_OF)
        rating = the_rating(customer)
        assert (rating.financial_score, rating.grade) == (None, "B")
        assert rating.components["binding"] == "CAP-06"

    def test_an_old_statement_decays_and_then_no_longer_counts(self, reference: None) -> None:
        customer = make_customer()
        give_statement(customer)
        rate_customers(as_of=date(2026, 2, 28))
        # 72.0940 less two points for each of the two months over twelve.
        assert the_rating(customer, date(2026, 2, 28)).financial_score == Decimal("68.0940")
        (skipped,) = rate_customers(as_of=date(2026, 8, 1)).skipped
        assert skipped.params["reasons"] == ["STATEMENT_STALE", "NO_ASSESSMENT"]

    def test_interim_flows_are_scaled_or_rolled(self, reference: None) -> None:
        customer, day = make_customer(), date(2026, 1, 31)
        nine = fixture_lines("huaxin_2024")
        nine |= {"profit_before_tax": Decimal(1200), "interest_expense": Decimal(150)}
        interim = {k: v for k, v in nine.items() if k not in ("net_profit", "operating_profit")}
        values = {"kind": "INTERIM", "months": 9, "as_of": day, "complete": False}
        give_statement(customer, lines=interim, period_end=date(2025, 9, 30), **values)
        rate_customers(as_of=day)
        scaled = the_rating(customer, day)
        # EBIT 1350 × 12/9 = 1800; two points of the audit's trust go to 0.8.
        assert scaled.z_value == Decimal("3.9623")
        assert scaled.components["financial"]["reliability"] == "0.8000"
        before = interim | {"profit_before_tax": Decimal(1000), "interest_expense": Decimal(140)}
        give_statement(customer, lines=before, period_end=date(2024, 9, 30), **values)
        give_statement(customer, as_of=day)
        rate_customers(as_of=date(2026, 2, 1))
        rolled = the_rating(customer, date(2026, 2, 1))
        # EBIT 1690 + 1350 - 1140 = 1900: trailing twelve months, trusted in full.
        assert rolled.z_value == Decimal("4.0065")
        assert rolled.components["financial"]["reliability"] == "1.0000"

    def test_bad_answers_of_one_customer_stop_nobody_else(self, people: People) -> None:
        good, bad = make_customer("C001"), make_customer("C002")
        for customer in (good, bad):
            give_statement(customer)
            give_answers(customer, people.analyst, people.manager)
        FiveCAssessment.objects.filter(customer=bad).update(answers={"character": [9] * 5})
        counts = rate_customers(as_of=AS_OF)
        assert [(s.code, s.reason) for s in counts.skipped] == [("C002", "ANSWERS_UNREADABLE")]
        assert list(Rating.objects.values_list("customer__code", flat=True)) == ["C001"]

    def test_absurd_figures_of_one_customer_stop_nobody_else(self, people: People) -> None:
        give_statement(make_customer("C001"))
        lines = {
            "total_current_assets": 8800, "total_current_liabilities": "0.001", "ebit": 1690,
            "retained_earnings": 2930, "total_assets": "90000000000000", "total_liabilities": "0.001",
            "net_worth": "90000000000000",
        }  # fmt: skip
        absurd = make_customer("C002")
        save_statement(
            customer=absurd, period_end=FY_2024, form="CONDENSED", as_of=AS_OF,
            lines={k: Decimal(v) for k, v in lines.items()},
        )  # fmt: skip
        give_answers(absurd, people.analyst, people.manager)
        counts = rate_customers(as_of=AS_OF)
        assert [(s.code, s.reason) for s in counts.skipped] == [("C002", "OUT_OF_RANGE")]
        assert counts.created == 1

    def test_answers_of_4_without_evidence_count_as_3(self, people: People) -> None:
        customer = make_customer()
        give_answers(customer, people.analyst, people.manager, with_evidence=False)
        rate_customers(as_of=AS_OF)
        rating = the_rating(customer)
        # CH 50, CP 50, CT 50, CL 25, CD 50.
        assert rating.qualitative_score == Decimal("47.5000")
        assert len(rating.components["qualitative"]["unsupported"]) == 11

    def test_an_insolvent_customer_is_d_without_any_figures(self, reference: None) -> None:
        customer = make_customer(state=Customer.State.INSOLVENT)
        rate_customers(as_of=AS_OF)
        rating = the_rating(customer)
        assert (rating.grade, rating.risk_class, rating.score) == ("D", "D", None)
        assert rating.components["binding"] == "KO-01"

    def test_a_downgrade_is_an_event_and_a_task(self, people: People) -> None:
        customer = make_customer()
        give_statement(customer)
        rate_customers(as_of=AS_OF)
        worse = {"lines": fixture_lines("beichen_2024"), "complete": False}
        give_statement(customer, **worse)
        counts = rate_customers(as_of=AS_OF)
        assert (counts.created, counts.downgraded) == (1, 1)
        event = Event.objects.get(code="scoring.rating.downgraded")
        assert (event.before, event.after) == ({"grade": "A-"}, {"grade": "C"})
        task = Task.objects.get(kind="RATING_DOWNGRADED")
        assert (task.customer, task.role, task.url) == (
            customer, "ANALYST", "/customers/C001/rating/",
        )  # fmt: skip
        assert (
            get_current_ratings(customer_ids=[customer.pk], as_of=AS_OF)[customer.pk].grade == "C"
        )

    def test_a_proposal_whose_facts_changed_is_refused(self, people: People) -> None:
        customer = make_customer()
        give_statement(customer)
        seen = preview_rating(customer=customer, as_of=AS_OF, actor=people.analyst).rating
        assert seen is not None
        assert not Rating.objects.exists()
        give_answers(customer, people.analyst, people.manager)
        with pytest.raises(FactsChanged):
            rate_customers(
                as_of=AS_OF, customer_ids=[customer.pk], actor=people.analyst,
                expected_digest=seen.facts_digest,
            )  # fmt: skip
        assert not Rating.objects.exists()

    def test_sales_may_not_rate(self, people: People) -> None:
        customer = make_customer()
        give_statement(customer)
        with pytest.raises(NotAllowed):
            rate_customers(as_of=AS_OF, customer_ids=[customer.pk], actor=people.sales)
        assert not Rating.objects.exists()

    def test_a_rating_is_never_changed(self, reference: None) -> None:
        customer = make_customer()
        give_statement(customer)
        rate_customers(as_of=AS_OF)
        with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
            Rating.objects.update(grade="AAA")
        with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
            Rating.objects.all()._raw_delete(using="default")


OPINIONS = ("UNQUALIFIED", "UNQUALIFIED_EMPHASIS", "QUALIFIED", "UNAUDITED_FILED", "UNAUDITED")
ITEMS = tuple(name for name in ITEM_COLUMNS if name not in DERIVED_ITEMS)
SIGNED = ("undistributed_profit", "profit_before_tax", "net_profit", "finance_costs_net")


def draw_statement(rng: random.Random) -> dict[str, Any]:
    """A statement that may lack items, be interim, old, small, insolvent or a bank's."""
    lines = {
        item: Decimal(rng.randint(-20_000 if item in SIGNED else 1, 90_000)) / 10
        for item in ITEMS
        if rng.random() > 0.02
    }
    if "total_assets" in lines and "total_liabilities" in lines:
        lines["total_equity"] = lines["total_assets"] - lines["total_liabilities"]
    return {
        "lines": lines or {"total_assets": Decimal(1)},
        "opinion": rng.choice(OPINIONS),
        "months": rng.choice([12, 12, 12, 6, 9, 15]),
        "unit": rng.choice([1, 1_000, 10_000]),
        "period_end": date(2024, 12, 31) if rng.random() > 0.2 else date(2023, 10, 31),
        "complete": rng.random() > 0.5,
        "source": "ESTIMATE" if rng.random() > 0.9 else "CUSTOMER",
    }


def rate_by_the_book(customer: Customer, rows: list[Statement]) -> Evaluation:
    """Rate a customer's statements, newest first, with the scalar rules alone."""
    unit = rows[0].unit
    books = [
        rescale(
            to_figures(
                row,
                dict(row.lines.values_list("item", "amount")),
                is_complete=row.complete and not row.doubtful,
            ),
            Decimal(row.unit) / unit,
        )
        for row in rows
    ]
    dollars = Rate.objects.filter(kind="fx", code="USD", valid_from__lte=rows[0].period_end)
    latest = dollars.order_by("-valid_from").first()
    return evaluate_models(
        books,
        as_of=AS_OF,
        profile=Profile(industry=customer.industry, founded=customer.founded),
        unit=Decimal(unit),
        usd_rates={"CNY": 1 / latest.value} if latest else {},
    )


def rounded(value: Decimal | None, places: str = "0.0001") -> Decimal | None:
    return None if value is None else value.quantize(Decimal(places), ROUND_HALF_UP)


class TestBulkEqualsTheBook:
    def test_200_random_customers(self, people: People) -> None:
        """What is stored is what the scalar rules say, customer by customer, of one year or two."""
        rng = random.Random(20250630)
        for n in range(200):
            customer = make_customer(
                f"R{n:03}",
                industry=rng.choice(["F51", "C34", "J66", ""]),
                founded=rng.choice([None, date(2010, 5, 1), date(2024, 9, 30), date(2023, 8, 1)]),
            )
            drawn = draw_statement(rng)
            give_statement(customer, **drawn)
            if rng.random() > 0.4:
                end = drawn["period_end"].replace(year=drawn["period_end"].year - 1)
                give_statement(customer, **(draw_statement(rng) | {"period_end": end}))
        Statement.objects.filter(doubtful=True).update(accepted_by=people.manager)
        counts = rate_customers(as_of=AS_OF)
        ratings = {r.customer_id: r for r in Rating.objects.select_related("policy", "statement")}
        assert len(ratings) == counts.created == 200 - len(counts.skipped)
        assert 60 < counts.created < 190
        unrated = {skip.customer_id for skip in counts.skipped}
        for customer in Customer.objects.filter(code__startswith="R"):
            rows = list(Statement.objects.filter(customer=customer).order_by("-period_end"))
            evaluation = rate_by_the_book(customer, rows)
            book, stored = evaluation.composite, ratings.get(customer.pk)
            if book.grade is None:
                assert customer.pk in unrated
                continue
            assert stored is not None
            self.assert_same(stored, evaluation)
            again = evaluate_rating(stored)
            assert again is not None
            assert again.differences == ()

    def assert_same(self, stored: Rating, evaluation: Evaluation) -> None:
        book = evaluation.composite
        z = evaluation.models[evaluation.z_model] if evaluation.z_model else None
        if z is not None and z.value is not None:
            assert (stored.z_model, stored.z_value) == (z.model, rounded(z.value))
            assert stored.z_band == (z.band or "").upper()
        else:
            assert (stored.z_model, stored.z_value, stored.z_band) == ("", None, "")
        for model in stored.components["financial"]["models"]:
            found = evaluation.models[model["model"]] if model["model"] else None
            if found is not None:
                assert model["status"] == found.status.value
                assert model["band"] == found.band
                value = None if model["value"] is None else Decimal(model["value"])
                assert value == rounded(found.value, "0.000001")
            if found is not None and found.value is None and model["role"] != "cri":
                assert tuple(model.get("missing", ())) == found.missing
        assert stored.financial_score == rounded(evaluation.financial.value)
        assert stored.score == rounded(book.score)
        assert stored.grade + stored.modifier == book.grade
        assert stored.risk_class == book.risk_class
        assert stored.pd_12m == rounded(book.pd_12m, "0.00000001")
        assert stored.suggested_limit == evaluation.suggested_limit
        assert stored.components["binding"] == book.binding
        assert {cap["code"] for cap in stored.caps} == {cap.code for cap in book.caps}
        assert {r.code for r in book.reasons} <= {r["code"] for r in stored.reasons}

    def test_the_explanation_leads_to_the_stored_grade(self, people: People) -> None:
        customer = make_customer()
        give_statement(customer)
        give_answers(customer, people.analyst, people.manager)
        rate_customers(as_of=AS_OF)
        rating = the_rating(customer)
        explained = explain_rating(rating)
        assert [step.code for step in explained.waterfall] == ["financial", "qualitative"]
        assert rounded(explained.waterfall[-1].end) == rating.score
        assert (explained.next_grade, explained.binding) == ("A", None)
        way = explained.ways_out[0]
        assert (way.name, rounded(way.needed), rounded(way.needed_z)) == (
            "financial", Decimal("74.1429"), Decimal("4.3855"),
        )  # fmt: skip
        # (74.1429 - 40.3477 of the other two) × 70/30 = 78.8554 → 4 + 1.5 × 3.8554/15.
        assert [up.indicator for up in explained.ways_out[1].steps] == ["CH1", "CH2", "CH4"]

    def test_the_trend_is_by_period(self, reference: None) -> None:
        customer = make_customer()
        give_statement(customer, "huaxin_2023", period_end=date(2023, 12, 31))
        give_statement(customer)
        points = list_z_trend(customer, as_of=AS_OF)
        assert [(p.period_end.year, rounded(p.value), p.band) for p in points] == [
            (2023, Decimal("3.3339"), "safe"),
            (2024, Decimal("3.9136"), "safe"),
        ]
