"""Nobody breaks a page by what he writes: hostile queries, addresses and bodies, by four people.

Whatever comes in, the answer is a page, a refusal or a named fault, never a 500; and who is refused
has changed nothing. Each address is tried in full by the first of the four whom it lets in, and in
part by the others: rights differ, parsing does not.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, reverse
from django.urls.exceptions import NoReverseMatch

from common.models import Event, Job, OutboxMessage
from scoring.domain.markets.market import INDICATORS as MARKET_INDICATORS
from scoring.domain.markets.tenant import INDICATORS as TENANT_INDICATORS
from tests import cast
from tests.journeys import portfolio
from tests.journeys.portfolio import Portfolio
from tests.journeys.test_routes import ROUTES
from tests.receivables.books import line

Visit = Callable[[str], Client]
ROLES = ("manager", "finance", "sales", "executive")
FREE = {"health_live", "health_ready", "api_docs", "schema", "account_logout", "set_language"}

LONG = "x" * 4000
HUGE = "9" * 51
DIGITS = "9" * 5000  # more than Python turns into a number
ODD_WORDS = [
    "%00", "%F0%9F%92%A9", "%27%22%3Cb%3E", "-1", "1e400", HUGE, "%C2%B2", "..", LONG[:300],
]  # fmt: skip

QUERIES = [
    "page=x&page_size=x&sort=zzz&as_of=foo&q=%00&customer=%00&state=%00&tab=%00&kind=%00",
    f"page=-1&page_size=-1&as_of=2026-02-30&sort=-&q={HUGE}&customer={HUGE}&line={HUGE}&open={HUGE}",
    f"page={HUGE}&page_size={HUGE}&as_of=9999-12-31&known_at=9999-12-31T23:59:59Z&line=x&run={HUGE}",
    "as_of=0001-01-01&known_at=0001-01-01T00:00:00%2B14:00&from=0001-01-01&to=9999-12-31&line=-1",
    "as_of=%F0%9F%92%A9&basis=x&by=x&currency=XXX&bucket=99999&open=%00,%00&export=exe&period=x",
    "by=sales&basis=invoice&bucket=-1&overdue=x&min=1e400&max=NaN&amount=1e400&show=x&decision=x",
    f"q={LONG[:2000]}&company=%00&region=%00&grade=%00&line=%00&lang=%00&uscc=%00&level=x&as=x",
    "sort=name&sort=-total&page=1&page=2&q=%25_%5C&customer=%25&state=ACTIVE&state=NONE&tab=risk",
    "sort=__class__&sort=customer__password&q=(((&customer=MINE&requested_limit=1e400&valid_from=x",
    "customer=MINE&requested_limit=NaN&valid_from=9999-12-31&review_by=0001-01-01&amount=Infinity",
    "export=csv&as_of=9999-12-31&sort=%00&by=currency&page=0",
    "due_from=x&doc_from=9999-12-31&value_to=0001-01-01&number=%00&at_from=9999-12-31T23:59:59Z",
    f"customer__code=%00&promise_date=x&level={HUGE}&code=%00&subject_key=%00&actor=%00&order_no=%00",
    "open=²&payment_term=²&candidate=²&bucket=²&page_size=²&page=²&level=²&line=²&customer=MINE",
    f"open={DIGITS}&page_size={DIGITS}&page={DIGITS}&level={DIGITS}&bucket={DIGITS}&run={DIGITS}",
    "customer__code=MINE&level=-99999&id=1%20or%201=1&payment_term=%00&doc_type=%00&decision=%00",
]  # fmt: skip


@pytest.fixture
def small(people: cast.People) -> Portfolio:
    return portfolio.build(people)


def fill(pattern: URLPattern, small: Portfolio) -> dict[str, Any]:
    """Return the words of an address that name something real."""
    name, rooms = pattern.name or "", small.rooms
    keys = {
        "receipt": small.receipt, "application": small.application, "dispute": small.dispute,
        "statement": small.statement, "inbox_request": small.asked, "limit-request": small.asked,
        "limit_request": small.asked, "limit_account": small.account, "limit_reduce": small.account,
        "limit": small.account.limits.latest("pk"), "account": small.account,
        "approval": small.account.requests.first().approvals.first(), "order-check": small.check,
        "order_check": small.check, "reservation": small.check.reservation, "rating": small.rating,
        "dunning_notice": small.notice, "notice": small.notice, "dunning": small.run,
        "promise": small.promise, "import": small.batch, "job": small.job, "outbox": small.message,
        "invoice": small.invoice, "order": small.order, "delivery": small.delivery,
        "contact": small.contact, "task": small.task, "document": rooms.document,
        "fact": rooms.fact, "fact_conflict": rooms.conflict, "signal": rooms.signal,
        "candidate": rooms.check, "relation": rooms.relation, "risk_member": rooms.member,
        "investigation": rooms.investigation, "override": rooms.override,
        "market": rooms.admission.market, "market_admission": rooms.admission,
        "admission": rooms.admission,
    }  # fmt: skip
    plain = name.removeprefix("api_").removeprefix("api-")
    found = next(
        (keys[k] for k in sorted(keys, key=len, reverse=True) if plain.startswith(k)), None
    )
    words: dict[str, Any] = {}
    for word in pattern.pattern.regex.groupindex:
        if word == "code":
            words[word] = name_code(name)
        elif word == "number" and name.startswith("model"):
            words[word] = rooms.draft.version
        elif word == "number":
            words[word] = small.invoice.number
        elif word == "kind":
            words[word] = "invoices"
        elif word == "form":
            words[word] = "csv"
        elif word == "contact_id":
            words[word] = small.contact.pk
        elif word == "account_id":
            words[word] = small.bank_account.pk
        else:
            words[word] = found.pk if found is not None else 1
    return words


def name_code(name: str) -> str:
    """Return the code that an address of this name takes."""
    kinds = {"risk_": "R1", "group": "G1", "market": "YW1"}
    return next((code for part, code in kinds.items() if part in name), "MINE")


def addresses(small: Portfolio) -> Iterator[tuple[URLPattern, str]]:
    for route, pattern in ROUTES:
        if pattern.name in FREE or route.endswith("<drf_format_suffix:format>"):
            continue
        try:
            yield pattern, reverse(pattern.name or "", kwargs=fill(pattern, small))
        except NoReverseMatch:
            yield pattern, "/" + route


def written() -> dict[str, int]:
    """Return how many rows of every table this transaction wrote so far; sessions are no facts."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select relname, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_xact_user_tables
            where relname <> 'django_session' and n_tup_ins + n_tup_upd + n_tup_del > 0
            """
        )
        return dict(cursor.fetchall())


class Watched(Client):
    """A client that keeps what went wrong behind each 500 instead of raising it."""

    def __init__(self) -> None:
        super().__init__(raise_request_exception=False)
        self.broken: list[str] = []

    def request(self, **request: Any) -> Any:
        causes: list[str] = []

        def note(**_signal: Any) -> None:
            error = sys.exc_info()[1]
            causes.append(f"{type(error).__name__}: {str(error)[:120]}")

        got_request_exception.connect(note)
        try:
            answer = super().request(**request)
        finally:
            got_request_exception.disconnect(note)
        if answer.status_code >= 500:
            place = f"{request['REQUEST_METHOD']} {request['PATH_INFO']}"
            self.broken.append(f"{place}?{request.get('QUERY_STRING', '')[:150]} {causes}")
        return answer


SignIn = Callable[[str], Watched]
REFUSED = (401, 403, 404, 405)
FAULTY = (400, 409, 412, 422)


def told() -> tuple[int, ...]:
    """Return how many deeds, jobs and messages there are: every change leaves one of them."""
    return tuple(model.objects.count() for model in (Event, Job, OutboxMessage))


def check_untouched(status: int, before: tuple[dict[str, int], tuple[int, ...]], what: Any) -> None:
    """Fail when a refusal wrote a row, or a named fault did anything. A constraint may have spoken."""
    if status in REFUSED:
        assert written() == before[0], what
    if status in REFUSED + FAULTY:
        assert told() == before[1], what


@dataclass
class Crowd:
    """The four people, and what they were answered."""

    clients: dict[str, Watched]
    seen: Counter[int] = field(default_factory=Counter)
    told_before: tuple[int, ...] = ()
    written_before: dict[str, int] | None = None

    def get(self, role: str, url: str) -> int:
        before = self.look()
        answer = self.clients[role].get(url)
        self.note(answer.status_code, before, url)
        if answer.status_code not in REFUSED + FAULTY:
            self.told_before = told()
        return int(answer.status_code)

    def send(self, role: str, method: str, url: str, **more: Any) -> int:
        """Send a body and take back whatever it did."""
        with transaction.atomic():
            before = self.look()
            answer = self.clients[role].generic(method.upper(), url, **more)
            self.note(answer.status_code, before, (method, url, more))
            transaction.set_rollback(True)
        return int(answer.status_code)

    def note(self, status: int, before: Any, what: Any) -> None:
        self.seen[status] += 1
        check_untouched(status, before, what)
        if status not in REFUSED:
            self.written_before = None

    def look(self) -> tuple[dict[str, int], tuple[int, ...]]:
        """Return what was written so far; after a refusal nothing more was."""
        if self.written_before is None:
            self.written_before = written()
        return self.written_before, self.told_before

    def share(
        self, answer: Callable[[str], int], things: Sequence[Any]
    ) -> Iterator[tuple[str, Any]]:
        """Give everything to the first whom the address lets in, and a twelfth to each of the others."""
        main = next((role for role in ROLES if answer(role) not in REFUSED), None)
        for place, role in enumerate(ROLES):
            for thing in things if role == main else things[place::12]:
                yield role, thing

    @property
    def broken(self) -> list[str]:
        return [fault for client in self.clients.values() for fault in client.broken]


@pytest.fixture
def crowd(people: cast.People, small: Portfolio) -> Crowd:
    clients = {role: Watched() for role in ROLES}
    for role, client in clients.items():
        client.force_login(getattr(people, role))
    return Crowd(clients, told_before=told())


@pytest.fixture
def watched(people: cast.People) -> SignIn:
    def sign_in(role: str) -> Watched:
        client = Watched()
        client.force_login(getattr(people, role))
        return client

    return sign_in


class TestReading:
    def test_no_query_breaks_a_page(self, small: Portfolio, crowd: Crowd) -> None:
        for _pattern, url in addresses(small):
            tried = crowd.share(partial(crowd.get, url=url), QUERIES)
            for role, query in tried:
                crowd.get(role, f"{url}?{query}")
        assert crowd.broken == []
        assert crowd.seen[200] > 100
        assert crowd.seen[400] > 50

    def test_no_word_of_an_address_breaks_a_page(self, small: Portfolio, crowd: Crowd) -> None:
        for number, (pattern, _url) in enumerate(addresses(small)):
            words = list(pattern.pattern.regex.groupindex)
            for place, odd in enumerate(ODD_WORDS if words else ()):
                marks = dict.fromkeys(words, "1")
                try:
                    url = reverse(pattern.name or "", kwargs=marks)
                except NoReverseMatch:
                    continue
                for role in {"manager", ROLES[(number + place) % len(ROLES)]}:
                    crowd.get(role, url.replace("/1", f"/{odd}", 2))
        assert crowd.broken == []
        assert set(crowd.seen) <= {200, 302, 400, 403, 404, 405}
        assert crowd.seen[404] > 200


JSON_VALUES: list[Any] = [
    None, "", " ", "x", "\x00", "\ud800", "'; drop table x; --", LONG, HUGE, f"-{HUGE}", "1e400",
    "-1", "0", "0.0001", "NaN", "Infinity", -1, 0, 1, 2**63, 10**60, 1.5, True, [], [None], {}, [[]],
    {"a": "\x00"}, "0001-01-01", "9999-12-31", "2026-02-30", "MINE", "FOREIGN", "ZZZ",
]  # fmt: skip
ALWAYS_ODD: list[Any] = [None, "", "\x00", "\ud800", LONG, -1, 2**63, True, [None], {"a": "\x00"}]
"""What every field is given; what is like its own value comes to that."""
RAW_BODIES = [
    b"", b"{", b"null", b"[]", b"[1]", b'"x"', b"1e400", b"\xff\xfe", b'{"a":', b"NaN",
    b'{"customer": "\\u0000"}', b'{"customer": "\\ud800"}', b"[" * 2000, b'{"version": true}',
]  # fmt: skip


def good_bodies(small: Portfolio) -> dict[str, dict[str, Any]]:
    """Return a body for each POST of the API that would be taken as it stands."""
    soon, later = (small.today + timedelta(days=n) for n in (5, 90))
    return {
        "api_customer-list": {"name": "示例新客户有限公司", "code": "NEW", "roles": ["BUYER"], "version": 1},
        "api_customer-detail": {"version": small.mine.version, "phone": "123"},
        "api_contact-list": {"customer": "MINE", "name": "Li", "role": "END_USER"},
        "api-receipt-list": {
            "number": "R-9", "company": "HY", "customer": "MINE", "value_date": str(small.today),
            "currency": "CNY", "amount": "10.00", "apply": False, "payer_name": "P",
            "payer_account": "1", "bank_ref": "B-9", "remittance": "x", "structured_ref": "",
            "method": "TRANSFER",
        },
        "api-receipt-apply": {
            "as_of": str(small.today), "parts": [{"invoice": "MINE-1", "line_no": 1, "amount": "1"}],
        },
        "api-application-reverse": {"reason": "Wrong item.", "as_of": str(small.today)},
        "account-reduce": {"amount": "5", "reason": "Less is asked for."},
        "limit-request-list": {
            "customer": "FOREIGN", "requested_limit": "1000", "valid_from": str(small.today),
            "review_by": str(later), "payment_term": "NET30", "reason": "Two new lines.",
            "is_temporary": False, "is_sure": False, "company": "HY",
        },
        "limit-request-decide": {
            "action": "reduce", "version": small.asked.version, "amount": "10", "comment": "Less.",
        },
        "limit-request-withdraw": {"version": small.asked.version},
        "order-check-list": {
            "customer": "MINE", "order_no": "SO-9", "version": 1, "amount": "10.00",
            "currency": "CNY", "ship_date": str(soon), "payment_term": "NET30", "reserve": True,
            "company": "HY",
        },
        "reservation-release": {"reason": "Not needed."},
        "dunning-run-list": {"company": "HY", "as_of": str(small.today)},
        "api_fact-list": {
            "customer": "MINE", "field": "EMPLOYEES", "value": "12", "as_of": str(small.today),
            "source_class": "OFFICIAL", "source_name": "s", "confidence": "STATED",
            "obtained_on": str(small.today),
        },
        "api_signal-list": {
            "customer": "MINE", "code": "S06", "severity": "RED", "raised_on": str(small.today),
            "note": "Seen on site.", "reference": "r",
        },
        "api_customer_checks": {
            "checks": [{
                "kind": "LITIGATION", "checked_on": str(small.today), "result": "HIT",
                "match": "EXACT", "details": {"amount": "5"}, "listed_on": str(small.today),
                "source_name": "s", "note": "n",
            }],
        },
        "statement-list": {
            "customer": "MINE", "period_end": f"{small.today.year - 5}-12-31", "months": 12,
            "kind": "ANNUAL", "form": "CONDENSED", "currency": "CNY", "unit": 1, "complete": True,
            "received_on": str(small.today), "reason": "r", "expected_version": 0,
            "lines": {"revenue": "100", "net_profit": "5"},
        },
        "api_evaluate": {
            "as_of": str(small.today), "models": ["altman_z_double_prime"],
            "statements": [{
                "period_end": f"{small.today.year - 1}-12-31", "months": 12, "currency": "CNY",
                "unit_multiplier": 1, "complete": True,
                "items": {"revenue": "100", "total_assets": "80"},
            }],
            "profile": {"listed": False, "industry": "C26"}, "five_c": {},
            "characteristics": {}, "weight_set": None,
        },
        "promise-list": {
            "customer": "MINE", "due_lines": [{"invoice": "MINE-1", "line_no": 1}],
            "amount": "10.00", "promise_date": str(soon), "given_by": "W", "channel": "PHONE",
            "note": "n",
        },
    }  # fmt: skip


NUMBERS = [
    "x", "²", "NaN", "Infinity", "1e400", "-1", "0", "0.0001", HUGE, f"-{HUGE}", DIGITS,
]  # fmt: skip
DAYS = ["x", "\0", "0001-01-01", "9999-12-31", "2026-02-30", DIGITS]
WORDS = [" ", "x", "\0", "²", "'; drop table x; --", LONG, HUGE, "MINE", "FOREIGN"]


def like(given: Any) -> list[str]:
    """Return the hostile texts that come near to what a field takes."""
    text = str(given)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}.*", text):
        return DAYS
    return NUMBERS if re.fullmatch(r"-?[\d.,]+", text) else WORDS


def odd_values(given: Any) -> list[Any]:
    if isinstance(given, list | dict):
        return JSON_VALUES
    return [*ALWAYS_ODD, *like(given)]


def variants(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the body with hostile values: each in every field at once, and in each field alone."""
    found = [dict.fromkeys(body, value) for value in JSON_VALUES]
    for name, given in body.items():
        found += [{**body, name: value} for value in odd_values(given)]
        rows = given if isinstance(given, list) else [given]
        if rows and isinstance(rows[0], dict):
            for inner, value in rows[0].items():
                changed = [{**rows[0], inner: odd} for odd in odd_values(value)]
                found += [{**body, name: [c] if rows is given else c} for c in changed]
        found.append({k: v for k, v in body.items() if k != name})
    return found


def api_deeds(small: Portfolio) -> Iterator[tuple[str, str, str]]:
    """Yield name, method and address of every API address that takes a body."""
    for pattern, url in addresses(small):
        view = getattr(pattern.callback, "cls", None)
        actions = getattr(pattern.callback, "actions", None)
        for method in ("post", "put", "patch"):
            is_there = hasattr(view, method) if actions is None else method in actions
            if url.startswith("/api/") and is_there:
                yield pattern.name or "", method, url


def page_forms(small: Portfolio) -> dict[str, dict[str, str]]:
    """Return the fields of each form of the pages, with values that would be taken."""
    today, soon = small.today.isoformat(), (small.today + timedelta(days=5)).isoformat()
    late = (small.today + timedelta(days=90)).isoformat()
    person = {
        "name": "Li", "role": "END_USER", "title": "t", "phone": "1", "email": "l@example.invalid",
        "preferred_channel": "EMAIL", "language": "en", "authority_doc_no": "1",
        "authority_valid_to": late,
    }  # fmt: skip
    party = {
        "code": "NEW1", "name": "示例另一客户有限公司", "name_en": "n", "short_name": "s", "uscc": "",
        "kind": "ENTERPRISE", "country": "CN", "industry": "C26", "roles": "BUYER",
        "segment": "ORDINARY", "sales_owner": str(small.people.sales.pk), "region": "EAST",
        "group": str(small.mine.group_id), "payment_term": str(small.mine.payment_term_id),
        "currency": "CNY", "language": "en", "relationship_since": today, "founded": today,
        "employees": "5", "address": "a", "phone": "1", "email": "a@example.invalid", "listed": "on",
        "apply_oldest_first": "on", "same_name_is_meant": "on", "version": str(small.mine.version),
    }  # fmt: skip
    undo = {"reason": "Wrong item.", "day": today}
    version = str(small.asked.version)
    return {
        "account_login": {"login": "sales", "password": "no", "remember": "on", "next": "/x"},
        "preferences": {"language": "en", "unit": "FULL"},
        "set_language": {"language": "en", "next": "/"},
        "customer_create": party, "customer_edit": party,
        "contact_log": {
            "channel": "PHONE", "person": "W", "text": "Said so.", "happened_at": f"{today} 00:01",
            "next_step": "Call", "next_step_date": soon,
        },
        "contact_create": person, "contact_edit": person, "contact_remove": {"x": "1"},
        "bank_account_create": {
            "account": "6222020200112233", "bank_name": "b", "holder": "h", "currency": "CNY",
        },
        "bank_account_verify": {"note": "Called back."},
        "receipt_apply": {"candidate": "0"},
        "receipt_apply_by_hand": {f"line_{line('MINE-1').pk}": "10.00"},
        "receipt_identify": {"customer": "MINE"}, "receipt_return": undo,
        "application_reverse": undo, "dispute_close": undo,
        "dispute_record": {
            "due_line": str(line("MINE-1").pk), "kind": "PRICE", "amount": "1.00", "text": "t",
        },
        "rating_preview": {"CHA1": "3", "x": "1"}, "rating_store": {"digest": "x"},
        "answers_save": {"CHA1": "3", "CHA1_comment": "c"}, "answers_confirm": {"id": "1"},
        "rating_propose": {"CH2": "3", "CH2_comment": "c"}, "traits_confirm": {"id": "1"},
        "customer_answers": {"CH2": "3", "CH2_on_1": today, "CH2_note_1": "n"},
        "override_ask": {
            "code": "NOTCH-3", "notches": "-1", "reason": "r", "valid_from": today,
            "valid_to": late, "evidence": "",
        },
        "override_decide": {"action": "approve", "answer": "a"}, "rating_run_start": {"x": "1"},
        "statement_accept": {"reason": "Seen."},
        "task_done": {"x": "1"},
        **dossier_forms(small), **model_forms(small),
        "limit_request_new": {
            "customer": "FOREIGN", "requested_limit": "1000", "duration": "PERMANENT",
            "payment_term": str(small.mine.payment_term_id), "valid_from": today, "review_by": late,
            "reason": "Two new lines.", "is_sure": "on",
        },
        "limit_request_decide": {
            "action": "reduce", "version": version, "amount": "10", "comment": "Less is enough.",
        },
        "limit_request_withdraw": {"version": version},
        "limit_reduce": {"amount": "5", "reason": "Less is asked for."},
        "order_check_new": {
            "customer": "MINE", "amount": "10.00", "currency": "CNY", "ship_date": soon,
            "payment_term": str(small.mine.payment_term_id), "order_no": "SO-8", "reserve": "on",
            "key": "k",
        },
        "dunning_prepare": {"company": str(small.account.company_id), "as_of": today},
        "dunning_run_approve": {"x": "1"}, "dunning_notice_approve": {"x": "1"},
        "dunning_notice_exclude": {"reason": "OTHER", "note": "n"},
        "dunning_notice_posted": {"x": "1"},
        "promise_new": {
            "lines": str(line("MINE-1").pk), "amount": "10.00", "promise_date": soon,
            "given_by": "W", "channel": "PHONE", "note": "n",
        },
        "promise_cancel": {"reason": "Entered wrongly."},
        "customer_state": {"action": "put_on_watch", "reason": "Late again."},
        "import_new": {"kind": "rates", "file": "x", "dry_run": "on", "good_rows_only": "on"},
        "import_commit": {"good_rows_only": "1"}, "import_discard": {"x": "1"},
        "job_retry": {"x": "1"}, "outbox_retry": {"x": "1"},
        "outbox_resolve": {"outcome": "GIVE_UP", "reason": "The server says so."},
    }  # fmt: skip


def dossier_forms(small: Portfolio) -> dict[str, dict[str, str]]:
    """Return the forms of the dossier, of signals, lists and relations."""
    today, soon = small.today.isoformat(), (small.today + timedelta(days=90)).isoformat()
    rooms = small.rooms
    return {
        "document_create": {
            "kind": "D02", "title": "t", "number": "1", "issuer": "i", "issued_on": today,
            "valid_to": soon, "source_class": "OFFICIAL", "confidentiality": "NORMAL",
            "language": "en", "original_seen": "on",
        },
        "document_step": {"action": "verify", "verify-method": "REGISTRY", "verify-note": "n"},
        "fact_create": {
            "field": "EMPLOYEES", "value": "12", "about": today, "source_class": "OFFICIAL",
            "source_name": "s", "confidence": "STATED", "obtained_on": today,
            "document": str(rooms.document.pk),
        },
        "fact_verify": {"x": "1"},
        "fact_conflict": {"chosen": str(rooms.fact.pk), "reason": "The register is right."},
        "investigation": {
            "version": str(rooms.investigation.version), "limit": "1000", "currency": "CNY",
            "term": "NET30", "security": "s", "conditions": "c", "review_on": soon,
            "options_VISIT": "ORDERLY", "text_VISIT": "w", "result_CALL_BACK": "PASS",
            "note_CALL_BACK": "n", "action": "",
        },
        "investigation_confirm": {"version": "1"},
        "signal_new": {
            "customer": "MINE", "code": "S06", "severity": "RED", "raised_on": today,
            "note": "Seen on site.",
        },
        "signal_assess": {"verdict": "confirm", "text": "True.", "back": "list"},
        "signal_act": {"action": "WATCH", "text": "Watched."},
        "signal_close": {"text": "Over."},
        "watch_note": {"text": "No news."},
        "customer_checks": {
            "checked_on": today, "source_name": "s", "LITIGATION-result": "HIT",
            "LITIGATION-match": "EXACT", "LITIGATION-amount": "5", "LITIGATION-listed_on": today,
            "LITIGATION-note": "n", "rest_is_clear": "on",
        },
        "candidate_decide": {"verdict": "same", "note": "The number is his."},
        "customer_relations": {
            "kind": "SUPPLIES", "direction": "OUT", "other": "FOREIGN", "valid_from": today,
            "valid_to": soon, "amount": "10", "currency": "CNY", "share": "5", "note": "n",
        },
        "relation_end": {"valid_to": today, "reason": "It ended."},
        "risk_group_new": {
            "name_en": "n", "name_zh": "n", "reason": "OTHER", "members": "MINE, FOREIGN", "note": "n",
        },
        "risk_member_add": {"customer": "FOREIGN"}, "risk_member_remove": {"text": "He left."},
        "segment_override": {"segment": "CORE", "reason": "Known for long."},
        "segment_freeze": {"x": "1"},
    }  # fmt: skip


def model_forms(small: Portfolio) -> dict[str, dict[str, str]]:
    """Return the forms of the rating models, of markets and of typed statements."""
    today = small.today.isoformat()
    card = dict.fromkeys(MARKET_INDICATORS, "3")
    market = {
        "code": "M9", "name_zh": "n", "name_en": "n", "kind": "WHOLESALE", "operator": "MINE",
        "region": "EAST", "active_tenants": "9",
    }  # fmt: skip
    head = "\t".join(("code", "name", *TENANT_INDICATORS))
    typed = {
        "periods": "1", "layout": "CONDENSED", "has_opening": "0", "step": "save", "gaap": "CAS",
        "consolidated": "no", "currency": "CNY", "unit": "1", "reason": "r", "received_on": today,
        "p0-period_end": f"{small.today.year - 5}-12-31", "p0-kind": "ANNUAL", "p0-months": "12",
        "p0-opinion": "UNAUDITED", "p0-non_comparable": "", "p0-revenue": "100", "active": "0:revenue",
        "paste": "1\t2",
    }  # fmt: skip
    version = {"valid_from": today, "note": "n", "seen": "", "industry": "C26"}
    return {
        "model_new": version, "model_edit": version, "model_impact": {"x": "1"},
        "model_release": {"seen": ""}, "model_withdraw": {"reason": "Not now."},
        "market_new": market, "market_edit": market,
        "market_survey": {
            **card, "second_surveyor": str(small.people.sales.pk), "note": "n",
            "has_removal_notice": "on",
        },
        "market_survey_preview": card,
        "market_admission_new": {
            "text": f"{head}\nT1\tn\t" + "\t".join("4" for _ in TENANT_INDICATORS), "share": "1/3",
            "base": "LIST", "decide": "1",
        },
        "statement_new": typed, "statement_check": typed, "statement_paste": typed,
        "statement_restate": typed | {"p0-period_end": str(small.statement.period_end)},
    }  # fmt: skip


TEXTS = [
    "", " ", "x", "\0", "²", "'; drop table x; --", LONG, HUGE, f"-{HUGE}", "1e400", "-1", "0",
    "0.0001", "NaN", "Infinity", "0001-01-01", "9999-12-31", "2026-02-30", "MINE", "FOREIGN", DIGITS,
]  # fmt: skip


TRIED_IN_PART = {
    "customer_edit", "contact_edit", "market_edit", "model_edit", "statement_restate",
    "statement_check", "statement_paste", "market_survey_preview", "rating_store",
    "override_ask", "model_new", "model_impact", "rating_preview",
}  # fmt: skip
"""Addresses that read the same form as another one, or draw a large page whatever comes in."""


class TestWriting:
    def test_no_body_breaks_the_api(self, small: Portfolio, crowd: Crowd) -> None:
        bodies = good_bodies(small)
        for name, method, url in api_deeds(small):
            good = bodies.get(name, {"version": 1, "x": "y"})

            def send(role: str, body: Any, method: str = method, url: str = url) -> int:
                data = body if isinstance(body, bytes) else json.dumps(body)
                return crowd.send(role, method, url, data=data, content_type="application/json")

            tried = [*RAW_BODIES, *variants(good)]
            for role, body in crowd.share(partial(send, body=good), tried):
                send(role, body)
        assert crowd.broken == []
        assert crowd.seen[400] > 100
        assert crowd.seen[403] > 100

    def test_no_form_breaks_a_page(self, small: Portfolio, crowd: Crowd) -> None:
        forms = page_forms(small)
        for pattern, url in addresses(small):
            if url.startswith("/api/"):
                continue
            good = forms.get(pattern.name or "", {})

            def post(role: str, fields: dict[str, str], url: str = url) -> int:
                data = encode_multipart(BOUNDARY, fields)
                return crowd.send(role, "post", url, data=data, content_type=MULTIPART_CONTENT)

            tried = [{}, *(dict.fromkeys(good, text) for text in TEXTS if good)]
            for number, (name, given) in enumerate(good.items()):
                texts = like(given)
                own = texts[number % 2 :: 2] if texts is WORDS else texts
                tried += [{**good, name: text} for text in own]
            for left_out in (list(good)[part::3] for part in range(3 if good else 0)):
                tried.append({k: v for k, v in good.items() if k not in left_out})
            if pattern.name in TRIED_IN_PART:
                tried = tried[::4]
            for role, fields in crowd.share(partial(post, fields=good), tried):
                post(role, fields)
        assert crowd.broken == []
        assert crowd.seen[422] > 50
        assert crowd.seen[403] > 100

    def test_what_is_varied_would_be_taken_as_it_stands(
        self, small: Portfolio, watched: SignIn
    ) -> None:
        clients = {role: watched(role) for role in (*ROLES, "analyst")}
        bodies = good_bodies(small)
        taken: dict[str, set[int]] = {}
        for name, method, url in api_deeds(small):
            for client in clients.values():
                with transaction.atomic():
                    body = json.dumps(bodies.get(name, {}))
                    answer = client.generic(
                        method.upper(), url, body, content_type="application/json"
                    )
                    taken.setdefault(name, set()).add(answer.status_code)
                    transaction.set_rollback(True)
        forms = page_forms(small)
        for pattern, url in addresses(small):
            name = pattern.name or ""
            for client in clients.values() if name in forms else ():
                with transaction.atomic():
                    answer = client.post(url, forms[name])
                    taken.setdefault(name, set()).add(answer.status_code)
                    transaction.set_rollback(True)
        refused = {name for name, codes in taken.items() if not codes & {200, 201, 202, 302}}
        assert sorted(refused) == NEED_ANOTHER_STATE, {name: taken[name] for name in refused}


NEED_ANOTHER_STATE = [
    "answers_confirm", "api-imports-list", "document_create", "dunning-run-approve",
    "dunning_prepare", "import_commit", "import_discard", "import_new", "model_edit", "model_new",
    "override_ask", "promise_new", "rating_store", "receipt_apply", "receipt_identify",
    "risk_group_new", "segment_override", "signal_act", "signal_close", "statement_accept",
    "traits_confirm", "watch_note",
]  # fmt: skip
"""Forms that this portfolio has nothing for (a file, a second draft, an unknown payer, …)."""
