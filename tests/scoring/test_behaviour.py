"""Payment behaviour read from the ledger: what counts, since when, and for whom."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from collection.services import evaluate_promises, record_promise
from common.models import Rate
from customers.models import Customer
from receivables.models import Application
from receivables.services import (
    apply_amounts,
    apply_credit_note,
    close_dispute,
    record_dispute,
    reverse_application,
)
from scoring.selectors.behaviour import gather_behaviour, get_behaviour, list_behaviour_trend
from tests.cast import make_customer
from tests.receivables import books
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db

T = date(2026, 6, 30)


@pytest.fixture
def buyer(reference: None) -> Customer:
    return make_customer("C001")


def bill(buyer: Customer, number: str, amount: str, due: date, **fields: str) -> None:
    books.invoice(buyer, number, amount, day=due - timedelta(days=30), due=due, **fields)


def pay(
    buyer: Customer, number: str, amount: str, day: date, applied: date | None = None, **kind: str
) -> None:
    money = books.receipt(buyer, f"R-{number}-{day}", amount, day=day, **kind)
    line = books.line(number)
    apply_amounts(receipt=money, parts=[(line.pk, Decimal(amount))], applied_on=applied or day)


def pieces(buyer: Customer, as_of: date = T) -> list[tuple[str, Decimal, int, bool]]:
    _score, rows = get_behaviour(buyer, as_of=as_of)
    return [(r.number, r.amount, r.days, r.paid_on is None) for r in rows]


class TestWhatCounts:
    def test_a_payment_counts_from_its_value_date_once_it_is_applied(self, buyer: Customer) -> None:
        bill(buyer, "I1", "100.00", date(2026, 5, 1))
        pay(buyer, "I1", "100.00", date(2026, 5, 11), applied=date(2026, 5, 20))
        assert pieces(buyer) == [("I1", 100, 10, False)]
        assert pieces(buyer, date(2026, 5, 15)) == [("I1", 100, 14, True)]

    def test_what_is_open_and_not_due_is_no_piece(self, buyer: Customer) -> None:
        bill(buyer, "I1", "100.00", T)
        assert pieces(buyer) == []
        assert pieces(buyer, T + timedelta(days=1)) == [("I1", 100, 1, True)]

    def test_partial_payments_make_several_pieces(self, buyer: Customer) -> None:
        bill(buyer, "I1", "100.00", date(2026, 5, 31))
        pay(buyer, "I1", "60.00", date(2026, 5, 30))
        pay(buyer, "I1", "30.00", date(2026, 6, 10))
        assert sorted(pieces(buyer), key=lambda row: row[2]) == [
            ("I1", 60, -1, False),
            ("I1", 30, 10, False),
            ("I1", 10, 30, True),
        ]

    def test_what_is_older_than_a_year_is_forgotten(self, buyer: Customer) -> None:
        bill(buyer, "I1", "100.00", date(2025, 6, 1))
        pay(buyer, "I1", "100.00", date(2025, 6, 30))
        assert pieces(buyer) == []
        assert len(pieces(buyer, T - timedelta(days=1))) == 1

    def test_a_payment_undone_never_happened_from_that_day_on(self, buyer: Customer) -> None:
        bill(buyer, "I1", "100.00", date(2026, 5, 31))
        pay(buyer, "I1", "100.00", date(2026, 6, 5))
        reverse_application(
            application=Application.objects.get(), as_of=date(2026, 6, 20), reason="wrong payer"
        )
        assert pieces(buyer, date(2026, 6, 19)) == [("I1", 100, 5, False)]
        assert pieces(buyer) == [("I1", 100, 30, True)]

    def test_an_invoice_credited_in_full_is_no_piece(self, buyer: Customer) -> None:
        bill(buyer, "I1", "100.00", date(2026, 5, 31))
        books.invoice(buyer, "CN1", "-100.00", day=date(2026, 6, 10), doc_type="CN")
        apply_credit_note(
            credit_line=books.line("CN1"),
            parts=[(books.line("I1").pk, Decimal(100))],
            applied_on=date(2026, 6, 10),
        )
        assert pieces(buyer) == []

    def test_an_advance_counts_on_the_day_it_is_booked(self, buyer: Customer) -> None:
        bill(buyer, "I1", "100.00", date(2026, 5, 31))
        books.invoice(buyer, "AD1", "-100.00", day=date(2026, 5, 1), doc_type="ADV")
        apply_credit_note(
            credit_line=books.line("AD1"),
            parts=[(books.line("I1").pk, Decimal(100))],
            applied_on=date(2026, 5, 11),
        )
        assert pieces(buyer) == [("I1", 100, -20, False)]

    @pytest.mark.parametrize(("kind", "count"), [("INV", 1), ("DN", 1), ("INT", 0), ("FEE", 0)])
    def test_interest_and_fees_are_no_business(
        self, buyer: Customer, kind: str, count: int
    ) -> None:
        bill(buyer, "X1", "100.00", date(2026, 5, 31), doc_type=kind)
        assert len(pieces(buyer)) == count

    def test_an_amount_without_a_rate_is_left_out_and_counted(self, buyer: Customer) -> None:
        bill(buyer, "I1", "100.00", date(2026, 5, 31))
        bill(buyer, "I2", "100.00", date(2026, 5, 31), currency="USD")
        found = gather_behaviour(as_of=T).loc[buyer.pk]
        assert (found["n"], found["unconverted"]) == (1, 1)
        score, rows = get_behaviour(buyer, as_of=T)
        assert (score.n, [r.piece is None for r in rows]) == (1, [False, True])
        Rate.objects.create(kind="fx", code="USD", valid_from=date(2026, 1, 1), value="7.2")
        assert gather_behaviour(as_of=T).loc[buyer.pk, "base_amount"] == 820


class TestPromisesAndDisputes:
    def promise(self, buyer: Customer, number: str, paid: str) -> None:
        bill(buyer, number, "100.00", date(2026, 5, 1))
        record_promise(
            customer=buyer,
            lines=[books.line(number)],
            amount=Decimal(100),
            promise_date=date(2026, 6, 1),
            as_of=date(2026, 5, 20),
        )
        if Decimal(paid):
            pay(buyer, number, paid, date(2026, 5, 28))

    def test_a_promise_kept_to_95_percent_is_kept(self, buyer: Customer) -> None:
        self.promise(buyer, "I1", "100.00")
        self.promise(buyer, "I2", "96.00")
        self.promise(buyer, "I3", "50.00")
        self.promise(buyer, "I4", "0")
        evaluate_promises(as_of=date(2026, 6, 10))
        found = gather_behaviour(as_of=T).loc[buyer.pk]
        assert found["promise_kept"] == 0.5
        score, _rows = get_behaviour(buyer, as_of=T)
        assert score.promise_kept == Decimal("0.5")
        assert get_behaviour(buyer, as_of=date(2026, 6, 9))[0].promise_kept is None

    def test_a_dispute_is_unjustified_as_far_as_nothing_was_credited(self, buyer: Customer) -> None:
        for number in ("I1", "I2"):
            bill(buyer, number, "500.00", date(2026, 5, 31))
            dispute = record_dispute(
                due_line=books.line(number),
                kind="PRICE",
                amount=Decimal(100),
                text="",
                as_of=date(2026, 6, 1),
            )
            if number == "I1":
                books.invoice(buyer, "CN1", "-70.00", day=date(2026, 6, 5), doc_type="CN")
                apply_credit_note(
                    credit_line=books.line("CN1"),
                    parts=[(books.line("I1").pk, Decimal(70))],
                    applied_on=date(2026, 6, 5),
                )
            close_dispute(dispute=dispute, as_of=date(2026, 6, 10), reason="decided")
        # 30 of the first and 100 of the second, of 1,000 invoiced.
        assert gather_behaviour(as_of=T).loc[buyer.pk, "dispute_ratio"] == pytest.approx(0.13)
        assert get_behaviour(buyer, as_of=T)[0].dispute_ratio == Decimal("0.13")
        assert get_behaviour(buyer, as_of=date(2026, 6, 9))[0].dispute_ratio == 0


class TestGatherBehaviour:
    def fill(self, count: int) -> list[Customer]:
        buyers = []
        for n in range(count):
            buyer = make_customer(f"B{n:03}")
            bill(buyer, f"I{n}", f"{100 + n}.00", date(2026, 5, 1))
            if n % 3:
                pay(buyer, f"I{n}", "60.00", date(2026, 5, 1) + timedelta(days=n))
            buyers.append(buyer)
        return buyers

    def test_says_for_all_what_is_said_for_one(self, reference: None) -> None:
        buyers = self.fill(9)
        found = gather_behaviour(as_of=T)
        assert list(found.index) == sorted(buyer.pk for buyer in buyers)
        for buyer in buyers:
            score, _rows = get_behaviour(buyer, as_of=T)
            assert score.value is not None
            assert found.loc[buyer.pk, "value"] == pytest.approx(float(score.value), abs=1e-9)
            assert found.loc[buyer.pk, "band"] == score.band

    def test_answers_for_everybody_asked(self, buyer: Customer) -> None:
        found = gather_behaviour(as_of=T, customer_ids=[buyer.pk])
        assert found.loc[buyer.pk, ["n", "status"]].tolist() == [0, "missing_input"]

    def test_does_not_ask_more_for_more(self, reference: None) -> None:
        self.fill(3)
        with assert_query_count("scoring: behaviour of a portfolio"):
            gather_behaviour(as_of=T)
        make_more = [make_customer(f"D{n:03}") for n in range(30)]
        for n, buyer in enumerate(make_more):
            bill(buyer, f"D{n}", "10.00", date(2026, 5, 1))
        with assert_query_count("scoring: behaviour of a portfolio"):
            assert len(gather_behaviour(as_of=T)) == 33

    def test_the_limit_decides_how_large_is_large(self, buyer: Customer) -> None:
        bill(buyer, "I1", "20000.00", date(2026, 1, 1))
        assert gather_behaviour(as_of=T).loc[buyer.pk, "has_hard_trigger"]
        limits = {buyer.pk: Decimal(3_000_000)}
        assert not gather_behaviour(as_of=T, limits=limits).loc[buyer.pk, "has_hard_trigger"]

    def test_the_trend_is_what_was_known_then(self, buyer: Customer) -> None:
        bill(buyer, "I1", "100.00", date(2026, 5, 1))
        pay(buyer, "I1", "100.00", date(2026, 6, 20))
        days = [date(2026, 4, 30), date(2026, 5, 31), T]
        found = list_behaviour_trend(buyer, days=days)
        alone = [get_behaviour(buyer, as_of=day)[0].value for day in days]
        assert [day for day, _value in found] == days
        assert found[0][1] is None
        assert alone[0] is None
        assert [value for _day, value in found[1:]] == [
            round(value, 4) for value in alone[1:] if value is not None
        ]
