"""Measure the product beside what the same data allows; write var/bench/results.json."""

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from tqdm import tqdm

from credit_mgmt.bench import ideal
from credit_mgmt.bench.data import write_data_set
from credit_mgmt.bench.jobs import JOBS, JOBS_ON_REQUEST
from credit_mgmt.bench.loading import AlreadyLoaded, analyze, load_data_set
from credit_mgmt.bench.measure import Result
from credit_mgmt.bench.real_statements import NoRealData
from customers.models import Company

RESULTS = Path("var") / "bench" / "results.json"
ROW = "{:<20}{:>12}{:>11}{:>11}{:>10}{:>11}{:>9}{:>14}"


class Command(BaseCommand):
    help = "Run the benchmarks in an empty database of their own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", type=int, default=100_000, help="documents in the book")
        parser.add_argument(
            "--job",
            choices=[*JOBS, *JOBS_ON_REQUEST, ""],
            default="",
            help=f"one job; default: all but {', '.join(JOBS_ON_REQUEST)}",
        )
        parser.add_argument(
            "--data", type=Path, default=None, help="a data set to load instead of making one"
        )

    def handle(self, *args: Any, size: int, job: str, data: Path | None, **options: Any) -> None:
        if size < 1000:
            raise CommandError("--size: at least 1000 documents")
        with connection.cursor() as cursor:
            cursor.execute("set statement_timeout = 0")
        company = None if job in JOBS_ON_REQUEST else self._load(size, data)
        results: list[Result] = []
        self.stdout.write(
            ROW.format(
                "job", "size", "seconds", "cpu s", "peak MB", "limit s", "ratio", "per second"
            )
        )
        for name in [job] if job else JOBS:
            ideal.drop_all()
            for result in self._run(name, company, size):
                results.append(result)
                self._show(result)
        ideal.drop_all()
        path = settings.BASE_DIR / RESULTS
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([result.as_json() for result in results], indent=1) + "\n")
        self.stdout.write(f"written to {RESULTS}")

    def _run(self, name: str, company: Company | None, size: int) -> Iterator[Result]:
        if company is not None:
            yield from JOBS[name](company, size)
            return
        try:
            yield from JOBS_ON_REQUEST[name](size)
        except NoRealData as error:
            raise CommandError(str(error)) from None

    def _load(self, size: int, data: Path | None) -> Company:
        known = Company.objects.filter(code="BENCH").first()
        if known is not None:
            self.stdout.write("using the book that is loaded already")
            return known
        begin = time.perf_counter()
        with (
            tempfile.TemporaryDirectory() as folder,
            tqdm(total=10, unit="", file=self.stderr._out) as bar,
        ):
            if data is None:
                bar.set_description("making data   ")
                write_data_set(Path(folder), docs=size)
            bar.update(1)

            def tell(step: str) -> None:
                bar.set_description(f"{step:<14}", refresh=False)
                bar.update(1)

            try:
                loaded = load_data_set(data or Path(folder), tell=tell)
            except AlreadyLoaded:
                raise CommandError("The database holds customers; give it an empty one.") from None
        analyze()
        self.stdout.write(
            f"{loaded.rows['invoices']:,} documents loaded in {time.perf_counter() - begin:.1f} s"
        )
        return loaded.company

    def _show(self, result: Result) -> None:
        self.stdout.write(
            ROW.format(
                result.job,
                f"{result.size:,}",
                f"{result.seconds:.4f}",
                f"{result.cpu_seconds:.4f}",
                f"{result.peak_mb:.1f}",
                f"{result.limit_seconds:.4f}",
                f"{result.ratio:.2f}",
                f"{result.size / max(result.seconds, 1e-6):,.0f}",
            )
        )
