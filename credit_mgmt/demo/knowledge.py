"""What is known of the sample customers: papers, facts, looks at public lists, who hangs on whom."""

import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from common.files import store_file
from common.models import StoredFile
from credit_mgmt.demo.dossiers import Dossier
from credit_mgmt.demo.habits import NEW, PROMPT, SLOW
from customers.domain.checklist import CHECKLIST, Line, Term
from customers.models import Document, DocumentStep, ListCheck, SourceClass
from customers.services import (
    NewCheck,
    NewFact,
    record_checks,
    record_facts,
    record_relation,
)
from users.models import User

PAPERS = frozenset(
    ("D01", "D02", "D03", "D04", "D05", "D06", "D08", "D11", "D12", "D13", "D15", "D17", "D20")
)
LISTS = (
    "REGISTRY_STATUS", "DISHONEST_DEBTOR", "ENFORCED_DEBTOR", "ABNORMAL_OPERATION",
    "SERIOUS_VIOLATION", "MAJOR_TAX_VIOLATION", "TAX_ARREARS", "TAX_GRADE", "LITIGATION", "SANCTIONS",
    "INSOLVENCY", "CONSUMPTION_RESTRICTION", "OVERDUE_BILLS",
)  # fmt: skip
AGENCY = "示例征信 / Sample bureau"
RING = 3  # customers in the sample's one ring of guarantees
GRADES = ("AA", "A", "A", "BBB", "BBB", "BB")


class _Sample(io.BytesIO):
    """A little text file, as an upload brings it."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text.encode())
        self.name = name


def write_papers(
    dossiers: Sequence[Dossier], *, seed: int, as_of: date, people: dict[str, User]
) -> int:
    """Store documents of most lines of the checklist; some are missing, some have run out.

    The sample's papers of one kind share one file: a demo keeps no two thousand copies of a page.
    """
    files = {line.code: _keep_sample(line, people) for line in CHECKLIST if line.code in PAPERS}
    documents = [
        document
        for dossier in dossiers
        if dossier.trades
        for document in _draw_papers(dossier, files, seed, as_of, people)
    ]
    Document.objects.bulk_create(documents, batch_size=1000)
    DocumentStep.objects.bulk_create(
        [step for document in documents for step in _list_steps(document)], batch_size=2000
    )
    return len(documents)


def write_facts(
    dossiers: Sequence[Dossier], *, seed: int, as_of: date, people: dict[str, User]
) -> int:
    """Record what agencies, registers, suppliers and sellers say; now and then they disagree."""
    facts = [
        fact for dossier in dossiers if dossier.trades for fact in _draw_facts(dossier, seed, as_of)
    ]
    return record_facts(facts, actor=people["analyst"], as_of=as_of).created


def write_checks(
    dossiers: Sequence[Dossier], *, seed: int, as_of: date, people: dict[str, User]
) -> int:
    """Record looks at public lists; the failing have hits, and one match is by name alone."""
    checks = [
        check
        for dossier in dossiers
        if dossier.trades
        for check in _draw_checks(dossier, seed, as_of)
    ]
    return len(record_checks(checks, as_of=as_of, actor=people["analyst"]))


def write_relations(dossiers: Sequence[Dossier], *, as_of: date, people: dict[str, User]) -> int:
    """Record guarantees among a few customers, one ring among them, and a supplier that is leant on."""
    slow = [d.customer for d in dossiers if d.trades and d.habit is SLOW]
    since = as_of - timedelta(days=400)
    count = 0
    ring = slow[:RING] if len(slow) >= RING else []
    for position, customer in enumerate(ring):
        record_relation(
            source=customer,
            target=ring[(position + 1) % RING],
            kind="GUARANTEES",
            valid_from=since,
            amount=Decimal(2_000_000),
            note="示例 / Sample",
            actor=people["analyst"],
            as_of=as_of,
        )
        count += 1
    if len(slow) >= RING + 2:
        record_relation(
            source=slow[RING],
            target=slow[RING + 1],
            kind="SUPPLIES",
            share=Decimal("0.62"),
            valid_from=since,
            actor=people["analyst"],
            as_of=as_of,
        )
        count += 1
    return count


def _keep_sample(line: Line, people: dict[str, User]) -> StoredFile:
    text = f"示例文件,不是真实资料。 / A sample, not a real paper.\n{line.code} {line.label}\n"
    return store_file(_Sample(f"{line.code}-sample.txt", text), actor=people["sales"])


def _draw_papers(
    dossier: Dossier,
    files: dict[str, StoredFile],
    seed: int,
    as_of: date,
    people: dict[str, User],
) -> Iterator[Document]:
    rng = dossier.rng("papers", seed)
    missing = 0.35 if dossier.habit is NEW else 0.1
    for line in CHECKLIST:
        if line.code not in files or rng.random() < missing:
            continue
        lasts = line.days or 720
        is_stale = rng.random() < 0.08
        age = rng.randint(lasts + 5, lasts + 90) if is_stale else rng.randint(2, int(lasts * 0.8))
        issued = as_of - timedelta(days=age)
        has_term = line.term in (Term.OWN_TERM, Term.OWN_TERM_AND_DAYS)
        is_waiting = not is_stale and rng.random() < 0.05
        uploaded = min(as_of, issued + timedelta(days=2))
        yield Document(
            customer=dossier.customer,
            kind=line.code,
            title=f"示例资料 {line.code} / Sample paper {line.code}",
            number=f"S-{dossier.position:05d}-{line.code}",
            issuer="示例 / Sample",
            source_class=line.source_class,
            issued_on=issued,
            valid_to=issued + timedelta(days=lasts + 1100) if has_term else None,
            confidentiality="PERSONAL" if line.is_personal else "NORMAL",
            original_seen=not is_waiting,
            file=files[line.code],
            state="SUBMITTED" if is_waiting else "VERIFIED",
            method="" if is_waiting else "ORIGINAL_SEEN",
            uploaded_by=people["sales"],
            uploaded_on=uploaded,
            verified_by=None if is_waiting else people["analyst"],
            verified_on=None if is_waiting else uploaded,
        )


def _list_steps(document: Document) -> Iterator[DocumentStep]:
    steps = [("upload", "", "UPLOADED"), ("submit", "UPLOADED", "SUBMITTED")]
    if document.state == "VERIFIED":
        steps.append(("verify", "SUBMITTED", "VERIFIED"))
    for action, source, target in steps:
        yield DocumentStep(
            document=document,
            action=action,
            source=source,
            target=target,
            as_of=document.uploaded_on,
            actor=document.verified_by if action == "verify" else document.uploaded_by,
        )


def _draw_facts(dossier: Dossier, seed: int, as_of: date) -> Iterator[NewFact]:
    rng = dossier.rng("facts", seed)
    customer = dossier.customer
    half_year = as_of - timedelta(days=rng.randint(20, 170))

    def fact(field: str, value: Any, source: str, name: str = "", **more: Any) -> NewFact:
        about = more.pop("about", half_year)
        learnt = min(as_of, about + timedelta(days=3))
        return NewFact(
            customer.pk, field, str(value), about, source, name, obtained_on=learnt, **more
        )

    official, agency = SourceClass.OFFICIAL, SourceClass.AGENCY
    capital = customer.registered_capital or Decimal(1_000_000)
    yield fact(
        "PAID_IN_CAPITAL", int(capital * Decimal(str(rng.choice((1, 1, 0.8, 0.5))))), official
    )
    yield fact("EMPLOYEES", customer.employees or 20, official)
    yield fact("PREMISES", rng.choice(("OWNED", "RENTED", "RENTED")), SourceClass.INTERNAL)
    yield fact("GROSS_MARGIN_PCT", rng.randint(9, 27), SourceClass.INTERNAL)
    yield fact("TOP5_SHARE", rng.randint(20, 85), SourceClass.INTERNAL)
    if rng.random() < 0.35:
        place = min(
            len(GRADES) - 1, max(0, round((1 - dossier.habit.strength) * 6 + rng.gauss(0, 1)))
        )
        yield fact("AGENCY_GRADE", GRADES[place], agency, AGENCY)
        yield fact("AGENCY_LIMIT", int(capital * Decimal("0.06")), agency, AGENCY)
    if rng.random() < 0.3:
        decision = "FULL" if dossier.habit is PROMPT else rng.choice(("FULL", "PARTIAL", "REFUSED"))
        yield fact("INSURER_DECISION", decision, agency, "示例信保 / Sample insurer")
    for supplier in ("A", "B", "C"):
        if rng.random() < 0.7:
            yield fact(
                "TRADE_REFERENCE_LIMIT",
                int(capital * Decimal(str(round(rng.uniform(0.03, 0.12), 3)))),
                SourceClass.THIRD_PARTY,
                f"示例供应商{supplier} / Sample supplier {supplier}",
            )
    if dossier.position % 23 == 5:  # two sources, one period, more than a tenth apart
        year_end = date(as_of.year - 1, 12, 31)
        revenue = int(customer.revenue_cny or 0)
        yield fact("REVENUE", revenue, official, about=year_end)
        yield fact("REVENUE", int(revenue * 1.3), SourceClass.SOCIAL, "示例媒体 / Sample press",
                   about=year_end, confidence="HEARSAY")  # fmt: skip


def _draw_checks(dossier: Dossier, seed: int, as_of: date) -> Iterator[NewCheck]:
    rng = dossier.rng("checks", seed)
    day = as_of - timedelta(days=rng.choice((3, 9, 16, 24, 28, 41)))
    hits = _hits_of(dossier, day)
    for kind in LISTS:
        hit = hits.get(kind)
        if hit is not None:
            yield hit
            continue
        details = {"status": "IN_BUSINESS"} if kind == "REGISTRY_STATUS" else {}
        yield NewCheck(dossier.customer.pk, kind, day, ListCheck.Result.NO_HIT, details=details)


def _hits_of(dossier: Dossier, day: date) -> dict[str, NewCheck]:
    listed = day - timedelta(days=30)

    def hit(kind: str, match: str = "EXACT", **details: Any) -> NewCheck:
        return NewCheck(
            dossier.customer.pk, kind, day, "HIT", match, details, listed, note="示例 / Sample"
        )

    if dossier.habit.is_failing:
        choices = (
            hit("ENFORCED_DEBTOR", amount="860000"),
            hit("DISHONEST_DEBTOR"),
            hit("ABNORMAL_OPERATION", ground="UNREACHABLE"),
            hit("LITIGATION", amount="420000"),
        )
        chosen = choices[dossier.position % len(choices)]
        return {chosen.kind: chosen}
    if dossier.position % 67 == 11:
        return {"DISHONEST_DEBTOR": hit("DISHONEST_DEBTOR", "NAME_ONLY")}
    if dossier.position % 41 == 7:
        return {"ABNORMAL_OPERATION": hit("ABNORMAL_OPERATION", ground="ANNUAL_REPORT")}
    return {}
