"""The advised limit from the books: the worked example of the guide (L-04 to L-10), and its gaps."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from common.models import PolicyVersion
from customers.models import Customer, Fact, PaymentTerm
from receivables.posting import InvoiceRow, post_invoices
from scoring.models import Rating, Statement
from scoring.selectors.customer_case import Given, evaluate_customer
from scoring.selectors.limit_advice import LimitAdvice, get_annual_sales, get_limit_advice
from scoring.services.characteristics import confirm_characteristics, save_characteristics
from tests.cast import People, make_customer, our_company
from tests.scoring.samples import AS_OF, give_statement

pytestmark = pytest.mark.django_db

WAN = Decimal(10_000)


def bill(customer: Customer, net: int, *, day: date, currency: str = "CNY", number: str) -> None:
    tax = Decimal(net) * Decimal("0.13")
    post_invoices(
        [
            InvoiceRow(
                number=number, customer_id=customer.pk, doc_date=day, currency=currency,
                net=Decimal(net), tax=tax, gross=net + tax, due_date=day + timedelta(days=60),
                nominal_due_date=day + timedelta(days=60),
            )
        ],
        company=our_company(),
    )  # fmt: skip


def tell(customer: Customer, field: str, number: int, **fields: Any) -> Fact:
    values = {
        "value": str(number), "number": Decimal(number), "unit": "CNY", "as_of": AS_OF,
        "obtained_on": AS_OF, "source_class": "THIRD_PARTY", "confidence": "STATED",
    }  # fmt: skip
    return Fact.objects.create(customer=customer, field=field, **(values | fields))


def rate(customer: Customer, grade: str = "BBB", **fields: Any) -> Rating:
    values: dict[str, Any] = {
        "as_of": AS_OF,
        "grade": grade,
        "risk_class": "2",
        "pd_12m": Decimal("0.0014"),
        "valid_to": date(2025, 12, 31),
        "components": {"limit": {"is_zero": False}, "facts": {}},
        "policy": PolicyVersion.objects.filter(kind="RATING").latest("version"),
        "facts_digest": f"test-{grade}",
        "statement": Statement.objects.filter(customer=customer).order_by("-period_end").first(),
    }
    return Rating.objects.create(customer=customer, **(values | fields))


@pytest.fixture
def huaxin(people: People) -> Customer:
    """The guide's firm: two years of statements, 36 million of our sales, term 60 days."""
    term = PaymentTerm.objects.get(code="NET60")
    customer = make_customer("C001", payment_term=term, industry="C34")
    give_statement(customer, "huaxin_2023", period_end=date(2023, 12, 31))
    give_statement(customer)
    bill(customer, 36_000_000, day=AS_OF - timedelta(days=364), number="I-1")
    bill(customer, 99_000_000, day=AS_OF - timedelta(days=365), number="I-0")  # a day too old
    for name, limit in (("A", 5_000_000), ("B", 6_500_000), ("C", 8_000_000)):
        tell(customer, "TRADE_REFERENCE_LIMIT", limit, source_name=name)
    tell(customer, "AGENCY_LIMIT", 6_000_000, source_class="AGENCY", source_name="Bureau")
    return customer


def advise(customer: Customer, rating: Rating | None, **fields: Any) -> LimitAdvice:
    return get_limit_advice(customer, as_of=AS_OF, rating=rating, **fields)


def value_of(advice: LimitAdvice, code: str) -> Decimal | None:
    return next(one.method.value for one in advice.methods if one.method.code == code)


class TestTheWorkedExample:
    def test_every_method_answers_as_the_guide_says(self, huaxin: Customer) -> None:
        advice = advise(huaxin, rate(huaxin))
        expected = {
            "working_assets": "1387.5000", "tnw_share": "705.0000", "nw10_wc20": "670.0000",
            "turnover_share": "1075.0000", "supplier_share": "551.2166", "trade_refs": "650.0000",
            "agency": "600.0000",
            # 3,600 / 12 × 2 months × 0.7 for BBB
            "term_grade": "420.0000",
            # 20,000 / (0.0014 × 0.45), in 10,000s
            "el_budget": "3174.6032",
        }  # fmt: skip
        for code, wanted in expected.items():
            found = value_of(advice, code)
            assert found is not None, code
            assert round(found / WAN, 4) == Decimal(wanted), code
        assert value_of(advice, "wa_characteristic") is None
        assert value_of(advice, "heuristic") is None
        assert len(advice.methods) == 11

    def test_policy_makes_seven_million_of_them(self, huaxin: Customer) -> None:
        advice = advise(huaxin, rate(huaxin))
        assert advice.need.value is not None
        assert round(advice.need.value / WAN, 4) == Decimal("1003.0685")
        assert (advice.need.source, advice.need.term_days) == ("LEDGER", 60)
        assert advice.capacity.value is not None
        assert round(advice.capacity.value / WAN, 4) == Decimal("879.4967")
        assert (advice.capacity.rule.value, advice.factor) == ("weighted", Decimal("0.80"))
        assert advice.decision is not None
        assert round(advice.decision.unsecured / WAN, 4) == Decimal("703.5973")
        assert (advice.value, advice.decision.binding) == (Decimal(7_000_000), "capacity")

    def test_bb_takes_the_lowest(self, huaxin: Customer) -> None:
        advice = advise(huaxin, rate(huaxin, "BB", risk_class="3"))
        assert advice.capacity.value is not None
        assert round(advice.capacity.value / WAN, 4) == Decimal("551.2166")
        # × 0.50 = 275.6083, down to steps of ten
        assert advice.value == Decimal(2_700_000)

    def test_the_need_binds_when_it_is_less(self, huaxin: Customer) -> None:
        advice = advise(huaxin, rate(huaxin), term_days=0)
        # 3,600 × 1.13 / 365 × 15 × 1.2 = 200.6137
        assert advice.decision is not None
        assert (advice.value, advice.decision.binding) == (Decimal(2_000_000), "need")

    def test_expected_sales_come_before_the_ledger(self, huaxin: Customer) -> None:
        tell(huaxin, "EXPECTED_SALES", 72_000_000)
        need = advise(huaxin, rate(huaxin)).need
        assert (need.source, need.annual_sales) == ("EXPECTED", Decimal(72_000_000))

    def test_confirmed_traits_correct_the_working_assets(
        self, huaxin: Customer, people: People
    ) -> None:
        traits = dict(
            zip(
                ("impression", "organisation", "product_market", "competitiveness_own",
                 "operations", "prospects", "margin", "product_requirement",
                 "market_attraction", "market_competitiveness", "substitutability",
                 "bank_credit"),
                (6, 7, 8, 7, 7, 7, 5, 6, 6, 7, 5, 7),
                strict=True,
            )
        )  # fmt: skip
        draft = save_characteristics(
            customer=huaxin, answers=traits, comments=dict.fromkeys(traits, "visit"),
            as_of=AS_OF, actor=people.analyst,
        )  # fmt: skip
        assert value_of(advise(huaxin, rate(huaxin)), "wa_characteristic") is None
        confirm_characteristics(assessment=draft, as_of=AS_OF, actor=people.manager)
        case = evaluate_customer(huaxin, as_of=AS_OF, rating=None)
        result: Any = case.evaluation.models["characteristic_analysis"]
        assert result.value is not None
        corrected = value_of(advise(huaxin, None), "wa_characteristic")
        assert corrected == Decimal("13875000") * result.multiplier

    def test_what_is_tried_out_counts_instead(self, huaxin: Customer) -> None:
        given = Given(traits=dict.fromkeys(("margin", "operations", "organisation"), 9))
        case = evaluate_customer(huaxin, as_of=AS_OF, given=given)
        used = case.evaluation.models["characteristic_analysis"].inputs_used
        assert used["margin"] == 9


class TestGaps:
    def test_without_a_rating_nothing_is_advised(self, huaxin: Customer) -> None:
        advice = advise(huaxin, None)
        assert (advice.decision, advice.value) == (None, None)
        assert value_of(advice, "tnw_share") == Decimal(7_050_000)

    def test_without_anything_every_method_says_what_it_lacks(self, people: People) -> None:
        advice = advise(make_customer("C009"), None)
        assert all(one.method.value is None for one in advice.methods)
        lacking = {one.method.code: one.method.missing for one in advice.methods}
        assert lacking["working_assets"] == ("statements",)
        assert lacking["supplier_share"] == ("statements",)
        assert lacking["trade_refs"] == ("trade_references",)
        assert lacking["term_grade"] == ("own_sales", "grade")
        assert advice.need.value is None
        assert [reason.code for reason in advice.reasons] == ["NO_METHOD"]

    def test_a_public_fact_leaves_nothing_unsecured(self, huaxin: Customer) -> None:
        closed = rate(huaxin, components={"limit": {"is_zero": True}, "facts": {}})
        advice = advise(huaxin, closed)
        assert advice.decision is not None
        assert (advice.value, advice.decision.binding) == (0, "override")

    def test_old_references_and_reports_do_not_bind(self, people: People) -> None:
        customer = make_customer("C009")
        day = date(2024, 5, 31)  # 13 months before
        tell(customer, "TRADE_REFERENCE_LIMIT", 500, as_of=day, obtained_on=day, source_name="A")
        tell(customer, "AGENCY_LIMIT", 600, as_of=day, obtained_on=day)
        advice = advise(customer, rate(customer))
        assert value_of(advice, "trade_refs") is None
        agency = next(one for one in advice.methods if one.method.code == "agency")
        assert agency.method.is_weak

    def test_the_newest_word_of_each_supplier_counts(self, people: People) -> None:
        customer = make_customer("C009")
        before = AS_OF - timedelta(days=60)
        tell(customer, "TRADE_REFERENCE_LIMIT", 900, as_of=before, source_name="A")
        tell(customer, "TRADE_REFERENCE_LIMIT", 300, source_name="A")
        advice = advise(customer, rate(customer))
        assert value_of(advice, "trade_refs") == Decimal(300)

    def test_foreign_sales_are_converted_or_left_out(self, people: People) -> None:
        from common.models import Rate

        customer = make_customer("C009")
        Rate.objects.create(kind="fx", code="ZZD", valid_from=date(2025, 1, 1), value=Decimal(5))
        for number, currency, net in (("U-1", "ZZD", 100), ("C-1", "CNY", 1000), ("X-1", "XXD", 7)):
            bill(customer, net, day=AS_OF, currency=currency, number=number)
        rates = {"CNY": Decimal(1), "ZZD": Decimal(5)}
        assert get_annual_sales(customer, "CNY", rates, as_of=AS_OF) == Decimal(1500)
        assert get_annual_sales(customer, "ZZD", rates, as_of=AS_OF) == Decimal(300)
        assert get_annual_sales(make_customer("C010"), "CNY", rates, as_of=AS_OF) is None
