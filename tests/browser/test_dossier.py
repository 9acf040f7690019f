"""The dossier at work: a paper is handed in, verified and doubted; a list hit ends on the watch list."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from common.clock import business_today
from customers.models import Customer, Document, ListCheck, Signal
from tests.browser.places import own_customer
from tests.browser.test_journeys import Hand
from tests.browser.watch import Watcher
from tests.common.hostile_files import pdf

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("books")]
Visit = Callable[..., Watcher]
SCRIPTS = pytest.mark.parametrize("with_script", [True, False], ids=["script", "plain"])


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "extract.pdf"
    path.write_bytes(pdf(b"<</A 1>>"))
    return path


def quiet_customer() -> Customer:
    """An active customer of whom nothing warns."""
    warned = Signal.objects.values("customer")
    found = Customer.objects.filter(state="ACTIVE").exclude(pk__in=warned).order_by("pk").first()
    assert found is not None
    return found


def visit_as(visit: Visit, role: str, with_script: bool) -> tuple[Watcher, Hand]:
    seen = visit(role) if with_script else visit(role, java_script_enabled=False)
    return seen, Hand(seen.page)


def go(seen: Watcher, path: str) -> None:
    answer = seen.page.goto(seen.address + path)
    assert answer is not None
    assert answer.status == 200


def hand_in(visit: Visit, code: str, paper: Path, title: str, with_script: bool) -> Document:
    """Let the account manager upload a paper from the dossier; return it."""
    seen, hand = visit_as(visit, "sales", with_script)
    go(seen, reverse("customer", args=[code]) + "?tab=dossier")
    hand.click(f"main a[href='{reverse('document_create', args=[code])}']")
    seen.page.locator("#id_file").set_input_files(paper)
    seen.page.locator("#id_kind").select_option("D02")
    seen.page.locator("#id_title").fill(title)
    seen.page.locator("#id_issued_on").fill((business_today() - timedelta(days=3)).isoformat())
    hand.click("main form [type=submit]")
    expect(seen.page.locator("h1")).to_contain_text(title)
    assert hand.clicks == 2
    made = Document.objects.get(title=title)
    assert (made.state, made.uploaded_by.username) == ("SUBMITTED", "sales")
    # Who hands a paper in does not verify it.
    assert seen.page.locator("[name=verify-method]").count() == 0
    return made


@SCRIPTS
class TestPapers:
    def test_are_handed_in_verified_by_another_and_doubted(
        self, visit: Visit, paper: Path, with_script: bool
    ) -> None:
        code = own_customer()
        made = hand_in(visit, code, paper, f"Extract {with_script}", with_script)
        address = reverse("document", args=[code, made.pk])

        seen, hand = visit_as(visit, "analyst", with_script)
        go(seen, address)
        hand.click("details.step-form summary", "It is genuine")
        hand.click("[name=verify-method][value=REGISTRY]")
        hand.click("details.step-form[open] [type=submit]")
        expect(seen.page.locator("h1")).to_contain_text("Verified")
        made.refresh_from_db()
        assert (made.state, made.method, hand.clicks) == ("VERIFIED", "REGISTRY", 3)
        with seen.page.expect_download() as saved:
            seen.page.locator(f"a[href='{reverse('document_file', args=[code, made.pk])}']").click()
        assert saved.value.path().read_bytes() == paper.read_bytes()

        seen, hand = visit_as(visit, "manager", with_script)
        go(seen, address)
        seen.page.locator("[name=doubt-reason]").fill("The register knows another address.")
        hand.click("details.step-form[open] [type=submit]")
        expect(seen.page.locator("h1")).to_contain_text("Doubted")
        made.refresh_from_db()
        assert (made.state, hand.clicks) == ("DOUBTED", 1)
        assert Signal.objects.filter(customer=made.customer, code="S06").count() >= 1

    def test_are_refused_with_a_reason_at_the_field(
        self, visit: Visit, tmp_path: Path, with_script: bool
    ) -> None:
        trap = tmp_path / "extract.pdf"
        trap.write_bytes(b"MZ\x90\x00 this runs")
        code, before = own_customer(), Document.objects.count()
        seen, _hand = visit_as(visit, "sales", with_script)
        go(seen, reverse("document_create", args=[code]))
        seen.page.locator("#id_file").set_input_files(trap)
        seen.page.locator("#id_title").fill("A trap")
        seen.page.locator("main form [type=submit]").first.click()
        expect(seen.page.locator(".error-summary")).to_be_visible()
        expect(seen.page.locator("#id_title")).to_have_value("A trap")
        expect(seen.page.locator("#id_file")).to_have_attribute("aria-invalid", "true")
        assert Document.objects.count() == before


@SCRIPTS
class TestWarning:
    def test_a_list_hit_becomes_a_signal_and_ends_on_the_watch_list(
        self, visit: Visit, with_script: bool
    ) -> None:
        customer = quiet_customer()
        seen, hand = visit_as(visit, "analyst", with_script)
        go(seen, reverse("customer_checks", args=[customer.code]))
        row = "ABNORMAL_OPERATION"
        seen.page.locator(f"[name={row}-result]").select_option("HIT")
        opened = seen.page.locator(f"details:has([name={row}-match])")
        if not opened.get_attribute("open") and opened.get_attribute("open") is None:
            hand.click(opened.locator("summary"))
        seen.page.locator(f"[name={row}-match]").select_option("EXACT")
        seen.page.locator(f"[name={row}-ground]").select_option("ANNUAL_REPORT")
        hand.click("main form [type=submit]", "Record what was found")
        expect(seen.page.locator("main")).to_contain_text("Annual report", ignore_case=True)
        check = ListCheck.objects.filter(customer=customer, kind=row).latest("pk")
        assert (check.result, check.match, check.details) == (
            "HIT", "EXACT", {"ground": "ANNUAL_REPORT"},
        )  # fmt: skip
        signal = Signal.objects.get(customer=customer, code="S03", state="ASSIGNED")
        assert hand.clicks <= 2

        go(seen, reverse("signals"))
        hand = Hand(seen.page)
        if with_script:
            hand.click(f"main [href='{reverse('signal', args=[signal.pk])}']")
        else:
            go(seen, reverse("signal", args=[signal.pk]))
        seen.page.locator("[name=text]:visible").fill("Talked to the owner: true.")
        hand.click("[name=verdict][value=confirm]:visible")
        expect(seen.page.locator("main")).not_to_contain_text("Is it true, and does it matter?")
        signal.refresh_from_db()
        assert signal.state == "CONFIRMED"
        assert hand.clicks <= 2

        seen, hand = visit_as(visit, "manager", with_script)
        go(seen, reverse("signal", args=[signal.pk]))
        hand.click("main [name=action][value=WATCH]")
        seen.page.locator("main [name=text]").fill("Watched until the report is there.")
        hand.click("main form [type=submit]", "Decide")
        signal.refresh_from_db()
        customer.refresh_from_db()
        assert (signal.state, signal.action, customer.state, hand.clicks) == (
            "ACTIONED", "WATCH", "WATCH", 2,
        )  # fmt: skip
        go(seen, reverse("watch_list"))
        expect(seen.page.locator("main")).to_contain_text(customer.code)
        if with_script:
            assert seen.check() == []
