"""Do every step of the night, in order. Safe to repeat."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.clock import business_today
from credit_mgmt.nightly import NightIsRunning, catch_up, run_night


class Command(BaseCommand):
    help = "Do every step of the night. Without --as-of: missed nights first, then today's."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, default=None, help="ISO date")

    def handle(self, *args: Any, as_of: date | None, **options: Any) -> None:
        try:
            if as_of is None:
                as_of = business_today()
                catch_up(as_of=as_of)
            runs = run_night(as_of=as_of)
        except NightIsRunning:
            raise CommandError("Another night is running; this one did nothing.") from None
        for run in runs:
            counts = ", ".join(f"{name} {value}" for name, value in run.counts.items())
            self.stdout.write(f"{run.as_of} {run.kind:<22}{run.get_state_display()}  {counts}")
