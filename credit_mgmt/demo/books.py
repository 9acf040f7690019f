"""Two years of trade as a plan: what was invoiced, paid, contested and credited, and when.

Pure: dates and amounts out of a seed, nothing is written. `ledger` posts the plan.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from math import ceil
from random import Random

from common.dates import add_months, days_in_month
from common.money import round_half_up
from common.workdays import CN_2025_2026
from credit_mgmt.demo.chance import chance_of
from credit_mgmt.demo.habits import Habit, choose_season
from receivables.domain.terms import PaymentTerm, due_lines

INVOICES_PER_CUSTOMER = 33.4
VAT = Decimal("0.13")
BY_REFERENCE, PARTIAL, BY_HAND = "M3_REFERENCE_EXACT", "M3_REFERENCE_PARTIAL", "BY_HAND"
LATEST_UNWORKED = 2  # days: receipts this young still wait for the matching rules


@dataclass(frozen=True)
class Trader:
    """What the plan needs to know of one customer; `position` is its place in the portfolio."""

    position: int
    code: str
    name: str
    account: str
    habit: Habit
    ticket: float
    term: PaymentTerm


@dataclass
class Document:
    """An invoice, or a credit note of a negative amount that names its invoice in `corrects`."""

    trader: Trader
    doc_date: date
    ordered_on: date
    net: Decimal
    tax: Decimal
    nominal_due: date | None
    due: date | None
    corrects: "Document | None" = None
    number: str = ""
    open: Decimal = Decimal(0)
    dispute: "Contest | None" = None

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


@dataclass
class Contest:
    """A dispute over a document; open while `closed_on` is None."""

    kind: str
    share: Decimal
    raised_on: date
    closed_on: date | None


@dataclass
class Payment:
    """Money of one customer on one day for some documents; the rest stays on account."""

    trader: Trader
    value_date: date
    parts: list[tuple[Document, Decimal]] = field(default_factory=list)
    extra: Decimal = Decimal(0)
    is_mute: bool = False
    applied_on: date | None = None
    number: str = ""

    @property
    def amount(self) -> Decimal:
        return sum((amount for _document, amount in self.parts), self.extra)


@dataclass
class Books:
    """The plan of the whole portfolio, in the order in which things happened."""

    documents: list[Document] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)


def plan_books(traders: Sequence[Trader], *, seed: int, as_of: date, months: int = 24) -> Books:
    """Plan the trade of all customers over the months up to `as_of`."""
    books = Books()
    for trader, count in _share_out(traders, seed, months):
        rng = chance_of(seed, "books", trader.position)
        documents = _plan_documents(trader, count, rng, as_of, months)
        books.documents += documents
        for document in documents:
            _plan_dispute(document, rng, as_of)
            note = _plan_credit_note(document, rng, as_of)
            books.documents += [note] if note else []
        books.payments += _plan_payments(trader, documents, rng, as_of)
    books.documents.sort(key=lambda d: (d.doc_date, d.trader.position, d.gross))
    for n, document in enumerate(books.documents, start=1):
        prefix = "CN" if document.corrects else "INV"
        document.number = f"{prefix}-{document.doc_date:%y%m}-{n:06d}"
    books.payments.sort(key=lambda p: (p.value_date, p.trader.position))
    for n, payment in enumerate(books.payments, start=1):
        payment.number = f"RC-{payment.value_date:%y%m}-{n:06d}"
    return books


def _share_out(traders: Sequence[Trader], seed: int, months: int) -> list[tuple[Trader, int]]:
    """Share the invoices out: a few large customers have most of them."""
    rng = chance_of(seed, "activity")
    weights = [
        min((1 - rng.random()) ** (-1 / 1.3), 9.0) * min(t.habit.months, months) / months
        for t in traders
    ]
    total = INVOICES_PER_CUSTOMER * len(traders) * months / 24
    whole = sum(weights) or 1.0
    return [
        (trader, max(2, round(total * weight / whole)))
        for trader, weight in zip(traders, weights, strict=True)
    ]


def _plan_documents(
    trader: Trader, count: int, rng: Random, as_of: date, months: int
) -> list[Document]:
    span = min(trader.habit.months, months)
    season = choose_season(trader.habit, rng)
    firsts = [add_months(as_of.replace(day=1), -n) for n in range(span - 1, -1, -1)]
    trend = 0.25 * (rng.random() - 0.35)
    weights = [
        season[first.month - 1] * (1 + trend * n / span) * _fading(trader.habit, n, span)
        for n, first in enumerate(firsts)
    ]
    weights[-1] *= as_of.day / days_in_month(as_of.year, as_of.month)
    documents = []
    for first in rng.choices(firsts, weights, k=count):
        day = _trading_day(first, as_of, rng)
        net = round_half_up(Decimal(trader.ticket * rng.lognormvariate(0, 0.5)), 2)
        tax = round_half_up(net * VAT, 2)
        nominal, due = _due_dates(trader.term, day)
        ordered = day - timedelta(days=rng.randint(5, 24))
        documents.append(Document(trader, day, ordered, net, tax, nominal, due, open=net + tax))
    documents.sort(key=lambda d: (d.doc_date, d.net))
    return documents


def _fading(habit: Habit, month: int, span: int) -> float:
    """A failing customer gets less and less, and nothing in the last two months."""
    if not habit.is_failing:
        return 1.0
    left = span - 1 - month
    return 0.0 if left < 2 else 0.5 if left < 5 else 1.0


def _trading_day(first: date, as_of: date, rng: Random) -> date:
    last = days_in_month(first.year, first.month)
    if (first.year, first.month) == (as_of.year, as_of.month):
        last = as_of.day
    # A fifth of a month's invoices is written in its last days.
    number = rng.randint(max(1, last - 3), last) if rng.random() < 0.2 else rng.randint(1, last)
    day = first.replace(day=number)
    return day if CN_2025_2026.is_workday(day) else CN_2025_2026.previous_workday(day)


@lru_cache(maxsize=20_000)
def _due_dates(term: PaymentTerm, base: date) -> tuple[date, date]:
    (line,) = due_lines(term, Decimal(1), "CNY", base)
    return line.nominal, line.effective


def _plan_payments(
    trader: Trader, documents: list[Document], rng: Random, as_of: date
) -> list[Payment]:
    habit = trader.habit
    run_day = rng.randrange(5)
    usual = rng.gauss(habit.late_mean, 2.0)
    stops_on = as_of - timedelta(days=rng.randint(70, 150)) if habit.is_failing else None
    by_day: dict[date, Payment] = {}
    for document in documents:
        if rng.random() < habit.never:
            continue
        late = usual + abs(rng.gauss(0, habit.late_spread)) * rng.choice((1, 1, -0.5))
        if habit.is_failing:
            late += 30 * max(0.0, 1 - (as_of - document.doc_date).days / 500)
        paid_on = _payment_day(document, late, run_day)
        share = Decimal(1)
        if rng.random() < habit.partial:
            share = Decimal(rng.randint(3, 8)) / 10
        for part, day in _split(document.open, share, paid_on, run_day, rng):
            if day > as_of or (stops_on and day > stops_on):
                continue
            payment = by_day.setdefault(day, Payment(trader, day))
            payment.parts.append((document, part))
            document.open -= part
    return [_finish(payment, habit, rng, as_of) for payment in by_day.values()]


def _plan_dispute(document: Document, rng: Random, as_of: date) -> None:
    """Let the customer contest a document now and then."""
    if rng.random() >= document.trader.habit.dispute:
        return
    raised = document.doc_date + timedelta(days=rng.randint(6, 25))
    settled = raised + timedelta(days=rng.randint(25, 90))
    if raised < as_of:
        kind = rng.choice(("PRICE", "QUANTITY", "QUALITY", "QUALITY", "DELIVERY"))
        share = Decimal(rng.choice((20, 30, 50, 100))) / 100
        document.dispute = Contest(kind, share, raised, settled if settled < as_of else None)


def _payment_day(document: Document, late: float, run_day: int) -> date:
    """Return the customer's next payment run after the day it means to pay.

    While it contests a document it does not pay it; an open dispute may last past today.
    """
    meant = (document.due or document.doc_date) + timedelta(days=ceil(late))
    day = max(meant, document.doc_date + timedelta(days=1))
    dispute = document.dispute
    if dispute:
        day = max(day, (dispute.closed_on or date.max - timedelta(days=400)) + timedelta(days=2))
    return day + timedelta(days=(run_day - day.weekday()) % 7)


def _split(
    due: Decimal, share: Decimal, paid_on: date, run_day: int, rng: Random
) -> list[tuple[Decimal, date]]:
    if share == 1:
        return [(due, paid_on)]
    first = round_half_up(due * share, 2)
    rest_on = paid_on + timedelta(days=rng.randint(14, 60))
    rest_on += timedelta(days=(run_day - rest_on.weekday()) % 7)
    return [(first, paid_on), (due - first, rest_on)]


def _finish(payment: Payment, habit: Habit, rng: Random, as_of: date) -> Payment:
    """Decide what the bank line says and when the money was applied; None is not yet."""
    age = (as_of - payment.value_date).days
    payment.is_mute = rng.random() < habit.mute
    if rng.random() < 0.007:
        payment.extra = Decimal(rng.randint(200, 90_000)) / 100
    if age <= LATEST_UNWORKED:
        payment.applied_on = None
    elif not payment.is_mute:
        payment.applied_on = payment.value_date
    elif age > 12:
        payment.applied_on = payment.value_date + timedelta(days=rng.randint(1, 6))
    if payment.applied_on is None:
        for document, amount in payment.parts:
            document.open += amount
    return payment


def _plan_credit_note(document: Document, rng: Random, as_of: date) -> Document | None:
    """Correct some documents before they are paid: after a dispute, a return or a price slip."""
    dispute = document.dispute
    settled = dispute.closed_on if dispute else None
    if dispute and settled is None:
        return None
    if rng.random() >= (0.5 if settled else document.trader.habit.credit_note):
        return None
    written = settled or document.doc_date + timedelta(days=rng.randint(4, 20))
    if written > as_of:
        return None
    net = round_half_up(document.net * Decimal(rng.randint(3, 18)) / 100, 2)
    tax = round_half_up(net * VAT, 2)
    document.open -= net + tax
    return Document(document.trader, written, written, -net, -tax, None, None, corrects=document)
