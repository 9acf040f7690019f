"""From a table of text to typed rows: match the header, parse the columns, note what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.imports.fields import Column, fold_name, parse_column
from common.imports.issues import FileRefused
from common.imports.kinds import ImportKind, Rows
from common.imports.reading import Table
from common.money import CURRENCIES


@dataclass(frozen=True)
class Header:
    """Which column of the file is which of ours, and which are none."""

    mapping: dict[str, int]
    ignored: tuple[str, ...]


def match_header(
    header: Sequence[str], columns: Sequence[Column], line_numbers: Sequence[int] = ()
) -> Header:
    """Match names in English or Chinese. Raises FileRefused for a missing or doubled column."""
    known = {fold_name(name): column for column in columns for name in column.names()}
    mapping: dict[str, int] = {}
    ignored = []
    for position, name in enumerate(header):
        column = known.get(fold_name(name))
        if column is None:
            ignored.append(name or f"#{position + 1}")
        elif column.name in mapping:
            row = line_numbers[position] if line_numbers else 1
            raise FileRefused("DUPLICATE_COLUMN", row=row, column=column.name, name=column.name)
        else:
            mapping[column.name] = position
    for column in columns:
        if column.required and column.name not in mapping:
            raise FileRefused(
                "MISSING_COLUMN", row=1, column=column.name, name=column.name, label=column.zh
            )
    return Header(mapping, tuple(ignored))


def parse_rows(table: Table, kind: ImportKind) -> tuple[Rows, Header]:
    """Parse every cell of the file. Columns that the file does not have are filled with blanks."""
    columns = kind.columns_of(table.header)
    header = match_header(table.header, columns, table.line_numbers)
    rows = Rows(table, header.mapping)
    size = len(table)
    # Currencies first: an amount has as many decimals as its currency.
    for column in sorted(columns, key=lambda c: bool(c.money_in)):
        if column.name not in header.mapping:
            rows.values[column.name] = [column.blank] * size
            continue
        currencies = _currencies_of(rows, column) if column.money_in else None
        values, errors = parse_column(column, rows.raw(column.name), currencies)
        rows.values[column.name] = values
        for position, error in errors.items():
            rows.reject_cell(position, column.name, error)
    return rows, header


def _currencies_of(rows: Rows, column: Column) -> list[str]:
    """Return the currency of each row; where it is refused or absent, CNY, to find more faults."""
    if column.money_in in CURRENCIES:
        return [column.money_in] * len(rows)
    found = rows.values[column.money_in]
    return [code or "CNY" for code in found] if None in found else found
