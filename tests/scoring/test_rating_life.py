"""Ratings over time: what they are made of, what makes a new one, what each tells, how it is explained."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.models import Event, Rate
from common.policies import add_policy
from customers.models import Customer, Signal
from customers.services import NewCheck, record_checks, record_fact
from receivables.services import apply_amounts
from scoring.domain.rating.policy_body import write_policy_body
from scoring.models import Rating, RatingOverride
from scoring.panels.ways import show_full_ways
from scoring.selectors import explain_rating, get_current_rating
from scoring.selectors.explain import compare
from scoring.selectors.rated_models import evaluate_rating
from scoring.selectors.ways_out import find_ways_out
from scoring.services import preview_rating, rate_customers
from tests.cast import People, make_customer
from tests.receivables import books
from tests.scoring.samples import AS_OF, FY_2024, fixture_lines, give_answers, give_statement

pytestmark = pytest.mark.django_db

FY_2023 = date(2023, 12, 31)

# The ledger of the guide's example (8.4): amount, due day, and what was paid when.
LEDGER: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    ("1", "100000", "2024-09-30", (("100000", "2024-09-28"),)),
    ("2", "80000", "2024-11-15", (("80000", "2024-11-20"),)),
    ("3", "150000", "2025-01-10", (("150000", "2025-01-25"),)),
    ("4", "60000", "2025-02-28", (("50000", "2025-03-10"), ("10000", "2025-03-30"))),
    ("5", "120000", "2025-03-31", (("120000", "2025-04-30"),)),
    ("6", "90000", "2025-04-30", (("90000", "2025-06-14"),)),
    ("7", "200000", "2025-05-31", ()),
    ("8", "110000", "2025-07-15", ()),
)


def the_rating(customer: Customer, as_of: date = AS_OF) -> Rating:
    rating = get_current_rating(customer_id=customer.pk, as_of=as_of)
    assert rating is not None
    return rating


def give_ledger(customer: Customer) -> None:
    """Post the invoices and payments of the guide's example."""
    for number, amount, due, payments in LEDGER:
        day = date.fromisoformat(due)
        name = f"{customer.code}-{number}"
        books.invoice(customer, name, amount, day=day - timedelta(days=60), due=day)
        for place, (paid, on) in enumerate(payments):
            pay(customer, name, paid, date.fromisoformat(on), f"{name}-{place}")


def pay(customer: Customer, number: str, amount: str, day: date, name: str) -> None:
    money = books.receipt(customer, name, amount, day=day)
    line = books.line(number)
    apply_amounts(receipt=money, parts=[(line.pk, Decimal(amount))], applied_on=day)


def give_years(customer: Customer) -> None:
    """Store both years of Huaxin, and the rate of dollars that the guide goes by."""
    give_statement(customer, "huaxin_2023", period_end=FY_2023)
    give_statement(customer)
    Rate.objects.update_or_create(
        kind="fx", code="USD", valid_from=FY_2024, defaults={"value": Decimal("7.20")}
    )


def say(customer: Customer, field: str, value: str, about: date = AS_OF, **more: Any) -> None:
    record_fact(
        customer=customer, field=field, value=value, about=about, source_class="AGENCY",
        source_name="agency", actor=None, as_of=more.pop("as_of", AS_OF), **more,
    )  # fmt: skip


def hit(customer: Customer, kind: str, **details: Any) -> None:
    check = NewCheck(
        customer.pk, kind, checked_on=AS_OF, result="HIT", match="EXACT", details=details
    )
    record_checks([check], as_of=AS_OF)


@pytest.fixture
def huaxin(people: People) -> Customer:
    """The guide's company: two years, 5C answers with evidence, a ledger, a bureau's opinion."""
    customer = make_customer(industry="C34", founded=date(2005, 1, 1))
    give_years(customer)
    give_answers(customer, people.analyst, people.manager)
    give_ledger(customer)
    say(customer, "RISK_INDICATOR", "2")
    return customer


class TestFourComponents:
    def test_the_guides_company_from_its_books(self, huaxin: Customer) -> None:
        """G-01 financial 68.7537; 8.4 without promises and disputes; 5C 62.75; bureau 70.

        PBS: (.55 × 76.4844 + .15 × 12.5 + .10 × 55 + .10 × 11.1069 + .05 × 100)/.95 = 58.4759, with
        8 pieces → (8 × 58.4759 + 5 × 60)/13 = 59.0621. Score .35 × 68.7537 + .30 × 59.0621 +
        .20 × 62.75 + .15 × 70 = 64.8324: BBB.
        """
        assert rate_customers(as_of=AS_OF).created == 1
        rating = the_rating(huaxin)
        assert (rating.z_model, rating.z_value) == ("altman_z_prime", Decimal("2.5153"))
        assert rating.financial_score == Decimal("68.7537")
        assert rating.behaviour_score == Decimal("59.0621")
        assert rating.qualitative_score == Decimal("62.7500")
        assert rating.external_score == Decimal("70.0000")
        assert (rating.score, rating.grade, rating.modifier) == (Decimal("64.8324"), "BBB", "")
        assert rating.caps == []
        models = {model["role"]: model for model in rating.components["financial"]["models"]}
        assert {role: round(float(model["sub"]), 4) for role, model in models.items()} == {
            "z": 59.2410, "cri": 69.0203, "bathory": 74.3281, "ohlson": 81.4380, "wall": 70.8452,
        }  # fmt: skip
        assert {role: model["weight"] for role, model in models.items()} == {
            "z": "0.300000", "cri": "0.300000", "bathory": "0.100000", "ohlson": "0.150000",
            "wall": "0.150000",
        }  # fmt: skip
        assert rating.components["behaviour"]["n"] == 8
        assert rating.components["behaviour"]["wadbt"] == "21.1250"
        assert rating.components["behaviour"]["is_deteriorating"] is True
        assert rating.components["external"]["opinions"] == [
            {"kind": "RISK_INDICATOR", "opinion": "2", "dated": AS_OF.isoformat()}
        ]

    def test_the_preview_is_what_is_stored(self, huaxin: Customer, people: People) -> None:
        preview = preview_rating(customer=huaxin, as_of=AS_OF, actor=people.analyst).rating
        assert preview is not None
        rate_customers(as_of=AS_OF)
        stored = the_rating(huaxin)
        for name in ("score", "behaviour_score", "external_score", "suggested_limit", "pd_12m"):
            assert Decimal(getattr(preview, name)) == getattr(stored, name)
        assert preview.components == stored.components
        assert preview.reasons == stored.reasons
        assert preview.facts_digest == stored.facts_digest

    def test_terms_come_back_from_the_immutable_statement(self, huaxin: Customer) -> None:
        rate_customers(as_of=AS_OF)
        again = evaluate_rating(the_rating(huaxin))
        assert again is not None
        assert again.differences == ()
        assert len(again.evaluation.models) == 18
        ohlson = again.evaluation.models["ohlson_o"]
        assert [term.name for term in ohlson.terms][:3] == ["constant", "size", "tl_ta"]
        assert again.evaluation.models["piotroski_f"].status.value == "missing_input"

    def test_a_listed_maker_goes_by_its_market_value(self, reference: None) -> None:
        """Z-10: market capitalisation of 124 million yuan is 12,400 of the statement's unit."""
        customer = make_customer(industry="C34", listed=True)
        give_years(customer)
        say(customer, "MARKET_CAP", "124000000")
        rate_customers(as_of=AS_OF)
        rating = the_rating(customer)
        assert (rating.z_model, rating.z_value) == ("altman_z_1968", Decimal("3.3130"))
        say(customer, "SUSPENDED_DAYS", "31")
        rate_customers(as_of=AS_OF)
        assert the_rating(customer).z_model == "altman_z_prime"

    def test_payments_alone_make_a_rating(self, reference: None) -> None:
        customer = make_customer()
        give_ledger(customer)
        rate_customers(as_of=AS_OF)
        rating = the_rating(customer)
        assert (rating.score, rating.statement) == (Decimal("59.0621"), None)
        # Without figures at most BBB; 59.06 is BB+ anyway.
        assert (rating.grade, rating.modifier) == ("BB", "+")
        assert evaluate_rating(rating) is None

    def test_nothing_that_came_later_counts(self, huaxin: Customer) -> None:
        """A restatement, a fact and a payment of July leave the rating of June as it was."""
        rate_customers(as_of=AS_OF)
        first = the_rating(huaxin)
        july = date(2025, 7, 20)
        worse = fixture_lines("huaxin_2024") | {"auditor": "x"}
        worse.pop("auditor")
        give_statement(
            huaxin, lines=worse | {"dividends_declared": Decimal(400)}, received_on=july, as_of=july
        )
        say(huaxin, "AGENCY_GRADE", "CCC", about=july, obtained_on=july, as_of=july)
        pay(huaxin, "C001-7", "200000", july, "late")
        assert rate_customers(as_of=AS_OF).created == 0
        assert the_rating(huaxin) == first
        rate_customers(as_of=july)
        later = the_rating(huaxin, july)
        assert later.statement_id != first.statement_id
        # The mean of 70 and 35.
        assert later.external_score == Decimal("52.5000")

    def test_old_opinions_no_longer_count(self, people: People) -> None:
        customer = make_customer()
        give_statement(customer)
        say(customer, "AGENCY_GRADE", "AA", about=AS_OF - timedelta(days=400))
        rate_customers(as_of=AS_OF)
        assert the_rating(customer).external_score is None

    def test_the_work_does_not_grow_with_the_customers(self, reference: None) -> None:
        def count(codes: range) -> int:
            for n in codes:
                give_years(make_customer(f"Q{n:03}"))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                rate_customers(as_of=AS_OF)
            return len(queries)

        assert count(range(3)) == count(range(3, 30))


class TestPublicFacts:
    @pytest.mark.parametrize(
        ("kind", "details", "grade", "binding", "limit"),
        [
            ("DISHONEST_DEBTOR", {}, "C", "KO-02", 0),
            ("SERIOUS_VIOLATION", {}, "CC", "KO-04", 0),
            ("CONSUMPTION_RESTRICTION", {}, "B", "CAPO-3", 3_400_000),
            ("ENFORCED_DEBTOR", {"amount": "3000000"}, "BBB", None, 11_000_000),
            ("ENFORCED_DEBTOR", {"amount": "4000000"}, "B", "CAPO-1", 3_400_000),
            ("SANCTIONS", {}, "D", "KO-06", 0),
        ],
    )
    def test_hold_the_grade(
        self, huaxin: Customer, kind: str, details: dict[str, Any], grade: str,
        binding: str | None, limit: int,
    ) -> None:  # fmt: skip
        """Enforcement counts over 5 % of the net worth of 77.5 million.

        Limits: 13.875 M × 0.80 = 11.1 M, in steps of half a million; × 0.25 = 3,468,750, of 100,000.
        """
        hit(huaxin, kind, **details)
        rate_customers(as_of=AS_OF)
        rating = the_rating(huaxin)
        assert (rating.grade, rating.components["binding"]) == (grade, binding)
        assert rating.suggested_limit == Decimal(limit)

    def test_a_shell_is_at_most_ccc(self, huaxin: Customer) -> None:
        for field, value in (("EMPLOYEES", "0"), ("PAID_IN_CAPITAL", "0"), ("PREMISES", "NONE")):
            say(huaxin, field, value)
        rate_customers(as_of=AS_OF)
        rating = the_rating(huaxin)
        assert (rating.grade, rating.components["binding"]) == ("CCC", "CAP-10")

    def test_a_hit_is_named_with_its_check(self, huaxin: Customer) -> None:
        hit(huaxin, "DISHONEST_DEBTOR")
        rate_customers(as_of=AS_OF)
        (named,) = the_rating(huaxin).components["facts"]["hits"]
        assert (named["flag"], named["since"]) == ("dishonest_judgment_debtor", "2025-06-30")
        assert named["check_id"] is not None


class TestNotches:
    def give(self, customer: Customer, people: People, code: str, **more: Any) -> RatingOverride:
        values = {
            "valid_from": AS_OF, "valid_to": date(2025, 12, 30), "reason": "Letter of support.",
            "state": "APPROVED", "asked_by": people.analyst, "decided_by": people.manager,
            "decided_on": AS_OF,
        }  # fmt: skip
        return RatingOverride.objects.create(customer=customer, code=code, **(values | more))

    def test_the_committee_lifts_by_two_notches_until_it_ends(
        self, huaxin: Customer, people: People
    ) -> None:
        override = self.give(huaxin, people, "NOTCH-3", notches=2)
        rate_customers(as_of=AS_OF)
        rating = the_rating(huaxin)
        assert (rating.grade, rating.modifier, rating.override) == ("A", "-", override)
        explained = explain_rating(rating)
        assert (explained.grade_before_caps, explained.grade_notched) == ("BBB", "A-")
        assert [step.code for step in explained.waterfall][-1] == "NOTCHED"
        assert explained.waterfall[-1].end == Decimal(70)
        assert "NOTCHED" in {reason["code"] for reason in rating.reasons}
        after = date(2025, 12, 30)
        rate_customers(as_of=after, changed_only=True)
        assert the_rating(huaxin, after).override is None

    def test_a_parent_is_rated_before_its_subsidiary(
        self, huaxin: Customer, people: People
    ) -> None:
        """In one run the subsidiary, whose number comes first, takes the parent's new grade."""
        child = huaxin
        parent = make_customer("P001", founded=date(2000, 1, 1))
        give_answers(parent, people.analyst, people.manager, with_evidence=True)
        weak = fixture_lines("beichen_2024")
        give_statement(parent, lines=weak, complete=False)
        Customer.objects.filter(pk=child.pk).update(parent=parent)
        self.give(child, people, "NOTCH-2", reason="Cash is pooled.")
        rate_customers(as_of=AS_OF)
        of_parent, of_child = the_rating(parent), the_rating(child)
        assert of_child.grade + of_child.modifier == of_parent.grade + of_parent.modifier
        assert of_child.components["facts"]["notches"][0]["parent_grade"] == (
            of_parent.grade + of_parent.modifier
        )


class TestChangedOnly:
    def test_a_day_that_passes_is_no_cause(self, huaxin: Customer) -> None:
        rate_customers(as_of=AS_OF)
        tomorrow = AS_OF + timedelta(days=1)
        counts = rate_customers(as_of=tomorrow, changed_only=True)
        assert (counts.created, counts.unchanged) == (0, 1)

    def test_payments_that_move_the_score_by_a_point_are(self, huaxin: Customer) -> None:
        rate_customers(as_of=AS_OF)
        tomorrow = AS_OF + timedelta(days=1)
        pay(huaxin, "C001-8", "110000", tomorrow, "early")
        assert rate_customers(as_of=tomorrow, changed_only=True).created == 1
        assert the_rating(huaxin, tomorrow).behaviour_score != the_rating(huaxin).behaviour_score

    def test_a_public_list_a_fact_and_a_policy_are(self, huaxin: Customer) -> None:
        rate_customers(as_of=AS_OF)
        day = AS_OF + timedelta(days=1)
        check = NewCheck(huaxin.pk, "TAX_GRADE", day, "HIT", "EXACT", {"grade": "D"})
        record_checks([check], as_of=day)
        assert rate_customers(as_of=day, changed_only=True).created == 1
        day += timedelta(days=1)
        say(huaxin, "PAYDEX", "80", about=day, obtained_on=day, as_of=day)
        assert rate_customers(as_of=day, changed_only=True).created == 1
        day += timedelta(days=1)
        add_policy("RATING", write_policy_body() | {"min_weight": 60}, valid_from=day)
        assert rate_customers(as_of=day, changed_only=True).created == 1
        assert rate_customers(as_of=day + timedelta(days=1), changed_only=True).created == 0

    def test_the_review_cycle_of_the_class_is(self, reference: None) -> None:
        """Class 5 is looked at every month, though the rating holds for three."""
        customer = make_customer()
        give_statement(customer, "beichen_2024", complete=False)
        rate_customers(as_of=AS_OF)
        assert the_rating(customer).risk_class == "5"
        assert rate_customers(as_of=date(2025, 7, 29), changed_only=True).created == 0
        assert rate_customers(as_of=date(2025, 7, 30), changed_only=True).created == 1


class TestNews:
    @pytest.mark.parametrize(
        ("kind", "severity"), [("CONSUMPTION_RESTRICTION", "RED"), ("TAX_GRADE", "AMBER")]
    )
    def test_a_worse_class_is_a_signal(self, huaxin: Customer, kind: str, severity: str) -> None:
        """BBB is class 2: B, class 4, is two worse and red; BB, class 3, is one worse and amber."""
        rate_customers(as_of=AS_OF)
        hit(huaxin, kind, **({"grade": "D"} if kind == "TAX_GRADE" else {}))
        counts = rate_customers(as_of=AS_OF)
        assert (counts.created, counts.downgraded) == (1, 1)
        signal = Signal.objects.get(code="S16")
        assert (signal.customer, signal.severity, signal.origin) == (huaxin, severity, "RULE")
        assert signal.facts["previous_grade"] == "BBB"
        assert Event.objects.filter(code="scoring.rating.downgraded").count() == 1
        assert rate_customers(as_of=AS_OF).created == 0
        assert Signal.objects.filter(code="S16").count() == 1

    def test_a_run_counts_why_nobody_was_rated(self, reference: None) -> None:
        make_customer("C001")
        give_statement(make_customer("C002"))
        counts = rate_customers(as_of=AS_OF).as_counts()
        assert (counts["considered"], counts["created"], counts["not_rated"]) == (2, 1, 1)
        assert counts["by_reason"] == {"NO_FACTS": 1}


class TestExplain:
    def test_a_past_rating_is_that_of_the_version_of_its_day(self, huaxin: Customer) -> None:
        rate_customers(as_of=AS_OF)
        old = the_rating(huaxin)
        body = write_policy_body() | {
            "components": {"financial": 100, "behaviour": 0, "qualitative": 0, "external": 0},
            "financial_models": {"z": 0, "cri": 0, "bathory": 100, "ohlson": 0, "wall": 0},
        }
        later = AS_OF + timedelta(days=1)
        add_policy("RATING", body, valid_from=later)
        rate_customers(as_of=later)
        new = the_rating(huaxin, later)
        # Bathory 3.4328 alone: 60 + 20 × 1.4328/2.
        assert (new.score, new.grade) == (Decimal("74.3281"), "A")
        for rating in (old, new):
            again = evaluate_rating(rating)
            assert again is not None
            assert again.differences == ()
        explained = explain_rating(old)
        assert sum(step.change for step in explained.waterfall).quantize(
            Decimal("0.0001")
        ) == Decimal("64.8324")
        assert [step.code for step in explained.waterfall] == [
            "financial", "behaviour", "qualitative", "external",
        ]  # fmt: skip

    def test_what_moved_comes_in_order_of_size(self, huaxin: Customer) -> None:
        """Paying 110,000 early and a bad agency grade move behaviour and external, nothing else."""
        rate_customers(as_of=AS_OF)
        old = explain_rating(the_rating(huaxin))
        say(huaxin, "AGENCY_GRADE", "C")
        rate_customers(as_of=AS_OF)
        (move,) = compare(explain_rating(the_rating(huaxin)), old)
        # The mean of 70 and 10 instead of 70: 30 points at 15 %.
        assert (move.code, move.change) == ("external", Decimal("-4.50"))

    def test_the_way_out_names_the_z_that_does_it(self, huaxin: Customer) -> None:
        """A, from 70: 5.1676 points of score are 14.7645 of the component, 49.2151 of Z′ alone: never.

        Of behaviour they are 17.2253 points, from 59.0621.
        """
        rate_customers(as_of=AS_OF)
        explained = explain_rating(the_rating(huaxin))
        ways = {way.name: way for way in explained.ways_out}
        financial = ways["financial"]
        assert financial.needed is not None
        assert round(financial.needed, 4) == Decimal("83.5182")
        assert (financial.needed_z, financial.z_model) == (None, "altman_z_prime")
        assert round(ways["behaviour"].needed or 0, 4) == Decimal("76.2874")
        assert explained.next_grade == "A"

    def test_ways_out_name_models_indicators_and_the_ledger(self, huaxin: Customer) -> None:
        """A is out of reach of any model alone; paying what is overdue is told for what it brings."""
        for field, value in (("AGENCY_GRADE", "CCC"), ("PAYDEX", "20")):
            say(huaxin, field, value)
        rate_customers(as_of=AS_OF)
        rating = the_rating(huaxin)
        # The mean of 70, 35 and 20: 64.8324 - .15 × 28.3333 = 60.5824, so A is 9.4176 away.
        assert (rating.score, rating.external_score) == (Decimal("60.5824"), Decimal("41.6667"))
        ways = find_ways_out(rating)
        # 9.4176/.35 = 26.9073 of the component: no model alone, of 30 points in 100 at most.
        assert (ways.models, ways.indicators) == ((), ())
        assert ways.paid_up is not None
        # Without invoice 7: seven pieces of 600,000; pdx 64.9167 → 81.1458, on time 16.6667 %, worst
        # 45 → 55, recent adl 36.4286 less older 8.8462 = 27.5824 → 4.8352 points, no dispute 100.
        raw = (
            Decimal("0.55") * Decimal("81.1458") + Decimal("0.15") * Decimal("16.6667")
            + Decimal("5.5") + Decimal("0.10") * Decimal("4.8352") + 5
        ) / Decimal("0.95")  # fmt: skip
        expected = (7 * raw + 300) / 12
        assert abs(ways.paid_up.behaviour - expected) < Decimal("0.001")
        # .35 × 68.7537 + .30 × 60.6839 + 12.55 + .15 × 41.6667.
        assert round(ways.paid_up.score or 0, 3) == Decimal("61.069")
        assert ways.paid_up.grade == "BBB-"
        assert show_full_ways(rating, ways) == [
            "If nothing were overdue: payment behaviour 60.7 points, score 61.1, grade BBB-."
        ]

    def test_of_one_model_and_one_indicator(self, reference: None) -> None:
        """Figures alone, near the next letter: each way out, put in, reaches it to the point."""
        customer = make_customer(industry="C34")
        give_years(customer)
        rate_customers(as_of=AS_OF)
        rating = the_rating(customer)
        # 68.7537; A begins at 70: 1.2463 points, of the index 4.1544 at 30 %.
        assert (rating.score, rating.grade) == (Decimal("68.7537"), "BBB")
        ways = find_ways_out(rating)
        index = next(way for way in ways.models if way.role == "cri")
        assert round(index.needed_subscore, 4) == Decimal("73.1747")
        assert round(index.needed_value, 4) == Decimal("26.8253")
        # Debt to assets needs 4.1544 × 100/15 = 27.6957 points more, 94.9781: .58 - .13 × 44.9781/25.
        debt = next(way for way in ways.indicators if way.indicator == "debt_to_assets")
        assert round(debt.needed, 4) == Decimal("0.3461")
