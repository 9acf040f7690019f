"""Runs through the database: every worked example of dunning, and what a rerun must not do."""

import json
import threading
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from collection.models import DunningNotice, DunningRun, NoticeItem
from collection.services import (
    EXCLUDE_REASONS,
    SEND_KIND,
    LaterRunExists,
    approve_notice,
    approve_run,
    exclude_notice,
    prepare_dunning_run,
    record_promise,
    send_run,
    sync_notice_states,
)
from common import queue
from common.errors import InvalidInput, NotAllowed, TransitionNotAllowed
from common.models import Event, Job, OutboxMessage, Rate
from credit_control.models import CreditAccount
from customers.models import Contact, Customer
from receivables.models import DueLine
from receivables.services import apply_amounts, close_dispute, record_dispute
from tests.cast import People, make_customer, our_company
from tests.collection.dues import DAY, four_levels, owed, prepare, send_all
from tests.receivables.books import invoice, receipt

VECTORS = Path(__file__).parents[1] / "vectors" / "process.json"
L1 = json.loads(VECTORS.read_text())["vectors"]["L1_dunning"]["cases"]


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.usefixtures("reference")
class TestWorkedExamples:
    """L1 of the specification, each run prepared, approved and sent as in life."""

    @pytest.mark.parametrize("case", L1, ids=lambda case: case["name"])
    def test_gives_the_letters_and_levels_of_the_specification(self, case: dict[str, Any]) -> None:
        four_levels()
        stated = case["customer"]
        customer = make_customer(
            state="INSOLVENT" if stated.get("insolvent") else "ACTIVE",
            dunning_blocked_until=stated.get("blocked_until"),
        )
        if "unapplied" in stated:
            receipt(customer, "R1", stated["unapplied"], day=date(2025, 7, 1))
        lines = {i["id"]: owed(customer, i["id"], i["open"], day(i["due"])) for i in case["items"]}
        changes = {day(since): what for since, what in case["item_changes_from"].items()}
        for run_date, expected in zip(map(day, case["runs"]), case["expected"], strict=True):
            for since in sorted(since for since in changes if since <= run_date):
                for item, change in changes.pop(since).items():
                    self.change(lines[item], change, since)
            run = prepare(run_date)
            send_all(run)
            self.check(run, lines, expected)

    def change(self, line: DueLine, change: dict[str, Any], since: date) -> None:
        line.refresh_from_db()
        if change.get("disputed"):
            record_dispute(
                due_line=line, kind="PRICE", amount=line.open_amount, text="", as_of=since
            )
        elif "disputed" in change:
            close_dispute(dispute=line.disputes.get(state="OPEN"), as_of=since, reason="settled")
        else:  # the grace of two working days after the 20th ends on the 22nd, as the case says
            assert change == {"promise_until": "2025-08-22"}
            record_promise(
                customer=line.customer,
                lines=[line],
                amount=line.open_amount,
                promise_date=date(2025, 8, 20),
                as_of=since,
            )

    def check(self, run: DunningRun, lines: dict[str, DueLine], expected: dict[str, Any]) -> None:
        levels = {i["id"]: i["level"] for i in expected["items"]}
        for name, level in levels.items():
            lines[name].refresh_from_db()
            assert lines[name].dunning_level == level, (run.as_of, name)
        notice = DunningNotice.objects.filter(run=run).first()
        letter = notice and {
            "level": notice.level,
            "listed_items": sorted(
                notice.items.values_list("due_line__invoice__number", flat=True)
            ),
            "amount": f"{notice.total:.2f}",
        }
        assert letter == expected["letter"]
        reasons = {row["reason"] for row in run.skipped}
        excluded = {i["excluded"] for i in expected["items"] if "excluded" in i} - {"NOT_OVERDUE"}
        wanted = {expected["skipped"]} if "skipped" in expected else excluded
        assert reasons == wanted


@pytest.mark.usefixtures("reference")
class TestPrepareDunningRun:
    def test_writes_one_letter_per_customer_with_its_recipient_language_and_deadline(self) -> None:
        customer = make_customer(language="en")
        Contact.objects.create(
            customer=customer,
            name="Ms Payable",
            role="ACCOUNTS_PAYABLE",
            email="ap@example.invalid",
        )
        owed(customer, "A", "20000", date(2026, 11, 3))
        owed(customer, "B", "3000", date(2026, 11, 18))
        run = prepare()
        notice = DunningNotice.objects.get(run=run)
        assert (notice.level, notice.currency, notice.total) == (1, "CNY", Decimal("23000"))
        assert (notice.recipient, notice.recipient_name) == ("ap@example.invalid", "Ms Payable")
        assert (notice.language, notice.state) == ("en", "PROPOSED")
        assert notice.deadline == date(2026, 12, 1)  # seven days, a Tuesday
        assert run.counts == {
            "letters": 1, "levels": {"1": 1}, "items": 2, "raised": 2,
            "totals": {"CNY": "23000.000"}, "replaced": 0,
        }  # fmt: skip
        assert DueLine.objects.filter(dunning_level__gt=0).count() == 0  # a proposal counts nothing

    def test_falls_back_to_the_company_language(self) -> None:
        owed(make_customer(language="fr"), "A", "20000", date(2026, 11, 3))
        prepare()
        assert DunningNotice.objects.get().language == "zh-hans"

    def test_puts_several_currencies_on_one_letter_with_the_total_in_base(self) -> None:
        Rate.objects.create(kind="fx", code="EUR", valid_from=date(2026, 11, 1), value="8.1234")
        customer = make_customer()
        owed(customer, "A", "20000", date(2026, 11, 3))
        owed(customer, "B", "1000.55", date(2026, 11, 3), currency="EUR")
        notice = DunningNotice.objects.get(run=prepare())
        # 20000 + 1000.55 x 8.1234 = 20000 + 8127.867… rounded half up
        assert (notice.currency, notice.total) == ("CNY", Decimal("28127.87"))
        assert notice.items.count() == 2

    def test_skips_a_customer_whose_currencies_have_no_common_rate(self) -> None:
        customer = make_customer()
        owed(customer, "A", "20000", date(2026, 11, 3))
        owed(customer, "B", "1000", date(2026, 11, 3), currency="USD")
        run = prepare()
        assert DunningNotice.objects.count() == 0
        assert {row["reason"] for row in run.skipped} == {"RATE_MISSING"}

    def test_asks_only_for_the_undisputed_part_and_the_residual_of_a_part_payment(self) -> None:
        customer = make_customer()
        line = owed(customer, "A", "20000", date(2026, 11, 3))
        money = receipt(customer, "R", "5000", day=date(2026, 11, 10))
        apply_amounts(
            receipt=money,
            parts=[(line.pk, Decimal(5000))],
            applied_on=date(2026, 11, 10),
            rule="M3",
        )
        line.refresh_from_db()
        record_dispute(due_line=line, kind="QUALITY", amount=Decimal(1500), text="dents", as_of=DAY)
        notice = DunningNotice.objects.get(run=prepare())
        assert notice.total == Decimal("13500")

    def test_uses_the_procedure_chosen_for_the_account_else_that_of_the_risk_class(self) -> None:
        strict, soft = make_customer("STRICT1"), make_customer("SOFT1")
        for customer, code in ((strict, "STRICT"), (soft, "SOFT")):
            CreditAccount.objects.create(
                customer=customer, company=our_company(), dunning_procedure=code
            )
            owed(customer, f"I-{code}", "20000", date(2026, 11, 20))  # four days late
        run = prepare()
        assert list(run.notices.values_list("customer__code", flat=True)) == ["STRICT1"]

    def test_respects_item_and_customer_blocks_through_their_last_day(self) -> None:
        customer = make_customer()
        line = owed(customer, "A", "20000", date(2026, 11, 3))
        DueLine.objects.filter(pk=line.pk).update(dunning_blocked_until=DAY)
        assert prepare().counts["letters"] == 0
        assert prepare(date(2026, 11, 25)).counts["letters"] == 1

    def test_replaces_proposals_nobody_decided(self) -> None:
        owed(make_customer(), "A", "20000", date(2026, 11, 3))
        first = prepare()
        second = prepare(date(2026, 11, 25))
        old, new = DunningNotice.objects.order_by("as_of")
        assert (old.run, old.state, old.exclude_reason) == (first, "EXCLUDED", "SUPERSEDED")
        assert (new.run, new.state) == (second, "PROPOSED")
        assert second.counts["replaced"] == 1
        first.refresh_from_db()
        assert first.state == "SENT"  # nothing of it waits any more

    def test_refuses_a_run_before_an_existing_one(self) -> None:
        prepare()
        with pytest.raises(LaterRunExists):
            prepare(date(2026, 11, 23))
        assert DunningRun.objects.count() == 1

    def test_refuses_people_without_the_right(self, people: People) -> None:
        for person in (people.sales, people.finance, people.admin, people.auditor):
            with pytest.raises(NotAllowed):
                prepare_dunning_run(company=our_company(), as_of=DAY, actor=person)
        assert DunningRun.objects.count() == 0

    def test_records_one_event(self, people: People) -> None:
        prepare_dunning_run(company=our_company(), as_of=DAY, actor=people.collector)
        event = Event.objects.get(code="collection.dunning_run.prepared")
        assert (event.actor, event.as_of) == (people.collector, DAY)


def digest() -> list[tuple[Any, ...]]:
    """Everything a run leaves, without the ids and instants of its making."""
    notices = DunningNotice.objects.order_by("key").values_list(
        "key", "level", "total", "currency", "state", "deadline", "recipient", "language"
    )
    items = NoticeItem.objects.order_by("notice__key", "due_line_id").values_list(
        "notice__key",
        "due_line_id",
        "level",
        "previous_level",
        "raised",
        "open_amount",
        "cancelled",
    )
    runs = DunningRun.objects.order_by("as_of").values_list("as_of", "counts", "skipped")
    return [*notices, *items, *runs]


@pytest.mark.promise("R9")
@pytest.mark.usefixtures("reference")
class TestRerun:
    def portfolio(self) -> None:
        for number in range(12):
            customer = make_customer(f"C{number:03}")
            owed(customer, f"A{number}", str(300 + 400 * number), date(2026, 11, 1 + number))
            owed(customer, f"B{number}", "900", date(2026, 11, 18))

    def test_the_same_day_again_changes_nothing(self) -> None:
        self.portfolio()
        run = prepare()
        before = digest()
        assert prepare().pk == run.pk
        assert digest() == before

    def test_a_run_that_died_leaves_nothing_and_is_made_whole(self) -> None:
        self.portfolio()
        prepare()
        whole = digest()
        NoticeItem.objects.all().delete()
        DunningNotice.objects.all().delete()
        DunningRun.objects.all().delete()
        for _try in range(3):
            with transaction.atomic():
                prepare()
                transaction.set_rollback(True)  # what a kill before the commit leaves
            assert (DunningRun.objects.count(), NoticeItem.objects.count()) == (0, 0)
        prepare()
        assert digest() == whole


@pytest.mark.usefixtures("reference")
class TestExcludeNotice:
    def test_leaves_the_letter_out_and_its_items_free_for_a_later_run(self, people: People) -> None:
        line = owed(make_customer(), "A", "20000", date(2026, 11, 3))
        notice = DunningNotice.objects.get(run=prepare())
        exclude_notice(notice=notice, reason="PAYMENT_COMING", as_of=DAY, actor=people.collector)
        notice.refresh_from_db()
        assert (notice.state, notice.items.get().cancelled) == ("EXCLUDED", True)
        send_all(prepare(date(2026, 11, 25)))
        line.refresh_from_db()
        assert (line.dunning_level, line.last_dunned_on) == (1, date(2026, 11, 25))

    def test_wants_a_reason_from_the_list_and_words_for_other(self) -> None:
        owed(make_customer(), "A", "20000", date(2026, 11, 3))
        notice = DunningNotice.objects.get(run=prepare())
        for reason, note in (("", ""), ("SUPERSEDED", "x"), ("OTHER", " ")):
            with pytest.raises(InvalidInput):
                exclude_notice(notice=notice, reason=reason, note=note, as_of=DAY)
        assert set(EXCLUDE_REASONS) < set(DunningNotice.ExcludeReason.values)

    def test_refuses_a_letter_that_went_out(self) -> None:
        owed(make_customer(), "A", "20000", date(2026, 11, 3))
        run = prepare()
        send_all(run)
        with pytest.raises(TransitionNotAllowed):
            exclude_notice(notice=run.notices.get(), reason="CONTACTED", as_of=DAY)
        assert run.notices.get().items.get().cancelled is False

    def test_refuses_people_without_the_right(self, people: People) -> None:
        owed(make_customer(), "A", "20000", date(2026, 11, 3))
        notice = DunningNotice.objects.get(run=prepare())
        with pytest.raises(NotAllowed):
            exclude_notice(notice=notice, reason="CONTACTED", as_of=DAY, actor=people.finance)
        assert DunningNotice.objects.get().state == "PROPOSED"


@pytest.mark.usefixtures("reference")
class TestApproveRun:
    def test_makes_letter_message_and_level_together(self, people: People) -> None:
        customer = make_customer(language="en")
        line = owed(customer, "A", "20000", date(2026, 11, 3))
        run = prepare()
        approval = approve_run(run=run, as_of=DAY, actor=people.manager)
        assert (approval.letters, approval.totals) == (1, {"CNY": Decimal(20000)})
        queue.run_due_jobs()
        notice = DunningNotice.objects.get()
        message = OutboxMessage.objects.get()
        assert notice.message == message
        assert message.key == "dunning:HY:C001:2026-11-24"
        assert (message.recipient, message.language) == ("c001@example.invalid", "en")
        assert bytes(message.attachment) == bytes(notice.pdf)
        assert bytes(notice.pdf).startswith(b"%PDF-")
        assert notice.approved_by == people.manager
        line.refresh_from_db()
        assert (line.dunning_level, line.last_dunned_on) == (1, DAY)
        queue.run_due_jobs()
        sync_notice_states()
        notice.refresh_from_db()
        message.refresh_from_db()
        run.refresh_from_db()
        assert (notice.state, message.state, run.state) == ("SENT", "KEPT", "SENT")

    def test_never_sends_the_same_level_twice(self) -> None:
        owed(make_customer(), "A", "20000", date(2026, 11, 3))
        for offset in range(5):
            send_all(prepare(date.fromordinal(DAY.toordinal() + offset)))
        assert OutboxMessage.objects.count() == 1

    def test_leaves_final_letters_to_be_approved_one_by_one(self, people: People) -> None:
        line = owed(make_customer(), "A", "20000", date(2026, 8, 3), dunning_level=2)
        run = prepare()
        notice = run.notices.get()
        assert (notice.level, notice.is_final) == (3, True)
        approval = approve_run(run=run, as_of=DAY)
        assert (approval.letters, approval.final_left) == (0, 1)
        queue.run_due_jobs()
        line.refresh_from_db()
        assert line.dunning_level == 2
        approve_notice(notice=notice, as_of=DAY, actor=people.manager)
        line.refresh_from_db()
        assert line.dunning_level == 3

    def test_sends_by_itself_only_up_to_the_level_of_the_policy(self) -> None:
        first = owed(make_customer("C1"), "A", "20000", date(2026, 11, 3))
        second = owed(make_customer("C2"), "B", "20000", date(2026, 10, 3), dunning_level=1)
        run = prepare()
        approve_run(run=run, as_of=DAY, max_level=1)
        queue.run_due_jobs()
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.dunning_level, second.dunning_level) == (1, 1)
        assert OutboxMessage.objects.get().recipient == "c1@example.invalid"

    def test_drops_what_was_paid_after_the_run(self) -> None:
        customer = make_customer()
        line = owed(customer, "A", "20000", date(2026, 11, 3))
        run = prepare()
        money = receipt(customer, "R", "20000", day=DAY)
        apply_amounts(receipt=money, parts=[(line.pk, Decimal(20000))], applied_on=DAY, rule="M3")
        send_all(run)
        notice = run.notices.get()
        assert (notice.state, notice.exclude_reason) == ("EXCLUDED", "SETTLED_MEANWHILE")
        assert OutboxMessage.objects.count() == 0

    def test_states_what_is_open_when_the_letter_is_made(self) -> None:
        customer = make_customer(language="en")
        line = owed(customer, "A", "20000", date(2026, 11, 3))
        paid = owed(customer, "B", "7000", date(2026, 11, 3))
        run = prepare()
        money = receipt(customer, "R", "12000", day=DAY)
        apply_amounts(
            receipt=money,
            parts=[(line.pk, Decimal(5000)), (paid.pk, Decimal(7000))],
            applied_on=DAY,
            rule="M3",
        )
        send_all(run)
        notice = run.notices.get()
        assert notice.total == Decimal(15000)
        assert "15,000.00" in OutboxMessage.objects.get().body
        assert notice.items.get(due_line=paid).cancelled is True

    def test_does_not_send_what_was_promised_after_the_run(self) -> None:
        customer = make_customer()
        line = owed(customer, "A", "20000", date(2026, 11, 3))
        run = prepare()
        record_promise(
            customer=customer,
            lines=[line],
            amount=Decimal(20000),
            promise_date=date(2026, 11, 30),
            as_of=DAY,
        )
        send_all(run)
        assert run.notices.get().state == "EXCLUDED"

    def test_keeps_a_letter_without_an_address_waiting(self) -> None:
        owed(make_customer(email=""), "A", "20000", date(2026, 11, 3))
        run = prepare()
        approval = approve_run(run=run, as_of=DAY)
        assert (approval.letters, approval.without_address) == (0, 1)
        assert run.notices.get().state == "PROPOSED"

    def test_one_bad_customer_costs_one_customer(self) -> None:
        bad, good = make_customer("BAD"), make_customer("GOOD")
        owed(bad, "A", "20000", date(2026, 11, 3))
        owed(good, "B", "20000", date(2026, 11, 3))
        run = prepare()
        OutboxMessage.objects.create(  # the key of the bad one's message is taken by other data
            key="dunning:HY:BAD:2026-11-24", recipient="x@example.invalid", subject="", body=""
        )
        run.notices.filter(customer=good).update(message=OutboxMessage.objects.get())
        counts = send_run(run=run, as_of=DAY)
        assert counts.made == 1
        assert [row["reason"] for row in counts.failed] == ["IntegrityError"]
        assert run.notices.get(customer=bad).state == "PROPOSED"
        assert run.notices.get(customer=good).state == "APPROVED"

    def test_a_sending_that_was_given_up_starts_anew_with_the_next_approval(
        self, people: People
    ) -> None:
        owed(make_customer(), "A", "20000", date(2026, 11, 3))
        run = prepare()
        approve_run(run=run, as_of=DAY, actor=people.manager)
        approve_run(run=run, as_of=DAY, actor=people.manager)
        jobs = Job.objects.filter(kind=SEND_KIND)
        assert jobs.count() == 1  # while the first one waits, it is the same sending
        jobs.update(state=Job.State.PARKED)
        approve_run(run=run, as_of=DAY, actor=people.manager)
        queue.run_due_jobs()
        assert run.notices.get().state == "APPROVED"
        assert sorted(jobs.values_list("state", flat=True)) == ["DONE", "PARKED"]

    def test_refuses_everybody_but_the_credit_manager(self, people: People) -> None:
        owed(make_customer(), "A", "20000", date(2026, 11, 3))
        run = prepare()
        for person in (people.collector, people.finance, people.executive, people.admin):
            with pytest.raises(NotAllowed):
                approve_run(run=run, as_of=DAY, actor=person)
            with pytest.raises(NotAllowed):
                approve_notice(notice=run.notices.get(), as_of=DAY, actor=person)
        queue.run_due_jobs()
        assert (run.notices.get().state, OutboxMessage.objects.count()) == ("PROPOSED", 0)


def test_credit_notes_on_account_count_against_what_is_overdue(reference: None) -> None:
    customer = make_customer()
    owed(customer, "A", "20000", date(2026, 11, 3))
    invoice(customer, "CN1", "-20000", day=date(2026, 11, 5), doc_type="CN")
    run = prepare()
    assert run.counts["letters"] == 0
    assert {row["reason"] for row in run.skipped} == {"NO_NET_OVERDUE"}
    assert Customer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_letter_approved_while_the_next_run_is_prepared_stays_approved(reference: None) -> None:
    """The later run waits for the letter that is being made, and then leaves it alone."""
    owed(make_customer(), "A", "20000", date(2026, 11, 3))
    run = prepare()
    notice = run.notices.get()
    later: list[DunningRun] = []

    def prepare_later() -> None:
        later.append(prepare(date(2026, 11, 25)))
        connection.close()

    thread = threading.Thread(target=prepare_later)
    with transaction.atomic():
        approve_notice(notice=notice, as_of=DAY)
        thread.start()
        deadline = time.monotonic() + 20
        while not is_somebody_waiting() and time.monotonic() < deadline:
            time.sleep(0.05)
    thread.join(timeout=30)
    notice.refresh_from_db()
    assert (notice.state, later[0].counts["replaced"]) == ("APPROVED", 0)
    assert not notice.items.filter(cancelled=True).exists()


def is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity where datname = current_database()"
            " and wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
