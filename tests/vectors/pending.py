"""The families still to come, by name: the one place that shrinks. Each is reported as skipped."""

from .pending_process import PENDING_PROCESS

PENDING_SCORING: frozenset[str] = frozenset()

__all__ = ["PENDING_PROCESS", "PENDING_SCORING"]
