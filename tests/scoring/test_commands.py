"""The `rate` command and the nightly task."""

import csv
import io
import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from common.models import Run
from scoring.models import Rating
from scoring.tasks import rerate
from tests.cast import make_customer
from tests.scoring.samples import AS_OF, give_statement

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("rate", *args, "--as-of", AS_OF.isoformat(), stdout=out, stderr=io.StringIO())
    return out.getvalue()


class TestRate:
    def test_one_customer_as_json(self, reference: None) -> None:
        give_statement(make_customer("C001"))
        give_statement(make_customer("C002"))
        body = json.loads(run("--customer", "C001", "--format", "json"))
        assert (body["as_of"], body["created"]) == ("2025-06-30", 1)
        (row,) = body["ratings"]
        assert (row["customer"], row["grade"], row["z"], row["limit"]) == (
            "C001", "A-", "3.9136", "13500000.000",
        )  # fmt: skip
        assert Rating.objects.count() == 1

    def test_all_as_csv_and_again(self, reference: None) -> None:
        for code in ("C001", "C002"):
            give_statement(make_customer(code))
        rows = list(csv.DictReader(io.StringIO(run("--all", "--format", "csv"))))
        assert [row["customer"] for row in rows] == ["C001", "C002"]
        assert list(csv.DictReader(io.StringIO(run("--all", "--format", "csv")))) == []
        assert Rating.objects.count() == 2

    def test_the_table_names_who_was_not_rated(self, reference: None) -> None:
        make_customer("C001")
        errors = io.StringIO()
        call_command("rate", "--all", "--as-of", "2025-06-30", stdout=io.StringIO(), stderr=errors)
        assert errors.getvalue().strip() == "not rated: C001 NO_FACTS"

    def test_an_unknown_customer_is_refused(self, reference: None) -> None:
        with pytest.raises(CommandError, match="C404"):
            run("--customer", "C404")


class TestRerate:
    def test_changed_each_night_and_everybody_on_the_first(self, reference: None) -> None:
        give_statement(make_customer("C001"))
        rerate(as_of="2025-06-30")
        rerate(as_of="2025-06-30")
        assert Rating.objects.count() == 1
        rerate(as_of="2025-07-01", unheard_of=1)
        assert list(Rating.objects.order_by("as_of").values_list("as_of", flat=True)) == [
            date(2025, 6, 30), date(2025, 7, 1),
        ]  # fmt: skip
        run_row = Run.objects.get(kind="scoring.rerate", as_of=date(2025, 7, 1))
        assert (run_row.scope, run_row.state, run_row.counts["created"]) == ("ALL", "DONE", 1)
        assert Rating.objects.latest("id").run == run_row
