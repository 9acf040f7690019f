"""The file that goes back: rejected rows as they came, with the reasons behind them."""

import csv
import io

from django.utils.translation import gettext as _

from common.imports.kinds import Rows
from common.parsing import neutralise_cell


def write_rejects(rows: Rows) -> bytes:
    """Return the rejected rows as CSV (UTF-8 with BOM), safe to open in a spreadsheet.

    The original columns come first, under their own names, so that the file can be corrected and
    brought in again: what stands behind them is ignored then.
    """
    reasons: dict[int, list[str]] = {}
    for issue in rows.issues:
        if issue.is_warning:
            continue
        where = f"{issue.column}: " if issue.column else ""
        # Of a file turned on its side, the row of an issue is that of a line, not of the record.
        row = rows.number(0) if rows.table.line_numbers and len(rows) == 1 else issue.row
        reasons.setdefault(row, []).append(f"{where}{issue.code} {issue.message} {issue.way_out}")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([neutralise_cell(name) for name in rows.table.header] + [_("Row"), _("Errors")])
    for position in sorted(rows.rejected):
        number = rows.number(position)
        cells = [neutralise_cell(column[position]) for column in rows.table.columns]
        writer.writerow([*cells, number, " | ".join(reasons.get(number, ()))])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()
