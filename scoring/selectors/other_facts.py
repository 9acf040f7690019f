"""What ratings of a day are made of besides statements and answers, set-wise.

How they paid, who is long overdue, what agencies and insurers say, what public lists say, shell
indicators and market value from the dossier, notches that people decided.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from django.db.models import Q, QuerySet, Sum

from common.bulk import fetch_dicts
from common.parsing import CellError, parse_date
from customers.selectors import PublicHit, list_latest_facts, list_public_hits
from receivables.models import Posting
from scoring.domain import vectorised
from scoring.domain.rating.overrides import (
    BY_FLAG,
    InvalidNotch,
    Notch,
    apply_notch,
    get_dishonest_flag,
)
from scoring.domain.rating.shell import is_shell
from scoring.models import RatingOverride

OVER_DAYS = 90
ENFORCED, DISHONEST = "enforced_debtor", "dishonest_judgment_debtor"

# The facts that are opinions, each with the kind of source it is (external.ExternalKind).
OPINIONS = {
    "AGENCY_GRADE": "AGENCY_GRADE",
    "RISK_INDICATOR": "RISK_INDICATOR",
    "PAYDEX": "PAYDEX",
    "INSURER_DECISION": "INSURER",
    "BUREAU_RISK_INDEX": "RISK_INDEX",
}
PROFILE = ("MARKET_CAP", "SUSPENDED_DAYS", "FOUNDED", "EMPLOYEES", "PAID_IN_CAPITAL", "PREMISES")


@dataclass(frozen=True)
class Dossier:
    """What the dossier says of one customer; `flags` are those of the rating's overrides.

    `has_enforced` with `enforced_amount` (CNY, None = unknown) becomes a flag by the net worth.
    """

    opinions: tuple[tuple[str, str, date], ...] = ()
    market_cap: Decimal | None = None
    suspended_days: int = 0
    founded: date | None = None
    is_shell: bool = False
    flags: frozenset[str] = frozenset()
    hits: tuple[PublicHit, ...] = ()
    has_enforced: bool = False
    enforced_amount: Decimal | None = None


@dataclass(frozen=True)
class Notches:
    """The notches in force of one customer, and the newest row that a person decided."""

    notches: tuple[Notch, ...] = ()
    override_ids: tuple[int, ...] = ()
    parent_grade: str | None = None


@dataclass(frozen=True)
class OtherFacts:
    """Per customer what there is; who is absent has nothing of the kind."""

    overdue: frozenset[int] = frozenset()
    external: pd.DataFrame = field(default_factory=pd.DataFrame)
    dossiers: Mapping[int, Dossier] = field(default_factory=dict)
    notches: Mapping[int, Notches] = field(default_factory=dict)


def gather_other_facts(customer_ids: Collection[int], *, as_of: date) -> OtherFacts:
    """Fetch what is known of some customers on a day. Five queries, six where notches are."""
    dossiers = _read_dossiers(customer_ids, as_of)
    rows = [
        (customer_id, *opinion)
        for customer_id, dossier in dossiers.items()
        for opinion in dossier.opinions
    ]
    opinions = pd.DataFrame(rows, columns=["customer_id", "kind", "opinion", "dated"])
    return OtherFacts(
        overdue=list_long_overdue(as_of=as_of, customer_ids=customer_ids),
        external=vectorised.compute_external(opinions, as_of=as_of, customer_ids=customer_ids),
        dossiers=dossiers,
        notches=gather_notches(customer_ids, as_of=as_of),
    )


def list_long_overdue(
    *, as_of: date, customer_ids: Collection[int] | None = None
) -> frozenset[int]:
    """Return the customers with an item more than 90 days past due on that day (one query)."""
    items = Posting.objects.filter(
        closed_on__gt=as_of,
        posted_on__lte=as_of,
        due_date__lt=as_of - timedelta(days=OVER_DAYS),
        customer_id__isnull=False,
    )
    if customer_ids is not None:
        items = items.filter(customer_id__in=list(customer_ids))
    rows = items.values("customer_id", "due_line_id").annotate(open=Sum("amount"))
    return frozenset(rows.filter(open__gt=0).values_list("customer_id", flat=True))


def gather_notches(customer_ids: Collection[int], *, as_of: date) -> dict[int, Notches]:
    """Return the approved notches in force on a day, each with the parent's grade of that day.

    One query, two where there are any. What breaks its own rule, or hangs on a parent without a
    grade, does nothing.
    """
    rows = list(
        _list_in_force(as_of)
        .filter(customer_id__in=list(customer_ids))
        .order_by("customer_id", "code", "id")
        .values("id", "customer_id", "code", "notches", "reason", "valid_to", "customer__parent_id")
    )
    if not rows:
        return {}
    parents = {row["customer__parent_id"] for row in rows if row["customer__parent_id"]}
    grades = _read_grades(parents, as_of)
    found: dict[int, list[tuple[Notch, int, str | None]]] = defaultdict(list)
    for row in rows:
        grade = grades.get(row["customer__parent_id"] or 0)
        notch = Notch(
            row["code"],
            parent_grade=None if row["code"] == "NOTCH-3" else grade,
            notches=row["notches"],
            reason=row["reason"],
            valid_to=row["valid_to"],
        )
        if _is_sound(notch, as_of):
            found[row["customer_id"]].append((notch, row["id"], notch.parent_grade))
    return {
        customer_id: Notches(
            tuple(notch for notch, _, _ in mine),
            tuple(number for _, number, _ in mine),
            next((grade for _, _, grade in mine if grade), None),
        )
        for customer_id, mine in found.items()
    }


def find_parents_to_rate(*, as_of: date) -> dict[int, int]:
    """Return whose grade hangs on its parent's on a day: parent's id by customer's id (1 query)."""
    rows = (
        _list_in_force(as_of)
        .filter(code__in=("NOTCH-1", "NOTCH-2"))
        .values_list("customer_id", "customer__parent_id")
    )
    return {customer_id: parent_id for customer_id, parent_id in rows if parent_id is not None}


def _list_in_force(as_of: date) -> QuerySet[RatingOverride]:
    """List what had been approved by a day and was neither over nor ended on it."""
    state = RatingOverride.State
    return RatingOverride.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=as_of),
        state__in=(state.APPROVED, state.ENDED),
        decided_on__lte=as_of,
        valid_from__lte=as_of,
        valid_to__gt=as_of,
    )


def _is_sound(notch: Notch, as_of: date) -> bool:
    try:
        apply_notch("BB", notch, as_of=as_of)
    except InvalidNotch:
        return False
    return True


def _read_grades(customer_ids: Collection[int], as_of: date) -> dict[int, str]:
    rows = fetch_dicts(
        "select distinct on (customer_id) customer_id, grade || modifier as grade"
        " from scoring_rating where customer_id = any(%(ids)s) and as_of <= %(as_of)s"
        " order by customer_id, as_of desc, id desc",
        {"ids": list(customer_ids), "as_of": as_of},
    )
    return {row["customer_id"]: row["grade"] for row in rows}


def _read_dossiers(customer_ids: Collection[int], as_of: date) -> dict[int, Dossier]:
    facts: dict[int, dict[str, Any]] = defaultdict(dict)
    for fact in list_latest_facts((*OPINIONS, *PROFILE), as_of=as_of, customer_ids=customer_ids):
        facts[fact["customer_id"]][fact["field"]] = fact
    hits: dict[int, list[PublicHit]] = defaultdict(list)
    for hit in list_public_hits(as_of=as_of, customer_ids=customer_ids):
        hits[hit.customer_id].append(hit)
    return {
        customer_id: _read_dossier(facts.get(customer_id, {}), hits.get(customer_id, []), as_of)
        for customer_id in facts.keys() | hits.keys()
    }


def _read_dossier(facts: Mapping[str, Any], hits: Collection[PublicHit], as_of: date) -> Dossier:
    def number(name: str) -> Decimal | None:
        return facts[name]["number"] if name in facts else None

    enforced = [hit for hit in hits if hit.flag == ENFORCED]
    amounts = [hit.amount for hit in enforced]
    premises = facts["PREMISES"]["value"] if "PREMISES" in facts else None
    return Dossier(
        opinions=tuple(
            (kind, facts[name]["value"], facts[name]["as_of"])
            for name, kind in OPINIONS.items()
            if name in facts
        ),
        market_cap=number("MARKET_CAP"),
        suspended_days=int(number("SUSPENDED_DAYS") or 0),
        founded=_read_day(facts["FOUNDED"]["value"]) if "FOUNDED" in facts else None,
        is_shell=is_shell(
            employees=number("EMPLOYEES"),
            premises=premises,
            paid_in_capital=number("PAID_IN_CAPITAL"),
        ),
        flags=frozenset(flag for hit in hits if (flag := _read_flag(hit, as_of)) is not None),
        hits=tuple(hits),
        has_enforced=bool(enforced),
        enforced_amount=(
            None if None in amounts else sum((a for a in amounts if a is not None), Decimal(0))
        ),
    )


def _read_flag(hit: PublicHit, as_of: date) -> str | None:
    """Return the override's flag that a hit sets at once; enforcement hangs on the net worth."""
    if hit.flag == ENFORCED or hit.flag not in BY_FLAG:
        return None
    return get_dishonest_flag(hit.removed_on, as_of=as_of) if hit.flag == DISHONEST else hit.flag


def _read_day(text: str) -> date | None:
    try:
        return parse_date(text)
    except CellError:
        return None
