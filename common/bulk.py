"""COPY: the way of many rows. Nothing else here is as fast, and it keeps every constraint."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Append `rows` to `table` through COPY in the present transaction; return how many.

    None becomes NULL. Values are given as text to PostgreSQL, which parses and checks them.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    count = 0
    for row in rows:
        writer.writerow([NULL if value is None else value for value in row])
        count += 1
    buffer.seek(0)
    copy_stream(table, columns, buffer)
    return count


NULL = "\\N"


def copy_stream(table: str, columns: Sequence[str], stream: io.TextIOBase | io.StringIO) -> None:
    """Append ready-made CSV text (NULL written as \\N) to `table` through COPY."""
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.cursor.copy_expert(  # type: ignore[attr-defined]
            f"COPY \"{table}\" ({names}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}')", stream
        )


def reserve_ids(table: str, count: int) -> range:
    """Take `count` consecutive ids out of the table's sequence and return them.

    Two callers never get the same id: the sequence is advanced under its own lock.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_serial_sequence(%s, 'id')", [table])
        sequence = cursor.fetchone()[0]
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [sequence])
        cursor.execute("select nextval(%s)", [sequence])
        first = cursor.fetchone()[0]
        if count > 1:
            cursor.execute("select setval(%s, %s, true)", [sequence, first + count - 1])
    return range(first, first + count)


def fetch_rows(sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement and return all its rows as tuples."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def fetch_dicts(sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
    """Run one statement and return all its rows, each a dict by column name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
