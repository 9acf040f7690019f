"""Characteristic analysis (特征分析模型, section 5): 18 traits in one percentage that corrects a limit.

The analyst rates each trait 0 to 10 (8-10 good, 4-7 medium, 1-3 poor, 0 known to be unacceptable);
a trait without information is left out of the numerator and of the maximum. The weights say what
the house wants, sales or prudence; the sets here are house defaults. The percentage corrects the
working-assets limit by a multiplier: the literature's ``step`` table has cliffs (45 gives 0.45, 46
gives 0.96), so ``continuous`` is the default and the table stays for comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from common.errors import InvalidInput
from scoring.domain.curves import Knots, interpolate, knots
from scoring.domain.results import HUNDRED, ONE, TOLERANCE, ZERO, Reason, ScoreResult, Status, Term

CODE = "characteristic_analysis"

GROUPS: Mapping[str, tuple[str, ...]] = {
    "own": (
        "impression",
        "organisation",
        "product_market",
        "competitiveness_own",
        "operations",
        "prospects",
    ),
    "priority": (
        "margin",
        "product_requirement",
        "market_attraction",
        "market_competitiveness",
        "guarantee",
        "substitutability",
    ),
    "credit": (
        "payment_record",
        "bank_credit",
        "profitability",
        "balance_sheet",
        "solvency",
        "total_capital",
    ),
}
INDICATORS: tuple[str, ...] = tuple(name for names in GROUPS.values() for name in names)
BEST_RATING = Decimal(10)


def _weights(*numbers: int) -> Mapping[str, Decimal]:
    return dict(zip(INDICATORS, map(Decimal, numbers), strict=True))


BALANCED, SALES, PRUDENT = "balanced", "sales", "prudent"
WEIGHT_SETS: Mapping[str, Mapping[str, Decimal]] = {
    BALANCED: _weights(3, 6, 6, 5, 6, 4, 8, 4, 4, 4, 6, 4, 12, 6, 6, 6, 6, 4),
    SALES: _weights(3, 4, 5, 5, 5, 3, 14, 7, 9, 8, 5, 7, 9, 3, 4, 3, 4, 2),
    PRUDENT: _weights(2, 4, 4, 3, 4, 3, 4, 1, 1, 1, 6, 2, 20, 9, 10, 9, 11, 6),
}

MIN_COVERAGE = Decimal("0.60")
FULL_COVERAGE = Decimal("0.80")
PROVISIONAL_CAP = Decimal(65)

CONTINUOUS, STEP = "continuous", "step"
CONTINUOUS_CURVE: Knots = knots((0, 0), (20, 0), (45, "0.45"), (65, "1.15"), (100, "2.00"))
# (from this rounded percentage, added to percentage / 100, reading); below the last row nothing.
READINGS: tuple[tuple[Decimal, Decimal, str], ...] = (
    (Decimal(66), Decimal("1.0"), "attractive"),
    (Decimal(46), Decimal("0.5"), "tradable"),
    (Decimal(21), ZERO, "doubtful"),
)
LOWEST_READING = "unacceptable"

# 10 for a payment score of 90 and above, 0 below 40 (5.2); the published anchors lie on one line.
PAYMENT_CURVE: Knots = knots((40, 0), (90, 10))
# (tangible net worth over the requested limit from, rating); below the last row 0.
CAPITAL_RATINGS: tuple[tuple[Decimal, Decimal], ...] = tuple(
    (Decimal(bound), Decimal(rating)) for bound, rating in ((20, 10), (8, 8), (3, 6), (1, 3))
)
# Which sub-score of the financial component (9.4) rates which trait; a house choice.
TRAIT_SUBSCORES: Mapping[str, str] = {
    "profitability": "wall",
    "balance_sheet": "cri",
    "solvency": "z",
}


class InvalidRating(InvalidInput):
    """A rating is not 0 to 10, or belongs to no trait."""

    code = "INVALID_RATING"


class UnknownWeightSet(InvalidInput):
    """No weight set has this name."""

    code = "UNKNOWN_WEIGHT_SET"


@dataclass(frozen=True)
class CharacteristicResult(ScoreResult):
    """The percentage (``value``) with the limit it corrects.

    ``coverage`` is the rated share of the weights, 0 to 1; ``is_provisional`` says that it lies
    under 80 %. ``multiplier`` is the one that applies, capped at 1 under a veto or override;
    ``corrected_limit`` is in the money of the base limit, ``None`` without one.
    """

    weighted: Decimal = ZERO
    max_possible: Decimal = ZERO
    coverage: Decimal = ZERO
    is_provisional: bool = False
    multiplier_step: Decimal | None = None
    multiplier_continuous: Decimal | None = None
    multiplier: Decimal | None = None
    corrected_limit: Decimal | None = None


def score_characteristics(
    ratings: Mapping[str, Decimal | int | None],
    *,
    weight_set: str = BALANCED,
    weight_sets: Mapping[str, Mapping[str, Decimal]] = WEIGHT_SETS,
    base_limit: Decimal | None = None,
    method: str = CONTINUOUS,
    is_capped: bool = False,
) -> CharacteristicResult:
    """Weigh the ratings into a percentage and correct the working-assets limit by it.

    ``base_limit`` is that limit, in any money. ``is_capped`` says that a 5C veto or an override of
    9.5 holds the multiplier at 1. Under 60 % of the weight rated there is no percentage; under 80 %
    it is at most 65.

    Raises:
        InvalidRating: a trait that is none of the 18, or a rating outside 0 to 10.
        UnknownWeightSet: no set of that name.

    >>> result = score_characteristics(dict.fromkeys(INDICATORS, 7), base_limit=Decimal(1000))
    >>> result.value, result.band, result.multiplier_step, round(result.corrected_limit, 4)
    (Decimal('70'), 'attractive', Decimal('1.7'), Decimal('1271.4286'))
    """
    if weight_set not in weight_sets:
        raise UnknownWeightSet(field="weight_set", value=weight_set)
    weights = weight_sets[weight_set]
    rated = check_ratings(ratings)
    missing = tuple(name for name in INDICATORS if name not in rated)
    total = sum(weights.values(), ZERO)
    share = sum((weights[name] for name in rated), ZERO)
    coverage = share / total if total else ZERO
    weighted = sum((weights[name] * rating for name, rating in rated.items()), ZERO)
    result = CharacteristicResult(
        CODE,
        None,
        Status.MISSING_INPUT,
        inputs_used=rated,
        missing=missing,
        reasons=(Reason("COVERAGE_TOO_LOW_TRAITS", {"coverage": coverage}),),
        weighted=weighted,
        max_possible=BEST_RATING * share,
        coverage=coverage,
    )
    if coverage < MIN_COVERAGE or not share:
        return result
    return _conclude(result, weights, base_limit, method, is_capped)


def get_multipliers(percent: Decimal) -> tuple[Decimal, Decimal]:
    """Return the step and the continuous multiplier of a percentage 0 to 100.

    The percentage is rounded half-up to an integer for the step table alone.

    >>> get_multipliers(Decimal("65.5"))[0], round(get_multipliers(Decimal("65.5"))[1], 4)
    (Decimal('1.66'), Decimal('1.1621'))
    """
    rounded = _round(percent)
    step = next((rounded / HUNDRED + plus for bound, plus, _ in READINGS if rounded >= bound), ZERO)
    return step, interpolate(percent, CONTINUOUS_CURVE)


def read_percentage(percent: Decimal) -> str:
    """Return the reading of a percentage: unacceptable, doubtful, tradable or attractive.

    >>> read_percentage(Decimal("20.4")), read_percentage(Decimal(66))
    ('unacceptable', 'attractive')
    """
    rounded = _round(percent)
    return next((reading for bound, _, reading in READINGS if rounded >= bound), LOWEST_READING)


def derive_characteristics(
    *,
    payment_score: Decimal | None = None,
    subscores: Mapping[str, Decimal | None] | None = None,
    tangible_net_worth: Decimal | None = None,
    requested_limit: Decimal | None = None,
    security_step: int | None = None,
) -> dict[str, Decimal]:
    """Rate the traits that follow from other results (5.2); a trait nothing is known of is left out.

    ``payment_score`` is the PBS 0 to 100, ``subscores`` those of the financial component,
    ``security_step`` the answer CL1 of the 5C questionnaire (1 to 5). Tangible net worth and
    requested limit are in one money.

    >>> derive_characteristics(payment_score=Decimal(80), security_step=3,
    ...     tangible_net_worth=Decimal(7050), requested_limit=Decimal(500))
    {'payment_record': Decimal('8'), 'total_capital': Decimal('8'), 'guarantee': Decimal('6')}
    """
    ratings: dict[str, Decimal] = {}
    if payment_score is not None:
        ratings["payment_record"] = interpolate(payment_score, PAYMENT_CURVE)
    for trait, name in TRAIT_SUBSCORES.items():
        score = (subscores or {}).get(name)
        if score is not None:
            ratings[trait] = score / 10
    if tangible_net_worth is not None and requested_limit is not None and requested_limit > 0:
        times = tangible_net_worth / requested_limit
        ratings["total_capital"] = next((r for bound, r in CAPITAL_RATINGS if times >= bound), ZERO)
    if security_step is not None:
        ratings["guarantee"] = Decimal(2 * security_step)
    return ratings


def check_ratings(ratings: Mapping[str, Decimal | int | None]) -> dict[str, Decimal]:
    """Return the traits that are rated, in the order of the form.

    Raises:
        InvalidRating: a trait that is none of the 18, or a rating outside 0 to 10; `field` is it.

    >>> check_ratings({"margin": 5, "impression": None})
    {'margin': Decimal('5')}
    """
    unknown = set(ratings) - set(INDICATORS)
    if unknown:
        raise InvalidRating(field=min(unknown), value=min(unknown))
    rated = {}
    for name in INDICATORS:
        rating = ratings.get(name)
        if rating is None:
            continue
        number = Decimal(rating)
        if not number.is_finite() or not 0 <= number <= BEST_RATING:
            raise InvalidRating(field=name, value=str(rating))
        rated[name] = number
    return rated


def from_sequence(ratings: Sequence[Decimal | int | None]) -> dict[str, Decimal | int | None]:
    """Name 18 ratings given in the order of the form."""
    return dict(zip(INDICATORS, ratings, strict=True))


def _conclude(
    result: CharacteristicResult,
    weights: Mapping[str, Decimal],
    base_limit: Decimal | None,
    method: str,
    is_capped: bool,
) -> CharacteristicResult:
    terms = tuple(
        Term(name, rating, w, rating * w)
        for name, rating in result.inputs_used.items()
        if rating is not None
        for w in [HUNDRED * weights[name] / result.max_possible]
    )
    raw = HUNDRED * result.weighted / result.max_possible
    is_provisional = result.coverage < FULL_COVERAGE
    percent = min(raw, PROVISIONAL_CAP) if is_provisional else raw
    step, continuous = get_multipliers(percent)
    multiplier = step if method == STEP else continuous
    reasons = []
    if is_provisional:
        params = {"coverage": result.coverage, "cap": PROVISIONAL_CAP}
        reasons.append(Reason("PROVISIONAL", params))
    if is_capped and multiplier > 1:
        reasons.append(Reason("MULTIPLIER_CAPPED", {"multiplier": multiplier}))
        multiplier = ONE
    is_guarded = percent < raw - TOLERANCE
    return CharacteristicResult(
        CODE,
        percent,
        Status.OK_WITH_GUARD if is_guarded else Status.OK,
        band=read_percentage(percent),
        terms=terms,
        inputs_used=result.inputs_used,
        missing=result.missing,
        reasons=tuple(reasons),
        weighted=result.weighted,
        max_possible=result.max_possible,
        coverage=result.coverage,
        is_provisional=is_provisional,
        multiplier_step=step,
        multiplier_continuous=continuous,
        multiplier=multiplier,
        corrected_limit=None if base_limit is None else base_limit * multiplier,
    )


def _round(percent: Decimal) -> Decimal:
    return percent.quantize(ONE, ROUND_HALF_UP)
