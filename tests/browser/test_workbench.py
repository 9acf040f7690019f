"""The rating workbench at work: journey 2 by clicks, by keyboard alone, and with a second person."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from common.clock import business_today
from customers.models import Customer, Task
from customers.services import create_task
from scoring.models import CharacteristicAssessment, FiveCAssessment, Rating, RatingOverride
from scoring.selectors.assessments import get_questionnaire
from scoring.selectors.queue import list_rating_queue
from scoring.services import confirm_assessment, save_assessment
from tests.browser.places import busiest_customer
from tests.browser.test_journeys import Hand, tab_to
from tests.browser.watch import Watcher
from users.models import User

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("books")]
Visit = Callable[..., Watcher]


def change_answers(customer: Customer) -> FiveCAssessment:
    """Let two other people draft and confirm new answers: the facts of the rating change."""
    as_of = business_today()
    people = [User.objects.get(username=name) for name in ("analyst.lin", "manager")]
    kept = get_questionnaire(customer, as_of=as_of)
    worse = [2 if step != 2 else 3 for step in kept.answers["conditions"]]
    draft = save_assessment(
        customer=customer,
        answers=kept.answers | {"conditions": worse},
        evidence=kept.evidence,
        comments=kept.comments,
        as_of=as_of,
        actor=people[0],
    )
    return confirm_assessment(assessment=draft, as_of=as_of, actor=people[1])


def ask_to_look(customer: Customer) -> Task:
    return create_task(
        key=f"rating-downgraded:test-{customer.pk}-{Rating.objects.count()}",
        kind="RATING_DOWNGRADED",
        title="Rating fell from %(from)s to %(to)s: look at it",
        params={"from": "A", "to": "BBB"},
        customer=customer,
        role="ANALYST",
        url=reverse("customer_rating", args=[customer.code]),
    )


def newest(model: Any, customer: Customer) -> Any:
    return model.objects.filter(customer=customer).latest("pk")


class TestAnalystRates:
    def test_in_three_clicks_from_the_inbox_to_the_next_in_the_queue(self, visit: Visit) -> None:
        customer = busiest_customer()
        change_answers(customer)
        ask_to_look(customer)
        before = newest(Rating, customer)
        seen = visit("analyst")
        seen.go(reverse("inbox") + "?tab=tasks")
        hand = Hand(seen.page)
        hand.click(f"main a[href='{reverse('customer_rating', args=[customer.code])}']")
        expect(seen.page.locator("h1")).to_contain_text(customer.display_name)
        expect(seen.page.locator("#model-altman_z_double_prime")).to_be_visible()
        hand.click("main button", "Propose rating")
        expect(seen.page.locator(".proposal")).to_contain_text("5C assessment: from ")
        waits = [
            item.customer.code
            for item in list_rating_queue(
                User.objects.get(username="analyst"), as_of=business_today()
            )
            if item.customer.pk != customer.pk
        ]
        hand.click("[data-confirm-rating]")
        expect(seen.page.locator(".toast-msg")).to_contain_text("is stored")
        assert hand.clicks == 3
        after = newest(Rating, customer)
        assert after.pk != before.pk
        assert (after.as_of, after.rated_by.username) == (business_today(), "analyst")
        following = waits[0] if waits else customer.code
        assert seen.page.url.endswith(reverse("customer_rating", args=[following]))
        tasks = Task.objects.filter(customer=customer, kind="RATING_DOWNGRADED")
        assert not tasks.exclude(state="DONE").exists()
        assert seen.check() == []

    def test_live_and_with_the_keyboard_alone(self, visit: Visit) -> None:
        customer = busiest_customer()
        path = reverse("customer_rating", args=[customer.code])
        stored = Rating.objects.filter(customer=customer).count()
        seen = visit("analyst")
        seen.go(path)
        tab_to(seen.page, "#workbench input[name=CH1]", limit=120)
        seen.page.keyboard.press("ArrowDown")
        expect(seen.page.locator("#result")).to_contain_text("Nothing is stored")
        # The answer that was chosen keeps the focus while the result changes.
        name = seen.page.evaluate("document.activeElement?.name")
        assert name == "CH1"
        assert Rating.objects.filter(customer=customer).count() == stored
        seen.page.keyboard.press("Control+s")
        seen.page.wait_for_url("**?proposal=1")
        draft = newest(FiveCAssessment, customer)
        assert (draft.state, draft.drafted_by.username) == ("DRAFT", "analyst")
        assert seen.check() == []

    def test_traits_change_the_limit_that_is_advised(self, visit: Visit) -> None:
        customer = busiest_customer()
        seen = visit("analyst")
        seen.go(reverse("customer_rating", args=[customer.code]))
        seen.page.locator("summary", has_text="Rate the traits").click()
        for field in seen.page.locator(".trait select").all():
            field.select_option("9")
        row = seen.page.locator("#model-characteristic_analysis")
        expect(row).to_contain_text("%")
        for field in seen.page.locator(".trait input.form-control").all():
            field.fill("seen on the visit")
        seen.page.locator("#workbench [type=submit]", has_text="Save as draft").click()
        expect(seen.page.locator(".toast-msg")).to_contain_text("draft")
        kept = newest(CharacteristicAssessment, customer)
        assert (len(kept.answers), kept.state) == (12, "DRAFT")
        assert set(kept.answers.values()) == {9}
        assert seen.check() == []


class TestShiftByHand:
    def test_is_asked_for_by_one_and_decided_by_the_committee(self, visit: Visit) -> None:
        customer = busiest_customer()
        path = reverse("customer_rating", args=[customer.code])
        seen = visit("analyst")
        seen.go(path)
        seen.page.locator("summary", has_text="Ask for a shift").click()
        seen.page.locator("#o_notches").select_option("-1")
        seen.page.locator("#o_reason").fill("Its largest buyer failed.")
        seen.page.locator("#overrides button", has_text="Ask").last.click()
        expect(seen.page.locator(".toast-msg")).to_contain_text("Another person decides")
        row = newest(RatingOverride, customer)
        assert (row.state, row.notches) == ("ASKED", -1)
        score = newest(Rating, customer).score

        second = visit("executive")
        second.go(path)
        second.page.locator("#overrides button", has_text="Approve").click()
        expect(second.page.locator(".toast-msg")).to_contain_text("rated anew")
        row.refresh_from_db()
        assert (row.state, row.decided_by.username) == ("APPROVED", "executive")
        rating = newest(Rating, customer)
        assert rating.override == row
        # The score is what it was; a person's word moved the grade.
        assert abs(rating.score - score) < Decimal(25)
        assert seen.check() == []
        assert second.check() == []
