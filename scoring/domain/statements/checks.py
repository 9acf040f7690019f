"""What a check of a statement says: which identity, both sides of it, and how it came out (0.7)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Severity(StrEnum):
    """An error blocks scoring; a warning is shown."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True)
class Finding:
    """One identity that does not hold: ``difference = computed - stated``, in statement units.

    For the plausibility checks YY-04 and YY-05 both figures are ratios.
    """

    code: str
    severity: Severity
    item: str
    computed: Decimal
    stated: Decimal

    @property
    def difference(self) -> Decimal:
        """How far the two sides are apart."""
        return self.computed - self.stated


class Outcome(StrEnum):
    """What came of one check; ``UNCHECKED``: a figure it needs was not given."""

    OK = "OK"
    WARNING = "WARNING"
    ERROR = "ERROR"
    UNCHECKED = "UNCHECKED"


@dataclass(frozen=True)
class Check:
    """One identity as it stands: both sides, how far apart they may be, and what came of it.

    ``missing`` names what an unchecked identity lacks. ``tolerance`` is ``None`` for the
    plausibility checks YY-04 and YY-05, whose sides are ratios.
    """

    code: str
    item: str
    outcome: Outcome
    computed: Decimal | None = None
    stated: Decimal | None = None
    tolerance: Decimal | None = None
    missing: tuple[str, ...] = ()

    def as_finding(self) -> Finding | None:
        """Return the finding to be kept, when the two sides differ."""
        if self.outcome not in (Outcome.WARNING, Outcome.ERROR):
            return None
        if self.computed is None or self.stated is None:
            return None
        return Finding(
            self.code, Severity(self.outcome.value), self.item, self.computed, self.stated
        )
