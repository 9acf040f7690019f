"""The tables of the validation as Markdown, and where they are put."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from credit_mgmt.bench.model_scores import FINANCIAL
from credit_mgmt.bench.validation import BOOSTING, ROA, WOE_ALL, WOE_LOGIT, Line, Sample
from scoring.domain.models import (
    altman,
    bathory,
    ohlson,
    risk_index,
    springate,
    taffler,
    wall,
    working_assets,
    zmijewski,
)
from scoring.domain.statistics.calibration import wilson_interval
from scoring.domain.statistics.discrimination import Interval

BEGIN = "<!-- validation: begin (written by `make bench JOB=validation`) -->"
END = "<!-- validation: end -->"

TITLES: Mapping[str, str] = {
    "us_all": "US companies, 1999–2014: every firm-year",
    "us_test": "US companies, 2012–2014: the years after everything fitted",
    "f1": "Polish companies, file 1: five years ahead",
    "f3": "Polish companies, file 3: three years ahead",
    "f5": "Polish companies, file 5: one year ahead",
    "taiwan": "Taiwanese companies: the year ahead",
}
NAMES: Mapping[str, str] = {
    altman.Z_1968: "Altman Z 1968",
    altman.Z_PRIME: "Altman Z′",
    altman.Z_DOUBLE_PRIME: "Altman Z″",
    altman.EM: "Altman EM",
    ohlson.CODE: "Ohlson O",
    zmijewski.CODE: "Zmijewski X",
    springate.CODE: "Springate S",
    taffler.CODE: "Taffler z",
    "fulmer_h": "Fulmer H",
    "piotroski_f": "Piotroski F",
    bathory.CODE: "Bathory, guarded",
    working_assets.CODE: "Working assets, guarded",
    risk_index.CODE: "Credit risk index",
    wall.TRADITIONAL_CODE: "Wall, traditional",
    wall.MODERN_CODE: "Wall, modern",
    FINANCIAL: "**Financial component**",
    ROA: "net profit ÷ assets alone",
    WOE_LOGIT: "WOE logistic, rules of 11.1",
    WOE_ALL: "WOE logistic, all variables",
    BOOSTING: "Gradient boosting",
}

# Figures others published, by sample and model; the letter is that of the source under the tables.
PUBLISHED: Mapping[tuple[str, str], str] = {
    ("us_test", altman.Z_1968): ".800 a",
    ("us_test", altman.Z_DOUBLE_PRIME): ".794 a",
    ("us_test", WOE_LOGIT): ".894 a (plain logistic)",
    ("us_test", BOOSTING): ".906 a",
    ("f1", altman.Z_PRIME): ".633 b",
    ("f1", altman.Z_DOUBLE_PRIME): ".689 b",
    ("f1", springate.CODE): ".653 b",
    ("f1", zmijewski.CODE): ".681 b",
    ("f1", taffler.CODE): ".696 b",
    ("f1", bathory.CODE): ".689 b",
    ("f1", working_assets.CODE): ".674 b",
    ("f1", ROA): ".676 b",
    ("f1", risk_index.CODE): ".706 b (percentiles)",
    ("f1", WOE_ALL): ".890 b",
    ("f1", BOOSTING): ".959 b, .945 c",
    ("f3", BOOSTING): ".922 c",
    ("f5", altman.Z_PRIME): ".708 b",
    ("f5", altman.Z_DOUBLE_PRIME): ".766 b",
    ("f5", springate.CODE): ".751 b",
    ("f5", zmijewski.CODE): ".765 b",
    ("f5", taffler.CODE): ".757 b",
    ("f5", bathory.CODE): ".764 b",
    ("f5", working_assets.CODE): ".736 b",
    ("f5", ROA): ".768 b",
    ("f5", risk_index.CODE): ".785 b (percentiles)",
    ("f5", WOE_ALL): ".921 b",
    ("f5", BOOSTING): ".963 b, .951 c",
    ("taiwan", WOE_LOGIT): ".923 d, .934 a (plain logistic)",
    ("taiwan", BOOSTING): ".955 d, .927 a",
}
SOURCES = (
    "a: README of the data folder, measured on the same files with the same split; plain logistic on "
    "the same ratios, boosting with the same settings.",
    "b: the guide, 11.9, measured on the whole Polish files (5,910 and 7,027 rows; a part of them is "
    "held back here), random folds.",
    "c: Zięba, Tomczak, Tomczak (2016), XGBoost, ten random folds of the whole files; recalled in the "
    "guide, 11.8, not read from the printed table.",
    "d: an unreviewed student project, quoted in the guide, 11.8: logistic and LightGBM.",
)


def make_report(samples: Sequence[Sample]) -> str:
    """Write everything that was measured as Markdown tables."""
    parts = [_draw_sample(sample) for sample in samples]
    parts.append("### Sources of the published figures\n\n" + "\n".join(f"* {s}" for s in SOURCES))
    parts += [_draw_zones(samples), _draw_differences(samples), _draw_gaps(samples)]
    return "\n\n".join(part for part in parts if part)


def put_between_marks(path: Path, text: str) -> bool:
    """Replace what stands between the two marks of a page; False where there is no such page."""
    if not path.exists():
        return False
    page = path.read_text(encoding="utf-8")
    head, begin, rest = page.partition(BEGIN)
    _old, end, tail = rest.partition(END)
    if not begin or not end:
        return False
    path.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")
    return True


def write_figures(path: Path, samples: Sequence[Sample]) -> None:
    """Write every figure, unrounded, for machines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(sample) for sample in samples], indent=1) + "\n")


def _draw_sample(sample: Sample) -> str:
    measured = [line for line in sample.lines if line.auc is not None]
    measured.sort(key=lambda line: -(line.auc.value if line.auc else 0))
    has_brier = any(line.brier is not None for line in measured)
    head = ["model", "firm-years", "failed", "AUC [95 %]", "KS"]
    head += ["Brier (skill)", "Brier of its own p"] if has_brier else []
    has_published = any((sample.name, line.model) in PUBLISHED for line in measured)
    head += ["published AUC"] if has_published else []
    rows = []
    for line in measured:
        row = [NAMES[line.model], f"{line.rows:,}", f"{line.events:,}", _interval(line.auc)]
        row.append(_three(line.ks))
        if has_brier:
            row += [_brier(line), _four(line.brier_own)]
        if has_published:
            row.append(PUBLISHED.get((sample.name, line.model), "–"))
        rows.append(row)
    rate = sample.events / sample.rows
    note = f"{sample.rows:,} firm-years, {sample.events:,} failed ({rate:.1%})."
    if has_brier:
        note += f" Brier of the mere rate: {rate * (1 - rate):.4f}."
    return f"### {TITLES[sample.name]}\n\n{note}\n\n{_table(head, rows)}"


def _draw_zones(samples: Sequence[Sample]) -> str:
    """Draw one row per model and band, a column a set; the EM form is Z″ under another name (A-1)."""
    shown = [sample for sample in samples if sample.zones and sample.name != "us_test"]
    bands = dict.fromkeys(
        (zone.model, zone.band)
        for model in NAMES
        for sample in shown
        for zone in sample.zones
        if zone.model == model != altman.EM
    )
    rows = [
        [NAMES[model], band.replace("_", " "), *(_zone(sample, model, band) for sample in shown)]
        for model, band in bands
    ]
    head = ["model", "band", *(sample.name.removesuffix("_all") for sample in shown)]
    text = "The share of firm-years in the band → how many of these failed [95 %]."
    return f"### How often each band failed\n\n{text}\n\n{_table(head, rows)}" if rows else ""


def _zone(sample: Sample, model: str, band: str) -> str:
    known = [zone for zone in sample.zones if zone.model == model]
    zone = next((zone for zone in known if zone.band == band), None)
    if zone is None:
        return "–"
    low, high = wilson_interval(zone.events, zone.rows)
    share, rate = zone.rows / sum(z.rows for z in known), zone.events / zone.rows
    return f"{share:.1%} → {rate:.1%} [{low:.1%}, {high:.1%}]"


def _draw_differences(samples: Sequence[Sample]) -> str:
    rows = [
        [
            sample.name,
            f"{NAMES[d.challenger].strip('*')} − {NAMES[d.champion].strip('*')}",
            f"{d.rows:,}",
            f"{d.gap.value:+.3f} [{d.gap.low:+.3f}, {d.gap.high:+.3f}]",
            "yes" if d.gap.low > 0 else "worse" if d.gap.high < 0 else "not shown",
        ]
        for sample in samples
        for d in sample.differences
    ]
    head = ["sample", "AUC of … less that of …", "firm-years", "difference [95 %]", "better?"]
    return f"### Is one really better?\n\n{_table(head, rows)}" if rows else ""


def _draw_gaps(samples: Sequence[Sample]) -> str:
    rows = [
        [sample.name.removesuffix("_all"), NAMES[line.model], ", ".join(line.missing[:4])]
        for sample in samples
        if sample.name != "us_test"
        for line in sample.lines
        if line.missing
    ]
    head = ["set", "model", "lacks, among others"]
    return f"### What could not be computed\n\n{_table(head, rows)}" if rows else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _interval(found: Interval | None) -> str:
    if found is None:
        return "–"
    return f"{_three(found.value)} [{_three(found.low)}, {_three(found.high)}]"


def _brier(line: Line) -> str:
    if line.brier is None or not line.brier_base:
        return "–"
    return f"{line.brier:.4f} ({1 - line.brier / line.brier_base:+.1%})"


def _three(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".removeprefix("0")


def _four(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
