"""`import_data` and `api_token`: what they print, and how they end."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework.authtoken.models import Token

from common.models import CalendarDay, ImportBatch
from tests import cast
from tests.import_samples import SAMPLES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]


def run(*arguments: Any) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


class TestImportData:
    def test_prints_the_counts_and_ends_well(self, tmp_path: Path) -> None:
        path = tmp_path / "days.csv"
        path.write_text(SAMPLES["holidays"])
        text = run("import_data", "holidays", str(path))
        assert "created 4  updated 0  unchanged 0  rejected 0" in text
        assert "created 4" in run("import_data", "holidays", str(path))  # the first answer
        path.write_text(SAMPLES["holidays"] + "\n")
        assert "unchanged 4" in run("import_data", "holidays", str(path))
        assert not (tmp_path / "days.csv.rejects.csv").exists()

    def test_ends_with_2_and_writes_the_rejects(self, tmp_path: Path) -> None:
        path = tmp_path / "days.csv"
        path.write_text(SAMPLES["holidays"].replace("2027-01-01", "01/02/2027"))
        out = io.StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command("import_data", "holidays", str(path), stdout=out)
        assert ended.value.code == 2
        assert "row 2 date: AMBIGUOUS_DATE [01/02/2027]" in out.getvalue()
        assert "nothing was stored" in out.getvalue()
        rejects = (tmp_path / "days.csv.rejects.csv").read_text("utf-8-sig").splitlines()
        assert len(rejects) == 2
        assert rejects[1].startswith("CN,01/02/2027,holiday,元旦,2,")

    def test_good_rows_only_still_ends_with_2(self, tmp_path: Path) -> None:
        before = CalendarDay.objects.count()
        path = tmp_path / "days.csv"
        path.write_text(SAMPLES["holidays"].replace("2027-01-01", "01/02/2027"))
        with pytest.raises(SystemExit) as ended:
            run("import_data", "holidays", str(path), "--good-rows-only")
        assert ended.value.code == 2
        assert CalendarDay.objects.count() == before + 3

    def test_a_dry_run_stores_nothing(self, tmp_path: Path) -> None:
        before = CalendarDay.objects.count()
        path = tmp_path / "days.csv"
        path.write_text(SAMPLES["holidays"])
        assert "Checked only" in run("import_data", "holidays", str(path), "--dry-run")
        assert CalendarDay.objects.count() == before

    @pytest.mark.parametrize("kind", ["bank", "nix"])
    def test_names_the_kinds_that_stand(self, kind: str, tmp_path: Path) -> None:
        path = tmp_path / "x.csv"
        path.write_text("a\n1\n")
        with pytest.raises(CommandError, match="holidays, rates|customers"):
            run("import_data", kind, str(path))

    def test_names_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="cannot be read"):
            run("import_data", "holidays", str(tmp_path / "nix.csv"))

    def test_ends_with_2_for_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        path = tmp_path / "x.csv"
        path.write_bytes(b"\x00\x01")
        with pytest.raises(SystemExit) as ended:
            run("import_data", "holidays", str(path))
        assert ended.value.code == 2
        assert ImportBatch.objects.get().state == "REFUSED"

    def test_names_the_person_when_told(self, tmp_path: Path) -> None:
        user = cast.make_user("fin", "FINANCE", "ALL")
        path = tmp_path / "days.csv"
        path.write_text(SAMPLES["holidays"])
        run("import_data", "holidays", str(path), "--user", "fin")
        assert ImportBatch.objects.get().imported_by == user
        with pytest.raises(CommandError, match="no user ghost"):
            run("import_data", "holidays", str(path), "--user", "ghost")


class TestApiToken:
    def test_makes_a_token_that_replaces_the_last_one(self) -> None:
        user = cast.make_user("erp", "FINANCE", "ALL")
        first = run("api_token", "erp").strip()
        second = run("api_token", "erp").strip()
        assert first != second
        assert Token.objects.get(user=user).key == second

    def test_knows_no_stranger(self) -> None:
        with pytest.raises(CommandError, match="no user ghost"):
            run("api_token", "ghost")
