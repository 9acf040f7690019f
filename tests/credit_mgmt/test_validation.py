"""The validation on small known inputs: figures by hand, no leakage, the tables and where they go."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from credit_mgmt.bench import real_statements, validation
from credit_mgmt.bench.challengers import fit_woe_logit, split_by_group, weigh_column
from credit_mgmt.bench.model_scores import score_models
from credit_mgmt.bench.real_statements import FirmYears, NoRealData, find_data_dir, name_twins
from credit_mgmt.bench.validation import (
    CHALLENGERS,
    Line,
    Sample,
    calibrate,
    measure_line,
    shrink,
    validate_set,
)
from credit_mgmt.bench.validation_report import (
    BEGIN,
    END,
    NAMES,
    PUBLISHED,
    TITLES,
    make_report,
    put_between_marks,
)
from scoring.domain.rating.registry import STATEMENT_MODELS
from scoring.domain.statistics.binning import fit_bins
from scoring.domain.statistics.logistic import expit


def make_set(failed: list[int], **options: Any) -> FirmYears:
    size = len(failed)
    return FirmYears(
        **{
            "name": "f5",
            "horizon": 1,
            "items": pd.DataFrame(index=range(size)),
            "failed": np.array(failed, dtype=float),
            "groups": np.arange(size),
            "years": None,
            "features": pd.DataFrame(index=range(size)),
            "usd_rate": None,
            **options,
        }
    )


def make_firms(size: int = 600, *, years: bool = False, name: str = "f5") -> FirmYears:
    """Invent firms: the thinner the profit and the more debt, the more of them fail."""
    random = np.random.default_rng(3)
    profit, debt = random.normal(0.04, 0.1, size), random.uniform(0.2, 1.1, size)
    failed = (random.uniform(size=size) < expit(-3 - 12 * profit + 3 * (debt - 0.5))).astype(float)
    items = pd.DataFrame(
        {
            "total_assets": 100.0,
            "total_liabilities": (100 * debt).round(2),
            "total_current_assets": random.uniform(30, 70, size).round(2),
            "total_current_liabilities": (60 * debt).round(2),
            "inventories": random.uniform(1, 20, size).round(2),
            "trade_receivables": random.uniform(1, 20, size).round(2),
            "retained_earnings": (200 * profit).round(2),
            "revenue": random.uniform(50, 200, size).round(2),
            "cost_of_sales": 40.0,
            "profit_before_tax": (100 * profit).round(2),
            "ebit": (100 * profit + 2).round(2),
            "net_profit": (80 * profit).round(2),
            "da": 4.0,
            "is_condensed": True,
            "prior_is_condensed": True,
            "prior_exists": False,
        }
    )
    features = pd.DataFrame({"profit": profit, "debt": debt, "noise": random.normal(size=size)})
    return make_set(
        failed.tolist(),
        name=name,
        items=items,
        features=features,
        years=2008 + np.arange(size) % 7 if years else None,
    )


class TestMeasureLine:
    def test_counts_pairs_by_hand(self) -> None:
        """Of 2 × 3 pairs the failed one is riskier in 4 and equal in 1: 4.5 / 6."""
        data = make_set([1, 0, 0, 1, 0, 0])
        risk = np.array([0.9, 0.9, 0.1, 0.5, 0.2, np.nan])
        line = measure_line("x", data, risk, np.isfinite(risk), samples=20)
        assert line.auc is not None
        assert (line.rows, line.events, line.auc.value) == (5, 2, 4.5 / 6)
        # Up to 0.2 lie two of three sound firms and no failed one: the widest gap.
        assert line.ks == pytest.approx(2 / 3)
        assert line.brier_base == pytest.approx(0.4 * 0.6)

    def test_gives_brier_by_hand(self) -> None:
        data = make_set([1, 0, 0, 1])
        risk = np.array([4.0, 1.0, 2.0, 3.0])
        chance = np.array([0.8, 0.1, 0.4, 0.5])
        line = measure_line(
            "x", data, risk, np.ones(4, dtype=bool), chance=chance, own=1 - chance, samples=5
        )
        assert line.brier == pytest.approx((0.04 + 0.01 + 0.16 + 0.25) / 4)
        assert line.brier_own == pytest.approx((0.64 + 0.81 + 0.36 + 0.25) / 4)

    def test_says_nothing_of_one_class_or_no_row(self) -> None:
        data = make_set([0, 0, 0])
        for rows in (np.ones(3, dtype=bool), np.zeros(3, dtype=bool)):
            assert measure_line("x", data, np.arange(3.0), rows).auc is None

    def test_whole_groups_are_drawn(self) -> None:
        """One failed firm in twenty equal rows is one piece of evidence, not twenty."""
        failed = [1] * 20 + [0, 0, 0, 0]
        risk = np.array([1.0] * 20 + [0.0, 2.0, 0.0, 2.0])
        alone = make_set(failed)
        grouped = make_set(failed, groups=np.array([0] * 20 + [1, 2, 3, 4]))
        everything = np.ones(24, dtype=bool)
        widths = []
        for data in (alone, grouped):
            found = measure_line("x", data, risk, everything, samples=300).auc
            assert found is not None
            assert found.value == 0.5
            widths.append(found.high - found.low)
        assert widths[1] >= widths[0]


class TestCalibrate:
    def test_learns_from_the_training_rows_alone(self) -> None:
        random = np.random.default_rng(0)
        risk = random.normal(size=4000)
        failed = (random.uniform(size=4000) < expit(-1 + risk)).astype(float)
        train = np.arange(4000) < 2000
        chance = calibrate(risk, failed, [(train, ~train)])
        assert np.isnan(chance[train]).all()
        assert np.abs(chance[~train] - expit(-1 + risk[~train])).mean() < 0.02
        turned = failed.copy()
        turned[~train] = 1 - turned[~train]
        assert (calibrate(risk, turned, [(train, ~train)])[~train] == chance[~train]).all()

    def test_leaves_a_row_without_a_score_out(self) -> None:
        risk = np.array([1.0, 2, 3, 4, np.nan, 6, 7, 8])
        train = np.arange(8) < 4
        chance = calibrate(risk, np.array([0, 1, 0, 1, 0, 1, 0, 1.0]), [(train, ~train)])
        assert np.isfinite(chance).tolist() == [False] * 4 + [False, True, True, True]

    def test_gives_nothing_where_no_line_exists(self) -> None:
        train = np.arange(8) < 4
        chance = calibrate(np.arange(8.0), np.zeros(8), [(train, ~train)])
        assert np.isnan(chance).all()


class TestWoeLogit:
    def test_weighs_a_column_as_the_bins_do_one_by_one(self) -> None:
        random = np.random.default_rng(1)
        values = random.normal(size=800)
        values[random.uniform(size=800) < 0.1] = np.nan
        failed = (random.uniform(size=800) < 0.2).astype(float)
        failed[np.isnan(values)] = random.uniform(size=np.isnan(values).sum()) < 0.7
        bins = fit_bins(values, failed)
        for tells in (False, True):
            found = weigh_column(bins, values, tells_missing=tells)
            expected = [bins.get_woe(float(x), is_cause_known=tells) for x in values]
            assert found.tolist() == expected
        assert bins.needs_cause

    def test_keeps_the_rules_of_selection(self) -> None:
        data = make_firms(2000)
        features = data.features.assign(twin=data.features["profit"] * 2)
        model = fit_woe_logit(features, data.failed)
        assert len({"profit", "twin"} & set(model.variables)) == 1
        assert {"debt"} <= set(model.variables)
        assert (model.coefficients[1:] < 0).all()
        everything = fit_woe_logit(features, data.failed, takes_all=True)
        assert {"profit", "twin", "debt"} <= set(everything.variables)

    def test_predicts_the_rate_where_nothing_tells(self) -> None:
        failed = np.array([0.0, 1.0] * 100)
        model = fit_woe_logit(pd.DataFrame({"same": np.zeros(200)}), failed)
        assert model.variables == ()
        assert model.predict(pd.DataFrame({"same": np.zeros(3)})).tolist() == [0.5] * 3


class TestSplitByGroup:
    def test_never_tears_a_group(self) -> None:
        features = pd.DataFrame({"a": [1.0, 1.0, 2.0, np.nan, np.nan] * 20, "b": 1.0})
        features.loc[40:, "a"] = np.arange(60)
        groups = name_twins(features)
        failed = (np.arange(100) % 4 == 0).astype(float)
        seen = np.zeros(100)
        for train, test in split_by_group(failed, groups, parts=5, seed=1):
            assert not set(groups[train]) & set(groups[test])
            assert (train ^ test).all()
            seen += test
        assert (seen == 1).all()
        assert groups[3] == groups[4]


class TestScoreModels:
    def test_covers_every_model_of_statements(self) -> None:
        scores = score_models(make_firms(20))
        assert set(scores) == {*STATEMENT_MODELS, "financial"}
        assert set(scores) <= set(NAMES)

    def test_names_what_a_set_lacks(self) -> None:
        scores = score_models(make_firms(20))
        assert scores["altman_z_1968"].missing == ("market_cap",)
        assert "cfo" in scores["fulmer_h"].missing
        assert "net_profit of the prior year" in scores["wall_modern"].missing
        assert set(scores["piotroski_f"].status) == {"missing_input"}
        assert scores["zmijewski"].missing == ()

    def test_more_is_riskier_whatever_the_model(self) -> None:
        """The firm with the fattest profit and the least debt of two is never the riskier one."""
        data = make_firms(2)
        data.items.loc[0, ["net_profit", "ebit", "profit_before_tax", "retained_earnings"]] = 30.0
        data.items.loc[1, ["net_profit", "ebit", "profit_before_tax", "retained_earnings"]] = -30.0
        data.items.loc[0, ["total_liabilities", "total_current_liabilities"]] = [20.0, 10.0]
        data.items.loc[1, ["total_liabilities", "total_current_liabilities"]] = [130.0, 80.0]
        for model, scores in score_models(data).items():
            if scores.has_value.all():
                assert scores.risk[0] < scores.risk[1], model

    def test_ranks_net_worth_below_0_worst_by_working_assets(self) -> None:
        scores = score_models(make_firms(300))["working_assets"]
        insolvent = scores.band == "insolvent"
        assert 0 < insolvent.sum() < 300
        assert scores.risk[insolvent].min() > scores.risk[~insolvent].max()


@pytest.fixture(scope="module")
def dated() -> list[Sample]:
    return validate_set(make_firms(1400, years=True, name="us"), samples=50)


class TestValidateSet:
    def test_measures_every_year_and_the_last_ones_apart(self, dated: list[Sample]) -> None:
        everything, test = dated
        assert (everything.name, everything.rows) == ("us_all", 1400)
        assert (test.name, test.rows) == ("us_test", 600)  # 2012, 2013 and 2014 of seven years
        assert not {line.model for line in everything.lines} & set(CHALLENGERS)
        assert all(line.brier is None for line in everything.lines)

    def test_tells_of_every_model(self, dated: list[Sample]) -> None:
        lines = {line.model: line for line in dated[1].lines}
        assert set(lines) == {*STATEMENT_MODELS, "financial", "roa", *CHALLENGERS}
        z = lines["altman_z_double_prime"]
        assert z.auc is not None
        assert 0.5 < z.auc.low < z.auc.value < z.auc.high < 1
        assert z.brier is not None
        assert z.brier_base is not None
        assert z.brier < z.brier_base
        assert lines["fulmer_h"].auc is None
        assert lines["fulmer_h"].missing

    def test_every_row_with_a_band_is_counted_once(self, dated: list[Sample]) -> None:
        zones = [zone for zone in dated[0].zones if zone.model == "zmijewski"]
        assert sum(zone.rows for zone in zones) == 1400
        assert sum(zone.events for zone in zones) == dated[0].events

    def test_is_the_same_again(self) -> None:
        data = make_firms(600)
        assert validate_set(data, samples=20) == validate_set(data, samples=20)

    def test_a_set_without_items_has_challengers_only(self) -> None:
        data = make_firms(600, name="taiwan")
        data = FirmYears(**{**vars(data), "items": pd.DataFrame(index=range(600))})
        (sample,) = validate_set(data, samples=20)
        assert {line.model for line in sample.lines} == set(CHALLENGERS)


class TestShrink:
    def test_keeps_failures_and_whole_groups(self) -> None:
        groups = np.repeat(np.arange(100), 5)
        failed = np.isin(np.arange(500), [7, 42]).tolist()
        small = shrink(make_set(failed, groups=groups), 60)
        assert (small.size, small.events) == (60, 2)
        assert set(np.unique(small.groups, return_counts=True)[1]) == {5}
        assert shrink(small, 60) is small


class TestReport:
    def test_names_every_model_and_sample(self) -> None:
        assert {model for _name, model in PUBLISHED} <= set(NAMES)
        assert {name for name, _model in PUBLISHED} <= set(TITLES)

    def test_draws_a_line_with_its_published_figure(self) -> None:
        line = Line(
            "altman_z_prime", 1234, 56, validation.Interval(0.7, 0.65, 0.75), 0.31, 0.04, 0.05
        )
        gap = Line("fulmer_h", 0, 0, None, missing=("cfo",))
        text = make_report([Sample("f5", 1, 1300, 60, (line, gap))])
        row = "| Altman Z′ | 1,234 | 56 | .700 [.650, .750] | .310 | 0.0400 (+20.0%) | – | .708 b |"
        assert row in text
        assert "| f5 | Fulmer H | cfo |" in text

    def test_replaces_what_stands_between_the_marks(self, tmp_path: Path) -> None:
        page = tmp_path / "validation.md"
        assert not put_between_marks(page, "x")
        page.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n")
        assert put_between_marks(page, "new")
        once = page.read_text()
        assert once == f"before\n\n{BEGIN}\n\nnew\n\n{END}\n\nafter\n"
        put_between_marks(page, "new")
        assert page.read_text() == once
        page.write_text("no marks")
        assert not put_between_marks(page, "new")
        assert page.read_text() == "no marks"


class TestFindDataDir:
    def test_says_where_it_looked(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("CREDIT_DATA_DIR", str(tmp_path))
        with pytest.raises(NoRealData, match=str(tmp_path)):
            find_data_dir()


@pytest.mark.django_db
class TestBenchJob:
    def test_refuses_without_the_data(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("CREDIT_DATA_DIR", str(tmp_path))
        with pytest.raises(CommandError, match="no real data"):
            call_command("bench", size=1000, job="validation", stdout=StringIO())

    def test_a_small_run_writes_figures_but_no_page(
        self, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        try:
            monkeypatch.setenv("CREDIT_DATA_DIR", str(real_statements.find_data_dir()))
        except NoRealData as absent:
            pytest.skip(str(absent))
        settings.BASE_DIR = tmp_path
        page = tmp_path / "docs" / "validation.md"
        page.parent.mkdir()
        page.write_text(f"{BEGIN}\n{END}\n")
        call_command("bench", size=1000, job="validation", stdout=StringIO(), stderr=StringIO())
        (result,) = json.loads((tmp_path / "var" / "bench" / "results.json").read_text())
        assert (result["job"], result["size"] > 4000) == ("validation", True)
        figures = json.loads((tmp_path / "var" / "bench" / "validation.json").read_text())
        assert [sample["name"] for sample in figures] == list(TITLES)
        assert page.read_text() == f"{BEGIN}\n{END}\n"
