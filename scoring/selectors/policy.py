"""The policy a rating goes by, read from its dated row into the domain's own type."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from common.models import PolicyVersion
from common.policies import get_policy
from scoring.domain.rating.policy_body import read_scoring_policy
from scoring.domain.rating.scoring_policy import ScoringPolicy


@dataclass(frozen=True)
class RatingPolicy:
    """The version in force, and what it says."""

    version: PolicyVersion
    rules: ScoringPolicy


def get_rating_policy(*, as_of: date) -> RatingPolicy:
    """Return the RATING policy in force on `as_of` (one query)."""
    version = get_policy("RATING", as_of=as_of)
    return RatingPolicy(version, read_rules(version.body))


def read_rules(body: Mapping[str, Any]) -> ScoringPolicy:
    """Turn the stored body of a RATING policy into the domain's policy."""
    return read_scoring_policy(body)
