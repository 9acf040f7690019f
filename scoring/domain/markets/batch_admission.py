"""Batch admission (批量准入; section 12.3): the best third or half of a recommended list.

Sort by score, ties by code; the first ``floor(n · q)`` are admitted when they also reach the least
score and nothing rejects them. A place that falls out is not filled from below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from math import ceil

from common.errors import InvalidInput
from scoring.domain.markets.tenant import PASS_FROM

THIRD, HALF = Fraction(1, 3), Fraction(1, 2)
VISIT_SHARE = Fraction(1, 5)
# A list longer than this part of the market's active tenants hardly chose anybody.
WEAK_ABOVE = Fraction(1, 2)


class InvalidAdmission(InvalidInput):
    """A list with a code twice, a share outside 0 to 1, or a market smaller than its list."""

    code = "INVALID_ADMISSION"


class Base(StrEnum):
    """Of what the share is taken: the scored list, or every active tenant of the market."""

    LIST = "LIST"
    MARKET = "MARKET"


class Verdict(StrEnum):
    """Why somebody is in or out; the first that holds, in this order."""

    ADMITTED = "ADMITTED"
    NOT_SCORED = "NOT_SCORED"
    REJECTED = "REJECTED"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    BELOW_QUOTA = "BELOW_QUOTA"


@dataclass(frozen=True)
class Candidate:
    """One tenant of the list: its code, its score (``None``: not scored), whether it is rejected."""

    code: str
    score: Decimal | None
    is_rejected: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one tenant.

    ``rank`` counts the scored from 1. ``needed`` is the score that would have been enough, to be
    exceeded where ``must_exceed`` (a tie would go to the other one's code); ``None`` when a score
    is not what is lacking, or when the list had no place at all.
    """

    code: str
    score: Decimal | None
    rank: int | None
    verdict: Verdict
    needed: Decimal | None = None
    must_exceed: bool = False

    @property
    def is_admitted(self) -> bool:
        """Whether the tenant is in."""
        return self.verdict is Verdict.ADMITTED


@dataclass(frozen=True)
class BatchResult:
    """The whole list, best first, the unscored last; ``places`` is k, ``base_count`` n."""

    outcomes: tuple[Outcome, ...]
    base_count: int
    places: int
    is_weak_screening: bool

    @property
    def admitted(self) -> tuple[str, ...]:
        """The codes of those who are in, best first."""
        return tuple(outcome.code for outcome in self.outcomes if outcome.is_admitted)


def admit_batch(
    candidates: Sequence[Candidate],
    *,
    share: Fraction = THIRD,
    min_score: Decimal = PASS_FROM,
    base: Base = Base.LIST,
    active_tenants: int | None = None,
) -> BatchResult:
    """Admit the best of a list.

    ``active_tenants`` counts the market's active tenants: needed for ``Base.MARKET``, and for
    telling a weak screening (a list longer than half of them).

    Raises:
        InvalidAdmission: see there; also ``Base.MARKET`` without the count.

    >>> people = [Candidate("T1", Decimal(80)), Candidate("T2", Decimal(70)),
    ...           Candidate("T3", Decimal(90)), Candidate("T4", Decimal(55))]
    >>> admit_batch(people, share=HALF).admitted
    ('T3', 'T1')
    """
    _check(candidates, share, base, active_tenants)
    scored = [c for c in candidates if c.score is not None]
    scored.sort(key=lambda c: (-(c.score or 0), c.code))
    count = (active_tenants or 0) if base is Base.MARKET else len(scored)
    places = int(count * share)
    last = scored[min(places, len(scored)) - 1] if places and scored else None
    ranked = [_judge(c, rank, places, min_score, last) for rank, c in enumerate(scored, start=1)]
    unscored = sorted(c.code for c in candidates if c.score is None)
    return BatchResult(
        (*ranked, *(Outcome(code, None, None, Verdict.NOT_SCORED) for code in unscored)),
        count,
        places,
        active_tenants is not None and len(candidates) > active_tenants * WEAK_ABOVE,
    )


def draw_visits(
    codes: Sequence[str], *, seed: str, share: Fraction = VISIT_SHARE
) -> tuple[str, ...]:
    """Draw a random part of a list for site visits, rounded up; sorted by code.

    The same seed and codes always give the same sample: each code is ranked by the SHA-256 of
    "seed:code", so anybody can check the draw.

    >>> len(draw_visits([f"T{n}" for n in range(11)], seed="7"))
    3
    """
    ranked = sorted(set(codes), key=lambda code: sha256(f"{seed}:{code}".encode()).digest())
    return tuple(sorted(ranked[: ceil(len(ranked) * share)]))


def _check(
    candidates: Sequence[Candidate], share: Fraction, base: Base, active: int | None
) -> None:
    if not 0 < share <= 1:
        raise InvalidAdmission("a share lies above 0 and up to 1", field="share")
    codes = [candidate.code for candidate in candidates]
    if len(set(codes)) != len(codes):
        raise InvalidAdmission("a tenant stands on the list once", field="code")
    if base is Base.MARKET and active is None:
        raise InvalidAdmission("how many active tenants has the market?", field="active_tenants")
    if active is not None and active < len(codes):
        raise InvalidAdmission("the list is longer than the market", field="active_tenants")


def _judge(
    one: Candidate, rank: int, places: int, min_score: Decimal, last: Candidate | None
) -> Outcome:
    score = one.score or Decimal(0)
    if one.is_rejected:
        return Outcome(one.code, one.score, rank, Verdict.REJECTED)
    needed, must_exceed = _bar(one, rank <= places, min_score, last)
    if score < min_score:
        return Outcome(one.code, one.score, rank, Verdict.BELOW_MINIMUM, needed, must_exceed)
    if rank > places:
        return Outcome(one.code, one.score, rank, Verdict.BELOW_QUOTA, needed, must_exceed)
    return Outcome(one.code, one.score, rank, Verdict.ADMITTED)


def _bar(
    one: Candidate, is_within: bool, min_score: Decimal, last: Candidate | None
) -> tuple[Decimal | None, bool]:
    """Return what this tenant would have needed: the minimum, and to come before the last place."""
    if is_within:
        return min_score, False
    if last is None or last.score is None:
        return None, False
    if last.score < min_score:
        return min_score, False
    return last.score, one.code > last.code
