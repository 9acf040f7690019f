"""The grid in which statements are typed: lines down, periods across, plain inputs throughout."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from common.imports.issues import MESSAGES
from common.parsing import CellError
from scoring.domain.statements.cells import parse_cell
from scoring.domain.statements.items import DERIVED_ITEMS, ITEMS, Item, Section
from scoring.domain.statements.pasting import PastedBlock
from scoring.forms.statements import HeaderForm, PeriodForm
from scoring.texts import SECTIONS, language
from scoring.words.statements import SIGN_HINTS

MAX_PERIODS = 3
FULL, CONDENSED = "FULL", "CONDENSED"
_SECTIONS = (Section.BALANCE_SHEET, Section.INCOME_STATEMENT, Section.CASH_FLOW, Section.NOTE)


@dataclass(frozen=True)
class GridCell:
    """One input: its name in the form, the text in it, and what is wrong with the text."""

    name: str
    text: str
    error: str
    label: str
    is_opening: bool = False


@dataclass(frozen=True)
class GridRow:
    """One line of the form with both labels, the reader's first."""

    item: str
    label: str
    other_label: str
    other_language: str
    hint: str
    is_total: bool
    cells: tuple[GridCell, ...]


@dataclass(frozen=True)
class GridSection:
    """One statement of the form."""

    id: str
    title: str
    rows: tuple[GridRow, ...]


@dataclass
class Period:
    """One column as it was read: header values, amounts, opening balances."""

    form: PeriodForm
    amounts: dict[str, Decimal] = field(default_factory=dict)
    openings: dict[str, Decimal] = field(default_factory=dict)


class StatementGrid:
    """The whole entry: header, one to three periods, their cells as text and as amounts.

    `data` is what a browser sent; `initial` what a fresh page starts with: `header`, `periods` (a
    list of initial values of `PeriodForm`) and `cells` (text by name).
    """

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        initial: Mapping[str, Any] | None = None,
        fixed: bool = False,
    ) -> None:
        given = initial or {}
        self.is_bound = data is not None
        self.has_opening = bool(given.get("has_opening"))
        self.form = str(given.get("form", FULL))
        self.size = len(given.get("periods", ())) or 1
        self.cells: dict[str, str] = dict(given.get("cells", {}))
        self.cell_errors: dict[str, str] = {}
        self.messages: list[str] = []
        if data is not None:
            self.size = min(MAX_PERIODS, max(1, _whole(data.get("periods", ""), 1)))
            self.has_opening = data.get("has_opening") == "1"
            self.form = CONDENSED if data.get("layout") == CONDENSED else FULL
            self.cells = {name: str(data[name])[:60] for name in self._names() if data.get(name)}
        self.header = HeaderForm(data, initial=dict(given.get("header", {})))
        self._data, self._initial, self._fixed = data, list(given.get("periods", ())), fixed
        self.periods = [self._period(n) for n in range(self.size)]

    def _period(self, number: int) -> Period:
        initial = self._initial[number] if number < len(self._initial) else {}
        form = PeriodForm(self._data, prefix=f"p{number}", initial=initial)
        if self._fixed:  # a restatement is of the same period
            for name in ("period_end", "kind"):
                form.fields[name].disabled = True
            self.header.fields["consolidated"].disabled = True
            self.header.fields["reason"].required = True
        return Period(form)

    def _items(self, section: Section | None = None) -> Iterator[Item]:
        for item in ITEMS.values():
            if section in (None, item.section):
                yield item
        if self.form == CONDENSED and section in (None, Section.DERIVED):
            yield from DERIVED_ITEMS.values()

    def _names(self) -> Iterator[str]:
        for number in range(self.size):
            for item in self._items():
                yield f"p{number}-{item.name}"
                if item.section is Section.BALANCE_SHEET:
                    yield f"p{number}-o-{item.name}"

    # --- changing the shape ---------------------------------------------------------------------

    def add_period(self) -> None:
        """Add an empty column to the right: the year before."""
        if self.size >= MAX_PERIODS:
            return
        first, number = self.periods[-1].form, self.size
        self.size += 1
        values = {name: first[name].value() for name in first.fields}
        end = str(values.get("period_end") or "")
        if len(end) == 10 and end[:4].isdigit():
            values["period_end"] = f"{int(end[:4]) - 1}{end[4:]}".replace("-02-29", "-02-28")
        form = PeriodForm(prefix=f"p{number}", initial=values)
        self.periods.append(Period(form))

    def fill(self, block: PastedBlock, first: int = 0) -> int:
        """Put pasted figures into the cells; return how many found a place."""
        allowed, count = set(self._names()), 0
        for cell in block.cells:
            if cell.is_opening:
                name = f"p{first}-o-{cell.item}"
                self.has_opening = self.has_opening or name in allowed
            else:
                name = f"p{first + cell.column}-{cell.item}"
            if name in allowed:
                self.cells[name] = cell.text[:60]
                count += 1
        return count

    @property
    def order(self) -> list[str]:
        """The items in the order of the form."""
        return [item.name for item in self._items()]

    # --- reading --------------------------------------------------------------------------------

    def is_valid(self) -> bool:
        """Read everything; say whether all of it can be used."""
        forms = [self.header, *(period.form for period in self.periods)]
        are_good = [form.is_valid() for form in forms]
        self.read_cells()
        return all(are_good) and not self.cell_errors

    def read_cells(self) -> None:
        """Turn the texts into amounts by period; what cannot be read is noted by cell."""
        unit = _whole(str(self.header["unit"].value() or ""), 1)
        currency = str(self.header["currency"].value() or "CNY")
        self.cell_errors.clear()
        for number, period in enumerate(self.periods):
            for item in self._items():
                self._read(f"p{number}-{item.name}", item.name, period.amounts, unit, currency)
                if self.has_opening and item.section is Section.BALANCE_SHEET:
                    name = f"p{number}-o-{item.name}"
                    self._read(name, item.name, period.openings, unit, currency)

    def _read(
        self, name: str, item: str, amounts: dict[str, Decimal], unit: int, currency: str
    ) -> None:
        text = self.cells.get(name, "")
        amounts.pop(item, None)
        if not text.strip():
            return
        try:
            amount = parse_cell(text, unit=unit, currency=currency)
        except CellError as error:
            self.cell_errors[name] = _tell(error)
            return
        if amount is not None:
            amounts[item] = amount

    def to_statements(self) -> list[dict[str, Any]]:
        """Return the arguments of `save_statement` of each period. Call `is_valid` first."""
        header = dict(self.header.cleaned_data)
        return [
            {
                **header,
                **period.form.cleaned_data,
                "form": self.form,
                "lines": dict(period.amounts),
                "opening": dict(period.openings),
            }
            for period in self.periods
        ]

    def to_entry(self) -> list[dict[str, Any]]:
        """Return what was typed so far in the same shape, with defaults where it cannot be read."""
        defaults = {"gaap": "CAS", "consolidated": False, "currency": "CNY", "unit": 1}
        header = defaults | {"complete": False} | _read_so_far(self.header)
        return [
            {
                "period_end": None, "kind": "ANNUAL", "months": 12, "opinion": "UNAUDITED",
                "non_comparable": "",
                **header,
                **_read_so_far(period.form),
                "form": self.form,
                "lines": dict(period.amounts),
                "opening": dict(period.openings),
            }
            for period in self.periods
        ]  # fmt: skip

    def place_error(self, error: Any) -> None:
        """Show an error of the service at the field or the cell that it names."""
        number = int(error.params.get("position", 0))
        name = getattr(error, "field", "")
        period = self.periods[number]
        if name in period.form.fields:
            period.form.add_error(name, str(error))
        elif name in self.header.fields:
            self.header.add_error(name, str(error))
        elif f"p{number}-{name}" in set(self._names()):
            self.cell_errors[f"p{number}-{name}"] = str(error)
        else:
            self.messages.append(str(error))

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Everything that is wrong, as (id of the control or nothing, sentence)."""
        found = [("", text) for text in self.messages]
        for form in (self.header, *(period.form for period in self.periods)):
            if not form.is_bound:
                continue
            for name, texts in form.errors.items():
                known = name in form.fields
                target, label = (form[name].auto_id, form.fields[name].label) if known else ("", "")
                found += [
                    (str(target), f"{label}: {text}" if label else str(text)) for text in texts
                ]
        for name, text in self.cell_errors.items():
            label = _label(_item_of(name))
            found.append((f"id_{name}", f"{label}: {self.cells.get(name, '')} – {text}"))
        return found

    # --- showing --------------------------------------------------------------------------------

    def sections(self) -> list[GridSection]:
        """Return the rows of each statement as they are drawn."""
        wanted = [*_SECTIONS, *([Section.DERIVED] if self.form == CONDENSED else [])]
        return [
            GridSection(
                section.value.lower(),
                str(SECTIONS[section]),
                tuple(self._row(item, section) for item in self._items(section)),
            )
            for section in wanted
        ]

    def _row(self, item: Item, section: Section) -> GridRow:
        is_chinese = language().startswith("zh")
        label, other = item.label_en, item.label_zh
        if is_chinese:
            label, other = other, label
        return GridRow(
            item.name,
            label[:1].upper() + label[1:],
            other,
            "en" if is_chinese else "zh-hans",
            str(SIGN_HINTS[item.sign]),
            item.is_total,
            tuple(self._cells_of(item, section, label)),
        )

    def _cells_of(self, item: Item, section: Section, label: str) -> Iterator[GridCell]:
        for number in range(self.size):
            spoken = _("%(line)s, period %(n)s") % {"line": label, "n": number + 1}
            yield self._cell(f"p{number}-{item.name}", spoken)
            if self.has_opening and section is Section.BALANCE_SHEET:
                spoken = _("%(line)s, opening balance of period %(n)s") % {
                    "line": label,
                    "n": number + 1,
                }
                yield self._cell(f"p{number}-o-{item.name}", spoken, is_opening=True)

    def _cell(self, name: str, label: str, is_opening: bool = False) -> GridCell:
        return GridCell(
            name, self.cells.get(name, ""), self.cell_errors.get(name, ""), label, is_opening
        )


def show_cell(amount: Decimal) -> str:
    """Return an amount as a person would type it: grouped, without idle zeros.

    >>> show_cell(Decimal("1234567.500")), show_cell(Decimal("-70.000"))
    ('1,234,567.5', '-70')
    """
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _read_so_far(form: Any) -> dict[str, Any]:
    """Return the values of a form that can be used: of a fresh one its initial values."""
    if form.is_bound:
        form.is_valid()
        return {name: value for name, value in form.cleaned_data.items() if value is not None}
    found = {}
    for name, field_ in form.fields.items():
        try:
            value = field_.clean(form[name].value())
        except ValidationError:
            continue
        if value is not None:
            found[name] = value
    return found


def _tell(error: CellError) -> str:
    message = MESSAGES.get(error.code)
    return str(message[0]) % error.params if message else error.code


def _item_of(name: str) -> str:
    return name.split("-")[-1]


def _label(name: str) -> str:
    item = ITEMS.get(name) or DERIVED_ITEMS[name]
    label = item.label(language())
    return label[:1].upper() + label[1:]


def _whole(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default
