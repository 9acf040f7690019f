"""Letters over a real SMTP conversation: what is accepted, refused, dropped in the middle."""

import email
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from collection.models import DunningNotice
from collection.services import approve_run, resolve_message, retry_message, sync_notice_states
from common import queue
from common.errors import Conflict, InvalidInput, NotAllowed
from common.models import Job, OutboxMessage
from common.outbox import message_id
from credit_mgmt.reference import seed_reference_data
from receivables.models import DueLine
from tests.cast import make_customer, make_user
from tests.collection.dues import DAY, owed, prepare

Answer = Callable[[bytes], str]


class World:
    """A mail server that keeps what it accepted, and answers as the test says."""

    def __init__(self) -> None:
        self.accepted: list[Message] = []
        self.tried = 0
        self.answer: Answer = lambda content: "250 OK"
        self.log: Path | None = None

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.tried += 1
        said = self.answer(envelope.content)
        if said == "DROP":
            self.keep(envelope.content)  # taken, but the answer never arrives
            server.transport.close()
            return "250 never read"
        if said.startswith("250"):
            self.keep(envelope.content)
        return said

    def keep(self, content: bytes) -> None:
        self.accepted.append(email.message_from_bytes(content))

    def ids(self) -> Counter[str]:
        return Counter(message["Message-ID"] for message in self.accepted)


@pytest.fixture
def world(settings: Any) -> Iterator[World]:
    world = World()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(world, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_TIMEOUT = 5
    settings.MAIL_IS_KEPT = False
    try:
        yield world
    finally:
        controller.stop()


@pytest.fixture
def reference(transactional_db: None) -> None:
    seed_reference_data()


def approve_one() -> DunningNotice:
    owed(make_customer(language="en"), "INV-1", "20000", date(2026, 11, 3))
    run = prepare()
    approve_run(run=run, as_of=DAY)
    queue.run_due_jobs()
    return run.notices.get()


def work_again() -> None:
    """Let the time of the next try come, and work."""
    Job.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    queue.run_due_jobs()
    sync_notice_states()


@pytest.mark.usefixtures("reference")
class TestSmtp:
    def test_delivers_letter_text_and_pdf_under_the_message_id_of_its_key(
        self, world: World
    ) -> None:
        notice = approve_one()
        work_again()
        [mail] = world.accepted
        assert mail["Message-ID"] == message_id("dunning:HY:C001:2026-11-24")
        assert mail["To"] == "c001@example.invalid"
        assert mail["Subject"] == "Hengyuan Industries (sample): payment reminder"
        text, pdf = mail.get_payload()
        assert "INV-1: 20,000.00" in text.get_payload(decode=True).decode()
        assert pdf.get_content_type() == "application/pdf"
        notice.refresh_from_db()
        assert pdf.get_payload(decode=True) == bytes(notice.pdf)
        assert (notice.state, notice.message.state) == ("SENT", "SENT")

    def test_tries_again_after_a_passing_refusal_and_delivers_once(self, world: World) -> None:
        world.answer = lambda content: "451 try later" if world.tried == 1 else "250 OK"
        approve_one()
        work_again()
        assert (world.tried, OutboxMessage.objects.get().state) == (1, "READY")
        work_again()
        assert (world.tried, len(world.accepted)) == (2, 1)
        assert DunningNotice.objects.get().state == "SENT"
        work_again()
        assert len(world.accepted) == 1

    def test_a_lasting_refusal_fails_the_notice_and_is_not_tried_again(self, world: World) -> None:
        world.answer = lambda content: "550 no such mailbox"
        approve_one()
        for _try in range(3):
            work_again()
        assert (world.tried, OutboxMessage.objects.get().state) == (1, "FAILED")
        assert DunningNotice.objects.get().state == "FAILED"
        assert "550" in OutboxMessage.objects.get().last_error

    def test_a_failed_letter_goes_out_when_a_person_tries_again(self, world: World) -> None:
        world.answer = lambda content: "550 no such mailbox"
        approve_one()
        work_again()
        world.answer = lambda content: "250 OK"
        message = OutboxMessage.objects.get()
        with pytest.raises(NotAllowed):
            retry_message(message=message, as_of=DAY, actor=make_user("reader", "AUDITOR", "ALL"))
        retry_message(message=message, as_of=DAY, actor=make_user("col", "COLLECTOR", "ALL"))
        work_again()
        assert (len(world.accepted), DunningNotice.objects.get().state) == (1, "SENT")

    def test_a_connection_dropped_in_the_middle_is_unsure_and_never_sent_twice(
        self, world: World
    ) -> None:
        world.answer = lambda content: "DROP"
        approve_one()
        for _try in range(3):
            work_again()
        message = OutboxMessage.objects.get()
        assert (world.tried, message.state) == (1, "UNSURE")
        assert DunningNotice.objects.get().state == "APPROVED"  # nobody knows yet
        with pytest.raises(InvalidInput):
            resolve_message(message=message, outcome="WAS_SENT", reason=" ", as_of=DAY)
        resolve_message(message=message, outcome="WAS_SENT", reason="customer rang", as_of=DAY)
        work_again()
        assert (world.tried, DunningNotice.objects.get().state) == (1, "SENT")
        with pytest.raises(Conflict):
            resolve_message(message=message, outcome="WAS_SENT", reason="again", as_of=DAY)

    def test_an_unsure_one_goes_again_only_on_a_persons_word(self, world: World) -> None:
        world.answer = lambda content: "DROP"
        approve_one()
        work_again()
        world.answer = lambda content: "250 OK"
        resolve_message(
            message=OutboxMessage.objects.get(), outcome="SEND_AGAIN", reason="not in the log",
            as_of=DAY,
        )  # fmt: skip
        work_again()
        assert (world.tried, OutboxMessage.objects.get().state) == (2, "SENT")

    def test_a_server_that_is_away_loses_nothing(self, world: World, settings: Any) -> None:
        port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
        approve_one()
        work_again()
        assert OutboxMessage.objects.get().state == "READY"
        settings.EMAIL_PORT = port
        work_again()
        assert (len(world.accepted), OutboxMessage.objects.get().state) == (1, "SENT")


WORKER = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[2])
settings.MAIL_IS_KEPT = False
from common import queue
print("up", flush=True)
while True:
    if not queue.run_due_jobs(5):
        time.sleep(0.02)
"""


@pytest.mark.promise("R4")
@pytest.mark.promise("R7")
@pytest.mark.slow
@pytest.mark.usefixtures("reference")
class TestKilledWorker:
    MESSAGES, KILLS = 30, 3

    def test_loses_no_letter_and_sends_none_twice(self, world: World) -> None:
        for number in range(self.MESSAGES):
            owed(make_customer(f"C{number:03}"), f"I{number}", "20000", date(2026, 11, 3))
        run = prepare()
        approve_run(run=run, as_of=DAY)
        world.answer = lambda content: time.sleep(0.05) or "250 OK"  # type: ignore[func-returns-value]
        for kill in range(self.KILLS):
            goal = (kill + 1) * self.MESSAGES // (self.KILLS + 2)
            self.work_until(lambda goal=goal: world.tried >= goal, kill=True)
            # the dead worker's leases run out
            Job.objects.filter(state="RUNNING").update(
                lease_until=timezone.now() - timedelta(seconds=1)
            )
        self.work_until(lambda: not self.waiting(), kill=False)
        states = Counter(OutboxMessage.objects.values_list("state", flat=True))
        delivered = world.ids()
        assert OutboxMessage.objects.count() == self.MESSAGES
        assert max(delivered.values()) == 1
        assert states["SENT"] + states["UNSURE"] == self.MESSAGES
        assert states["UNSURE"] <= self.KILLS
        assert self.MESSAGES - states["UNSURE"] <= len(delivered) <= self.MESSAGES
        assert {row[0] for row in DueLine.objects.values_list("dunning_level")} == {1}
        assert {m["Message-ID"] for m in world.accepted} <= {
            message_id(key) for key in OutboxMessage.objects.values_list("key", flat=True)
        }

    def waiting(self) -> bool:
        return Job.objects.filter(state__in=["WAITING", "RUNNING"]).exists()

    def work_until(self, reached: Callable[[], bool], *, kill: bool) -> None:
        name = connection.settings_dict["NAME"]
        python_path = os.pathsep.join(
            [str(django_settings.BASE_DIR), os.environ.get("PYTHONPATH", "")]
        )
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, name, str(django_settings.EMAIL_PORT)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": python_path},
        )
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline() == b"up\n"
            deadline = time.monotonic() + 60
            while not reached():
                assert time.monotonic() < deadline, "the worker did not get there"
                assert worker.poll() is None
                time.sleep(0.01)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
