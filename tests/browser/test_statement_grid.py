"""Typing statements by keyboard alone: move, replace, edit, undo, paste, check, save."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, expect

from customers.models import Customer
from scoring.models import Statement
from tests.browser.conftest import House
from tests.browser.places import busiest_customer
from tests.browser.watch import Watcher

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("books")]
Visit = Callable[..., Watcher]

PUT_ON_CLIPBOARD = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
}"""


@pytest.fixture
def grid(visit: Visit) -> Watcher:
    seen = visit("analyst")
    seen.go(reverse("statement_new", args=[busiest_customer().code]))
    return seen


def cell(seen: Watcher, item: str, period: int = 0) -> Locator:
    return seen.page.locator(f"#id_p{period}-{item}")


def active(seen: Watcher) -> str:
    return str(seen.page.evaluate("document.activeElement.name"))


class TestKeys:
    def test_arrows_enter_and_sections_move(self, grid: Watcher) -> None:
        cell(grid, "cash_and_bank").focus()
        keys = grid.page.keyboard
        for key, name in (
            ("ArrowDown", "p0-fin_assets_trading"), ("Enter", "p0-derivative_assets"),
            ("Shift+Enter", "p0-fin_assets_trading"), ("ArrowUp", "p0-cash_and_bank"),
            ("ArrowUp", "p0-cash_and_bank"), ("PageDown", "p0-revenue"),
            ("PageDown", "p0-cash_from_sales"), ("PageUp", "p0-revenue"),
            ("Control+End", "p0-credit_sales"), ("Control+Home", "p0-cash_and_bank"),
            ("Tab", "p0-fin_assets_trading"), ("Shift+Tab", "p0-cash_and_bank"),
        ):  # fmt: skip
            keys.press(key)
            assert active(grid) == name, key
        assert grid.check() == []

    def test_typing_replaces_f2_edits_escape_undoes(self, grid: Watcher) -> None:
        box, keys = cell(grid, "inventories"), grid.page.keyboard
        box.focus()
        keys.type("12")
        keys.press("Enter")
        keys.press("ArrowUp")
        keys.type("34")
        expect(box).to_have_value("34")
        keys.press("Escape")
        expect(box).to_have_value("12")
        keys.press("F2")
        keys.press("ArrowLeft")
        keys.type("5")
        expect(box).to_have_value("152")
        keys.press("Escape")
        expect(box).to_have_value("12")

    def test_a_total_takes_the_sum_that_is_offered(self, grid: Watcher) -> None:
        cell(grid, "cash_and_bank").focus()
        grid.page.keyboard.type("1,000")
        total = cell(grid, "total_current_assets")
        expect(total).to_have_attribute("placeholder", "1,000")
        total.focus()
        grid.page.keyboard.press("=")
        expect(total).to_have_value("1,000")


class TestLiveCheck:
    def test_tells_what_breaks_and_keeps_the_focus(self, grid: Watcher) -> None:
        keys = grid.page.keyboard
        for item, amount in (
            ("total_assets", "100"), ("total_liabilities", "60"), ("total_equity", "30"),
        ):  # fmt: skip
            cell(grid, item).focus()
            keys.type(amount)
        panel = grid.page.locator("#entry-check")
        expect(panel).to_contain_text("stated 100, computed 90, difference −10, tolerance 1")
        assert active(grid) == "p0-total_equity"
        keys.press("F2")
        keys.press("Backspace")
        keys.press("Backspace")
        keys.type("40")
        expect(panel).to_contain_text(re.compile("identit(y|ies) holds?"))
        assert active(grid) == "p0-total_equity"
        assert grid.page.evaluate("document.activeElement.selectionStart") == 2
        assert grid.check() == []

    def test_a_late_answer_never_overwrites_a_newer_one(self, grid: Watcher) -> None:
        held = []

        def hold_the_first(route: object) -> None:
            if not held:
                held.append(route)
                return
            route.continue_()  # type: ignore[attr-defined]

        grid.page.route("**/statements/check/", hold_the_first)
        cell(grid, "total_assets").focus()
        grid.page.keyboard.type("x")
        grid.page.wait_for_timeout(600)
        assert len(held) == 1
        grid.page.keyboard.press("F2")
        grid.page.keyboard.press("Backspace")
        grid.page.keyboard.type("100")
        panel = grid.page.locator("#entry-check")
        expect(panel).to_contain_text("BS-03")
        wrong = cell(grid, "total_assets")
        expect(wrong).not_to_have_attribute("aria-invalid", "true")
        held[0].abort()
        grid.page.wait_for_timeout(300)
        expect(wrong).not_to_have_attribute("aria-invalid", "true")

    def test_marks_a_cell_that_cannot_be_read(self, grid: Watcher) -> None:
        cell(grid, "revenue").focus()
        grid.page.keyboard.type("12a")
        expect(cell(grid, "revenue")).to_have_attribute("aria-invalid", "true")
        expect(grid.page.locator("#entry-check")).to_contain_text("This is not a number.")


class TestPaste:
    def test_labels_find_their_lines(self, grid: Watcher) -> None:
        cell(grid, "cash_and_bank").focus()
        text = "项目\t本期金额\n营业收入\t21,500\nCost of sales\t(16,700)\n"
        grid.page.evaluate(PUT_ON_CLIPBOARD, text)
        expect(cell(grid, "revenue")).to_have_value("21,500")
        expect(cell(grid, "cost_of_sales")).to_have_value("(16,700)")
        expect(cell(grid, "cash_and_bank")).to_have_value("")
        assert grid.check() == []

    def test_opening_balances_bring_their_column(self, grid: Watcher) -> None:
        cell(grid, "revenue").focus()
        grid.page.keyboard.type("7")
        cell(grid, "cash_and_bank").focus()
        grid.page.evaluate(PUT_ON_CLIPBOARD, "项目\t期末余额\t年初余额\n存货\t5\t4\n")
        expect(grid.page.locator("#id_p0-o-inventories")).to_have_value("4")
        expect(cell(grid, "inventories")).to_have_value("5")
        expect(cell(grid, "revenue")).to_have_value("7")


def test_a_whole_statement_by_keyboard_alone(grid: Watcher) -> None:
    code = busiest_customer().code
    page, keys = grid.page, grid.page.keyboard
    page.locator("#id_p0-period_end").focus()
    page.locator("#id_p0-period_end").fill("2021-12-31")
    page.locator("#id_unit").select_option("10000")
    cell(grid, "cash_and_bank").focus()
    block = "货币资金\t40\n资产总计\t100\n负债合计\t60\n所有者权益合计\t40\n营业收入\t1.5亿元"
    page.evaluate(PUT_ON_CLIPBOARD, block)
    expect(cell(grid, "total_equity")).to_have_value("40")
    keys.press("Control+Enter")
    expect(page).to_have_url(re.compile(r"/statements/$"))
    statement = Statement.objects.get(customer__code=code, period_end="2021-12-31")
    lines = dict(statement.lines.values_list("item", "amount"))
    assert (lines["revenue"], lines["total_assets"]) == (Decimal(15_000), Decimal(100))
    assert (statement.unit, statement.doubtful) == (10_000, False)


def test_warns_before_typed_work_is_lost(grid: Watcher) -> None:
    asked = []
    grid.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    cell(grid, "revenue").focus()
    grid.page.keyboard.type("5")
    grid.page.evaluate("location.assign('/')")
    grid.page.wait_for_timeout(300)
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_fits_and_is_clean(house: House, lang: str, theme: str) -> None:
    seen = house.tab("analyst", lang=lang, theme=theme)
    customer = Customer.objects.get(pk=busiest_customer().pk)
    for name in ("statement_new", "customer_financials"):
        seen.go(reverse(name, args=[customer.code]))
        assert seen.check() == []
        assert seen.check_width(390) == []
        assert seen.check_width(320) == []
        seen.page.set_viewport_size({"width": 1440, "height": 900})


def test_without_script_the_grid_still_saves(visit: Visit) -> None:
    seen = visit("analyst", java_script_enabled=False)
    code = busiest_customer().code
    seen.page.goto(seen.address + reverse("statement_new", args=[code]))
    seen.page.locator("#id_p0-period_end").fill("2020-12-31")
    cell(seen, "revenue").fill("5")
    seen.page.get_by_role("button", name="Check").click()
    expect(cell(seen, "revenue")).to_have_value("5")
    seen.page.get_by_role("button", name="Save statements").click()
    assert seen.page.url.endswith(reverse("customer_statements", args=[code]))
    assert Statement.objects.filter(customer__code=code, period_end="2020-12-31").exists()
