"""A RATING policy as the tables that people read and fill in: sections, tables, rows and cells.

Every figure of a body has a cell with a dotted path, as ``policy_rules`` names it in a breach; page,
form and comparison all walk over these cells. The levels of prices by year are laid out as pairs, so
that a year can be added; ``open_body`` and ``close_body`` go there and back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from scoring.domain.limits.limit_policy import BY_GRADE, read_limit_policy
from scoring.domain.limits.limits import DEFAULT_WEIGHTS, CapacityRule
from scoring.domain.models import bathory, characteristics
from scoring.domain.models.five_c import PARTS
from scoring.domain.rating.composite import COMPONENTS
from scoring.domain.rating.financial import DEFAULT_POLICY as FINANCIAL
from scoring.domain.rating.policy_body import (
    Body,
    read_scoring_policy,
    read_weight_set,
    write_policy_body,
)
from scoring.domain.rating.policy_rules import LIMIT_FIGURES
from scoring.domain.rating.scoring_policy import DEFAULT_POLICY
from scoring.domain.results import HUNDRED, ZERO

WEIGHT, VALUE = "weight", "value"
BENCHMARK = (WEIGHT, "worse", "median", "better")
STANDARD = ("score", "standard", "best", "maximum", "minimum")
# What may stay blank: the house then sets no bound.
OPTIONAL = frozenset(f"limit.{name}" for name in LIMIT_FIGURES)
SPARE_ROWS = 2


@dataclass(frozen=True)
class Cell:
    """One figure or choice: where it stands in the body, and what may be chosen."""

    path: str
    choices: tuple[str, ...] = ()

    @property
    def is_optional(self) -> bool:
        return self.path in OPTIONAL


@dataclass(frozen=True)
class Row:
    """One row of a table: what it is about, and its cells in the order of the columns."""

    code: str
    cells: tuple[Cell, ...]
    is_spare: bool = False


@dataclass(frozen=True)
class Table:
    """One table; in the columns of ``adds_up`` the figures must sum to 100.

    ``grows`` marks lists of points (knots of a curve, levels by year) whose rows come and go.
    """

    code: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    adds_up: tuple[str, ...] = ()
    grows: bool = False

    @property
    def first_is_weight(self) -> bool:
        return self.columns[0] == WEIGHT

    def list_column(self, name: str) -> list[Cell]:
        place = self.columns.index(name)
        return [row.cells[place] for row in self.rows]


@dataclass(frozen=True)
class Section:
    """What belongs together on the page."""

    code: str
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Change:
    """One cell whose figure differs; ``None`` where it was not or is no longer there."""

    section: str
    table: str
    row: str
    column: str
    before: Any
    after: Any


def complete_body(body: Mapping[str, Any]) -> Body:
    """Write every section out; what a version does not say is the house default it stood for.

    >>> body = complete_body({"components": {"financial": 60, "behaviour": 40}})
    >>> body["components"]["external"], body["pd"]
    (0, {'k': 1})
    """
    limit = body.get("limit")
    return write_policy_body(
        read_scoring_policy(body),
        weight_set=read_weight_set(body),
        limit=read_limit_policy(limit if isinstance(limit, Mapping) else {}),
    )


def open_body(body: Mapping[str, Any]) -> Body:
    """Turn the levels of prices by year into pairs that can be filled in.

    >>> open_body({"ohlson": {"price_index": {"2024": 675, "2020": 600}}})["ohlson"]
    {'price_index': [[2020, 600], [2024, 675]]}
    """
    opened = deepcopy(dict(body))
    levels = opened["ohlson"]["price_index"]
    opened["ohlson"] = {"price_index": [[int(year), levels[year]] for year in sorted(levels)]}
    return opened


def close_body(opened: Mapping[str, Any]) -> Body:
    """Undo ``open_body``; of a year that is given twice the last level holds.

    >>> close_body({"ohlson": {"price_index": [[2020, "600.5"]]}})["ohlson"]
    {'price_index': {'2020': '600.5'}}
    """
    body = deepcopy(dict(opened))
    pairs = body["ohlson"]["price_index"]
    body["ohlson"] = {"price_index": {str(year): level for year, level in pairs}}
    return body


def lay_out(opened: Mapping[str, Any], *, spare: int = 0) -> tuple[Section, ...]:
    """Lay an opened, complete body out; ``spare`` empty rows follow each list of points.

    >>> sections = lay_out(open_body(write_policy_body()))
    >>> [section.code for section in sections][:3], len(list(list_cells(sections)))
    (['components', 'financial_models', 'curves'], 265)
    """
    behaviour, traits = opened["behaviour"], opened["characteristics"]
    return (
        Section("components", (_weights("components", opened["components"], COMPONENTS),)),
        Section(
            "financial_models",
            (
                _weights("financial_models", opened["financial_models"], FINANCIAL.weights),
                _figures("financial", ("min_weight",)),
            ),
        ),
        Section(
            "curves",
            tuple(
                _points(f"curves.{name}", knots, ("x", "points"), spare)
                for name, knots in opened["curves"].items()
            ),
        ),
        Section("five_c", (_weights("five_c", opened["five_c"], PARTS),)),
        Section(
            "behaviour",
            (
                _weights(
                    "behaviour.weights", behaviour["weights"], DEFAULT_POLICY.behaviour.weights
                ),
                _figures(
                    "behaviour",
                    ("behaviour.prior.n", "behaviour.prior.mean", "behaviour.grace_days"),
                ),
            ),
        ),
        Section(
            "risk_index",
            (
                _records(
                    "risk_index.indicators", opened["risk_index"]["indicators"], BENCHMARK, WEIGHT
                ),
                _figures("risk_index", ("risk_index.mean_pd",)),
            ),
        ),
        Section(
            "wall_modern", (_records("wall_modern", opened["wall_modern"], STANDARD, "score"),)
        ),
        Section(
            "other_models",
            (
                _figures(
                    "other_models",
                    ("altman.x5_coefficient", "working_assets.offset", "bathory.variant"),
                    {"bathory.variant": (bathory.GCF, bathory.EBITDA)},
                ),
                _points(
                    "ohlson.price_index", opened["ohlson"]["price_index"], ("year", "level"), spare
                ),
            ),
        ),
        Section(
            "characteristics",
            (
                _figures(
                    "characteristics",
                    ("characteristics.weight_set", "characteristics.multiplier"),
                    {
                        "characteristics.weight_set": tuple(traits["weight_sets"]),
                        "characteristics.multiplier": (
                            characteristics.CONTINUOUS,
                            characteristics.STEP,
                        ),
                    },
                ),
                _weight_sets(traits["weight_sets"]),
            ),
        ),
        Section(
            "limit",
            (
                _figures(
                    "limit",
                    ("limit.rule", *(f"limit.{name}" for name in LIMIT_FIGURES)),
                    {"limit.rule": (BY_GRADE, *(rule.value for rule in CapacityRule))},
                ),
                _weights(
                    "limit.weights", opened["limit"]["weights"], DEFAULT_WEIGHTS, adds_up=False
                ),
            ),
        ),
        Section("pd", (_figures("pd", ("pd.k",)),)),
    )


def list_cells(sections: Sequence[Section]) -> Iterator[Cell]:
    """Yield every cell in the order of the page."""
    for section in sections:
        for table in section.tables:
            for row in table.rows:
                yield from row.cells


def read_cell(opened: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path; ``None`` where nothing does.

    >>> read_cell({"curves": {"wall": [[50, 0]]}}, "curves.wall.0.1")
    0
    """
    found: Any = opened
    for name in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


def fill_in(opened: Mapping[str, Any], values: Mapping[str, Any]) -> Body:
    """Put values at their paths; lists of points are made anew from the points that are given.

    A point without any value is left out; a figure that may be blank becomes ``None``.
    """
    filled = deepcopy(dict(opened))
    for section in lay_out(opened, spare=SPARE_ROWS):
        for table in section.tables:
            if table.grows:
                points = [[values.get(cell.path) for cell in row.cells] for row in table.rows]
                kept = [point for point in points if any(x is not None for x in point)]
                _put(filled, table.code, kept)
                continue
            for row in table.rows:
                for cell in row.cells:
                    if cell.path in values:
                        _put(filled, cell.path, values[cell.path])
    return filled


def sum_column(opened: Mapping[str, Any], table: Table, column: str) -> Decimal:
    """Add the figures of a column up; what is blank counts as nothing."""
    figures = (read_cell(opened, cell.path) for cell in table.list_column(column))
    return sum((Decimal(str(x)) for x in figures if x is not None), ZERO)


def is_whole(total: Decimal) -> bool:
    """Tell whether weights add up to 100."""
    return total == HUNDRED


def find_place(path: str, opened: Mapping[str, Any]) -> str:
    """Return the path of the cell that a breach of ``policy_rules`` is about, the first of several.

    Breaches name a level of prices by its year, and whole rows or tables.
    """
    if path.startswith("ohlson.price_index."):
        year = path.rsplit(".", 1)[-1]
        years = [str(pair[0]) for pair in opened["ohlson"]["price_index"]]
        place = years.index(year) if year in years else 0
        return f"ohlson.price_index.{place}.1"
    paths = [cell.path for cell in list_cells(lay_out(opened, spare=SPARE_ROWS))]
    return next((p for p in paths if p == path or p.startswith(f"{path}.")), "")


def compare_bodies(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """List what differs between two bodies, in the order of the page.

    >>> other = write_policy_body() | {"pd": {"k": "1.2"}}
    >>> [(c.table, c.row, c.before, c.after) for c in compare_bodies(write_policy_body(), other)]
    [('pd', 'pd.k', 1, '1.2')]
    """
    was, now = _index(open_body(complete_body(before))), _index(open_body(complete_body(after)))
    order = {section.code: n for n, section in enumerate(lay_out(open_body(write_policy_body())))}
    changes = [
        Change(*key, was.get(key), now.get(key))
        for key in dict.fromkeys([*now, *was])
        if not _is_same(was.get(key), now.get(key))
    ]
    return sorted(changes, key=lambda change: order[change.section])


def _index(opened: Mapping[str, Any]) -> dict[tuple[str, str, str, str], Any]:
    return {
        (section.code, table.code, row.code, column): read_cell(opened, cell.path)
        for section in lay_out(opened)
        for table in section.tables
        for row in table.rows
        for column, cell in zip(table.columns, row.cells, strict=True)
    }


def _is_same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return str(one) == str(other)


def _weights(
    path: str, points: Mapping[str, Any], order: Iterable[str], *, adds_up: bool = True
) -> Table:
    """Lay weights out in the order of the rule: the database keeps keys in one of its own."""
    names = dict.fromkeys([*(name for name in order if name in points), *points])
    rows = tuple(Row(name, (Cell(f"{path}.{name}"),)) for name in names)
    return Table(path, (WEIGHT,), rows, (WEIGHT,) if adds_up else ())


def _figures(
    code: str, paths: Sequence[str], choices: Mapping[str, tuple[str, ...]] | None = None
) -> Table:
    rows = tuple(Row(path, (Cell(path, (choices or {}).get(path, ())),)) for path in paths)
    return Table(code, (VALUE,), rows)


def _points(path: str, points: Sequence[Any], columns: tuple[str, str], spare: int) -> Table:
    rows = tuple(
        Row(
            str(n + 1),
            tuple(Cell(f"{path}.{n}.{side}") for side in (0, 1)),
            is_spare=n >= len(points),
        )
        for n in range(len(points) + spare)
    )
    return Table(path, columns, rows, grows=True)


def _records(
    path: str, rows: Sequence[Mapping[str, Any]], columns: tuple[str, ...], adds_up: str
) -> Table:
    return Table(
        path,
        columns,
        tuple(
            Row(str(row["indicator"]), tuple(Cell(f"{path}.{n}.{name}") for name in columns))
            for n, row in enumerate(rows)
        ),
        (adds_up,),
    )


def _weight_sets(sets: Mapping[str, Mapping[str, Any]]) -> Table:
    path, names = "characteristics.weight_sets", tuple(sets)
    return Table(
        path,
        names,
        tuple(
            Row(trait, tuple(Cell(f"{path}.{name}.{trait}") for name in names))
            for trait in characteristics.INDICATORS
        ),
        names,
    )


def _put(body: Body, path: str, value: Any) -> None:
    *way, last = path.split(".")
    place: Any = body
    for name in way:
        place = place[int(name)] if isinstance(place, list) else place[name]
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
