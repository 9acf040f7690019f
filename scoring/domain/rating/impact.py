"""What another version of the rating policy would do to a portfolio: who moves, and how much.

Both conclusions are made from the same facts (``bulk_rating.conclude``); here they are laid side by
side. Scores in points, limits and losses in CNY, loss = PD × LGD × what the customer owes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.domain.grades import DEFAULTED, LADDER, LETTERS, get_letter
from scoring.domain.rating.composite import COMPONENTS

Floats = npt.NDArray[np.float64]

UNRATED = ""
KEPT = ("grade", "score", "pd_12m", "suggested_limit", *COMPONENTS)
MOST_MOVERS = 10_000
SCORE_PLACES, MONEY_PLACES = 4, 2


@dataclass(frozen=True)
class Mover:
    """One customer whose grade or suggested limit would change.

    Grades with their modifier, ``UNRATED`` where there is none. ``component`` is the one whose share
    of the score changes most, by ``points``; empty where no share changes. Limits in ``currency``.
    """

    customer_id: int
    grade_before: str
    grade_after: str
    score_before: Decimal | None
    score_after: Decimal | None
    component: str
    points: Decimal | None
    limit_before: Decimal | None
    limit_after: Decimal | None
    currency: str

    @property
    def change(self) -> Decimal | None:
        """The change of the score in points."""
        if self.score_before is None or self.score_after is None:
            return None
        return self.score_after - self.score_before


@dataclass(frozen=True)
class Impact:
    """The whole comparison; ``movers`` are the ``MOST_MOVERS`` that move furthest of ``moved``.

    ``matrix`` counts customers by letter before and after. ``upgraded`` and ``downgraded`` count
    letters, ``shifted`` those who only change their modifier, ``only_limit`` those whose grade stays
    and whose limit changes. ``without_rate`` limits or debts are in a currency without a rate and
    are left out of the sums.
    """

    considered: int
    rated_before: int
    rated_after: int
    upgraded: int
    downgraded: int
    shifted: int
    only_limit: int
    moved: int
    matrix: Mapping[tuple[str, str], int]
    limit_before: Decimal
    limit_after: Decimal
    owed: Decimal
    loss_before: Decimal
    loss_after: Decimal
    without_rate: int
    movers: tuple[Mover, ...]


def keep_columns(concluded: pd.DataFrame) -> pd.DataFrame:
    """Keep what a comparison reads of ``conclude``'s columns.

    With whom nobody may trade is D, as a rating keeps it.
    """
    kept = concluded.loc[:, list(KEPT)].copy()
    blocked = concluded["is_trading_blocked"].to_numpy(dtype=bool)
    grades = zip(concluded["grade"].tolist(), blocked, strict=True)
    kept["grade"] = pd.Series(
        [
            DEFAULTED if is_blocked else grade if isinstance(grade, str) else UNRATED
            for grade, is_blocked in grades
        ],
        index=kept.index,
        dtype=object,
    )
    return kept


def measure_impact(
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    weights_before: Mapping[str, Decimal],
    weights_after: Mapping[str, Decimal],
    currency: pd.Series,
    to_cny: pd.Series,
    owed: pd.Series,
    lgd_before: Decimal,
    lgd_after: Decimal,
    considered: int | None = None,
    without_rate: int = 0,
) -> Impact:
    """Compare two conclusions (``keep_columns``) on the same customers.

    ``to_cny``: CNY for one unit of the limit's ``currency``, NaN unknown. ``owed``: CNY by customer
    id, absent is nothing. ``considered`` counts those without facts too; ``without_rate`` the debts
    that ``owed`` had to leave out.
    """
    ranks_before, ranks_after = _rank(before), _rank(after)
    limits_before, limits_after = (
        _floats(before, "suggested_limit"),
        _floats(after, "suggested_limit"),
    )
    letters_before, letters_after = _to_letters(ranks_before), _to_letters(ranks_after)
    both = (ranks_before >= 0) & (ranks_after >= 0)
    steps = np.where(both, letters_after - letters_before, 0)
    has_moved = ranks_before != ranks_after
    has_other_limit = ~_is_same(limits_before, limits_after)
    rates = to_cny.reindex(before.index).to_numpy(dtype=np.float64)
    debts = np.maximum(0.0, owed.reindex(before.index).fillna(0.0).to_numpy(dtype=np.float64))
    has_limit = np.isfinite(limits_before) | np.isfinite(limits_after)
    is_unknown = np.isnan(rates) & has_limit
    return Impact(
        considered=len(before) if considered is None else considered,
        rated_before=int((ranks_before >= 0).sum()),
        rated_after=int((ranks_after >= 0).sum()),
        upgraded=int((steps < 0).sum()),
        downgraded=int((steps > 0).sum()),
        shifted=int((both & has_moved & (steps == 0)).sum()),
        only_limit=int((~has_moved & has_other_limit).sum()),
        moved=int((has_moved | has_other_limit).sum()),
        matrix=_count(letters_before, letters_after),
        limit_before=_money(np.nansum(limits_before * rates)),
        limit_after=_money(np.nansum(limits_after * rates)),
        owed=_money(debts.sum()),
        loss_before=_money(np.nansum(_floats(before, "pd_12m") * debts) * float(lgd_before)),
        loss_after=_money(np.nansum(_floats(after, "pd_12m") * debts) * float(lgd_after)),
        without_rate=without_rate + int(is_unknown.sum()),
        movers=_list_movers(
            before,
            after,
            _share(after, weights_after) - _share(before, weights_before),
            np.flatnonzero(has_moved | has_other_limit),
            np.abs(steps),
            currency.reindex(before.index),
        ),
    )


def _share(frame: pd.DataFrame, weights: Mapping[str, Decimal]) -> Floats:
    """Return the points that each component gives, a column per component; 0 where it has none."""
    scores = frame.loc[:, list(COMPONENTS)].to_numpy(dtype=np.float64)
    given = np.array([float(weights.get(name, 0)) for name in COMPONENTS])
    there = np.where(np.isfinite(scores), given, 0.0)
    mass = there.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(mass > 0, np.nan_to_num(scores) * there / mass, 0.0)
    return np.asarray(shares, dtype=np.float64)


def _list_movers(
    before: pd.DataFrame,
    after: pd.DataFrame,
    shares: Floats,
    places: npt.NDArray[np.intp],
    steps: npt.NDArray[np.int64],
    currency: pd.Series,
) -> tuple[Mover, ...]:
    """List those at ``places``: by letters moved, then by points, then by number."""
    scores_before, scores_after = _floats(before, "score"), _floats(after, "score")
    points = np.abs(np.nan_to_num(scores_after - scores_before))
    ids = before.index.to_numpy()
    order = sorted(places, key=lambda n: (-steps[n], -points[n], ids[n]))[:MOST_MOVERS]
    largest = np.abs(shares).argmax(axis=1) if len(shares) else np.array([], dtype=np.int64)
    limits = _floats(before, "suggested_limit"), _floats(after, "suggested_limit")
    grades = before["grade"].tolist(), after["grade"].tolist()
    units = currency.tolist()
    movers = []
    for n in order:
        share = float(shares[n, largest[n]])
        is_told = abs(share) >= 0.5 * 10**-SCORE_PLACES
        movers.append(
            Mover(
                customer_id=int(ids[n]),
                grade_before=grades[0][n],
                grade_after=grades[1][n],
                score_before=_decimal(scores_before[n], SCORE_PLACES),
                score_after=_decimal(scores_after[n], SCORE_PLACES),
                component=COMPONENTS[largest[n]] if is_told else "",
                points=_decimal(share, SCORE_PLACES) if is_told else None,
                limit_before=_decimal(limits[0][n], MONEY_PLACES),
                limit_after=_decimal(limits[1][n], MONEY_PLACES),
                currency=units[n] if isinstance(units[n], str) else "CNY",
            )
        )
    return tuple(movers)


def _rank(frame: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return the place of each grade on the ladder; -1 without one."""
    places = {grade: n for n, grade in enumerate(LADDER)}
    return np.array([places.get(grade, -1) for grade in frame["grade"]], dtype=np.int64)


_LETTER_OF = np.array([*(LETTERS.index(get_letter(grade)) for grade in LADDER), -1])


def _to_letters(ranks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    letters: npt.NDArray[np.int64] = _LETTER_OF[ranks]  # -1 takes the last one: no letter
    return letters


def _count(
    before: npt.NDArray[np.int64], after: npt.NDArray[np.int64]
) -> dict[tuple[str, str], int]:
    names = [*LETTERS, UNRATED]
    pairs = Counter(zip(before.tolist(), after.tolist(), strict=True))
    return {
        (names[one], names[other]): n
        for (one, other), n in sorted(pairs.items())
        if one >= 0 or other >= 0
    }


def _is_same(one: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    same: npt.NDArray[np.bool_] = (one == other) | (np.isnan(one) & np.isnan(other))
    return same


def _floats(frame: pd.DataFrame, name: str) -> Floats:
    figures: Floats = frame[name].to_numpy(dtype=np.float64)
    return figures


def _decimal(figure: Any, places: int) -> Decimal | None:
    if np.isnan(figure):
        return None
    return Decimal(f"{float(figure):.{places}f}")


def _money(figure: Any) -> Decimal:
    return Decimal(f"{float(figure):.{MONEY_PLACES}f}")
