"""R3: importing the same file again changes nothing; half a file and then all of it is all of it."""

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections
from django.db.utils import InterfaceError

from common.models import Event, ImportBatch
from credit_mgmt.reference import seed_reference_data
from tests.import_samples import AS_OF, KINDS, SAMPLES, bring, prepare, take_snapshot

pytestmark = pytest.mark.promise("R3")
POSTED = ("invoices", "opening_items", "payments")

# kind: (cell of one row as it stands, as it is changed)
CHANGES = {
    "holidays": ("CN,2027-02-06,workday,", "CN,2027-02-06,holiday,"),
    "rates": ("8.4012", "8.4013"),
    "customers": ("示例西部贸易", "示例西部商贸"),
    "contacts": ("总经理", "董事长"),
    "facts": ("5000000", "5000001"),
    "statements": ("total_equity,7750.00", "total_equity,7749.00"),
    "orders": ("SO-2,10,P2,2026-07-02,2026-08-01,NET60,CNY,3", "SO-2,10,P2,2026-07-02,2026-08-01,NET60,CNY,4"),
    "deliveries": ("DN-2,1,SO-2,10,2026-08-01,1,", "DN-2,1,SO-2,10,2026-08-01,2,"),
    "opening_items": ("226.00,126.00", "226.00,125.00"),
    "invoices": ("50.00,6.50,56.50", "60.00,7.80,67.80"),
    "payments": ("EUR,200.00", "EUR,201.00"),
}  # fmt: skip


@pytest.fixture
def clean(reference: None) -> None:
    """The reference data alone."""


@pytest.mark.django_db
@pytest.mark.usefixtures("clean")
class TestAgain:
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_same_file_answers_with_its_first_result(self, kind: str) -> None:
        prepare(kind)
        first = bring(kind)
        assert (first.state, first.rejected, first.created) == (
            "IMPORTED",
            0,
            SAMPLES[kind].count("\n") - 1,
        )
        before, events = take_snapshot(), Event.objects.count()
        second = bring(kind)
        assert second.pk == first.pk
        assert (take_snapshot(), Event.objects.count()) == (before, events)
        assert ImportBatch.objects.filter(kind=kind).count() == 1

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_same_rows_in_another_file_are_unchanged(self, kind: str) -> None:
        prepare(kind)
        first = bring(kind)
        before = take_snapshot()
        head, *rows = SAMPLES[kind].splitlines()
        random.Random(7).shuffle(rows)
        again = bring(kind, "\n".join([head, *rows, ""]))
        assert (again.created, again.updated, again.unchanged) == (0, 0, first.created)
        assert again.pk != first.pk
        assert take_snapshot() == before

    @pytest.mark.parametrize("kind", KINDS)
    def test_rows_in_another_order_make_the_same_tables(self, kind: str) -> None:
        from django.db import transaction

        prepare(kind)
        with transaction.atomic():
            bring(kind)
            expected = take_snapshot()
            transaction.set_rollback(True)
        head, *rows = SAMPLES[kind].splitlines()
        random.Random(11).shuffle(rows)
        assert bring(kind, "\n".join([head, *rows, ""])).state == "IMPORTED"
        assert take_snapshot() == expected

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("part", [0.3, 0.5, 0.8])
    def test_part_of_a_file_and_then_all_of_it_is_all_of_it(self, kind: str, part: float) -> None:
        from django.db import transaction

        prepare(kind)
        with transaction.atomic():
            bring(kind)
            expected = take_snapshot()
            transaction.set_rollback(True)
        content = SAMPLES[kind].encode()
        # Wherever the cut falls, in the middle of a character too: refused whole, or rows that stand.
        bring(kind, content[: int(len(content) * part)])
        assert bring(kind, content).state == "IMPORTED"
        assert take_snapshot() == expected

    @pytest.mark.parametrize("kind", KINDS)
    def test_one_changed_row_updates_it_or_is_refused_as_posted(self, kind: str) -> None:
        prepare(kind)
        first = bring(kind)
        before = take_snapshot()
        old, new = CHANGES[kind]
        assert SAMPLES[kind].count(old) == 1
        batch = bring(kind, SAMPLES[kind].replace(old, new))
        row = SAMPLES[kind][: SAMPLES[kind].index(old)].count("\n") + 1
        if kind in POSTED:
            assert (batch.state, batch.rejected) == ("REFUSED", 1)
            issue = batch.issues[0]
            assert (issue["row"], issue["code"]) == (row, "POSTED_DOCUMENT_DIFFERS")
            assert take_snapshot() == before
        elif kind == "facts":
            # A fact is never edited: another value is another fact beside it.
            assert (batch.created, batch.updated, batch.unchanged) == (1, 0, 3)
            assert take_snapshot() != before
        elif kind == "statements":
            # One unit of difference is within the tolerance of an identity: a new version.
            assert (batch.updated, batch.unchanged) == (3, 3)
            assert take_snapshot() != before
        else:
            assert (batch.state, batch.created, batch.updated) == ("IMPORTED", 0, 1)
            assert batch.unchanged == first.created - 1
            assert take_snapshot() != before


@pytest.mark.django_db(transaction=True)
class TestAtOnceAndKilled:
    @pytest.fixture(autouse=True)
    def _seed(self) -> None:
        seed_reference_data()

    @pytest.mark.parametrize("kind", KINDS)
    def test_twice_at_once_has_one_effect(self, kind: str) -> None:
        prepare(kind)
        start = threading.Barrier(2)
        answers: list[Any] = []

        def run() -> None:
            try:
                start.wait(10)
                answers.append(bring(kind).pk)
            except Exception as error:
                answers.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(answers) == 2
        assert answers[0] == answers[1]
        batch = ImportBatch.objects.get(kind=kind)
        assert (batch.state, batch.created) == ("IMPORTED", SAMPLES[kind].count("\n") - 1)
        once = take_snapshot()
        assert bring(kind).pk == batch.pk
        assert take_snapshot() == once

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("share", [0.35, 0.8])
    def test_killed_half_way_leaves_nothing_and_can_be_repeated(
        self, kind: str, share: float
    ) -> None:
        prepare(kind)
        before, batches = take_snapshot(), ImportBatch.objects.count()
        statements = _count_statements(kind)
        with pytest.raises((DatabaseError, InterfaceError)):
            _run_in_thread(lambda: bring(kind), kill_at=max(1, int(statements * share)))
        assert take_snapshot() == before
        assert ImportBatch.objects.count() == batches
        batch = bring(kind)
        assert (batch.state, batch.created) == ("IMPORTED", SAMPLES[kind].count("\n") - 1)
        after = take_snapshot()
        assert after != before
        assert bring(kind).pk == batch.pk
        assert take_snapshot() == after


def _count_statements(kind: str) -> int:
    """Return how many statements the import runs, by running it and taking everything back."""
    from django.db import transaction

    seen = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with transaction.atomic():
        with connection.execute_wrapper(count):
            bring(kind, as_of=AS_OF)
        transaction.set_rollback(True)
    return len(seen)


def _run_in_thread(work: Callable[[], Any], *, kill_at: int) -> None:
    """Run `work` on a connection of its own whose server process is killed at the n-th statement."""
    failures: list[BaseException] = []

    def run() -> None:
        number = 0

        def kill(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            nonlocal number
            number += 1
            if number == kill_at:
                pid = connection.connection.info.backend_pid
                other = connection.copy()
                with other.cursor() as cursor:
                    cursor.execute("select pg_terminate_backend(%s)", [pid])
                other.close()
            return execute(sql, *rest)

        try:
            with connection.execute_wrapper(kill):
                work()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert failures, "the import was not killed"
    raise failures[0]
