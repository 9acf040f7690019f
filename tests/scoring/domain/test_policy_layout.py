"""A policy as tables: every figure has its cell, and what goes in comes out."""

from typing import Any

import pytest

from scoring.domain.rating.policy_body import write_policy_body
from scoring.domain.rating.policy_layout import (
    close_body,
    compare_bodies,
    complete_body,
    fill_in,
    find_place,
    is_whole,
    lay_out,
    list_cells,
    open_body,
    read_cell,
    sum_column,
)
from scoring.domain.rating.policy_rules import validate_rating_policy

DEFAULT = write_policy_body()


def leaves(value: Any, path: str = "") -> set[str]:
    """The dotted path of every figure of a body."""
    if isinstance(value, dict):
        return {x for name, part in value.items() for x in leaves(part, f"{path}.{name}")}
    if isinstance(value, list):
        return {x for n, part in enumerate(value) for x in leaves(part, f"{path}.{n}")}
    return {path[1:]}


class TestLayOut:
    def test_every_figure_of_a_body_has_exactly_one_cell(self) -> None:
        opened = open_body(DEFAULT)
        paths = [cell.path for cell in list_cells(lay_out(opened))]
        fixed = {p for p in leaves(opened) if p.endswith((".indicator", ".direction"))}
        assert len(paths) == len(set(paths))
        assert set(paths) == leaves(opened) - fixed

    def test_weights_stand_in_the_order_of_the_rule_whatever_the_database_did(self) -> None:
        shuffled = complete_body(DEFAULT | {"five_c": dict(reversed(DEFAULT["five_c"].items()))})
        table = next(s for s in lay_out(open_body(shuffled)) if s.code == "five_c").tables[0]
        assert [row.code for row in table.rows] == [
            "character", "capacity", "capital", "collateral", "conditions",
        ]  # fmt: skip

    def test_columns_that_must_be_100_are_100_in_the_house_default(self) -> None:
        opened = open_body(DEFAULT)
        sums = {
            (table.code, column): is_whole(sum_column(opened, table, column))
            for section in lay_out(opened)
            for table in section.tables
            for column in table.adds_up
        }
        assert len(sums) == 9
        assert all(sums.values())


class TestRoundTrip:
    def test_what_is_read_and_filled_in_is_the_body(self) -> None:
        opened = open_body(DEFAULT)
        values = {c.path: read_cell(opened, c.path) for c in list_cells(lay_out(opened))}
        assert close_body(fill_in(opened, values)) == DEFAULT

    def test_points_come_and_go(self) -> None:
        opened = open_body(DEFAULT)
        values: dict[str, Any] = {
            c.path: read_cell(opened, c.path) for c in list_cells(lay_out(opened))
        }
        values |= {"curves.wall.1.0": None, "curves.wall.1.1": None}
        values |= {"curves.wall.4.0": 160, "curves.wall.4.1": 100}
        values |= {"ohlson.price_index.1.0": 2026, "ohlson.price_index.1.1": 700}
        body = close_body(fill_in(opened, values))
        assert body["curves"]["wall"] == [[50, 0], [130, 90], [150, 100], [160, 100]]
        assert body["ohlson"] == {"price_index": {"2024": 675, "2026": 700}}
        assert validate_rating_policy(body) == []

    def test_a_short_body_of_earlier_days_means_the_house_default(self) -> None:
        body = complete_body({"components": DEFAULT["components"]})
        assert body == DEFAULT


class TestCompareBodies:
    def test_the_same_in_other_words_is_the_same(self) -> None:
        assert compare_bodies({"components": DEFAULT["components"]}, DEFAULT) == []

    def test_tells_old_and_new_and_what_is_gone(self) -> None:
        after = DEFAULT | {
            "components": {"financial": 40, "behaviour": 25, "qualitative": 20, "external": 15},
            "curves": DEFAULT["curves"] | {"wall": [[50, 0], [100, 60], [150, 100]]},
        }
        found = [
            (c.table, c.row, c.column, c.before, c.after) for c in compare_bodies(DEFAULT, after)
        ]
        assert found == [
            ("components", "financial", "weight", 35, 40),
            ("components", "behaviour", "weight", 30, 25),
            ("curves.wall", "3", "x", 130, 150),
            ("curves.wall", "3", "points", 90, 100),
            ("curves.wall", "4", "x", 150, None),
            ("curves.wall", "4", "points", 100, None),
        ]


class TestFindPlace:
    @pytest.mark.parametrize(
        ("path", "place"),
        [
            ("pd.k", "pd.k"),
            ("components", "components.financial"),
            ("curves.wall", "curves.wall.0.0"),
            ("risk_index.indicators.2", "risk_index.indicators.2.weight"),
            ("characteristics.weight_sets.sales", "characteristics.weight_sets.sales.impression"),
            ("ohlson.price_index.2024", "ohlson.price_index.0.1"),
            ("nowhere", ""),
        ],
    )
    def test_names_the_first_cell_of_a_breach(self, path: str, place: str) -> None:
        assert find_place(path, open_body(DEFAULT)) == place
