"""The dossier tab: tier, completeness, as of a past day, identity in words; the investigation."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.clock import business_today
from common.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from common.models import Rate
from credit_control.models import CreditLimit
from credit_control.services import get_or_create_account, request_limit
from customers.domain.checklist import Tier
from customers.domain.investigation import SECTIONS, TESTS, Proposal
from customers.models import BankAccount, Contact, Customer, Investigation, Signal, Task
from customers.services import (
    confirm_investigation,
    expire_documents,
    record_fact,
    record_relation,
    save_investigation,
    start_investigation,
)
from dashboards.customer_kyc import list_identity_checks
from dashboards.dossier import list_asked, list_completeness, list_statement_periods
from dashboards.investigation_facts import conceal_strangers, gather_report
from dashboards.investigation_report import write_report
from scoring.models import Statement
from scoring.services import save_statement
from tests import cast
from tests.customers.papers import give_verified
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def customer(people: cast.People) -> Customer:
    return cast.make_customer("C1", sales_owner=people.sales, uscc="91350100M000100Y43")


def grant(customer: Customer, amount: str, currency: str = "CNY") -> None:
    today = business_today()
    account = get_or_create_account(customer=customer, company=cast.our_company())
    CreditLimit.objects.create(
        account=account,
        amount=Decimal(amount),
        currency=currency,
        valid_from=today - timedelta(days=30),
        valid_to=today + timedelta(days=300),
        state="ACTIVE",
    )


def tab(client: Any, query: str = "") -> str:
    answer = client.get(f"/customers/C1/?tab=dossier{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


class TestTier:
    @pytest.mark.parametrize(
        ("amount", "currency", "tier"),
        [
            ("50000", "CNY", "T1"),
            ("50000.01", "CNY", "T2"),
            ("70000", "USD", "T2"),
            ("1", "XAF", "T3"),
        ],
    )
    def test_follows_the_limit_in_cny(self, people, customer, amount, currency, tier) -> None:
        today = business_today()
        Rate.objects.update_or_create(
            kind="fx",
            code="USD",
            valid_from=today - timedelta(days=1),
            defaults={"value": Decimal(7)},
        )
        grant(customer, amount, currency)
        found = list_completeness(as_of=today, user=people.manager)
        assert found[customer.pk].tier == tier

    def test_without_a_credit_nothing_is_asked(self, visit, people, customer) -> None:
        assert list_completeness(as_of=business_today(), user=people.manager) == {}
        assert "pays in advance" in tab(visit("analyst"))

    def test_a_limit_to_come_or_gone_is_none(self, people, customer) -> None:
        grant(customer, "80000")
        today = business_today()
        for day in (today - timedelta(days=31), today + timedelta(days=301)):
            assert list_asked(as_of=day, today=today) == {}
        assert list_asked(as_of=today, today=today)[customer.pk].amount == Decimal(80000)

    def test_a_request_of_the_early_morning_is_of_that_day(self, people, customer) -> None:
        """07:30 in the house's own zone is still yesterday in UTC."""
        day = business_today() - timedelta(days=3)
        request_limit(
            account=get_or_create_account(customer=customer, company=cast.our_company()),
            requested_limit=Decimal(60000), reason="A first order of some size", valid_from=day,
            review_by=day + timedelta(days=200), as_of=day,
            submitted_at=timezone.make_aware(datetime.combine(day, time(7, 30))),
            actor=people.sales,
        )  # fmt: skip
        assert list_asked(as_of=day - timedelta(days=1), today=day) == {}
        assert list_asked(as_of=day, today=day)[customer.pk].applied_on == day

    def test_a_statement_restated_later_counts_until_then(self, customer) -> None:
        today = business_today()
        end = date(today.year - 1, 12, 31)
        early, later = today - timedelta(days=20), today - timedelta(days=10)
        lines = {"total_assets": Decimal(100)}
        for day, total in ((early, 100), (later, 120)):
            save_statement(
                customer=customer, period_end=end, lines=lines | {"total_assets": Decimal(total)},
                as_of=day, received_on=day, reason="Restated",
            )  # fmt: skip
        assert Statement.objects.count() == 2
        for day in (early, later, today):
            (found,) = list_statement_periods(as_of=day, customer_ids=[customer.pk])[customer.pk]
            assert (found.period_end, found.months) == (end, 12)
        assert (
            list_statement_periods(as_of=early - timedelta(days=1), customer_ids=[customer.pk])
            == {}
        )


class TestCompleteness:
    def test_says_what_is_missing_and_until_when_the_rest_is_good(
        self, visit, people, customer
    ) -> None:
        grant(customer, "50000")
        today = business_today()
        give_verified(customer, people, "D02", as_of=today)
        give_verified(customer, people, "D15", as_of=today, valid_to=today + timedelta(days=20))
        page = tab(visit("analyst"))
        # T1: eight mandatory lines, the lists twice: nine; two are good.
        assert "22%" in page
        assert "Ends soon" in page
        assert "No bank account confirmed by call-back." in page
        assert "Proves that the enterprise exists" in page
        assert "Not looked at within 30 days: Registry status" in page

    def test_of_everybody_costs_the_same_for_three_and_thirty(self, people) -> None:
        today = business_today()
        counts = []
        for first in (0, 3):
            for n in range(first, first * 9 + 3):
                grant(cast.make_customer(f"D{n}"), "60000")
            with CaptureQueriesContext(connection) as captured:
                found = list_completeness(as_of=today, user=people.manager)
            counts.append(len(captured))
            assert all(done.tier is Tier.T2 for done in found.values())
        assert counts[0] == counts[1]
        assert len(found) == 30
        assert list_completeness(as_of=today, user=people.outsider) == {}

    @pytest.mark.parametrize("count", [3, 30])
    def test_the_tab_asks_as_often_whatever_there_is(self, visit, people, customer, count) -> None:
        grant(customer, "60000")
        today = business_today()
        for n in range(count):
            give_verified(customer, people, "D08", as_of=today)
            record_fact(
                customer=customer, field="REVENUE", value=str(1000 + n), about=today,
                source_class="OFFICIAL", actor=people.analyst, as_of=today, source_name=str(n),
            )  # fmt: skip
        client = visit("analyst")
        tab(client)
        with assert_query_count("dashboards.customer_dossier_tab"):
            tab(client)


class TestAsOf:
    def test_shows_the_file_of_a_past_day_and_says_so(self, visit, people, customer) -> None:
        grant(customer, "60000")
        today = business_today()
        then = today - timedelta(days=20)
        give_verified(
            customer,
            people,
            "D01",
            as_of=then,
            title="Old licence",
            valid_to=today - timedelta(days=1),
        )
        expire_documents(as_of=today)
        give_verified(customer, people, "D12", as_of=today, title="Visit of today")
        record_fact(
            customer=customer, field="EMPLOYEES", value="77", about=then, source_class="INTERNAL",
            actor=people.analyst, as_of=today,
        )  # fmt: skip
        now, past = tab(visit("analyst")), tab(visit("analyst"), f"&as_of={then.isoformat()}")
        assert "You see the file as it was known on" not in now
        assert "Visit of today" in now
        assert ">77<" in now
        assert "You see the file as it was known on" in past
        assert "Visit of today" not in past
        assert ">77<" not in past
        assert "Old licence" in past
        assert "Expired" in now

    @pytest.mark.parametrize("text", ["2999-01-01", "yesterday", "", "0000-00-00"])
    def test_a_day_to_come_or_none_is_today(self, visit, customer, text: str) -> None:
        assert "You see the file" not in tab(visit("analyst"), f"&as_of={text}")

    def test_filters_by_source(self, visit, people, customer) -> None:
        today = business_today()
        for value, source in (("71", "INTERNAL"), ("73", "AGENCY")):
            record_fact(
                customer=customer, field="EMPLOYEES", value=value, about=today, source_class=source,
                actor=people.analyst, as_of=today,
            )  # fmt: skip
        page = tab(visit("analyst"), "&source=AGENCY")
        assert ">73<" in page
        assert ">71<" not in page
        assert "Agency 1" in page
        assert ">71<" in tab(visit("analyst"), "&source=NONSENSE")


class TestIdentity:
    def checks(self, customer: Customer) -> dict[str, tuple[str, str]]:
        accounts = list(BankAccount.objects.filter(customer=customer))
        found = list_identity_checks(customer, accounts, is_masked=True)
        return {check.label: (check.tone, check.text) for check in found}

    def test_says_what_each_number_means(self, customer) -> None:
        assert self.checks(customer)["Registration number (USCC)"] == (
            "good",
            "Registered by market regulation, enterprise, region 350100; the check character holds.",
        )

    def test_takes_letters_in_front_and_warns_of_the_inner_code(self, customer) -> None:
        from common.identifiers import make_uscc, uscc_check_char

        customer.uscc = make_uscc("N", "2", "310000", "MA1X0007")
        tone, text = self.checks(customer)["Registration number (USCC)"]
        assert (tone, text[:25]) == ("good", "Registered by agriculture")
        body = customer.uscc[:16] + ("1" if customer.uscc[16] != "1" else "2")
        customer.uscc = body + uscc_check_char(body)
        assert self.checks(customer)["Registration number (USCC)"][0] == "warn"
        customer.uscc = ""
        assert self.checks(customer)["Registration number (USCC)"][0] == "bad"

    def test_checks_vat_lei_and_iban(self, customer) -> None:
        customer.country, customer.vat_no, customer.lei = (
            "DE",
            "DE136695976",
            "5493001KJTIIGC8Y1R12",
        )
        BankAccount.objects.create(
            customer=customer, account="GB82WEST12345698765432", is_iban=True
        )
        found = self.checks(customer)
        assert found["VAT number"] == ("good", "Right by its country’s rule.")
        assert found["Legal entity identifier (LEI)"][0] == "good"
        assert found["IBAN"] == ("warn", "The check digits hold. Not confirmed by call-back yet.")
        customer.vat_no, customer.lei = "DE136695970", "5493001KJTIIGC8Y1R13"
        found = self.checks(customer)
        assert (found["VAT number"][0], found["Legal entity identifier (LEI)"][0]) == ("bad", "bad")

    def test_flags_who_signs_without_authority(self, visit, customer) -> None:
        contact = Contact.objects.create(customer=customer, name="Wang", role="GOODS_RECEIPT")
        assert "No valid authority" in tab(visit("analyst"))
        contact.authority_doc_no, contact.authority_valid_to = "A-1", business_today()
        contact.save()
        assert "No valid authority" not in tab(visit("analyst"))
        contact.authority_valid_to = business_today() - timedelta(days=1)
        contact.save()
        assert "No valid authority" in tab(visit("analyst"))


def fill(draft: Investigation, actor: Any, **changes: Any) -> Investigation:
    today = business_today()
    values: dict[str, Any] = {
        "sections": {s.code: {"options": list(s.options)[:1], "text": ""} for s in SECTIONS},
        "tests": {code: {"result": "PASS", "note": ""} for code in TESTS},
        "proposal": Proposal(Decimal(80000), "CNY", "NET30", "", "", today + timedelta(days=365)),
        "version": draft.version,
    }
    return save_investigation(investigation=draft, actor=actor, as_of=today, **(values | changes))


class TestInvestigation:
    def start(self, people: cast.People, customer: Customer) -> Investigation:
        return start_investigation(customer=customer, actor=people.analyst, as_of=business_today())

    def test_one_draft_at_a_time(self, people, customer) -> None:
        assert self.start(people, customer).pk == self.start(people, customer).pk
        with pytest.raises(NotAllowed):
            start_investigation(customer=customer, actor=people.sales, as_of=business_today())

    def test_is_confirmed_by_another_person_and_frozen(self, people, customer) -> None:
        today = business_today()
        draft = fill(self.start(people, customer), people.analyst)
        assert Task.objects.get(kind="INVESTIGATION_CONFIRM").role == "CREDIT_MANAGER"
        with pytest.raises(NotAllowed):
            confirm_investigation(
                investigation=draft, snapshot={}, actor=people.analyst, as_of=today
            )
        facts = gather_report(customer, draft, user=people.manager, as_of=today, today=today)
        row = confirm_investigation(
            investigation=draft, snapshot=facts, actor=people.manager, as_of=today
        )
        assert (row.state, row.is_baseline, row.snapshot["customer"]["code"]) == (
            "CONFIRMED", True, "C1",
        )  # fmt: skip
        with pytest.raises(Conflict):
            fill(row, people.analyst)
        second = fill(self.start(people, customer), people.analyst)
        assert second.sections == row.sections
        again = confirm_investigation(
            investigation=second, snapshot=facts, actor=people.manager, as_of=today
        )
        assert not again.is_baseline

    def test_is_not_confirmed_by_who_had_a_hand_in_it(self, people, customer) -> None:
        """A colleague who saves last does not wash the first writer clean."""
        colleague = cast.make_user("colleague", "ANALYST", "ALL")
        draft = fill(self.start(people, customer), people.analyst)
        draft = fill(draft, colleague)
        for actor in (people.analyst, colleague):
            with pytest.raises(NotAllowed):
                confirm_investigation(
                    investigation=draft, snapshot={}, actor=actor, as_of=business_today()
                )
        draft.refresh_from_db()
        assert draft.state == "DRAFT"

    def test_the_report_names_no_stranger(self, people, customer) -> None:
        today = business_today()
        other = cast.make_customer("C9", name="示例陌生有限公司")
        record_relation(
            source=other, target=customer, kind="CONTROLS", valid_from=today, actor=None,
            as_of=today,
        )  # fmt: skip
        draft = fill(self.start(people, customer), people.analyst)
        facts = gather_report(customer, draft, user=people.manager, as_of=today, today=today)
        local = cast.make_user("local", "ANALYST", "OWN")
        seen = write_report(
            conceal_strangers(facts, customer, user=local), language="en", confirmed=None
        )
        assert "示例陌生" not in str(seen)
        assert "a customer outside your scope" in str(seen)
        whole = conceal_strangers(facts, customer, user=people.manager)
        assert "示例陌生" in str(write_report(whole, language="en", confirmed=None))

    def test_is_not_confirmed_with_gaps(self, people, customer) -> None:
        draft = fill(self.start(people, customer), people.analyst, tests={})
        with pytest.raises(Conflict) as refusal:
            confirm_investigation(
                investigation=draft, snapshot={}, actor=people.manager, as_of=business_today()
            )
        assert refusal.value.params["gaps"] == [("test", code) for code in TESTS]

    def test_two_failed_tests_raise_the_signal_once(self, people, customer) -> None:
        draft = self.start(people, customer)
        failed = {code: {"result": "FAIL", "note": ""} for code in TESTS[:1]}
        draft = fill(draft, people.analyst, tests=failed)
        assert not Signal.objects.exists()
        failed |= {TESTS[1]: {"result": "FAIL", "note": ""}}
        draft = fill(draft, people.analyst, tests=failed)
        fill(draft, people.analyst, tests=failed)
        signal = Signal.objects.get()
        assert (signal.code, signal.severity, signal.facts["fails"]) == ("S06", "RED", 2)

    def test_refuses_old_versions_and_nonsense(self, people, customer) -> None:
        draft = self.start(people, customer)
        fill(draft, people.analyst)
        with pytest.raises(StaleVersion):
            fill(draft, people.manager, version=1)
        draft.refresh_from_db()
        for changes in (
            {"sections": {"MOOD": {"options": []}}},
            {"sections": {"VISIT": {"options": ["DANCED"]}}},
            {"tests": {"CALL_BACK": {"result": "MAYBE"}}},
            {"proposal": Proposal(Decimal(-1))},
        ):
            with pytest.raises(InvalidInput):
                fill(draft, people.analyst, **changes)

    def test_report_speaks_both_languages_from_frozen_facts(self, people, customer) -> None:
        from django.utils import translation

        today = business_today()
        record_fact(
            customer=customer, field="PAID_IN_CAPITAL", value="5000000", about=today,
            source_class="OFFICIAL", actor=people.analyst, as_of=today,
        )  # fmt: skip
        draft = fill(self.start(people, customer), people.analyst)
        facts = gather_report(customer, draft, user=people.manager, as_of=today, today=today)
        report = write_report(facts, language="en", confirmed=None)
        identity = report["sections"][0]
        assert identity["judgement"] == "It is registered and active."
        assert ("Paid-in capital", f"CNY 5,000,000.00 ({today.day} {today:%b %Y})") in identity[
            "rows"
        ]
        assert [row[1] for row in report["tests"]] == ["Passed"] * 8
        assert ("Limit", "CNY 80,000.00") in report["proposal"]
        Customer.objects.filter(pk=customer.pk).update(name="Renamed")
        with translation.override("zh-hans"):
            chinese = write_report(facts, language="zh-hans", confirmed=None)
        assert chinese["customer"] == customer.name
        assert chinese["lang"] == "zh"


class TestInvestigationPages:
    def form(self, draft: Investigation, **changes: Any) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "version": draft.version, "limit": "80000", "currency": "CNY", "term": "NET30",
            "review_on": (business_today() + timedelta(days=365)).isoformat(),
        }  # fmt: skip
        for section in SECTIONS:
            fields[f"options_{section.code}"] = [next(iter(section.options))]
        for code in TESTS:
            fields[f"result_{code}"] = "PASS"
        return fields | changes

    def test_from_the_first_draft_to_the_pdf(self, visit, people, customer) -> None:
        page = "/customers/C1/investigation/"
        assert "Begin an investigation" in visit("analyst").get(page).content.decode()
        assert visit("analyst").post(page, {"action": "start"}).status_code == 302
        draft = Investigation.objects.get()
        assert "parts are missing" in visit("analyst").get(page).content.decode()
        saved = visit("analyst").post(page, self.form(draft, text_VISIT="Seen it myself."))
        assert saved.status_code == 302
        draft.refresh_from_db()
        assert draft.sections["VISIT"] == {"options": ["ORDERLY"], "text": "Seen it myself."}
        assert draft.sections["CAPITAL"] == {"options": ["EQUITY_SOLID"], "text": ""}
        assert "Confirm and freeze" not in visit("analyst").get(page).content.decode()
        assert "Confirm and freeze" in visit("manager").get(page).content.decode()
        confirm = page + "confirm/"
        visit("manager").post(confirm, {"version": "1"})
        draft.refresh_from_db()
        assert draft.state == "DRAFT"
        visit("manager").post(confirm, {"version": str(draft.version)})
        draft.refresh_from_db()
        assert (draft.state, draft.confirmed_by) == ("CONFIRMED", people.manager)
        report = f"/customers/C1/investigations/{draft.pk}/report.pdf"
        pdfs = [visit("auditor").get(f"{report}?lang={x}").content for x in ("en", "zh-hans")]
        assert all(content.startswith(b"%PDF-") for content in pdfs)
        assert pdfs[0] != pdfs[1]
        assert visit("auditor").get(f"{report}?lang=en").content == pdfs[0]

    def test_refuses_who_may_not_and_hides_from_the_outsider(self, visit, people, customer) -> None:
        draft = start_investigation(customer=customer, actor=people.analyst, as_of=business_today())
        page, report = (
            "/customers/C1/investigation/",
            f"/customers/C1/investigations/{draft.pk}/report.pdf",
        )
        assert visit("sales").get(page).status_code == 403
        assert visit("executive").post(page, self.form(draft)).status_code == 403
        assert visit("executive").post(page + "confirm/").status_code == 403
        assert visit("sales").get(report).status_code == 403
        other = cast.make_customer("C2")
        wrong = f"/customers/{other.code}/investigations/{draft.pk}/report.pdf"
        assert visit("manager").get(wrong).status_code == 404
        draft.refresh_from_db()
        assert (draft.state, draft.version) == ("DRAFT", 1)

    def test_says_what_is_wrong(self, visit, people, customer) -> None:
        draft = start_investigation(customer=customer, actor=people.analyst, as_of=business_today())
        page = "/customers/C1/investigation/"
        past = visit("analyst").post(page, self.form(draft, review_on=date(2020, 1, 1).isoformat()))
        assert past.status_code == 422
        assert "lies in the future" in past.content.decode()
        stale = visit("analyst").post(page, self.form(draft, version=99))
        assert stale.status_code == 412
