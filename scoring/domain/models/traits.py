"""Which of the 18 traits a person rates, and which follow from figures (5.2)."""

from __future__ import annotations

from scoring.domain.models.characteristics import INDICATORS

# What each derived trait follows from: a model's code, or what else is known.
DERIVED_TRAITS: dict[str, str] = {
    "guarantee": "five_c",
    "payment_record": "payment_behaviour",
    "profitability": "wall",
    "balance_sheet": "cri",
    "solvency": "z",
    "total_capital": "tangible_net_worth",
}
RATED_TRAITS: tuple[str, ...] = tuple(name for name in INDICATORS if name not in DERIVED_TRAITS)
