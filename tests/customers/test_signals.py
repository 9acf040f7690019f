"""Early-warning signals: raised once, with a clock and a to-do; answered in steps."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from common.errors import InvalidInput, NotAllowed, TransitionNotAllowed
from common.models import Event
from customers.domain.signals import CATALOGUE, NewSignal, UnknownSignal
from customers.models import CustomerGroup, Signal, SignalStep, Task
from customers.selectors.signals import read_watch_list
from customers.services import (
    act_on_signal,
    add_watch_note,
    change_customer_state,
    close_dismissed_signals,
    close_signal,
    confirm_signal,
    create_risk_group,
    dismiss_signal,
    escalate_signals,
    make_watch_tasks,
    raise_by_hand,
    raise_member_signals,
    raise_signals,
)
from customers.services.signal_steps import RedNeedsManager
from customers.services.watch import NotWatched
from customers.words.signals import NAMES, describe_signal
from tests.cast import TODAY, People, make_customer, make_user

pytestmark = pytest.mark.django_db


class TestRaiseSignals:
    def test_raises_each_key_once_with_clock_task_step_and_event(self, reference: None) -> None:
        customer = make_customer("C001")
        news = NewSignal(customer.pk, "S17", "AMBER", "S17:1:INV-1", {"amount": Decimal("10.50")})
        assert raise_signals([news, news], as_of=TODAY) == 1
        assert raise_signals([news], as_of=date(2026, 11, 25)) == 0
        signal = Signal.objects.get()
        assert (signal.state, signal.severity, signal.raised_on) == ("ASSIGNED", "AMBER", TODAY)
        assert signal.facts == {"amount": "10.50"}
        # Tuesday 24 November, at the opening, and three working days: Friday 27, at nine.
        assert timezone.localtime(signal.due_at).isoformat() == "2026-11-27T09:00:00+08:00"
        task = Task.objects.get()
        assert (task.role, task.kind, task.due_at) == ("ANALYST", "SIGNAL", signal.due_at)
        assert task.url == f"/signals/{signal.pk}/"
        assert SignalStep.objects.get().target == "ASSIGNED"
        event = Event.objects.get(code="customers.signal.raised")
        assert event.after["facts"] == {"amount": "10.50"}

    def test_red_is_due_in_24_hours_from_the_moment_it_is_told(self, reference: None) -> None:
        customer = make_customer("C001")
        at = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
        raise_signals([NewSignal(customer.pk, "S05", "RED", "S05:1:x")], as_of=TODAY, at=at)
        assert Signal.objects.get().due_at == datetime(2026, 11, 25, 8, 30, tzinfo=UTC)

    def test_refuses_what_the_catalogue_does_not_hold(self, reference: None) -> None:
        customer = make_customer("C001")
        for code, severity in (("S34", "RED"), ("S33", "RED"), ("S01", "AMBER")):
            with pytest.raises(UnknownSignal):
                raise_signals([NewSignal(customer.pk, code, severity, "k")], as_of=TODAY)
        assert Signal.objects.count() == 0

    def test_an_auditor_raises_nothing(self, people: People) -> None:
        customer = make_customer("C001")
        with pytest.raises(NotAllowed):
            raise_signals(
                [NewSignal(customer.pk, "S25", "AMBER", "S25:1:x")],
                as_of=TODAY,
                actor=people.auditor,
            )
        assert Signal.objects.count() == 0

    def test_takes_as_many_statements_for_many_as_for_few(
        self, reference: None, django_assert_max_num_queries: object
    ) -> None:
        customer = make_customer("C001")
        news = [NewSignal(customer.pk, "S21", "AMBER", f"S21:1:{n}") for n in range(500)]
        with django_assert_max_num_queries(8):  # type: ignore[operator]
            assert raise_signals(news, as_of=TODAY) == 500


def raise_one(code: str = "S25", severity: str = "AMBER", **fields: object) -> Signal:
    customer = fields.pop("customer", None) or make_customer(f"C{Signal.objects.count() + 1:03}")
    key = f"{code}:{customer.pk}:{fields.pop('about', 'x')}"
    raise_signals([NewSignal(customer.pk, code, severity, key, **fields)], as_of=TODAY)
    return Signal.objects.get(key=key)


class TestRaiseByHand:
    def test_the_same_words_of_the_same_day_are_one_signal(self, people: People) -> None:
        customer = make_customer("C001")
        values = {
            "customer": customer, "code": "S26", "severity": "RED", "raised_on": TODAY,
            "actor": people.sales, "as_of": TODAY,
        }  # fmt: skip
        first, is_new = raise_by_hand(note="The plant stood  still", **values)
        again, is_new_again = raise_by_hand(note="The plant stood still", **values)
        assert (is_new, is_new_again) == (True, False)
        assert first.pk == again.pk
        assert (first.raised_by, first.origin) == (people.sales, "MANUAL")

    def test_what_our_own_data_shows_is_nobodys_to_raise(self, people: People) -> None:
        customer = make_customer("C001")
        for code in ("S17", "S19", "S33", "S99", ""):
            with pytest.raises(UnknownSignal):
                raise_by_hand(
                    customer=customer, code=code, severity="AMBER", note="x", raised_on=TODAY,
                    actor=people.analyst, as_of=TODAY,
                )  # fmt: skip
        assert not Signal.objects.exists()

    def test_insurance_is_not_kept_here_yet_so_people_tell_of_it(self, people: People) -> None:
        signal, _new = raise_by_hand(
            customer=make_customer("C001"), code="S15", severity="RED", note="Limit withdrawn",
            raised_on=TODAY, actor=people.analyst, as_of=TODAY,
        )  # fmt: skip
        assert signal.code == "S15"

    @pytest.mark.parametrize(
        ("fields", "field"),
        [({"note": "  "}, "note"), ({"raised_on": date(2026, 11, 25)}, "raised_on")],
    )
    def test_needs_a_note_and_a_day_that_came(
        self, people: People, fields: dict[str, object], field: str
    ) -> None:
        values = {"note": "x", "raised_on": TODAY} | fields
        with pytest.raises(InvalidInput) as refused:
            raise_by_hand(
                customer=make_customer("C001"), code="S25", severity="AMBER",
                actor=people.analyst, as_of=TODAY, **values,
            )  # fmt: skip
        assert refused.value.field == field


class TestSignalLife:
    def test_confirmed_acted_closed_with_a_task_at_each_step(self, people: People) -> None:
        signal = raise_one("S05", "RED")
        at = datetime(2026, 11, 24, 3, tzinfo=UTC)
        confirm_signal(signal=signal, text="True", actor=people.analyst, as_of=TODAY, at=at)
        signal.refresh_from_db()
        assert (signal.state, signal.due_at) == ("CONFIRMED", datetime(2026, 11, 25, 3, tzinfo=UTC))
        states = dict(Task.objects.values_list("key", "state"))
        assert states[f"signal:{signal.pk}:assess"] == "DONE"
        assert states[f"signal:{signal.pk}:act"] == "PENDING"
        act_on_signal(signal=signal, action="SECURE", text="Ask", actor=people.manager, as_of=TODAY)
        assert Task.objects.get(key=f"signal:{signal.pk}:act").state == "DONE"
        close_signal(signal=signal, text="Paid", actor=people.manager, as_of=TODAY)
        signal.refresh_from_db()
        assert (signal.state, signal.action) == ("CLOSED", "SECURE")
        assert list(signal.steps.order_by("id").values_list("action", "source", "target")) == [
            ("assign", "RAISED", "ASSIGNED"),
            ("confirm", "ASSIGNED", "CONFIRMED"),
            ("act", "CONFIRMED", "ACTIONED"),
            ("close", "ACTIONED", "CLOSED"),
        ]

    def test_every_other_step_is_refused(self, people: People) -> None:
        signal = raise_one()
        for step, more in (
            (act_on_signal, {"action": "NONE"}),
            (close_signal, {}),
        ):
            with pytest.raises(TransitionNotAllowed):
                step(signal=signal, text="x", actor=people.manager, as_of=TODAY, **more)
        confirm_signal(signal=signal, text="x", actor=people.analyst, as_of=TODAY)
        for step in (confirm_signal, dismiss_signal, close_signal):
            with pytest.raises(TransitionNotAllowed):
                step(signal=signal, text="x", actor=people.manager, as_of=TODAY)

    def test_red_is_dismissed_by_the_manager_who_did_not_raise_it(self, people: People) -> None:
        signal, _new = raise_by_hand(
            customer=make_customer("C001"), code="S26", severity="RED", note="x",
            raised_on=TODAY, actor=people.manager, as_of=TODAY,
        )  # fmt: skip
        for actor in (people.analyst, people.manager):
            with pytest.raises(RedNeedsManager):
                dismiss_signal(signal=signal, text="no", actor=actor, as_of=TODAY)
        other = make_user("manager2", "CREDIT_MANAGER", "ALL")
        dismiss_signal(signal=signal, text="Was a holiday", actor=other, as_of=TODAY)
        signal.refresh_from_db()
        assert (signal.state, signal.due_at) == ("DISMISSED", None)
        assert close_dismissed_signals(as_of=TODAY) == 1
        assert Event.objects.get(code="customers.signal.closed").after["state"] == "CLOSED"
        signal.refresh_from_db()
        assert signal.state == "CLOSED"
        assert close_dismissed_signals(as_of=TODAY) == 0

    def test_who_may_not_and_who_says_nothing_change_nothing(self, people: People) -> None:
        signal = raise_one()
        with pytest.raises(NotAllowed):
            confirm_signal(signal=signal, text="x", actor=people.sales, as_of=TODAY)
        with pytest.raises(InvalidInput):
            confirm_signal(signal=signal, text=" ", actor=people.analyst, as_of=TODAY)
        confirm_signal(signal=signal, text="x", actor=people.analyst, as_of=TODAY)
        with pytest.raises(NotAllowed):
            act_on_signal(signal=signal, action="NONE", text="x", actor=people.analyst, as_of=TODAY)
        with pytest.raises(InvalidInput):
            act_on_signal(
                signal=signal, action="DANCE", text="x", actor=people.manager, as_of=TODAY
            )
        signal.refresh_from_db()
        assert signal.state == "CONFIRMED"

    def test_a_hold_and_the_watch_list_take_effect_at_once(self, people: People) -> None:
        for action, state in (("BLOCK", "BLOCKED"), ("WATCH", "WATCH"), ("REDUCE", "ACTIVE")):
            signal = raise_one(about=action)
            confirm_signal(signal=signal, text="x", actor=people.analyst, as_of=TODAY)
            act_on_signal(signal=signal, action=action, text="x", actor=people.manager, as_of=TODAY)
            signal.customer.refresh_from_db()
            assert signal.customer.state == state
        kinds = Task.objects.filter(kind="WATCH").order_by("key")
        assert [task.key.split(":")[2] for task in kinds] == ["note", "review"]

    def test_a_prospect_cannot_be_held_and_the_signal_stays(self, people: People) -> None:
        signal = raise_one(customer=make_customer("C009", state="PROSPECT"))
        confirm_signal(signal=signal, text="x", actor=people.analyst, as_of=TODAY)
        with pytest.raises(TransitionNotAllowed):
            act_on_signal(
                signal=signal, action="BLOCK", text="x", actor=people.manager, as_of=TODAY
            )
        signal.refresh_from_db()
        assert signal.state == "CONFIRMED"


class TestEscalateSignals:
    def test_climbs_one_step_per_duration_and_never_twice(self, people: People) -> None:
        signal = raise_one("S05", "RED")  # due on the 25th at nine
        assert escalate_signals(as_of=date(2026, 11, 25)) == 0
        assert escalate_signals(as_of=date(2026, 11, 26)) == 1
        assert escalate_signals(as_of=date(2026, 11, 26)) == 0
        assert escalate_signals(as_of=date(2026, 11, 27)) == 1
        assert escalate_signals(as_of=date(2026, 12, 24)) == 0
        late = Task.objects.filter(key__contains=":late:").order_by("key")
        assert [task.role for task in late] == ["CREDIT_MANAGER", "EXECUTIVE"]
        assert Task.objects.get(key=f"signal:{signal.pk}:assess").state == "ESCALATED"
        confirm_signal(signal=signal, text="x", actor=people.analyst, as_of=TODAY)
        assert not Task.objects.filter(key__contains=":assess").exclude(state="DONE").exists()


class TestWatchList:
    def test_asks_for_a_review_and_a_note_each_week(self, people: People) -> None:
        customer = make_customer("C001")
        change_customer_state(
            customer=customer, action="put_on_watch", actor=people.manager, as_of=TODAY, reason="x"
        )
        assert make_watch_tasks(as_of=TODAY) == 2
        assert make_watch_tasks(as_of=TODAY) == 0
        assert make_watch_tasks(as_of=date(2026, 11, 30)) == 0
        assert make_watch_tasks(as_of=date(2026, 12, 1)) == 1
        review = Task.objects.get(key__endswith=":review")
        assert timezone.localtime(review.due_at).isoformat() == "2026-11-25T09:00:00+08:00"
        add_watch_note(
            customer=customer, text="Calm", actor=people.analyst, as_of=date(2026, 12, 2)
        )
        states = sorted(Task.objects.values_list("state", flat=True))
        assert states == ["DONE", "DONE", "PENDING"]  # the first review is the manager's
        add_watch_note(
            customer=customer, text="Seen", actor=people.manager, as_of=date(2026, 12, 2)
        )
        review.refresh_from_db()
        assert review.state == "DONE"
        (row,) = read_watch_list(user=people.analyst, as_of=date(2026, 12, 2))
        assert (row.since, row.reason, row.note) == (TODAY, "x", "Seen")

    def test_who_leaves_the_list_owes_nothing_more(self, people: People) -> None:
        customer = make_customer("C001")
        for action in ("put_on_watch", "clear_watch"):
            change_customer_state(
                customer=customer, action=action, actor=people.manager, as_of=TODAY, reason="x"
            )
            make_watch_tasks(as_of=TODAY)
        assert set(Task.objects.values_list("state", flat=True)) == {"CANCELLED"}
        with pytest.raises(NotWatched):
            add_watch_note(customer=customer, text="x", actor=people.analyst, as_of=TODAY)


class TestRaiseMemberSignals:
    def test_tells_the_group_the_family_and_the_risk_group_once(self, people: People) -> None:
        root = CustomerGroup.objects.create(code="G1", name_en="Root")
        leaf = CustomerGroup.objects.create(code="G2", name_en="Leaf", parent=root)
        sick = make_customer("C001", group=leaf)
        sister = make_customer("C002", group=root)
        child = make_customer("C003", parent=sick)
        friend = make_customer("C004")
        make_customer("C005")
        create_risk_group(
            reason="OTHER", members=[sick, friend], name_en="R", actor=people.analyst, as_of=TODAY
        )
        raise_one("S05", "RED", customer=sick)
        raise_one("S04", "RED", customer=sick)
        raise_one("S25", "AMBER", customer=sister)
        assert raise_member_signals(as_of=TODAY) == 3
        assert raise_member_signals(as_of=TODAY) == 0
        told = Signal.objects.filter(code="S29").order_by("customer__code")
        assert [(s.customer_id, s.facts["circle_kind"], s.facts["code"]) for s in told] == [
            (sister.pk, "GROUP", "S05"),
            (child.pk, "PARENT", "S05"),
            (friend.pk, "RISK_GROUP", "S05"),
        ]
        assert describe_signal("S29", told[0].facts) == (
            "C001 has the signal “Insolvency” (group G1)."
        )

    def test_a_dismissed_signal_is_told_to_nobody(self, people: People) -> None:
        sick = make_customer("C001")
        make_customer("C002", parent=sick)
        signal = raise_one("S05", "RED", customer=sick)
        dismiss_signal(signal=signal, text="x", actor=people.manager, as_of=TODAY)
        assert raise_member_signals(as_of=TODAY) == 0


class TestWords:
    def test_every_signal_has_a_name(self) -> None:
        assert set(NAMES) == set(CATALOGUE)

    def test_facts_that_lack_something_say_nothing_wrong(self) -> None:
        for code in CATALOGUE:
            assert describe_signal(code, {}) == ""
            assert describe_signal(code, {"amount": "x", "day": "y", "count": None}) == ""
