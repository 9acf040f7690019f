"""Load the sample portfolio: one transaction for what happened, then the night of the day itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from common.errors import Conflict
from common.events import record_event
from credit_mgmt.demo.accounts import draw_answers, draw_statements
from credit_mgmt.demo.books import Books, Trader, plan_books
from credit_mgmt.demo.credit import Granted, ask_for_limits, grant_limits
from credit_mgmt.demo.dossiers import Dossier, make_dossiers
from credit_mgmt.demo.habits import NEW
from credit_mgmt.demo.history import write_letters, write_promises, write_talks, write_use
from credit_mgmt.demo.knowledge import write_checks, write_facts, write_papers, write_relations
from credit_mgmt.demo.ledger import Ledger, list_by_customer
from credit_mgmt.demo.orders import check_orders, make_orders
from credit_mgmt.demo.people import ensure_people
from credit_mgmt.demo.rooms import (
    answer_signals,
    write_draft_of_models,
    write_investigations,
    write_markets,
    write_risk_group,
)
from credit_mgmt.nightly import keep_month_ends, run_night
from credit_mgmt.reference import seed_reference_data
from customers.models import Company, Customer, Task
from dashboards.domain.periods import list_month_ends
from receivables.domain.terms import read_term
from receivables.models import AgingSnapshot
from scoring.services import confirm_assessment, rate_customers, save_assessment, save_statement
from users.models import User

MONTHS = 24
RATED_BEFORE = (190, 95, 32, 1)  # days before the date
REASSESS_EVERY = 5

Tell = Callable[[str, int], None]


class AlreadyFilled(Conflict):
    """The database holds customers; a sample portfolio is loaded into an empty one only."""

    code = "ALREADY_FILLED"


@dataclass
class Loaded:
    """How much was loaded, by kind."""

    counts: dict[str, int] = field(default_factory=dict)


def count_steps(customers: int) -> int:
    """Return how many steps of progress loading takes."""
    return 3 * customers + 34


def load_portfolio(
    *,
    customers: int,
    seed: int,
    as_of: date,
    tell: Tell = lambda step, done: None,
) -> Loaded:
    """Load everything, then run the night of `as_of`. Raises AlreadyFilled.

    `tell` is told the step and how much of the whole it has done.
    """
    if Customer.objects.exists():
        raise AlreadyFilled("there are customers already")
    loaded = Loaded()
    with transaction.atomic():
        _load_history(loaded, customers, seed, as_of, tell)
    tell("night", 4)
    run_night(as_of=as_of)
    loaded.counts["signals_answered"] = answer_signals(as_of=as_of, people=ensure_people())
    return loaded


def _load_history(loaded: Loaded, count: int, seed: int, as_of: date, tell: Tell) -> None:
    counts = loaded.counts
    seed_reference_data()
    people = ensure_people()
    company = Company.objects.get(code="HY")
    tell("customers", 2)
    dossiers = make_dossiers(count, seed=seed, as_of=as_of, people=people)
    counts["customers"] = len(dossiers)
    tell("statements", 0)
    counts["statements"] = _write_statements(dossiers, seed, as_of, people, tell)
    counts["assessments"] = _write_answers(dossiers, seed, as_of, people, tell)
    tell("dossiers", 2)
    counts["papers"] = write_papers(dossiers, seed=seed, as_of=as_of, people=people)
    counts["facts"] = write_facts(dossiers, seed=seed, as_of=as_of, people=people)
    counts["checks_of_lists"] = write_checks(dossiers, seed=seed, as_of=as_of, people=people)
    counts["relations"] = write_relations(dossiers, as_of=as_of, people=people)
    tell("invoices", 2)
    books = plan_books(_list_traders(dossiers), seed=seed, as_of=as_of, months=MONTHS)
    ledger = Ledger(company, dossiers, books)
    counts["documents"] = ledger.post_documents()
    tell("receipts", 6)
    counts["receipts"] = ledger.post_payments()
    tell("disputes", 4)
    counts["disputes"] = ledger.contest(people)
    counts["matched"] = ledger.match_latest(as_of=as_of, actor=people["finance"])
    ledger.park_unknown(as_of=as_of, actor=people["finance"])
    # Before the ratings: what was promised and kept is part of how a customer pays.
    counts["promises"] = write_promises(
        dossiers, company=company, seed=seed, as_of=as_of, people=people
    )
    tell("ratings", 2)
    counts["ratings"] = _rate_before(as_of)
    tell("limits", 2)
    documents = list_by_customer(books.documents)
    granted = grant_limits(
        dossiers, documents, company=company, seed=seed, as_of=as_of, people=people
    )
    counts["requests"] = ask_for_limits(granted, seed=seed, as_of=as_of, people=people)
    tell("orders", 2)
    orders = make_orders(dossiers, documents, company=company, seed=seed, as_of=as_of)
    checks = check_orders(orders, company=company, as_of=as_of, people=people)
    counts |= {f"checks_{decision.lower()}": n for decision, n in sorted(checks.items())}
    tell("rooms", 2)
    counts["investigations"] = write_investigations(dossiers, as_of=as_of, people=people)
    counts["markets"] = write_markets(dossiers, as_of=as_of, people=people)
    write_risk_group(dossiers, as_of=as_of, people=people)
    write_draft_of_models(as_of=as_of, people=people)
    tell("letters", 2)
    counts["letters"] = write_letters(dossiers, company=company, as_of=as_of, people=people)
    counts["talks"] = write_talks(dossiers, seed=seed, as_of=as_of, people=people)
    tell("snapshots", 2)
    keep_month_ends(as_of=as_of)
    counts["uses"] = _write_use(granted, books, company, as_of)
    record_event(
        "demo.portfolio.loaded",
        actor=None,
        subject=("demo", str(seed)),
        as_of=as_of,
        after={"customers": count, "seed": seed},
    )
    tell("done", 2)


def _list_traders(dossiers: list[Dossier]) -> list[Trader]:
    return [
        Trader(
            position=d.position,
            code=d.customer.code,
            name=d.customer.name,
            account=d.account,
            habit=d.habit,
            ticket=d.name.trade.ticket,
            term=read_term(d.term.kind, d.term.params),
        )
        for d in dossiers
        if d.trades
    ]


def _write_statements(
    dossiers: list[Dossier], seed: int, as_of: date, people: dict[str, User], tell: Tell
) -> int:
    """Store three years of accounts of nearly everybody; some of the new ones gave none."""
    count = 0
    for dossier in dossiers:
        tell("statements", 1)
        rng = dossier.rng("statements", seed)
        if rng.random() < (0.5 if dossier.habit is NEW else 0.06):
            continue
        revenue = float(dossier.customer.revenue_cny or 0)
        opinion = "UNQUALIFIED" if rng.random() < 0.6 else "UNAUDITED_FILED"
        for year_end, lines in draw_statements(dossier.habit, revenue, rng, as_of):
            save_statement(
                customer=dossier.customer,
                period_end=year_end,
                lines=lines,
                as_of=as_of,
                actor=people["analyst"],
                opinion=opinion,
                auditor="示例会计师事务所" if opinion == "UNQUALIFIED" else "",
                complete=True,
                received_on=date(year_end.year + 1, 4, 20),
            )
            count += 1
    return count


def _write_answers(
    dossiers: list[Dossier], seed: int, as_of: date, people: dict[str, User], tell: Tell
) -> int:
    """Store confirmed 5C answers, and for some newer ones that changed the picture."""
    count = 0
    for dossier in dossiers:
        tell("assessments", 2)
        rng = dossier.rng("answers", seed)
        if not dossier.trades:
            continue
        days = [as_of - timedelta(days=200)]
        if dossier.position % REASSESS_EVERY == 0:
            days.append(as_of - timedelta(days=rng.choice((2, 4, 20, 60))))
        shift = 0.0
        for day in days:
            assessment = save_assessment(
                customer=dossier.customer,
                as_of=day,
                actor=people["analyst"],
                **draw_answers(dossier.habit, rng, day, shift),
            )
            confirm_assessment(assessment=assessment, as_of=day, actor=people["analyst.lin"])
            shift = rng.choice((-0.3, -0.2, 0.1, 0.2))
            count += 1
    return count


def _rate_before(as_of: date) -> int:
    created = 0
    for days in RATED_BEFORE:
        created += rate_customers(as_of=as_of - timedelta(days=days), changed_only=True).created
    # What an analyst was asked about then has long been looked at.
    Task.objects.filter(kind="RATING_DOWNGRADED").update(state=Task.State.DONE)
    return created


def _write_use(granted: dict[str, Granted], books: Books, company: Company, as_of: date) -> int:
    by_customer: dict[int, list[tuple[date, date, Decimal]]] = {}
    for document in books.documents:
        if document.corrects is None:
            customer = granted[document.trader.code].account.customer_id
            span = (document.ordered_on, document.doc_date, document.gross)
            by_customer.setdefault(customer, []).append(span)
    days = list_month_ends(as_of)
    owed = {
        (customer, day): total
        for customer, day, total in AgingSnapshot.objects.filter(as_of__in=days).values_list(
            "customer_id", "as_of", "total"
        )
    }
    return write_use(granted.values(), by_customer, owed, company=company, days=days)


def list_progress(loaded: Loaded) -> Iterator[str]:
    """Yield the counts as lines for the shell."""
    for name, number in loaded.counts.items():
        yield f"  {name:<22}{number:>8,}"
