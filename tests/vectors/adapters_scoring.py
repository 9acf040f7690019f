"""Scoring families: how each turns the inputs of a case into calls, and what it compares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from scoring.domain.grades import REFERENCE_DEFAULT_RATES, get_pd, grade_score
from scoring.domain.limits.limit_methods import (
    CYCLE_DAYS,
    PEAK_FACTOR,
    VAT_RATE,
    LimitMethod,
    compute_need,
    limit_by_expected_loss,
    limit_by_judgement,
    limit_by_lower_of_tnw_and_turnover,
    limit_by_lower_of_two,
    limit_by_monthly_sales,
    limit_by_references,
    limit_by_supplier_share,
)
from scoring.domain.limits.limits import (
    CapacityRule,
    compute_appetite,
    compute_capacity,
    compute_secured,
    convert_limit,
    decide_limit,
    round_limit,
)
from scoring.domain.models import altman
from scoring.domain.models.bathory import compute_bathory
from scoring.domain.models.five_c import DEFAULT_WEIGHTS, score_five_c
from scoring.domain.models.ohlson import DEFAULT_PRICE_INDEX, compute_ohlson
from scoring.domain.models.risk_index import (
    DEFAULT_MEAN_PD,
    Benchmark,
    compute_risk_index,
    get_ri_class,
)
from scoring.domain.models.wall import (
    TRADITIONAL,
    Standard,
    compute_wall_modern,
    compute_wall_traditional,
    get_per_point,
    score_item,
)
from scoring.domain.models.working_assets import compute_working_assets, look_up_percentage
from scoring.domain.rating.composite import Components, RatingFacts, rate
from scoring.domain.rating.financial import compute_financial, map_subscores
from scoring.domain.results import ScoreResult, Status
from scoring.domain.statements.derived import average, derive, derive_all
from scoring.domain.statements.identities import Severity, check_identities
from scoring.domain.statements.items import DERIVED_ITEMS
from scoring.domain.statements.periods import annualise_months, annualise_ttm, decay_component
from scoring.domain.statements.ratios import compute_dupont, compute_ratios
from scoring.domain.statements.reliability import adjust_for_reliability
from scoring.domain.statements.statements import FULL_YEAR_MONTHS, Statement

from .harness import DEFAULT_TOLERANCE, assert_matches

Adapter = Callable[[Any, dict[str, Any]], None]
ADAPTERS: dict[str, Adapter] = {}
AS_OF = date(2025, 6, 30)
# The rate and unit behind the dollar figures of the vectors: 10,000 CNY at 7.20.
USD_PER_UNIT = Decimal(10000) / Decimal("7.20")


def dec(value: Any) -> Decimal:
    """Take a JSON number as the decimal it prints."""
    return Decimal(str(value))


def decs(values: Mapping[str, Any]) -> dict[str, Decimal]:
    """Take every number of an object as a decimal; what is null is not known, so not there."""
    return {name: dec(value) for name, value in values.items() if value is not None}


def opt(inputs: Mapping[str, Any], key: str) -> Decimal | None:
    """Take a number that a case may leave out or null."""
    return None if inputs.get(key) is None else dec(inputs[key])


def adapts(family: str) -> Callable[[Callable[[Any, dict[str, Any]], Any]], Adapter]:
    """Register a function that computes what a case expects; the comparison is shared."""

    def register(compute: Callable[[Any, dict[str, Any]], Any]) -> Adapter:
        def check(case: Any, reference: dict[str, Any]) -> None:
            actual = compute(case["inputs"], reference)
            assert_matches(actual, case["expected"], dec(case.get("tol", DEFAULT_TOLERANCE)))

        ADAPTERS[family] = check
        return check

    return register


def statement(inputs: Mapping[str, Any], reference: dict[str, Any]) -> Statement:
    """Build this year's statement of a case: a fixture, or items given in the case.

    An item overridden with null is one that the statement does not give at all.
    """
    given = inputs["fixture"] if "fixture" in inputs else inputs["items"]
    items = {**_items(given, reference), **inputs.get("override", {})}
    return _build(items, inputs)


def prior(inputs: Mapping[str, Any], reference: dict[str, Any], key: str = "prev") -> Any:
    """Build an earlier year's statement of a case, if it names one or gives its items."""
    if inputs.get(key) is None:
        return None
    items = {**_items(inputs[key], reference), **inputs.get(f"{key}_override", {})}
    return _build(items, {})


def _items(given: Any, reference: dict[str, Any]) -> Mapping[str, Any]:
    items: Mapping[str, Any] = reference["fixtures"][given] if isinstance(given, str) else given
    return items


def _build(items: Mapping[str, Any], inputs: Mapping[str, Any]) -> Statement:
    return Statement(
        decs(items),
        months=inputs.get("months", FULL_YEAR_MONTHS),
        is_complete=inputs.get("complete", True),
        is_condensed=not DERIVED_ITEMS.keys().isdisjoint(items),
        is_non_comparable=bool(inputs.get("non_comparable", False)),
    )


def terms(result: ScoreResult) -> dict[str, Decimal | None]:
    """Map the terms of a result to their inputs."""
    return {term.name: term.input for term in result.terms}


@adapts("derived_items")
def _derived_items(inputs: Any, reference: dict[str, Any]) -> Any:
    amounts = derive_all(statement(inputs, reference), prior(inputs, reference))
    return {name: amount.value for name, amount in amounts.items()}


@adapts("identity_checks")
def _identity_checks(inputs: Any, reference: dict[str, Any]) -> Any:
    findings = check_identities(statement(inputs, reference), prior(inputs, reference))
    # An identity of several parts (BS-09, CF-01 …) fails once, whichever of them do not hold.
    failed = list(dict.fromkeys(f.code for f in findings if f.severity is Severity.ERROR))
    warned = {f.code for f in findings} - set(failed)
    return {
        "errors": len(failed),
        "warnings": len(warned),
        "failed": failed,
        "warned": [code for code in dict.fromkeys(f.code for f in findings) if code in warned],
    }


@adapts("annualise_ttm")
def _annualise_ttm(inputs: Any, reference: dict[str, Any]) -> Any:
    return {"ttm": annualise_ttm(**decs(inputs)), "status": "ok"}


@adapts("annualise_months")
def _annualise_months(inputs: Any, reference: dict[str, Any]) -> Any:
    result = annualise_months(dec(inputs["value"]), inputs["months"])
    return {
        "annualised": result.value,
        "status": result.status.value,
        "reliability_multiplier": result.reliability_multiplier,
        "non_comparable": result.is_non_comparable,
    }


@adapts("five_c")
def _five_c(inputs: Any, reference: dict[str, Any]) -> Any:
    answers = {
        part: [None if step == "UNK" else step for step in steps]
        for part, steps in inputs["answers"].items()
    }
    weights = {**DEFAULT_WEIGHTS, **decs(inputs.get("weights", {}))}
    result = score_five_c(answers, weights=weights, unsupported=inputs.get("unsupported", ()))
    return {
        "score": result.value,
        "parts": result.parts,
        "answered": result.answered,
        "coverage": result.coverage,
        "status": result.status.value,
        "band": result.band,
    }


def _altman(code: str) -> Callable[[Any, dict[str, Any]], Any]:
    def compute(inputs: Any, reference: dict[str, Any]) -> Any:
        x5 = opt(inputs, "x5_coefficient") or altman.ORIGINAL_X5
        if "x1" in inputs:
            ratios = {x: dec(inputs[x]) for x in altman.FORMS[code].coefficients}
            result = altman.score_ratios(code, ratios, x5_coefficient=x5)
        else:
            result = altman.compute_altman(
                code,
                statement(inputs, reference),
                market_cap=opt(inputs, "market_cap"),
                x5_coefficient=x5,
            )
        actual = {
            **terms(result),
            "score": result.value,
            "band": result.band,
            "status": result.status.value,
        }
        if code == altman.EM and result.value is not None:
            actual["rating_equivalent"] = altman.get_rating_equivalent(result.value)
        return actual

    return compute


for _code in altman.FORMS:
    adapts(_code)(_altman(_code))


@adapts("bathory")
def _bathory(inputs: Any, reference: dict[str, Any]) -> Any:
    result = compute_bathory(
        statement(inputs, reference),
        prior(inputs, reference),
        variant=inputs.get("x1_variant", "gcf"),
        deferred_tax_charge=opt(inputs, "deferred_tax_charge"),
    )
    return {
        **terms(result),
        "x2_raw": result.x2_raw,
        "literature": result.literature,
        "guarded": result.value,
        "band": result.band,
        "status": result.status.value,
    }


@adapts("working_assets")
def _working_assets(inputs: Any, reference: dict[str, Any]) -> Any:
    result = compute_working_assets(statement(inputs, reference))
    return {
        **result.ratios,
        "working_assets": result.working_assets,
        "status": result.status.value,
        "evaluation": result.value,
        "pct": result.percentage,
        "risk": result.risk,
        "limit": result.limit,
        "naive_evaluation": result.naive_evaluation,
    }


@adapts("working_assets_table")
def _working_assets_table(inputs: Any, reference: dict[str, Any]) -> Any:
    percentage, risk = look_up_percentage(dec(inputs["evaluation"]))
    return {"pct": percentage, "risk": risk}


@adapts("credit_risk_index")
def _credit_risk_index(inputs: Any, reference: dict[str, Any]) -> Any:
    rows = reference["reference_tables"][f"cri_{inputs['industry_table']}"]
    result = compute_risk_index(
        statement(inputs, reference),
        prior(inputs, reference),
        table=tuple(
            Benchmark(
                row["indicator"],
                row["direction"],
                dec(row["weight"]),
                dec(row["worse_quartile"]),
                dec(row["median"]),
                dec(row["better_quartile"]),
            )
            for row in rows
        ),
        mean_pd=opt(inputs, "mean_pd") or DEFAULT_MEAN_PD,
    )
    return {
        "cri": result.value,
        "coverage": result.coverage,
        "pd": result.pd,
        "ri_class": result.ri_class,
        "indicator_scores": result.indicator_scores,
        "strength": None if result.value is None else Decimal(100) - result.value,
        "status": result.status.value,
    }


@adapts("ri_class")
def _ri_class(inputs: Any, reference: dict[str, Any]) -> Any:
    mean = dec(inputs["mean_pd"])
    return {"ri_class": [get_ri_class(dec(pd), mean) for pd in inputs["pd"]]}


@adapts("ohlson_o")
def _ohlson(inputs: Any, reference: dict[str, Any]) -> Any:
    before = prior(inputs, reference)
    profit = opt(inputs, "net_profit_prev")
    if profit is None and before is not None:
        profit = before.read("net_profit").value
    result = compute_ohlson(
        statement(inputs, reference),
        total_assets_usd=opt(inputs, "total_assets_usd"),
        prior_net_profit=profit,
        price_index=opt(inputs, "price_index") or DEFAULT_PRICE_INDEX,
    )
    return {
        **terms(result),
        "score": result.value,
        "p": result.probability,
        "band": result.band,
        "status": result.status.value,
    }


@adapts("ratio_library")
def _ratio_library(inputs: Any, reference: dict[str, Any]) -> Any:
    amounts = compute_ratios(statement(inputs, reference), prior(inputs, reference))
    return {name: amount.value for name, amount in amounts.items()}


@adapts("dupont")
def _dupont(inputs: Any, reference: dict[str, Any]) -> Any:
    amounts = compute_dupont(statement(inputs, reference), prior(inputs, reference))
    return {name: amount.value for name, amount in amounts.items()}


@adapts("wall_traditional")
def _wall_traditional(inputs: Any, reference: dict[str, Any]) -> Any:
    result = compute_wall_traditional(statement(inputs, reference))
    # The scores add up to the plain total: weight × actual ÷ standard, before any cap.
    scores = {
        name: None if ratio is None else weight * ratio / standard
        for name, (weight, standard) in TRADITIONAL.items()
        for ratio in [result.inputs_used[name]]
    }
    return {
        "scores": scores,
        "scores_capped": {term.name: term.contribution for term in result.terms},
        "total": result.uncapped,
        "total_capped": result.value,
        "status": result.status.value,
    }


@adapts("wall_modern")
def _wall_modern(inputs: Any, reference: dict[str, Any]) -> Any:
    rows = reference["reference_tables"][f"wall_modern_{inputs['standard_table']}"]
    result = compute_wall_modern(
        statement(inputs, reference),
        prior(inputs, reference),
        standards=tuple(_standard(row) for row in rows),
    )
    scores = {term.name: term.contribution for term in result.terms}
    return {"scores": scores, "total": result.value, "status": result.status.value}


@adapts("wall_modern_item")
def _wall_modern_item(inputs: Any, reference: dict[str, Any]) -> Any:
    row = _standard(inputs)
    score = score_item(row, dec(inputs["actual"]))
    return {"points_per_score": get_per_point(row), "score": score}


def _standard(row: Mapping[str, Any]) -> Standard:
    numbers = (dec(row[key]) for key in ("score", "standard", "best", "max", "min"))
    return Standard(row.get("indicator", "item"), *numbers)


@adapts("financial_component")
def _financial_component(inputs: Any, reference: dict[str, Any]) -> Any:
    now, before = statement(inputs, reference), prior(inputs, reference)
    code = {
        "private_manufacturing": altman.Z_PRIME,
        "listed_manufacturing": altman.Z_1968,
    }.get(inputs["model_route"], altman.Z_DOUBLE_PRIME)
    subscores = map_subscores(
        z=altman.compute_altman(code, now, market_cap=opt(inputs, "market_cap")),
        risk_index=compute_risk_index(
            now, before, mean_pd=opt(inputs, "mean_pd") or DEFAULT_MEAN_PD
        ),
        bathory=compute_bathory(now, before),
        ohlson=compute_ohlson(
            now,
            total_assets_usd=opt(inputs, "total_assets_usd")
            or now.items["total_assets"] * USD_PER_UNIT,
            prior_net_profit=None if before is None else before.read("net_profit").value,
            price_index=opt(inputs, "price_index") or DEFAULT_PRICE_INDEX,
        ),
        wall_modern=compute_wall_modern(now, before),
    )
    reliability = opt(inputs, "reliability")
    component = compute_financial(
        subscores, reliability=Decimal(1) if reliability is None else reliability
    )
    return {"score": component.value, "parts": subscores}


@adapts("composite_rating")
def _composite_rating(inputs: Any, reference: dict[str, Any]) -> Any:
    names = ("financial", "behaviour", "qualitative", "external")
    scores = {n: None if inputs.get(n) is None else dec(inputs[n]) for n in names}
    facts = RatingFacts(flags=frozenset(inputs.get("flags") or ()))
    rating = rate(Components(**scores), facts, as_of=AS_OF)
    return {
        "score": rating.score,
        "grade": rating.grade,
        "grade_before_caps": rating.grade_before_caps,
        "cap": rating.binding,
        "override": rating.binding,
    }


@adapts("grade_pd")
def _grade_pd(inputs: Any, reference: dict[str, Any]) -> Any:
    return {"pd": [get_pd(grade) for grade in inputs["grades"]]}


@adapts("grade_mapping")
def _grade_mapping(inputs: Any, reference: dict[str, Any]) -> Any:
    return {"grades": [grade_score(dec(score)) for score in inputs["scores"]]}


@adapts("staleness")
def _staleness(inputs: Any, reference: dict[str, Any]) -> Any:
    score = dec(inputs["financial_component"])
    return {"component": [decay_component(score, age) for age in inputs["statement_age_months"]]}


@adapts("reliability_adjustment")
def _reliability_adjustment(inputs: Any, reference: dict[str, Any]) -> Any:
    factor = dec(inputs["reliability"])
    return {"component": [adjust_for_reliability(dec(x), factor) for x in inputs["financial_raw"]]}


@adapts("reference_default_rates")
def _reference_default_rates(inputs: Any, reference: dict[str, Any]) -> Any:
    one_year, five_year = REFERENCE_DEFAULT_RATES[inputs["rating"]]
    return {"one_year_pct": one_year, "five_year_pct": five_year}


@adapts("limit_tnw_turnover")
def _limit_tnw_turnover(inputs: Any, reference: dict[str, Any]) -> Any:
    method = limit_by_lower_of_tnw_and_turnover(**decs(inputs))
    return {**method.inputs_used, "limit": method.value}


@adapts("limit_percent_of_net_worth")
def _limit_percent_of_net_worth(inputs: Any, reference: dict[str, Any]) -> Any:
    method = limit_by_judgement(
        dec(inputs["tangible_net_worth"]),
        [dec(inputs["percent"])],
        existing_credit=dec(inputs["existing_credit"]),
    )
    return {
        "limit_exact": method.value,
        "limit_book": method.inputs_used["book"],
        "additional_book": method.inputs_used["additional"],
    }


@adapts("limit_lower_of_10nw_20wc")
def _limit_lower_of_two(inputs: Any, reference: dict[str, Any]) -> Any:
    books = statement(inputs, reference)
    net_worth, capital = derive("net_worth", books), derive("working_capital", books)
    method = limit_by_lower_of_two(net_worth, capital)
    parts = method.inputs_used
    return {
        "by_net_worth": (parts["net_worth"] or 0) * Decimal("0.10"),
        "by_working_capital": (parts["working_capital"] or 0) * Decimal("0.20"),
        "limit": method.value,
    }


@adapts("limit_need")
def _limit_need(inputs: Any, reference: dict[str, Any]) -> Any:
    need = compute_need(
        dec(inputs["annual_sales_ex_tax"]),
        term_days=inputs["term_days"],
        cycle_days=inputs.get("cycle_days", CYCLE_DAYS),
        vat_rate=dec(inputs.get("vat_rate", VAT_RATE)),
        peak_factor=dec(inputs.get("peak_factor", PEAK_FACTOR)),
    )
    return {"need": need}


@adapts("limit_supplier_share")
def _limit_supplier_share(inputs: Any, reference: dict[str, Any]) -> Any:
    now, before = statement(inputs, reference), prior(inputs, reference)
    method = limit_by_supplier_share(now, before, dec(inputs["own_annual_sales"]))
    if method.value is not None:
        assert method.inputs_used["trade_payables"] == average("trade_payables", now, before).value
    return {**method.inputs_used, "limit": method.value, "status": method.status.value}


@adapts("limit_policy")
def _limit_policy(inputs: Any, reference: dict[str, Any]) -> Any:
    methods = [
        LimitMethod(
            code,
            None if value is None else dec(value),
            Status.MISSING_INPUT if value is None else Status.OK,
            is_weak=code in inputs.get("weak", ()),
        )
        for code, value in inputs["methods"].items()
    ]
    capacity = {
        rule.value: compute_capacity(methods, rule, weights=decs(inputs["weights"])).value
        for rule in CapacityRule
    }
    final = {
        f"capacity_{rule}_final": decide_limit(
            value or Decimal(0),
            need=dec(inputs["need"]),
            appetite_cap=dec(inputs["appetite_cap"]),
        ).total
        for rule, value in capacity.items()
    }
    return {**capacity, **final}


@adapts("limit_monthly_sales_term")
def _limit_monthly_sales_term(inputs: Any, reference: dict[str, Any]) -> Any:
    factors = dict(zip(inputs["grades"], map(dec, inputs["factor"]), strict=True))
    sales, months = dec(inputs["monthly_sales"]), dec(inputs["term_months"])
    grades = inputs["grades"]
    return {
        "limit": [limit_by_monthly_sales(sales, months, g, factors=factors).value for g in grades]
    }


@adapts("limit_expected_loss")
def _limit_expected_loss(inputs: Any, reference: dict[str, Any]) -> Any:
    budget, pd, lgd = (dec(inputs[key]) for key in ("el_budget", "pd", "lgd"))
    return {"limit": limit_by_expected_loss(budget, pd, lgd).value}


@adapts("limit_rounding")
def _limit_rounding(inputs: Any, reference: dict[str, Any]) -> Any:
    return {"rounded": [round_limit(dec(value)) for value in inputs["values"]]}


@adapts("limit_final")
def _limit_final(inputs: Any, reference: dict[str, Any]) -> Any:
    decision = decide_limit(**decs(inputs))
    return {
        "unrounded": decision.unsecured,
        "final": decision.total,
        "binding": decision.binding,
    }


@adapts("limit_trade_references")
def _limit_trade_references(inputs: Any, reference: dict[str, Any]) -> Any:
    return {"median": limit_by_references([dec(value) for value in inputs["references"]]).value}


@adapts("limit_currency")
def _limit_currency(inputs: Any, reference: dict[str, Any]) -> Any:
    exact = convert_limit(
        dec(inputs["limit_cny_wan"]), dec(inputs["rate"]), fx_buffer=dec(inputs["fx_buffer"])
    )
    return {"usd_wan_exact": exact, "usd_wan_rounded": round_limit(exact)}


@adapts("limit_with_security")
def _limit_with_security(inputs: Any, reference: dict[str, Any]) -> Any:
    secured = compute_secured(
        [(dec(s["value"]), dec(s["haircut_factor"])) for s in inputs["security"].values()]
    )
    decision = decide_limit(dec(inputs["unsecured"]), need=dec(inputs["need"]), secured=secured)
    return {
        "secured": decision.secured,
        "total_exact": decision.total_exact,
        "total": decision.total,
        "binding": decision.binding,
    }


@adapts("limit_appetite")
def _limit_appetite(inputs: Any, reference: dict[str, Any]) -> Any:
    equity, receivables = dec(inputs["own_equity"]), dec(inputs["own_receivables"])
    authority = dec(inputs["approver_authority"])
    return {
        "by_equity": compute_appetite(equity, None, None),
        "by_receivables": compute_appetite(None, receivables, None),
        "cap": compute_appetite(equity, receivables, authority),
    }
