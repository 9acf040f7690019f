"""The rating policy in words: sections, tables, rows and columns, choices, and what is wrong."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.figures import round_places
from scoring.domain.rating.policy_rules import Problem
from scoring.texts import COMPONENTS, name_part
from scoring.words.behaviour import TERMS as BEHAVIOUR_TERMS
from scoring.words.characteristics import TRAITS
from scoring.words.limits import METHODS
from scoring.words.model_terms import describe_term, name_term
from scoring.words.models import name_model

Text = str | Promise

STATES: Mapping[str, tuple[Text, str]] = {
    "DRAFT": (gettext_lazy("Draft"), "warn"),
    "WAITING": (gettext_lazy("Released, waits for its day"), "info"),
    "IN_FORCE": (gettext_lazy("In force"), "good"),
    "ENDED": (gettext_lazy("Ended"), "grey"),
    "WITHDRAWN": (gettext_lazy("Withdrawn"), "grey"),
}
SECTIONS: Mapping[str, tuple[Text, Text]] = {
    "components": (
        gettext_lazy("Components of the score"),
        gettext_lazy("What is missing is left out, and the others weigh more."),
    ),
    "financial_models": (
        gettext_lazy("Models of the financial component"),
        gettext_lazy("A model without a value is left out, and the others weigh more."),
    ),
    "curves": (
        gettext_lazy("From a model's value to points"),
        gettext_lazy(
            "Straight lines between the points; flat outside. Clear both to drop a point."
        ),
    ),
    "five_c": (
        gettext_lazy("5C assessment"),
        gettext_lazy("What each of the five C weighs."),
    ),
    "behaviour": (
        gettext_lazy("Payment behaviour"),
        gettext_lazy("What is not known yet is left out, and the others weigh more."),
    ),
    "risk_index": (
        gettext_lazy("Credit risk index: benchmarks"),
        gettext_lazy("Quartiles of the peers; the worse one gives 25 points, the better one 75."),
    ),
    "wall_modern": (
        gettext_lazy("Wall score, modern: standards"),
        gettext_lazy("Ratios in percent; points at the standard, the most and the least."),
    ),
    "other_models": (
        gettext_lazy("Other parameters of models"),
        gettext_lazy("Variants that the literature leaves open, and the level of prices."),
    ),
    "characteristics": (
        gettext_lazy("Characteristic analysis"),
        gettext_lazy("What each of the 18 traits weighs, by set."),
    ),
    "limit": (
        gettext_lazy("Suggested limit"),
        gettext_lazy("Which methods count, how they become one, and the bounds of the house."),
    ),
    "pd": (
        gettext_lazy("Probability of default"),
        gettext_lazy("A factor on the PD of every grade."),
    ),
}
COLUMNS: Mapping[str, Text] = {
    "weight": gettext_lazy("Weight"),
    "value": gettext_lazy("Value"),
    "x": gettext_lazy("Model's value"),
    "points": gettext_lazy("Points"),
    "worse": gettext_lazy("Worse quartile"),
    "median": gettext_lazy("Median"),
    "better": gettext_lazy("Better quartile"),
    "score": gettext_lazy("Weight"),
    "standard": gettext_lazy("Standard, %"),
    "best": gettext_lazy("Best of the industry, %"),
    "maximum": gettext_lazy("Most points"),
    "minimum": gettext_lazy("Least points"),
    "year": gettext_lazy("Year"),
    "level": gettext_lazy("Level of prices"),
    "balanced": gettext_lazy("Balanced"),
    "sales": gettext_lazy("Sales"),
    "prudent": gettext_lazy("Prudent"),
}
FIRST_COLUMNS: Mapping[str, Text] = {
    "components": gettext_lazy("Component"),
    "financial_models": gettext_lazy("Model"),
    "five_c": gettext_lazy("Part"),
    "behaviour.weights": gettext_lazy("Term"),
    "risk_index.indicators": gettext_lazy("Indicator"),
    "wall_modern": gettext_lazy("Item"),
    "characteristics.weight_sets": gettext_lazy("Trait"),
    "limit.weights": gettext_lazy("Method"),
}
FIGURES: Mapping[str, tuple[Text, Text]] = {
    "min_weight": (
        gettext_lazy("Least weight that must be there"),
        gettext_lazy("With fewer points of weight there is no financial score."),
    ),
    "behaviour.prior.n": (
        gettext_lazy("Payments of the prior"),
        gettext_lazy("So many payments count as if they had earned the prior's points."),
    ),
    "behaviour.prior.mean": (gettext_lazy("Points of the prior"), ""),
    "behaviour.grace_days": (
        gettext_lazy("Days of grace"),
        gettext_lazy("So many days late still count as on time."),
    ),
    "risk_index.mean_pd": (
        gettext_lazy("Average default rate"),
        gettext_lazy("Between 0 and 1; the classes RI1 to RI6 are multiples of it."),
    ),
    "altman.x5_coefficient": (
        gettext_lazy("Coefficient of X5 in Altman Z"),
        gettext_lazy("0.999 as printed; many sources round it to 1."),
    ),
    "working_assets.offset": (
        gettext_lazy("Offset of the working-assets analysis"),
        gettext_lazy("Shifts its evaluation for the industry."),
    ),
    "bathory.variant": (gettext_lazy("Cash earnings of Bathory"), ""),
    "characteristics.weight_set": (gettext_lazy("Set that the house goes by"), ""),
    "characteristics.multiplier": (gettext_lazy("From percentage to multiplier"), ""),
    "limit.rule": (gettext_lazy("How several methods become one"), ""),
    "limit.tnw_share": (
        gettext_lazy("Share of tangible net worth"),
        gettext_lazy("Between 0 and 1."),
    ),
    "limit.turnover_share": (
        gettext_lazy("Share of a year's revenue"),
        gettext_lazy("Between 0 and 1."),
    ),
    "limit.own_equity": (
        gettext_lazy("Our own equity, CNY"),
        gettext_lazy("Blank: no bound is taken from it."),
    ),
    "limit.own_receivables": (
        gettext_lazy("Our receivables, CNY"),
        gettext_lazy("Blank: no bound is taken from them."),
    ),
    "limit.approver_authority": (
        gettext_lazy("Authority of the approver, CNY"),
        gettext_lazy("Blank: no bound is taken from it."),
    ),
    "limit.expected_loss_budget": (
        gettext_lazy("Loss that one customer may cost in a year, CNY"),
        "",
    ),
    "limit.lgd": (
        gettext_lazy("Loss given default"),
        gettext_lazy("The share of a debt that is lost in a default, 0 to 1."),
    ),
    "limit.small_limit": (gettext_lazy("Small limit, CNY"), ""),
    "pd.k": (
        gettext_lazy("Factor k"),
        gettext_lazy("1 is the table of grades as it stands; 1.2 makes every PD a fifth higher."),
    ),
}
CHOICES: Mapping[str, Text] = {
    "gcf": gettext_lazy("gross cash flow"),
    "ebitda": gettext_lazy("EBITDA"),
    "continuous": gettext_lazy("continuous"),
    "step": gettext_lazy("in steps, as the literature"),
    "by_grade": gettext_lazy("by grade: lowest for weak grades, else weighted"),
    "lowest": gettext_lazy("the lowest"),
    "weighted": gettext_lazy("the weighted mean"),
    "median": gettext_lazy("the median"),
    "highest": gettext_lazy("the highest"),
    "balanced": gettext_lazy("Balanced"),
    "sales": gettext_lazy("Sales"),
    "prudent": gettext_lazy("Prudent"),
}
SUBMODELS: Mapping[str, str] = {
    "cri": "credit_risk_index",
    "bathory": "bathory",
    "ohlson": "ohlson_o",
    "wall": "wall_modern",
}


def name_section(code: str) -> str:
    """Return the title of a section."""
    return str(SECTIONS[code][0])


def name_table(code: str) -> str:
    """Return the title of a table within its section; empty where the section says it."""
    if code.startswith("curves."):
        return name_submodel(code.removeprefix("curves."))
    if code == "ohlson.price_index":
        return _("Level of prices for the size in Ohlson O, 1968 = 100")
    if code == "limit.weights":
        return _("Methods that count")
    return ""


def name_submodel(code: str) -> str:
    """Return the name of a model by its short code among the sub-scores, or by its own."""
    if code == "z":
        return _("Altman Z, by listing and industry")
    return str(name_model(SUBMODELS.get(code, code)))


def name_column(code: str) -> str:
    """Return the head of a column; a set of weights that has no words keeps its code."""
    return str(COLUMNS.get(code, code))


def name_row(table: str, code: str) -> tuple[str, str]:
    """Return the label of a row and a line beneath it, which may be empty."""
    if table == "components":
        return str(COMPONENTS.get(code, code)), ""
    if table == "financial_models":
        return name_submodel(code), ""
    if table == "five_c":
        return name_part(code), ""
    if table == "behaviour.weights":
        return str(BEHAVIOUR_TERMS.get(code, code)), ""
    if table == "risk_index.indicators":
        return _tell_term("credit_risk_index", code)
    if table == "wall_modern":
        return _tell_term("wall_modern", code)
    if table == "characteristics.weight_sets":
        label, hint = TRAITS.get(code, (code, ""))
        return str(label), str(hint)
    if table == "limit.weights":
        return str(METHODS[code][0]) if code in METHODS else code, ""
    label, hint = FIGURES.get(code, (code, ""))
    return str(label), str(hint)


def name_choice(code: Any) -> str:
    """Return a choice in words."""
    return str(CHOICES.get(str(code), code))


def tell_problem(problem: Problem) -> str:
    """Return what is wrong and what mends it, in one or two sentences."""
    params = {name: _show(value) for name, value in problem.params.items()}
    if problem.reason == "NOT_100":
        return _("The weights add up to %(total)s: change them until they add up to 100.") % params
    if problem.reason == "OUT_OF_RANGE":
        return _("Enter a figure from %(low)s to %(high)s.") % params
    if problem.reason == "NOT_A_NUMBER":
        return _("Enter a number.")
    if problem.reason == "MISSING":
        return _("Enter at least one figure.")
    if problem.reason == "TOO_FEW":
        return _("A curve needs at least two points: add one.")
    if problem.way_out == "SORT_KNOTS":
        return _("The values must rise from row to row: sort the points.")
    if problem.reason == "NOT_FALLING":
        return _("Points must not rise here, for more is riskier: lower the later ones.")
    if problem.path.startswith("curves."):
        return _("Points must not fall here, for more is better: raise the later ones.")
    if problem.path.startswith("wall_modern"):
        return _("Least points, weight and most points must rise, and so must standard and best.")
    if problem.way_out == "ORDER_VALUES":
        return _("Worse quartile, median and better quartile must follow each other in order.")
    if problem.reason == "UNKNOWN_NAME":
        return _("This is not known here. Choose one of: %(known)s.") % params
    return problem.reason


def _tell_term(model: str, term: str) -> tuple[str, str]:
    return name_term(model, term), describe_term(model, term)


def _show(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{round_places(value, 4).normalize():f}"
    return str(value)
