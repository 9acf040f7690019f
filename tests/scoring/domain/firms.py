"""The two constructed firms of the guide, and ways to change them, for the tests of the models."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from scoring.domain.models import five_c
from scoring.domain.models.characteristics import INDICATORS
from scoring.domain.profile import Profile
from scoring.domain.rating.evaluation import Evaluation, evaluate_models
from scoring.domain.statements.statements import AuditOpinion, Statement

VECTORS = Path(__file__).parents[2] / "vectors" / "scoring.json"
AS_OF = date(2025, 6, 30)
D = Decimal
WAN = D(10_000)
ONE = D(1)
MANUFACTURER = Profile(industry="C34")
UNQUALIFIED = {"audit_opinion": AuditOpinion.UNQUALIFIED}
ANSWERS: dict[str, list[five_c.Answer]] = {
    "character": [4, 4, 5, 3, 4],
    "capacity": [4, 3, 4, 4, 3],
    "capital": [3, 4, 4, 3, None],
    "collateral": [2, 1, 2, 3, 2],
    "conditions": [3, 4, 3, 3, 4],
}
RATINGS = dict(zip(INDICATORS, (6, 7, 8, 7, 7, 7, 5, 6, 6, 7, 3, 5, 6, 7, 7, 8, 7, 6), strict=True))


@cache
def fixtures() -> dict[str, dict[str, Decimal]]:
    """Read the fixtures of the vectors, figures in 10,000 CNY."""
    data = json.loads(VECTORS.read_text(encoding="utf-8"))
    return {
        name: {item: D(str(value)) for item, value in items.items()}
        for name, items in data["fixtures"].items()
    }


def books(name: str = "huaxin_2024", *, factor: Decimal = ONE, **changes: Any) -> Statement:
    """Build one of the fixtures, all money times ``factor``; a change of None leaves an item out."""
    options = {k: changes.pop(k) for k in list(changes) if k in Statement.__dataclass_fields__}
    items = {**fixtures()[name], **changes}
    year = int(name[-4:])
    return Statement(
        {item: D(str(v)) * factor for item, v in items.items() if v is not None},
        **{"period_end": date(year, 12, 31), "is_complete": True, **options},
    )


def huaxin(factor: Decimal = ONE) -> list[Statement]:
    """Return the three years of Huaxin, newest first."""
    return [books(f"huaxin_{year}", factor=factor) for year in (2024, 2023, 2022)]


def audited(name: str = "huaxin_2024", **changes: Any) -> Statement:
    return books(name, **{**UNQUALIFIED, **changes})


def evaluate(statements: list[Statement] | None = None, **options: Any) -> Evaluation:
    """Evaluate Huaxin, an unlisted manufacturer, with what is given on top."""
    if statements is None:
        statements = [audited(), *huaxin()[1:]]
    return evaluate_models(
        statements, **{"as_of": AS_OF, "profile": MANUFACTURER, "unit": WAN, **options}
    )


def four(value: Decimal | None) -> Decimal | None:
    return None if value is None else round(value, 4)
