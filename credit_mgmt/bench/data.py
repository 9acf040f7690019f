"""A benchmark book of any size out of a seed, in the schema that `staging` reads.

Simpler than a real book, but with what costs time in one: few large customers, late and partial
payments that settle several invoices, credit notes netted or not, disputes, money on account.
"""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

END = date(2026, 6, 30)
AS_OF = date(2026, 5, 31)  # a month of later payments must be left out
DAYS = 730
TERMS = np.array([0, 14, 30, 45, 60, 90])
TERM_SHARES = (0.05, 0.15, 0.45, 0.15, 0.15, 0.05)
EPOCH = date(1970, 1, 1)
SEGMENTS = np.array(["industry", "trade", "services", "public", "construction"])


def write_data_set(folder: Path, *, docs: int, seed: int = 1) -> None:
    """Write the five CSV files of a book with `docs` documents and docs/50 customers."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    customers = _customers(rng, max(100, docs // 50))
    invoices = _invoices(rng, docs, customers)
    allocations = _netted(rng, invoices)
    payments, paid = _payments(rng, invoices, customers, allocations)
    allocations = pd.concat([allocations, paid]).sort_values(["on", "doc"], kind="stable")
    _settle(invoices, allocations)
    _write(folder, customers, invoices, payments, allocations, _orders(rng, docs, customers))


def _last_day() -> int:
    return (END - EPOCH).days


def _customers(rng: np.random.Generator, count: int) -> pd.DataFrame:
    weight = np.minimum((1 - rng.random(count)) ** (-1 / 1.16), max(20.0, count * 0.05))
    return pd.DataFrame(
        {
            "customer_id": np.arange(1, count + 1),
            "terms": rng.choice(TERMS, count, p=TERM_SHARES),
            "late": rng.choice([-2.0, 4.0, 12.0, 25.0, 45.0], count, p=(0.35, 0.3, 0.2, 0.1, 0.05)),
            "ticket": np.exp(rng.normal(0, 0.7, count)),
            "run_day": rng.integers(0, 7, count),
            "blocked": rng.random(count) < 0.02,
            "share": weight / weight.sum(),
        }
    )


def _invoices(rng: np.random.Generator, docs: int, customers: pd.DataFrame) -> pd.DataFrame:
    who = rng.choice(len(customers), docs, p=customers["share"])
    issued = np.sort(_last_day() - DAYS + (rng.random(docs) * (DAYS + 1)).astype(np.int64))
    is_note = rng.random(docs) < 0.04
    size = np.exp(rng.normal(6.3, 1.15, docs)) * customers["ticket"].to_numpy()[who] * 100
    gross = np.maximum(500, np.rint(np.where(is_note, size / 4, size))).astype(np.int64)
    due = np.where(is_note, issued, issued + customers["terms"].to_numpy()[who])
    return pd.DataFrame(
        {
            "who": who,
            "issued": issued,
            "due": due,
            "is_note": is_note,
            "cents": np.where(is_note, -gross, gross),
            "disputed": (rng.random(docs) < 0.015) & ~is_note,
        }
    )


def _netted(rng: np.random.Generator, invoices: pd.DataFrame) -> pd.DataFrame:
    """Net two thirds of the credit notes with the customer's invoice before them."""
    order = np.lexsort((np.arange(len(invoices)), invoices["who"]))
    note, before = order[1:], order[:-1]
    who, is_note = invoices["who"].to_numpy(), invoices["is_note"].to_numpy()
    cents, issued = invoices["cents"].to_numpy(), invoices["issued"].to_numpy()
    fits = is_note[note] & ~is_note[before] & (who[note] == who[before])
    fits &= (rng.random(len(note)) < 0.66) & (issued[note] + 3 <= _last_day())
    note, before = note[fits], before[fits]
    amount = np.minimum(-cents[note], cents[before])
    on = issued[note] + 3
    pair = {"payment": 0, "note": np.r_[note, note] + 1, "on": np.r_[on, on]}
    return pd.DataFrame(pair | {"doc": np.r_[before, note], "cents": np.r_[amount, -amount]})


def _payments(
    rng: np.random.Generator,
    invoices: pd.DataFrame,
    customers: pd.DataFrame,
    netted: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let customers pay on their weekly run; one payment settles all parts of one day."""
    docs = len(invoices)
    who = invoices["who"].to_numpy()
    left = invoices["cents"].to_numpy(copy=True)
    on_invoice = netted[netted["cents"] > 0]
    np.subtract.at(left, on_invoice["doc"].to_numpy(), on_invoice["cents"].to_numpy())
    late = customers["late"].to_numpy()[who] + rng.exponential(12, docs)
    late += np.where(invoices["disputed"], 60, 0)
    day = np.maximum(invoices["issued"] + 1, invoices["due"] + np.rint(late)).to_numpy(np.int64)
    day += (customers["run_day"].to_numpy()[who] - day) % 7
    pays = (left > 0) & ~invoices["is_note"].to_numpy() & (rng.random(docs) > 0.012)
    share = np.where(rng.random(docs) < 0.1, 0.3 + 0.5 * rng.random(docs), 1.0)
    first = np.maximum(1, (left * share).astype(np.int64))
    again = day + 7 * rng.integers(3, 11, docs)
    pays_rest = pays & (first < left) & (rng.random(docs) < 0.75)
    parts = pd.DataFrame(
        {
            "doc": np.r_[np.flatnonzero(pays), np.flatnonzero(pays_rest)],
            "on": np.r_[day[pays], again[pays_rest]],
            "cents": np.r_[first[pays], (left - first)[pays_rest]],
        }
    )
    parts = parts[parts["on"] <= _last_day()]
    parts["who"] = who[parts["doc"]]
    groups = parts.groupby(["on", "who"], sort=True)
    parts["payment"] = groups.ngroup() + 1
    sums = groups["cents"].sum().reset_index()
    extra = np.where(rng.random(len(sums)) < 0.01, rng.integers(100, 50_000, len(sums)), 0)
    sums["extra"] = extra
    return sums, parts.drop(columns="who").assign(note=0)


def _settle(invoices: pd.DataFrame, allocations: pd.DataFrame) -> None:
    by_doc = allocations.groupby("doc")
    settled = by_doc["cents"].sum().reindex(range(len(invoices)), fill_value=0).to_numpy()
    last = by_doc["on"].max().reindex(range(len(invoices)), fill_value=0).to_numpy()
    invoices["open"] = invoices["cents"].to_numpy() - settled
    invoices["closed"] = np.where(invoices["open"] == 0, last, -1)
    overdue = _last_day() - 14 - invoices["due"]
    late = (invoices["open"] > 0) & ~invoices["disputed"]
    level = np.select([overdue >= 45, overdue >= 24, overdue >= 10], [3, 2, 1], 0)
    invoices["level"] = np.where(late & (np.arange(len(invoices)) % 5 > 0), level, 0)


def _orders(rng: np.random.Generator, docs: int, customers: pd.DataFrame) -> pd.DataFrame:
    count = max(100, docs // 10)
    who = rng.choice(len(customers), count, p=customers["share"])
    states = ("open", "delivered", "invoiced", "cancelled")
    return pd.DataFrame(
        {
            "order_id": np.arange(1, count + 1),
            "customer_id": who + 1,
            "ordered_on": _iso(_last_day() - np.sort(rng.integers(0, 60, count))[::-1]),
            "amount_cents": np.rint(np.exp(rng.normal(6.3, 1.15, count)) * 100).astype(np.int64),
            "status": rng.choice(states, count, p=(0.45, 0.2, 0.3, 0.05)),
        }
    )


def _iso(days: "np.ndarray | pd.Series") -> np.ndarray:
    """Return ISO dates; a negative number of days is empty."""
    numbers = np.asarray(days, dtype=np.int64)
    texts = np.datetime_as_string(numbers.astype("datetime64[D]"))
    return np.where(numbers < 0, "", texts)


def _numbered(prefix: str, count: int, width: int) -> list[str]:
    return [f"{prefix}{n:0{width}d}" for n in range(1, count + 1)]


def _write(
    folder: Path,
    customers: pd.DataFrame,
    invoices: pd.DataFrame,
    payments: pd.DataFrame,
    allocations: pd.DataFrame,
    orders: pd.DataFrame,
) -> None:
    count, docs = len(customers), len(invoices)
    monthly = np.bincount(invoices["who"], np.maximum(invoices["cents"], 0), minlength=count) / (
        DAYS / 30.4
    )
    limit = np.ceil(np.maximum(monthly * 2.5, 100_000) / 50_000).astype(np.int64) * 50_000
    pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "code": _numbered("C", count, 7),
            "name": _numbered("Customer ", count, 7),
            "country": "DE",
            "segment": SEGMENTS[np.arange(count) % len(SEGMENTS)],
            "terms_days": customers["terms"],
            "risk_class": "B",
            "credit_limit_cents": limit,
            "dunning_blocked": customers["blocked"].map({True: "true", False: "false"}),
            "created_on": "2020-01-01",
        }
    ).to_csv(folder / "customers.csv", index=False)
    pd.DataFrame(
        {
            "invoice_id": np.arange(1, docs + 1),
            "number": _numbered("INV", docs, 9),
            "customer_id": invoices["who"] + 1,
            "kind": np.where(invoices["is_note"], "credit_note", "invoice"),
            "issue_date": _iso(invoices["issued"]),
            "due_date": _iso(invoices["due"]),
            "amount_cents": invoices["cents"],
            "currency": "EUR",
            "disputed": np.where(invoices["disputed"], "true", "false"),
            "dunning_level": invoices["level"],
            "closed_on": _iso(invoices["closed"]),
            "open_cents": invoices["open"],
        }
    ).to_csv(folder / "invoices.csv", index=False)
    pd.DataFrame(
        {
            "payment_id": np.arange(1, len(payments) + 1),
            "customer_id": payments["who"] + 1,
            "paid_on": _iso(payments["on"]),
            "amount_cents": payments["cents"] + payments["extra"],
            "unapplied_cents": payments["extra"],
            "method": "transfer",
        }
    ).to_csv(folder / "payments.csv", index=False)
    pd.DataFrame(
        {
            "allocation_id": np.arange(1, len(allocations) + 1),
            "payment_id": allocations["payment"].replace(0, pd.NA),
            "credit_note_id": allocations["note"].replace(0, pd.NA),
            "invoice_id": allocations["doc"] + 1,
            "allocated_on": _iso(allocations["on"]),
            "amount_cents": allocations["cents"],
        }
    ).to_csv(folder / "allocations.csv", index=False)
    orders.to_csv(folder / "orders.csv", index=False)
