"""One dunning run from the shell."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from collection.models import DunningRun
from collection.services import prepare_dunning_run
from common.clock import business_today
from common.errors import CreditError
from customers.models import Company


class Command(BaseCommand):
    help = "Prepares the dunning run of one day; its letters then wait for approval."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, default=None)
        parser.add_argument("--company", default="", help="code of one company; all by default")
        parser.add_argument("--dry-run", action="store_true", help="show the run, store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        as_of = options["as_of"] or business_today()
        companies = Company.objects.order_by("code")
        if options["company"]:
            companies = companies.filter(code=options["company"].upper())
        if not companies:
            raise CommandError(f"There is no company {options['company'].upper()}".strip())
        for company in companies:
            with transaction.atomic():
                try:
                    run = prepare_dunning_run(company=company, as_of=as_of)
                except CreditError as error:
                    raise CommandError(f"{company.code}: {error}") from error
                if options["dry_run"]:
                    transaction.set_rollback(True)
            self._show(company, run, dry_run=options["dry_run"])

    def _show(self, company: Company, run: DunningRun, *, dry_run: bool) -> None:
        counts = run.counts
        note = " (dry run, nothing stored)" if dry_run else ""
        self.stdout.write(f"{company.code} {run.as_of}: {counts['letters']} letters{note}")
        self.stdout.write(f"  items {counts['items']}, of which rise {counts['raised']}")
        for level, letters in counts["levels"].items():
            self.stdout.write(f"  level {level}: {letters}")
        for currency, amount in counts["totals"].items():
            self.stdout.write(f"  total {currency} {amount}")
        reasons: dict[str, int] = {}
        for row in run.skipped:
            reasons[row["reason"]] = reasons.get(row["reason"], 0) + row["items"]
        for reason, items in sorted(reasons.items()):
            self.stdout.write(f"  left out, {reason}: {items} items")
