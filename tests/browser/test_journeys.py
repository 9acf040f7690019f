"""People at work, click by click: the journeys of the product, with mouse and with keyboard alone."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from collection.models import DunningNotice
from collection.tasks import sync_notices
from common.models import Event, OutboxMessage
from common.outbox import enqueue_ready_messages
from common.queue import run_due_jobs
from credit_control.models import CreditLimit, LimitRequest
from customers.models import Customer
from dashboards.aging_forms import read_question
from tests.browser.conftest import House
from tests.browser.watch import Watcher
from users.models import User

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("books")]
Visit = Callable[..., Watcher]


class Hand:
    """Clicks, counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, target: str | Locator, text: str | None = None) -> None:
        if isinstance(target, str):
            target = self.page.locator(target)
        if text is not None:
            target = target.filter(has_text=text)
        target.first.click()
        self.clicks += 1


def number(text: str) -> Decimal:
    """Return the amount that a cell shows in full."""
    digits = re.sub(r"[^\d.−-]", "", text).replace("−", "-")
    return Decimal(digits or 0)


def full_amounts(page: Page, selector: str) -> list[Decimal]:
    """Return the amounts of all cells that match, from their full values."""
    return [number(text) for text in page.locator(selector).all_inner_texts()]


def may_ask(username: str) -> Customer:
    """A customer of this person with a limit and no request that waits."""
    waiting = LimitRequest.objects.filter(state__in=("IN_APPROVAL", "RETURNED"))
    found = (
        Customer.objects.filter(sales_owner__username=username, state="ACTIVE")
        .filter(pk__in=CreditLimit.objects.filter(state="ACTIVE").values("account__customer"))
        .exclude(pk__in=waiting.values("account__customer"))
        .order_by("code")
        .first()
    )
    assert found is not None
    return found


def tab_to(page: Page, selector: str, limit: int = 60) -> None:
    """Press Tab until the element has the focus."""
    for _press in range(limit):
        if page.evaluate("(s) => document.activeElement?.matches(s) ?? false", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}")


class TestSalesAsksForALimit:
    def test_in_three_clicks_through_the_palette(self, visit: Visit) -> None:
        customer = may_ask("sales")
        before = LimitRequest.objects.count()
        seen = visit("sales")
        seen.go("/")
        assert seen.page.url.endswith(reverse("customers"))
        hand = Hand(seen.page)
        seen.page.keyboard.press("Control+k")
        seen.page.keyboard.type(customer.code)
        hand.click("#palette-found [role=option]", f"Request limit for {customer.display_name}")
        seen.page.wait_for_url("**/limits/new/**")
        sooner = seen.page.locator("#preview").inner_text()
        hand.click("#limit-chips .chip", "+25%")
        seen.page.wait_for_function(
            "(old) => document.querySelector('#preview').innerText !== old", arg=sooner
        )
        preview = seen.page.locator("#preview")
        expect(preview).to_contain_text("Policy checks")
        expect(preview).to_contain_text("Credit manager")
        amount = number(seen.page.locator("#id_requested_limit").input_value())
        seen.page.locator("#id_reason").focus()
        seen.page.keyboard.type("A large order of the spring season")
        hand.click("#limit-form [type=submit]", "Submit for approval")
        expect(seen.page.locator(".toast-msg")).to_contain_text("Sent to the Credit manager")
        assert hand.clicks <= 6
        assert LimitRequest.objects.count() == before + 1
        made = LimitRequest.objects.latest("pk")
        assert seen.page.url.endswith(reverse("limit_request", args=[made.pk]))
        assert (made.account.customer, made.requested_by.username) == (customer, "sales")
        assert (made.requested_limit, made.state) == (amount, "IN_APPROVAL")
        expect(seen.page.locator("[data-dialog-open=withdraw]")).to_be_visible()
        assert seen.check() == []

    def test_with_the_keyboard_alone(self, visit: Visit) -> None:
        customer = may_ask("sales")
        seen = visit("sales")
        seen.go(reverse("customers"))
        keys = seen.page.keyboard
        keys.press("Control+k")
        keys.type(customer.code)
        seen.page.locator("#palette-found [role=option]", has_text="Request limit for").wait_for()
        for _press in range(12):
            active = seen.page.locator("#palette [data-active]")
            if "Request limit for" in active.inner_text():
                break
            keys.press("ArrowDown")
        keys.press("Enter")
        seen.page.wait_for_url("**/limits/new/**")
        tab_to(seen.page, "#id_requested_limit")
        keys.press("Control+a")
        keys.type("150万")
        expect(seen.page.locator("#id_requested_limit-parsed")).to_have_text("= 1,500,000")
        tab_to(seen.page, "#id_reason")
        keys.type("Frame contract for the next year")
        keys.press("Control+Enter")
        seen.page.wait_for_url("**/limits/requests/*/")
        made = LimitRequest.objects.latest("pk")
        assert (made.account.customer, made.requested_limit) == (customer, Decimal(1_500_000))
        assert seen.check() == []


class TestManagerApproves:
    def test_from_the_queue_with_the_keyboard_alone(self, visit: Visit) -> None:
        seen = visit("manager")
        seen.go("/")
        assert seen.page.url.endswith(reverse("inbox"))
        keys = seen.page.keyboard
        keys.press("j")
        keys.press("Enter")
        drawer = seen.page.locator("#request-drawer[open]")
        drawer.wait_for()
        assert seen.page.url.endswith(reverse("inbox"))
        expect(drawer).to_contain_text("System advice")
        keys.press("a")
        dialog = seen.page.locator("dialog[id^=approve-][open]")
        pk = int(str(dialog.get_attribute("id")).removeprefix("approve-"))
        asked = LimitRequest.objects.get(pk=pk)
        title = dialog.locator("h2").inner_text()
        assert asked.account.customer.display_name in title
        assert f"{asked.requested_limit:,.0f}" in title
        keys.press("Enter")
        expect(seen.page.locator(".toast-msg")).to_contain_text("has a limit of")
        asked.refresh_from_db()
        assert asked.state in ("APPROVED", "ACTIVATED")
        assert asked.approvals.get().checker.username == "manager"
        assert asked.limits.get(kind="TOTAL").amount == asked.requested_limit
        assert Event.objects.filter(subject_key=str(pk), actor__username="manager").exists()
        assert seen.check() == []

    def test_escape_gives_the_focus_back_and_decides_nothing(self, visit: Visit) -> None:
        seen = visit("manager")
        seen.go(reverse("inbox"))
        keys = seen.page.keyboard
        keys.press("j")
        row = seen.page.evaluate("() => document.activeElement.href")
        keys.press("Enter")
        seen.page.locator("#request-drawer[open]").wait_for()
        waiting = LimitRequest.objects.filter(state="IN_APPROVAL").count()
        keys.press("a")
        seen.page.locator("dialog[id^=approve-][open]").wait_for()
        keys.press("Escape")
        keys.press("Escape")
        expect(seen.page.locator("dialog[open]")).to_have_count(0)
        assert seen.page.evaluate("() => document.activeElement.href") == row
        assert LimitRequest.objects.filter(state="IN_APPROVAL").count() == waiting


class TestFinanceDrillsDown:
    def test_from_the_bucket_to_the_invoice_in_three_clicks_and_back(self, visit: Visit) -> None:
        seen = visit("finance")
        seen.go("/")
        assert seen.page.url.endswith(reverse("aging"))
        hand = Hand(seen.page)
        hand.click(seen.page.locator("#aging-top .legend a").filter(has_text="¥").last)
        seen.page.wait_for_url("**bucket=**")
        filtered = seen.page.url
        hand.click(".expander")
        child = seen.page.locator("tr.child").first
        child.wait_for()
        label = child.locator("a").first.inner_text()
        opened = seen.page.url
        assert "open=" in opened
        assert opened.startswith(filtered.split("&open=")[0])
        rows = seen.page.locator("tr.child").all_inner_texts()
        hand.click("tr.child a")
        expect(seen.page.locator("h1")).to_contain_text(label)
        assert hand.clicks == 3
        seen.page.go_back()
        assert seen.page.url == opened
        expect(seen.page.locator(".expander").first).to_have_attribute("aria-expanded", "true")
        assert seen.page.locator("tr.child").all_inner_texts() == rows
        assert seen.check() == []

    def test_the_total_is_the_sum_of_the_rows_and_of_the_open_items(self, visit: Visit) -> None:
        seen = visit("finance")
        seen.go(reverse("aging"))
        page = seen.page
        columns = page.locator("tfoot td.num").count()
        assert columns >= 8
        buckets = page.locator("tfoot .bucket-cell").count()
        for at in range(buckets):
            cells = full_amounts(page, f"tr.level .bucket-cell >> nth={at}") or []
            rows = [
                number(row.locator(".bucket-cell").nth(at).inner_text())
                for row in page.locator("tr.level").all()
            ]
            total = number(page.locator("tfoot .bucket-cell").nth(at).inner_text())
            assert sum(rows) == pytest.approx(total, abs=len(rows)), (at, cells)
        person = User.objects.get(username="finance")
        question, _form = read_question({})
        report = question.ask(person)
        shown = number(page.locator("tfoot .total-cell > span").first.inner_text().split("\n")[0])
        assert shown == report.totals.total.quantize(Decimal(1))
        assert page.locator("tr.level").count() == report.count

    def test_a_row_opened_twice_has_its_children_once(self, visit: Visit) -> None:
        seen = visit("finance")
        seen.go(reverse("aging"))
        expander = seen.page.locator(".expander").first
        expander.click()
        seen.page.locator("tr.child").first.wait_for()
        count = seen.page.locator("tr.child").count()
        expander.click()
        expect(seen.page.locator("tr.child:visible")).to_have_count(0)
        expander.click()
        expect(seen.page.locator("tr.child:visible")).to_have_count(count)
        assert "open=" in seen.page.url


class TestDunning:
    def test_collector_previews_manager_approves_outbox_shows(self, visit: Visit) -> None:
        collector = visit("collector")
        collector.go(reverse("dunning"))
        hand = Hand(collector.page)
        hand.click("[data-dialog-open=prepare-run]")
        hand.click("#prepare-run [type=submit]")
        collector.page.wait_for_url(re.compile(r"/dunning/\d+/$"))
        run = int(collector.page.url.rstrip("/").rsplit("/", 1)[-1])
        notice = (
            DunningNotice.objects.filter(run=run, state="PROPOSED")
            .exclude(recipient="")
            .order_by("-is_final", "pk")
            .first()
        )
        assert notice is not None
        letter = reverse("dunning_notice", args=[notice.pk])
        hand.click(f"main a[href='{letter}']")
        expect(collector.page.locator(".letter-text")).to_contain_text(
            notice.items.first().due_line.invoice.number
        )
        assert hand.clicks == 3
        expect(collector.page.locator("[data-dialog-open=approve-letter]")).to_have_count(0)

        manager = visit("manager")
        manager.go(letter)
        if notice.is_final:
            manager.page.locator("[data-dialog-open=approve-letter]").click()
            manager.page.locator("#approve-letter [type=submit]").click()
        else:
            manager.go(reverse("dunning_run", args=[run]))
            manager.page.locator("[data-dialog-open=approve-run]").click()
            manager.page.locator("#approve-run [type=submit]").click()
        manager.page.locator(".toast-msg").first.wait_for()
        for _round in range(3):
            run_due_jobs()
            enqueue_ready_messages()
        sync_notices()
        notice.refresh_from_db()
        assert notice.state == "SENT"
        message = OutboxMessage.objects.get(pk=notice.message_id)
        assert (message.state, message.recipient) == ("KEPT", notice.recipient)

        collector.go(reverse("outbox"))
        collector.page.locator(
            f"main a[href='{reverse('outbox_message', args=[message.pk])}']"
        ).click()
        expect(collector.page.locator("main")).to_contain_text(notice.recipient)
        assert collector.check() == []
        assert manager.check() == []


class TestManagersMonday:
    def test_one_click_from_the_overview_to_the_list(self, visit: Visit) -> None:
        seen = visit("manager")
        seen.go(reverse("overview"))
        item = seen.page.locator(".attention a").first
        goal = str(item.get_attribute("href"))
        item.click()
        seen.page.wait_for_url(f"**{goal}")
        assert seen.page.locator("h1").count() == 1
        assert seen.page.locator("tbody tr").count() > 0
        assert seen.check() == []

    def test_every_figure_leads_to_its_list(self, visit: Visit) -> None:
        seen = visit("manager")
        seen.go(reverse("overview"))
        links = seen.page.locator(".kpis a, .attention a")
        goals = sorted({str(link.get_attribute("href")) for link in links.all()})
        assert len(goals) >= 5
        for goal in goals:
            seen.go(goal if goal.startswith("/") else reverse("overview") + goal)
            assert seen.check() == [], goal


class TestLivePreview:
    def path(self) -> str:
        return reverse("limit_request_new") + f"?customer={may_ask('sales').code}"

    def test_typing_keeps_focus_and_caret(self, visit: Visit) -> None:
        seen = visit("sales")
        seen.go(self.path())
        field = seen.page.locator("#id_requested_limit")
        field.fill("")
        field.press_sequentially("2345678", delay=110)
        field.press("ArrowLeft")
        field.press("ArrowLeft")
        expect(seen.page.locator("#preview")).to_contain_text("2.35M")
        place = seen.page.evaluate(
            "() => [document.activeElement.id, document.activeElement.selectionStart]"
        )
        assert place == ["id_requested_limit", 5]
        assert field.input_value() == "2345678"
        assert seen.check() == []

    def test_a_late_answer_does_not_overwrite_a_newer_one(self, visit: Visit) -> None:
        seen = visit("sales")
        seen.page.add_init_script("""
          const real = window.fetch;
          window.previews = 0;
          window.fetch = async (...asked) => {
            const answer = await real(...asked);
            if (String(asked[0]?.url ?? asked[0]).includes("preview") && window.previews++ === 0)
              await new Promise((done) => setTimeout(done, 1500));
            return answer;
          };""")
        seen.go(self.path())
        field = seen.page.locator("#id_requested_limit")
        field.fill("1000000")
        seen.page.wait_for_function("() => window.previews === 1")
        field.fill("3000000")
        expect(seen.page.locator("#preview")).to_contain_text("3.00M")
        seen.page.wait_for_timeout(1800)
        expect(seen.page.locator("#preview")).to_contain_text("3.00M")


class TestThemeAndLanguage:
    def test_survive_a_reload_without_a_flash_of_the_other(
        self, house: House, visit: Visit
    ) -> None:
        seen = visit("analyst", color_scheme="light")
        seen.page.add_init_script("""
          window.themes = [];
          new MutationObserver(() => window.themes.push(document.documentElement?.dataset.bsTheme ?? null))
            .observe(document, { attributes: true, subtree: true, attributeFilter: ["data-bs-theme"] });
          const look = () => { window.themes.push(document.documentElement.dataset.bsTheme ?? null); };
          requestAnimationFrame(look);""")
        seen.go(reverse("customers"))
        seen.page.locator("header .top-end > [data-theme-toggle]").click()
        assert seen.shape()["theme"] == "dark"
        seen.page.locator("header .top-end > .lang button[value='zh-hans']").click()
        seen.page.wait_for_load_state()
        assert seen.page.url.endswith(reverse("customers"))
        assert (seen.shape()["theme"], seen.shape()["lang"]) == ("dark", "zh-Hans")
        seen.page.reload()
        assert (seen.shape()["theme"], seen.shape()["lang"]) == ("dark", "zh-Hans")
        # The server writes the theme into the page and the blocking script agrees: never the other.
        assert set(seen.page.evaluate("() => window.themes")) <= {"dark"}

    def test_charts_are_drawn_again_in_the_colours_of_the_theme(self, visit: Visit) -> None:
        seen = visit("manager")
        seen.go(reverse("overview"))
        chart = seen.page.locator("[data-chart][data-drawn] canvas").first
        chart.wait_for()
        draw = "(canvas) => canvas.toDataURL()"
        seen.page.wait_for_timeout(500)
        light = chart.evaluate(draw)
        seen.page.locator("header .top-end > [data-theme-toggle]").click()
        seen.page.wait_for_timeout(500)
        assert chart.evaluate(draw) != light
        assert seen.check() == []
