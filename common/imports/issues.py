"""What may be wrong with a file: a code for programs, a sentence and a way out for people.

An issue is stored by its code and parameters, and worded when it is shown: each reader gets his own
language.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput
from common.jsonable import to_jsonable

FIX_AND_REPEAT = _("Correct it and bring the file in again.")

# code: (what is wrong, what to do)
MESSAGES: dict[str, tuple[str | Promise, str | Promise]] = {
    # cells
    "REQUIRED": (_("A value is missing."), _("Fill in this column for every row.")),
    "NOT_A_NUMBER": (_("This is not a number."), _("Write digits with a decimal point: 1234.50.")),
    "AMBIGUOUS_NUMBER": (
        _("This number can be read in two ways."),
        _("Write a point for decimals and no other marks: 1234.56."),
    ),
    "TOO_MANY_DECIMALS": (
        _("At most %(allowed)s decimals are possible here."),
        _("Round the value before importing it."),
    ),
    "INVALID_DATE": (_("There is no such date."), _("Write dates as 2026-07-01.")),
    "AMBIGUOUS_DATE": (
        _("Day and month of this date could be swapped."),
        _("Write dates with the year first: 2026-07-01."),
    ),
    "UNKNOWN_CODE": (_("This value is not known here."), _("Possible: %(allowed)s.")),
    "UNKNOWN_CUSTOMER": (
        _("There is no customer with this code."),
        _("Import the customer first, or correct the code."),
    ),
    "DUPLICATE_IN_FILE": (
        _("The same record is in row %(first)s already."),
        _("Keep one of the two rows."),
    ),
    "DUPLICATE_CODE": (
        _("Customer %(holder)s has this registration code already."),
        _("Use the customer that exists, or correct the code."),
    ),
    "POSTED_DOCUMENT_DIFFERS": (
        _("A document with this number is posted with other content: %(changed)s."),
        _("Posted documents are not changed. Correct it by a credit note or a reversal."),
    ),
    "OUT_OF_RANGE": (
        _("The number must lie between %(low)s and %(high)s."),
        _("Check the unit of the column: amounts in full, shares in percent."),
    ),
    "IN_THE_FUTURE": (
        _("This day lies in the future."),
        _("Write the day that the value is about, and the day on which it was learnt."),
    ),
    "PERIOD_CLOSED": (_("The books of this date are closed."), _("Use a later posting date.")),
    "SIGN": (
        _("The sign does not fit this kind of document."),
        _("Credit notes and advances are negative, everything else is positive."),
    ),
    "BELOW_ZERO": (
        _("This amount is below zero."),
        _("Write an amount of zero or more, or leave the cell empty."),
    ),
    "IN_FUTURE": (_("This day has not come yet."), _("Correct the date.")),
    "DATES_CROSSED": (
        _("This date lies before the one it must follow."),
        _("Compare the dates with the original."),
    ),
    "SUM_MISMATCH": (_("The parts do not add up to %(expected)s."), FIX_AND_REPEAT),
    "BALANCE_BREAK": (
        _(
            "The statement does not add up: %(item)s is stated as %(stated)s, its parts give %(computed)s."
        ),
        _("Check the amounts and their unit against the printed statement."),
    ),
    "CHECK_CHAR": (
        _("The check character is wrong, so at least one character is."),
        _("Compare the code with the business licence or the register."),
    ),
    "LENGTH": (_("The value is too long or too short."), _("Compare it with the original.")),
    "ALPHABET": (_("It holds characters that cannot be here."), _("Compare it with the original.")),
    "SCIENTIFIC_NOTATION": (
        _("A spreadsheet has turned this code into a number and lost digits."),
        _("Format the column as text and enter the code again."),
    ),
    "CYCLE": (
        _("The parents lead back to the customer itself: %(path)s."),
        _("A parent cannot be its own descendant. Correct the parent codes."),
    ),
    "TOO_DEEP": (
        _("More than %(allowed)s levels of parents."),
        _("Flatten the tree of parents."),
    ),
    "GROUP_REJECTED": (
        _("Another row of the same record is wrong (row %(first)s)."),
        _("The rows of one record are taken together or not at all."),
    ),
    "HEADER_DIFFERS": (
        _("The rows of one record say different things about it."),
        _("Row %(first)s says %(expected)s. Write the same in all rows of the record."),
    ),
    "UNKNOWN_ITEM": (
        _("No line of a statement has this name."),
        _("Use a machine name, or the printed English or Chinese name of the line."),
    ),
    "DERIVED_ITEM_STATED": (
        _("This figure is computed from others and cannot be entered on a full statement."),
        _("Leave it out, or mark the statement as condensed."),
    ),
    "UNKNOWN_DOCUMENT": (
        _("There is no such document of this customer in this currency."),
        _("Import the document first, or correct its number."),
    ),
    "ALREADY_LIVE": (
        _("The company has posted documents already."),
        _("Opening items are imported before anything else is posted; use an invoices file."),
    ),
    "MORE_THAN_AMOUNT": (
        _("More is open than the document amounts to."),
        _("The open amount lies between 0 and the amount, with the same sign."),
    ),
    "NOT_AN_ORDER_LINE": (
        _("There is no such line of an order of ours."),
        _("Import the order first, or correct its number and line."),
    ),
    # warnings: the row is taken
    "PARKED": (
        _("The payer is not known; the money is kept apart until somebody says whose it is."),
        _("Name the payer on the receipt's page, or correct the customer code before importing."),
    ),
    "DOUBTFUL": (
        _("Check %(check)s: %(item)s is stated as %(stated)s, its parts give %(computed)s."),
        _("Compare it with the printed statement; it is stored with this remark."),
    ),
    "SIGN_DOUBT": (
        _("%(item)s is negative, which this line hardly ever is."),
        _("Compare it with the printed statement."),
    ),
    "SAME_NAME": (
        _("Customer %(holder)s has the same name."),
        _("Make sure that it is not the same enterprise entered twice."),
    ),
    "KEPT_STATE": (
        _("The state stays as it is (%(state)s)."),
        _("The state of a customer is changed on its page, by somebody who may."),
    ),
    # the file
    "MISSING_COLUMN": (
        _("The column %(name)s (%(label)s) is missing."),
        _("Add it to the header. A template with all columns can be downloaded."),
    ),
    "DUPLICATE_COLUMN": (
        _("Two columns mean the same: %(name)s."),
        _("Keep one of them."),
    ),
    "TOO_MANY_ROWS": (
        _("The file has more than %(allowed)s rows."),
        _("Split it into several files."),
    ),
    "TOO_MANY_COLUMNS": (
        _("The file has more than %(allowed)s columns."),
        _("Remove the columns that are not needed."),
    ),
    "TOO_MANY_CELLS": (
        _("The row has more cells than the header."),
        _("A value with a separator in it must stand in quotes."),
    ),
    "CUT_OFF": (
        _("The last row ends in the middle: a part of the file is missing."),
        _("Export the file again, or end its last row with a line break."),
    ),
    "CELL_TOO_LONG": (_("A cell is far too long."), _("Look for a quote that is never closed.")),
    "BAD_QUOTES": (
        _("The quotes around a value do not match."),
        _("Double a quote inside a quoted value, and close each one."),
    ),
    "ENCODING": (
        _("The text is neither UTF-8 nor GB18030, or it changes between the two."),
        _("Save the file as CSV UTF-8, or as an Excel workbook (.xlsx)."),
    ),
    "FILE_KIND": (
        _("This is neither a CSV file nor an Excel workbook (.xlsx) that can be read."),
        _("Save it as CSV UTF-8 or as .xlsx."),
    ),
    "FILE_TOO_LARGE": (
        _("The file is larger than %(allowed)s MB."),
        _("Split it into several files."),
    ),
    "NO_ROWS": (_("The file has no rows."), _("The first row is the header, data follow below.")),
    "NO_SUCH_SHEET": (_("There is no sheet “%(sheet)s”."), _("The workbook has: %(sheets)s.")),
    "FORMULA": (
        _("Column %(column)s holds a formula."),
        _("Copy the sheet and paste it as values."),
    ),
    "MERGED_CELLS": (
        _("The cells %(area)s are merged."),
        _("Undo the merging; each row must stand for itself."),
    ),
}


class UnknownKind(InvalidInput):
    """There is no import of this kind."""

    code = "UNKNOWN_KIND"


class FileRefused(InvalidInput):
    """A file as a whole cannot be read; `row` and `column` say where."""

    def __init__(self, code: str, *, row: int = 0, column: str = "", **params: Any) -> None:
        super().__init__(describe(code, params | {"column": column})[0], field="file", code=code)
        self.params = params
        self.row = row
        self.column = column


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: where, what, which value, and what the sentence needs to know."""

    row: int
    column: str
    code: str
    value: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    is_warning: bool = False

    @property
    def message(self) -> str:
        return describe(self.code, self.params)[0]

    @property
    def way_out(self) -> str:
        return describe(self.code, self.params)[1]

    def as_json(self) -> dict[str, Any]:
        """Return what is stored with the batch."""
        return {
            "row": self.row,
            "column": self.column,
            "code": self.code,
            "value": self.value[:200],
            "params": to_jsonable(self.params),
            **({"is_warning": True} if self.is_warning else {}),
        }


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


def describe(code: str, params: dict[str, Any]) -> tuple[str, str]:
    """Return the sentence and the way out, in the active language."""
    message, way_out = MESSAGES.get(code, (code, FIX_AND_REPEAT))
    if code == "UNKNOWN_CODE" and not params.get("allowed"):
        way_out = FIX_AND_REPEAT
    values = _Lenient(params)
    return str(message) % values, str(way_out) % values


def read_issues(stored: Iterable[dict[str, Any]]) -> list[Issue]:
    """Return the issues of a batch, to be shown in the active language."""
    return [
        Issue(
            row["row"],
            row["column"],
            row["code"],
            row["value"],
            row.get("params", {}),
            row.get("is_warning", False),
        )
        for row in stored
    ]
