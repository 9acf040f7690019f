"""Order checks by eight sessions at once, on one hot account and spread over many.

Each worker is a process of its own with its own connection. The hand-tuned counterpart locks one
row, sums two covering indexes and inserts one row: no rule, no reason, no history.
"""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, connections, transaction

from common.bulk import fetch_rows
from credit_control.models import OrderCheck
from credit_control.services import check_order
from credit_mgmt.bench.data import END
from credit_mgmt.bench.ideal import HOLD_STATEMENTS, run_statements
from credit_mgmt.bench.measure import Cost, private_kib
from credit_mgmt.demo.chance import chance_of
from customers.models import Company, Customer

SESSIONS = 8
SECONDS = 4.0
SPREAD = 200
AMOUNT = Decimal("1.00")

Ask = Callable[[int, str], None]


@dataclass(frozen=True)
class Load:
    """What the sessions did together."""

    checks: int
    seconds: float
    cpu_seconds: float  # of the sessions' own processes; the server's are not in it
    peak_mb: float  # of the largest session

    def cost_of(self, checks: int) -> Cost:
        """Return what so many checks would have cost at this rate."""
        share = checks / max(1, self.checks)
        return Cost(self.seconds * share, self.cpu_seconds * share, self.peak_mb)


def prepare_accounts(company: Company) -> list[int]:
    """Rate everybody and give the customers without old debts room; return their ids, busiest last."""
    run_statements(
        """insert into scoring_rating (customer_id, as_of, z_model, z_band, grade, modifier,
            risk_class, valid_to, limit_currency, components, reasons, caps, facts_digest,
            recorded_at)
        select c.id, %(day)s, '', '', 'A', '', '2', %(day)s + 365, 'EUR', '{}', '[]', '[]',
            md5(c.id::text), now()
        from customers_customer c on conflict do nothing""",
        params={"day": END},
    )
    rows = fetch_rows(
        """select a.customer_id from credit_creditaccount a join customers_customer c
            on c.id = a.customer_id
        left join receivables_dueline l on l.customer_id = a.customer_id and l.open_amount > 0
        where a.company_id = %(company)s and c.dunning_blocked_until is null
        group by a.customer_id
        having coalesce(min(l.due_date), %(day)s) >= %(day)s - 10
            and coalesce(max(l.dunning_level), 0) = 0
        order by count(l.id), a.customer_id""",
        {"company": company.pk, "day": END},
    )
    chosen = [row[0] for row in rows][-SPREAD:]
    run_statements(
        """update credit_creditlimit set amount = 10000000000 where account_id in (
            select id from credit_creditaccount where customer_id = any(%(ids)s))""",
        params={"ids": chosen},
    )
    return chosen


def run_checks(company: Company, customer_ids: list[int], seconds: float = SECONDS) -> Load:
    """Let the sessions check orders through the service."""
    return _run(_ask_service(company), customer_ids, seconds)


def run_ideal(customer_ids: list[int], seconds: float = SECONDS) -> Load:
    """Let the sessions run the hand-tuned transaction."""
    return _run(_ask_ideal, customer_ids, seconds)


def count_held(customer_ids: list[int]) -> tuple[int, int]:
    """Return how many checks are stored, and how many hold a reservation."""
    checks = OrderCheck.objects.filter(account__customer__in=customer_ids)
    return checks.count(), checks.exclude(reservation=None).count()


def _ask_service(company: Company) -> Ask:
    known: dict[int, Customer] = {}

    def ask(customer_id: int, number: str) -> None:
        customer = known.get(customer_id) or Customer.objects.get(pk=customer_id)
        known[customer_id] = customer
        check_order(
            customer=customer,
            company=company,
            order_no=number,
            amount=AMOUNT,
            currency=company.base_currency,
            ship_date=END + timedelta(days=5),
            as_of=END,
            actor=None,
        )

    return ask


def _ask_ideal(customer_id: int, number: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in HOLD_STATEMENTS:
            cursor.execute(statement, [customer_id])


def _run(ask: Ask, customer_ids: list[int], seconds: float) -> Load:
    connections.close_all()  # a child must not share its parent's connection
    context = multiprocessing.get_context("fork")
    results: Any = context.Queue()
    start = time.monotonic() + 1.0
    workers = [
        context.Process(target=_work, args=(ask, customer_ids, n, start, seconds, results))
        for n in range(SESSIONS)
    ]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=seconds + 60) for _worker in workers]
    for worker in workers:
        worker.join()
    failed = [one["error"] for one in found if one["error"]]
    if failed:
        raise RuntimeError(f"a session failed: {failed[0]}")
    return Load(
        sum(one["checks"] for one in found),
        seconds,
        sum(one["cpu"] for one in found),
        max(one["kib"] for one in found) / 1024,
    )


def _work(
    ask: Ask, customer_ids: list[int], n: int, start: float, seconds: float, results: Any
) -> None:
    rng, count = chance_of("session", n), 0
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        time.sleep(max(0.0, start - time.monotonic()))
        cpu, end = time.process_time(), time.monotonic() + seconds
        stamp = f"{time.time_ns():x}"
        while time.monotonic() < end:
            ask(rng.choice(customer_ids), f"B{n}-{stamp}-{count}")
            count += 1
        spent = time.process_time() - cpu
        results.put({"checks": count, "cpu": spent, "kib": private_kib("self"), "error": ""})
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        results.put({"checks": count, "cpu": 0.0, "kib": 0, "error": text})
    finally:
        connections.close_all()
