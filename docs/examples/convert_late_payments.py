#!/usr/bin/env python
"""Turn public late-payment invoices into import files: customers.csv, invoices.csv, payments.csv.

    python docs/examples/convert_late_payments.py ibm_ar INVOICES.csv.gz OUT_DIR
    python docs/examples/convert_late_payments.py highradius INVOICES.csv.gz OUT_DIR \\
        --open-items OPEN_AT_CUT.csv.gz --customers CUSTOMERS.csv.gz

Needs pandas only. What the sources lack is filled in like this, and nothing else is invented:

`ibm_ar` (invoice date, due date, amount, settled date)
    Amounts are in USD, without tax: the source names neither. An invoice is paid in full on its
    settled date; the payment's text is the invoice number. A country code becomes the region.

`highradius` (due date, clearing date, amount, terms, currency)
    The invoice date is lost: it is taken as the due date less the days of the customer's terms (15
    where they are unknown). Numbers are lost: HR000001 … in the order of the file. An empty currency
    is USD. Invoices still open at the cut carry no payment.

Due dates are stated in the file, so no calendar moves them. Customers get the country US, where no
Chinese registration code is asked for.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

BANK_ACCOUNT = "EXAMPLE-0001"
TERM_DAYS = {"NAA8": 15, "NAH4": 15, "NAC6": 15, "CA10": 10, "NAM2": 10, "NAM4": 23, "NAGD": 65}
USUAL_DAYS = 15


def read_ibm_ar(invoices: Path) -> pd.DataFrame:
    """Return one row per invoice of the IBM sample, in the common columns."""
    raw = pd.read_csv(invoices, dtype=str)
    return pd.DataFrame(
        {
            "customer_code": raw["customerID"].str.upper(),
            "region": "COUNTRY-" + raw["countryCode"],
            "invoice_no": raw["invoiceNumber"],
            "doc_date": raw["InvoiceDate"],
            "due_date": raw["DueDate"],
            "paid_on": raw["SettledDate"],
            "currency": "USD",
            "amount": raw["InvoiceAmount"],
        }
    )


def read_highradius(
    invoices: Path, open_items: Path | None, customers: Path | None
) -> pd.DataFrame:
    """Return one row per invoice, paid or open, in the common columns."""
    parts = [pd.read_csv(path, dtype=str) for path in (invoices, open_items) if path is not None]
    raw = pd.concat(parts, ignore_index=True)
    terms = raw["terms"]
    if customers is not None:
        usual = pd.read_csv(customers, dtype=str).set_index("customer")["terms"]
        terms = terms.fillna(raw["customer"].map(usual))
    days = terms.map(TERM_DAYS).fillna(USUAL_DAYS).astype(int)
    due = pd.to_datetime(raw["due_date"])
    return pd.DataFrame(
        {
            "customer_code": raw["customer"].str.upper(),
            "region": raw["business_code"].fillna(""),
            "invoice_no": [f"HR{number:06}" for number in range(1, len(raw) + 1)],
            "doc_date": (due - pd.to_timedelta(days, unit="D")).dt.strftime("%Y-%m-%d"),
            "due_date": raw["due_date"],
            "paid_on": raw["clear_date"],
            "currency": raw["currency"].fillna("USD"),
            "amount": raw["amount"],
        }
    )


def write_files(rows: pd.DataFrame, folder: Path) -> dict[str, int]:
    """Write the three files; return how many rows each has."""
    folder.mkdir(parents=True, exist_ok=True)
    amounts = rows["amount"].astype(float).map("{:.2f}".format)
    customers = rows.drop_duplicates("customer_code").sort_values("customer_code")
    files = {
        "customers": pd.DataFrame(
            {
                "customer_code": customers["customer_code"],
                "name": "Customer " + customers["customer_code"],
                "country": "US",
                "kind": "enterprise",
                "roles": "buyer",
                "currency": customers["currency"],
                "language": "en",
                "region": customers["region"],
                "status": "active",
            }
        ),
        "invoices": pd.DataFrame(
            {
                "invoice_no": rows["invoice_no"],
                "doc_type": "INV",
                "customer_code": rows["customer_code"],
                "doc_date": rows["doc_date"],
                "posting_date": rows["doc_date"],
                "due_date": rows["due_date"],
                "currency": rows["currency"],
                "net": amounts,
                "tax": "0.00",
                "gross": amounts,
            }
        ),
    }
    paid = rows["paid_on"].notna()
    files["payments"] = pd.DataFrame(
        {
            "receipt_no": "PAY-" + rows.loc[paid, "invoice_no"],
            "value_date": rows.loc[paid, "paid_on"],
            "posting_date": rows.loc[paid, "paid_on"],
            "currency": rows.loc[paid, "currency"],
            "amount": amounts[paid],
            "customer_code": rows.loc[paid, "customer_code"],
            "bank_account": BANK_ACCOUNT,
            "bank_ref": "TX-" + rows.loc[paid, "invoice_no"],
            "remittance": rows.loc[paid, "invoice_no"],
            "method": "transfer",
        }
    )
    for name, frame in files.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return {name: len(frame) for name, frame in files.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("source", choices=["ibm_ar", "highradius"])
    parser.add_argument("invoices", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--open-items", type=Path, help="highradius: invoices open at the cut")
    parser.add_argument("--customers", type=Path, help="highradius: usual terms per customer")
    options = parser.parse_args()
    if options.source == "ibm_ar":
        rows = read_ibm_ar(options.invoices)
    else:
        rows = read_highradius(options.invoices, options.open_items, options.customers)
    for name, count in write_files(rows, options.folder).items():
        sys.stdout.write(f"{options.folder / name}.csv: {count} rows\n")


if __name__ == "__main__":
    main()
