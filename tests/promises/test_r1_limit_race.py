"""R1: live reservations and open exposure never exceed the limit, whatever happens at once.

Real connections in threads and in processes, against a real PostgreSQL. Each run mixes checks,
releases, expiries and cuts of the limit; afterwards the database itself is counted. The control runs
the same mix over a version that reads and then writes without the lock: it must overdraw, or else
this test could not see a fault. RACE_SECONDS makes the runs longer.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from common.errors import Conflict
from credit_control.models import CreditAccount, CreditLimit, GroupLimit, OrderCheck, Reservation
from credit_control.selectors import get_effective_limit, get_exposure
from credit_control.services import (
    check_order,
    expire_reservations,
    reduce_limit,
    release_reservation,
)
from credit_control.services.locking import lock_accounts
from credit_mgmt.reference import seed_reference_data
from customers.models import Company, CustomerGroup
from tests import cast
from tests.credit_control.books import ask, make_buyer, owe
from users.models import User

SECONDS = float(os.environ.get("RACE_SECONDS", "10"))
TODAY = cast.TODAY
LIMIT = Decimal(40_000)
OWED = "10000"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.promise("R1"),
    pytest.mark.slow,
]

Reserve = Callable[[CreditAccount, Decimal, str], str]


@pytest.fixture
def manager() -> User:
    seed_reference_data()
    return cast.make_user("manager", "CREDIT_MANAGER", "ALL")


def make_accounts(count: int) -> list[CreditAccount]:
    accounts = [make_buyer(f"C{n:03}", str(LIMIT)) for n in range(count)]
    for account in accounts:
        owe(account.customer, OWED)
    return accounts


def reserve_by_service(account: CreditAccount, amount: Decimal, order_no: str) -> str:
    return check_order(
        customer=account.customer,
        company=account.company,
        order_no=order_no,
        amount=amount,
        currency="CNY",
        ship_date=TODAY + timedelta(days=3),
        as_of=TODAY,
        actor=None,
    ).decision


def reserve_naively(account: CreditAccount, amount: Decimal, order_no: str) -> str:
    """Read, decide, write, without a lock: what the service must not be.

    The pause stands for a slow network between the two; a lock would not mind it.
    """
    limit = get_effective_limit(account=account, as_of=TODAY)
    exposure = get_exposure(account=account, as_of=TODAY)
    if exposure.gross + amount > limit.in_force:
        return "BLOCKED"
    time.sleep(0.02)
    with transaction.atomic():
        check = OrderCheck.objects.create(
            account=account,
            order_no=order_no,
            amount=amount,
            currency="CNY",
            ship_date=TODAY,
            as_of=TODAY,
            decision="RELEASED",
            facts={},
            exposure={},
            limit={},
            rules=[],
            remedies=[],
            key=order_no,
        )
        Reservation.objects.create(
            account=account,
            check_row=check,
            order_no=order_no,
            amount=amount,
            currency="CNY",
            limit_amount=amount,
            ship_date=TODAY,
        )
    return "RELEASED"


def give_back_one(account: CreditAccount, rng: random.Random) -> None:
    live = list(Reservation.objects.filter(account=account, state="ACTIVE")[:8])
    if not live:
        return
    try:
        release_reservation(reservation=rng.choice(live), as_of=TODAY)
    except Conflict:  # another one was faster
        return


def expire_some(account: CreditAccount) -> None:
    ids = Reservation.objects.filter(account=account, state="ACTIVE").values_list("pk", flat=True)[
        :2
    ]
    Reservation.objects.filter(pk__in=list(ids)).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )
    expire_reservations(now=timezone.now())


def cut_limit(account: CreditAccount, manager: User, rng: random.Random) -> None:
    """Cut the limit to what is used or a little above it, under the account's lock."""
    with transaction.atomic():
        lock_accounts([account.pk])
        now = get_effective_limit(account=account, as_of=TODAY).in_force
        used = get_exposure(account=account, as_of=TODAY).gross
        target = max(used, now - rng.randint(1, 50))
        if target < now:
            reduce_limit(
                account=account,
                amount=target,
                reason="Race test.",
                as_of=TODAY,
                actor=manager,
            )


def act(
    accounts: list[CreditAccount],
    manager: User | None,
    seed: int,
    seconds: float,
    reserve: Reserve,
    counts: dict[str, int],
) -> None:
    """Do random things with random accounts until the time is over."""
    rng = random.Random(seed)
    end, turn = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        turn += 1
        account = rng.choice(accounts)
        dice = rng.random()
        if dice < 0.62:
            name = f"{seed}-{turn}-{end:.6f}"
            what = reserve(account, Decimal(rng.randint(1, 6000)), name)
        elif dice < 0.9:
            give_back_one(account, rng)
            what = "given_back"
        elif dice < 0.96:
            expire_some(account)
            what = "expired"
        elif manager is not None:
            cut_limit(account, manager, rng)
            what = "cut"
        else:
            continue
        counts[what] = counts.get(what, 0) + 1


def run_threads(
    accounts: list[CreditAccount],
    manager: User | None,
    seconds: float,
    reserve: Reserve = reserve_by_service,
    threads: int = 8,
) -> dict[str, int]:
    per_thread: list[dict[str, int]] = [{} for _ in range(threads)]
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            act(accounts, manager, seed, seconds, reserve, per_thread[seed])
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures, failures[0]
    return dict(sum((Counter(counts) for counts in per_thread), Counter()))


def overdrawn() -> list[tuple[str, Decimal, Decimal]]:
    """Count in the database itself: live reservations and open items against the limit in force."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select c.code, coalesce(r.held, 0) + coalesce(p.open, 0) as used, l.amount
            from credit_creditaccount a
            join customers_customer c on c.id = a.customer_id
            join credit_creditlimit l
                on l.account_id = a.id and l.kind = 'TOTAL' and l.state = 'ACTIVE'
            left join lateral (select sum(limit_amount) held from credit_reservation
                where account_id = a.id and state = 'ACTIVE') r on true
            left join lateral (select sum(amount) open from receivables_posting
                where customer_id = a.customer_id) p on true
            where coalesce(r.held, 0) + coalesce(p.open, 0) > l.amount
            """
        )
        return list(cursor.fetchall())


class TestRace:
    @pytest.mark.parametrize("customers", [1, 200], ids=["hot", "spread"])
    def test_threads_never_overdraw(self, manager: User, customers: int) -> None:
        accounts = make_accounts(customers)
        counts = run_threads(accounts, manager, SECONDS)
        assert overdrawn() == []
        assert counts["RELEASED"] > 20
        assert counts.get("BLOCKED", 0) > 0 or customers > 1
        assert counts["cut"] > 0
        assert CreditLimit.objects.filter(kind="TOTAL", state="ACTIVE").count() == customers
        released = OrderCheck.objects.filter(decision__startswith="RELEASED").count()
        assert Reservation.objects.count() == released == counts["RELEASED"]

    def test_processes_never_overdraw(self, manager: User) -> None:
        make_accounts(3)
        workers = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.promises.race_worker", str(seed), str(SECONDS / 2)],
                env=os.environ | {"RACE_DATABASE": connection.settings_dict["NAME"]},
                stdout=subprocess.PIPE,
                text=True,
            )
            for seed in range(100, 103)
        ]
        answers = [worker.communicate(timeout=SECONDS * 6 + 60)[0] for worker in workers]
        assert [worker.returncode for worker in workers] == [0, 0, 0]
        done = [json.loads(answer.splitlines()[-1]) for answer in answers]
        assert overdrawn() == []
        assert sum(counts.get("RELEASED", 0) for counts in done) > 20

    def test_control_the_naive_version_overdraws(self, manager: User) -> None:
        accounts = make_accounts(1)
        for _attempt in range(6):
            run_threads(accounts, None, max(1.0, SECONDS / 5), reserve_naively)
            if overdrawn():
                break
        assert overdrawn(), "the harness cannot see an overdrawn limit"


class TestVectors:
    """The family G4 over the database, with real connections at once."""

    def together(self, asks: list[tuple[CreditAccount, str, str, str | None]]) -> dict[str, list]:
        barrier = threading.Barrier(len(asks))
        answers: list[tuple[str, str, int]] = []
        failures: list[BaseException] = []

        def work(account: CreditAccount, name: str, amount: str, key: str | None) -> None:
            try:
                barrier.wait(timeout=10)
                check = ask(account, amount, name, key=key)
                answers.append((name, check.decision, check.pk))
            except BaseException as error:
                failures.append(error)
            finally:
                connections.close_all()

        workers = [threading.Thread(target=work, args=asked) for asked in asks]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert not failures, failures[0]
        return {
            "RELEASED": sorted({name for name, d, _pk in answers if d == "RELEASED"}),
            "BLOCKED": sorted({name for name, d, _pk in answers if d == "BLOCKED"}),
            "ids": sorted({pk for _n, _d, pk in answers}),
        }

    @staticmethod
    def cases() -> list[dict]:
        from tests.vectors.harness import vectors_dir

        body = json.loads((vectors_dir() / "process.json").read_text(encoding="utf-8"))
        return body["vectors"]["G4_concurrency"]

    def test_every_case_comes_out_as_one_of_the_allowed(self, manager: User) -> None:
        for number, case in enumerate(self.cases()):
            if "group_limit" in case:
                got = self.run_group(case, number)
            else:
                account = make_buyer(f"V{number}", case["limit_total"])
                owe(account.customer, case["gross_before"])
                got = self.together(
                    [
                        (account, f"V{number}{o['id']}", o["value"], o.get("idempotency_key"))
                        for o in case["parallel_orders"]
                    ]
                )
                gross = get_exposure(account=account, as_of=TODAY).gross
                assert f"{gross:.2f}" in [
                    e["gross_after"]
                    for e in case["expected_any_of"]
                    if e["RELEASED"] == self.plain(got["RELEASED"], number)
                ]
            outcomes = [(e["RELEASED"], e["BLOCKED"]) for e in case["expected_any_of"]]
            assert (
                self.plain(got["RELEASED"], number),
                self.plain(got["BLOCKED"], number),
            ) in outcomes
            if case["parallel_orders"][0].get("idempotency_key"):
                assert len(got["ids"]) == 1

    @staticmethod
    def plain(names: list[str], number: int) -> list[str]:
        return [name.removeprefix(f"V{number}") for name in names]

    def run_group(self, case: dict, number: int) -> dict[str, list]:
        group = CustomerGroup.objects.create(code=f"G{number}", name_en="Group")
        GroupLimit.objects.create(
            group=group,
            company=Company.objects.get(code="HY"),
            amount=Decimal(case["group_limit"]),
            valid_from=TODAY,
        )
        members = {}
        for member in case["subsidiaries"]:
            members[member["id"]] = make_buyer(
                f"V{number}{member['id']}", member["limit"], group=group
            )
            owe(members[member["id"]].customer, member["gross"])
        return self.together(
            [
                (members[o["account"]], f"V{number}{o['id']}", o["value"], None)
                for o in case["parallel_orders"]
            ]
        )

    def test_fifty_parallel_orders_in_a_group_neither_overdraw_nor_deadlock(
        self, manager: User
    ) -> None:
        group = CustomerGroup.objects.create(code="GX", name_en="Group")
        GroupLimit.objects.create(
            group=group,
            company=Company.objects.get(code="HY"),
            amount=Decimal(2500),
            valid_from=TODAY,
        )
        members = [make_buyer(f"M{n}", "2000", group=group) for n in range(5)]
        got = self.together([(members[n % 5], f"N{n:02}", "100", None) for n in range(50)])
        assert len(got["RELEASED"]) == 25
        held = sum(r.limit_amount for r in Reservation.objects.filter(state="ACTIVE"))
        assert held == 2500


class TestLockTimeout:
    def test_a_lock_that_is_not_had_blocks_technically(
        self, manager: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("credit_control.services.locking.LOCK_WAIT", "200ms")
        account = make_buyer("C001", "1000")
        taken, done = threading.Event(), threading.Event()

        def hold() -> None:
            with transaction.atomic():
                lock_accounts([account.pk])
                taken.set()
                done.wait(10)
            connections.close_all()

        holder = threading.Thread(target=hold)
        holder.start()
        taken.wait(5)
        try:
            check = ask(account, "10", "O-1")
        finally:
            done.set()
            holder.join()
        assert check.decision == "BLOCKED"
        assert [rule["code"] for rule in check.rules] == ["TECHNICAL"]
        assert not Reservation.objects.exists()
        assert ask(account, "10", "O-1").decision == "RELEASED"
