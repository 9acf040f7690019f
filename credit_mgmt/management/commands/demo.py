"""Load a synthetic portfolio of two years into an empty database."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from common.clock import business_today
from credit_mgmt.demo.portfolio import (
    AlreadyFilled,
    count_steps,
    list_progress,
    load_portfolio,
)


class Command(BaseCommand):
    help = "Load a sample portfolio over 24 months. The same seed and date give the same rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, default=300)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--as-of", type=date.fromisoformat, default=None, help="ISO date; default: today"
        )

    def handle(
        self, *args: Any, customers: int, seed: int, as_of: date | None, **options: Any
    ) -> None:
        if customers < 1:
            raise CommandError("--customers: at least 1")
        with tqdm(total=count_steps(customers), unit="", leave=True, file=self.stderr._out) as bar:

            def tell(step: str, done: int) -> None:
                bar.set_description(f"{step:<12}", refresh=False)
                bar.update(done)

            try:
                loaded = load_portfolio(
                    customers=customers, seed=seed, as_of=as_of or business_today(), tell=tell
                )
            except AlreadyFilled:
                raise CommandError(
                    "The database holds customers already. Load the sample into an empty one."
                ) from None
        self.stdout.write("\n".join(list_progress(loaded)))
