"""What the pages of markets show: a scored card, an admission's figures, why somebody is in or out."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.figures import NOTHING, group_digits
from scoring.domain.markets.market import next_decision
from scoring.domain.markets.scorecard import (
    CardResult,
    StepChange,
    list_fewest_steps,
    list_single_steps,
)
from scoring.domain.markets.tenant import WEIGHTS
from scoring.domain.results import Reason, Term
from scoring.models import Admission, Tenant
from scoring.services.admissions import Plan
from scoring.texts import show_score
from scoring.words.market import (
    BASES,
    DECISION_TONES,
    DECISIONS,
    VERDICT_TONES,
    VERDICTS,
    name_indicator,
    name_step,
    tell_change,
    tell_market_reason,
)

SHOWN_OUTCOMES = 200


def build_card(result: CardResult) -> dict[str, Any]:
    """Return everything that the result side of a market's page says about its card."""
    decision = str(result.decision or "")
    return {
        "score": show_points(result.value),
        "has_score": result.value is not None,
        "decision": DECISIONS.get(decision, ""),
        "tone": DECISION_TONES.get(decision, "grey"),
        "rejects": [
            {"result": "block", "text": tell_market_reason(_plain(reason))}
            for reason in result.rejects
        ],
        "missing": len(result.missing),
        "missing_text": ngettext(
            "%(n)d indicator has no step yet.",
            "%(n)d indicators have no step yet.",
            len(result.missing),
        )
        % {"n": len(result.missing)}
        if result.missing
        else "",
        "terms": [_show_term(term) for term in result.terms],
        "next": _show_next(result),
    }


def show_points(value: Decimal | None) -> str:
    """Return a score of a card: 72.5, 71.25, 60; a dash where there is none."""
    text = show_score(value, 2)
    return text.rstrip("0").rstrip(".") if "." in text else text


def find_verdict(tenant: Tenant) -> str:
    """Return the code of what became of a tenant."""
    first = tenant.reasons[0] if tenant.reasons else {}
    return str((first.get("params") or {}).get("verdict", ""))


def show_verdict(tenant: Tenant) -> dict[str, str]:
    """Return the badge of what became of a tenant."""
    verdict = find_verdict(tenant)
    return {
        "label": str(VERDICTS.get(verdict, verdict)),
        "tone": VERDICT_TONES.get(verdict, "grey"),
    }


def list_sentences(reasons: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return stored reasons as sentences, the verdict itself left to its badge."""
    return [tell_market_reason(one) for one in reasons if one.get("code") != "VERDICT"]


def build_figures(admission: Admission) -> list[dict[str, Any]]:
    """Return the four figures on top of an admission's page."""
    base = str(BASES.get(admission.base, admission.base))
    return [
        {"label": _("On the list"), "value": _count(admission.listed)},
        {
            "label": _("Places"),
            "value": _count(admission.places),
            "change": _("%(share)s of %(n)s, %(base)s")
            % {
                "share": admission.share,
                "n": _count(admission.facts.get("base_count")),
                "base": base,
            },
        },
        {"label": _("Admitted"), "value": _count(admission.admitted)},
        {
            "label": _("Least score"),
            "value": show_points(Decimal(str(admission.facts.get("minimum") or 0))),
        },
    ]


def build_plan(plan: Plan) -> dict[str, Any]:
    """Return who would be admitted, and why not, before anything is decided."""
    outcomes = [
        {
            "place": outcome.rank or NOTHING,
            "key": outcome.code,
            "name": plan.rows[outcome.code].name,
            "score": show_points(outcome.score),
            "label": VERDICTS[outcome.verdict],
            "tone": VERDICT_TONES[outcome.verdict],
            "sentences": list_sentences(plan.list_reasons(outcome)),
        }
        for outcome in plan.result.outcomes[:SHOWN_OUTCOMES]
    ]
    return {
        "outcomes": outcomes,
        "listed": len(plan.rows),
        "shown": len(outcomes),
        "places": plan.result.places,
        "admitted": len(plan.result.admitted),
        "is_weak": plan.result.is_weak_screening,
    }


def describe_card(columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the tenant card for those who fill it in: what steps 1, 3 and 5 stand for.

    `columns` maps an indicator to the Chinese name of its column.
    """
    return [
        {
            "name": name,
            "zh": columns.get(name, ""),
            "label": name_indicator(name),
            "weight": show_points(weight),
            "anchors": [(step, name_step(name, step)) for step in (1, 3, 5)],
        }
        for name, weight in WEIGHTS.items()
    ]


def show_changes(changes: Sequence[StepChange]) -> list[str]:
    """Return answers that have to rise, each in words."""
    return [
        tell_change({"name": c.name, "current": c.current, "needed": c.needed}) for c in changes
    ]


def _show_term(term: Term) -> dict[str, Any]:
    step = int(term.input) if term.input is not None else None
    return {
        "name": name_indicator(term.name),
        "step": step or NOTHING,
        "anchor": name_step(term.name, step) if step else _("no step yet"),
        "points": show_points(term.contribution),
        "most": show_points(term.weight),
        "value": term.contribution or Decimal(0),
        "weight": term.weight,
    }


def _show_next(result: CardResult) -> dict[str, Any] | None:
    """Return what the better decision takes; nothing while something rejects, or at the top."""
    better = next_decision(result)
    if better is None or result.rejects or result.value is None:
        return None
    decision, bound = better
    alone = list_single_steps(result, bound)
    changes = alone or list_fewest_steps(result, bound)
    return {
        "decision": DECISIONS[decision],
        "gap": show_points(bound - result.value),
        "bound": show_points(bound),
        "is_alone": bool(alone),
        "changes": show_changes(changes),
    }


def _plain(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "params": dict(reason.params)}


def _count(number: Any) -> str:
    return NOTHING if number is None else group_digits(Decimal(str(number)), 0)
