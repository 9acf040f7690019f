"""The models in words: names, uses, bands, statuses, terms, and why one could not be computed."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.figures import format_ratio
from scoring import texts
from scoring.domain.models.five_c_scale import INDICATORS
from scoring.domain.results import Reason, ScoreResult
from scoring.words.model_terms import TERMS, name_input, name_term

Text = str | Promise

NAMES: Mapping[str, Text] = {
    "altman_z_1968": _("Altman Z"),
    "altman_z_prime": _("Altman Z′"),
    "altman_z_double_prime": _("Altman Z″"),
    "altman_em": _("Altman EM"),
    "ohlson_o": _("Ohlson O"),
    "zmijewski": _("Zmijewski X"),
    "taffler_1983": _("Taffler z"),
    "springate": _("Springate S"),
    "fulmer_h": _("Fulmer H"),
    "piotroski_f": _("Piotroski F"),
    "bathory": _("Bathory"),
    "working_assets": _("Working-assets analysis"),
    "characteristic_analysis": _("Characteristic analysis"),
    "credit_risk_index": _("Credit risk index"),
    "five_c": _("5C assessment"),
    "wall_traditional": _("Wall score, traditional"),
    "wall_modern": _("Wall score, modern"),
    "payment_behaviour": _("Payment behaviour"),
}
USES: Mapping[str, Text] = {
    "altman_z_1968": _(
        "Listed manufacturers: distance from the bankruptcy profile within two years."
    ),
    "altman_z_prime": _(
        "Manufacturers without a listing; book equity takes the place of market value."
    ),
    "altman_z_double_prime": _("Trade, services and mixed groups; fit to compare industries."),
    "altman_em": _("Z″ shifted by 3.25 to read it like a bond rating; generous, for display only."),
    "ohlson_o": _("Probability of failure within about two years; higher is riskier."),
    "zmijewski": _("Probability of distress from profit, debt and liquidity; higher is riskier."),
    "taffler_1983": _("Listed industrials; below zero the profile is that of failed firms."),
    "springate": _(
        "A strict second opinion: it flags about a third of all firms. Information only."
    ),
    "fulmer_h": _("Small firms; sources disagree on two coefficients, so it is for display only."),
    "piotroski_f": _("Nine signs of improvement on the year before; not a measure of level."),
    "bathory": _(
        "Five balance-sheet and cash-flow ratios for any industry; low or negative is bad."
    ),
    "working_assets": _("Turns a balance sheet into a first credit limit."),
    "characteristic_analysis": _(
        "Eighteen traits, weighed by policy, that correct the working-assets limit."
    ),
    "credit_risk_index": _(
        "Ratios against the quartiles of the industry, 0 to 100; higher is riskier."
    ),
    "five_c": _("Structured judgement where figures are missing, old or unreliable."),
    "wall_traditional": _("Seven ratios against standards; 100 is the standard firm."),
    "wall_modern": _("Ten items of profit, solvency and growth, 50 to 150 points in all."),
    "payment_behaviour": _("How the customer has paid us in the last year, from our own ledger."),
}
SOURCES: Mapping[str, Text] = {
    "altman_z_1968": _("Altman (1968); Altman (2000), Revisiting the Z-Score and ZETA Models."),
    "altman_z_prime": _("Altman (1983); Altman (2000), Revisiting the Z-Score and ZETA Models."),
    "altman_z_double_prime": _(
        "Altman (1995); Altman (2000), Revisiting the Z-Score and ZETA Models."
    ),
    "altman_em": _("Altman, Hartzell and Peck (1995), Emerging Markets Corporate Bonds."),
    "ohlson_o": _("Ohlson (1980), Journal of Accounting Research 18."),
    "zmijewski": _("Zmijewski (1984), Journal of Accounting Research 22, unweighted probit."),
    "taffler_1983": _("Taffler (1983); Agarwal and Taffler (2007)."),
    "springate": _("Springate (1978), Simon Fraser University."),
    "fulmer_h": _("Fulmer and others (1984), Journal of Commercial Bank Lending."),
    "piotroski_f": _("Piotroski (2000), Journal of Accounting Research 38."),
    "bathory": _(
        "Attributed to Bathory (1984), Predicting Corporate Collapse; guards of the house."
    ),
    "working_assets": _("Chinese credit-management handbooks; published percentage table."),
    "characteristic_analysis": _(
        "Chinese credit-management handbooks; weights are house defaults."
    ),
    "credit_risk_index": _("House definition after Wall (1928) and the bureaus' RI classes."),
    "five_c": _("Textbook standard; indicators, anchors and weights are house defaults."),
    "wall_traditional": _("Wall (1928); textbook weights and standards."),
    "wall_modern": _("Chinese accounting textbooks; standards give way to the industry's own."),
    "payment_behaviour": _("D&B PAYDEX key; weights are house defaults."),
}

GOOD, WARN, BAD, NEUTRAL = "good", "warn", "bad", "neutral"
# A band's word and tone; a model whose word differs stands below under its code.
BANDS: Mapping[str, tuple[Text, str]] = {
    "safe": (_("Safe"), GOOD),
    "grey": (_("Grey zone"), WARN),
    "distress": (_("Distress"), BAD),
    "pass": (_("Pass"), GOOD),
    "watch": (_("Watch"), WARN),
    "fail": (_("Fail"), BAD),
    "solvent": (_("Solvent"), GOOD),
    "at_risk": (_("At risk"), BAD),
    "excellent": (_("Excellent"), GOOD),
    "strong": (_("Strong"), GOOD),
    "good": (_("Good"), GOOD),
    "acceptable": (_("Acceptable"), WARN),
    "fair": (_("Fair"), WARN),
    "normal": (_("Normal"), NEUTRAL),
    "poor": (_("Poor"), BAD),
    "weak": (_("Weak"), BAD),
    "critical": (_("Critical"), BAD),
    "unacceptable": (_("Unacceptable"), BAD),
    "doubtful": (_("Clear risk, avoid"), BAD),
    "tradable": (_("Tradable"), WARN),
    "attractive": (_("Low risk, attractive"), GOOD),
    "low": (_("Low risk"), GOOD),
    "limited": (_("Limited risk"), WARN),
    "high": (_("High risk"), BAD),
    "RI1": (_("RI1, lowest risk"), GOOD),
    "RI2": (_("RI2, clearly below average"), GOOD),
    "RI3": (_("RI3, below average"), GOOD),
    "RI4": (_("RI4, about average"), WARN),
    "RI5": (_("RI5, about twice the average"), BAD),
    "RI6": (_("RI6, five times the average or more"), BAD),
}
MODEL_BANDS: Mapping[tuple[str, str], tuple[Text, str]] = {
    ("characteristic_analysis", "unacceptable"): (_("Very high risk, no open account"), BAD),
    ("piotroski_f", "strong"): (_("Many signs of improvement"), GOOD),
    ("piotroski_f", "normal"): (_("Some signs of improvement"), NEUTRAL),
    ("piotroski_f", "weak"): (_("Few signs of improvement"), BAD),
}
STATUSES: Mapping[str, Text] = {
    "ok": _("Computed"),
    "ok_with_guard": _("Computed, a guard was applied"),
    "missing_input": _("Figures are missing"),
    "zero_denominator": _("A denominator is zero"),
    "negative_denominator": _("A denominator is negative"),
    "negative_net_worth": _("Net worth is zero or negative"),
    "not_applicable": _("Does not apply to this customer"),
    "stale": _("Too old"),
    "non_comparable": _("The years cannot be compared"),
    "interim_not_annualised": _("The period is too short to be annualised"),
}
REASONS: Mapping[str, Text] = {
    "MISSING_INPUT": _("Missing: %(items)s."),
    "NO_STATEMENT": _("There is no financial statement that can be used."),
    "NO_ASSESSMENT": _("There are no confirmed 5C answers."),
    "NO_PAYMENTS": _("There are no invoices paid or overdue in the last year."),
    "OUT_OF_SCOPE": _("Not meant for banks, insurers, funds and government bodies."),
    "NEGATIVE_TERM": _("%(term)s takes %(contribution)s off the score."),
    "Z_TREND_DOWN": _("The score fell from %(from)s to %(to)s within a year."),
    "X4_CAPPED_NO_LIABILITIES": _("There are no liabilities: leverage counts as %(cap)s."),
    "EBIT_FROM_NET_FINANCE_COSTS": _(
        "Interest expense is missing: EBIT was taken from net finance costs."
    ),
    "EQUITY_FROM_IDENTITY": _("Equity was taken as total assets less total liabilities."),
    "AVERAGE_OF_ONE_YEAR": _(
        "The average of %(item)s is this year's figure: last year's cannot be used."
    ),
    "DEFERRED_TAX_CHARGE_TAKEN_AS_ZERO": _(
        "The deferred tax charge counts as zero: last year's figures cannot be used."
    ),
    "RATIO_CAPPED": _("A ratio without a denominator counts as %(cap)s."),
    "TERM_GUARDED": _("%(term)s was guarded and counts as %(guarded)s."),
    "PROBABILITY": _("Probability of failure: %(p)s."),
    "OPERATING_COSTS_NOT_POSITIVE": _(
        "Operating costs are not positive, so the no-credit interval has no meaning."
    ),
    "TANGIBLE_ASSETS_NOT_POSITIVE": _("Tangible assets are not positive: they have no logarithm."),
    "NO_USD_RATE": _("There is no exchange rate from %(currency)s to US dollars."),
    "INDICATOR_DROPPED": _("%(indicator)s is not known; its weight goes to the rest."),
    "LIQUIDITY_CAPPED_NO_CURRENT_LIABILITIES": _(
        "There are no current liabilities: each liquidity ratio counts as %(cap)s."
    ),
    "NEGATIVE_NET_WORTH": _("Net worth is %(net_worth)s: there is no evaluation and no limit."),
    "WORKING_ASSETS_NOT_POSITIVE": _("Working assets are not positive: they carry no limit."),
    "STATEMENT_WEAK": _(
        "The statement is old or little trusted: the limit counts only in part and may not bind."
    ),
    "COVERAGE_TOO_LOW": _("Too few 5C questions are answered: %(coverage)s."),
    "COVERAGE_TOO_LOW_TRAITS": _("Too few traits are rated: %(coverage)s of the weight."),
    "PROVISIONAL": _(
        "Only %(coverage)s of the weight is rated: the percentage is at most %(cap)s."
    ),
    "MULTIPLIER_CAPPED": _("A veto or an override holds the multiplier %(multiplier)s at 1."),
    "PART_NOT_SCORED": _("%(part)s: too few answers, its weight goes to the rest."),
    "CAPPED_FOR_COVERAGE": _("Only %(coverage)s of the questions are answered: at most %(cap)s."),
    "TERM_DROPPED": _("%(term)s is not known; its weight goes to the rest."),
    "DETERIORATING": _("Payments have become slower by %(days)s days."),
    "LONG_OVERDUE_ITEM": _(
        "A large item is more than %(days)s days past due: the score is at most %(cap)s."
    ),
    "TOO_FEW_SUBSCORES": _("Too few models could be computed for a financial score."),
    "NOTCHED": _("Notched from %(from)s to %(to)s (%(rules)s)."),
}
# These name what is missing themselves.
_TELL_THE_GAP = frozenset(
    {"INDICATOR_DROPPED", "TERM_DROPPED", "NO_STATEMENT", "NO_ASSESSMENT", "NO_PAYMENTS"}
)


def name_model(code: str) -> str:
    """Return the name of a model."""
    return str(NAMES.get(code, code))


def name_band(model: str, band: str | None) -> str:
    """Return the word for a band of a model; a dash for none."""
    if band is None:
        return "–"
    return str(_find_band(model, band)[0])


def get_band_tone(model: str, band: str | None) -> str:
    """Return good, warn, bad or neutral."""
    return NEUTRAL if band is None else _find_band(model, band)[1]


def name_status(status: str) -> str:
    """Return the sentence for a status."""
    return str(STATUSES.get(status, status))


def list_reasons(result: ScoreResult) -> list[dict[str, Any]]:
    """List why a result is what it is, what was missing first: code, params and sentence."""
    told = [
        {"code": r.code, "params": dict(r.params), "text": tell_reason(r, result.model)}
        for r in result.reasons
    ]
    codes = {r.code for r in result.reasons}
    is_blank = not result.inputs_used and "COVERAGE_TOO_LOW_TRAITS" in codes
    if result.missing and not codes & _TELL_THE_GAP and not is_blank:
        told.insert(0, _tell_missing(result))
    return told


def _tell_missing(result: ScoreResult) -> dict[str, Any]:
    names = [name_missing(result.model, name) for name in result.missing]
    text = str(REASONS["MISSING_INPUT"]) % {"items": _join(names)}
    return {"code": "MISSING_INPUT", "params": {"items": list(result.missing)}, "text": text}


def name_missing(model: str, name: str) -> str:
    """Return the label of something a model lacked: an item, a question, a trait or a term."""
    if model == "five_c" and name in INDICATORS:
        return INDICATORS[name].label(texts.language())
    return name_term(model, name) if name in TERMS.get(model, {}) else name_input(name)


def tell_reason(reason: Reason, model: str = "") -> str:
    """Return the sentence for a reason of a model, in the active language."""
    text = REASONS.get(reason.code)
    params = dict(reason.params)
    if text is None or reason.code in texts.CAPS:
        return texts.tell_reason({"code": reason.code, "params": params})
    return str(text) % {name: _tell_param(name, value, model) for name, value in params.items()}


def _tell_param(name: str, value: Any, model: str) -> str:
    if name in ("term", "indicator") and value in TERMS.get(model, {}):
        return str(TERMS[model][value][0])
    if name == "item":
        return name_input(str(value))
    if name == "part":
        return texts.name_part(str(value))
    if name == "p":
        return format_ratio(value, 1)
    return texts.tell_param(name, value)


def _join(words: list[str]) -> str:
    # Labels may hold commas themselves.
    return ("、" if texts.language().startswith("zh") else "; ").join(words)


def _find_band(model: str, band: str) -> tuple[Text, str]:
    return MODEL_BANDS.get((model, band)) or BANDS.get(band, (band, NEUTRAL))
