"""Policy versions: drafted by one, released by another, in force by date, never changed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import connection, connections

from common.errors import InvalidInput, StaleVersion
from common.models import Event, PolicyVersion
from common.policies import (
    NotADraft,
    PolicyMissing,
    ReleaseFourEyes,
    add_policy,
    get_policy,
    release_policy,
    save_policy_draft,
    withdraw_policy_draft,
)
from users.models import User

TODAY, NEXT, LATER = date(2026, 3, 2), date(2026, 4, 1), date(2026, 6, 1)


@pytest.fixture
def maker(db: None) -> Any:
    return User.objects.create_user("maker", role="CREDIT_MANAGER")


@pytest.fixture
def checker(db: None) -> Any:
    return User.objects.create_user("checker", role="EXECUTIVE")


@pytest.fixture
def first(db: None) -> PolicyVersion:
    return add_policy("COLOUR", {"is": "red"}, valid_from=date(1990, 1, 1))


def draft(maker: Any, day: date = NEXT, **body: Any) -> PolicyVersion:
    return save_policy_draft(
        "COLOUR", body or {"is": "blue"}, valid_from=day, maker=maker, as_of=TODAY
    )


class TestSavePolicyDraft:
    def test_holds_for_nobody_before_release(self, first: PolicyVersion, maker: Any) -> None:
        row = draft(maker)
        assert (row.version, row.state) == (2, "DRAFT")
        assert get_policy("COLOUR", as_of=LATER) == first

    def test_changes_only_ones_own(self, first: PolicyVersion, maker: Any, checker: Any) -> None:
        row = draft(maker)
        with pytest.raises(ReleaseFourEyes):
            save_policy_draft(
                "COLOUR", {"is": "x"}, valid_from=NEXT, maker=checker, as_of=TODAY, draft=row
            )
        row.refresh_from_db()
        assert row.body == {"is": "blue"}

    def test_refuses_what_another_window_changed(self, first: PolicyVersion, maker: Any) -> None:
        row = draft(maker)
        save_policy_draft(
            "COLOUR", {"is": "green"}, valid_from=NEXT, maker=maker, as_of=TODAY, draft=row
        )
        with pytest.raises(StaleVersion):
            save_policy_draft(
                "COLOUR", {"is": "grey"}, valid_from=NEXT, maker=maker, as_of=TODAY, draft=row,
                seen_body={"is": "blue"},
            )  # fmt: skip
        row.refresh_from_db()
        assert row.body == {"is": "green"}


class TestReleasePolicy:
    def test_ends_the_version_before_on_its_day(
        self, first: PolicyVersion, maker: Any, checker: Any
    ) -> None:
        row = release_policy(draft(maker), checker=checker, as_of=TODAY)
        first.refresh_from_db()
        assert first.valid_to == NEXT
        assert get_policy("COLOUR", as_of=date(2026, 3, 31)) == first
        assert get_policy("COLOUR", as_of=NEXT) == row
        assert Event.objects.filter(code="common.policy.released", actor=checker).count() == 1

    def test_is_never_the_writers_own_act(self, first: PolicyVersion, maker: Any) -> None:
        row = draft(maker)
        with pytest.raises(ReleaseFourEyes):
            release_policy(row, checker=maker, as_of=TODAY)
        row.refresh_from_db()
        assert row.state == "DRAFT"

    def test_never_reaches_into_the_past(
        self, first: PolicyVersion, maker: Any, checker: Any
    ) -> None:
        row = draft(maker, date(2026, 3, 1))
        with pytest.raises(InvalidInput) as refused:
            release_policy(row, checker=checker, as_of=TODAY)
        assert (refused.value.field, refused.value.code) == ("valid_from", "IN_THE_PAST")

    def test_takes_no_day_that_is_taken(
        self, first: PolicyVersion, maker: Any, checker: Any
    ) -> None:
        release_policy(draft(maker), checker=checker, as_of=TODAY)
        with pytest.raises(InvalidInput) as refused:
            release_policy(draft(maker), checker=checker, as_of=TODAY)
        assert refused.value.code == "DAY_TAKEN"

    def test_gives_way_to_a_version_that_waits_for_a_later_day(
        self, first: PolicyVersion, maker: Any, checker: Any
    ) -> None:
        waiting = release_policy(draft(maker, LATER), checker=checker, as_of=TODAY)
        between = release_policy(draft(maker, NEXT), checker=checker, as_of=TODAY)
        assert between.valid_to == LATER
        days = (TODAY, NEXT, date(2026, 5, 31), LATER)
        assert [get_policy("COLOUR", as_of=day) for day in days] == [
            first, between, between, waiting,
        ]  # fmt: skip

    def test_is_done_once(self, first: PolicyVersion, maker: Any, checker: Any) -> None:
        row = release_policy(draft(maker), checker=checker, as_of=TODAY)
        with pytest.raises(NotADraft):
            release_policy(row, checker=checker, as_of=TODAY)
        with pytest.raises(NotADraft):
            save_policy_draft("COLOUR", {}, valid_from=NEXT, maker=maker, as_of=TODAY, draft=row)


class TestWithdrawPolicyDraft:
    def test_keeps_it_to_be_read(self, first: PolicyVersion, maker: Any, checker: Any) -> None:
        row = withdraw_policy_draft(draft(maker), actor=maker, as_of=TODAY, reason="no longer")
        assert row.state == "WITHDRAWN"
        with pytest.raises(NotADraft):
            release_policy(row, checker=checker, as_of=TODAY)

    def test_asks_for_a_reason(self, first: PolicyVersion, maker: Any) -> None:
        with pytest.raises(InvalidInput):
            withdraw_policy_draft(draft(maker), actor=maker, as_of=TODAY, reason=" ")


class TestGetPolicy:
    def test_says_that_none_holds(self, db: None) -> None:
        with pytest.raises(PolicyMissing):
            get_policy("COLOUR", as_of=TODAY)


@pytest.mark.django_db(transaction=True)
def test_drafts_written_at_once_have_different_numbers() -> None:
    maker = User.objects.create_user("maker", role="CREDIT_MANAGER")
    add_policy("COLOUR", {"is": "red"}, valid_from=date(1990, 1, 1))

    def write(number: int) -> int:
        try:
            return draft(maker, n=number).version
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        versions = sorted(pool.map(write, range(8)))
    assert versions == list(range(2, 10))
    connection.close()
