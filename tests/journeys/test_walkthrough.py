"""One customer from application to the blocked order: the walk-through Z2 of the process vectors.

Every figure expected here is read from the vectors, every deed is done by the product's services
against a real database. Steps whose rules come later (deposit, statutory interest, limitation,
provision) are named in LATER and run as pure rules elsewhere, or not at all yet.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collection.domain.promises import grace_end
from collection.models import DunningNotice, NoticeItem
from collection.services import (
    approve_notice,
    approve_run,
    evaluate_promises,
    prepare_dunning_run,
    record_promise,
    send_reminders,
)
from common import queue
from common.calendars import get_calendar
from common.deadlines import ClockKind, deadline_date
from common.models import OutboxMessage
from credit_control.domain.need import credit_need
from credit_control.models import CreditAccount, Reservation
from credit_control.selectors import get_effective_limit, get_exposure
from credit_control.services import (
    check_order,
    consume_reservation,
    decide_request,
    get_or_create_account,
    request_limit,
)
from customers.models import Company, Customer, PaymentTerm
from customers.services.identity import create_customer
from receivables.domain.terms import due_lines, read_term
from receivables.models import Delivery, DueLine, Order
from receivables.posting import Instalment, InvoiceRow, post_invoices
from receivables.selectors import get_aging
from receivables.services import apply_amounts, record_receipt, update_order_value
from tests import cast
from tests.credit_control.books import rate, results
from tests.vectors.harness import vectors_dir

LATER = {
    3: "deposits",
    13: "statutory interest",
    14: "limitation",
    15: "provision",
}
SHANGHAI = ZoneInfo("Asia/Shanghai")


def steps() -> dict[int, dict[str, Any]]:
    body = json.loads((vectors_dir() / "process.json").read_text(encoding="utf-8"))
    return {step["step"]: step for step in body["vectors"]["Z2_walkthrough"]}


def day(text: str) -> date:
    return date.fromisoformat(text)


@dataclass
class Walk:
    """The customer on the way, with what was made so far."""

    people: cast.People
    steps: dict[int, dict[str, Any]]
    company: Company
    customer: Customer
    account: CreditAccount
    term: PaymentTerm
    seen: dict[str, Any] = field(default_factory=dict)

    def given(self, number: int) -> dict[str, Any]:
        return self.steps[number]["inputs"]

    def expected(self, number: int) -> Any:
        return self.steps[number]["expected"]

    def check(self, order_no: str, amount: Decimal, as_of: date) -> Any:
        return check_order(
            customer=self.customer,
            company=self.company,
            order_no=order_no,
            amount=amount,
            currency="CNY",
            ship_date=as_of + timedelta(days=7),
            payment_term=self.term,
            as_of=as_of,
            actor=self.people.sales,
        )


@pytest.fixture
def walk(people: cast.People) -> Walk:
    company = cast.our_company()
    term = PaymentTerm.objects.get(code="NET30")
    customer = create_customer(
        actor=people.sales,
        as_of=date(2025, 7, 1),
        name="示例北辰装备有限公司",
        name_en="Sample Beichen Equipment Ltd",
        payment_term=term,
        email="pay@beichen.example.invalid",
    )
    return Walk(
        people=people,
        steps=steps(),
        company=company,
        customer=customer,
        account=get_or_create_account(customer=customer, company=company),
        term=term,
    )


class TestWalkthrough:
    def test_from_application_to_the_order_blocked_by_its_age(self, walk: Walk) -> None:
        self.apply_for_a_limit(walk)
        self.check_two_orders(walk)
        self.deliver_and_invoice(walk)
        self.remind(walk)
        self.dun(walk)
        self.promise_and_pay_in_part(walk)
        self.age(walk)
        self.block_the_next_order(walk)

    def test_names_every_step_of_the_vectors(self) -> None:
        walked = {1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16}
        assert set(steps()) == walked | set(LATER)

    def apply_for_a_limit(self, walk: Walk) -> None:
        need = walk.given(1)
        assert credit_need(
            Decimal(need["turnover_12m_net"]),
            need["term_days"],
            need["lead_days"],
            Decimal(need["vat_pct"]),
        ) == Decimal(walk.expected(1)["need"])
        asked = walk.given(2)
        rate(walk.customer, str(asked["risk_class"]), as_of=date(2025, 7, 1))
        submitted = datetime.fromisoformat(asked["submitted"]).replace(tzinfo=SHANGHAI)
        request = request_limit(
            account=walk.account,
            requested_limit=Decimal(asked["amount"]),
            reason="First orders of the year, needs net 30.",
            valid_from=submitted.date(),
            review_by=date(2026, 1, 2),
            payment_term=walk.term,
            as_of=submitted.date(),
            submitted_at=submitted,
            actor=walk.people.sales,
        )
        route = walk.expected(2)
        assert request.route[0]["band"] == route["band"]
        assert request.route[0]["matrix"] == route["approvers"]
        assert request.decide_by == datetime.fromisoformat(route["accept_by"]).replace(
            tzinfo=SHANGHAI
        )
        decide_request(
            request=request,
            action="approve",
            version=request.version,
            as_of=submitted.date(),
            decided_at=submitted + timedelta(hours=3),
            actor=walk.people.manager,
        )
        limit = get_effective_limit(account=walk.account, as_of=submitted.date())
        assert limit.total == Decimal(walk.expected(4)["limit_total"])
        assert limit.unsecured == Decimal(walk.expected(4)["limit_unsecured"])

    def check_two_orders(self, walk: Walk) -> None:
        asked, expected = walk.given(5), walk.expected(5)
        value = Decimal(asked["net"]) * (100 + Decimal(asked["vat_pct"])) / 100
        assert value == Decimal(expected["value"])
        on = date(2025, 7, 3)
        walk.seen["order"] = Order.objects.create(
            order_no="A",
            company=walk.company,
            customer=walk.customer,
            order_date=on,
            ship_date=on + timedelta(days=7),
            payment_term=walk.term,
            currency="CNY",
            open_value=value,
        )
        first = walk.check("A", value, on)
        assert first.decision == expected["decision"]
        assert Decimal(first.exposure["with_order"]) == Decimal(expected["gross"])
        second = walk.check("B", Decimal(walk.given(6)["value"]), on)
        assert second.decision == walk.expected(6)["decision"]
        assert second.exposure["with_order"] == walk.expected(6)["gross_with_B"]
        assert Reservation.objects.get().order_no == "A"
        walk.seen["value"] = value

    def deliver_and_invoice(self, walk: Walk) -> None:
        given, expected = walk.given(7), walk.expected(7)
        signed, value = day(given["signed"]), Decimal(given["gross"])
        delivery = Delivery.objects.create(
            delivery_no="D-A",
            order=walk.seen["order"],
            shipped_at=datetime(2025, 7, 10, 2, tzinfo=UTC),
            signed_at=datetime(2025, 7, 14, 2, tzinfo=UTC),
            state="SIGNED",
            open_value=value,
        )
        update_order_value(order=walk.seen["order"], open_value=Decimal(0), as_of=signed)
        consume_reservation(reservation=Reservation.objects.get(), as_of=signed)
        assert get_exposure(account=walk.account, as_of=signed).gross == value
        (line,) = due_lines(
            read_term(walk.term.kind, walk.term.params),
            value,
            "CNY",
            signed,
            calendar=get_calendar("CN"),
        )
        assert (line.nominal, line.effective) == (
            day(expected["nominal"]),
            day(expected["effective"]),
        )
        Delivery.objects.filter(pk=delivery.pk).update(state="INVOICED", open_value=0)
        net = Decimal(walk.given(5)["net"])
        post_invoices(
            [
                InvoiceRow(
                    number="INV-A",
                    customer_id=walk.customer.pk,
                    doc_date=signed,
                    currency="CNY",
                    net=net,
                    tax=value - net,
                    gross=value,
                    payment_term_id=walk.term.pk,
                    order_no="A",
                    instalments=(Instalment(line.amount, line.nominal, line.effective),),
                )
            ],
            company=walk.company,
        )
        assert get_exposure(account=walk.account, as_of=signed).gross == value
        walk.seen["line"] = DueLine.objects.get(invoice__number="INV-A")

    def remind(self, walk: Walk) -> None:
        on = date(2025, 8, 1)
        while on <= date(2025, 8, 14):
            send_reminders(company=walk.company, as_of=on)
            on += timedelta(days=1)
        sent = NoticeItem.objects.filter(notice__kind="REMINDER").order_by("notice__as_of")
        assert [(i.notice.as_of, i.days_past_due) for i in sent] == [
            (day(e["send_on"]), (day(e["send_on"]) - walk.seen["line"].due_date).days)
            for e in walk.expected(8)
        ]
        clock = walk.given(9)
        assert deadline_date(
            day(clock["overdue_day_1"]),
            ClockKind.BUSINESS_DAYS,
            clock["business_days"],
            get_calendar("CN"),
        ) == day(walk.expected(9)["contact_by"])

    def dun(self, walk: Walk) -> None:
        for expected in walk.expected(10):
            on = day(expected["date"])
            run = prepare_dunning_run(company=walk.company, as_of=on, actor=walk.people.collector)
            notices = list(DunningNotice.objects.filter(run=run, kind="DUNNING"))
            assert bool(notices) is expected["letter"], on
            if notices:
                assert [n.level for n in notices] == [expected["level"]]
                if notices[0].is_final:
                    approve_notice(notice=notices[0], as_of=on, actor=walk.people.manager)
                else:
                    approve_run(run=run, as_of=on, actor=walk.people.manager)
                queue.run_due_jobs()
            walk.seen["line"].refresh_from_db()
            assert walk.seen["line"].dunning_level == expected["level"]
        letters = OutboxMessage.objects.filter(
            customer_id=walk.customer.pk, attachment_type__contains="pdf"
        )
        assert letters.count() == 3

    def promise_and_pay_in_part(self, walk: Walk) -> None:
        expected = walk.expected(11)
        promised, paid_on = Decimal(100_000), date(2025, 9, 26)
        promise = record_promise(
            customer=walk.customer,
            lines=[walk.seen["line"]],
            amount=promised,
            promise_date=paid_on,
            as_of=date(2025, 9, 16),
            actor=walk.people.collector,
        )
        assert grace_end(paid_on, calendar=get_calendar("CN")) == day(expected["grace_end"])
        receipt = record_receipt(
            company=walk.company,
            number="R-1",
            value_date=paid_on,
            currency="CNY",
            amount=Decimal(60_000),
            as_of=paid_on,
            customer=walk.customer,
            actor=walk.people.finance,
        )
        apply_amounts(
            receipt=receipt,
            parts=[(walk.seen["line"].pk, Decimal(60_000))],
            applied_on=paid_on,
            actor=walk.people.finance,
        )
        evaluate_promises(as_of=day(walk.given(11)["as_of"]))
        promise.refresh_from_db()
        assert promise.state == expected["status"]
        assert promise.paid_in_time == Decimal(expected["paid_in_time"])

    def age(self, walk: Walk) -> None:
        given, expected = walk.given(12), walk.expected(12)
        on = day(given["as_of"])
        assert (on - walk.seen["line"].due_date).days == expected["overdue_days"]
        report = get_aging(as_of=on)
        names = [
            f"{bucket.first}-{bucket.last}" if bucket.last is not None else f"{bucket.first}+"
            for bucket in report.bucket_ranges
        ]
        filled = {
            name: amount
            for name, amount in zip(names, report.rows[0].buckets, strict=True)
            if amount
        }
        assert filled == {expected["bucket"]: Decimal(given["open"])}
        assert report.totals.total == Decimal(given["open"])

    def block_the_next_order(self, walk: Walk) -> None:
        expected = walk.expected(16)
        check = walk.check("C", Decimal(walk.given(16)["value"]), date(2025, 9, 30))
        assert check.decision == expected["decision"]
        rule = next(r for r in check.rules if r["code"] == "R08")
        assert f"{rule['result']} ({rule['value']} > {rule['threshold']})" == expected["R08"]
        found = results(check)
        assert (found["R03"], found["R17"]) == ("PASS", "PASS")
        assert Decimal(check.exposure["with_order"]) == Decimal(125_600)
