"""The aging of any day, from the database: worked examples, currencies, scope, filters, order."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.errors import InvalidInput
from common.models import Rate
from common.workdays import CN_2025_2026, Convention
from customers.models import Company
from receivables.models import Application, DueLine, Invoice, Receipt
from receivables.posting import ApplicationPart, write_applications
from receivables.selectors import AgingFilter, get_aging, list_open_items, list_open_receipts
from receivables.services import apply_amounts, return_receipt
from tests import cast
from tests.receivables import books

pytestmark = pytest.mark.django_db

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "process.json").read_text(encoding="utf-8")
)["vectors"]
JAN, FEB, MAR, APR = date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 5), date(2026, 4, 6)


def day(text):
    return date.fromisoformat(text)


def load_books(buyer, dataset):
    """Post the documents of a vector as a company would: nominal dates moved by the calendar."""
    for item in dataset["items"]:
        due = CN_2025_2026.adjust(day(item["due"]), Convention.FOLLOWING)
        books.invoice(buyer, item["id"], item["amount"], day=day(item["doc_date"]), due=due)
    for credit in dataset["credits"]:
        if credit["id"].startswith("CN"):
            books.invoice(
                buyer,
                credit["id"],
                f"-{credit['amount']}",
                day=day(credit["posted"]),
                doc_type="CN",
            )
        else:
            books.receipt(buyer, credit["id"], credit["amount"], day=day(credit["posted"]))
    for part in sorted(dataset["applications"], key=lambda a: a["date"]):
        source = part["source"]
        is_credit = source.startswith("CN")
        write_applications(
            [
                ApplicationPart(
                    due_line_id=books.line(part["item"]).pk,
                    amount=Decimal(part["amount"]),
                    applied_on=day(part["date"]),
                    receipt_id=None if is_credit else Receipt.objects.get(number=source).pk,
                    credit_line_id=books.line(source).pk if is_credit else None,
                )
            ]
        )
    for credit in dataset["credits"]:
        if "reversed_on" in credit:
            return_receipt(
                receipt=Receipt.objects.get(number=credit["id"]),
                as_of=day(credit["reversed_on"]),
                reason="returned by the bank",
            )


def cases(family):
    return [
        pytest.param(family, case, id=f"{family}-{n}")
        for n, case in enumerate(VECTORS[family]["cases"])
        if case["params"].get("bdc", "FOLLOWING") == "FOLLOWING"
        and case["params"].get("calendar", "CN") == "CN"
    ]


class TestWorkedExamples:
    @pytest.mark.parametrize(
        ("family", "case"), [*cases("C1_aging"), *cases("C2_aging_after_reversal")]
    )
    def test_equals_the_specification_to_the_cent(self, reference, family, case):
        buyer = cast.make_customer("C001")
        load_books(buyer, VECTORS[family]["dataset"])
        params, expected = case["params"], case["expected"]
        basis = {"due": "due", "doc": "invoice"}[params["basis"]]
        as_of = day(params["as_of"])
        report = get_aging(as_of=as_of, basis=basis, edges=params["edges"])
        labels = [bucket.label for bucket in report.ranges]
        found = dict(zip(labels, report.amounts_of(report.totals), strict=True))
        assert report.totals.total == Decimal(expected["total_net"])
        items = {i.number: i for i in list_open_items(as_of=as_of)}
        assert {n: i.open_amount for n, i in items.items() if i.due_date} == {
            row["item"]: Decimal(row["open"]) for row in expected["rows"]
        }
        if params["credits_mode"] == "separate":
            assert found == {k: Decimal(v) for k, v in expected["buckets"].items()}
            assert report.totals.unapplied == Decimal(expected["unapplied_credits"])
            on_account = {i.number: -i.open_amount for i in items.values() if not i.due_date}
            on_account |= {
                r.number: r.open_amount
                for r in list_open_receipts(as_of=as_of, customer_ids=[buyer.pk])
            }
            assert on_account == {
                row["credit"]: Decimal(row["amount"]) for row in expected["unapplied_detail"]
            }

    @pytest.mark.parametrize("case", VECTORS["C3_known_at"]["cases"])
    def test_reports_what_was_known_then(self, reference, case):
        buyer = cast.make_customer("C001")
        family = VECTORS["C3_known_at"]

        def instant(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)

        for item in family["items"]:
            books.invoice(
                buyer,
                item["id"],
                item["amount"],
                day=day(item["posted"]),
                due=day(item["posted"]),
                recorded_at=instant(item["recorded_at"]),
            )
        for part in family["applications"]:
            money = books.receipt(buyer, "R-1", part["amount"], day=day(part["date"]))
            write_applications(
                [
                    ApplicationPart(
                        due_line_id=books.line(part["item"]).pk,
                        amount=Decimal(part["amount"]),
                        applied_on=day(part["date"]),
                        receipt_id=money.pk,
                    )
                ],
                recorded_at=instant(part["recorded_at"]),
            )
        known_at, as_of = instant(case["known_at"]), day(case["as_of"])
        found = list_open_items(as_of=as_of, known_at=known_at)
        assert {i.number: i.open_amount for i in found} == {
            k: Decimal(v) for k, v in case["expected"].items()
        }
        report = get_aging(as_of=as_of, known_at=known_at)
        assert report.totals.items == sum(Decimal(v) for v in case["expected"].values())


class TestBoundaries:
    @pytest.mark.parametrize(
        ("late", "position"),
        [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (180, 4),
         (181, 5)],
    )  # fmt: skip
    def test_each_age_falls_into_its_range(self, reference, late, position):
        buyer = cast.make_customer("C001")
        due = date.fromordinal(APR.toordinal() - late)
        books.invoice(buyer, "INV-1", "7.00", day=date(2025, 1, 1), due=due)
        report = get_aging(as_of=APR)
        amounts = report.amounts_of(report.totals)
        assert [n for n, amount in enumerate(amounts) if amount] == [position]
        assert report.totals.overdue == (Decimal(7) if late > 0 else 0)

    def test_by_invoice_date_the_total_is_the_same(self, reference):
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "7.00", day=JAN, due=APR)
        books.invoice(buyer, "INV-2", "5.00", day=MAR, due=MAR)
        books.receipt(buyer, "R-1", "2.00", day=MAR)
        by_due, by_doc = (get_aging(as_of=APR, basis=basis) for basis in ("due", "invoice"))
        assert by_due.totals.total == by_doc.totals.total == Decimal(10)
        assert by_doc.totals.not_due == 0
        assert by_doc.totals.overdue == by_due.totals.overdue == Decimal(5)

    def test_an_empty_day_has_zeros_and_no_ratio(self, reference):
        report = get_aging(as_of=JAN)
        assert (report.count, report.rows, report.totals.total) == (0, (), 0)
        assert report.totals.overdue_ratio is None

    def test_an_item_paid_and_reopened_later_is_in_no_row_between(self, reference):
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "7.00", day=JAN, due=JAN)
        money = books.receipt(buyer, "R-1", "7.00", day=FEB)
        apply_amounts(receipt=money, parts=[(books.line("INV-1").pk, Decimal(7))], applied_on=FEB)
        return_receipt(receipt=money, as_of=APR, reason="bounced")
        assert [get_aging(as_of=d).count for d in (JAN, FEB, MAR, APR)] == [1, 0, 0, 1]
        assert [len(list_open_items(as_of=d)) for d in (JAN, FEB, MAR, APR)] == [1, 0, 0, 1]


class TestCurrencies:
    def test_one_currency_is_reported_in_itself(self, reference):
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "7.00", day=JAN, due=FEB, currency="USD")
        report = get_aging(as_of=MAR)
        assert (report.currency, report.totals.total, report.rates) == ("USD", Decimal(7), {})

    def test_several_are_converted_at_the_rate_of_the_day(self, reference):
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "10.00", day=JAN, due=FEB, currency="USD")
        books.invoice(buyer, "INV-2", "1.00", day=JAN, due=FEB)
        for start, value in ((JAN, "7.1"), (FEB, "7.12345"), (APR, "9")):
            Rate.objects.create(kind="fx", code="USD", valid_from=start, value=Decimal(value))
        report = get_aging(as_of=MAR)
        assert report.currency == "CNY"
        assert report.totals.total == Decimal("72.23")
        assert report.rates == {"USD": Decimal("7.12345")}
        assert get_aging(as_of=MAR, currency="USD").totals.total == Decimal(10)
        assert {r.key: r.total for r in get_aging(as_of=MAR, by="currency").rows} == {
            "USD": Decimal("71.23"),
            "CNY": Decimal(1),
        }

    def test_a_missing_rate_is_said_and_never_dropped_in_silence(self, reference):
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "10.00", day=JAN, due=FEB, currency="USD")
        books.invoice(buyer, "INV-2", "1.00", day=JAN, due=FEB)
        report = get_aging(as_of=MAR)
        assert report.totals.total == Decimal(1)
        assert report.unconverted == {"USD": Decimal(10)}

    def test_crosses_two_rates_when_our_books_are_in_neither(self, reference):
        Company.objects.update(base_currency="EUR")
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "10.00", day=JAN, due=FEB, currency="USD")
        books.invoice(buyer, "INV-2", "8.00", day=JAN, due=FEB)
        for code, value in (("USD", "7"), ("EUR", "8")):
            Rate.objects.create(kind="fx", code=code, valid_from=JAN, value=Decimal(value))
        report = get_aging(as_of=MAR)
        assert (report.currency, report.totals.total) == ("EUR", Decimal("9.75"))

    def test_yen_are_whole(self, reference):
        Company.objects.update(base_currency="JPY")
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "10.01", day=JAN, due=FEB)
        books.invoice(buyer, "INV-2", "100", day=JAN, due=FEB, currency="JPY")
        Rate.objects.create(kind="fx", code="JPY", valid_from=JAN, value=Decimal("0.05"))
        assert get_aging(as_of=MAR).totals.total == Decimal(300)


@pytest.fixture
def market(people):
    """Three customers of two salespeople and two regions, and what they owe in April."""
    rows = {
        "C001": ("示例甲有限公司", "sample alpha", people.sales, "EAST", "30.00", JAN),
        "C002": ("示例乙有限公司", "sample beta", people.outsider, "NORTH", "20.00", MAR),
        "C003": ("示例丙有限公司", "sample gamma", None, "", "10.00", date(2026, 5, 1)),
    }
    for code, (name, pinyin, owner, region, amount, due) in rows.items():
        customer = cast.make_customer(
            code, name=name, pinyin=pinyin, pinyin_initials="slj", sales_owner=owner, region=region
        )
        books.invoice(customer, f"INV-{code}", amount, day=JAN, due=due)
    return people


class TestScopeAndFilters:
    def keys(self, **kwargs):
        return [row.key for row in get_aging(as_of=APR, **kwargs).rows]

    def test_everybody_sees_only_his_customers_in_rows_and_totals(self, market):
        assert self.keys(user=market.finance) == ["C001", "C002", "C003"]
        own = get_aging(as_of=APR, user=market.sales)
        assert ([r.key for r in own.rows], own.totals.total, own.count) == (
            ["C001"],
            Decimal(30),
            1,
        )
        assert own.structure.total == Decimal(30)
        assert [i.number for i in list_open_items(as_of=APR, user=market.sales)] == ["INV-C001"]

    def test_a_region_and_a_team_see_theirs(self, market):
        market.collector.data_scope, market.collector.region = "REGION", "NORTH"
        assert self.keys(user=market.collector) == ["C002"]
        market.sales.team = "T1"
        market.sales.save()
        market.manager.data_scope, market.manager.team = "TEAM", "T1"
        assert self.keys(user=market.manager) == ["C001"]
        market.manager.is_active = False
        assert self.keys(user=market.manager) == []

    def test_unknown_payers_are_for_those_who_see_everybody(self, market):
        books.receipt(None, "R-0", "5.00", day=JAN)
        assert get_aging(as_of=APR, user=market.finance).unidentified == {"CNY": Decimal(5)}
        assert get_aging(as_of=APR, user=market.sales).unidentified == {}

    @pytest.mark.parametrize(
        ("filters", "keys"),
        [
            ({"q": "甲"}, ["C001"]),
            ({"q": "c002"}, ["C002"]),
            ({"q": "SLJ"}, ["C001", "C002", "C003"]),
            ({"q": "%"}, []),
            ({"q": "' or 1=1 --"}, []),
            ({"owner": "sales"}, ["C001"]),
            ({"region": "NORTH"}, ["C002"]),
            ({"customer": "C003"}, ["C003"]),
            ({"company": "HY"}, ["C001", "C002", "C003"]),
            ({"company": "NOBODY"}, []),
            ({"is_overdue": True}, ["C001", "C002"]),
            ({"bucket": 0}, ["C003"]),
            ({"bucket": 2}, ["C002"]),
            ({"customer_ids": []}, []),
        ],
    )
    def test_each_filter_keeps_what_it_says(self, market, filters, keys):
        assert self.keys(user=market.finance, filters=AgingFilter(**filters)) == keys

    def test_hidden_rows_stay_in_the_structure(self, market):
        report = get_aging(as_of=APR, filters=AgingFilter(bucket=0))
        assert (report.totals.total, report.structure.total) == (Decimal(10), Decimal(60))

    def test_totals_are_over_all_rows_whatever_the_page(self, market):
        pages = [get_aging(as_of=APR, page=n, page_size=2) for n in (1, 2, 3)]
        assert [[r.key for r in p.rows] for p in pages] == [["C001", "C002"], ["C003"], []]
        assert {p.totals.total for p in pages} == {Decimal(60)}
        assert {p.count for p in pages} == {3}

    @pytest.mark.parametrize(
        ("sort", "keys"),
        [
            ("total", ["C003", "C002", "C001"]),
            ("-total", ["C001", "C002", "C003"]),
            ("name", ["C001", "C002", "C003"]),
            ("-name", ["C003", "C002", "C001"]),
            ("-b0", ["C003", "C001", "C002"]),
            ("-not_due", ["C003", "C001", "C002"]),
            ("-b4", ["C001", "C002", "C003"]),
            ("overdue_ratio", ["C003", "C001", "C002"]),
        ],
    )
    def test_sorts_by_any_column(self, market, sort, keys):
        assert self.keys(sort=sort) == keys

    @pytest.mark.parametrize(
        "kwargs",
        [{"sort": "b9"}, {"sort": "code; drop table x"}, {"by": "planet"}, {"basis": "gut"}],
    )
    def test_refuses_what_does_not_exist(self, market, kwargs):
        with pytest.raises(InvalidInput):
            get_aging(as_of=APR, **kwargs)

    def test_rolls_up_to_the_same_total(self, market):
        for by, keys in {
            "sales": {"sales": 30, "outsider": 20, "": 10},
            "region": {"EAST": 30, "NORTH": 20, "": 10},
            "company": {"HY": 60},
        }.items():
            report = get_aging(as_of=APR, by=by)
            assert {row.key: row.total for row in report.rows} == keys
            assert report.totals.total == Decimal(60)

    def test_takes_as_many_queries_for_thirty_customers_as_for_three(self, market):
        def count():
            with CaptureQueriesContext(
                connection,
            ) as queries:
                get_aging(as_of=APR, user=market.finance)
            return len(queries)

        assert count() == 3
        for n in range(30):
            books.invoice(cast.make_customer(f"D{n}"), f"INV-D{n}", "5.00", day=JAN, due=FEB)
        assert count() == 3


class TestNothingElse:
    def test_reading_writes_nothing(self, market):
        before = [m.objects.count() for m in (Invoice, DueLine, Application, Receipt)]
        get_aging(as_of=APR)
        assert before == [m.objects.count() for m in (Invoice, DueLine, Application, Receipt)]
