"""Where a customer stands among its peers: quartiles of every ratio over the own portfolio.

Peers are the customers of the same GB/T 4754 division whose last yearly statement is not older than
two years; where fewer than five are known, those of the section, else all. The figures are of the
whole portfolio, whoever asks; no name leaves this module.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from django.core.cache import cache

from common.bulk import fetch_dicts
from scoring.domain.models.risk_index import DEMO_MANUFACTURING, Benchmark
from scoring.domain.statements.industries import list_prefixes, split_industry
from scoring.domain.vectorised.books import PRIOR, Books
from scoring.domain.vectorised.ratios import (
    ITEMS_READ,
    compute_indicator_table,
    compute_ratio_table,
)

DIVISION, SECTION, ALL = "DIVISION", "SECTION", "ALL"
ENOUGH = 5
OLDEST_DAYS = 731
MOST = 20_000
"""So many peers at most: the newest statements; more would not move a quartile."""
KEPT_SECONDS = 600
_STEPS = 101


@dataclass(frozen=True)
class Distribution:
    """How a ratio is spread among `n` peers: its percentiles 0 to 100."""

    n: int
    percentiles: tuple[float, ...]

    @property
    def quartiles(self) -> tuple[Decimal, Decimal, Decimal]:
        """The lower quartile, the median and the upper quartile."""
        low, middle, high = (_decimal(self.percentiles[p]) for p in (25, 50, 75))
        return low, middle, high

    def place(self, value: Decimal) -> Decimal:
        """Return which share of the peers lies below a value, 0 to 1."""
        steps = np.linspace(0.0, 1.0, _STEPS)
        return _decimal(float(np.interp(float(value), self.percentiles, steps)))


@dataclass(frozen=True)
class PeerQuartiles:
    """The spread of each ratio among the peers: `level` says who they are, `code` of which industry.

    A ratio that fewer than five peers have is left out.
    """

    level: str
    code: str
    n: int
    ratios: Mapping[str, Distribution]
    indicators: Mapping[str, Distribution]

    @property
    def is_enough(self) -> bool:
        return self.n >= ENOUGH


def get_peer_quartiles(industry: str, *, as_of: date) -> PeerQuartiles:
    """Return how the ratios of the peers of an industry are spread (2 queries, none when kept).

    What was measured is kept for ten minutes: quartiles of many do not move with one statement.
    """
    section, division = split_industry(industry)
    key = f"peers:{section}:{division}:{as_of}"
    kept: PeerQuartiles | None = cache.get(key)
    if kept is None:
        kept = _find_peers(section, division, as_of=as_of)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def _find_peers(section: str, division: str, *, as_of: date) -> PeerQuartiles:
    """Take the narrowest level that has enough peers."""
    counts = _count(section, division, as_of=as_of)
    level, code, prefixes = ALL, "", None
    if division and counts["of_division"] >= ENOUGH:
        level, code, prefixes = DIVISION, division, list_prefixes(section, division)
    elif section and counts["of_section"] >= ENOUGH:
        level, code, prefixes = SECTION, section, list_prefixes(section)
    return _measure(level, code, prefixes, as_of=as_of)


def build_benchmarks(
    industry: str, *, as_of: date, like: Sequence[Benchmark] = DEMO_MANUFACTURING
) -> tuple[Benchmark, ...]:
    """Return a table for the credit risk index from the own portfolio, to be copied into a policy.

    Indicators, directions and weights are those of `like`; an indicator that fewer than five peers
    have, or whose quartiles coincide, keeps the figures of `like`.
    """
    spread = get_peer_quartiles(industry, as_of=as_of).indicators
    return tuple(_benchmark(row, spread.get(row.indicator)) for row in like)


def _benchmark(row: Benchmark, spread: Distribution | None) -> Benchmark:
    if spread is None:
        return row
    low, median, high = spread.quartiles
    worse, better = (low, high) if row.direction > 0 else (high, low)
    if worse == median or median == better:
        return row
    return Benchmark(row.indicator, row.direction, row.weight, worse, median, better)


_LATEST = """
    select distinct on (s.customer_id) s.id, s.customer_id, s.period_end, s.consolidated, s.kind,
      s.unit, s.currency, s.form, s.complete, s.non_comparable, c.industry
    from scoring_statement s join customers_customer c on c.id = s.customer_id
    where s.superseded_by_id is null and s.months = 12
      and (not s.doubtful or s.accepted_by_id is not null)
      and s.period_end between %(oldest)s and %(as_of)s
      and coalesce(s.received_on, s.period_end) <= %(as_of)s
    order by s.customer_id, s.period_end desc, s.consolidated, s.version desc
"""


def _count(section: str, division: str, *, as_of: date) -> dict[str, Any]:
    """Count the peers of the two narrower levels."""
    rows = fetch_dicts(
        f"""
        with latest as ({_LATEST})
        select count(*) filter (where upper(industry) like any(%(division)s)) as of_division,
          count(*) filter (where upper(industry) like any(%(section)s)) as of_section
        from latest
        """,  # noqa: S608  a fixed text
        _params(as_of)
        | {
            "division": _patterns(list_prefixes(section, division)) if division else [],
            "section": _patterns(list_prefixes(section)) if section else [],
        },
    )
    return rows[0]


def _params(as_of: date) -> dict[str, Any]:
    return {"as_of": as_of, "oldest": as_of - timedelta(days=OLDEST_DAYS)}


def _patterns(prefixes: Sequence[str]) -> list[str]:
    return [f"{prefix}%" for prefix in prefixes]


def _measure(
    level: str, code: str, prefixes: Sequence[str] | None, *, as_of: date
) -> PeerQuartiles:
    frame = _fetch(prefixes, as_of=as_of)
    books = Books(frame)
    return PeerQuartiles(
        level,
        code,
        len(frame),
        _spread(compute_ratio_table(books)),
        _spread(compute_indicator_table(books)),
    )


def _fetch(prefixes: Sequence[str] | None, *, as_of: date) -> pd.DataFrame:
    """Fetch one row a peer: this year's items, last year's under ``prior_`` (1 query)."""
    only = "" if prefixes is None else "where upper(industry) like any(%(prefixes)s)"
    names = ", ".join(
        f"max(l.amount) filter (where l.item = '{name}')::float8 as {name}" for name in ITEMS_READ
    )
    mine = ", ".join(f"i.{name} as {name}" for name in ITEMS_READ)
    before = ", ".join(f"b.{name} as {PRIOR}{name}" for name in ITEMS_READ)
    rows = fetch_dicts(
        f"""
        with latest as ({_LATEST}),
        chosen as (select * from latest {only} order by period_end desc, id desc limit {MOST}),
        pairs as (
          select n.*, p.id as prior_id, p.complete as prior_complete, p.form as prior_form
          from chosen n left join lateral (
            select q.id, q.complete, q.form from scoring_statement q
            where q.customer_id = n.customer_id and q.superseded_by_id is null and q.months = 12
              and q.kind = n.kind and q.consolidated = n.consolidated
              and q.unit = n.unit and q.currency = n.currency
              and (not q.doubtful or q.accepted_by_id is not null)
              and q.period_end between n.period_end - 380 and n.period_end - 350
            order by q.period_end desc limit 1
          ) p on true
        ),
        items as (
          select l.statement_id, {names} from scoring_statementline l
          where l.statement_id in (select id from pairs union select prior_id from pairs)
            and l.item = any(%(items)s)
          group by l.statement_id
        )
        select n.complete as is_complete, n.form = 'CONDENSED' as is_condensed,
          n.non_comparable <> '' as is_non_comparable, n.prior_id is not null as prior_exists,
          coalesce(n.prior_complete, false) as prior_is_complete,
          coalesce(n.prior_form = 'CONDENSED', false) as prior_is_condensed, {mine}, {before}
        from pairs n left join items i on i.statement_id = n.id
        left join items b on b.statement_id = n.prior_id
        """,  # noqa: S608  names of our own list
        _params(as_of)
        | {"items": list(ITEMS_READ), "prefixes": _patterns(prefixes) if prefixes else []},
    )
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(ITEMS_READ))


def _spread(table: pd.DataFrame) -> dict[str, Distribution]:
    spread = {}
    for name in table.columns:
        values = table[name].to_numpy(dtype=np.float64)
        values = values[np.isfinite(values)]
        if len(values) >= ENOUGH:
            steps = np.percentile(values, np.linspace(0, 100, _STEPS))
            spread[name] = Distribution(len(values), tuple(float(step) for step in steps))
    return spread


def _decimal(value: float) -> Decimal:
    return Decimal(repr(round(value, 9)))
