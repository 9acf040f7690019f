"""Segments of a month: computed, frozen, overridden; their pages and who may see them."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from common.clock import business_today
from common.dates import add_months
from common.errors import Conflict, InvalidInput, NotAllowed
from common.models import Event
from common.policies import add_policy
from customers.models import Customer, CustomerGroup, Fact
from receivables.services import apply_amounts
from scoring.models import SegmentFreeze
from scoring.selectors.segments import list_segments
from scoring.services.segments import override_segment, segment_customers
from tests.cast import People, make_customer
from tests.receivables import books
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db
Visit = Callable[[str], Client]

TODAY = business_today()
MONTH = TODAY.replace(day=1)
VOLUMES = {"C01": 4200, "C02": 2600, "C03": 1100, "C04": 700, "C05": 450, "C06": 320}


def sell(customer: Customer, amount: int, day: date | None = None, tag: str = "") -> None:
    day = day or TODAY - timedelta(days=60)
    number = f"I-{customer.code}{tag}"
    books.invoice(customer, number, f"{amount}.00", day=day, due=day + timedelta(days=30))


def settle(customer: Customer, day: date, tag: str) -> None:
    """Sell and be paid for something on that day."""
    sell(customer, 10, day, tag)
    money = books.receipt(customer, f"R-{customer.code}{tag}", "10.00", day=day)
    line = books.line(f"I-{customer.code}{tag}")
    apply_amounts(receipt=money, parts=[(line.pk, Decimal(10))], applied_on=day)


@pytest.fixture
def book(people: People) -> dict[str, Customer]:
    """Six customers; the smallest of them belongs to a salesperson who sees only that one."""
    made = {}
    for code, volume in VOLUMES.items():
        owner = people.sales if code == "C06" else None
        made[code] = make_customer(code, sales_owner=owner, relationship_since=None)
        sell(made[code], volume)
    return made


def of(code: str, month: date = MONTH) -> SegmentFreeze:
    rows = SegmentFreeze.objects.filter(customer__code=code, month=month)
    row = rows.order_by("-id").first()
    assert row is not None
    return row


class TestSegmentCustomers:
    def test_freezes_the_month_and_tells_the_customers(self, book: dict[str, Customer]) -> None:
        counts = segment_customers(as_of=TODAY)
        assert counts.as_counts() == {
            "month": MONTH.isoformat(),
            "is_new": True,
            "changed": 3,
            "unconverted": [],
            "core": 3,
            "ordinary": 3,
        }
        core = Customer.objects.filter(segment="CORE").order_by("code")
        assert [c.code for c in core] == ["C01", "C02", "C03"]
        row = of("C03")
        assert (row.before, row.abc, row.in_pareto, row.in_relation) == (
            Decimal("0.72572038"),
            "A",
            True,
            False,
        )
        codes = Event.objects.filter(code="customers.segment.changed").count()
        assert codes == 3

    def test_changes_nothing_the_second_time(self, book: dict[str, Customer]) -> None:
        segment_customers(as_of=TODAY)
        sell(book["C06"], 90_000, tag="late")
        again = segment_customers(as_of=TODAY)
        assert (again.is_new, again.changed) == (False, 0)
        assert SegmentFreeze.objects.count() == 6
        assert of("C06").segment == "ORDINARY"

    def test_takes_credit_notes_off_and_forgets_last_year(self, book: dict[str, Customer]) -> None:
        books.invoice(book["C01"], "CN", "-200.00", day=TODAY, doc_type="CN")
        sell(book["C02"], 99_000, add_months(TODAY, -12), tag="old")
        segment_customers(as_of=TODAY)
        assert (of("C01").revenue, of("C02").revenue) == (4000, 2600)

    def test_judges_a_group_as_a_whole(self, book: dict[str, Customer]) -> None:
        top = CustomerGroup.objects.create(code="TOP", name_en="Top")
        below = CustomerGroup.objects.create(code="SUB", name_en="Sub", parent=top)
        for n, code in enumerate(("G1", "G2"), start=1):
            sell(make_customer(code, group=below if n == 1 else top), 3_000)
        segment_customers(as_of=TODAY)
        one, two = of("G1"), of("G2")
        assert (one.group_key, two.group_key) == ("TOP", "TOP")
        assert (one.segment, two.segment, one.before) == ("CORE", "CORE", 0)
        assert (one.revenue, one.facts["unit_revenue"]) == (3000, "6000.00")

    def test_counts_years_and_restarts_after_a_gap(self, book: dict[str, Customer]) -> None:
        customer = book["C05"]
        for n, months in enumerate((70, 50, 20, 1)):
            settle(customer, add_months(TODAY, -months), f"-{n}")
        segment_customers(as_of=TODAY)
        # 20 months between the first two, 30 before the third: the clock runs since the third.
        expected = Decimal((TODAY - add_months(TODAY, -20)).days) / Decimal("365.25")
        assert of("C05").years == round(expected, 2)

    def test_a_long_relationship_makes_core_from_the_median_on(
        self, book: dict[str, Customer]
    ) -> None:
        sell(make_customer("C07"), 100)
        for code in ("C04", "C06"):
            customer = book[code]
            for n, months in enumerate((80, 60, 40, 20, 1)):
                settle(customer, add_months(TODAY, -months), f"-{n}")
        segment_customers(as_of=TODAY)
        assert (of("C04").in_relation, of("C04").in_pareto, of("C04").segment) == (
            True,
            False,
            "CORE",
        )
        assert (of("C06").in_relation, of("C06").segment) == (False, "ORDINARY")

    def test_who_was_core_leaves_after_three_months(self, book: dict[str, Customer]) -> None:
        for months in (4, 3, 2, 1):
            segment_customers(as_of=add_months(MONTH, -months))
        before = add_months(MONTH, -4)
        SegmentFreeze.objects.filter(month=before).count()
        sold = of("C03", add_months(MONTH, -1))
        assert sold.segment == "CORE"
        sell(book["C01"], 1_000_000, MONTH, tag="big")
        kept = []
        for months in range(4):
            day = add_months(MONTH, months)
            segment_customers(as_of=day)
            row = of("C03", day)
            kept.append((row.segment, row.computed, row.months_outside))
        assert kept == [
            ("CORE", "ORDINARY", 1),
            ("CORE", "ORDINARY", 2),
            ("ORDINARY", "ORDINARY", 3),
            ("ORDINARY", "ORDINARY", 4),
        ]

    def test_takes_the_margin_from_the_facts_and_says_when_it_assumes(
        self, book: dict[str, Customer]
    ) -> None:
        Fact.objects.create(
            customer=book["C01"],
            field="GROSS_MARGIN_PCT",
            value="10",
            number=Decimal(10),
            as_of=TODAY,
            obtained_on=TODAY,
            source_class="INTERNAL",
        )
        segment_customers(as_of=TODAY)
        own, assumed = of("C01"), of("C02")
        assert (own.facts["margin"], own.facts["margin_known"], own.facts["gross"]) == (
            "0.100000",
            True,
            "420.00",
        )
        assert (assumed.facts["margin"], assumed.facts["margin_known"]) == ("0.22", False)

    def test_the_policy_decides_the_costs(self, book: dict[str, Customer]) -> None:
        add_policy(
            "CUSTOMER_VALUE",
            {
                "gross_margin": "0.5",
                "visits": {"A": "0"},
                "cost_per_order": "10",
                "capital_rate": "0",
                "pd_unrated": "0",
            },
            valid_from=date(2000, 1, 1),
        )
        segment_customers(as_of=TODAY)
        assert of("C01").value == Decimal("2090.00")

    def test_needs_the_right_to_run(self, book: dict[str, Customer], people: People) -> None:
        with pytest.raises(NotAllowed):
            segment_customers(as_of=TODAY, actor=people.analyst)
        assert not SegmentFreeze.objects.exists()

    def test_does_not_ask_more_for_more(self, book: dict[str, Customer]) -> None:
        with assert_query_count("scoring: segments of a month"):
            segment_customers(as_of=TODAY)
        for n in range(24):
            sell(make_customer(f"M{n:02}"), 100 + n)
        with assert_query_count("scoring: segments of a month"):
            segment_customers(as_of=add_months(TODAY, 1))
        assert SegmentFreeze.objects.count() == 36


class TestOverrideSegment:
    def test_keeps_the_computed_one_beside_it(
        self, book: dict[str, Customer], people: People
    ) -> None:
        segment_customers(as_of=TODAY)
        row = override_segment(
            customer=book["C06"],
            segment="CORE",
            reason="Opens the north for us.",
            as_of=TODAY,
            actor=people.manager,
        )
        assert (row.segment, row.computed, row.overridden_by) == (
            "CORE",
            "ORDINARY",
            people.manager,
        )
        book["C06"].refresh_from_db()
        assert book["C06"].segment == "CORE"
        shown = list_segments(people.manager, month=MONTH).get(customer=book["C06"])
        assert (shown.pk, SegmentFreeze.objects.count()) == (row.pk, 7)
        event = Event.objects.get(code="scoring.segment.overridden")
        assert (event.before, event.reason) == ({"segment": "ORDINARY"}, "Opens the north for us.")

    @pytest.mark.parametrize(
        ("segment", "reason", "field"),
        [("INACTIVE", "x", "segment"), ("CORE", " ", "reason"), ("ORDINARY", "x", "segment")],
    )
    def test_refuses_what_says_nothing(
        self, book: dict[str, Customer], segment: str, reason: str, field: str
    ) -> None:
        segment_customers(as_of=TODAY)
        with pytest.raises(InvalidInput) as refused:
            override_segment(customer=book["C06"], segment=segment, reason=reason, as_of=TODAY)
        assert refused.value.field == field
        assert SegmentFreeze.objects.count() == 6

    def test_needs_a_decided_month(self, book: dict[str, Customer]) -> None:
        with pytest.raises(Conflict):
            override_segment(customer=book["C06"], segment="CORE", reason="x", as_of=TODAY)

    def test_needs_the_right(self, book: dict[str, Customer], people: People) -> None:
        segment_customers(as_of=TODAY)
        with pytest.raises(NotAllowed):
            override_segment(
                customer=book["C06"], segment="CORE", reason="x", as_of=TODAY, actor=people.sales
            )


class TestPages:
    @pytest.mark.parametrize("role", ["sales", "collector", "admin", "outsider"])
    def test_scores_are_not_for_everybody(
        self, book: dict[str, Customer], visit: Visit, role: str
    ) -> None:
        segment_customers(as_of=TODAY)
        assert visit(role).get(reverse("segments")).status_code == 403
        assert visit(role).get(reverse("customer_segment", args=["C01"])).status_code == 403
        data = {"segment": "CORE", "reason": "x"}
        url = reverse("segment_override", args=["C06"])
        assert visit(role).post(url, data).status_code == 403
        assert visit(role).post(reverse("segment_freeze")).status_code == 403
        assert SegmentFreeze.objects.count() == 6

    def test_out_of_scope_is_absent(
        self, book: dict[str, Customer], visit: Visit, people: People
    ) -> None:
        segment_customers(as_of=TODAY)
        people.analyst.data_scope = "OWN"
        people.analyst.save()
        client = visit("analyst")
        assert client.get(reverse("customer_segment", args=["C01"])).status_code == 404
        url = reverse("segment_override", args=["C01"])
        answer = client.post(url, {"segment": "ORDINARY", "reason": "x"})
        assert answer.status_code == 404
        assert "C01" not in client.get(reverse("segments")).content.decode()
        assert SegmentFreeze.objects.count() == 6

    def test_says_how_concentrated_revenue_is(
        self, book: dict[str, Customer], visit: Visit
    ) -> None:
        segment_customers(as_of=TODAY)
        client = visit("analyst")
        with assert_query_count("scoring: segments page"):
            page = client.get(reverse("segments")).content.decode()
        assert "The largest fifth (2 customers or groups) makes 72.6% of revenue." in page
        assert "for 6 of 6 customers with revenue the house default is used" in page
        filtered = visit("analyst").get(reverse("segments"), {"segment": "CORE"}).content.decode()
        assert "Sample C03 Ltd" in filtered
        assert "Sample C04 Ltd" not in filtered

    def test_does_not_ask_more_for_more(self, book: dict[str, Customer], visit: Visit) -> None:
        for n in range(24):
            sell(make_customer(f"M{n:02}"), 100 + n)
        segment_customers(as_of=TODAY)
        client = visit("analyst")
        with assert_query_count("scoring: segments page"):
            client.get(reverse("segments"))

    def test_the_empty_page_offers_to_decide(self, book: dict[str, Customer], visit: Visit) -> None:
        page = visit("manager").get(reverse("segments")).content.decode()
        assert "No month is decided yet" in page
        assert "Decide this month" in page
        assert "Decide this month" not in visit("analyst").get(reverse("segments")).content.decode()
        assert visit("manager").post(reverse("segment_freeze")).status_code == 302
        assert SegmentFreeze.objects.count() == 6

    @pytest.mark.parametrize("month", ["x", "2026-13", "9999-99", "-1"])
    def test_a_bad_month_is_the_newest(
        self, book: dict[str, Customer], visit: Visit, month: str
    ) -> None:
        segment_customers(as_of=TODAY)
        page = visit("analyst").get(reverse("segments"), {"month": month}).content.decode()
        assert f"frozen for {MONTH:%Y-%m}" in page

    def test_exports_what_the_filter_shows(self, book: dict[str, Customer], visit: Visit) -> None:
        segment_customers(as_of=TODAY)
        answer = visit("analyst").get(reverse("segments"), {"abc": "A", "export": "csv"})
        text = b"".join(answer.streaming_content).decode()
        assert [code for code in VOLUMES if code in text] == ["C01", "C02", "C03"]
        assert Event.objects.filter(code="scoring.segments.exported").count() == 1

    def test_the_customer_page_reckons_the_value(
        self, book: dict[str, Customer], visit: Visit
    ) -> None:
        segment_customers(as_of=TODAY)
        client = visit("analyst")
        with assert_query_count("scoring: segment of a customer"):
            page = client.get(reverse("customer_segment", args=["C01"])).content.decode()
        assert "One of the largest that make up 80% of revenue: 0.0% come before it." in page
        assert "Gross margin, 22.0% of revenue (house default)" in page
        assert "Core, but it costs more than it brings" in page

    def test_an_override_without_reason_is_told_in_the_form(
        self, book: dict[str, Customer], visit: Visit
    ) -> None:
        segment_customers(as_of=TODAY)
        url = reverse("segment_override", args=["C06"])
        assert visit("manager").post(url, {"segment": "CORE", "reason": ""}).status_code == 422
        assert visit("manager").post(url, {"segment": "WRONG", "reason": "x"}).status_code == 422
        assert SegmentFreeze.objects.count() == 6
        answer = visit("manager").post(url, {"segment": "CORE", "reason": "Opens the north."})
        assert answer.status_code == 302
        page = visit("manager").get(reverse("customer_segment", args=["C06"])).content.decode()
        assert "Set by hand: Opens the north. The computed segment is Ordinary." in page
