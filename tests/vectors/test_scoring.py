"""Every scoring vector, by family; a family without an adapter fails with its name."""

from __future__ import annotations

import pytest

from . import (  # noqa: F401 - they register their families
    adapters_behaviour,
    adapters_market,
    adapters_models,
    adapters_stats,
)
from .adapters_scoring import ADAPTERS
from .harness import Case, list_cases
from .pending import PENDING_SCORING

CASES = list_cases(list)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_scoring_vector(case: Case) -> None:
    """The vector holds."""
    adapter = ADAPTERS.get(case.family)
    if adapter is None:
        if case.family in PENDING_SCORING:
            pytest.skip(f"pending: {case.family}")
        pytest.fail(f"no adapter for the family {case.family}")
    adapter(case.case, case.reference)


def test_there_are_cases() -> None:
    """A folder without any vectors is a mistake, not a success."""
    assert CASES or list_cases(dict)


def test_nothing_is_both_adapted_and_pending() -> None:
    """A family leaves the pending list on the day its adapter arrives."""
    assert not PENDING_SCORING & set(ADAPTERS)
