"""Writes of this app: statements, 5C answers, ratings."""

from scoring.services.assessments import (
    AssessmentLocked,
    confirm_assessment,
    save_assessment,
)
from scoring.services.ratings import (
    FactsChanged,
    Preview,
    RatingCounts,
    preview_rating,
    rate_customers,
)
from scoring.services.statements import (
    SavedStatement,
    accept_statement,
    save_statement,
    save_statements,
)

__all__ = [
    "AssessmentLocked",
    "FactsChanged",
    "Preview",
    "RatingCounts",
    "SavedStatement",
    "accept_statement",
    "confirm_assessment",
    "preview_rating",
    "rate_customers",
    "save_assessment",
    "save_statement",
    "save_statements",
]
