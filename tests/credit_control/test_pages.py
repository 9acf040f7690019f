"""The pages of credit: what they show, whom they refuse, and that a refusal changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from common.clock import business_today
from common.models import Event
from credit_control.models import CreditAccount, CreditLimit, LimitRequest, OrderCheck, Reservation
from credit_control.services import request_limit
from customers.models import Task
from tests import cast
from tests.credit_control import books
from tests.credit_control.books import give_limit, make_buyer, owe, rate
from tests.credit_control.test_limits import NOW
from tests.support import assert_query_count

Visit = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _lives_today(people: cast.People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages look at the clock, so the books of these tests are kept as of today."""
    monkeypatch.setattr(cast, "TODAY", business_today())


def own_buyer(
    people: cast.People, code: str = "C001", limit: str | None = "100000"
) -> CreditAccount:
    account = make_buyer(code, None, "2", sales_owner=people.sales)
    if limit:
        today = business_today()
        give_limit(account, limit, valid_from=today, valid_to=today + timedelta(days=90))
    return account


def sent(account: CreditAccount, actor, amount: str = "150000") -> LimitRequest:
    today = business_today()
    return request_limit(
        account=account,
        requested_limit=Decimal(amount),
        reason="Two new production lines confirmed.",
        valid_from=today,
        review_by=today + timedelta(days=90),
        as_of=today,
        submitted_at=NOW,
        actor=actor,
    )


def form_data(**changes: str) -> dict[str, str]:
    from customers.models import PaymentTerm

    today = business_today()
    return {
        "customer": "C001",
        "requested_limit": "15万",
        "duration": "PERMANENT",
        "payment_term": str(PaymentTerm.objects.get(code="NET30").pk),
        "valid_from": today.isoformat(),
        "review_by": (today + timedelta(days=90)).isoformat(),
        "reason": "Two new production lines confirmed.",
    } | changes


class TestLimitsList:
    def test_shows_use_and_headroom_of_own_customers_only(
        self, people: cast.People, visit: Visit
    ) -> None:
        owe(own_buyer(people).customer, "40000")
        make_buyer("C002")
        page = visit("sales").get(reverse("limits")).content.decode()
        assert "60,000" in page
        assert "40.0%" in page
        assert "C002" not in page

    def test_filters_and_exports(self, people: cast.People, visit: Visit) -> None:
        own_buyer(people)
        own_buyer(people, "C002", None)
        client = visit("manager")
        page = client.get(reverse("limits"), {"show": "none"}).content.decode()
        assert "C002" in page
        assert "C001" not in page
        answer = client.get(reverse("limits"), {"export": "csv"})
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert "100000.00" in text.replace(",", ",")
        event = Event.objects.get(code="credit.limits.exported")
        assert (event.actor, event.after["rows"]) == (people.manager, 2)

    @pytest.mark.parametrize("count", [3, 30])
    def test_query_count_does_not_grow(self, people: cast.People, visit: Visit, count: int) -> None:
        for number in range(count):
            own_buyer(people, f"C{number:03}")
        client = visit("manager")
        with assert_query_count("page:limits"):
            assert client.get(reverse("limits")).status_code == 200

    def test_the_administrator_is_refused(self, visit: Visit) -> None:
        assert visit("admin").get(reverse("limits")).status_code == 403


class TestLimitAccount:
    def test_opens_the_calculation_item_by_item(self, people: cast.People, visit: Visit) -> None:
        account = own_buyer(people)
        owe(account.customer, "40000")
        books.order(account.customer, "SO-1", "10000", credit_status="RELEASED")
        page = visit("sales").get(reverse("limit_account", args=[account.pk])).content.decode()
        for text in ("100,000.00", "− 40,000.00", "− 10,000.00", "50,000.00", "SO-1"):
            assert text in page

    def test_out_of_scope_is_not_found(self, people: cast.People, visit: Visit) -> None:
        account = own_buyer(people)
        page = visit("outsider").get(reverse("limit_account", args=[account.pk]))
        assert page.status_code == 404

    def test_the_manager_cuts_the_limit(self, people: cast.People, visit: Visit) -> None:
        account = own_buyer(people)
        url = reverse("limit_reduce", args=[account.pk])
        wrong = visit("manager").post(url, {"amount": "100000", "reason": "Late payer."})
        assert wrong.status_code == 422
        done = visit("manager").post(url, {"amount": "6万", "reason": "Late payer."})
        assert done.status_code == 302
        total = CreditLimit.objects.get(account=account, kind="TOTAL", state="ACTIVE")
        assert total.amount == 60000

    def test_others_cannot_cut(self, people: cast.People, visit: Visit) -> None:
        account = own_buyer(people)
        url = reverse("limit_reduce", args=[account.pk])
        for role in ("sales", "analyst", "executive", "admin"):
            answer = visit(role).post(url, {"amount": "1", "reason": "Late payer."})
            assert answer.status_code == 403
        assert CreditLimit.objects.get().amount == 100000


class TestRequestForm:
    def test_lets_one_choose_the_customer_first(self, people: cast.People, visit: Visit) -> None:
        own_buyer(people)
        make_buyer("C002")
        page = visit("sales").get(reverse("limit_request_new")).content.decode()
        assert "C001" in page
        assert "C002" not in page

    def test_a_chosen_customer_fills_the_form_and_looking_writes_nothing(
        self, people: cast.People, visit: Visit
    ) -> None:
        cast.make_customer("NEW1", sales_owner=people.sales)
        page = visit("sales").get(reverse("limit_request_new"), {"customer": "NEW1"})
        assert page.status_code == 200
        assert not CreditAccount.objects.exists()

    def test_preview_says_before_and_after(self, people: cast.People, visit: Visit) -> None:
        account = own_buyer(people)
        rate(account.customer, "2", as_of=business_today(), limit="120000")
        owe(account.customer, "60000")
        url = reverse("limit_request_preview")
        page = visit("sales").get(url, form_data(requested_limit="15万")).content.decode()
        assert "60% used" in page
        assert "40% used" in page
        assert "Above the policy maximum for A (¥120,000) by ¥30,000" in page
        assert "<html" not in page

    def test_preview_of_half_a_number_keeps_the_present_limit(
        self, people: cast.People, visit: Visit
    ) -> None:
        own_buyer(people)
        url = reverse("limit_request_preview")
        answer = visit("sales").get(url, {"customer": "C001", "requested_limit": "1x"})
        assert answer.status_code == 200

    def test_sends_the_request(self, people: cast.People, visit: Visit) -> None:
        own_buyer(people)
        answer = visit("sales").post(reverse("limit_request_new"), form_data())
        assert answer.status_code == 302
        assert LimitRequest.objects.get().requested_limit == 150000

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"requested_limit": "viel"}, "Enter an amount, for example"),
            ({"requested_limit": "1.234,56"}, "can be read in two ways"),
            ({"requested_limit": ""}, "required"),
            ({"reason": "x"}, "at least 5"),
            ({"review_by": "2020-01-01"}, "Choose a day after the first day."),
            ({"payment_term": "999999"}, "valid choice"),
        ],
    )
    def test_bad_input_answers_422_and_stores_nothing(
        self, people: cast.People, visit: Visit, change: dict[str, str], words: str
    ) -> None:
        own_buyer(people)
        answer = visit("sales").post(reverse("limit_request_new"), form_data(**change))
        assert answer.status_code == 422
        page = answer.content.decode()
        assert words in page
        assert "data-autofocus" in page
        assert not LimitRequest.objects.exists()

    def test_a_huge_amount_asks_for_certainty(self, people: cast.People, visit: Visit) -> None:
        own_buyer(people)
        client = visit("sales")
        first = client.post(reverse("limit_request_new"), form_data(requested_limit="1001万"))
        assert first.status_code == 422
        assert 'type="checkbox"' in first.content.decode()
        sure = form_data(requested_limit="1001万", is_sure="on")
        assert client.post(reverse("limit_request_new"), sure).status_code == 302

    def test_out_of_scope_and_wrong_role_change_nothing(
        self, people: cast.People, visit: Visit
    ) -> None:
        own_buyer(people)
        url = reverse("limit_request_new")
        assert visit("outsider").post(url, form_data()).status_code == 404
        for role in ("manager", "finance", "collector", "auditor", "admin"):
            assert visit(role).post(url, form_data()).status_code == 403
        assert not LimitRequest.objects.exists()

    def test_hostile_words_are_shown_as_words(self, people: cast.People, visit: Visit) -> None:
        own_buyer(people)
        client = visit("sales")
        reason = "<script>alert(1)</script>"
        client.post(reverse("limit_request_new"), form_data(reason=reason))
        page = client.get(reverse("limit_request", args=[LimitRequest.objects.get().pk]))
        assert "<script>alert" not in page.content.decode()
        assert "&lt;script&gt;alert" in page.content.decode()


class TestDecision:
    def test_the_manager_approves_from_the_inbox(self, people: cast.People, visit: Visit) -> None:
        found = sent(own_buyer(people), people.sales)
        client = visit("manager")
        assert "C001" in client.get(reverse("inbox")).content.decode()
        drawer = client.get(reverse("inbox_request", args=[found.pk])).content.decode()
        assert "Approve ¥150,000 for" in drawer
        assert "<html" not in drawer
        answer = client.post(
            reverse("limit_request_decide", args=[found.pk]),
            {"action": "approve", "version": found.version},
        )
        assert answer.status_code == 302
        assert CreditLimit.objects.get(kind="TOTAL", state="ACTIVE").amount == 150000
        empty = client.get(reverse("inbox")).content.decode()
        assert "Nothing waits for you" in empty
        assert "Decided last" in empty

    def test_nobody_else_decides_and_nothing_changes(
        self, people: cast.People, visit: Visit
    ) -> None:
        found = sent(own_buyer(people), people.sales)
        url = reverse("limit_request_decide", args=[found.pk])
        for role in ("sales", "analyst", "finance", "collector", "auditor", "admin"):
            answer = visit(role).post(url, {"action": "approve", "version": found.version})
            assert answer.status_code == 403
        found.refresh_from_db()
        assert found.state == "IN_APPROVAL"
        assert CreditLimit.objects.filter(state="ACTIVE").count() == 1

    def test_the_owner_sees_why_he_may_not_decide(self, people: cast.People, visit: Visit) -> None:
        account = make_buyer("C009", sales_owner=people.manager)
        found = sent(account, people.analyst)
        page = visit("manager").get(reverse("limit_request", args=[found.pk])).content.decode()
        assert "You own this customer" in page
        answer = visit("manager").post(
            reverse("limit_request_decide", args=[found.pk]),
            {"action": "approve", "version": found.version},
        )
        assert answer.status_code == 403

    def test_a_stale_page_is_told(self, people: cast.People, visit: Visit) -> None:
        found = sent(own_buyer(people), people.sales)
        answer = visit("manager").post(
            reverse("limit_request_decide", args=[found.pk]), {"action": "approve", "version": 7}
        )
        assert answer.status_code == 412

    @pytest.mark.parametrize(
        "data",
        [
            {"action": "reduce", "comment": "Too much."},
            {"action": "reduce", "amount": "150000", "comment": "Too much."},
            {"action": "reject"},
            {"action": "nonsense"},
        ],
    )
    def test_incomplete_decisions_answer_422(
        self, people: cast.People, visit: Visit, data: dict[str, str]
    ) -> None:
        found = sent(own_buyer(people), people.sales)
        answer = visit("manager").post(
            reverse("limit_request_decide", args=[found.pk]), data | {"version": found.version}
        )
        assert answer.status_code == 422
        found.refresh_from_db()
        assert found.state == "IN_APPROVAL"

    def test_withdraw_by_who_asked_only(self, people: cast.People, visit: Visit) -> None:
        found = sent(own_buyer(people), people.sales)
        url = reverse("limit_request_withdraw", args=[found.pk])
        assert visit("outsider").post(url, {"version": 1}).status_code == 404
        assert visit("analyst").post(url, {"version": 1}).status_code == 403
        assert visit("sales").post(url, {"version": 1}).status_code == 302
        found.refresh_from_db()
        assert found.state == "WITHDRAWN"

    @pytest.mark.parametrize("count", [3, 30])
    def test_inbox_query_count_does_not_grow(
        self, people: cast.People, visit: Visit, count: int
    ) -> None:
        for number in range(count):
            sent(own_buyer(people, f"C{number:03}"), people.sales)
        client = visit("manager")
        with assert_query_count("page:inbox"):
            assert client.get(reverse("inbox")).status_code == 200

    def test_request_page_query_count(self, people: cast.People, visit: Visit) -> None:
        found = sent(own_buyer(people), people.sales)
        client = visit("manager")
        with assert_query_count("page:limit_request"):
            assert client.get(reverse("limit_request", args=[found.pk])).status_code == 200

    def test_a_task_is_ticked_off_by_whom_it_waits_for(
        self, people: cast.People, visit: Visit
    ) -> None:
        task = Task.objects.create(kind="ANY", key="k1", title="Call them", owner=people.sales)
        url = reverse("task_done", args=[task.pk])
        assert visit("manager").post(url).status_code == 404
        assert visit("sales").post(url).status_code == 302
        task.refresh_from_db()
        assert task.state == "DONE"

    def test_a_decision_is_taken_not_ticked_off(self, people: cast.People, visit: Visit) -> None:
        sent(own_buyer(people), people.sales)
        task = Task.objects.get(kind="LIMIT_APPROVAL")
        assert visit("manager").post(reverse("task_done", args=[task.pk])).status_code == 409
        task.refresh_from_db()
        assert task.state == "PENDING"

    def test_figures_of_the_statements_are_not_told_to_sales(
        self, people: cast.People, visit: Visit
    ) -> None:
        account = own_buyer(people)
        rate(account.customer, "2", as_of=business_today(), limit="300000")
        found = sent(account, people.sales)
        url = reverse("limit_request", args=[found.pk])
        assert "1,200,000" in visit("manager").get(url).content.decode()
        page = visit("sales").get(url).content.decode()
        assert "1,200,000" not in page
        assert "Suggested from the statements and the grade" in page


class TestOrderCheckPages:
    def data(self, **changes: str) -> dict[str, str]:
        day = (business_today() + timedelta(days=3)).isoformat()
        return {
            "customer": "C001",
            "amount": "6万",
            "currency": "CNY",
            "ship_date": day,
            "order_no": "SO-1",
            "reserve": "on",
            "key": "abc",
        } | changes

    def test_answers_in_words(self, people: cast.People, visit: Visit) -> None:
        owe(own_buyer(people).customer, "50000")
        answer = visit("sales").post(reverse("order_check_new"), self.data(), follow=True)
        page = answer.content.decode()
        assert "The order must wait: ¥10,000 too much." in page
        assert "The order is reduced to ¥50,000." in page
        assert "¥110,000 with this order, ¥10,000 above ¥100,000." in page
        assert not Reservation.objects.exists()

    def test_sending_twice_checks_once(self, people: cast.People, visit: Visit) -> None:
        own_buyer(people)
        client = visit("sales")
        for _ in range(2):
            assert client.post(reverse("order_check_new"), self.data()).status_code == 302
        assert OrderCheck.objects.count() == 1
        assert Reservation.objects.count() == 1

    def test_lists_blocked_ones_first(self, people: cast.People, visit: Visit) -> None:
        own_buyer(people)
        client = visit("sales")
        client.post(reverse("order_check_new"), self.data(order_no="BAD", amount="20万", key="1"))
        client.post(reverse("order_check_new"), self.data(order_no="GOOD", key="2"))
        page = client.get(reverse("order_checks")).content.decode()
        assert page.index("BAD") < page.index("GOOD")
        only = client.get(reverse("order_checks"), {"decision": "RELEASED"}).content.decode()
        assert "BAD" not in only

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"customer": "NOBODY"}, "There is no such customer."),
            ({"amount": "0"}, "Enter an amount above 0."),
            ({"amount": "abc"}, "Enter an amount, for example"),
            ({"ship_date": "2020-01-01"}, "Enter a ship date of today or later."),
            ({"currency": "XXX"}, "valid choice"),
        ],
    )
    def test_bad_input_answers_422(
        self, people: cast.People, visit: Visit, change: dict[str, str], words: str
    ) -> None:
        own_buyer(people)
        answer = visit("sales").post(reverse("order_check_new"), self.data(**change))
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not OrderCheck.objects.exists()

    def test_scope_and_roles(self, people: cast.People, visit: Visit) -> None:
        account = own_buyer(people)
        visit("sales").post(reverse("order_check_new"), self.data())
        check = OrderCheck.objects.get()
        page = reverse("order_check", args=[check.pk])
        assert visit("outsider").get(page).status_code == 404
        assert visit("collector").get(page).status_code == 403
        foreign = visit("outsider").post(reverse("order_check_new"), self.data(key="z"))
        assert foreign.status_code == 422
        for role in ("finance", "collector", "executive", "auditor", "admin"):
            answer = visit(role).post(reverse("order_check_new"), self.data(key=role))
            assert answer.status_code == 403
        assert OrderCheck.objects.filter(account=account).count() == 1

    @pytest.mark.parametrize("count", [3, 30])
    def test_query_count_does_not_grow(self, people: cast.People, visit: Visit, count: int) -> None:
        account = own_buyer(people)
        today = business_today()
        for number in range(count):
            books.ask(account, "1", f"N-{number}", as_of=today, ship_date=today)
        client = visit("manager")
        with assert_query_count("page:order_checks"):
            assert client.get(reverse("order_checks")).status_code == 200

    def test_reads_in_chinese_too(self, people: cast.People, visit: Visit) -> None:
        own_buyer(people)
        client = visit("sales")
        client.post(reverse("order_check_new"), self.data())
        client.cookies["django_language"] = "zh-hans"
        page = client.get(reverse("order_check", args=[OrderCheck.objects.get().pk]))
        assert page.status_code == 200
        assert 'lang="zh-Hans"' in page.content.decode()


class TestEveryAddress:
    def test_names_a_permission(self) -> None:
        from credit_control.urls import urlpatterns

        assert all(getattr(route.callback, "permission", None) for route in urlpatterns)

    def test_asks_strangers_to_sign_in(self) -> None:
        for name in ("limits", "inbox", "order_checks", "limit_request_new", "order_check_new"):
            answer = Client().get(reverse(name))
            assert answer.status_code == 302
            assert "/accounts/login/" in answer["Location"]
