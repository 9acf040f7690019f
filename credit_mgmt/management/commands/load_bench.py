"""Load a benchmark data set (customers, invoices, payments, allocations, orders) by bulk copy."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from credit_mgmt.bench.loading import STEPS, AlreadyLoaded, analyze, count_open, load_data_set
from credit_mgmt.bench.staging import BadDataSet


class Command(BaseCommand):
    help = "Load the data set in a folder into an empty database, as the book of company BENCH."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="folder with the CSV or Parquet files")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder")
        begin = time.perf_counter()
        with tqdm(total=len(STEPS) + 2, unit="", file=self.stderr._out) as bar:

            def tell(step: str) -> None:
                bar.set_description(f"{step:<14}", refresh=False)
                bar.update(1)

            try:
                loaded = load_data_set(folder, tell=tell)
            except AlreadyLoaded:
                raise CommandError(
                    "The database holds customers. Load into an empty one."
                ) from None
            except BadDataSet as error:
                raise CommandError(str(error)) from None
        analyze()
        count, amount = count_open()
        for table, rows in loaded.rows.items():
            self.stdout.write(f"  {table:<14}{rows:>12,}")
        self.stdout.write(
            f"  {count:,} documents open, {amount} EUR; {time.perf_counter() - begin:.1f} s"
        )
