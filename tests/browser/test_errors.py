"""What goes wrong: forms with errors, no right, no page, a session that ended, a server away."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import override_settings
from django.urls import reverse
from playwright.sync_api import expect

from credit_control.models import LimitRequest
from tests.browser.conftest import House
from tests.browser.places import busiest_customer
from tests.browser.watch import Watcher
from users.models import User

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("books")]
Visit = Callable[..., Watcher]
PASSWORD = "a long and secret sentence"


class TestSigningIn:
    def test_leads_to_the_page_that_was_asked_for(self, house: House, visit: Visit) -> None:
        with override_settings(
            PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"]
        ):
            User.objects.filter(username="auditor").update(password=make_password(PASSWORD))
        seen = visit(None)
        seen.go(reverse("limits"))
        assert reverse("account_login") in seen.page.url
        seen.page.locator("#id_login").fill("auditor")
        seen.page.locator("#id_password").fill("not this one at all")
        seen.page.locator("main form [type=submit]:not([name=language])").click()
        expect(
            seen.page.locator(".error-summary, .field-error, [role=alert]").first
        ).to_be_visible()
        seen.page.locator("#id_password").fill(PASSWORD)
        seen.page.locator("main form [type=submit]:not([name=language])").click()
        seen.page.wait_for_url(f"**{reverse('limits')}")
        assert seen.check() == []

    def test_a_session_that_ended_leads_to_the_login_and_back(self, visit: Visit) -> None:
        seen = visit("finance")
        seen.go(reverse("aging"))
        context = seen.page.context
        context.clear_cookies(name="sessionid")
        seen.page.locator("#aging-q").press_sequentially("abc")
        seen.page.wait_for_url(f"**{reverse('account_login')}**")
        assert "next=" in seen.page.url
        assert seen.page.locator("#id_password").count() == 1
        assert seen.page.locator("h1").count() == 1  # the login is the page, not a part in a page


class TestForms:
    def test_422_shows_a_focused_summary_with_links_to_the_fields(self, visit: Visit) -> None:
        seen = visit("sales")
        path = reverse("limit_request_new") + f"?customer={busiest_customer().code}"
        seen = visit("analyst")
        seen.go(path)
        seen.allowed_status = frozenset({422})
        before = LimitRequest.objects.count()
        seen.page.locator("#id_requested_limit").fill("rather much")
        seen.page.locator("#id_reason").fill("")
        with seen.page.expect_response(lambda answer: answer.status == 422):
            seen.page.locator("#limit-form [type=submit]").first.click()
        summary = seen.page.locator(".error-summary")
        expect(summary).to_be_focused()
        for link in summary.locator("a").all():
            goal = str(link.get_attribute("href"))
            assert seen.page.locator(goal).count() == 1, goal
        field = seen.page.locator("#id_requested_limit")
        assert field.input_value() == "rather much"
        assert field.get_attribute("aria-invalid") == "true"
        said_by = str(field.get_attribute("aria-describedby"))
        assert any(seen.page.locator(f"#{part}.field-error").count() for part in said_by.split())
        assert LimitRequest.objects.count() == before
        assert seen.check() == []

    def test_warns_before_typed_work_is_lost(self, visit: Visit) -> None:
        seen = visit("analyst")
        seen.go(reverse("customer_create"))
        asked: list[str] = []
        seen.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        seen.page.locator("#id_name").press_sequentially("Something")
        seen.page.locator("nav a.nav-item").first.click()
        seen.page.wait_for_url(lambda url: "new" not in url)
        assert asked == ["beforeunload"]


class TestRefusals:
    def test_403_and_404_are_pages_with_a_way_on(self, visit: Visit) -> None:
        seen = visit("sales")
        for path, status in ((reverse("ratings"), 403), ("/customers/NOBODY/", 404), ("/x/y", 404)):
            shape = seen.go(path, status)
            assert shape["h1"] == 1
            assert seen.page.locator("main a[href='/']").count() >= 1
            assert seen.check() == []

    def test_a_failure_within_htmx_says_so_and_keeps_the_page(self, visit: Visit) -> None:
        seen = visit("finance")
        seen.go(reverse("aging"))
        seen.allowed_status = frozenset({500})
        seen.page.route(
            "**/aging/?*", lambda route: route.fulfill(status=500, body="<h1>broken</h1>")
        )
        rows = seen.page.locator("tr.level").count()
        seen.page.locator("#aging-q").press_sequentially("abc")
        expect(seen.page.locator(".toast-msg.bad")).to_contain_text("Nothing was changed")
        assert seen.page.locator("tr.level").count() == rows
        assert seen.page.locator("#aging-q").input_value() == "abc"

    def test_a_server_that_is_away_is_said(self, visit: Visit) -> None:
        seen = visit("finance")
        seen.go(reverse("aging"))
        seen.page.context.set_offline(True)
        seen.page.locator("#aging-q").press_sequentially("abc")
        expect(seen.page.locator(".toast-msg.bad")).to_contain_text("No answer from the server")
        seen.page.context.set_offline(False)
        assert seen.page.locator("#aging-q").input_value() == "abc"


class TestFilters:
    @pytest.mark.parametrize(
        ("role", "name", "field", "rows"),
        [
            ("finance", "aging", "#aging-q", "tr.level"),
            ("analyst", "customers", "#customer-q", "#customer-table tbody tr"),
        ],
    )
    def test_typing_filters_in_place_and_stays_in_the_address(
        self, visit: Visit, role: str, name: str, field: str, rows: str
    ) -> None:
        code = busiest_customer().code
        seen = visit(role)
        seen.go(reverse(name))
        assert seen.page.locator(rows).count() > 1
        seen.page.evaluate("() => { window.same = true; }")
        seen.page.locator(field).press_sequentially(code, delay=20)
        expect(seen.page.locator(rows)).to_have_count(1)
        assert f"q={code}" in seen.page.url
        expect(seen.page.locator(field)).to_be_focused()
        assert seen.page.evaluate("() => window.same") is True
        expect(seen.page.locator("#live")).not_to_be_empty()
        shared: Any = seen.page.url
        seen.page.goto(shared)
        expect(seen.page.locator(rows)).to_have_count(1)
        assert seen.check() == []
