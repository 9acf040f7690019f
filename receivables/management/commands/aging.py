"""The aging report in the shell: `manage.py aging --as-of 2026-11-23 --by region --format csv`."""

import csv
import json
import sys
from argparse import ArgumentParser
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand

from common.clock import business_today
from common.money import round_money
from receivables.selectors import AgingReport, AgingRow, get_aging
from receivables.selectors.aging import BASES
from receivables.selectors.aging_sql import GROUPINGS


class Command(BaseCommand):
    help = "Print what is owed on a day, by age."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, help="day of the report")
        parser.add_argument("--basis", choices=tuple(BASES), default="due")
        parser.add_argument("--by", choices=tuple(GROUPINGS), default="customer")
        parser.add_argument("--currency", default="", help="only items in this currency")
        parser.add_argument("--format", choices=("table", "csv", "json"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        report = get_aging(
            as_of=options["as_of"] or business_today(),
            basis=options["basis"],
            by=options["by"],
            currency=options["currency"] or None,
        )
        {"table": self.print_table, "csv": self.print_csv, "json": self.print_json}[
            options["format"]
        ](report)
        for code, amount in report.unconverted.items():
            self.stderr.write(f"no rate for {code}: {amount} is in no row and no total")
        for code, amount in report.unidentified.items():
            self.stderr.write(f"{amount} {code} of receipts came from unknown payers")

    def print_table(self, report: AgingReport) -> None:
        heads = _heads(report)
        lines = [[row.key, row.name, *_amounts(row, report)] for row in report.rows]
        lines.append(["", f"TOTAL {report.count}", *_amounts(report.totals, report)])
        widths = [max(len(line[n]) for line in [heads, *lines]) for n in range(len(heads))]
        self.stdout.write(f"as of {report.as_of}, {report.currency}, by {report.basis} date")
        for line in [heads, *lines]:
            cells = [
                cell.ljust(width) if n < 2 else cell.rjust(width)
                for n, (cell, width) in enumerate(zip(line, widths, strict=True))
            ]
            self.stdout.write("  ".join(cells).rstrip())

    def print_csv(self, report: AgingReport) -> None:
        writer = csv.writer(self.stdout if self.stdout is not sys.stdout else sys.stdout)
        writer.writerow(_heads(report))
        for row in report.rows:
            writer.writerow([row.key, row.name, *_amounts(row, report)])
        writer.writerow(["", "TOTAL", *_amounts(report.totals, report)])

    def print_json(self, report: AgingReport) -> None:
        def describe(row: AgingRow) -> dict[str, Any]:
            return {
                "total": _text(row.total, report),
                "not_due": _text(row.not_due, report),
                "buckets": [_text(amount, report) for amount in row.buckets],
                "unapplied": _text(row.unapplied, report),
                "disputed": _text(row.disputed, report),
                "overdue_ratio": None if row.overdue_ratio is None else str(row.overdue_ratio),
            }

        answer = {
            "as_of": report.as_of.isoformat(),
            "basis": report.basis,
            "by": report.by,
            "currency": report.currency,
            "buckets": [
                {"label": bucket.label, "from": bucket.first or 0, "to": bucket.last}
                for bucket in report.bucket_ranges
            ],
            "totals": describe(report.totals),
            "rows": [{"key": r.key, "name": r.name, **describe(r)} for r in report.rows],
            "count": report.count,
        }
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))


def _heads(report: AgingReport) -> list[str]:
    labels = [bucket.label for bucket in report.ranges]
    return ["key", "name", "total", *labels, "unapplied", "disputed"]


def _amounts(row: AgingRow, report: AgingReport) -> list[str]:
    amounts = (row.total, *report.amounts_of(row), row.unapplied, row.disputed)
    return [_text(amount, report) for amount in amounts]


def _text(amount: Decimal, report: AgingReport) -> str:
    return format(round_money(amount, report.currency), "f")
