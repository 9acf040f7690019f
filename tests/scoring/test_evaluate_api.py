"""POST scoring/evaluate/: every model on facts that the caller sends; nothing is stored."""

import json
import statistics
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from common.models import Event, IdempotentRequest, Rate
from scoring.domain.models.model_notes import MODEL_NOTES
from scoring.domain.rating.evaluation import MODEL_CODES
from scoring.models import Rating
from scoring.words import model_terms
from scoring.words import models as words
from tests.scoring.domain.firms import VECTORS, fixtures
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db
Visit = Callable[[str], Client]
URL = "/api/v1/scoring/evaluate/"
CASES = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
MAX_P95_MS = 50


def case(name: str) -> dict[str, Any]:
    return next(row for row in CASES if row["id"] == name)


def year(number: int, **changes: Any) -> dict[str, Any]:
    items = {name: str(value) for name, value in fixtures()[f"huaxin_{number}"].items()}
    return {
        "period_end": f"{number}-12-31",
        "months": 12,
        "audit_opinion": "unqualified",
        "unit_multiplier": 10_000,
        "items": items | changes.pop("items", {}),
        **changes,
    }


def body(**changes: Any) -> dict[str, Any]:
    """Return everything there is to say of Huaxin, an unlisted manufacturer."""
    traits = case("C-01")["inputs"]["ratings"]
    names = json.loads(VECTORS.read_text(encoding="utf-8"))["reference_tables"][
        "characteristic_indicators"
    ]
    return {
        "statements": [year(2024), year(2023), year(2022)],
        "profile": {"listed": False, "industry": "C34", "sector": "manufacturing"},
        "five_c": case("5C-01")["inputs"]["answers"],
        "characteristics": dict(zip(names, traits, strict=True)),
        "weight_set": "balanced",
        "behaviour": case("PB-01")["inputs"],
        "as_of": "2025-06-30",
    } | changes


def post(client: Client, data: Any) -> Any:
    return client.post(URL, json.dumps(data), content_type="application/json")


@pytest.fixture
def analyst(visit: Visit) -> Client:
    return visit("analyst")


class TestEvaluate:
    def test_gives_every_model_its_worked_value(self, analyst: Client) -> None:
        answer = post(analyst, body())
        assert answer.status_code == 200
        models = answer.json()["models"]
        assert set(models) == set(MODEL_CODES)
        rounded = {
            code: None if m["value"] is None else str(round(Decimal(m["value"]), 4))
            for code, m in models.items()
        }
        assert rounded == {
            "five_c": "62.7500", "altman_z_1968": None, "altman_z_prime": "2.5153",
            "altman_z_double_prime": "3.9136", "altman_em": "7.1636", "bathory": "3.4328",
            "working_assets": "1.0823", "credit_risk_index": "30.9797", "ohlson_o": "-3.5798",
            "zmijewski": "-1.9246", "taffler_1983": "5.8460", "springate": "1.3158",
            "fulmer_h": "1.9107", "piotroski_f": "8.0000", "wall_traditional": "91.6870",
            "wall_modern": "110.8452", "characteristic_analysis": "63.7000",
            "payment_behaviour": "58.6987",
        }  # fmt: skip

    def test_has_the_shape_of_the_contract(self, analyst: Client) -> None:
        answer = post(analyst, body()).json()
        assert set(answer) == {"models", "composite"}
        for model in answer["models"].values():
            assert set(model) == {
                "value", "status", "band", "terms", "inputs_used", "reasons", "formula_version",
            }  # fmt: skip
            for term in model["terms"]:
                assert set(term) == {"name", "input", "weight", "contribution"}
                assert all(x is None or isinstance(x, str) for x in term.values())
        assert set(answer["composite"]) == {
            "score", "grade", "risk_class", "pd_12m", "suggested_limit", "reasons", "caps",
        }  # fmt: skip
        taffler = answer["models"]["taffler_1983"]
        assert (taffler["status"], taffler["band"]) == ("ok", "solvent")
        assert taffler["terms"][0] == {
            "name": "constant", "input": None, "weight": "3.2", "contribution": "3.2",
        }  # fmt: skip
        assert taffler["inputs_used"]["quick_assets"] == "5760"

    def test_rates_and_suggests_a_limit(self, analyst: Client) -> None:
        composite = post(analyst, body()).json()["composite"]
        # (35 × 68.7537 + 30 × 58.6987 + 20 × 62.75) / 85: no external opinion was given.
        assert round(Decimal(composite["score"]), 4) == Decimal("63.7922")
        assert composite["grade"] == "BBB"
        assert (composite["risk_class"], composite["pd_12m"]) == ("2", "0.0014")
        assert composite["caps"] == []
        # 1,387.5 × 1.1045 × 0.80 = 1,225.995 (10,000 CNY), down to a step of 50.
        assert composite["suggested_limit"] == "12000000"

    def test_nothing_is_stored(self, analyst: Client) -> None:
        counted = [Rating, Event, IdempotentRequest]
        before = [model.objects.count() for model in counted]
        assert post(analyst, body()).status_code == 200
        assert [model.objects.count() for model in counted] == before

    def test_only_models_asked_for_are_told(self, analyst: Client) -> None:
        answer = post(analyst, body(models=["springate"])).json()
        assert list(answer["models"]) == ["springate"]
        assert answer["composite"]["grade"] == "BBB"

    def test_numbers_are_as_good_as_text(self, analyst: Client) -> None:
        as_numbers = year(2024)
        as_numbers["items"] = {k: float(v) for k, v in as_numbers["items"].items()}
        rest = [year(2023), year(2022)]
        assert (
            post(analyst, body(statements=[as_numbers, *rest])).json()
            == post(analyst, body()).json()
        )

    def test_order_of_the_statements_does_not_matter(self, analyst: Client) -> None:
        mixed = body(statements=[year(2022), year(2024), year(2023)])
        assert post(analyst, mixed).json() == post(analyst, body()).json()

    def test_unit_may_differ_between_years(self, analyst: Client) -> None:
        plain = year(2023, unit_multiplier=1)
        plain["items"] = {n: str(Decimal(v) * 10_000) for n, v in plain["items"].items()}
        mixed = body(statements=[year(2024), plain, year(2022)])
        assert post(analyst, mixed).json() == post(analyst, body()).json()

    def test_stored_rate_comes_before_the_default(self, analyst: Client) -> None:
        Rate.objects.filter(kind="fx", code="USD").delete()
        default = post(analyst, body()).json()["models"]["ohlson_o"]["value"]
        Rate.objects.create(
            kind="fx", code="USD", valid_from=date(2024, 12, 1), value=Decimal("14.40")
        )
        halved = post(analyst, body()).json()["models"]["ohlson_o"]["value"]
        # 0.407 × ln 2
        assert round(Decimal(halved) - Decimal(default), 6) == Decimal("0.282111")

    def test_missing_figures_are_named_in_words(self, analyst: Client) -> None:
        lacking = year(2024, items={"total_assets": None})
        springate = post(analyst, body(statements=[lacking])).json()["models"]["springate"]
        assert (springate["value"], springate["status"]) == (None, "missing_input")
        assert springate["reasons"][0] == {
            "code": "MISSING_INPUT",
            "params": {"items": ["total_assets"]},
            "text": "Missing: Total assets.",
        }

    def test_empty_body_is_an_answer(self, analyst: Client) -> None:
        answer = post(analyst, {})
        assert answer.status_code == 200
        assert answer.json()["composite"]["grade"] is None
        assert all(m["value"] is None and m["reasons"] for m in answer.json()["models"].values())

    def test_follows_the_callers_language(self, analyst: Client) -> None:
        answer = analyst.post(
            URL,
            json.dumps(body(statements=[])),
            content_type="application/json",
            headers={"Accept-Language": "zh-hans"},
        )
        assert answer.status_code == 200

    def test_behaviour_alone_may_carry_the_day(self, analyst: Client) -> None:
        answer = post(analyst, {"behaviour": case("PB-01")["inputs"]}).json()
        value = answer["models"]["payment_behaviour"]["value"]
        assert round(Decimal(value), 4) == Decimal("58.6987")

    @pytest.mark.parametrize("years", [1, 3])
    def test_query_count_does_not_grow(self, analyst: Client, years: int) -> None:
        statements = [year(2024), year(2023), year(2022)][:years]
        with assert_query_count("api_evaluate"):
            assert post(analyst, body(statements=statements)).status_code == 200

    def test_is_fast(self, analyst: Client) -> None:
        asked = json.dumps(body())
        spent = []
        for _ in range(40):
            start = time.perf_counter()
            analyst.post(URL, asked, content_type="application/json")
            spent.append((time.perf_counter() - start) * 1000)
        assert statistics.quantiles(spent, n=20)[18] <= MAX_P95_MS


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "field", "code"),
        [
            ({"models": ["zeta"]}, "models", "UNKNOWN_MODEL"),
            (
                {"statements": [year(2024), year(2023, items={"moonlight": "1"})]},
                "statements.1.items.moonlight",
                "UNKNOWN_ITEM",
            ),
            (
                {"statements": [year(2024, items={"ebit": "1"})]},
                "statements.0.items.ebit",
                "DERIVED_ITEM_STATED",
            ),
            (
                {"statements": [year(2024, months=19)]},
                "statements.0.months",
                "MONTHS_OUT_OF_RANGE",
            ),
            (
                {"statements": [year(2024, period_end="2025-07-01")]},
                "statements.0.period_end",
                "PERIOD_IN_FUTURE",
            ),
            (
                {"five_c": {"character": [4, 4, 6, 3, 4]}},
                "five_c.character.2",
                "INVALID_ANSWER",
            ),
            (
                {"five_c": {"capital": [True, 1, 1, 1, 1]}},
                "five_c.capital.0",
                "INVALID_ANSWER",
            ),
            ({"five_c": {"capital": [1, 2]}}, "five_c.capital", "INVALID_ANSWER"),
            ({"five_c": {"charm": [1, 1, 1, 1, 1]}}, "five_c.charm", "INVALID_ANSWER"),
            ({"characteristics": {"margin": 11}}, "characteristics.margin", "INVALID_RATING"),
            ({"characteristics": {"luck": 5}}, "characteristics.luck", "INVALID_RATING"),
            ({"weight_set": "bold"}, "weight_set", "UNKNOWN_WEIGHT_SET"),
            ({"as_of": "2025-07-01"}, "behaviour.as_of", "TWO_DAYS"),
        ],
    )
    def test_what_does_not_exist_is_named(
        self, analyst: Client, changes: dict[str, Any], field: str, code: str
    ) -> None:
        answer = post(analyst, body(**changes))
        assert answer.status_code == 422
        problem = answer.json()
        assert (problem["code"], problem["errors"][0]["field"]) == (code, field)
        assert problem["detail"]
        assert problem["errors"][0]["message"] == problem["detail"]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            (
                {"statements": [year(2024, items={"revenue": "much"})]},
                "statements.0.items.revenue",
            ),
            ({"statements": [year(2024, items={"revenue": "NaN"})]}, "statements.0.items.revenue"),
            ({"statements": [year(2024, unit_multiplier=7)]}, "statements.0.unit_multiplier"),
            ({"statements": [{"items": {}}]}, "statements.0.period_end"),
            ({"statements": [year(2024)] * 13}, "statements"),
            ({"as_of": "yesterday"}, "as_of"),
            ({"behaviour": {"invoices": [{"amount": "-1"}]}}, "behaviour.invoices.0.amount"),
        ],
    )
    def test_what_cannot_be_read_is_named(
        self, analyst: Client, changes: dict[str, Any], field: str
    ) -> None:
        answer = post(analyst, body(**changes))
        assert answer.status_code == 400
        named = [error["field"] for error in answer.json()["errors"]]
        assert any(name.startswith(field) for name in named), named

    @pytest.mark.parametrize("data", [[], "x", 5, None, {"statements": "x"}, {"five_c": [1]}])
    def test_another_shape_is_refused(self, analyst: Client, data: Any) -> None:
        assert post(analyst, data).status_code in (400, 422)

    def test_huge_figures_do_not_break_it(self, analyst: Client) -> None:
        huge = dict.fromkeys(fixtures()["huaxin_2024"], "9" * 18)
        answer = post(analyst, body(statements=[year(2024, items=huge)]))
        assert answer.status_code == 200

    def test_needs_a_sign_in(self) -> None:
        assert post(Client(), body()).status_code in (401, 403)

    def test_needs_the_permission(self, visit: Visit) -> None:
        refused = [
            role
            for role in ("sales", "analyst", "manager", "finance", "collector", "auditor", "admin")
            if post(visit(role), {"models": []}).status_code == 403
        ]
        allowed = [
            role
            for role in ("sales", "analyst", "manager", "finance", "collector", "auditor", "admin")
            if visit(role).get("/api/v1/ratings/").status_code == 200
        ]
        assert not set(refused) & set(allowed)
        assert "analyst" in allowed


class TestWords:
    """Nothing a model says is left without a word."""

    def test_names_uses_and_sources_are_those_of_the_notes(self) -> None:
        assert set(words.NAMES) == set(MODEL_NOTES)
        for code, note in MODEL_NOTES.items():
            told = (str(words.NAMES[code]), str(words.USES[code]), str(words.SOURCES[code]))
            assert told == (note.name, note.use, note.source)

    def test_every_term_band_status_and_reason_is_told(self, analyst: Client) -> None:
        bodies = [body(), body(statements=[year(2024)], five_c=None), {}]
        bodies.append(body(statements=[year(2024, items={"total_equity": "-600"})]))
        for asked in bodies:
            for code, model in post(analyst, asked).json()["models"].items():
                for term in model["terms"]:
                    assert model_terms.name_term(code, term["name"]) != term["name"], term
                if model["band"]:
                    assert words.name_band(code, model["band"]) != model["band"]
                assert words.name_status(model["status"]) != model["status"]
                for reason in model["reasons"]:
                    assert reason["text"]
                    assert reason["text"] != reason["code"], reason

    def test_every_input_has_a_label(self, analyst: Client) -> None:
        for code, model in post(analyst, body()).json()["models"].items():
            if code in ("five_c", "characteristic_analysis", "payment_behaviour"):
                continue
            for name in model["inputs_used"]:
                label = words.name_missing(code, name)
                assert "_" not in label, (code, name, label)
