"""Payment-behaviour score (付款行为评分, section 8): how a customer paid us, read from our own ledger.

A **piece** is a part of an invoice with one fate: paid on a day, or still open past its due date
(``is_censored``: the days are a lower bound). Everything is weighted by amount, so a large invoice
paid late outweighs many small ones paid early. All amounts are in one currency, the caller's.

Which invoices count is decided where they are read (``scoring.selectors.behaviour``); here: what the
pieces say. Points for days are those of the D&B PAYDEX key down to 20, with a tail to 0 of the house.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from scoring.domain.curves import Knots, interpolate, knots
from scoring.domain.results import (
    HUNDRED,
    TOLERANCE,
    ZERO,
    Param,
    Reason,
    ScoreResult,
    Status,
    Term,
)

CODE = "payment_behaviour"

PDX_CURVE: Knots = knots(
    (-30, 100), (-20, 90), (0, 80), (15, 70), (22, 60), (30, 50), (60, 40), (90, 30), (120, 20),
    (180, 0),
)  # fmt: skip
WORST_CURVE: Knots = knots((0, 100), (30, 70), (60, 40), (90, 20), (180, 0))
TREND_CURVE: Knots = knots((-10, 100), (0, 70), (10, 40), (30, 0))
DISPUTE_CURVE: Knots = knots((0, 100), ("0.05", 50), ("0.10", 0))

# Lowest value of each band, best first.
BANDS: tuple[tuple[Decimal, str], ...] = (
    (Decimal(85), "excellent"),
    (Decimal(70), "good"),
    (Decimal(55), "fair"),
    (Decimal(40), "poor"),
)
WORST_BAND = "critical"

PDX, ON_TIME, WORST, TREND, PROMISE, DISPUTE = (
    "pdx", "ontime", "worst", "trend", "promise", "dispute",
)  # fmt: skip
PRIOR, TRIGGER = "prior", "hard_trigger"


@dataclass(frozen=True)
class BehaviourPolicy:
    """What a score goes by. Weights in points; days are calendar days; amounts in CNY."""

    weights: Mapping[str, Decimal] = field(
        default_factory=lambda: {
            PDX: Decimal(55),
            ON_TIME: Decimal(15),
            WORST: Decimal(10),
            TREND: Decimal(10),
            PROMISE: Decimal(5),
            DISPUTE: Decimal(5),
        }
    )
    window_days: int = 365
    grace_days: int = 3
    recent_days: int = 90
    min_trend_pieces: int = 2
    deteriorating_days: Decimal = Decimal(10)
    earliest_days: int = -30
    pdx_factor: Decimal = Decimal("1.25")
    prior_score: Decimal = Decimal(60)
    prior_pieces: int = 5
    trigger_days: int = 90
    trigger_share: Decimal = Decimal("0.01")
    trigger_amount: Decimal = Decimal(10_000)
    trigger_cap: Decimal = Decimal(39)


DEFAULT_POLICY = BehaviourPolicy()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an invoice with one fate; the amount is positive, days before due are negative.

    ``event_date`` is the value date of the payment, or the as-of date while the part is open.
    ``bill_tenor_days`` is what an acceptance bill adds before it is money; it is told, not scored.
    """

    amount: Decimal
    days_beyond_terms: int
    event_date: date
    is_censored: bool = False
    bill_tenor_days: int = 0


@dataclass(frozen=True)
class BehaviourFacts:
    """What is known of one customer: pieces, promises of the window, disputes, and the limit.

    ``unjustified_dispute_ratio`` is 0–1, ``None`` when nothing was invoiced in the window. ``limit``
    in the currency of the pieces; without one the hard trigger goes by its fixed amount.
    """

    pieces: Sequence[Piece] = ()
    promises_kept: int = 0
    promises_broken: int = 0
    unjustified_dispute_ratio: Decimal | None = None
    limit: Decimal | None = None


@dataclass(frozen=True)
class BehaviourResult(ScoreResult):
    """The score (``value`` is PBS) with the measures it was made of; days, percent and points.

    ``subscores`` holds 0–100 per term, ``None`` where it was dropped. ``terms`` add up to ``value``:
    the six terms, the thin-file prior and, when it struck, the hard trigger.
    """

    n: int = 0
    base_amount: Decimal = ZERO
    wadbt: Decimal | None = None
    adl: Decimal | None = None
    pdx: Decimal | None = None
    pdx_of_mean: Decimal | None = None
    on_time_pct: Decimal | None = None
    worst_delay: int | None = None
    late_recent: Decimal | None = None
    late_older: Decimal | None = None
    trend_days: Decimal | None = None
    promise_kept: Decimal | None = None
    dispute_ratio: Decimal | None = None
    bill_tenor_days: Decimal | None = None
    subscores: Mapping[str, Decimal | None] = field(default_factory=dict)
    pbs_raw: Decimal | None = None
    is_deteriorating: bool = False
    has_hard_trigger: bool = False


def score_paydex(days: Decimal | int) -> Decimal:
    """Return the points, 0–100, of a payment so many days beyond terms (negative = early).

    Source: D&B PAYDEX key, which ends at 120 days and 20 points; the rest is a house default.

    >>> [score_paydex(d) for d in (-30, 0, 15, 30, 200)]
    [Decimal('100'), Decimal('80'), Decimal('70'), Decimal('50'), Decimal('0')]
    """
    return interpolate(Decimal(days), PDX_CURVE)


def split_into_pieces(
    amount: Decimal,
    due_date: date,
    allocations: Iterable[tuple[Decimal, date]],
    *,
    as_of: date,
    policy: BehaviourPolicy = DEFAULT_POLICY,
) -> list[Piece]:
    """Split an invoice into pieces: one per payment of the window, one for what is open and overdue.

    ``allocations`` are live ones (amount, value date); what has a later value date than ``as_of`` is
    not known yet. What is open but not due is no piece; what was paid before the window neither.

    >>> pieces = split_into_pieces(
    ...     Decimal(60), date(2025, 2, 28), [(Decimal(50), date(2025, 3, 10))],
    ...     as_of=date(2025, 3, 30),
    ... )
    >>> [(p.amount, p.days_beyond_terms, p.is_censored) for p in pieces]
    [(Decimal('50'), 10, False), (Decimal('10'), 30, True)]
    """
    start = as_of - timedelta(days=policy.window_days)
    pieces, open_amount = [], amount
    for part, day in allocations:
        if day > as_of:
            continue
        open_amount -= part
        if day > start and part > 0:
            pieces.append(Piece(part, (day - due_date).days, day))
    if open_amount > 0 and as_of > due_date:
        pieces.append(Piece(open_amount, (as_of - due_date).days, as_of, is_censored=True))
    return pieces


def score_behaviour(
    facts: BehaviourFacts, *, as_of: date, policy: BehaviourPolicy = DEFAULT_POLICY
) -> BehaviourResult:
    """Score how a customer paid in the year up to ``as_of``; ``missing_input`` without any piece.

    Terms that cannot be known (no promise, too few pieces for a trend) are dropped and the others
    weigh more; few pieces are drawn towards ``policy.prior_score``. An open piece long past due and
    large enough caps the score (the hard trigger, with CAP-04 on the grade).

    >>> slow = BehaviourFacts([Piece(Decimal(100), 30, date(2025, 6, 1))])
    >>> score_behaviour(slow, as_of=date(2025, 6, 30)).band
    'fair'
    """
    pieces = facts.pieces
    base = sum((p.amount for p in pieces), ZERO)
    if not pieces or base <= 0:
        return BehaviourResult(CODE, None, Status.MISSING_INPUT, missing=("pieces",))
    wadbt = _mean(
        (p.amount, Decimal(max(policy.earliest_days, p.days_beyond_terms))) for p in pieces
    )
    recent, older = _compare_lateness(pieces, as_of, policy)
    trend = None if recent is None or older is None else recent - older
    promises = facts.promises_kept + facts.promises_broken
    measures: dict[str, Decimal | None] = {
        "wadbt": wadbt,
        "adl": _average_lateness(pieces),
        "pdx": _mean((p.amount, score_paydex(p.days_beyond_terms)) for p in pieces),
        "on_time_pct": _share_on_time(pieces, base, policy),
        "trend_days": trend,
        "promise_kept": Decimal(facts.promises_kept) / promises if promises else None,
        "dispute_ratio": facts.unjustified_dispute_ratio,
    }
    worst = max(p.days_beyond_terms for p in pieces)
    subscores = _score_terms(measures, worst, policy)
    is_triggered = has_hard_trigger(facts, policy)
    raw, value, terms = _weigh(subscores, len(pieces), is_triggered, policy)
    is_deteriorating = trend is not None and trend > policy.deteriorating_days + TOLERANCE
    return BehaviourResult(
        CODE,
        value,
        Status.OK_WITH_GUARD if is_triggered else Status.OK,
        band=get_band(value),
        terms=terms,
        inputs_used={**measures, "worst_delay": Decimal(worst), "pieces": Decimal(len(pieces))},
        missing=tuple(name for name, score in subscores.items() if score is None),
        reasons=_explain(subscores, trend, is_triggered, is_deteriorating, policy),
        n=len(pieces),
        base_amount=base,
        worst_delay=worst,
        late_recent=recent,
        late_older=older,
        pdx_of_mean=score_paydex(wadbt),
        bill_tenor_days=_mean((p.amount, Decimal(p.bill_tenor_days)) for p in pieces),
        subscores=subscores,
        pbs_raw=raw,
        is_deteriorating=is_deteriorating,
        has_hard_trigger=is_triggered,
        **measures,  # type: ignore[arg-type]  # the seven measures by their own names
    )


def get_band(value: Decimal) -> str:
    """Return the word for a score.

    >>> [get_band(Decimal(v)) for v in ("85", "84.99", "55", "39")]
    ['excellent', 'good', 'fair', 'critical']
    """
    return next((band for lower, band in BANDS if value >= lower - TOLERANCE), WORST_BAND)


def has_hard_trigger(facts: BehaviourFacts, policy: BehaviourPolicy = DEFAULT_POLICY) -> bool:
    """Tell whether an open piece is both too old and too large to score above the cap."""
    least = max(policy.trigger_amount, policy.trigger_share * (facts.limit or ZERO))
    return any(
        p.is_censored and p.days_beyond_terms > policy.trigger_days and p.amount >= least
        for p in facts.pieces
    )


def _mean(weighted: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    total = weight = ZERO
    for amount, value in weighted:
        total += amount * value
        weight += amount
    return total / weight


def _average_lateness(pieces: Iterable[Piece]) -> Decimal:
    return _mean((p.amount, Decimal(max(0, p.days_beyond_terms))) for p in pieces)


def _share_on_time(pieces: Iterable[Piece], base: Decimal, policy: BehaviourPolicy) -> Decimal:
    punctual = (p.amount for p in pieces if p.days_beyond_terms <= policy.grace_days)
    return sum(punctual, ZERO) / base * HUNDRED


def _compare_lateness(
    pieces: Sequence[Piece], as_of: date, policy: BehaviourPolicy
) -> tuple[Decimal | None, Decimal | None]:
    """Return the average days late of recent and of older pieces; None where they are too few."""
    split = as_of - timedelta(days=policy.recent_days)
    sides = (
        [p for p in pieces if p.event_date >= split],
        [p for p in pieces if p.event_date < split],
    )
    recent, older = (
        _average_lateness(side) if len(side) >= policy.min_trend_pieces else None for side in sides
    )
    return recent, older


def _score_terms(
    measures: Mapping[str, Decimal | None], worst: int, policy: BehaviourPolicy
) -> dict[str, Decimal | None]:
    pdx, trend = measures["pdx"], measures["trend_days"]
    kept, disputes = measures["promise_kept"], measures["dispute_ratio"]
    return {
        PDX: None if pdx is None else min(HUNDRED, policy.pdx_factor * pdx),
        ON_TIME: measures["on_time_pct"],
        WORST: interpolate(Decimal(worst), WORST_CURVE),
        TREND: None if trend is None else interpolate(trend, TREND_CURVE),
        PROMISE: None if kept is None else kept * HUNDRED,
        DISPUTE: None if disputes is None else interpolate(disputes, DISPUTE_CURVE),
    }


def _weigh(
    subscores: Mapping[str, Decimal | None], n: int, is_triggered: bool, policy: BehaviourPolicy
) -> tuple[Decimal, Decimal, tuple[Term, ...]]:
    """Return the raw score, the score, and what each term adds to the latter."""
    known = {name: score for name, score in subscores.items() if score is not None}
    total = sum((policy.weights[name] for name in known), ZERO)
    raw = sum((policy.weights[name] * score for name, score in known.items()), ZERO) / total
    pieces = Decimal(n + policy.prior_pieces)
    terms = []
    for name, score in subscores.items():
        weight = policy.weights[name] / total * n / pieces if score is not None else ZERO
        terms.append(Term(name, score, weight, None if score is None else weight * score))
    share = policy.prior_pieces / pieces
    terms.append(Term(PRIOR, policy.prior_score, share, share * policy.prior_score))
    value = (n * raw + policy.prior_pieces * policy.prior_score) / pieces
    if is_triggered and value > policy.trigger_cap:
        terms.append(Term(TRIGGER, policy.trigger_cap, Decimal(1), policy.trigger_cap - value))
        value = policy.trigger_cap
    return raw, value, tuple(terms)


def _explain(
    subscores: Mapping[str, Decimal | None],
    trend: Decimal | None,
    is_triggered: bool,
    is_deteriorating: bool,
    policy: BehaviourPolicy,
) -> tuple[Reason, ...]:
    reasons = [
        Reason("TERM_DROPPED", {"term": n}) for n, score in subscores.items() if score is None
    ]
    if is_deteriorating:
        reasons.append(Reason("DETERIORATING", {"days": trend}))
    if is_triggered:
        params: dict[str, Param] = {
            "days": policy.trigger_days,
            "cap": policy.trigger_cap,
            "rule": "CAP-04",
        }
        reasons.append(Reason("LONG_OVERDUE_ITEM", params))
    return tuple(reasons)
