"""What can be imported: each app registers its kinds of files here, from above.

`common` knows no business: a kind says which columns it has, what makes its rows right beyond their
cells, and how the good ones are stored.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.imports.fields import Column, fold_name
from common.imports.issues import Issue, UnknownKind
from common.imports.reading import Table
from common.parsing import CellError

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"


@dataclass
class Context:
    """What a kind may need besides the rows: for whom, by whom, when, and a way to tell progress."""

    as_of: date
    actor: Any = None
    company_code: str = ""
    batch: Any = None
    say: Callable[[str, int, int], None] = field(default=lambda step, done, total: None)


class Rows:
    """The rows of a file on their way: parsed cells column by column, and what is wrong with them.

    Positions count from 0; `table.row_numbers` are those that people see. A rejected row stays in
    place, so that columns keep one length; `good` lists the others.
    """

    def __init__(self, table: Table, mapping: Mapping[str, int]) -> None:
        self.table = table
        self.mapping = mapping
        self.values: dict[str, list[Any]] = {}
        self.issues: list[Issue] = []
        self.outcome: list[str] = [CREATED] * len(table)
        self._bad: set[int] = set()

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, name: str) -> list[Any]:
        return self.values[name]

    def has(self, name: str) -> bool:
        """Whether the file has the column at all."""
        return name in self.mapping

    def raw(self, name: str) -> Sequence[str]:
        """The cells of a column as they stand in the file."""
        if name in self.mapping:
            return self.table.columns[self.mapping[name]]
        return [""] * len(self)

    def number(self, position: int, column: str = "") -> int:
        """The row number that people see; of a file turned on its side, that of the column."""
        if self.table.line_numbers and column in self.mapping:
            return self.table.line_numbers[self.mapping[column]]
        return self.table.row_numbers[position]

    def reject(
        self, position: int, column: str, code: str, *, value: str | None = None, **params: Any
    ) -> None:
        """Note that a row cannot be taken, and why."""
        self._bad.add(position)
        shown = self._shown(position, column) if value is None else value
        self.issues.append(Issue(self.number(position, column), column, code, shown, params))

    def reject_cell(self, position: int, column: str, error: CellError) -> None:
        self.reject(position, column, error.code, **error.params)

    def warn(self, position: int, column: str, code: str, **params: Any) -> None:
        """Note something worth knowing about a row that is taken nevertheless."""
        shown = self._shown(position, column)
        self.issues.append(Issue(self.number(position, column), column, code, shown, params, True))

    def _shown(self, position: int, column: str) -> str:
        if column not in self.mapping:
            return ""
        return self.table.columns[self.mapping[column]][position]

    @property
    def good(self) -> Sequence[int]:
        """Positions of the rows that can be taken, in order."""
        if not self._bad:
            return range(len(self))
        return [n for n in range(len(self)) if n not in self._bad]

    @property
    def rejected(self) -> set[int]:
        return self._bad

    def is_bad(self, position: int) -> bool:
        return position in self._bad

    def pick(self, name: str, positions: Sequence[int]) -> list[Any]:
        """Return the values of a column at these positions."""
        values = self.values[name]
        if isinstance(positions, range) and len(positions) == len(values):
            return values
        return [values[n] for n in positions]

    def refuse_duplicates(self, keys: Sequence[Any], column: str) -> None:
        """Reject each row whose key stood in an earlier row. None is no key."""
        if len(set(keys)) == len(keys):
            return
        first: dict[Any, int] = {}
        for position, key in enumerate(keys):
            if key is None:
                continue
            earlier = first.setdefault(key, position)
            if earlier != position:
                self.reject(position, column, "DUPLICATE_IN_FILE", first=self.number(earlier))

    def groups(self, keys: Sequence[Any]) -> dict[Any, list[int]]:
        """Return the positions of each record whose rows stand under one key, None left out."""
        found: dict[Any, list[int]] = {}
        for position, key in enumerate(keys):
            if key is not None:
                found.setdefault(key, []).append(position)
        return found

    def reject_whole_groups(self, groups: Mapping[Any, list[int]], column: str) -> None:
        """Reject the other rows of a record of which one row is bad."""
        for positions in groups.values():
            bad = [n for n in positions if n in self._bad]
            if bad and len(bad) < len(positions):
                first = self.number(bad[0])
                for position in positions:
                    if position not in self._bad:
                        self.reject(position, column, "GROUP_REJECTED", first=first)

    def require_same(
        self, groups: Mapping[Any, list[int]], names: Iterable[str], skip_blank: bool = False
    ) -> None:
        """Reject rows that contradict the first row of their record in one of these columns."""
        for name in names:
            values = self.values[name]
            for positions in groups.values():
                said = values[positions[0]]
                for position in positions[1:]:
                    if values[position] != said and not (skip_blank and values[position] is None):
                        self.reject(
                            position,
                            name,
                            "HEADER_DIFFERS",
                            first=self.number(positions[0]),
                            expected=str(said if said is not None else "–"),
                        )


def rename_columns(table: Table, mapping: Mapping[str, str]) -> Table:
    """Call the columns of a table by the names that were given to them; "" leaves a column out."""
    known = {fold_name(label): name for label, name in mapping.items()}
    kept = [n for n, name in enumerate(table.header) if known.get(fold_name(name)) != ""]
    header = tuple(known.get(fold_name(table.header[n]), table.header[n]) for n in kept)
    columns = tuple(table.columns[n] for n in kept)
    return replace(table, header=header, columns=columns)


class ImportKind:
    """One kind of file. A subclass says what its rows mean.

    `check` rejects rows and sets `rows.outcome`; it may only read. `store` writes the good rows, in
    the same transaction. What `check` found out is handed to `store` as the plan.
    """

    name: ClassVar[str]
    title: ClassVar[str | Promise]
    help: ClassVar[str | Promise] = ""
    columns: ClassVar[tuple[Column, ...]]
    lock: ClassVar[str]
    """Imports with the same lock wait for each other."""

    def columns_of(self, header: Sequence[str]) -> tuple[Column, ...]:
        """The columns to look for in a file with this header; the same for nearly every kind."""
        return self.columns

    def prepare(self, table: Table, mapping: Mapping[str, str]) -> Table:
        """Return the table as it is read: columns called as their source was once explained."""
        return rename_columns(table, mapping)

    def targets(self) -> list[tuple[str, str, str]]:
        """What a column of a file may mean: (name, Chinese label, English label)."""
        return [(column.name, column.zh, column.label) for column in self.columns]

    def check(self, rows: Rows, context: Context) -> Any:
        raise NotImplementedError

    def store(self, rows: Rows, plan: Any, context: Context) -> dict[str, Any]:
        """Write the good rows; return what else is worth telling (goes into the event)."""
        raise NotImplementedError


_KINDS: dict[str, ImportKind] = {}

LATER: dict[str, str | Promise] = {
    "remittance_advice": gettext_lazy("remittance advices"),
    "bills": gettext_lazy("bills of exchange"),
    "insurance_limits": gettext_lazy("buyer limits of credit insurance"),
    "bank": gettext_lazy("bank statements"),
}
"""Kinds that the file formats name and that this version does not read yet."""


def register(kind: type[ImportKind]) -> type[ImportKind]:
    """Make a kind known, by its name."""
    _KINDS[kind.name] = kind()
    return kind


def get_kind(name: str) -> ImportKind:
    """Return a kind. Raises UnknownKind, which names those that stand."""
    if name in _KINDS:
        return _KINDS[name]
    known = ", ".join(_KINDS)
    if name in LATER:
        raise UnknownKind(
            _("Files of the kind %(kind)s (%(title)s) are not read yet. Known kinds: %(known)s.")
            % {"kind": name, "title": LATER[name], "known": known},
            field="kind",
            value=name,
        )
    raise UnknownKind(
        _("There is no import of the kind %(kind)s. Known kinds: %(known)s.")
        % {"kind": name, "known": known},
        field="kind",
        value=name,
    )


def list_kinds() -> Iterator[ImportKind]:
    """Yield the kinds in the order in which a new installation needs them."""
    order = (
        "holidays", "rates", "customers", "contacts", "facts", "list_checks", "signals", "statements",
        "opening_items", "orders", "deliveries", "invoices", "payments",
    )  # fmt: skip
    return iter(sorted(_KINDS.values(), key=lambda k: order.index(k.name)))
