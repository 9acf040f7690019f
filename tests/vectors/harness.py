"""Find vector files, split them into cases, and compare results with what a case expects.

Two shapes are known. A *scoring* file has a list under "vectors", each case naming its family in
"model"; a *process* file has an object, one family per key, each a list of cases, an object with
"cases", or one case by itself. Any file of either shape in the folder is run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

DEFAULT_DIR = Path(__file__).parent
DEFAULT_TOLERANCE = Decimal("0.0001")


@dataclass(frozen=True)
class Case:
    """One case of one family, with the family and the file's reference data around it."""

    family: str
    name: str
    case: Any
    whole_family: Any
    reference: dict[str, Any]


def vectors_dir() -> Path:
    """Return the folder named by CREDIT_VECTORS_DIR, by default this one."""
    return Path(os.environ.get("CREDIT_VECTORS_DIR") or DEFAULT_DIR)


def list_cases(shape: type[list[Any]] | type[dict[str, Any]]) -> list[Case]:
    """List every case of every file of one shape, in the order of the files."""
    cases = []
    for path in sorted(vectors_dir().glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(data, dict) and isinstance(data.get("vectors"), shape):
            cases += list(_split(data))
    return cases


def _split(data: dict[str, Any]) -> Iterator[Case]:
    vectors = data["vectors"]
    reference = {key: value for key, value in data.items() if key != "vectors"}
    reference |= reference.get("reference_data", {})
    if isinstance(vectors, list):
        for case in vectors:
            yield Case(case["model"], case["id"], case, case, reference)
        return
    for family, body in vectors.items():
        cases = body if isinstance(body, list) else body.get("cases", [body])
        for number, case in enumerate(cases, start=1):
            label = case.get("step", number) if isinstance(case, dict) else number
            yield Case(family, f"{family}-{label}", case, body, reference)


def assert_matches(actual: Any, expected: Any, tolerance: Decimal, path: str = "") -> None:
    """Assert that everything expected is there: numbers within tolerance, the rest exactly."""
    where = path or "result"
    if isinstance(expected, Mapping):
        for key, value in expected.items():
            assert key in actual, f"{where} has no {key!r}"
            assert_matches(actual[key], value, tolerance, f"{path}.{key}" if path else key)
    elif isinstance(expected, list):
        assert len(actual) == len(expected), f"{where}: {actual!r} is not {expected!r}"
        for number, (one, other) in enumerate(zip(actual, expected, strict=True)):
            assert_matches(one, other, tolerance, f"{where}[{number}]")
    elif _is_number(expected):
        assert _is_number(actual), f"{where}: {actual!r} is not the number {expected!r}"
        difference = abs(Decimal(str(actual)) - Decimal(str(expected)))
        assert difference <= tolerance, f"{where}: {actual} is not {expected} ± {tolerance}"
    else:
        assert actual == expected, f"{where}: {actual!r} is not {expected!r}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
