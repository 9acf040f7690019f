#!/usr/bin/env python
"""Turn the public panel of US company figures into import files: customers.csv, statements.csv.

    python docs/examples/convert_us_statements.py FIRM_YEARS.csv.gz OUT_DIR --firms 500

Needs pandas only. Each firm-year becomes one condensed statement: a kind of its own that states
totals and derived items (EBIT, retained earnings) and few components; what the source lacks stays
missing. Figures are USD millions, so the unit is 1000000; a fiscal year is taken to end on 31
December. Market value has a fourth decimal in the source, which is rounded away. The figures are
those of audited filings, but the source names no opinion: they are imported as unaudited. A
statement counts as received on 31 March after its year, when annual reports are due.
`--firms N` takes the first N firms of the file, all their years; 0 takes all.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

ITEMS = {
    "current_assets": "total_current_assets",
    "inventory": "inventories",
    "receivables": "accounts_receivable",
    "total_assets": "total_assets",
    "current_liabilities": "total_current_liabilities",
    "long_term_debt": "long_term_debt",
    "total_liabilities": "total_liabilities",
    "retained_earnings": "retained_earnings",
    "net_sales": "revenue",
    "cogs": "cost_of_sales",
    "gross_profit": "gross_profit",
    "dep_amort": "da",
    "ebitda": "ebitda",
    "ebit": "ebit",
    "net_income": "net_profit",
    "market_value": "market_cap",
}


def read_firm_years(path: Path, firms: int) -> pd.DataFrame:
    """Return the firm-years of the first `firms` firms (0: all), figures as text."""
    raw = pd.read_csv(path, dtype=str)
    if firms:
        chosen = raw["company"].drop_duplicates().head(firms)
        raw = raw[raw["company"].isin(chosen)]
    return raw


def write_files(raw: pd.DataFrame, folder: Path) -> dict[str, int]:
    """Write the two files; return how many rows each has."""
    folder.mkdir(parents=True, exist_ok=True)
    codes = "US-" + raw["company"].str.upper()
    customers = pd.DataFrame({"customer_code": codes.drop_duplicates()})
    customers["name"] = "Company " + customers["customer_code"]
    customers = customers.assign(
        country="US", kind="enterprise", roles="buyer", currency="USD", language="en"
    ).assign(status="active")
    statements = pd.DataFrame(
        {
            "customer_code": codes,
            "period_end": raw["year"] + "-12-31",
            "months": "12",
            "statement_kind": "annual",
            "audited": "no",
            "consolidated": "yes",
            "currency": "USD",
            "unit": "1000000",
            "form": "condensed",
            "gaap": "US_GAAP",
            "received_on": (raw["year"].astype(int) + 1).astype(str) + "-03-31",
            **{
                item: raw[name].astype(float).round(3).map("{:.3f}".format)
                for name, item in ITEMS.items()
            },
        }
    )
    customers.to_csv(folder / "customers.csv", index=False)
    statements.to_csv(folder / "statements.csv", index=False)
    return {"customers": len(customers), "statements": len(statements)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("firm_years", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--firms", type=int, default=0)
    options = parser.parse_args()
    raw = read_firm_years(options.firm_years, options.firms)
    for name, count in write_files(raw, options.folder).items():
        sys.stdout.write(f"{options.folder / name}.csv: {count} rows\n")


if __name__ == "__main__":
    main()
