"""Bring the files of a benchmark data set into temporary tables, as they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.db import DataError, connection

from common.errors import InvalidInput

# Columns of the data set's schema, version 1; money is in whole cents.
TABLES: dict[str, tuple[str, ...]] = {
    "customers": (
        "customer_id bigint", "code text", "name text", "country text", "segment text",
        "terms_days int", "risk_class text", "credit_limit_cents bigint", "dunning_blocked bool",
        "created_on date",
    ),
    "invoices": (
        "invoice_id bigint", "number text", "customer_id bigint", "kind text", "issue_date date",
        "due_date date", "amount_cents bigint", "currency text", "disputed bool",
        "dunning_level int", "closed_on date", "open_cents bigint",
    ),
    "payments": (
        "payment_id bigint", "customer_id bigint", "paid_on date", "amount_cents bigint",
        "unapplied_cents bigint", "method text",
    ),
    "allocations": (
        "allocation_id bigint", "payment_id bigint", "credit_note_id bigint", "invoice_id bigint",
        "allocated_on date", "amount_cents bigint",
    ),
    "orders": (
        "order_id bigint", "customer_id bigint", "ordered_on date", "amount_cents bigint",
        "status text",
    ),
}  # fmt: skip


class BadDataSet(InvalidInput):
    """The folder does not hold a data set of the known schema."""

    code = "BAD_DATA_SET"


def stage_folder(folder: Path) -> dict[str, int]:
    """Copy every table of the folder into `stage_<table>`; return the rows of each.

    CSV is preferred; Parquet needs the package pyarrow. Raises BadDataSet.
    """
    counts = {}
    for table, columns in TABLES.items():
        with connection.cursor() as cursor:
            cursor.execute(f"create temp table stage_{table} ({', '.join(columns)}) on commit drop")
        with _open(folder, table) as stream:
            header = stream.readline().decode("utf-8-sig").strip().replace('"', "").split(",")
            known = [column.split()[0] for column in columns]
            if sorted(header) != sorted(known):
                missing = ", ".join(sorted(set(known) ^ set(header)))
                raise BadDataSet(f"{table}: the columns differ: {missing}", field=table)
            _copy(table, header, stream)
        with connection.cursor() as cursor:
            cursor.execute(f"analyze stage_{table}")
            cursor.execute(f"select count(*) from stage_{table}")  # noqa: S608 - our names
            counts[table] = cursor.fetchone()[0]
    return counts


def _copy(table: str, header: list[str], stream: IO[bytes]) -> None:
    try:
        with connection.wrap_database_errors, connection.cursor() as cursor:
            cursor.cursor.copy_expert(
                f"copy stage_{table} ({', '.join(header)}) from stdin (format csv)",
                stream,
                size=1 << 20,
            )
    except DataError as error:
        raise BadDataSet(" ".join(str(error).split()), field=table) from error


@contextmanager
def _open(folder: Path, table: str) -> Iterator[IO[bytes]]:
    path = folder / f"{table}.csv"
    if path.exists():
        with path.open("rb") as stream:
            yield stream
        return
    parquet = folder / f"{table}.parquet"
    if not parquet.exists():
        raise BadDataSet(f"{folder} has neither {table}.csv nor {table}.parquet", field=table)
    with _read_parquet(parquet) as stream:
        yield stream


@contextmanager
def _read_parquet(path: Path) -> Iterator[IO[bytes]]:
    import io

    try:
        parquet: Any = __import__("pyarrow.parquet", fromlist=["parquet"])
        csv: Any = __import__("pyarrow.csv", fromlist=["csv"])
    except ImportError:
        raise BadDataSet(
            f"{path.name}: reading Parquet needs the package pyarrow; write CSV instead",
            field=path.stem,
        ) from None
    buffer = io.BytesIO()
    csv.write_csv(parquet.read_table(path), buffer)
    buffer.seek(0)
    yield buffer
