"""Statements and answers that the tests of this app share."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from scoring.models import FiveCAssessment
from scoring.services import confirm_assessment, save_assessment, save_statement
from scoring.services.statements import SavedStatement

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "scoring.json").read_text())
FY_2024 = date(2024, 12, 31)
AS_OF = date(2025, 6, 30)

# Vector 5C-01: 62.75, and where its 4s and 5s have no evidence, 3 instead.
ANSWERS_5C_01: dict[str, list[Any]] = {
    "character": [4, 4, 5, 3, 4],
    "capacity": [4, 3, 4, 4, 3],
    "capital": [3, 4, 4, 3, None],
    "collateral": [2, 1, 2, 3, 2],
    "conditions": [3, 4, 3, 3, 4],
}


def fixture_lines(name: str) -> dict[str, Decimal]:
    """The items of a fixture company, in units of 10,000."""
    from scoring.domain.statements.items import ITEMS

    fixture = VECTORS["fixtures"][name]
    return {k: Decimal(str(v)) for k, v in fixture.items() if k in ITEMS}


def give_statement(customer: Any, name: str = "huaxin_2024", **header: Any) -> SavedStatement:
    """Store a fixture company's statement for a customer."""
    values = {
        "period_end": FY_2024,
        "lines": fixture_lines(name),
        "as_of": AS_OF,
        "unit": 10_000,
        "opinion": "UNQUALIFIED",
        "complete": True,
    } | header
    return save_statement(customer=customer, **values)


def give_answers(
    customer: Any,
    author: Any,
    confirmer: Any,
    answers: dict[str, list[Any]] | None = None,
    as_of: date = AS_OF,
    with_evidence: bool = True,
) -> FiveCAssessment:
    """Draft and confirm answers; with two notes of evidence for each 4 and 5."""
    from scoring.domain.models.five_c import PARTS

    answers = answers or ANSWERS_5C_01
    steps = {i: s for p, names in PARTS.items() for i, s in zip(names, answers[p], strict=True)}
    evidence = {
        i: [{"on": as_of.isoformat(), "note": f"visit {n}"} for n in (1, 2)]
        for i, s in steps.items()
        if s in (4, 5) and with_evidence
    }
    comments = {i: "Says the sales owner." for i, s in steps.items() if s in (1, "NA")}
    draft = save_assessment(
        customer=customer,
        answers=answers,
        evidence=evidence,
        comments=comments,
        as_of=as_of,
        actor=author,
    )
    return confirm_assessment(assessment=draft, as_of=as_of, actor=confirmer)
