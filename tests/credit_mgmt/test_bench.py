"""The benchmark: its data set is sound, loads to the cent, and its results have the agreed shape."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from common.bulk import fetch_rows
from credit_control.models import CreditLimit
from credit_mgmt.bench.data import AS_OF, END, write_data_set
from credit_mgmt.bench.ideal import age_movements, build_items, dun_items
from credit_mgmt.bench.jobs import WrongResult
from credit_mgmt.bench.loading import AlreadyLoaded, count_open, load_data_set
from credit_mgmt.bench.staging import BadDataSet
from customers.models import Customer
from receivables.models import Application, Invoice, Posting, Receipt
from receivables.selectors import get_aging

EDGES = (30, 60, 90)
GENERATOR = Path(django_settings.BASE_DIR).parent / "shared" / "bench"
# The generator's documentation states these for 10,000 documents, seed 1, aged on 2026-05-31.
KNOWN_AGES = [58571513, 16373064, 7079802, 5350289, 22647666, -1286038]


def age_in_cents() -> list[int]:
    totals = get_aging(as_of=AS_OF, edges=EDGES, page_size=1).totals
    return [int(a * 100) for a in (totals.not_due, *totals.buckets, -totals.unapplied)]


@pytest.fixture(scope="module")
def data_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    write_data_set(folder, docs=3000, seed=7)
    return folder


class TestWriteDataSet:
    def test_keeps_its_own_rules(self, data_set: Path) -> None:
        docs = pd.read_csv(data_set / "invoices.csv")
        used = pd.read_csv(data_set / "allocations.csv")
        paid = pd.read_csv(data_set / "payments.csv")
        settled = (
            used.groupby("invoice_id")["amount_cents"]
            .sum()
            .reindex(docs["invoice_id"], fill_value=0)
        )
        assert (docs["amount_cents"].to_numpy() - settled.to_numpy() == docs["open_cents"]).all()
        assert (docs["closed_on"].isna() == (docs["open_cents"] != 0)).all()
        by_payment = (
            used.groupby("payment_id")["amount_cents"]
            .sum()
            .reindex(paid["payment_id"], fill_value=0)
        )
        rest = paid["amount_cents"].to_numpy() - by_payment.to_numpy()
        assert (rest == paid["unapplied_cents"]).all()
        assert (docs["open_cents"] * docs["amount_cents"] >= 0).all()
        assert docs["issue_date"].max() <= END.isoformat()

    def test_is_the_same_again(self, data_set: Path, tmp_path: Path) -> None:
        write_data_set(tmp_path, docs=3000, seed=7)
        for path in data_set.glob("*.csv"):
            assert (tmp_path / path.name).read_bytes() == path.read_bytes()


@pytest.mark.django_db
class TestLoadDataSet:
    def test_ages_as_the_files_do(self, data_set: Path) -> None:
        loaded = load_data_set(data_set)
        assert loaded.rows["invoices"] == Invoice.objects.count() == 3000
        assert loaded.rows["payments"] == Receipt.objects.count()
        assert loaded.rows["customers"] == Customer.objects.count()
        assert age_in_cents() == self.age_files(data_set)
        docs = pd.read_csv(data_set / "invoices.csv")
        count, amount = count_open()
        assert count == int((docs["open_cents"] != 0).sum())
        assert amount == f"{docs['open_cents'].sum() / 100:.2f}"

    def age_files(self, folder: Path) -> list[int]:
        docs = pd.read_csv(folder / "invoices.csv")
        used = pd.read_csv(folder / "allocations.csv")
        paid = pd.read_csv(folder / "payments.csv")
        day = AS_OF.isoformat()
        used = used[used["allocated_on"] <= day].groupby("invoice_id")["amount_cents"].sum()
        docs = docs[docs["issue_date"] <= day].set_index("invoice_id")
        left = docs["amount_cents"] - used.reindex(docs.index, fill_value=0)
        late = (pd.Timestamp(day) - pd.to_datetime(docs["due_date"])).dt.days
        place = pd.cut(late, [-10_000, 0, *EDGES, 10_000], labels=False)
        ages = left.groupby(place).sum().reindex(range(5), fill_value=0)
        on_account = paid[paid["paid_on"] <= day]["unapplied_cents"].sum()
        return [*map(int, ages), -int(on_account)]

    def test_books_are_right(self, data_set: Path) -> None:
        load_data_set(data_set)
        wrong = fetch_rows(
            """select l.id from receivables_dueline l where l.open_amount <> (
                select sum(p.amount) from receivables_posting p where p.due_line_id = l.id)"""
        )
        unequal = fetch_rows(
            """select r.id from receivables_receipt r where r.unapplied_amount <> (
                select -sum(p.amount) from receivables_posting p where p.receipt_id = r.id)
            or r.amount - r.unapplied_amount <> (select coalesce(sum(a.amount), 0)
                from receivables_application a where a.receipt_id = r.id)"""
        )
        assert (wrong, unequal) == ([], [])
        assert Application.objects.exclude(credit_line=None).exists()
        assert CreditLimit.objects.filter(kind="TOTAL", state="ACTIVE").exists()

    def test_is_refused_where_customers_are(self, data_set: Path) -> None:
        Customer.objects.create(code="X", name="X", normalised_name="X")
        with pytest.raises(AlreadyLoaded):
            load_data_set(data_set)
        assert Posting.objects.count() == 0

    def test_refuses_a_folder_without_the_files(self, tmp_path: Path) -> None:
        with pytest.raises(BadDataSet, match=r"neither customers\.csv nor customers\.parquet"):
            load_data_set(tmp_path)
        with pytest.raises(CommandError, match="is not a folder"):
            call_command("load_bench", str(tmp_path / "none"))

    def test_refuses_other_columns(self, data_set: Path, tmp_path: Path) -> None:
        for path in data_set.glob("*.csv"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
        text = (tmp_path / "payments.csv").read_text().replace("paid_on", "payment_day", 1)
        (tmp_path / "payments.csv").write_text(text)
        with pytest.raises(BadDataSet, match="paid_on"):
            load_data_set(tmp_path)

    def test_a_broken_row_leaves_nothing_behind(self, data_set: Path, tmp_path: Path) -> None:
        from django.db import transaction

        for path in data_set.glob("*.csv"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
        with (tmp_path / "orders.csv").open("a") as stream:
            stream.write("x,y,z,1,open\n")
        with (
            pytest.raises(BadDataSet, match="stage_orders, line"),
            transaction.atomic(),
        ):
            load_data_set(tmp_path)
        assert Customer.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.skipif(
    not (GENERATOR / "gen.py").exists(),
    reason=f"the data generator is not there: {GENERATOR / 'gen.py'}",
)
class TestKnownTotals:
    @pytest.mark.parametrize("form", ["csv", "parquet"])
    def test_come_out_to_the_cent(self, tmp_path: Path, form: str) -> None:
        pytest.importorskip("pyarrow", reason="the generator needs pyarrow")
        options = ["--csv", "--no-parquet"] if form == "csv" else []
        subprocess.run(
            [
                sys.executable,
                str(GENERATOR / "gen.py"),
                "--docs=10000",
                "--seed=1",
                f"--out={tmp_path}",
                *options,
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        load_data_set(tmp_path)
        assert age_in_cents() == KNOWN_AGES
        assert count_open() == (1304, "1168074.68")


@pytest.mark.django_db(transaction=True)
class TestBenchCommand:
    @pytest.fixture(autouse=True)
    def _elsewhere(self, settings: Any, tmp_path: Path) -> None:
        settings.BASE_DIR = tmp_path

    def test_writes_results_of_the_agreed_shape(self, tmp_path: Path) -> None:
        out = StringIO()
        call_command("bench", size=1000, job="aging", stdout=out, stderr=StringIO())
        call_command("bench", size=1000, job="dunning", stdout=out, stderr=StringIO())
        with pytest.raises(WrongResult, match="dunned already"):
            call_command("bench", size=1000, job="dunning", stdout=out, stderr=StringIO())
        results = json.loads((tmp_path / "var" / "bench" / "results.json").read_text())
        assert [set(row) for row in results] == [
            {"job", "size", "seconds", "cpu_seconds", "peak_mb", "limit_seconds", "ratio"}
        ]
        assert (results[0]["job"], results[0]["size"]) == ("dunning", 1000)
        assert results[0]["ratio"] == pytest.approx(
            results[0]["seconds"] / results[0]["limit_seconds"], rel=0.02
        )
        assert fetch_rows("select to_regclass('bench_item')") == [(None,)]

    def test_imports_and_checks_orders(self, tmp_path: Path) -> None:
        for job, names in (
            ("import", ["import"]),
            ("order_check", ["order_check_hot", "order_check_spread"]),
        ):
            call_command("bench", size=1500, job=job, stdout=StringIO(), stderr=StringIO())
            results = json.loads((tmp_path / "var" / "bench" / "results.json").read_text())
            assert [row["job"] for row in results] == names
            assert all(row["seconds"] > 0 and row["limit_seconds"] > 0 for row in results)

    def test_refuses_a_database_of_somebody(self) -> None:
        Customer.objects.create(code="X", name="X", normalised_name="X")
        with pytest.raises(CommandError, match="holds customers"):
            call_command("bench", size=1000, stdout=StringIO(), stderr=StringIO())

    def test_refuses_a_size_that_says_nothing(self) -> None:
        with pytest.raises(CommandError, match="--size"):
            call_command("bench", size=10, stdout=StringIO(), stderr=StringIO())

    def test_the_limit_counts_what_it_should(self, data_set: Path) -> None:
        load_data_set(data_set)
        build_items()
        assert dun_items(END) > 0
        assert fetch_rows("select count(*) from bench_letter") == [(0,)]  # taken back
        from credit_mgmt.bench.ideal import build_movements, drop_all

        build_movements()
        assert [int(a * 100) for a in age_movements(AS_OF)] == age_in_cents()
        drop_all()
