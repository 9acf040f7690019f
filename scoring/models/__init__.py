"""Opinions on the facts: statements, answers, ratings, segments, markets."""

from scoring.models.markets import Admission, Market, MarketSurvey, Tenant
from scoring.models.ratings import (
    CharacteristicAssessment,
    FiveCAssessment,
    Rating,
    RatingOverride,
    Statement,
    StatementLine,
    StatementOpening,
)
from scoring.models.segments import SegmentFreeze

__all__ = [
    "Admission",
    "CharacteristicAssessment",
    "FiveCAssessment",
    "Market",
    "MarketSurvey",
    "Rating",
    "RatingOverride",
    "SegmentFreeze",
    "Statement",
    "StatementLine",
    "StatementOpening",
    "Tenant",
]
