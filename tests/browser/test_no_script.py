"""The product without JavaScript: every deed is a link or a form."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from credit_control.models import LimitRequest
from tests.browser.places import busiest_customer, overdue_customer, waiting_requests
from tests.browser.test_journeys import may_ask
from tests.browser.watch import Watcher

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("books")]
Visit = Callable[..., Watcher]


@pytest.fixture
def plain(visit: Visit) -> Visit:
    def visit_plain(role: str, **options: object) -> Watcher:
        return visit(role, java_script_enabled=False, **options)

    return visit_plain


def go(seen: Watcher, path: str) -> None:
    answer = seen.page.goto(seen.address + path)
    assert answer is not None
    assert answer.status == 200


def test_every_room_is_reached_by_the_navigation(plain: Visit) -> None:
    seen = plain("manager")
    go(seen, "/")
    rooms = [str(a.get_attribute("href")) for a in seen.page.locator("nav a.nav-item").all()]
    assert len(rooms) >= 9
    for room in rooms:
        seen.page.locator(f"nav a.nav-item[href='{room}']").click()
        assert seen.page.url == seen.address + room
        expect(seen.page.locator("h1")).to_have_count(1)
        expect(seen.page.locator(f"nav a.nav-item[href='{room}']")).to_have_attribute(
            "aria-current", "page"
        )


def test_theme_of_the_cookie_and_language_by_a_form(plain: Visit) -> None:
    seen = plain("manager", theme="dark")
    go(seen, reverse("customers"))
    expect(seen.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    seen.page.locator("header .top-end > .lang button[value='zh-hans']").click()
    expect(seen.page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert seen.page.url == seen.address + reverse("customers")


def test_lists_are_filtered_by_a_form(plain: Visit) -> None:
    code = busiest_customer().code
    seen = plain("analyst")
    go(seen, reverse("customers"))
    seen.page.locator("#customer-q").fill(code)
    seen.page.locator("#customer-q").press("Enter")
    expect(seen.page.locator("#customer-table tbody tr")).to_have_count(1)
    go(seen, reverse("aging"))
    seen.page.locator("#aging-q").fill(code)
    seen.page.locator("noscript button, .filters-form button").first.click()
    expect(seen.page.locator("tr.level")).to_have_count(1)


def test_a_row_is_opened_by_its_link(plain: Visit) -> None:
    code = overdue_customer().code
    seen = plain("finance")
    go(seen, reverse("aging"))
    expect(seen.page.locator("tr.child")).to_have_count(0)
    seen.page.locator(f"#row-{code}").click()
    assert f"open={code}" in seen.page.url
    assert seen.page.locator("tr.child").count() > 0
    seen.page.locator("tr.child a").first.click()
    assert re.search(r"/invoices/.+/$", seen.page.url)


def test_a_limit_is_asked_for(plain: Visit) -> None:
    customer = may_ask("sales")
    seen = plain("sales")
    go(seen, reverse("limit_request_new") + f"?customer={customer.code}")
    seen.page.locator("#id_requested_limit").fill("1,234,000")
    seen.page.locator("#id_reason").fill("Asked without any script")
    seen.page.locator("button[formmethod=get]").click()
    expect(seen.page.locator("#preview")).to_contain_text("1.23M")
    expect(seen.page.locator("#id_reason")).to_have_value("Asked without any script")
    seen.page.locator("#limit-form [type=submit]:not([formmethod])").click()
    made = LimitRequest.objects.latest("pk")
    assert seen.page.url == seen.address + reverse("limit_request", args=[made.pk])
    assert (made.account.customer, int(made.requested_limit)) == (customer, 1_234_000)


def test_a_request_is_decided(plain: Visit) -> None:
    waiting = waiting_requests().first()
    assert waiting is not None
    seen = plain("manager")
    go(seen, reverse("limit_request", args=[waiting.pk]))
    seen.page.locator("main .decide noscript form textarea[name=comment]").fill(
        "Please attach the order"
    )
    seen.page.locator("main .decide noscript form button[value=return]").click()
    waiting.refresh_from_db()
    assert waiting.state == "RETURNED"
    assert waiting.approvals.get().comment == "Please attach the order"
