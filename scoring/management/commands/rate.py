"""Rate one customer or all of them."""

import csv
import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.clock import business_today
from customers.models import Customer
from scoring.models import Rating
from scoring.selectors import get_current_ratings
from scoring.services import RatingCounts, rate_customers

COLUMNS = ("customer", "name", "grade", "score", "z", "band", "class", "limit", "currency", "valid")


class Command(BaseCommand):
    help = "Rates one customer (--customer CODE) or all (--all) and stores the ratings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        chosen = parser.add_mutually_exclusive_group(required=True)
        chosen.add_argument("--customer", metavar="CODE")
        chosen.add_argument("--all", action="store_true")
        parser.add_argument("--changed", action="store_true", help="only where facts changed")
        parser.add_argument("--as-of", type=date.fromisoformat, default=None, metavar="DATE")
        parser.add_argument("--format", choices=("table", "csv", "json"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        as_of = options["as_of"] or business_today()
        ids = None
        if options["customer"]:
            ids = list(
                Customer.objects.filter(code=options["customer"]).values_list("pk", flat=True)
            )
            if not ids:
                raise CommandError(f"No customer has the code {options['customer']}.")
        counts = rate_customers(as_of=as_of, customer_ids=ids, changed_only=options["changed"])
        show = {"table": self._show_table, "csv": self._show_csv, "json": self._show_json}
        show[options["format"]](counts, _list_rows(ids, counts, as_of=as_of), as_of)

    def _show_table(self, counts: RatingCounts, rows: list[dict[str, str]], as_of: date) -> None:
        if rows:
            widths = {c: max(len(c), *(len(row[c]) for row in rows)) for c in COLUMNS}
            for row in ({c: c for c in COLUMNS}, *rows):
                self.stdout.write("  ".join(row[c].ljust(widths[c]) for c in COLUMNS).rstrip())
        figures = counts.as_counts()
        skipped, reasons = figures.pop("skipped"), figures.pop("by_reason")
        self.stdout.write(f"{as_of}: " + ", ".join(f"{name} {n:,}" for name, n in figures.items()))
        if reasons:
            told = ", ".join(f"{reason} {n:,}" for reason, n in reasons.items())
            self.stdout.write(f"not rated for: {told}")
        for one in skipped[:20]:
            self.stderr.write(f"not rated: {one['customer']} {one['reason']}")
        if figures["not_rated"] > 20:
            self.stderr.write(f"… and {figures['not_rated'] - 20:,} more")

    def _show_csv(self, counts: RatingCounts, rows: list[dict[str, str]], as_of: date) -> None:
        writer = csv.DictWriter(self.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)

    def _show_json(self, counts: RatingCounts, rows: list[dict[str, str]], as_of: date) -> None:
        body = {"as_of": as_of.isoformat(), **counts.as_counts(), "ratings": rows}
        self.stdout.write(json.dumps(body, ensure_ascii=False, indent=1))


def _list_rows(ids: list[int] | None, counts: RatingCounts, *, as_of: date) -> list[dict[str, str]]:
    """Return the ratings in force as text; of a whole portfolio those that this run made."""
    if ids is None:
        ratings = list(Rating.objects.filter(pk__in=counts.created_ids).order_by("customer__code"))
    else:
        ratings = list(get_current_ratings(customer_ids=ids, as_of=as_of).values())
    people = Customer.objects.in_bulk([rating.customer_id for rating in ratings])
    return [
        {
            "customer": people[r.customer_id].code,
            "name": people[r.customer_id].name,
            "grade": f"{r.grade}{r.modifier}",
            "score": _text(r.score),
            "z": _text(r.z_value),
            "band": r.z_band,
            "class": r.risk_class,
            "limit": _text(r.suggested_limit),
            "currency": r.limit_currency,
            "valid": r.valid_to.isoformat(),
        }
        for r in ratings
    ]


def _text(figure: Any) -> str:
    return "" if figure is None else f"{figure:f}"
