"""What each method of the guide says of a limit, beside the form that asks for one."""

from typing import Any

from credit_control.selectors import AccountFacts
from credit_control.views.shared import short
from scoring.selectors.limit_advice import get_limit_advice
from scoring.words import limits as words
from users.permissions import may


def build_method_advice(facts: AccountFacts, user: Any) -> dict[str, Any] | None:
    """Return the advised limit and every method's answer; nothing for who sees no statements."""
    if not may(user, "statement.view"):
        return None
    advice = get_limit_advice(
        facts.account.customer,
        as_of=facts.as_of,
        rating=facts.rating,
        term_days=facts.term.days if facts.term else None,
    )
    decision = advice.decision
    return {
        "currency": advice.currency,
        "value": short(advice.value, advice.currency) if advice.value else "",
        "is_prepayment": decision is not None and decision.is_prepayment_only,
        "binding": words.BINDING.get(decision.binding, "") if decision else "",
        "rule": words.RULES[advice.capacity.rule.value],
        "methods": [
            {
                "name": words.METHODS[one.method.code][0],
                "value": short(one.method.value, advice.currency),
                "is_used": one.is_used,
                "is_weak": one.method.is_weak,
            }
            for one in advice.methods
            if one.method.value is not None
        ],
    }
