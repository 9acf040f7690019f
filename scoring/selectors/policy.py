"""The policies a rating goes by, read from their dated rows into the domain's own types."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from common.models import PolicyVersion
from common.policies import get_policy
from scoring.domain.bulk_rating import BulkPolicy
from scoring.domain.composite import CompositePolicy
from scoring.domain.financial import FinancialPolicy


@dataclass(frozen=True)
class RatingPolicy:
    """The version in force, and what it says."""

    version: PolicyVersion
    rules: BulkPolicy


def get_rating_policy(*, as_of: date) -> RatingPolicy:
    """Return the RATING policy in force on `as_of` (one query)."""
    version = get_policy("RATING", as_of=as_of)
    return RatingPolicy(version, read_rules(version.body))


def read_rules(body: Mapping[str, Any]) -> BulkPolicy:
    """Turn the stored body of a RATING policy into the domain's policy."""
    return BulkPolicy(
        components=CompositePolicy(weights=_weights(body["components"])),
        financial=FinancialPolicy(weights=_weights(body["financial_models"])),
        five_c=_weights(body["five_c"]),
    )


def _weights(body: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(str(weight)) for name, weight in body.items()}
