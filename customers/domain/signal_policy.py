"""Thresholds of the early-warning rules, read from the policy SIGNALS (process specification A.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

KIND = "SIGNALS"


@dataclass(frozen=True, slots=True)
class SignalPolicy:
    """One number per line of the catalogue; amounts in CNY, shares 0 to 1.

    `late_days` and `clean_months` are of S17, `slower_days`, `recent_months` and `prior_months` of
    S18, `broken_days` of S19, `intake_factor` and `intake_use` of S20, `round_to`, `round_count` and
    `round_days` of S22, `disputed_share` and `disputed_days` of S24, `statement_months` and
    `statement_days` of S28, `dormant_months` of S33. `look_back_days` is how old news may be.
    """

    penalty_amount: Decimal = Decimal(100_000)
    lawsuit_amount: Decimal = Decimal(100_000)
    enforced_amber: Decimal = Decimal("0.10")
    enforced_red: Decimal = Decimal("0.50")
    late_days: int = 15
    clean_months: int = 12
    late_amount: Decimal = Decimal(500)
    slower_days: int = 10
    recent_months: int = 3
    prior_months: int = 6
    broken_days: int = 180
    intake_factor: Decimal = Decimal(2)
    intake_use: Decimal = Decimal("0.90")
    round_to: Decimal = Decimal(10_000)
    round_count: int = 3
    round_days: int = 180
    disputed_share: Decimal = Decimal("0.10")
    disputed_days: int = 90
    statement_months: int = 4
    statement_days: int = 30
    dormant_months: int = 12
    dependence_share: Decimal = Decimal("0.50")
    look_back_days: int = 92


PARAMETERS: Mapping[str, tuple[str, str]] = {
    "penalty_amount": ("S12", "min_amount"),
    "lawsuit_amount": ("S13", "min_amount"),
    "enforced_amber": ("S02", "amber_share"),
    "enforced_red": ("S02", "red_share"),
    "late_days": ("S17", "days"),
    "clean_months": ("S17", "clean_months"),
    "late_amount": ("S17", "min_amount"),
    "slower_days": ("S18", "days"),
    "recent_months": ("S18", "recent_months"),
    "prior_months": ("S18", "prior_months"),
    "broken_days": ("S19", "days"),
    "intake_factor": ("S20", "factor"),
    "intake_use": ("S20", "use_share"),
    "round_to": ("S22", "round_to"),
    "round_count": ("S22", "count"),
    "round_days": ("S22", "days"),
    "disputed_share": ("S24", "share"),
    "disputed_days": ("S24", "days"),
    "statement_months": ("S28", "due_months"),
    "statement_days": ("S28", "days"),
    "dormant_months": ("S33", "months"),
    "dependence_share": ("RISK_GROUPS", "dependence_share"),
    "look_back_days": ("ALL", "look_back_days"),
}
"""Field of the policy: where its number stands in the stored body."""


def read_signal_policy(body: Mapping[str, Mapping[str, Any]]) -> SignalPolicy:
    """Return the policy that a stored body says; what it leaves out is the house default.

    Raises ValueError for a number that nobody can read.

    >>> read_signal_policy({"S17": {"days": 20}}).late_days
    20
    """
    defaults = SignalPolicy()
    values: dict[str, Any] = {}
    for name, (code, parameter) in PARAMETERS.items():
        given = body.get(code, {}).get(parameter)
        if given is None:
            continue
        kind = type(getattr(defaults, name))
        try:
            values[name] = kind(str(given))
        except ArithmeticError as error:
            raise ValueError(f"{code}.{parameter}: {given!r}") from error
    return SignalPolicy(**values)


def write_signal_policy(policy: SignalPolicy) -> dict[str, dict[str, Any]]:
    """Return the body that says this policy: shares and amounts as text.

    >>> read_signal_policy(write_signal_policy(SignalPolicy())) == SignalPolicy()
    True
    """
    body: dict[str, dict[str, Any]] = {}
    for name, (code, parameter) in PARAMETERS.items():
        value = getattr(policy, name)
        shown = value if isinstance(value, int) else format(value, "f")
        body.setdefault(code, {})[parameter] = shown
    return body
