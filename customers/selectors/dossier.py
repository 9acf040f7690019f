"""How complete the files are: one customer with every line, or all of them at once.

What lies above this floor is handed in: the tier follows from a limit, statements from scoring.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from customers.domain.checklist import Tier
from customers.domain.completeness import (
    CheckDone,
    Completeness,
    Evidence,
    Paper,
    StatementPeriod,
    evaluate_checklist,
)
from customers.models import BankAccount, Contact, Customer, Document, ListCheck, Relation
from customers.selectors.documents import with_state
from customers.selectors.facts import known_facts, list_latest_facts

PERSONS = (Customer.Kind.PERSON, Customer.Kind.SELF_EMPLOYED)
INSURED = ("FULL", "PARTIAL")


def get_completeness(
    customer: Customer,
    *,
    tier: Tier,
    as_of: date,
    statements: Sequence[StatementPeriod] = (),
    applied_on: date | None = None,
) -> Completeness:
    """Judge one file against the checklist of a tier, as known on a day. Seven queries.

    `statements` are the usable ones in the house, `applied_on` the day of the newest request.
    """
    evidence = gather_evidence(
        [customer],
        as_of=as_of,
        statements={customer.pk: statements},
        applied_on={customer.pk: applied_on},
    )[customer.pk]
    return evaluate_checklist(tier, evidence, as_of=as_of)


def list_completeness(
    *,
    as_of: date,
    user: Any,
    tiers: Mapping[int, Tier],
    statements: Mapping[int, Sequence[StatementPeriod]] | None = None,
    applied_on: Mapping[int, date | None] | None = None,
) -> dict[int, Completeness]:
    """Judge the files of all visible customers that have a tier above T0. Eight queries in all."""
    wanted = [pk for pk, tier in tiers.items() if tier is not Tier.T0]
    customers = list(Customer.objects.for_user(user).filter(pk__in=wanted).only(*_NEEDED))
    evidence = gather_evidence(
        customers, as_of=as_of, statements=statements or {}, applied_on=applied_on or {}
    )
    return {
        customer.pk: evaluate_checklist(tiers[customer.pk], evidence[customer.pk], as_of=as_of)
        for customer in customers
    }


_NEEDED = ("id", "country", "kind")


def gather_evidence(
    customers: Collection[Customer],
    *,
    as_of: date,
    statements: Mapping[int, Sequence[StatementPeriod]],
    applied_on: Mapping[int, date | None],
) -> dict[int, Evidence]:
    """Return what each of these customers' files held on a day. Seven queries, however many."""
    ids = [customer.pk for customer in customers]
    papers = _group(_list_papers(ids, as_of))
    checks = _group(_list_checks(ids, as_of))
    references = _group(_list_references(ids, as_of))
    accounts = _verified_accounts(ids, as_of)
    insured = _insured(ids, as_of)
    guaranteed = _guaranteed(ids, as_of)
    guarantors = set(
        Contact.objects.filter(customer__in=ids, role=Contact.Role.GUARANTOR)
        .order_by()
        .values_list("customer_id", flat=True)
    )
    return {
        customer.pk: Evidence(
            papers=papers.get(customer.pk, ()),
            statements=statements.get(customer.pk, ()),
            checks=checks.get(customer.pk, ()),
            references=references.get(customer.pk, ()),
            account_verified_on=accounts.get(customer.pk),
            applied_on=applied_on.get(customer.pk),
            is_foreign=customer.country != "CN",
            is_person=customer.kind in PERSONS or customer.pk in guarantors,
            is_insured=customer.pk in insured,
            has_security=customer.pk in guaranteed
            or any(paper.code == "D16" for paper in papers.get(customer.pk, ())),
        )
        for customer in customers
    }


def _group(rows: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for customer_id, value in rows:
        found.setdefault(customer_id, []).append(value)
    return found


def _list_papers(ids: Sequence[int], as_of: date) -> Iterable[tuple[int, Paper]]:
    rows = (
        with_state(Document.objects.filter(customer__in=ids), as_of=as_of)
        .order_by("id")
        .values_list(
            "customer_id",
            "id",
            "kind",
            "state_then",
            "issued_on",
            "uploaded_on",
            "verified_on",
            "valid_to",
            "title",
        )
    )
    for customer_id, pk, kind, state, issued_on, uploaded_on, verified_on, valid_to, title in rows:
        yield (
            customer_id,
            Paper(
                id=pk,
                code=kind,
                state=state or Document.State.UPLOADED,
                dated=issued_on or uploaded_on,
                verified_on=verified_on,
                valid_to=valid_to,
                title=title,
            ),
        )


def _list_checks(ids: Sequence[int], as_of: date) -> Iterable[tuple[int, CheckDone]]:
    """The newest look at each list; one that left a question open is none."""
    rows = (
        ListCheck.objects.filter(customer__in=ids, checked_on__lte=as_of)
        .exclude(result=ListCheck.Result.UNCLEAR)
        .exclude(match=ListCheck.Match.NAME_ONLY)
        .order_by()
        .values_list("customer_id", "kind")
        .annotate(newest=Max("checked_on"))
    )
    for customer_id, kind, newest in rows:
        yield customer_id, CheckDone(kind, newest)


def _list_references(ids: Sequence[int], as_of: date) -> Iterable[tuple[int, date]]:
    """The newest word of each reference; two words of one source are one reference."""
    rows = (
        known_facts(as_of=as_of)
        .filter(customer__in=ids, field="TRADE_REFERENCE_LIMIT")
        .order_by()
        .values_list("customer_id", "source_class", "source_name")
        .annotate(newest=Max("obtained_on"))
    )
    for customer_id, _source_class, _source_name, newest in rows:
        yield customer_id, newest


def _verified_accounts(ids: Sequence[int], as_of: date) -> dict[int, date]:
    """The day of the newest call-back by then that confirmed a bank account."""
    rows = (
        BankAccount.objects.filter(customer__in=ids, verified_at__isnull=False)
        .order_by("customer_id", "id")
        .values_list("customer_id", "verified_at")
    )
    found = {}
    for customer_id, verified_at in rows:
        day = timezone.localtime(verified_at).date()
        if day <= as_of:
            found[customer_id] = day
    return found


def _insured(ids: Sequence[int], as_of: date) -> set[int]:
    """Customers whose newest believed word of an insurer is a cover."""
    rows = list_latest_facts(["INSURER_DECISION"], as_of=as_of, customer_ids=ids)
    return {row["customer_id"] for row in rows if row["value"] in INSURED}


def _guaranteed(ids: Sequence[int], as_of: date) -> set[int]:
    """Customers for whom somebody stands on that day."""
    rows = Relation.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=as_of),
        target__in=ids,
        kind=Relation.Kind.GUARANTEES,
        valid_from__lte=as_of,
    )
    return set(rows.order_by().values_list("target_id", flat=True))
