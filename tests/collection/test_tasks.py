"""The morning's work and the command."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from collection.models import DunningNotice, DunningRun
from collection.tasks import morning, sync_notices
from common import queue
from common.models import Job, OutboxMessage
from common.policies import add_policy
from receivables.models import DueLine
from tests.cast import make_customer
from tests.collection.dues import DAY, owed


def work() -> None:
    for _turn in range(3):
        queue.run_due_jobs()
    sync_notices()


@pytest.mark.usefixtures("reference")
class TestMorning:
    def portfolio(self) -> None:
        owed(make_customer("SOON"), "I0", "20000", DAY)
        owed(make_customer("LATE"), "I1", "20000", date(2026, 11, 3))
        owed(make_customer("LATER"), "I2", "20000", date(2026, 10, 30), dunning_level=1)
        owed(make_customer("LAST"), "I3", "20000", date(2026, 9, 3), dunning_level=2)

    def test_reminds_and_duns_and_leaves_the_last_level_to_a_person(self) -> None:
        self.portfolio()
        morning(as_of=DAY.isoformat(), unknown="keyword")
        work()
        sent = sorted(m.recipient.split("@")[0] for m in OutboxMessage.objects.all())
        assert sent == ["late", "later", "soon"]
        states = dict(DunningNotice.objects.values_list("customer__code", "state"))
        assert states == {"SOON": "SENT", "LATE": "SENT", "LATER": "SENT", "LAST": "PROPOSED"}
        levels = dict(DueLine.objects.values_list("customer__code", "dunning_level"))
        assert levels == {"SOON": 0, "LATE": 1, "LATER": 2, "LAST": 2}

    def test_the_same_morning_again_sends_nothing(self) -> None:
        self.portfolio()
        for _time in range(2):
            morning(as_of=DAY.isoformat())
            work()
        Job.objects.filter(kind="collection.morning_work").delete()
        morning(as_of=DAY.isoformat())
        work()
        assert OutboxMessage.objects.count() == 3

    def test_sends_nothing_by_itself_when_the_policy_says_so(self) -> None:
        self.portfolio()
        add_policy("DUNNING", {"auto_send_max_level": 0}, valid_from=date(2026, 1, 1))
        morning(as_of=DAY.isoformat())
        work()
        assert [m.recipient for m in OutboxMessage.objects.all()] == ["soon@example.invalid"]
        assert DunningRun.objects.get().counts["letters"] == 3

    def test_rests_on_days_that_are_not_worked(self) -> None:
        self.portfolio()
        morning(as_of="2026-11-22")  # a Sunday
        work()
        assert (OutboxMessage.objects.count(), DunningRun.objects.count()) == (0, 0)


@pytest.mark.usefixtures("reference")
class TestDunCommand:
    def run(self, *args: str) -> str:
        out = StringIO()
        call_command("dun", *args, stdout=out)
        return out.getvalue()

    def test_prepares_the_run_of_a_day(self) -> None:
        owed(make_customer("C1"), "I1", "20000", date(2026, 11, 3))
        owed(make_customer("C2", state="INSOLVENT"), "I2", "20000", date(2026, 11, 3))
        text = self.run("--as-of", "2026-11-24")
        assert text.splitlines() == [
            "HY 2026-11-24: 1 letters",
            "  items 1, of which rise 1",
            "  level 1: 1",
            "  total CNY 20000.000",
            "  left out, INSOLVENT: 1 items",
        ]
        assert DunningRun.objects.get().as_of == DAY

    def test_stores_nothing_in_a_dry_run(self) -> None:
        owed(make_customer("C1"), "I1", "20000", date(2026, 11, 3))
        assert "1 letters (dry run, nothing stored)" in self.run(
            "--as-of", "2026-11-24", "--dry-run"
        )
        assert (DunningRun.objects.count(), DunningNotice.objects.count()) == (0, 0)

    def test_names_what_is_wrong(self) -> None:
        with pytest.raises(CommandError, match="no company NO"):
            self.run("--company", "no")
        self.run("--as-of", "2026-11-24")
        with pytest.raises(CommandError, match="go forward in time"):
            self.run("--as-of", "2026-11-23")
