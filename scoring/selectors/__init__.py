"""Reads of this app: ratings, statements, and the facts that ratings are made of."""

from scoring.selectors.effective import get_effective_class, get_effective_grade
from scoring.selectors.explain import Explanation, compare, explain_rating
from scoring.selectors.policy import RatingPolicy, get_rating_policy
from scoring.selectors.rated_models import RatedModels, evaluate_rating
from scoring.selectors.ratings import (
    count_grades,
    get_current_rating,
    get_current_ratings,
    list_current_ratings,
    list_ratings,
    list_z_trend,
)
from scoring.selectors.statements import StatementView, get_statement_view, list_statements

__all__ = [
    "Explanation",
    "RatedModels",
    "RatingPolicy",
    "StatementView",
    "compare",
    "count_grades",
    "evaluate_rating",
    "explain_rating",
    "get_current_rating",
    "get_current_ratings",
    "get_effective_class",
    "get_effective_grade",
    "get_rating_policy",
    "get_statement_view",
    "list_current_ratings",
    "list_ratings",
    "list_statements",
    "list_z_trend",
]
