"""What people judged of a customer: 5C answers, ratings of the traits, shifts of the grade."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from customers.models import Customer, Document
from scoring.domain.models.five_c import PARTS
from scoring.models import CharacteristicAssessment, FiveCAssessment, RatingOverride
from users.permissions import SALES

# What the account manager knows; the analyst adds the rest and may correct all (section 1).
SALES_PARTS = ("character", "collateral", "conditions")
USELESS_DOCUMENTS = ("REJECTED", "SUPERSEDED", "DOUBTED")


@dataclass(frozen=True)
class Questionnaire:
    """The answers as they are being worked on: per part, the newest draft, else what is confirmed.

    `drafts` are those that wait for confirmation, newest first; `confirmed` is what counts now.
    """

    answers: dict[str, list[Any]]
    evidence: dict[str, Any]
    comments: dict[str, str]
    drafts: tuple[FiveCAssessment, ...]
    confirmed: FiveCAssessment | None


def get_confirmed_assessment(customer: Customer, *, as_of: date) -> FiveCAssessment | None:
    """Return the 5C answers that count on a day (one query)."""
    rows = FiveCAssessment.objects.filter(
        Q(confirmed_on=None) | Q(confirmed_on__lte=as_of),
        customer=customer,
        as_of__lte=as_of,
        state=FiveCAssessment.State.CONFIRMED,
    )
    return rows.select_related("drafted_by", "confirmed_by").order_by("-as_of", "-id").first()


def get_questionnaire(customer: Customer, *, as_of: date) -> Questionnaire:
    """Return the answers being worked on (2 queries).

    A draft older than what was confirmed since is history. Of two drafts the newer one's answers
    come first, part by part: the account manager's character beside the analyst's capacity.
    """
    confirmed = get_confirmed_assessment(customer, as_of=as_of)
    rows = FiveCAssessment.objects.filter(
        customer=customer, as_of__lte=as_of, state=FiveCAssessment.State.DRAFT
    )
    if confirmed is not None:
        rows = rows.filter(recorded_at__gt=confirmed.recorded_at)
    drafts = tuple(rows.select_related("drafted_by").order_by("-as_of", "-id")[:5])
    answers: dict[str, list[Any]] = {}
    evidence: dict[str, Any] = {}
    comments: dict[str, str] = {}
    for part, names in PARTS.items():
        sources = [*drafts, *([confirmed] if confirmed else [])]
        source = next((one for one in sources if _has_answers(one, part)), None)
        steps = list(source.answers.get(part) or ()) if source else []
        answers[part] = (steps + [None] * len(names))[: len(names)]
        if source is not None:
            evidence |= {n: source.evidence[n] for n in names if n in source.evidence}
            comments |= {n: source.comments[n] for n in names if n in source.comments}
    return Questionnaire(answers, evidence, comments, drafts, confirmed)


def list_evidence_documents(customer: Customer) -> QuerySet[Document]:
    """List the documents of a customer that may be named as evidence, newest first."""
    rows: QuerySet[Document] = Document.objects.filter(customer=customer)
    return rows.exclude(state__in=USELESS_DOCUMENTS).order_by("-uploaded_on", "-id")


def get_characteristics(
    customer: Customer, *, as_of: date, state: str = ""
) -> CharacteristicAssessment | None:
    """Return the newest ratings of the traits up to a day, of one state or of any (one query)."""
    rows = CharacteristicAssessment.objects.filter(customer=customer, as_of__lte=as_of)
    if state:
        rows = rows.filter(state=state)
    if state == CharacteristicAssessment.State.CONFIRMED:
        rows = rows.filter(Q(confirmed_on=None) | Q(confirmed_on__lte=as_of))
    return rows.select_related("drafted_by", "confirmed_by").order_by("-as_of", "-id").first()


def list_overrides_of(customer: Customer, *, as_of: date) -> list[RatingOverride]:
    """List the shifts of a customer's grade that wait or were decided, newest first (one query).

    At most ten: those that wait or are in force come first.
    """
    rows = RatingOverride.objects.filter(customer=customer).filter(
        Q(recorded_at__date__lte=as_of) | Q(valid_from__lte=as_of)
    )
    found = list(
        rows.select_related("asked_by", "decided_by", "evidence").order_by("-valid_from", "-id")[
            :30
        ]
    )
    alive = [one for one in found if one.state in ("ASKED", "APPROVED") and one.valid_to > as_of]
    return (alive + [one for one in found if one not in alive])[:10]


def _has_answers(one: FiveCAssessment, part: str) -> bool:
    """Tell whether these answers speak of a part; an account manager's speak of his own alone."""
    author = one.drafted_by
    is_sales_draft = (
        author is not None and author.role == SALES and one.state == FiveCAssessment.State.DRAFT
    )
    if is_sales_draft and part not in SALES_PARTS:
        return False
    return any(step is not None for step in one.answers.get(part) or ())
