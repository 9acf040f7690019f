"""The walk-through of docs/importing.md on real data, compared with an independent recomputation.

The data lie in `../shared/data` beside the project (CREDIT_DATA_DIR overrides); where that folder
is absent, as in a clone elsewhere, these tests skip and say so. Nothing of it is copied here.
"""

import importlib.util
import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from common.imports.service import import_file
from common.models import ImportBatch
from common.policies import add_policy
from credit_mgmt.reference import POLICIES
from customers.models import Customer
from receivables.models import Application, DueLine, Posting, Receipt
from receivables.selectors import get_aging
from scoring.models import Rating, Statement
from scoring.services import rate_customers

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("CREDIT_DATA_DIR") or ROOT.parent / "shared" / "data")
AS_OF = date(2026, 11, 24)
EDGES = (0, 30, 60, 90, 180)
FIRMS = 500


@pytest.fixture
def old_policies(reference: None) -> None:
    """The house defaults, in force since before the oldest figure."""
    for kind, body in POLICIES.items():
        add_policy(kind, body, valid_from=date(1990, 1, 1))


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("old_policies"),
    pytest.mark.skipif(
        not DATA.is_dir(), reason=f"the real data are not here: {DATA} (set CREDIT_DATA_DIR)"
    ),
]


def load_example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bring_in(kind: str, path: Path, as_of: date = AS_OF) -> ImportBatch:
    batch = import_file(kind=kind, content=path.read_bytes(), file_name=path.name, as_of=as_of)
    assert (batch.state, batch.rejected) == ("IMPORTED", 0), batch.issues[:5]
    return batch


def age_with_pandas(rows: pd.DataFrame, on: date) -> pd.DataFrame:
    """One row per customer: cents not due, in each bucket, and on account, by dates alone."""
    day = pd.Timestamp(on)
    frame = pd.DataFrame(
        {
            "customer": rows["customer_code"],
            "cents": (rows["amount"].astype(float) * 100).round().astype("int64"),
            "doc": pd.to_datetime(rows["doc_date"]),
            "due": pd.to_datetime(rows["due_date"]),
            "paid": pd.to_datetime(rows["paid_on"]),
        }
    )
    # Money that came before its document waits on account until the document is there.
    frame["applied"] = frame[["paid", "doc"]].max(axis=1).where(frame["paid"].notna())
    is_open = (frame["doc"] <= day) & ~(frame["applied"] <= day)
    late = (day - frame["due"]).dt.days
    columns = {"not_due": late <= 0}
    for n, low in enumerate(EDGES):
        high = EDGES[n + 1] if n + 1 < len(EDGES) else 10**6
        columns[f"b{n}"] = (late > low) & (late <= high)
    sums = {
        name: frame["cents"].where(is_open & mask, 0).groupby(frame["customer"]).sum()
        for name, mask in columns.items()
    }
    waiting = (frame["paid"] <= day) & (frame["applied"] > day)
    sums["unapplied"] = frame["cents"].where(waiting, 0).groupby(frame["customer"]).sum()
    table = pd.DataFrame(sums)
    return table[(table != 0).any(axis=1)]


def check_aging(rows: pd.DataFrame, currency: str, on: date) -> int:
    """Compare the report with the recomputation to the cent, by customer and bucket."""
    expected = age_with_pandas(rows[rows["currency"] == currency], on)
    report = get_aging(as_of=on, currency=currency)
    found = {
        row.key: [int(a * 100) for a in (row.not_due, *row.buckets, row.unapplied)]
        for row in report.rows
    }
    assert found == {str(key): list(map(int, row)) for key, row in expected.iterrows()}
    totals = report.totals
    assert [int(a * 100) for a in (totals.not_due, *totals.buckets, totals.unapplied)] == [
        int(expected[name].sum()) for name in expected.columns
    ]
    return len(found)


class TestLatePayments:
    def test_ibm_sample_ages_as_pandas_says_on_two_days(self, tmp_path: Path) -> None:
        example = load_example("convert_late_payments")
        rows = example.read_ibm_ar(DATA / "ibm_ar" / "invoices.csv.gz")
        example.write_files(rows, tmp_path)
        for kind in ("customers", "invoices", "payments"):
            bring_in(kind, tmp_path / f"{kind}.csv")
        assert Customer.objects.count() == rows["customer_code"].nunique() == 100
        assert DueLine.objects.count() == len(rows) == 2466
        # Every payment names its invoice and settles it in full: nothing is left at the end.
        assert Receipt.objects.filter(state="APPLIED").count() == len(rows)
        assert DueLine.objects.exclude(open_amount=0).count() == 0
        for on in (date(2012, 9, 30), date(2013, 6, 30)):
            assert check_aging(rows, "USD", on) > 50
        assert check_aging(rows, "USD", AS_OF) == 0

    @pytest.mark.slow
    def test_highradius_ages_as_pandas_says_on_two_days(self, tmp_path: Path) -> None:
        example = load_example("convert_late_payments")
        folder = DATA / "highradius"
        rows = example.read_highradius(
            folder / "invoices.csv.gz", folder / "open_at_cut.csv.gz", folder / "customers.csv.gz"
        )
        example.write_files(rows, tmp_path)
        for kind in ("customers", "invoices", "payments"):
            bring_in(kind, tmp_path / f"{kind}.csv")
        for on in (date(2019, 6, 30), date(2019, 11, 30)):
            assert check_aging(rows, "USD", on) > 80
            assert check_aging(rows, "CAD", on) > 5
        # What is still open at the end is what the source lists as open at its cut.
        left = DueLine.objects.exclude(open_amount=0)
        assert left.count() == rows["paid_on"].isna().sum() == 245
        assert sum((line.open_amount for line in left), Decimal(0)) == sum(
            (Decimal(a) for a in rows.loc[rows["paid_on"].isna(), "amount"]), Decimal(0)
        )
        assert Posting.objects.count() == len(rows) + 3 * int(rows["paid_on"].notna().sum())
        assert Application.objects.count() == rows["paid_on"].notna().sum()


class TestCompanyStatements:
    @pytest.mark.slow
    def test_z_double_prime_of_every_firm_year_is_what_pandas_says(self, tmp_path: Path) -> None:
        example = load_example("convert_us_statements")
        raw = example.read_firm_years(DATA / "us" / "firm_years.csv.gz", FIRMS)
        example.write_files(raw, tmp_path)
        bring_in("customers", tmp_path / "customers.csv")
        batch = bring_in("statements", tmp_path / "statements.csv")
        assert batch.created == len(raw) == Statement.objects.count()
        assert set(Statement.objects.values_list("form", "unit", "doubtful")) == {
            ("CONDENSED", 1_000_000, False)
        }
        expected = recompute_z(raw)
        found: dict[tuple[str, int], Decimal] = {}
        for year in sorted(raw["year"].astype(int).unique()):
            found |= rate_year(int(year))
        assert found.keys() == expected.keys()
        worst = max(abs(float(found[key]) - expected[key]) for key in expected)
        assert worst <= 1e-4
        assert Customer.objects.count() == FIRMS


def rate_year(year: int) -> dict[tuple[str, int], Decimal]:
    """Rate everybody as of the spring after a year; return Z″ of who had that year's statement."""
    on = date(year + 1, 4, 30)
    rate_customers(as_of=on)
    ratings: Any = Rating.objects.filter(as_of=on, statement__period_end__year=year)
    rows = ratings.values_list("customer__code", "z_model", "z_value")
    assert {model.lower() for _code, model, _z in rows} == {"altman_z_double_prime"}
    return {(code, year): z for code, _model, z in rows if z is not None}


def recompute_z(raw: pd.DataFrame) -> dict[tuple[str, int], float]:
    """Z″ = 6.56 X1 + 3.26 X2 + 6.72 X3 + 1.05 X4, equity as assets less liabilities."""
    n = raw.drop(columns=["company"]).astype(float)
    x1 = (n["current_assets"] - n["current_liabilities"]) / n["total_assets"]
    x2 = n["retained_earnings"] / n["total_assets"]
    x3 = n["ebit"] / n["total_assets"]
    x4 = (n["total_assets"] - n["total_liabilities"]) / n["total_liabilities"]
    z = 6.56 * x1 + 3.26 * x2 + 6.72 * x3 + 1.05 * x4
    codes = "US-" + raw["company"].str.upper()
    return dict(zip(zip(codes, n["year"].astype(int), strict=True), z, strict=True))
