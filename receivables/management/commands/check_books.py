"""Recount the books (promise R2): exit 1 and name the rows when anything does not add up."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from receivables.selectors.books import CHECKS, list_differences


class Command(BaseCommand):
    help = "Recount every document, receipt, application and posting; exit 1 if any differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=1000, help="rows shown per check")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list_differences(limit=options["limit"])
        for difference in found:
            self.stdout.write(
                f"{difference.check}: {difference.row}: expected {difference.expected},"
                f" found {difference.found}"
            )
        if found:
            self.stderr.write(f"{len(found)} differences")
            sys.exit(1)
        self.stdout.write(f"books add up: {len(CHECKS)} checks, no difference")
