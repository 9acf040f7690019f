"""A draft of a version of the rating policy as a form: every figure of its tables, typed."""

import re
from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.parsing import CellError, CellErrorCode, is_blank, parse_decimal
from scoring.domain.models.risk_index import Benchmark
from scoring.domain.rating.policy_layout import (
    SPARE_ROWS,
    Cell,
    Section,
    Table,
    close_body,
    fill_in,
    find_place,
    lay_out,
    list_cells,
    read_cell,
)
from scoring.domain.rating.policy_rules import validate_rating_policy
from scoring.domain.statements.industries import split_industry
from scoring.words.policies import name_choice, name_column, name_row, name_table, tell_problem

WHOLE = ("behaviour.prior.n", "behaviour.grace_days")
PRICES = "ohlson.price_index"
MOST_POINTS = 40
PLACES = 8


class FigureField(forms.CharField):
    """A number as people write it (full width, grouped), kept as whole number or exact text."""

    def __init__(self, *, is_whole: bool = False, **kwargs: Any) -> None:
        self.is_whole = is_whole
        super().__init__(max_length=30, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the number in the form that a body holds; None where it may be blank."""
        if is_blank(value) and not self.required:
            return None
        try:
            number = parse_decimal(value or "", max_decimals=PLACES)
        except CellError as error:
            raise forms.ValidationError(_tell_cell(error)) from None
        if self.is_whole and number != number.to_integral_value():
            raise forms.ValidationError(_("Enter a whole number."))
        return write_plain(number)


class VersionForm(forms.Form):
    """The tables of a version with its first day and a note.

    `opened` is the body that the writer started from (`policy_layout.open_body`); lists of points
    grow with what is posted.
    """

    valid_from = forms.DateField(
        label=gettext_lazy("In force from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Today or later; the ratings follow in the night of that day."),
    )
    note = forms.CharField(
        label=gettext_lazy("What changes, and why"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        opened: Mapping[str, Any],
        as_of: date,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.as_of = as_of
        self.opened = opened if data is None else _stretch(opened, data)
        self.sections: tuple[Section, ...] = lay_out(self.opened, spare=SPARE_ROWS)
        figures = {
            cell.path: read_cell(self.opened, cell.path) for cell in list_cells(self.sections)
        }
        super().__init__(data, initial={**figures, **(initial or {})})
        self.fields["valid_from"].widget.attrs["min"] = as_of.isoformat()
        for section in self.sections:
            for table in section.tables:
                self._add_table(table)
        self.body: dict[str, Any] | None = None

    def _add_table(self, table: Table) -> None:
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                label = _label(table, row.code, column)
                self.fields[cell.path] = _make_field(cell, table, column, label)

    def clean_valid_from(self) -> date:
        """A version never reaches back."""
        day: date = self.cleaned_data["valid_from"]
        if day < self.as_of:
            raise forms.ValidationError(
                _("Choose today or a later day: what was decided before stays as it was.")
            )
        return day

    def clean(self) -> dict[str, Any]:
        """Check points for halves, then the whole body by the rules of the domain."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for section in self.sections:
            for table in section.tables:
                if table.grows:
                    self._check_points(table, cleaned)
        if set(self.errors) - {"valid_from", "note"}:
            return cleaned
        body = close_body(fill_in(self.opened, cleaned))
        for problem in validate_rating_policy(body):
            place = self._find_place(problem.path)
            self.add_error(place or None, tell_problem(problem))
        self.body = body
        return cleaned

    def current(self, path: str) -> Decimal | None:
        """Return the figure that the form shows in a cell; None where there is no number."""
        try:
            return parse_decimal(self[path].value(), max_decimals=PLACES)
        except CellError:
            return None

    def _check_points(self, table: Table, cleaned: Mapping[str, Any]) -> None:
        seen: set[Any] = set()
        for row in table.rows:
            first, second = (cleaned.get(cell.path) for cell in row.cells)
            if (first is None) != (second is None):
                empty = row.cells[0 if first is None else 1].path
                if empty not in self.errors:
                    self.add_error(empty, _("Fill in both figures of this row, or neither."))
            if table.code == PRICES and first is not None:
                if first in seen:
                    self.add_error(row.cells[0].path, _("This year is there twice."))
                seen.add(first)

    def _find_place(self, path: str) -> str:
        """Return the field of a breach; a level of prices is found by the year that was typed."""
        if path.startswith(f"{PRICES}."):
            year = path.rsplit(".", 1)[-1]
            for name in self.fields:
                is_year = name.startswith(f"{PRICES}.") and name.endswith(".0")
                if is_year and str(self.cleaned_data.get(name)) == year:
                    return name[:-1] + "1"
        return find_place(path, self.opened)


class IndustryForm(forms.Form):
    """Whose quartiles are copied into the table of the credit risk index."""

    industry = forms.CharField(
        label=gettext_lazy("Industry"),
        required=False,
        max_length=8,
        help_text=gettext_lazy("GB/T 4754, for example C34 or F; blank takes the whole portfolio."),
    )

    def clean_industry(self) -> str:
        """Refuse what is no industry."""
        code = str(self.cleaned_data["industry"]).strip().upper()
        if code and not split_industry(code)[0]:
            raise forms.ValidationError(_("This is no industry of GB/T 4754."))
        return code


class ReasonForm(forms.Form):
    """Why a draft is given up."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


def copy_benchmarks(data: Any, benchmarks: tuple[Benchmark, ...]) -> Any:
    """Return posted figures with the quartiles of a table of benchmarks put in."""
    copied = data.copy()
    for place, row in enumerate(benchmarks):
        for name in ("worse", "median", "better"):
            figure = round(getattr(row, name), 4)
            copied[f"risk_index.indicators.{place}.{name}"] = str(write_plain(figure))
    return copied


def write_plain(number: Decimal) -> int | str:
    """Write a number as a body holds it: a whole one as such, another as exact text.

    >>> write_plain(Decimal("30.0")), write_plain(Decimal("0.350"))
    (30, '0.35')
    """
    return int(number) if number == number.to_integral_value() else f"{number.normalize():f}"


def _make_field(cell: Cell, table: Table, column: str, label: str) -> forms.Field:
    if cell.choices:
        return forms.ChoiceField(
            label=label,
            choices=[(code, name_choice(code)) for code in cell.choices],
            widget=forms.Select(attrs={"aria-label": label}),
        )
    attrs = {"inputmode": "decimal", "autocomplete": "off", "aria-label": label, "class": "num"}
    if column in table.adds_up:
        attrs["data-sum"] = f"{table.code}:{column}"
    is_whole = cell.path in WHOLE or (table.code == PRICES and column == "year")
    return FigureField(
        label=label,
        is_whole=is_whole,
        required=not (cell.is_optional or table.grows),
        widget=forms.TextInput(attrs=attrs),
        error_messages={"required": _("Enter a number.")},
    )


def _label(table: Table, row: str, column: str) -> str:
    name = name_row(table.code, row)[0]
    if table.grows:
        return f"{name_table(table.code)}, {name_column(column)} {row}"
    return name if len(table.columns) == 1 else f"{name}, {name_column(column)}"


def _stretch(opened: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body with lists of points as long as the posted ones."""
    stretched = deepcopy(dict(opened))
    for name in data:
        match = re.fullmatch(r"(curves\.\w+|ohlson\.price_index)\.(\d{1,2})\.[01]", name)
        if match is None or is_blank(data[name]) or int(match[2]) >= MOST_POINTS:
            continue
        points = read_cell(stretched, match[1])
        if isinstance(points, list):
            points.extend([None, None] for _n in range(int(match[2]) + 1 - len(points)))
    return stretched


def _tell_cell(error: CellError) -> str:
    if error.code == CellErrorCode.TOO_MANY_DECIMALS:
        return _("At most %(n)s decimals.") % {"n": PLACES}
    return _("Enter a number.")
