"""`check_order` from the shell."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from common.clock import business_today
from credit_control.models import OrderCheck, Reservation
from tests import cast
from tests.credit_control.books import make_buyer

pytestmark = pytest.mark.usefixtures("reference")


@pytest.fixture(autouse=True)
def _lives_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cast, "TODAY", business_today())


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("check_order", *arguments, stdout=out)
    return out.getvalue()


class TestCheckOrderCommand:
    def test_says_decision_reasons_and_the_least_change(self) -> None:
        make_buyer(limit="100000")
        text = run("c001", "11万", "--dry-run")
        assert text.startswith("BLOCKED  The order must wait: ¥10,000 too much.")
        assert "R03" in text
        assert "The order is reduced to ¥100,000." in text
        assert not OrderCheck.objects.exists()

    def test_stores_and_reserves_once_per_order_and_version(self) -> None:
        make_buyer(limit="100000")
        for _ in range(2):
            assert "RELEASED" in run("C001", "50000", "--order", "SO-1")
        assert Reservation.objects.count() == 1

    @pytest.mark.parametrize(
        "arguments",
        [
            ("NOBODY", "1"),
            ("C001", "abc"),
            ("C001", "0"),
            ("C001", "1", "--term", "NOPE"),
            ("C001", "1", "--currency", "XXX"),
            ("C001", "1", "--ship-date", "2020-01-01"),
        ],
    )
    def test_bad_input_is_named_and_nothing_stored(self, arguments: tuple[str, ...]) -> None:
        make_buyer()
        with pytest.raises(CommandError):
            run(*arguments)
        assert not OrderCheck.objects.exists()
