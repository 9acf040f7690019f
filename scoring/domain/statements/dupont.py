"""DuPont (杜邦分析, 7.7): the return on equity as a product, and its change told factor by factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from scoring.domain.results import ONE, ZERO
from scoring.domain.statements.ratios import compute_dupont
from scoring.domain.statements.statements import Amount, Statement

THREE: tuple[str, ...] = ("npm", "ato", "em")
FIVE: tuple[str, ...] = ("five_tax", "five_interest", "five_ebit_margin", "five_ato", "five_em")


@dataclass(frozen=True)
class Dupont:
    """The factors of one year by name, those of ``compute_dupont``."""

    factors: Mapping[str, Amount]

    def value(self, name: str) -> Decimal | None:
        """Return a factor, or ``None`` where it cannot be computed."""
        return self.factors[name].value


@dataclass(frozen=True)
class Effect:
    """How much of a change one factor explains, in points of the product."""

    factor: str
    before: Decimal
    after: Decimal
    effect: Decimal


def build_dupont(statement: Statement, prior: Statement | None = None) -> Dupont:
    """Compute the factors of a year."""
    return Dupont(compute_dupont(statement, prior))


def explain_change(
    before: Dupont, after: Dupont, factors: tuple[str, ...] = THREE
) -> tuple[Effect, ...]:
    """Split a change of the product among its factors by chain substitution (连环替代法).

    The factors change one after the other, in the order given; the effects add up to the change of
    the product exactly. Empty when a factor of either year is not known.

    >>> def year(*factors):
    ...     return Dupont({name: Amount(Decimal(f)) for name, f in zip(THREE, factors)})
    >>> effects = explain_change(year("0.05", 2, 2), year("0.06", 2, "1.5"))
    >>> [(e.factor, str(e.effect.normalize())) for e in effects]
    [('npm', '0.04'), ('ato', '0'), ('em', '-0.06')]
    """
    pairs = [(name, before.value(name), after.value(name)) for name in factors]
    known = [(name, old, new) for name, old, new in pairs if old is not None and new is not None]
    if len(known) < len(pairs):
        return ()
    effects = []
    for place, (name, old, new) in enumerate(known):
        rest = ONE
        for _, _, later in known[:place]:
            rest *= later
        for _, earlier, _ in known[place + 1 :]:
            rest *= earlier
        effects.append(Effect(name, old, new, (new - old) * rest))
    return tuple(effects)


def multiply(dupont: Dupont, factors: tuple[str, ...]) -> Decimal | None:
    """Return the product of the factors, or ``None`` when one is not known."""
    product = ONE
    for name in factors:
        value = dupont.value(name)
        if value is None:
            return None
        product *= value
    return product


def total_effect(effects: tuple[Effect, ...]) -> Decimal:
    """Add the effects up: the change that they explain."""
    return sum((effect.effect for effect in effects), ZERO)
