"""The ways out in full, as sentences: one model, one indicator, or nothing overdue any more."""

from django.utils.translation import gettext as _

from scoring.domain.models import altman, bathory, ohlson, risk_index, wall
from scoring.models import Rating
from scoring.selectors.ways_out import FullWays
from scoring.texts import show_score
from scoring.words.model_terms import name_term
from scoring.words.models import name_model

CODES = {
    "cri": risk_index.CODE,
    "bathory": bathory.CODE,
    "ohlson": ohlson.CODE,
    "wall": wall.MODERN_CODE,
}
SHOWN = 4


def show_full_ways(rating: Rating, ways: FullWays) -> list[str]:
    """Tell what alone reaches the next grade, least change first; and what paying up would do."""
    codes = CODES | {"z": rating.z_model or altman.Z_DOUBLE_PRIME}
    told = [
        _("%(model)s at %(value)s alone does it.")
        % {"model": name_model(codes[way.role]), "value": show_score(way.needed_value, 2)}
        for way in ways.models[:SHOWN]
    ]
    told += [
        _("%(indicator)s at %(value)s alone does it, through the credit risk index.")
        % {
            "indicator": name_term(risk_index.CODE, way.indicator),
            "value": show_score(way.needed, 2),
        }
        for way in ways.indicators[:SHOWN]
    ]
    if ways.paid_up is not None and ways.paid_up.grade:
        told.append(
            _(
                "If nothing were overdue: payment behaviour %(points)s points, score %(score)s, "
                "grade %(grade)s."
            )
            % {
                "points": show_score(ways.paid_up.behaviour),
                "score": show_score(ways.paid_up.score),
                "grade": ways.paid_up.grade,
            }
        )
    return told
