"""The common shape of the classic models: variables × coefficients + constant, and their guards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal

from scoring.domain.results import ZERO, Status, Term
from scoring.domain.statements.derived import Inputs


def weigh(
    variables: Mapping[str, Decimal], coefficients: Mapping[str, Decimal], constant: Decimal = ZERO
) -> tuple[tuple[Term, ...], Decimal]:
    """Return the terms of a linear score, the constant first, and their sum.

    >>> terms, value = weigh({"x": Decimal(2)}, {"x": Decimal(3)}, Decimal(1))
    >>> [term.name for term in terms], value
    (['constant', 'x'], Decimal('7'))
    """
    terms = [Term("constant", None, constant, constant)] if constant else []
    terms += [
        Term(name, variables[name], c, variables[name] * c) for name, c in coefficients.items()
    ]
    return tuple(terms), add_up(terms)


def add_up(terms: Iterable[Term]) -> Decimal:
    """Add the contributions of some terms."""
    return sum((t.contribution for t in terms if t.contribution is not None), ZERO)


def find_obstacle(inputs: Inputs, bottoms: Iterable[str]) -> Status | None:
    """Return why a model cannot be computed: a gap, or a denominator of 0 (E1) or below (E2)."""
    if not inputs.status.has_value:
        return inputs.status
    return check_denominators(inputs[name] for name in bottoms)


def check_denominators(bottoms: Iterable[Decimal]) -> Status | None:
    """Return the status of the worst denominator: 0 before negative; ``None`` when all are good.

    >>> check_denominators([Decimal(1), Decimal(-1), Decimal(0)]).value
    'zero_denominator'
    """
    values = list(bottoms)
    if any(value == 0 for value in values):
        return Status.ZERO_DENOMINATOR
    return Status.NEGATIVE_DENOMINATOR if any(value < 0 for value in values) else None


def log10(x: Decimal) -> Decimal:
    """Return the decimal logarithm of a positive number, through ``float``.

    >>> log10(Decimal(100))
    Decimal('2.0')
    """
    return Decimal(repr(math.log10(x)))
