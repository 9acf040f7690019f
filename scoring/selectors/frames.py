"""Answers of statements as columns, and what currencies are worth: for reads of a whole portfolio."""

import io
from datetime import date
from typing import Any

import pandas as pd
from django.db import connection

from common.bulk import fetch_rows

RATES_IN = "CNY"


def read_frame(sql: str, params: dict[str, Any], dtypes: dict[str, Any]) -> pd.DataFrame:
    """Read a statement's answer into columns through COPY: a tenth of the time and memory of rows."""
    buffer = io.BytesIO()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        statement = cursor.cursor.mogrify(sql, params).decode()  # type: ignore[attr-defined]
        cursor.cursor.copy_expert(  # type: ignore[attr-defined]
            f"copy ({statement}) to stdout with (format csv)", buffer
        )
    buffer.seek(0)
    return pd.read_csv(buffer, names=list(dtypes), dtype=dtypes)


def read_factors(as_of: date, base: str = RATES_IN) -> dict[str, float]:
    """Return what one unit of each currency is worth in `base` on a day; unknown ones are absent."""
    rows = fetch_rows(
        "select distinct on (code) code, value from common_rate"
        " where kind = 'fx' and valid_from <= %s order by code, valid_from desc",
        [as_of],
    )
    worth = {code: float(value) for code, value in rows} | {RATES_IN: 1.0}
    unit = worth.get(base)
    if not unit:
        return {base: 1.0}
    return {code: value / unit for code, value in worth.items()}
