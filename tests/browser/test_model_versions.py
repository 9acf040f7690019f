"""A draft of the rating models: typed with live sums, previewed on the portfolio, released by another."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, expect

from common.models import PolicyVersion
from customers.models import Task
from tests.browser.watch import Watcher

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("books")]
Visit = Callable[..., Watcher]

NEW = {"financial": "20", "behaviour": "50", "qualitative": "15", "external": "15"}


def cell(seen: Watcher, path: str) -> Locator:
    return seen.page.locator(f'[id="id_{path}"]')


class TestDraft:
    def test_is_written_previewed_and_released_by_another(self, visit: Visit) -> None:
        manager = visit("manager")
        manager.go(reverse("models"))
        manager.allowed_status = frozenset({200, 422})
        manager.page.get_by_role("link", name="Start a draft").click()
        total = manager.page.locator('output[data-sum-of="components:weight"]')
        cell(manager, "components.financial").fill("20")
        expect(total).to_have_text("85")
        expect(total).to_have_class(re.compile("t-bad"))
        cell(manager, "note").fill("Payments say more.")
        manager.page.keyboard.press("Tab")
        cell(manager, "components.financial").press("Enter")
        manager.page.wait_for_selector(".error-summary")
        expect(manager.page.locator(".error-summary")).to_contain_text("add up to 85")
        expect(cell(manager, "components.financial")).to_have_value("20")
        assert manager.check() == []
        for name, points in NEW.items():
            cell(manager, f"components.{name}").fill(points)
        expect(total).to_have_text("100")
        manager.page.get_by_role("button", name="Save the draft").last.click()
        manager.page.wait_for_url(re.compile(r"/models/\d+/$"))
        draft = PolicyVersion.objects.filter(kind="RATING").order_by("-version")[0]
        assert (draft.state, draft.body["components"]["behaviour"]) == ("DRAFT", 50)
        manager.page.get_by_role("link", name="Preview on the portfolio").click()
        matrix = manager.page.locator(".impact-matrix")
        expect(matrix).to_be_visible()
        expect(manager.page.get_by_role("heading", name="Who moves")).to_be_visible()
        expect(manager.page.get_by_role("button", name="Release")).to_have_count(0)
        assert manager.check() == []
        self.release(visit, draft)

    def release(self, visit: Visit, draft: PolicyVersion) -> None:
        executive = visit("executive")
        executive.go(reverse("inbox") + "?tab=tasks")
        address = reverse("model_version", args=[draft.version])
        executive.page.locator(f'td a[href="{address}"]').first.click()
        expect(executive.page.locator("h1")).to_contain_text(f"version {draft.version}")
        executive.page.get_by_role("button", name="Release", exact=True).click()
        executive.page.get_by_role("button", name="Release the version").click()
        expect(executive.page.locator("h1 .state")).to_have_text(re.compile("force|Released"))
        draft.refresh_from_db()
        assert (draft.state, draft.checker.username) == ("APPROVED", "executive")
        assert Task.objects.get(key=f"model-version:{draft.pk}").state == "DONE"
        assert executive.check() == []


class TestWithoutScript:
    def test_the_preview_is_a_page_of_its_own(self, visit: Visit) -> None:
        seen = visit("manager", java_script_enabled=False)
        seen.go(reverse("model_new"))
        cell(seen, "note").fill("No script.")
        cell(seen, "pd.k").fill("1.3")
        seen.page.get_by_role("button", name="Save the draft").last.click()
        seen.page.get_by_role("link", name="Preview on the portfolio").click()
        expect(seen.page.locator(".impact-matrix")).to_be_visible()
        expect(seen.page.locator("h1")).to_contain_text("Impact of version")
        seen.page.go_back()
        seen.page.locator('textarea[name="reason"]').fill("Only a try.")
        seen.page.get_by_role("button", name="Withdraw the draft").click()
        expect(seen.page.locator("h1 .state")).to_have_text("Withdrawn")


class TestShapes:
    @pytest.mark.parametrize("lang", ["en", "zh-hans"])
    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("page", ["models", "model_version", "model_new"])
    def test_every_width_language_and_theme(
        self, visit: Visit, page: str, lang: str, theme: str
    ) -> None:
        seen = visit("manager", lang=lang, theme=theme)
        seen.go(reverse(page, args=[1] if page == "model_version" else []))
        assert seen.check() == []
        for width in (390, 320):
            assert seen.check_width(width) == []
