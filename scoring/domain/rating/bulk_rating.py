"""A whole portfolio rated at once: from facts, one row per customer, to grades and limits.

The steps are those of ``evaluation.evaluate_models`` (statements → models → financial component;
ledger → behaviour; answers → 5C; opinions → external; all four → grade; balance sheet and grade →
suggested limit) on columns of ``float64``, under the same ``ScoringPolicy``.
``tests/scoring/domain/test_bulk_rating.py`` proves that both give the same.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from scoring.domain import vectorised
from scoring.domain.limits.limits import ROUNDING_STEPS
from scoring.domain.rating.overrides import is_enforced_debtor_hit
from scoring.domain.rating.scoring_policy import ScoringPolicy
from scoring.domain.results import Status
from scoring.domain.vectorised import EPS, Books, Floats, decay
from scoring.domain.vectorised.columns import Words, make_table, read_bools, read_floats

TEN_THOUSAND = 10_000.0
ENFORCED_FLAG = "enforced_debtor"
NO_FLAGS: frozenset[str] = frozenset()

# Short names of the models of the financial component in the columns of ``conclude``.
MODELS = ("z", "cri", "bathory", "ohlson", "wall")


def conclude(
    facts: pd.DataFrame,
    *,
    policy: ScoringPolicy,
    as_of: date,
    unsupported: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rate every row of facts on one day.

    Columns, absent means not known: those of ``vectorised.Books`` (money in the statement's unit),
    ``unit``, ``reliability`` (NaN = no statement), ``statement_age`` and ``assessment_age`` (whole
    months), ``is_manufacturing``, ``is_listed``, ``suspended_days``, ``market_cap_now`` (statement's
    unit), ``usd_rate`` and ``cny_rate`` (single dollars and yuan per statement unit), ``price_index``,
    the 25 indicators of the 5C (0 = not applicable), ``behaviour`` and ``has_hard_trigger``,
    ``external``, the caps' facts (``vectorised.CAP_COLUMNS`` but the veto and the net worth, which
    are found here), ``has_enforced`` and ``enforced_amount`` (CNY). ``unsupported``: see
    ``vectorised.score_five_c``.

    Returns on the same index, per model of ``MODELS`` and for ``wa`` (working assets): ``…_value``,
    ``…_status``, ``…_band``; ``z_model`` and ``z_x1`` … ``z_x5``; ``sub_…`` per sub-score;
    ``financial``, ``financial_raw``, ``financial_mass``, ``financial_status``; ``five_c_…``;
    ``qualitative``, ``behaviour``, ``external``; ``has_veto``, ``over_90``, ``all_flags``; the
    columns of ``vectorised.rate``; ``wa_…`` and ``suggested_limit``.
    """
    has_statement = facts["reliability"].notna().to_numpy()
    reliability, age = read_floats(facts, "reliability"), read_floats(facts, "statement_age")
    found = _score_statements(facts, policy, reliability, age)
    subscores = {name: found[f"sub_{name}"] for name in MODELS}
    financial = vectorised.compute_financial(
        subscores, reliability=reliability, age_months=age, policy=policy.financial
    )
    answers = vectorised.score_five_c(
        facts,
        unsupported=unsupported,
        weights={part: float(weight) for part, weight in policy.five_c_weights.items()},
    )
    veto = answers["has_veto"].to_numpy(dtype=bool)
    over_90 = read_bools(facts, "has_item_over_90_days") | read_bools(facts, "has_hard_trigger")
    flags = _add_enforced(facts, found["wa_net_worth"])
    components = {
        "financial": financial["value"].to_numpy(dtype=np.float64),
        "behaviour": read_floats(facts, "behaviour"),
        "qualitative": decay(
            answers["value"].to_numpy(dtype=np.float64), read_floats(facts, "assessment_age")
        ),
        "external": read_floats(facts, "external"),
    }
    rated = vectorised.rate(
        pd.DataFrame(
            {
                **components,
                "has_item_over_90_days": over_90,
                "has_five_c_veto": veto,
                "has_adverse_opinion": read_bools(facts, "has_adverse_opinion"),
                "age_months": read_floats(facts, "age_months"),
                "net_worth": found["wa_net_worth"],
                "reliability": reliability,
                "is_shell": read_bools(facts, "is_shell"),
                "flags": pd.Series(flags, index=facts.index, dtype=object),
                **({"notches": facts["notches"]} if "notches" in facts else {}),
            },
            index=facts.index,
        ),
        policy=policy.composite,
        calibration=float(policy.calibration),
        as_of=as_of,
    )
    return pd.concat(
        [
            make_table(found, facts.index),
            answers.add_prefix("five_c_"),
            make_table(
                {
                    "has_statement": has_statement,
                    **components,
                    "financial_raw": financial["raw"].to_numpy(),
                    "financial_mass": financial["mass"].to_numpy(),
                    "financial_status": financial["status"].to_numpy(),
                    "over_90": over_90,
                    "all_flags": _objects(flags),
                    "suggested_limit": suggest_limits(
                        found["wa_limit"] * read_floats(facts, "unit", 1.0), rated
                    ),
                },
                facts.index,
            ),
            rated,
        ],
        axis=1,
    )


def count_months(start: Any, *, as_of: date) -> Floats:
    """Count whole months from each day to ``as_of``; the twin of ``count_whole_months``.

    NaN where the day is not known.
    """
    days = pd.to_datetime(pd.Series(start))
    months = (as_of.year - days.dt.year) * 12 + as_of.month - days.dt.month
    is_last_day = date.fromordinal(as_of.toordinal() + 1).month != as_of.month
    short = (days.dt.day > as_of.day) & (not is_last_day)
    counted: Floats = (months - short.astype(float)).clip(lower=0).to_numpy(dtype=np.float64)
    return counted


def suggest_limits(capacity: Any, rated: pd.DataFrame) -> Floats:
    """Turn capacities (plain currency) and grades into rounded limits; the twin of ``decide_limit``.

    0 where an override closes the account; else NaN where the balance sheet gave no capacity or the
    customer has no grade.
    """
    closed = rated["is_limit_zero"].to_numpy(dtype=bool)
    closed = closed | rated["is_trading_blocked"].to_numpy(dtype=bool)
    factor = rated["limit_factor"].to_numpy(dtype=np.float64)
    amounts = np.maximum(0.0, np.asarray(capacity, dtype=np.float64)) * factor
    return np.where(closed, 0.0, round_limits(amounts))


def round_limits(amounts: Floats) -> Floats:
    """Round limits in plain currency down to the house's steps; the twin of ``round_limit``.

    >>> [float(x) for x in round_limits(np.array([673_000.0, 5_512_166.0, 13_875_000.0, 49_000.0]))]
    [650000.0, 5500000.0, 13500000.0, 0.0]
    """
    tens = amounts / TEN_THOUSAND
    steps = np.select(
        [tens >= float(bound) - EPS for bound, _ in ROUNDING_STEPS],
        [float(step) for _, step in ROUNDING_STEPS],
        default=float(ROUNDING_STEPS[-1][1]),
    )
    rounded: Floats = np.floor(tens / steps + EPS) * steps * TEN_THOUSAND
    return rounded


def _score_statements(
    facts: pd.DataFrame, policy: ScoringPolicy, reliability: Floats, age: Floats
) -> dict[str, Any]:
    """Compute the models and their sub-scores; a row without a statement has none of them."""
    books = Books(facts)
    without = np.isnan(reliability)
    tables = {
        "z": vectorised.compute_routed(facts, books, x5_coefficient=float(policy.x5_coefficient)),
        "cri": vectorised.compute_risk_index(
            books, table=policy.benchmarks, mean_pd=float(policy.mean_pd)
        ),
        "bathory": vectorised.compute_bathory(books, variant=policy.bathory_variant),
        "ohlson": vectorised.compute_ohlson(
            books,
            usd_rate=read_floats(facts, "usd_rate"),
            price_index=read_floats(facts, "price_index", float(policy.ohlson_price_index)),
        ),
        "wall": vectorised.compute_wall_modern(books, standards=policy.wall_modern),
        "wa": vectorised.compute_working_assets(
            books,
            reliability=reliability,
            age_months=age,
            offset=float(policy.working_assets_offset),
        ),
    }
    subscores = vectorised.map_subscores(
        z=tables["z"],
        risk_index=tables["cri"],
        bathory=tables["bathory"],
        ohlson=tables["ohlson"],
        wall_modern=tables["wall"],
        curves=policy.curves,
    )
    found: dict[str, Any] = {
        f"sub_{name}": np.where(without, np.nan, score) for name, score in subscores.items()
    }
    for name, table in tables.items():
        found[f"{name}_value"] = np.where(without, np.nan, table["value"].to_numpy())
        found[f"{name}_status"] = _put(without, Status.MISSING_INPUT.value, table["status"])
        found[f"{name}_band"] = _put(without, None, table["band"])
    found["z_model"] = tables["z"]["model"].to_numpy()
    for x in ("x1", "x2", "x3", "x4", "x5"):
        found[f"z_{x}"] = np.where(without, np.nan, tables["z"][x].to_numpy())
    for name in ("percentage", "limit", "working_assets", "net_worth"):
        found[f"wa_{name}"] = np.where(without, np.nan, tables["wa"][name].to_numpy())
    found["wa_is_weak"] = tables["wa"]["is_weak"].to_numpy(dtype=bool)
    found["ohlson_probability"] = tables["ohlson"]["probability"].to_numpy()
    found["cri_dropped"] = sum(
        np.isnan(tables["cri"][f"score_{row.indicator}"].to_numpy()).astype(np.int64) << place
        for place, row in enumerate(policy.benchmarks)
    )
    return found


def _put(condition: Any, word: str | None, words: pd.Series) -> Words:
    put: Words = words.to_numpy(dtype=object).copy()
    put[condition] = word
    return put


def _add_enforced(facts: pd.DataFrame, net_worth: Floats) -> list[frozenset[str]]:
    """Add CAPO-1 to the flags of whom the courts enforce against, by amount and net worth in CNY."""
    flags = [
        given if isinstance(given, frozenset) else NO_FLAGS
        for given in (facts["flags"] if "flags" in facts else [None] * len(facts))
    ]
    if "has_enforced" not in facts:
        return flags
    amounts = read_floats(facts, "enforced_amount")
    worth = net_worth * read_floats(facts, "cny_rate")
    for place in np.flatnonzero(read_bools(facts, "has_enforced")):
        if is_enforced_debtor_hit(_decimal(amounts[place]), _decimal(worth[place])):
            flags[place] = flags[place] | {ENFORCED_FLAG}
    return flags


def _objects(values: list[Any]) -> Words:
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    return objects


def _decimal(figure: float) -> Decimal | None:
    return None if np.isnan(figure) else Decimal(repr(float(figure)))
