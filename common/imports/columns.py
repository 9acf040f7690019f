"""Rows by the hundred thousand: columns of text in, one COPY per table out."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

NULL = "\\N"
MANY = 1_000
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def copy_columns(
    table: str, columns: Mapping[str, Sequence[Any]], *, size: int, free_text: Iterable[str] = ()
) -> None:
    """Append `size` rows to `table` in the present transaction, given column by column.

    A value is whatever `str()` writes as PostgreSQL reads it; None is NULL. Only the columns named
    in `free_text` may hold tabs, line breaks or backslashes: looking for them costs time.
    """
    if not size:
        return
    loose = set(free_text)
    texts = [
        _as_text(values, size=size, may_need_escape=name in loose)
        for name, values in columns.items()
    ]
    lines = map("\t".join, zip(*texts, strict=True))
    names = ", ".join(f'"{name}"' for name in columns)
    stream = io.StringIO("\n".join(lines) + "\n")
    with connection.cursor() as cursor:
        with connection.wrap_database_errors:
            cursor.cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', stream, size=1 << 18)
        if size >= MANY:
            _tell_planner(cursor, table, size)


def _tell_planner(cursor: Any, table: str, size: int) -> None:
    """Let the planner know of rows that make most of the table.

    A table that was empty, or whose last import was rolled back, is taken for one of a single row;
    the statements that follow in the same transaction would then be planned as nested loops.
    """
    cursor.execute("select reltuples from pg_class where oid = %s::regclass", [table])
    if cursor.fetchone()[0] < size:
        cursor.execute(f'ANALYZE "{table}"')


class Same(Sequence[Any]):
    """A column that holds one value in every row."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: Any) -> Any:
        return self.value


def _as_text(values: Sequence[Any], *, size: int, may_need_escape: bool) -> Sequence[str]:
    if isinstance(values, Same):
        text = NULL if values.value is None else str(values.value)
        return [text] * size
    texts = write_texts(values, null=NULL)
    if may_need_escape and _SPECIAL.search("".join(texts).replace(NULL, "")):
        texts = [
            text if value is None else _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)
            for text, value in zip(texts, values, strict=True)
        ]
    return texts


def write_texts(values: Sequence[Any], *, null: str) -> list[str]:
    """Return each value as text, None as `null`; a column of one type is written in one go."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return list(values)
    if date in kinds and kinds <= {date, type(None)}:
        # A column of days repeats few of them.
        days = {day: null if day is None else day.isoformat() for day in set(values)}
        return [days[day] for day in values]
    if type(None) in kinds:
        return [null if value is None else str(value) for value in values]
    return list(map(str, values))
