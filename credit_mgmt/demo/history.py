"""What happened in the collection of the sample book: letters sent, promises made, talks held."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from collection.models import DunningNotice, DunningRun, NoticeItem, PromiseItem, PromiseToPay
from common.events import record_events
from credit_mgmt.demo.chance import chance_of
from credit_mgmt.demo.credit import Granted, at_ten
from credit_mgmt.demo.dossiers import Dossier
from customers.models import Company, ContactLog
from dashboards.models import ExposureSnapshot
from receivables.models import DueLine
from users.models import User

LEVEL_DAYS = (3, 15, 30)
WEEKS = 10
LEAST_AMOUNT = Decimal(100)
PROMISERS = ("SLOW", "USUAL", "FAILING")


@dataclass
class _Letter:
    customer_id: int
    monday: date
    items: list[tuple[DueLine, int, int]] = field(default_factory=list)  # line, level, previous

    @property
    def level(self) -> int:
        return max(level for _line, level, _previous in self.items)


def write_letters(
    dossiers: list[Dossier], *, company: Company, as_of: date, people: dict[str, User]
) -> int:
    """Write the weekly runs of the last weeks with the letters that open items had by then."""
    customers = {d.customer.pk: d.customer for d in dossiers}
    letters = _plan_letters(as_of)
    runs = {
        monday: DunningRun(
            company=company,
            as_of=monday,
            state=DunningRun.State.SENT,
            prepared_by=people["collector"],
            approved_by=people["manager"],
        )
        for monday in sorted({letter.monday for letter in letters})
    }
    DunningRun.objects.bulk_create(runs.values())
    notices = []
    for letter in letters:
        customer = customers[letter.customer_id]
        notices.append(
            DunningNotice(
                run=runs[letter.monday],
                key=f"{company.code}:{customer.code}:{letter.monday.isoformat()}",
                company=company,
                customer=customer,
                as_of=letter.monday,
                level=letter.level,
                is_final=letter.level == len(LEVEL_DAYS),
                language=customer.language,
                currency="CNY",
                total=sum((line.open_amount for line, _l, _p in letter.items), Decimal(0)),
                deadline=letter.monday + timedelta(days=7),
                recipient=customer.email,
                recipient_name=customer.name,
                state=DunningNotice.State.SENT,
                approved_by=people["manager"],
                sent_at=at_ten(letter.monday),
            )
        )
    DunningNotice.objects.bulk_create(notices, batch_size=1000)
    NoticeItem.objects.bulk_create(
        [
            NoticeItem(
                notice=notice,
                due_line=line,
                level=level,
                previous_level=previous,
                days_past_due=(letter.monday - line.due_date).days,
                open_amount=line.open_amount,
                due_date=line.due_date,
            )
            for letter, notice in zip(letters, notices, strict=True)
            for line, level, previous in letter.items
            if line.due_date
        ],
        batch_size=2000,
    )
    _note_levels(letters)
    return len(notices)


def _plan_letters(as_of: date) -> list[_Letter]:
    mondays = [as_of - timedelta(days=as_of.weekday() + 7 * weeks) for weeks in range(WEEKS, 0, -1)]
    letters: dict[tuple[date, int], _Letter] = {}
    overdue = DueLine.objects.filter(
        due_date__lt=as_of, open_amount__gte=LEAST_AMOUNT, disputed_amount=0
    ).order_by("customer_id", "due_date", "pk")
    for line in overdue:
        reached, due = 0, line.due_date or as_of
        for monday in mondays:
            late = (monday - due).days
            if reached >= len(LEVEL_DAYS) or late < LEVEL_DAYS[reached]:
                continue
            letter = letters.setdefault(
                (monday, line.customer_id), _Letter(line.customer_id, monday)
            )
            letter.items.append((line, reached + 1, reached))
            reached += 1
    return [letters[key] for key in sorted(letters)]


def _note_levels(letters: list[_Letter]) -> None:
    lines: dict[int, DueLine] = {}
    for letter in letters:  # by date, so that the latest level stays
        for line, level, _previous in letter.items:
            line.dunning_level, line.last_dunned_on = level, letter.monday
            lines[line.pk] = line
    DueLine.objects.bulk_update(
        lines.values(), ["dunning_level", "last_dunned_on"], batch_size=1000
    )


def write_promises(
    dossiers: list[Dossier], *, company: Company, seed: int, as_of: date, people: dict[str, User]
) -> int:
    """Write promises of slow payers: kept ones on paid items, broken and open ones on others."""
    rng = chance_of(seed, "promises")
    ids = [d.customer.pk for d in dossiers if d.habit.code in PROMISERS]
    late_paid = DueLine.objects.filter(
        customer__in=ids, open_amount=0, closed_on__gt=as_of - timedelta(days=120), amount__gt=0
    ).order_by("pk")
    overdue = DueLine.objects.filter(
        customer__in=ids, open_amount__gt=0, due_date__lt=as_of - timedelta(days=10)
    ).order_by("pk")
    rows = [
        *(_kept(line, company) for line in late_paid if rng.random() < 0.12 and _was_late(line)),
        *(_unkept(line, company, as_of, rng) for line in overdue if rng.random() < 0.3),
    ]
    for promise, _line in rows:
        promise.recorded_by = people["collector"]
    PromiseToPay.objects.bulk_create([promise for promise, _line in rows], batch_size=1000)
    PromiseItem.objects.bulk_create(
        [
            PromiseItem(promise=promise, due_line=line, is_open=promise.state == "OPEN")
            for promise, line in rows
        ],
        batch_size=1000,
    )
    record_events(
        [
            {
                "code": f"collection.promise.{promise.state.lower()}",
                "subject": promise,
                "customer_id": promise.customer_id,
                "as_of": promise.evaluated_on,
                "before": {"state": "OPEN"},
                "after": {"state": promise.state, "amount": promise.amount},
            }
            for promise, _line in rows
            if promise.evaluated_on is not None
        ]
    )
    return len(rows)


def _was_late(line: DueLine) -> bool:
    return bool(line.due_date and line.closed_on and (line.closed_on - line.due_date).days > 8)


def _kept(line: DueLine, company: Company) -> tuple[PromiseToPay, DueLine]:
    paid_on = line.closed_on or date.min
    promise = PromiseToPay(
        customer_id=line.customer_id,
        company=company,
        amount=line.amount,
        currency=line.currency,
        promise_date=paid_on + timedelta(days=1),
        made_on=paid_on - timedelta(days=5),
        note="示例 / Sample",
        state=PromiseToPay.State.KEPT,
        evaluated_on=paid_on + timedelta(days=1),
        paid_in_time=line.amount,
    )
    return promise, line


def _unkept(
    line: DueLine, company: Company, as_of: date, rng: Random
) -> tuple[PromiseToPay, DueLine]:
    """Two thirds were broken, the others are still to come."""
    is_broken = rng.random() < 0.66
    promised = as_of + timedelta(days=-rng.randint(3, 25) if is_broken else rng.randint(2, 12))
    promise = PromiseToPay(
        customer_id=line.customer_id,
        company=company,
        amount=line.open_amount,
        currency=line.currency,
        promise_date=promised,
        made_on=min(promised - timedelta(days=7), as_of - timedelta(days=1)),
        note="示例 / Sample",
        state=PromiseToPay.State.BROKEN if is_broken else PromiseToPay.State.OPEN,
        evaluated_on=promised + timedelta(days=2) if is_broken else None,
        paid_in_time=Decimal(0) if is_broken else None,
    )
    return promise, line


def write_talks(dossiers: list[Dossier], *, seed: int, as_of: date, people: dict[str, User]) -> int:
    """Write what collectors and sales noted of their talks."""
    notes = (
        ("示例:对方财务确认金额,正在走付款流程", "PHONE"),
        ("示例:负责人出差,约下周再联系", "PHONE"),
        ("Sample: they ask for a copy of the invoice; sent by mail", "EMAIL"),
        ("示例:到访,现场正常生产,库存偏高", "PHONE"),
    )
    talks = []
    for dossier in dossiers:
        rng = dossier.rng("talks", seed)
        chance = 0.8 if dossier.habit.code in PROMISERS else 0.2
        for _n in range(3):
            if rng.random() >= chance:
                continue
            text, channel = rng.choice(notes)
            talks.append(
                ContactLog(
                    customer=dossier.customer,
                    channel=channel,
                    text=text,
                    next_step="示例:三日后跟进" if rng.random() < 0.4 else "",
                    happened_at=at_ten(as_of - timedelta(days=rng.randint(1, 80))),
                    logged_by=people["collector"],
                )
            )
    ContactLog.objects.bulk_create(talks, batch_size=2000)
    return len(talks)


def write_use(
    granted: Iterable[Granted],
    orders: dict[int, list[tuple[date, date, Decimal]]],
    owed: dict[tuple[int, date], Decimal],
    *,
    company: Company,
    days: list[date],
) -> int:
    """Write the use of credit at past month ends, as the nights of then would have seen it.

    `orders` has ordered-on, invoiced-on and amount per customer; `owed` the receivables of a day.
    """
    rows = list(_list_use(granted, orders, owed, company, days))
    ExposureSnapshot.objects.bulk_create(rows, batch_size=5000, ignore_conflicts=True)
    return len(rows)


def _list_use(
    granted: Iterable[Granted],
    orders: dict[int, list[tuple[date, date, Decimal]]],
    owed: dict[tuple[int, date], Decimal],
    company: Company,
    days: list[date],
) -> Iterator[ExposureSnapshot]:
    for one in granted:
        customer = one.account.customer_id
        for day in days:
            waiting = sum(
                (a for first, last, a in orders.get(customer, []) if first <= day < last),
                Decimal(0),
            )
            yield ExposureSnapshot(
                as_of=day,
                company=company,
                customer_id=customer,
                currency="CNY",
                gross=owed.get((customer, day), Decimal(0)) + waiting,
                limit_total=one.in_force(day),
            )
