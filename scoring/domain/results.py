"""What every calculator hands back: one value with the terms, inputs and reasons behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

Param: TypeAlias = str | int | Decimal | None

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

# Two scores closer than this are the same score: Decimal and float64 agree to less than it, so the
# bulk twins and the scalar rules read a score that lies on a threshold the same way.
TOLERANCE = Decimal("1e-9")


class Status(StrEnum):
    """How far a value may be trusted; only ``ok`` and ``ok_with_guard`` come with a value (N4)."""

    OK = "ok"
    OK_WITH_GUARD = "ok_with_guard"
    MISSING_INPUT = "missing_input"
    ZERO_DENOMINATOR = "zero_denominator"
    NEGATIVE_DENOMINATOR = "negative_denominator"
    NEGATIVE_NET_WORTH = "negative_net_worth"
    NOT_APPLICABLE = "not_applicable"
    STALE = "stale"
    NON_COMPARABLE = "non_comparable"
    INTERIM_NOT_ANNUALISED = "interim_not_annualised"

    @property
    def has_value(self) -> bool:
        """Tell whether a result of this status carries a value."""
        return self in (Status.OK, Status.OK_WITH_GUARD)


# Worst first: what a calculator reports when its inputs disagree.
_WORST_FIRST = (
    Status.NOT_APPLICABLE,
    Status.STALE,
    Status.MISSING_INPUT,
    Status.INTERIM_NOT_ANNUALISED,
    Status.NON_COMPARABLE,
    Status.ZERO_DENOMINATOR,
    Status.NEGATIVE_DENOMINATOR,
    Status.NEGATIVE_NET_WORTH,
    Status.OK_WITH_GUARD,
    Status.OK,
)


def worst_status(statuses: Iterable[Status]) -> Status:
    """Return the status that stands in the way the most; ``ok`` when there is none.

    >>> worst_status([Status.OK, Status.OK_WITH_GUARD]).value
    'ok_with_guard'
    """
    return min(statuses, key=_WORST_FIRST.index, default=Status.OK)


@dataclass(frozen=True)
class Reason:
    """A code and its figures; the page turns it into a sentence in the reader's language."""

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)


@dataclass(frozen=True)
class Term:
    """One addend of a score: ``contribution = input × weight`` unless the model says otherwise."""

    name: str
    input: Decimal | None
    weight: Decimal
    contribution: Decimal | None


@dataclass(frozen=True)
class ScoreResult:
    """The outcome of one model for one customer.

    ``value`` is ``None`` unless ``status.has_value`` (N3). ``band`` is the model's own word for the
    value, ``missing`` names the inputs that were not there, ``inputs_used`` those that were.
    """

    model: str
    value: Decimal | None
    status: Status
    band: str | None = None
    terms: tuple[Term, ...] = ()
    inputs_used: Mapping[str, Decimal | None] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    formula_version: str = "1.0"
