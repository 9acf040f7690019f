"""Every process vector, by family; a family without an adapter fails with its name."""

from __future__ import annotations

import pytest

from . import adapters_market  # noqa: F401 (it registers itself)
from .adapters_process import ADAPTERS
from .harness import Case, list_cases
from .pending import PENDING_PROCESS
from .pending_process import PENDING_STEPS

CASES = list_cases(dict)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_process_vector(case: Case) -> None:
    """The vector holds."""
    adapter = ADAPTERS.get(case.family)
    if adapter is None:
        if case.family in PENDING_PROCESS:
            pytest.skip(f"pending: {case.family}")
        pytest.fail(f"no adapter for the family {case.family}")
    if case.family == "Z2_walkthrough" and case.case["step"] in PENDING_STEPS:
        pytest.skip(f"pending: {case.family} step {case.case['step']}")
    adapter(case.case, case.whole_family, case.reference)


def test_there_are_cases() -> None:
    """A folder without any vectors is a mistake, not a success."""
    assert CASES or list_cases(list)


def test_nothing_is_both_adapted_and_pending() -> None:
    """A family leaves the pending list on the day its adapter arrives."""
    assert not set(PENDING_PROCESS) & set(ADAPTERS)
