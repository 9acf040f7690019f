"""Files as accountants make them: lines down and periods across, names of their own.

Such a file is turned on its side, so that each period becomes a row and each line a column; the rows
of the file stay known, because that is where a person looks for what is wrong.
"""

from collections.abc import Iterator, Mapping, Sequence

from common.imports.fields import fold_name
from common.imports.reading import Table
from common.parsing import is_blank
from scoring.domain.statements.items import normalise_label
from scoring.domain.statements.pasting import read_roles
from scoring.imports.columns import HEADER, OPENING, find_column, is_header_name, is_long

LABEL_COLUMNS = 3
ENOUGH_NAMES = 3
_CUSTOMER_NAMES = {fold_name(name) for name in HEADER[0].names()}


def turn(table: Table) -> Table:
    """Return the file with a row per statement, if its lines stand in rows; else as it is."""
    if any(fold_name(name) in _CUSTOMER_NAMES for name in table.header):
        return table
    labels = _list_label_columns(table)
    if not labels:
        return table
    roles = read_roles(list(table.header))
    values = [
        n
        for n in range(len(table.header))
        if n not in labels and roles.get(n) != "skip" and not _is_empty(table.columns[n])
    ]
    periods = [n for n in values if roles.get(n) != "opening"]
    header: list[str] = []
    columns: list[Sequence[str]] = []
    numbers: list[int] = []
    for name, cells, number in _list_rows(table, labels, periods, values, roles):
        header.append(name)
        columns.append(cells)
        numbers.append(number)
    return Table(
        tuple(header),
        tuple(columns),
        [n + 1 for n in periods],
        table.encoding,
        table.delimiter,
        table.sheet,
        tuple(numbers),
    )


def rename(table: Table, mapping: Mapping[str, str]) -> Table:
    """Call columns, and the lines of a file with a row per line, as their source was explained.

    What was explained as nothing is left out.
    """
    if not mapping:
        return table
    known = {fold_name(label): name for label, name in mapping.items()}
    kept = [n for n, name in enumerate(table.header) if known.get(fold_name(name)) != ""]
    header = [known.get(fold_name(table.header[n]), table.header[n]) for n in kept]
    columns = [table.columns[n] for n in kept]
    line = next((n for n, name in enumerate(header) if is_long([name])), None)
    rows = range(len(table.row_numbers))
    if line is not None:
        lines = {normalise_label(label): name for label, name in mapping.items()}
        cells = [lines.get(normalise_label(cell), cell) for cell in columns[line]]
        blanked = {n for n in rows if columns[line][n] and not cells[n]}
        columns[line] = cells
        columns = [[c for n, c in enumerate(column) if n not in blanked] for column in columns]
        rows = [n for n in rows if n not in blanked]  # type: ignore[assignment]
    return Table(
        tuple(header),
        tuple(columns),
        [table.row_numbers[n] for n in rows],
        table.encoding,
        table.delimiter,
        table.sheet,
        tuple(table.line_numbers[n] for n in kept) if table.line_numbers else (),
    )


def _list_label_columns(table: Table) -> list[int]:
    """Return the leading columns that hold names, when enough of them are known names."""
    found, known = [], 0
    for n in range(min(LABEL_COLUMNS, len(table.header))):
        cells = [cell for cell in table.columns[n] if cell]
        named = sum(_is_name(cell) for cell in cells)
        if named >= ENOUGH_NAMES:
            found.append(n)
            known = max(known, named)
    return found


def _is_name(cell: str) -> bool:
    return is_header_name(cell) or bool(find_column(cell))


def _is_empty(cells: Sequence[str]) -> bool:
    return all(is_blank(cell) for cell in cells)


def _list_rows(
    table: Table,
    labels: list[int],
    periods: list[int],
    values: list[int],
    roles: Mapping[int, str],
) -> Iterator[tuple[str, Sequence[str], int]]:
    """Yield name, cells by period and file row of each line; opening balances as lines of their own."""
    openings = {n: roles.get(n + 1) == "opening" and n + 1 in values for n in periods}
    for place, number in enumerate(table.row_numbers):
        names = [table.columns[n][place] for n in labels]
        name = next((one for one in names if _is_name(one)), next(filter(None, names), ""))
        cells = [table.columns[n][place] for n in periods]
        if not _is_name(name) and _is_empty(cells):
            continue  # a heading, or a line that nobody filled in
        yield name or f"#{number}", cells, number
        item = find_column(name)
        if item and any(openings.values()):
            before = [table.columns[n + 1][place] if openings[n] else "" for n in periods]
            if not _is_empty(before):
                yield OPENING + item, before, number
