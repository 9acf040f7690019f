"""Fitted challengers under the leakage rules (11.3): WOE logistic by the rules of 11.1, and boosting.

Whatever is learnt (bins, weights, selection, coefficients) is learnt from training rows only. Nothing
that was fitted is kept: a run measures and forgets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from scoring.domain.statistics.binning import Binning, fit_bins
from scoring.domain.statistics.logistic import expit, fit_logistic
from scoring.domain.statistics.woe import MIN_IV

MAX_VARIABLES = 12
MAX_CORRELATION = 0.7
MAX_INFLATION = 5.0
BOOSTING = {"max_iter": 250, "learning_rate": 0.05, "max_leaf_nodes": 15, "early_stopping": False}


@dataclass(frozen=True)
class WoeLogit:
    """A fitted scorecard: the chosen variables, their bins, and the coefficients, constant first.

    ``logit P(bad) = b0 + Σ b_j · WOE_j``; by the rules every b_j is below 0: a higher WOE is a
    better firm.
    """

    bins: dict[str, Binning]
    coefficients: np.ndarray
    tells_missing: bool

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables, the one that tells most first."""
        return tuple(self.bins)

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        """Return the probability of failure of every row."""
        columns = [
            weigh_column(b, features[name].to_numpy(), tells_missing=self.tells_missing)
            for name, b in self.bins.items()
        ]
        weights = np.column_stack([np.ones(len(features)), *columns])
        return np.asarray(expit(weights @ self.coefficients), dtype=float)


def weigh_column(binning: Binning, values: np.ndarray, *, tells_missing: bool) -> np.ndarray:
    """Give every value its WOE; the same as ``Binning.get_woe`` one by one.

    ``tells_missing`` lets a bin of missing values count although nobody wrote down why (11.4).
    """
    woes = np.array([one.woe for one in binning.table.bins])
    lost = np.isnan(values)
    place = np.searchsorted(np.asarray(binning.edges), np.where(lost, 0.0, values), side="right")
    absent = binning.get_woe(None, is_cause_known=tells_missing)
    return np.where(lost, absent, woes[place])


def fit_woe_logit(
    features: pd.DataFrame, failed: np.ndarray, *, takes_all: bool = False
) -> WoeLogit:
    """Fit a scorecard by the rules of 11.1.

    IV of 0.02 and more, at most twelve variables by falling IV, no two of which correlate beyond
    0.7 (as WOE), variance inflation of at most 5, and every coefficient of the right sign: a
    variable with the wrong one is dropped, the weakest first. ``takes_all`` takes every variable
    with that IV, whatever its sign, under an L2 penalty, and lets missing values tell: only to
    compare with figures published so, no model that may be used.
    """
    tells_missing = takes_all
    bins, columns = {}, {}
    for name in features.columns:
        values = features[name].to_numpy()
        if np.isnan(values).all():
            continue
        found = fit_bins(values, failed)
        if found.table.iv >= MIN_IV:
            bins[name] = found
            columns[name] = weigh_column(found, values, tells_missing=tells_missing)
    told = [n for n in sorted(bins, key=lambda n: -bins[n].table.iv) if columns[n].std() > 0]
    if takes_all and told:
        penalised = _fit_penalised(np.column_stack([columns[name] for name in told]), failed)
        return WoeLogit({name: bins[name] for name in told}, penalised, tells_missing)
    chosen = _choose(told, columns)
    while chosen:
        weights = np.column_stack([np.ones(len(failed)), *(columns[name] for name in chosen)])
        fitted = fit_logistic(weights, failed)
        signs = [] if fitted is None else zip(chosen, fitted[1:], strict=True)
        wrong = [name for name, b in signs if b >= 0]
        if fitted is not None and not wrong:
            return WoeLogit({name: bins[name] for name in chosen}, fitted, tells_missing)
        chosen.remove(min(wrong or chosen, key=lambda name: bins[name].table.iv))
    rate = float(failed.mean())
    return WoeLogit({}, np.array([np.log(rate / (1 - rate))]), tells_missing)


def _fit_penalised(columns: np.ndarray, failed: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=1000).fit(columns, failed)
    return np.concatenate([model.intercept_, model.coef_[0]])


def _choose(told: Sequence[str], columns: dict[str, np.ndarray]) -> list[str]:
    chosen: list[str] = []
    for name in told:
        column, others = columns[name], [columns[other] for other in chosen]
        if any(abs(np.corrcoef(column, other)[0, 1]) > MAX_CORRELATION for other in others):
            continue
        if _inflation(column, others) <= MAX_INFLATION:
            chosen.append(name)
        if len(chosen) == MAX_VARIABLES:
            break
    return chosen


def _inflation(column: np.ndarray, others: Sequence[np.ndarray]) -> float:
    """Return 1 / (1 - R²) of a column explained by the others."""
    if not others:
        return 1.0
    table = np.column_stack([np.ones(len(column)), *others])
    fitted = table @ np.linalg.lstsq(table, column, rcond=None)[0]
    unexplained = ((column - fitted) ** 2).sum() / ((column - column.mean()) ** 2).sum()
    return float(1 / max(unexplained, 1e-12))


def predict_woe_logit(
    features: pd.DataFrame,
    failed: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    *,
    takes_all: bool = False,
) -> np.ndarray:
    """Fit on the training rows and return the probabilities of the test rows."""
    return fit_woe_logit(features[train], failed[train], takes_all=takes_all).predict(
        features[test]
    )


def predict_boosting(
    features: pd.DataFrame, failed: np.ndarray, train: np.ndarray, test: np.ndarray, *, seed: int
) -> np.ndarray:
    """Fit gradient boosting on the training rows and return the probabilities of the test rows."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(random_state=seed, **BOOSTING)
    # One thread: on a busy machine several wait for each other at every node of every tree.
    with threadpool_limits(limits=1):
        model.fit(features[train].to_numpy(), failed[train])
        found = model.predict_proba(features[test].to_numpy())[:, 1]
    return np.asarray(found, dtype=float)


def split_by_group(
    failed: np.ndarray, groups: np.ndarray, *, parts: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield masks of training and test rows: random parts, failures spread evenly, no group torn."""
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(n_splits=parts, shuffle=True, random_state=seed)
    for _train, test in folds.split(np.zeros(len(failed)), failed, groups):
        mask = np.zeros(len(failed), dtype=bool)
        mask[test] = True
        yield ~mask, mask
