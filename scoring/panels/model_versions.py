"""What the pages of model versions show: the versions, the register, every section as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.forms import BoundField
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.figures import NOTHING, format_ratio, to_decimal
from common.models import PolicyVersion
from scoring.domain.models.model_notes import MODEL_NOTES
from scoring.domain.rating.policy_layout import (
    Change,
    Row,
    Section,
    Table,
    compare_bodies,
    complete_body,
    is_whole,
    lay_out,
    open_body,
    read_cell,
    sum_column,
)
from scoring.forms.models import VersionForm
from scoring.panels.curve_plot import draw_curve, read_points
from scoring.selectors.model_versions import tell_state
from scoring.texts import COMPONENTS
from scoring.words.model_register import LIMITATIONS, PERMITTED
from scoring.words.models import SOURCES, USES, name_model
from scoring.words.policies import (
    FIRST_COLUMNS,
    SECTIONS,
    STATES,
    name_choice,
    name_column,
    name_row,
    name_section,
    name_table,
)

# What of the policy gives a model its share of the score: component, and model within it.
SHARES: Mapping[str, tuple[str, str]] = {
    "altman_z_1968": ("financial", "z"),
    "altman_z_prime": ("financial", "z"),
    "altman_z_double_prime": ("financial", "z"),
    "credit_risk_index": ("financial", "cri"),
    "bathory": ("financial", "bathory"),
    "ohlson_o": ("financial", "ohlson"),
    "wall_modern": ("financial", "wall"),
    "five_c": ("qualitative", ""),
    "payment_behaviour": ("behaviour", ""),
}
LIMIT_MODELS = ("working_assets", "characteristic_analysis")
ONE_COLUMN = 1


@dataclass(frozen=True)
class CellView:
    """One figure as text, what it was before if that differs, and its field on a form."""

    text: str
    before: str | None = None
    field: BoundField | None = None
    label: str = ""


@dataclass(frozen=True)
class RowView:
    """One row with its label and cells."""

    label: str
    hint: str
    cells: tuple[CellView, ...]

    @property
    def is_changed(self) -> bool:
        return any(cell.before is not None for cell in self.cells)

    @property
    def errors(self) -> list[str]:
        """What is wrong in this row, in words."""
        return [
            str(error)
            for cell in self.cells
            if cell.field is not None
            for error in cell.field.errors
        ]


@dataclass(frozen=True)
class SumView:
    """The sum beneath a column: its key for the live sum, its text, and whether it is 100."""

    key: str
    text: str
    is_whole: bool


@dataclass(frozen=True)
class TableView:
    """One table: `shape` is weights, figures, points or wide."""

    code: str
    title: str
    first: str
    columns: tuple[str, ...]
    rows: tuple[RowView, ...]
    sums: tuple[SumView | None, ...]
    shape: str
    plot: SafeString = field(default_factory=lambda: SafeString(""))
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class SectionView:
    """One section of the page."""

    code: str
    title: str
    hint: str
    tables: tuple[TableView, ...]
    changed: int

    @property
    def is_wide(self) -> bool:
        return any(table.shape == "wide" for table in self.tables) or self.code in (
            "curves",
            "other_models",
        )


def list_rows(versions: Sequence[PolicyVersion], *, as_of: date) -> list[dict[str, Any]]:
    """Return the versions as rows, each with where it stands."""
    return [describe_version(version, as_of=as_of) for version in versions]


def describe_version(version: PolicyVersion, *, as_of: date) -> dict[str, Any]:
    """Return one version with its state in words."""
    state = tell_state(version, as_of=as_of).code
    label, tone = STATES[state]
    return {
        "version": version,
        "number": version.version,
        "url": reverse("model_version", args=[version.version]),
        "state": state,
        "label": label,
        "tone": tone,
        "maker": version.maker or _("System"),
        "checker": version.checker
        or (NOTHING if version.state != PolicyVersion.State.APPROVED else _("System")),
    }


def list_register(version: PolicyVersion) -> list[dict[str, Any]]:
    """List every model with purpose, permitted use, source, version, weight and limitations."""
    body = complete_body(version.body)
    rows = [_register_row(code, body, version.version) for code in MODEL_NOTES]
    return sorted(rows, key=lambda row: (-row["share"], not row["counts"]))


def show_version(
    body: Mapping[str, Any], base: Mapping[str, Any] | None = None
) -> list[SectionView]:
    """Lay a body out for reading, with what it was in `base` where that differs."""
    opened = open_body(complete_body(body))
    changes = [] if base is None else compare_bodies(base, body)
    return [_section(section, opened, changes, base=base) for section in lay_out(opened)]


def show_form(form: VersionForm) -> list[SectionView]:
    """Lay the tables of a form out, with its fields in the cells."""
    return [_section(section, form.opened, [], form=form) for section in form.sections]


def list_changes(sections: Sequence[SectionView]) -> list[SectionView]:
    """Return the sections in which something differs."""
    return [section for section in sections if section.changed]


def _section(
    section: Section,
    opened: Mapping[str, Any],
    changes: Sequence[Change],
    *,
    base: Mapping[str, Any] | None = None,
    form: VersionForm | None = None,
) -> SectionView:
    mine = [change for change in changes if change.section == section.code]
    before = None if base is None else open_body(complete_body(base))
    return SectionView(
        section.code,
        name_section(section.code),
        str(SECTIONS[section.code][1]),
        tuple(_table(table, opened, mine, before, form) for table in section.tables),
        len(mine),
    )


def _table(
    table: Table,
    opened: Mapping[str, Any],
    changes: Sequence[Change],
    before: Mapping[str, Any] | None,
    form: VersionForm | None,
) -> TableView:
    mine = {(c.row, c.column): c for c in changes if c.table == table.code}
    codes = {row.code for row in table.rows}
    gone = dict.fromkeys(row for row, _column in mine if row not in codes)
    return TableView(
        table.code,
        name_table(table.code),
        str(FIRST_COLUMNS.get(table.code, "")),
        tuple(name_column(column) for column in table.columns),
        tuple(_row(table, row, opened, mine, form) for row in table.rows),
        tuple(_sum(table, column, opened, form) for column in table.columns),
        _shape(table),
        _plot(table, opened, before, form),
        tuple(
            " → ".join(
                show_figure(mine[row, column].before)
                for column in table.columns
                if (row, column) in mine
            )
            for row in gone
        ),
    )


def _row(
    table: Table,
    row: Row,
    opened: Mapping[str, Any],
    changes: Mapping[tuple[str, str], Change],
    form: VersionForm | None,
) -> RowView:
    label, hint = name_row(table.code, row.code) if not table.grows else (row.code, "")
    cells = []
    for column, cell in zip(table.columns, row.cells, strict=True):
        change = changes.get((row.code, column))
        value = read_cell(opened, cell.path)
        is_word = bool(cell.choices)
        cells.append(
            CellView(
                name_choice(value) if is_word else show_figure(value),
                None
                if change is None
                else (name_choice(change.before) if is_word else show_figure(change.before)),
                None if form is None else form[cell.path],
                name_column(column),
            )
        )
    return RowView(label, hint, tuple(cells))


def _sum(
    table: Table, column: str, opened: Mapping[str, Any], form: VersionForm | None
) -> SumView | None:
    if column not in table.adds_up:
        return None
    if form is None:
        total = sum_column(opened, table, column)
    else:
        figures = (form.current(cell.path) for cell in table.list_column(column))
        total = sum((x for x in figures if x is not None), Decimal(0))
    return SumView(f"{table.code}:{column}", show_figure(total), is_whole(total))


def _shape(table: Table) -> str:
    if table.grows:
        return "points"
    if len(table.columns) > ONE_COLUMN:
        return "wide"
    return "weights" if table.first_is_weight else "figures"


def _plot(
    table: Table,
    opened: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    form: VersionForm | None,
) -> SafeString:
    if not table.code.startswith("curves."):
        return SafeString("")
    if form is not None:
        pairs = [[form.current(cell.path) for cell in row.cells] for row in table.rows]
    else:
        pairs = read_cell(opened, table.code) or []
    was = read_points(read_cell(before, table.code) or []) if before is not None else []
    return draw_curve(read_points(pairs), was, name=name_table(table.code))


def _register_row(code: str, body: Mapping[str, Any], number: int) -> dict[str, Any]:
    component, model = SHARES.get(code, ("", ""))
    share = Decimal(0)
    if component:
        share = Decimal(str(body["components"].get(component, 0))) / 100
        if model:
            share *= Decimal(str(body["financial_models"].get(model, 0))) / 100
    use = "score" if share else "limit" if code in LIMIT_MODELS else "second"
    return {
        "code": code,
        "name": name_model(code),
        "purpose": USES[code],
        "source": SOURCES[code],
        "permitted": PERMITTED[use][0],
        "tone": PERMITTED[use][1],
        "counts": use != "second",
        "version": number if use != "second" else None,
        "share": share,
        "share_text": format_ratio(share, 1) if share else NOTHING,
        "component": COMPONENTS.get(component, ""),
        "is_routed": model == "z",
        "limitations": LIMITATIONS[code],
    }


def show_figure(value: Any) -> str:
    """Show a figure of a policy exactly as it is kept, with a true minus; a dash where it is blank."""
    number = to_decimal(value)
    if number is None:
        return NOTHING if value in (None, "") else str(value)
    text = f"{number.normalize():f}" if number else "0"
    whole, _dot, rest = text.lstrip("-").partition(".")
    grouped = f"{int(whole):,}" if len(whole) > 4 else whole
    return ("−" if number < 0 else "") + grouped + (f".{rest}" if rest else "")
