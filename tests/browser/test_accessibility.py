"""WCAG 2.2 AA by axe, on every page in both themes, and on what opens above or within a page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from tests.browser.conftest import House
from tests.browser.house import speak_to
from tests.browser.places import FULL, Place, expanded_aging, overdue_customer, waiting_requests
from tests.browser.watch import Watcher

pytestmark = pytest.mark.browser
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN = """async ([rules, within]) => {
  const found = await axe.run(within || document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] });
  return found.violations.map((one) =>
    `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} (${(node.any[0] || node.all[0] || node.none[0] || {}).message || ""})`).join(" | ")}`);
}"""

Open = Callable[..., Watcher]


def violations(seen: Watcher, within: str | None = None) -> list[str]:
    """Run axe on the page as it stands, or on what lies above it; return what it finds wrong."""
    assert AXE.exists(), "axe-core is not installed: run `npm ci --ignore-scripts`"
    # What moves in has not its colours yet.
    seen.page.wait_for_function(
        "() => document.getAnimations().every((one) => one.playState !== 'running')"
    )
    seen.page.evaluate(AXE.read_text(encoding="utf-8"))
    return list(seen.page.evaluate(RUN, [list(RULES), within]))


@pytest.fixture
def open_page(house: House) -> Any:
    """Open a page in a context where axe may be injected (the policy forbids it elsewhere)."""

    def open_as(role: str | None, path: str, *, status: int = 200, **options: Any) -> Watcher:
        seen = house.tab(role, bypass_csp=True, reduced_motion="reduce", **options)
        seen.go(path, status)
        return seen

    return open_as


@pytest.mark.parametrize(
    ("theme", "width", "lang"),
    [("light", 1440, "en"), ("dark", 390, "zh-hans")],
    ids=["light", "dark"],
)
class TestEveryPage:
    @pytest.mark.parametrize("place", FULL, ids=lambda place: place.name)
    def test_has_no_violation(
        self, house: House, open_page: Open, place: Place, theme: str, width: int, lang: str
    ) -> None:
        with speak_to(house.database):
            path = place.find()
        seen = open_page(place.role, path, status=place.status, theme=theme, width=width, lang=lang)
        assert violations(seen) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
class TestWhatOpens:
    def test_palette_with_results(self, open_page: Open, theme: str) -> None:
        seen = open_page("analyst", reverse("customers"), theme=theme)
        seen.page.keyboard.press("Control+k")
        seen.page.locator("#palette input").press_sequentially("C1")
        seen.page.locator("#palette-found [role=option]").first.wait_for()
        assert violations(seen, "#palette") == []

    def test_shortcuts(self, open_page: Open, theme: str) -> None:
        seen = open_page("analyst", reverse("customers"), theme=theme)
        seen.page.keyboard.press("?")
        seen.page.locator("#shortcuts[open]").wait_for()
        assert violations(seen, "#shortcuts") == []

    def test_account_menu_and_filter_menu(self, open_page: Open, theme: str) -> None:
        seen = open_page("analyst", reverse("customers"), theme=theme)
        seen.page.locator("details.menu-wrap summary").first.click()
        assert violations(seen, "details.menu-wrap[open]") == []
        seen.page.locator("button.account").click()
        seen.page.locator("#account-menu:popover-open").wait_for()
        assert violations(seen, "header.top") == []

    def test_navigation_of_a_phone(self, open_page: Open, theme: str) -> None:
        seen = open_page("analyst", reverse("customers"), theme=theme, width=390)
        seen.page.locator("header .menu").click()
        seen.page.locator("#side:popover-open").wait_for()
        assert violations(seen, "#side") == []

    def test_expanded_row(self, house: House, open_page: Open, theme: str) -> None:
        seen = open_page("finance", reverse("aging"), theme=theme)
        seen.page.locator(".expander").first.click()
        seen.page.locator("tr.child").first.wait_for()
        assert violations(seen) == []
        with speak_to(house.database):
            path = expanded_aging()
        assert violations(open_page("finance", path, theme=theme, width=390)) == []

    def test_drawer_and_its_confirmation(self, open_page: Open, theme: str) -> None:
        seen = open_page("manager", reverse("inbox"), theme=theme)
        seen.page.locator("tr[data-row] a").first.click()
        seen.page.locator("#request-drawer[open]").wait_for()
        assert violations(seen) == []
        seen.page.locator("#request-drawer [data-key=e]").click()
        seen.page.locator("dialog[id^=reduce-][open]").wait_for()
        assert violations(seen) == []

    def test_dialog_of_a_run(self, open_page: Open, theme: str) -> None:
        seen = open_page("collector", reverse("dunning"), theme=theme)
        seen.page.locator("[data-dialog-open=prepare-run]").click()
        seen.page.locator("#prepare-run[open]").wait_for()
        assert violations(seen) == []

    def test_form_with_errors(self, house: House, open_page: Open, theme: str) -> None:
        seen = open_page("analyst", reverse("customer_create"), theme=theme)
        seen.allowed_status = frozenset({422})
        seen.page.locator("main form [type=submit]").first.click()
        seen.page.locator(".error-summary").wait_for()
        assert violations(seen) == []
        with speak_to(house.database):
            path = reverse("limit_request_new") + f"?customer={overdue_customer().code}"
        seen = open_page("analyst", path, theme=theme)
        seen.allowed_status = frozenset({422})
        seen.page.locator("#id_requested_limit").fill("much")
        seen.page.locator("#limit-form [type=submit]").first.click()
        seen.page.locator(".error-summary").wait_for()
        assert violations(seen) == []

    def test_request_page_with_its_dialogs(self, house: House, open_page: Open, theme: str) -> None:
        with speak_to(house.database):
            path = reverse("limit_request", args=[waiting_requests().last().pk])
        seen = open_page("manager", path, theme=theme)
        seen.page.keyboard.press("r")
        seen.page.locator("dialog[id^=reject-][open]").wait_for()
        assert violations(seen) == []
