# ruff: noqa: S608 - the text is made of constants of this module; every value is a bound parameter
"""The statements that ratings of a day read, set-wise: this year's, last year's, in one unit.

Which statement counts: of each period the newest version that had arrived by the day; it covers six
months or more, and either adds up or was accepted in spite of its findings by then. The latest such
period; of the same day the customer's own accounts come before the group's, a year before an interim.

Last year's statement ended 11 to 13 months before (or where this period began): the same currency and
accounts first, then the same kind of period, then a full year. Interim flows become trailing twelve
months where last year's two statements are there (E6).
"""

import io
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection

from common.bulk import fetch_dicts
from scoring.domain.statements.items import DERIVED_ITEMS
from scoring.domain.statements.periods import MIN_MONTHS_TO_ANNUALISE, annualise
from scoring.domain.statements.statements import Statement
from scoring.domain.statements.years import rescale
from scoring.domain.vectorised import ITEM_COLUMNS, PRIOR, PRIOR_COLUMNS

ALL_ITEMS: tuple[str, ...] = tuple(dict.fromkeys((*ITEM_COLUMNS, *PRIOR_COLUMNS)))
_PLACE = {name: place for place, name in enumerate(ALL_ITEMS)}
_NOW = [_PLACE[name] for name in ITEM_COLUMNS]
_PRIOR = [_PLACE[name] for name in PRIOR_COLUMNS]

Record = dict[str, Any]

_USABLE = """
    versions as (
        select distinct on (customer_id, period_end, kind, consolidated)
            id, customer_id, period_end, months, kind, form, consolidated, opinion, currency, unit,
            complete, non_comparable, source, doubtful, accepted_by_id, accepted_on, version,
            extract(year from period_end) * 12 + extract(month from period_end) as month_no
        from scoring_statement
        where period_end <= %(as_of)s and coalesce(received_on, period_end) <= %(as_of)s
            and customer_id = any(%(ids)s)
        order by customer_id, period_end, kind, consolidated, version desc
    ), usable as (
        select * from versions where not doubtful
            or (accepted_by_id is not null and coalesce(accepted_on, %(as_of)s) <= %(as_of)s)
    )
"""

HEADERS = f"""
    with {_USABLE}, now as (
        select distinct on (customer_id) * from usable where months >= %(months)s
        order by customer_id, period_end desc, consolidated, months <> 12, version desc, id desc
    ), prior as (
        select distinct on (n.customer_id) n.customer_id as of_customer, u.*
        from now n join usable u on u.customer_id = n.customer_id and u.id <> n.id
            and (n.month_no - u.month_no between 11 and 13 or n.month_no - u.month_no = n.months)
        order by n.customer_id, (n.month_no - u.month_no between 11 and 13) desc,
            (u.currency, u.consolidated) is distinct from (n.currency, n.consolidated),
            u.months <> n.months, u.months <> 12, u.period_end desc, u.id desc
    )
    select n.customer_id, n.id, n.period_end, n.months, n.form, n.consolidated, n.opinion,
        n.currency, n.unit, n.complete, n.non_comparable, n.source, n.doubtful, n.accepted_by_id,
        p.id as prior_id, p.months as prior_months, p.form as prior_form, p.unit as prior_unit,
        p.complete as prior_complete, p.doubtful as prior_doubtful,
        p.currency as prior_currency, p.consolidated as prior_consolidated
    from now n left join prior p on p.of_customer = n.customer_id
    order by n.customer_id
"""

_INTERIMS = f"""
    with {_USABLE}
    select distinct on (s.id) s.id, s.unit, s.form, s.months,
        y.id as year_id, y.unit as year_unit, y.form as year_form,
        i.id as interim_id, i.unit as interim_unit, i.form as interim_form
    from usable s
    join usable i on i.customer_id = s.customer_id and i.months = s.months
        and s.month_no - i.month_no = 12
    join usable y on y.customer_id = s.customer_id and y.months = 12
        and s.month_no - y.month_no = s.months
    where s.id = any(%(interims)s)
        and (i.currency, i.consolidated) = (s.currency, s.consolidated)
        and (y.currency, y.consolidated) = (s.currency, s.consolidated)
    order by s.id, y.period_end desc, i.period_end desc, y.version desc, i.version desc
"""


def gather_statements(customer_ids: Collection[int], *, as_of: date) -> pd.DataFrame:
    """Return this and last year's figures of some customers, by customer id.

    Three statements, five where interim ones count. Columns: those that `vectorised.Books` reads, in
    this year's unit, and of what they were made: `statement_id`, `prior_id`, `rolled_from` (ids),
    `period_end`, `currency`, `unit`, `opinion`, `source`, `form`, `accepted_by_id`.
    A customer without a usable statement has no row.
    """
    params = {"as_of": as_of, "months": MIN_MONTHS_TO_ANNUALISE, "ids": list(customer_ids)}
    records = fetch_dicts(HEADERS, params)
    amounts = _read_amounts(
        {r["id"] for r in records}, {r["prior_id"] for r in records if r["prior_id"]}
    )
    rolled = _roll(records, params)
    index = pd.Index([r["customer_id"] for r in records], name="customer_id")
    now = amounts.take([r["id"] for r in records])
    prior = amounts.take([r["prior_id"] for r in records])
    _put_rolled(records, now, prior, rolled)
    scale = np.array([_scale(r) for r in records], dtype=np.float64).reshape(-1, 1)
    return pd.concat(
        [
            pd.DataFrame(now[:, _NOW], index=index, columns=list(ITEM_COLUMNS)),
            pd.DataFrame(
                prior[:, _PRIOR] * scale,
                index=index,
                columns=[PRIOR + name for name in PRIOR_COLUMNS],
            ),
            _headers(records, rolled, index),
        ],
        axis=1,
    )


def _headers(records: list[Record], rolled: Mapping[int, Any], index: pd.Index) -> pd.DataFrame:
    def column(values: Iterable[Any], dtype: Any = object) -> pd.Series:
        return pd.Series(list(values), index=index, dtype=dtype)

    def months(key: str, given: str) -> pd.Series:
        return column((12 if r[key] in rolled else r[given] for r in records), np.float64)

    return pd.DataFrame(
        {
            "statement_id": column(r["id"] for r in records),
            "prior_id": column(r["prior_id"] for r in records),
            "rolled_from": column(_name_rolled(r, rolled) for r in records),
            "accepted_by_id": column(r["accepted_by_id"] for r in records),
            "period_end": column(r["period_end"] for r in records),
            "currency": column(r["currency"] for r in records),
            "opinion": column(r["opinion"] for r in records),
            "source": column(r["source"] for r in records),
            "unit": column((r["unit"] for r in records), np.float64),
            "months": months("id", "months"),
            # A doubtful statement does not tie out, so its blanks mean nothing (N5).
            "is_complete": column((r["complete"] and not r["doubtful"] for r in records), bool),
            "is_condensed": column((r["form"] == "CONDENSED" for r in records), bool),
            "is_non_comparable": column((_is_unlike(r) for r in records), bool),
            "prior_exists": column((r["prior_id"] is not None for r in records), bool),
            "prior_months": months("prior_id", "prior_months"),
            "prior_is_complete": column(
                (bool(r["prior_complete"]) and not r["prior_doubtful"] for r in records), bool
            ),
            "prior_is_condensed": column((r["prior_form"] == "CONDENSED" for r in records), bool),
        },
        index=index,
    )


def _is_unlike(record: Record) -> bool:
    """Tell whether the two years may not be compared (E5): marked so, another currency or scope."""
    if record["non_comparable"]:
        return True
    if record["prior_id"] is None:
        return False
    return bool(
        record["prior_currency"] != record["currency"]
        or record["prior_consolidated"] != record["consolidated"]
    )


def _scale(record: Record) -> float:
    return 1.0 if record["prior_id"] is None else record["prior_unit"] / record["unit"]


class _Amounts:
    """Amounts of many statements: a row each, a column per item; the last row has none."""

    def __init__(self, statement_ids: Collection[int]) -> None:
        self._ids = pd.Index(sorted(statement_ids), dtype=np.int64)
        self.table = np.full((len(self._ids) + 1, len(ALL_ITEMS)), np.nan)

    def put(self, statement_ids: Any, places: Any, amounts: Any) -> None:
        """Enter amounts given as three columns."""
        self.table[self._ids.get_indexer(pd.Index(statement_ids)), places] = amounts

    def take(self, statement_ids: list[int | None]) -> Any:
        """Return a copy of the rows of some statements, NaN for None."""
        wanted = pd.Index([-1 if n is None else n for n in statement_ids], dtype=np.int64)
        return self.table[self._ids.get_indexer(wanted)]


def _read_amounts(now: set[int], prior: set[int]) -> _Amounts:
    """Read the lines of both years through COPY: numbers only, an item is its place."""
    amounts = _Amounts(now | prior)
    for ids, items in ((now, ITEM_COLUMNS), (prior - now, PRIOR_COLUMNS)):
        if not ids:
            continue
        buffer = io.BytesIO()
        with connection.cursor() as cursor, connection.wrap_database_errors:
            statement = cursor.cursor.mogrify(  # type: ignore[attr-defined]
                "select l.statement_id, i.place, l.amount from scoring_statementline l"
                " join unnest(%s::text[], %s::int[]) i(item, place) on i.item = l.item"
                " where l.statement_id = any(%s)",
                [list(items), [_PLACE[name] for name in items], sorted(ids)],
            ).decode()
            cursor.cursor.copy_expert(  # type: ignore[attr-defined]
                f"copy ({statement}) to stdout with (format csv)", buffer
            )
        buffer.seek(0)
        lines = pd.read_csv(
            buffer,
            names=["statement_id", "place", "amount"],
            dtype={"statement_id": np.int64, "place": np.int16, "amount": np.float64},
        )
        amounts.put(lines["statement_id"], lines["place"].to_numpy(), lines["amount"].to_numpy())
    return amounts


# --- trailing twelve months (E6) -----------------------------------------------------------------


def _roll(records: list[Record], params: Mapping[str, Any]) -> dict[int, tuple[Record, Any]]:
    """Return, by id, the interim statements whose flows become trailing twelve months, and those."""
    interims = [r["id"] for r in records if r["months"] < 12]
    interims += [r["prior_id"] for r in records if r["prior_id"] and r["prior_months"] < 12]
    if not interims:
        return {}
    found = fetch_dicts(_INTERIMS, {**params, "interims": interims})
    lines = _read_lines([r[key] for r in found for key in ("id", "year_id", "interim_id")])
    rolled = {}
    for row in found:
        now = _statement(lines[row["id"]], row["form"], row["months"])
        year = _statement(lines[row["year_id"]], row["year_form"], 12)
        before = _statement(lines[row["interim_id"]], row["interim_form"], row["months"])
        result = annualise(
            now,
            prior_year=rescale(year, Decimal(row["year_unit"]) / row["unit"]),
            prior_interim=rescale(before, Decimal(row["interim_unit"]) / row["unit"]),
        )
        rolled[row["id"]] = (row, result.items)
    return rolled


def _put_rolled(
    records: list[Record], now: Any, prior: Any, rolled: Mapping[int, tuple[Record, Any]]
) -> None:
    for place, record in enumerate(records):
        for table, key in ((now, "id"), (prior, "prior_id")):
            if record[key] in rolled:
                items = rolled[record[key]][1]
                table[place] = [
                    float(items[name]) if name in items else np.nan for name in ALL_ITEMS
                ]


def _name_rolled(record: Record, rolled: Mapping[int, tuple[Record, Any]]) -> str | None:
    """Name the statements that flows were rolled with: year+interim, and those of last year."""
    names = [
        f"{rolled[record[key]][0]['year_id']}+{rolled[record[key]][0]['interim_id']}"
        for key in ("id", "prior_id")
        if record[key] in rolled
    ]
    return "+".join(names) or None


def _statement(lines: Mapping[str, Decimal], form: str, months: int) -> Statement:
    is_condensed = form == "CONDENSED"
    stated = {n: a for n, a in lines.items() if is_condensed or n not in DERIVED_ITEMS}
    return Statement(stated, months=months, is_condensed=is_condensed)


def _read_lines(statement_ids: Collection[int]) -> dict[int, dict[str, Decimal]]:
    rows = fetch_dicts(
        "select statement_id, item, amount from scoring_statementline"
        " where statement_id = any(%(ids)s) and item = any(%(items)s)",
        {"ids": list(statement_ids), "items": list(ALL_ITEMS)},
    )
    lines: dict[int, dict[str, Decimal]] = {number: {} for number in statement_ids}
    for row in rows:
        lines[row["statement_id"]][row["item"]] = row["amount"]
    return lines
