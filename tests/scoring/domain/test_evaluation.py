"""All models of one customer: the worked examples, the years beside each other, hostile figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from scoring.domain.models import altman
from scoring.domain.models.characteristics import INDICATORS, InvalidRating
from scoring.domain.models.model_notes import MODEL_NOTES
from scoring.domain.payment.behaviour import BehaviourFacts, Piece
from scoring.domain.profile import Profile
from scoring.domain.rating.composite import RatingFacts
from scoring.domain.rating.evaluation import (
    DEFAULT_POLICY,
    MODEL_CODES,
    UnknownModel,
    evaluate_models,
)
from scoring.domain.rating.financial import FinancialPolicy
from scoring.domain.results import ScoreResult, Status
from scoring.domain.statements.statements import AuditOpinion, Statement
from scoring.domain.statements.years import arrange_years, rescale

from .firms import (
    ANSWERS,
    AS_OF,
    RATINGS,
    WAN,
    D,
    audited,
    books,
    evaluate,
    four,
    huaxin,
)

# The order of the contract.
CONTRACT = {
    "altman_z_1968", "altman_z_prime", "altman_z_double_prime", "altman_em", "ohlson_o",
    "zmijewski", "taffler_1983", "springate", "fulmer_h", "piotroski_f", "bathory",
    "working_assets", "characteristic_analysis", "credit_risk_index", "five_c",
    "wall_traditional", "wall_modern", "payment_behaviour",
}  # fmt: skip


class TestRegistry:
    """One list of models."""

    def test_codes_are_those_of_the_contract(self) -> None:
        assert set(MODEL_CODES) == CONTRACT == set(MODEL_NOTES)

    def test_every_result_carries_its_own_code(self) -> None:
        for code, result in evaluate().models.items():
            assert result.model == code

    def test_unknown_model_is_refused_by_name(self) -> None:
        with pytest.raises(UnknownModel) as caught:
            evaluate(models=["taffler_1983", "zeta"])
        assert (caught.value.field, caught.value.params["value"]) == ("models", "zeta")

    def test_only_what_is_asked_for_is_told_and_the_grade_is_the_same(self) -> None:
        some = evaluate(models=["springate", "bathory"])
        assert list(some.models) == ["bathory", "springate"]
        assert some.composite == evaluate().composite


class TestHuaxin:
    """The worked example through the whole house: G-01 and G-02."""

    def test_every_model_gives_its_worked_value(self) -> None:
        evaluation = evaluate(characteristic_ratings=RATINGS, five_c_answers=ANSWERS)
        values = {code: four(result.value) for code, result in evaluation.models.items()}
        assert values == {
            "five_c": D("62.75"),
            "altman_z_1968": None,  # no market capitalisation
            "altman_z_prime": D("2.5153"),
            "altman_z_double_prime": D("3.9136"),
            "altman_em": D("7.1636"),
            "bathory": D("3.4328"),
            "working_assets": D("1.0823"),
            "credit_risk_index": D("30.9797"),
            "ohlson_o": D("-3.5798"),
            "zmijewski": D("-1.9246"),
            "taffler_1983": D("5.8460"),
            "springate": D("1.3158"),
            "fulmer_h": D("1.9107"),
            "piotroski_f": D(8),
            "wall_traditional": D("91.6870"),
            "wall_modern": D("110.8452"),
            "characteristic_analysis": D("63.7"),
            "payment_behaviour": None,
        }

    def test_financial_component_is_that_of_the_guide(self) -> None:
        evaluation = evaluate()
        assert evaluation.z_model == altman.Z_PRIME
        assert {name: four(score) for name, score in evaluation.subscores.items()} == {
            "z": D("59.2410"), "cri": D("69.0203"), "bathory": D("74.3281"),
            "ohlson": D("81.4380"), "wall": D("70.8452"),
        }  # fmt: skip
        assert four(evaluation.financial.value) == D("68.7537")

    def test_composite_of_all_four_is_that_of_the_guide(self) -> None:
        evaluation = evaluate(five_c_answers=ANSWERS, behaviour_facts=ledger(), external=D(70))
        assert four(evaluation.models["payment_behaviour"].value) == D("58.6987")
        assert (four(evaluation.composite.score), evaluation.composite.grade) == (
            D("64.7234"), "BBB",
        )  # fmt: skip
        # 25 % of working assets 5,550 = 1,387.5 (10,000 CNY); × 0.80 for BBB = 1,110, down to 1,100.
        assert evaluation.suggested_limit == 11_000_000

    def test_traits_correct_the_suggested_limit(self) -> None:
        evaluation = evaluate(
            five_c_answers=ANSWERS,
            behaviour_facts=ledger(),
            external=D(70),
            characteristic_ratings=RATINGS,
        )
        # 1,387.5 × 1.1045 × 0.80 = 1,225.995, rounded down in steps of 50.
        assert evaluation.suggested_limit == 12_000_000

    def test_market_value_gives_the_form_of_listed_makers(self) -> None:
        listed = Profile(industry="C34", is_listed=True)
        evaluation = evaluate(profile=listed, market_cap=D(12_400))
        assert evaluation.z_model == altman.Z_1968
        assert four(evaluation.models[altman.Z_1968].value) == D("3.3130")

    def test_beichen_is_distressed_by_every_word(self) -> None:
        evaluation = evaluate([audited("beichen_2024")], profile=Profile(industry="F51"))
        bands = {code: r.band for code, r in evaluation.models.items() if r.value is not None}
        assert bands == {
            "altman_z_prime": "distress", "altman_z_double_prime": "distress",
            "altman_em": "distress", "bathory": "critical", "zmijewski": "distress",
            "taffler_1983": "at_risk", "springate": "fail", "credit_risk_index": "RI6",
            "fulmer_h": "fail",
        }  # fmt: skip
        assert evaluation.models["working_assets"].status is Status.NEGATIVE_NET_WORTH
        assert evaluation.suggested_limit == 0
        assert "CAP-08" in [cap.code for cap in evaluation.composite.caps]


def ledger() -> BehaviourFacts:
    """The ledger of 8.4: eight pieces, three promises, two percent disputed without reason."""
    rows = (
        (100_000, -2, (2024, 9, 28)), (80_000, 5, (2024, 11, 20)), (150_000, 15, (2025, 1, 25)),
        (50_000, 10, (2025, 3, 10)), (10_000, 30, (2025, 3, 30)), (120_000, 30, (2025, 4, 30)),
        (90_000, 45, (2025, 6, 14)), (200_000, 30, (2025, 6, 30)),
    )  # fmt: skip
    pieces = [
        Piece(D(amount), days, date(*day), is_censored=day == (2025, 6, 30))
        for amount, days, day in rows
    ]
    return BehaviourFacts(pieces, 2, 1, D("0.02"))


class TestWhatIsKnown:
    """Gaps and what they do."""

    def test_nothing_gives_no_grade_and_says_what_is_missing(self) -> None:
        evaluation = evaluate_models(as_of=AS_OF)
        assert evaluation.composite.grade is None
        assert evaluation.suggested_limit is None
        assert all(r.value is None for r in evaluation.models.values())
        assert all(r.missing and not r.status.has_value for r in evaluation.models.values())

    def test_one_year_drops_what_needs_two(self) -> None:
        models = evaluate([audited()]).models
        for code in ("ohlson_o", "piotroski_f", "wall_modern"):
            assert (models[code].value, models[code].status) == (None, Status.MISSING_INPUT)
        assert models["credit_risk_index"].missing == ("sales_growth",)

    def test_gap_of_last_year_is_named_as_such(self) -> None:
        models = evaluate([audited(), books("huaxin_2023", total_assets=None)]).models
        assert models["wall_modern"].missing == ("total_assets of the prior year",)

    def test_bank_is_outside_the_classic_models(self) -> None:
        evaluation = evaluate(profile=Profile(industry="J66"))
        excluded = {
            code
            for code, result in evaluation.models.items()
            if result.status is Status.NOT_APPLICABLE
        }
        assert excluded == {
            "altman_z_1968", "altman_z_prime", "altman_z_double_prime", "altman_em", "bathory",
            "working_assets", "taffler_1983", "springate", "fulmer_h",
        }  # fmt: skip
        assert evaluation.z_model is None

    def test_adverse_opinion_takes_the_financial_component(self) -> None:
        evaluation = evaluate(
            [audited(audit_opinion=AuditOpinion.ADVERSE), *huaxin()[1:]], five_c_answers=ANSWERS
        )
        assert evaluation.financial.value is None
        assert {"CAP-01", "CAP-06"} <= {cap.code for cap in evaluation.composite.caps}

    def test_old_statement_no_longer_counts(self) -> None:
        late = evaluate(as_of=date(2026, 7, 31))
        assert (late.age_months, late.financial.status) == (19, Status.STALE)
        assert late.models["altman_z_prime"].value is not None

    def test_old_answers_lose_points(self) -> None:
        fresh, old = (
            evaluate(five_c_answers=ANSWERS, five_c_age_months=months) for months in (12, 15)
        )
        assert (fresh.composite.score or 0) > (old.composite.score or 0)

    def test_veto_caps_grade_and_multiplier(self) -> None:
        answers = {**ANSWERS, "character": [4, 4, 1, 3, 4]}
        good = dict.fromkeys(INDICATORS, 9)
        evaluation = evaluate(five_c_answers=answers, characteristic_ratings=good)
        assert "CAP-05" in [cap.code for cap in evaluation.composite.caps]
        traits = evaluation.models["characteristic_analysis"]
        assert [r.code for r in traits.reasons] == ["MULTIPLIER_CAPPED"]

    def test_override_closes_the_limit(self) -> None:
        flags = frozenset({"insolvency_petition_accepted"})
        evaluation = evaluate(facts=RatingFacts(flags=flags))
        assert (evaluation.composite.grade, evaluation.suggested_limit) == ("D", 0)

    def test_long_overdue_item_caps_the_grade(self) -> None:
        open_item = Piece(D(500_000), 120, AS_OF, is_censored=True)
        evaluation = evaluate(behaviour_facts=BehaviourFacts([open_item]))
        assert "CAP-04" in [cap.code for cap in evaluation.composite.caps]

    def test_young_company_is_capped(self) -> None:
        young = Profile(industry="C34", founded=date(2024, 9, 1))
        assert "CAP-07" in [cap.code for cap in evaluate(profile=young).composite.caps]

    def test_wrong_rating_is_refused(self) -> None:
        with pytest.raises(InvalidRating):
            evaluate(characteristic_ratings={"margin": 12})

    def test_no_exchange_rate_takes_the_size_models_and_says_so(self) -> None:
        lira = [replace(s, currency="TRY") for s in huaxin()]
        models = evaluate(lira).models
        for code in ("ohlson_o", "fulmer_h"):
            assert models[code].status is Status.MISSING_INPUT
            assert "NO_USD_RATE" in [r.code for r in models[code].reasons]
        assert evaluate(lira, usd_rates={"TRY": D("0.03")}).models["ohlson_o"].value is not None

    def test_derived_traits_stand_behind_those_of_the_analyst(self) -> None:
        evaluation = evaluate(
            five_c_answers=ANSWERS,
            behaviour_facts=ledger(),
            requested_limit=D(10_000_000),
            characteristic_ratings={"solvency": 9, "guarantee": None},
            derives_characteristics=True,
        )
        used = evaluation.models["characteristic_analysis"].inputs_used
        assert {name: four(x) for name, x in used.items()} == {
            "guarantee": 4,  # CL1 is 2
            "payment_record": D("3.7397"),  # (58.6987 - 40) / 5
            "profitability": D("7.0845"),
            "balance_sheet": D("6.9020"),
            "solvency": 9,
            "total_capital": 6,  # 70.5 million over 10 million
        }


class TestPolicy:
    """The parameters are arguments."""

    def test_weights_of_the_financial_component(self) -> None:
        only_z = replace(DEFAULT_POLICY, financial=FinancialPolicy(weights={"z": D(100)}))
        assert four(evaluate(policy=only_z).financial.value) == D("59.2410")

    def test_price_level_of_ohlson(self) -> None:
        wrong = replace(DEFAULT_POLICY, ohlson_price_index=D("6.75"))
        difference = (evaluate().models["ohlson_o"].value or D(0)) - (
            evaluate(policy=wrong).models["ohlson_o"].value or D(0)
        )
        assert four(difference) == D("1.8743")  # 0.407 × ln 100

    def test_industry_offset_is_a_term(self) -> None:
        shifted = replace(DEFAULT_POLICY, working_assets_offset=D("0.5"))
        result = evaluate(policy=shifted).models["working_assets"]
        assert four(result.value) == D("1.5823")
        assert sum(t.contribution or 0 for t in result.terms) == result.value


def _tells(result: ScoreResult, code: str) -> bool:
    return code in [reason.code for reason in result.reasons]


class TestArrangeYears:
    """E5 and E6."""

    def test_gap_year_is_no_prior(self) -> None:
        years = arrange_years([books("huaxin_2024"), books("huaxin_2022")])
        assert (years.prior, years.before) == (None, None)

    def test_trailing_twelve_months_of_three_statements(self) -> None:
        half = {"months": 6, "period_end": date(2025, 6, 30)}
        before = {"months": 6, "period_end": date(2024, 6, 30)}
        years = arrange_years(
            [
                books("huaxin_2024", revenue=9800, **half),
                books("huaxin_2024", revenue=21500),
                books("huaxin_2024", revenue=9100, **before),
            ]
        )
        assert years.now is not None
        assert years.now.read("revenue").value == 22_200
        assert years.now.read("revenue").status is Status.OK
        assert years.prior is not None
        assert years.prior.period_end == date(2024, 6, 30)

    def test_half_year_without_comparison_is_doubled_and_trusted_less(self) -> None:
        half = audited(months=6, period_end=date(2025, 6, 30))
        evaluation = evaluate([half, audited()])
        assert evaluation.reliability == D("0.8")
        assert evaluation.statement is not None
        assert evaluation.statement.read("revenue").value == 43_000
        assert evaluation.prior is not None
        assert evaluation.prior.period_end == date(2024, 12, 31)
        assert evaluation.models["zmijewski"].status is Status.OK_WITH_GUARD
        told = {c for c, r in evaluation.models.items() if _tells(r, "FLOWS_ANNUALISED")}
        assert {"zmijewski", "bathory", "credit_risk_index", "ohlson_o"} <= told
        assert not {"working_assets", "five_c", "piotroski_f"} & told

    def test_quarter_keeps_balances_and_loses_flows(self) -> None:
        models = evaluate([audited(months=3)]).models
        assert models["zmijewski"].status is Status.INTERIM_NOT_ANNUALISED
        assert models["working_assets"].value is not None

    def test_fifteen_months_are_not_comparable(self) -> None:
        long = audited(months=15)
        models = evaluate([long, books("huaxin_2023", period_end=date(2023, 9, 30))]).models
        assert models["ohlson_o"].status is Status.NON_COMPARABLE
        assert models["altman_z_prime"].status is Status.OK_WITH_GUARD

    @pytest.mark.parametrize("change", [{"currency": "USD"}, {"is_consolidated": True}])
    def test_pair_of_two_kinds_is_not_comparable(self, change: dict[str, Any]) -> None:
        models = evaluate([audited(**change), *huaxin()[1:]]).models
        assert models["ohlson_o"].status is Status.NON_COMPARABLE
        assert models["piotroski_f"].status is Status.NON_COMPARABLE
        assert "sales_growth" in models["credit_risk_index"].missing

    def test_undated_statements_follow_each_other(self) -> None:
        undated = [replace(s, period_end=None) for s in huaxin()]
        assert evaluate(undated).models["piotroski_f"].value == 8

    def test_rescaling_leaves_counts_alone(self) -> None:
        one = rescale(Statement({"revenue": D(2), "employees": D(30)}), WAN)
        assert dict(one.items) == {"revenue": 20_000, "employees": 30}
