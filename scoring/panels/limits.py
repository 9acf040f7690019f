"""The advised limit: every method in one table, what policy makes of them, and which term binds."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from common.figures import NOTHING, format_ratio, shorten, with_symbol
from common.templatetags.ui import money_short
from scoring.domain.limits.limit_methods import LimitMethod
from scoring.selectors.limit_advice import LEDGER, Advice, LimitAdvice
from scoring.texts import name_item, show_score
from scoring.words import limits as words
from scoring.words.models import name_status

HUNDRED = Decimal(100)


def build_advice(advice: LimitAdvice) -> dict[str, Any]:
    """Return everything that a page says about an advised limit."""
    currency, decision = advice.currency, advice.decision
    return {
        "currency": currency,
        "value": money_short(advice.value, currency) if advice.value else NOTHING,
        "amount": advice.value,
        "has_value": bool(advice.value),
        "is_prepayment": decision is not None and decision.is_prepayment_only,
        "binding": words.BINDING.get(decision.binding, "") if decision else "",
        "rule": words.RULES[advice.capacity.rule.value],
        "methods": [_method(one, currency) for one in advice.methods],
        "terms": _terms(advice),
        "need": _tell_need(advice),
        "notes": [
            str(words.REASONS[reason.code])
            for reason in advice.reasons
            if reason.code in words.REASONS
        ],
    }


def _method(one: Advice, currency: str) -> dict[str, Any]:
    method = one.method
    name, formula = words.METHODS[method.code]
    return {
        "code": method.code,
        "name": name,
        "formula": formula,
        "value": money_short(method.value, currency) if method.value is not None else NOTHING,
        "amount": method.value,
        "weight": show_score(one.weight, 0) if one.weight is not None else NOTHING,
        "is_used": one.is_used,
        "is_weak": method.is_weak,
        "inputs": _inputs(method, currency),
        "why_not": _why_not(method),
        "reasons": [
            str(words.REASONS[reason.code])
            for reason in method.reasons
            if reason.code in words.REASONS
        ],
    }


def _inputs(method: LimitMethod, currency: str) -> list[str]:
    if method.value is None:
        return []
    shown = []
    for name, value in method.inputs_used.items():
        if name not in words.INPUTS or value is None:
            continue
        if name in words.RATIOS:
            text = format_ratio(value, 2)
        elif name == "pct":
            text = format_ratio(value / HUNDRED, 1)
        elif name in words.NUMBERS:
            text = show_score(value, 2)
        else:
            text = show_money(value, currency)
        shown.append(f"{words.INPUTS[name]} {text}")
    return shown


def _why_not(method: LimitMethod) -> str:
    if method.value is not None and method.value > 0:
        return ""
    if method.missing:
        names = [str(words.MISSING.get(name) or name_item(name)) for name in method.missing]
        return ", ".join(names)
    return "" if method.status.has_value else name_status(method.status.value)


def _terms(advice: LimitAdvice) -> list[dict[str, Any]]:
    """List the terms of the rule: capacity × factor, need, appetite, security."""
    currency, decision = advice.currency, advice.decision

    def money(amount: Decimal | None) -> Any:
        return money_short(amount, currency) if amount is not None else NOTHING

    carried = advice.capacity.value
    times = carried * advice.factor if carried is not None else None
    binding = decision.binding if decision else ""
    rows = [
        (_("Can carry"), money(carried), ""),
        (_("× factor of the grade"), show_score(advice.factor, 2), ""),
        (_("= unsecured capacity"), money(times), "capacity"),
        (_("Needs"), money(advice.need.value), "need"),
        (_("We dare"), money(advice.appetite) if advice.appetite else _("not set"), "appetite_cap"),
        (_("Security"), money(advice.secured) if advice.secured else _("none"), ""),
    ]
    return [
        {"label": label, "value": value, "tone": "strong" if code and code == binding else ""}
        for label, value, code in rows
    ]


def _tell_need(advice: LimitAdvice) -> str:
    need, currency = advice.need, advice.currency
    if need.value is None or need.annual_sales is None:
        return _("The need is not known: nothing was billed in a year, and no sales are expected.")
    text = (
        _(
            "Need: %(sales)s billed in a year × (1 + %(vat)s) / 365 × (%(term)s + %(cycle)s days)"
            " × peak %(peak)s."
        )
        if need.source == LEDGER
        else _(
            "Need: %(sales)s expected in a year × (1 + %(vat)s) / 365 × (%(term)s + %(cycle)s days)"
            " × peak %(peak)s."
        )
    )
    return text % {
        "sales": show_money(need.annual_sales, currency),
        "vat": format_ratio(need.vat_rate, 0),
        "term": need.term_days,
        "cycle": need.cycle_days,
        "peak": show_score(need.peak_factor, 1),
    }


def show_money(amount: Decimal, currency: str) -> str:
    """Return a short amount as plain text, for the middle of a sentence."""
    return with_symbol(shorten(amount), currency)
