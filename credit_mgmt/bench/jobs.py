"""The jobs of the benchmark; each is measured beside its limit, on the same rows, in the same run."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from collection.models import DunningRun
from collection.services import prepare_dunning_run
from common.bulk import fetch_rows
from common.imports.service import import_file
from common.models import ImportBatch
from credit_mgmt.bench import ideal
from credit_mgmt.bench.checks import count_held, prepare_accounts, run_checks, run_ideal
from credit_mgmt.bench.data import AS_OF, END
from credit_mgmt.bench.measure import Result, compare, measure
from credit_mgmt.bench.ratings import make_rated_customers
from credit_mgmt.bench.real_statements import find_data_dir
from credit_mgmt.bench.validation import BOOTSTRAPS, Sample, rank_once, read_sets, validate_set
from credit_mgmt.bench.validation_report import make_report, put_between_marks, write_figures
from customers.models import Company
from receivables.selectors import get_aging
from scoring.services import rate_customers

MOST_RATED = 100_000
MOST_IMPORTED = 200_000
# No set of known bankruptcies is larger.
MOST_VALIDATED = 100_000
PAGE = 100
HEAD = "invoice_no,doc_type,customer_code,doc_date,posting_date,due_date,currency,net,tax,gross"

Job = Callable[[Company, int], Iterator[Result]]


class WrongResult(AssertionError):
    """The product and its counterpart do not count the same money: a figure would mean nothing."""


def bench_import(company: Company, size: int) -> Iterator[Result]:
    """Import a file of invoices; beside it, COPY of the same rows into an ideal table."""
    rows = min(MOST_IMPORTED, max(5_000, size // 5))
    codes = [row[0] for row in fetch_rows("select code from customers_customer order by id")]
    content = _invoice_file(codes, rows)
    ideal.build_documents()
    limit = measure(lambda: _copy_documents(rows, len(codes)), runs=1)

    def work() -> None:
        batch = import_file(
            kind="invoices",
            content=content,
            file_name="bench.csv",
            as_of=END,
            company_code=company.code,
            max_rows=None,
            max_bytes=None,
        )
        if batch.state != ImportBatch.State.IMPORTED or batch.created != rows:
            raise WrongResult(f"{batch.state}: {batch.created} of {rows}, {batch.issues[:2]}")

    yield compare("import", rows, measure(work, runs=1), limit)


def bench_aging(company: Company, size: int) -> Iterator[Result]:
    """Age every customer as of a past day; beside it, the totals of the narrow table."""
    ideal.build_movements()

    def product() -> list[Decimal]:
        totals = get_aging(as_of=AS_OF, edges=ideal.EDGES, page_size=PAGE).totals
        return [totals.not_due, *totals.buckets, -totals.unapplied]

    found, expected = product(), ideal.age_movements(AS_OF)
    if found != expected:
        raise WrongResult(f"aging: {found} is not {expected}")
    limit = measure(lambda: ideal.age_movements(AS_OF))
    yield compare("aging", size, measure(product), limit)


def bench_dunning(company: Company, size: int) -> Iterator[Result]:
    """Prepare a dunning run; beside it, one statement that chooses and stores."""
    if DunningRun.objects.filter(company=company).exists():
        raise WrongResult("this book was dunned already; begin with an empty database")
    ideal.build_items()
    limit = measure(lambda: ideal.dun_items(END), runs=3)
    yield compare(
        "dunning",
        size,
        measure(lambda: prepare_dunning_run(company=company, as_of=END), runs=1),
        limit,
    )


def bench_order_check(company: Company, size: int) -> Iterator[Result]:
    """Check orders by eight sessions on one account, then on two hundred."""
    customers = prepare_accounts(company)
    if not customers:
        raise WrongResult("no customer without old debts: the book is too small")
    ideal.build_accounts()
    for job, ids in (("order_check_hot", customers[-1:]), ("order_check_spread", customers)):
        before, _held = count_held(ids)
        load = run_checks(company, ids)
        stored, held = count_held(ids)
        if stored - before != load.checks or held == 0:
            raise WrongResult(f"{load.checks} checks, {stored - before} stored, {held} held")
        fastest = run_ideal(ids)
        yield compare(job, load.checks, load.cost_of(load.checks), fastest.cost_of(load.checks))


def bench_rate(company: Company, size: int) -> Iterator[Result]:
    """Rate everybody; beside it, a statement that calculates a Z″ and stores a letter."""
    customers = min(MOST_RATED, max(size, 1000))
    make_rated_customers(customers)
    ideal.build_figures()
    limit = measure(ideal.grade_figures, runs=3)

    def work() -> None:
        counts = rate_customers(as_of=_rated_on())
        if counts.created < customers:
            raise WrongResult(f"{counts.created} of {customers} rated")

    yield compare("rate", customers, measure(work, runs=1), limit)


def bench_validation(size: int) -> Iterator[Result]:
    """Validate every model on known bankruptcies; beside it, reading the files and ranking once.

    Writes ``var/bench/validation.json`` and, when no set was cut down, the tables of
    ``docs/validation.md``.

    Raises:
        NoRealData: the folder of real data is not there.
    """
    folder, found = find_data_dir(), list[Sample]()

    def work() -> None:
        for data in read_sets(folder, size):
            found.extend(validate_set(data, samples=BOOTSTRAPS if size >= MOST_VALIDATED else 100))

    cost = measure(work, runs=1)
    limit = measure(lambda: rank_once(folder, size), runs=1)
    base = Path(settings.BASE_DIR)
    write_figures(base / "var" / "bench" / "validation.json", found)
    if size >= MOST_VALIDATED:
        put_between_marks(base / "docs" / "validation.md", make_report(found))
    rows = sum(sample.rows for sample in found if sample.name != "us_test")
    yield compare("validation", rows, cost, limit)


JOBS: dict[str, Job] = {
    "import": bench_import,
    "aging": bench_aging,
    "dunning": bench_dunning,
    "order_check": bench_order_check,
    "rate": bench_rate,
}

# Jobs that need no book, and are done only when they are named.
JOBS_ON_REQUEST: dict[str, Callable[[int], Iterator[Result]]] = {"validation": bench_validation}


def _rated_on() -> date:
    return END.replace(month=END.month + 1)


def _invoice_file(codes: list[str], rows: int) -> bytes:
    lines = [HEAD]
    for n in range(rows):
        cents = 10_000 + n * 37 % 900_000
        net = f"{cents / 100:.2f}"
        day = f"2026-06-{1 + n % 30:02d}"
        lines.append(
            f"NEW{n:09d},INV,{codes[n * 7919 % len(codes)]},{day},{day},2026-07-{1 + n % 30:02d},"
            f"EUR,{net},0.00,{net}"
        )
    return ("\n".join(lines) + "\n").encode()


def _copy_documents(rows: int, buyers: int) -> None:
    """Copy as many rows as the file has into the ideal table, as text, then take them away."""
    import io

    from django.db import connection, transaction

    ids = [row[0] for row in fetch_rows("select id from bench_buyer order by id")]
    lines = (
        f"{10**12 + n}\tNEW{n:09d}\t{ids[n * 7919 % buyers]}\t2026-06-{1 + n % 30:02d}"
        f"\t2026-07-{1 + n % 30:02d}\t{100 + n % 9000}.00\t{100 + n % 9000}.00\n"
        for n in range(rows)
    )
    stream = io.StringIO("".join(lines))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.cursor.copy_expert("copy bench_document from stdin", stream, size=1 << 18)
        transaction.set_rollback(True)
