"""Codes and parameters into sentences, in the reader's language, at the moment they are shown.

What is stored beside a decision holds no words: the same row reads in English to one person and in
Chinese to another, years later too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import figures
from common.badges import find_badge

Stored = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A verdict as a page shows it: `result` is ok, warn or block; `note` a second, small line."""

    code: str
    result: str
    text: str
    note: str = ""


_RESULTS = {"PASS": "ok", "WARN": "warn", "BLOCK": "block"}
_ORDER = {"block": 0, "warn": 1, "ok": 2}


def money(amount: Any, currency: str) -> str:
    """Return an amount in full with its sign; zero is 0, for a sentence cannot say a dash."""
    number = figures.to_decimal(amount) or Decimal(0)
    text = figures.group_digits(number, figures.minor_units(currency))
    return figures.with_symbol(text.removesuffix(".00"), currency)


def _day(text: Any) -> str:
    return figures.format_day(date.fromisoformat(str(text))) if text else figures.NOTHING


def _days(count: Any) -> str:
    number = int(count)
    return ngettext("%(n)d day", "%(n)d days", number) % {"n": number}


# --- rules of the order check -------------------------------------------------------------------


def rule_title(code: str) -> str:
    """Return the name of a rule."""
    titles = {
        "TECHNICAL": _("Facts"),
        "R01": _("Customer's state"),
        "R02": _("Limit is valid"),
        "R03": _("Total limit"),
        "R04": _("Limit within the horizon"),
        "R05": _("Unsecured limit"),
        "R06": _("Group limit"),
        "R07": _("Largest order"),
        "R08": _("Oldest overdue item"),
        "R09": _("Share overdue"),
        "R10": _("Overdue and use"),
        "R11": _("Dunning level"),
        "R12": _("Payment term"),
        "R13": _("Review date"),
        "R14": _("Rating"),
        "R15": _("Credit insurance"),
        "R16": _("Warning signals"),
        "R17": _("Broken promises"),
        "R18": _("Age of the rates"),
        "R19": _("Documents"),
        "R20": _("Concentration"),
        "R21": _("Dormancy"),
        "R22": _("Statutory terms"),
    }
    return titles.get(code, code)


def _ceiling(rule: Stored, currency: str) -> str:
    words = {"value": money(rule["value"], currency), "limit": money(rule["threshold"], currency)}
    excess = Decimal(rule.get("excess") or 0)
    if excess > 0:
        return _("%(value)s with this order, %(excess)s above %(limit)s.") % (
            words | {"excess": money(excess, currency)}
        )
    return _("%(value)s with this order, within %(limit)s.") % words


def _technical(rule: Stored, currency: str) -> str:
    causes = [part.strip() for part in rule["value"].split(",")]
    if "LOCK" in causes:
        return _("The account was busy for more than 5 seconds. Nothing was reserved; check again.")
    codes = ", ".join(cause.removeprefix("RATE ") for cause in causes)
    return _("There is no exchange rate for %(codes)s. Enter one and check again.") % {
        "codes": codes
    }


def _limit_validity(rule: Stored, currency: str) -> str:
    if rule["value"] == "NO_LIMIT":
        return _("This customer has no credit limit.")
    if rule["value"] == "OPEN_ENDED":
        return _("The limit has no end.")
    day = _day(rule["params"].get("valid_through"))
    if rule["result"] == "PASS":
        return _("The limit is valid through %(day)s.") % {"day": day}
    return _("The limit ended on %(day)s.") % {"day": day}


def _oldest(rule: Stored, currency: str) -> str:
    words = {
        "item": rule["params"].get("item", ""),
        "days": _days(rule["value"]),
        "most": _days(rule["threshold"]),
    }
    if not words["item"]:
        return _("Nothing is overdue; up to %(most)s would pass.") % words
    if rule["result"] == "PASS":
        return _("%(item)s is overdue by %(days)s, within %(most)s.") % words
    return _("%(item)s is overdue by %(days)s, more than %(most)s.") % words


def _share(rule: Stored, currency: str) -> str:
    return _(
        "%(amount)s, that is %(share)s%% of receivables, is overdue by more than %(days)s; "
        "at most %(most)s%% passes."
    ) % {
        "amount": money(rule["params"].get("amount"), currency),
        "share": rule["value"],
        "days": _days(rule["params"].get("days", 0)),
        "most": rule["threshold"],
    }


def _overdue_and_use(rule: Stored, currency: str) -> str:
    overdue, _bar, used = rule["value"].partition("|")
    amount, _bar, share = rule["threshold"].partition("|")
    words = {
        "overdue": money(overdue, currency),
        "used": used,
        "amount": money(amount, currency),
        "share": share,
    }
    if rule["result"] == "PASS":
        return (
            _(
                "%(overdue)s overdue and %(used)s%% of the limit used; both above %(amount)s and "
                "%(share)s%% would not pass."
            )
            % words
        )
    return (
        _("%(overdue)s overdue and %(used)s%% of the limit used, above %(amount)s and %(share)s%%.")
        % words
    )


def _dunning(rule: Stored, currency: str) -> str:
    words = {"level": rule["value"], "stop": rule["threshold"]}
    return _("Highest dunning level is %(level)s; from level %(stop)s on orders stop.") % words


def _terms(rule: Stored, currency: str) -> str:
    if rule["result"] == "PASS":
        return _("The order's term is not longer than the approved one.")
    return _("The order's term is more generous than the approved one.")


def _review(rule: Stored, currency: str) -> str:
    words = {
        "day": _day(rule["params"].get("next_review")),
        "late": _days(max(0, int(rule["value"]))),
        "grace": _days(rule["threshold"]),
    }
    if rule["result"] == "PASS":
        return _("The next review is due on %(day)s.") % words
    return _("The review was due on %(day)s, %(late)s ago; %(grace)s are allowed.") % words


def _rating(rule: Stored, currency: str) -> str:
    words = {"risk": rule["value"], "most": rule["threshold"]}
    if rule["value"] == "EXPIRED":
        return _("The rating was valid through %(day)s. Rate the customer again.") % {
            "day": _day(rule["params"].get("valid_through"))
        }
    if rule["result"] == "PASS":
        return _("Risk class %(risk)s, at most %(most)s.") % words
    return _("Risk class %(risk)s, worse than %(most)s; without a rating it counts as 5.") % words


def _signal(rule: Stored, currency: str) -> str:
    words = {
        "NONE": _("No warning signal is open."),
        "AMBER": _("An amber warning signal is open."),
        "RED": _("A red warning signal is open."),
    }
    return words.get(str(rule["value"]), str(rule["value"]))


def _promises(rule: Stored, currency: str) -> str:
    broken = int(rule["value"])
    return ngettext(
        "%(n)d promise broken in 180 days; from %(stop)s on orders stop.",
        "%(n)d promises broken in 180 days; from %(stop)s on orders stop.",
        broken,
    ) % {"n": broken, "stop": rule["threshold"]}


def _state(rule: Stored, currency: str) -> str:
    return _("The customer's state is: %(state)s.") % {"state": find_badge(rule["value"]).label}


def _group(rule: Stored, currency: str) -> str:
    group = _("Group %(group)s: ") % {"group": rule["params"].get("group", "")}
    return group + _ceiling(rule, currency)


def _horizon(rule: Stored, currency: str) -> str:
    return _("Until %(day)s: ") % {"day": _day(rule["params"].get("horizon"))} + _ceiling(
        rule, currency
    )


def _rate_age(rule: Stored, currency: str) -> str:
    return _("The oldest rate used is %(days)s old; at most %(most)s passes.") % {
        "days": _days(rule["value"]),
        "most": _days(rule["threshold"]),
    }


def _plain(rule: Stored, currency: str) -> str:
    return _("Found %(value)s; allowed is %(threshold)s.") % {
        "value": rule["value"],
        "threshold": rule["threshold"],
    }


_RULES: Mapping[str, Callable[[Stored, str], str]] = {
    "TECHNICAL": _technical,
    "R01": _state,
    "R02": _limit_validity,
    "R03": _ceiling,
    "R04": _horizon,
    "R05": _ceiling,
    "R06": _group,
    "R07": _ceiling,
    "R08": _oldest,
    "R09": _share,
    "R10": _overdue_and_use,
    "R11": _dunning,
    "R12": _terms,
    "R13": _review,
    "R14": _rating,
    "R16": _signal,
    "R17": _promises,
    "R18": _rate_age,
}


def rule_text(rule: Stored, currency: str) -> str:
    """Return what a rule found, as a sentence with its value and its threshold."""
    return _RULES.get(rule["code"], _plain)(rule, currency)


def rule_lines(rules: Sequence[Stored], currency: str) -> list[Line]:
    """Return all rules as lines, what blocks first, then what warns; else in their own order."""
    lines = [
        Line(
            rule["code"],
            _RESULTS[rule["result"]],
            f"{rule_title(rule['code'])} ({rule['code']})",
            rule_text(rule, currency),
        )
        for rule in rules
    ]
    return sorted(lines, key=lambda line: _ORDER[line.result])


# --- ways out -----------------------------------------------------------------------------------


def remedy_text(remedy: Stored, currency: str) -> str:
    """Return a way out as a sentence: what to do so that the order passes."""
    amount = money(remedy.get("amount"), currency)
    sentences = {
        "PAY_OVERDUE": _("%(amount)s of what is overdue is paid."),
        "PAY_OPEN_ITEMS": _("%(amount)s of what is open is paid."),
        "DEPOSIT": _("A deposit of %(amount)s is paid."),
        "REDUCE_ORDER": _("The order is reduced to %(amount)s."),
        "TEMPORARY_LIMIT": _("A temporary limit of %(amount)s is granted."),
        "SHORTEN_TERM": _("The payment term is shortened to %(days)s."),
        "COMPLETE_REVIEW": _("The review is completed."),
        "RENEW_LIMIT": _("The limit is renewed."),
        "CLOSE_SIGNAL": _("The warning signal is assessed and closed."),
        "WAIT": _("It waits until %(date)s, when money is due to come in."),
    }
    text = sentences.get(str(remedy["kind"]), str(remedy["kind"])) % {
        "amount": amount,
        "days": _days(remedy.get("days") or 0),
        "date": _day(remedy.get("date")),
    }
    others = remedy.get("together_with") or []
    if not others:
        return text
    return _("%(first)s Together with: %(others)s") % {
        "first": text,
        "others": " ".join(remedy_text(other, currency) for other in others),
    }


def remedy_lines(remedies: Sequence[Stored], currency: str) -> list[str]:
    """Return all ways out as sentences."""
    return [remedy_text(remedy, currency) for remedy in remedies]


def decision_text(decision: str, shortfall: Any, currency: str) -> str:
    """Return the answer of an order check in one sentence."""
    if decision == "RELEASED":
        return _("The order may ship.")
    if decision == "RELEASED_WARNING":
        return _("The order may ship; please read the warnings.")
    lacking = figures.to_decimal(shortfall) or Decimal(0)
    if lacking > 0:
        return _("The order must wait: %(amount)s too much.") % {"amount": money(lacking, currency)}
    return _("The order must wait.")


# --- a limit asked for --------------------------------------------------------------------------


def check_line(check: Stored, currency: str) -> Line:
    """Return a policy check of a limit request as a line."""
    params = check.get("params", {})
    text = _CHECKS[check["code"]](check["result"], params, currency)
    return Line(check["code"], _RESULTS[check["result"]], text)


def check_lines(checks: Sequence[Stored], currency: str) -> list[Line]:
    """Return all checks as lines, what blocks first."""
    lines = [check_line(check, currency) for check in checks]
    return sorted(lines, key=lambda line: _ORDER[line.result])


def _check_state(result: str, params: Stored, currency: str) -> str:
    return _("The customer is on hold (%(state)s): no limit can be asked for.") % {
        "state": find_badge(params["state"]).label
    }


def _check_rating(result: str, params: Stored, currency: str) -> str:
    if params.get("missing"):
        return _("There is no rating: the customer counts as risk class 5")
    if params.get("expired"):
        return _("The rating %(grade)s was valid through %(day)s") % {
            "grade": params.get("grade", ""),
            "day": _day(params["expired"]),
        }
    if result == "BLOCK":
        return _("A customer in default gets no credit limit")
    return _("Rated %(grade)s, valid through %(day)s") % {
        "grade": params.get("grade", ""),
        "day": _day(params.get("valid_to")),
    }


def _check_suggested(result: str, params: Stored, currency: str) -> str:
    if params.get("missing"):
        return _("No limit can be suggested: usable statements or the rating are missing")
    words = {
        "grade": params.get("grade", ""),
        "limit": money(params["suggested"], currency),
        "excess": money(params["excess"], currency),
    }
    if result == "PASS":
        return _("Within the policy maximum for %(grade)s (%(limit)s)") % words
    return _("Above the policy maximum for %(grade)s (%(limit)s) by %(excess)s") % words


def _check_use(result: str, params: Stored, currency: str) -> str:
    return _("Below what is used already (%(gross)s): new orders would stop") % {
        "gross": money(params["gross"], currency)
    }


def _check_overdue(result: str, params: Stored, currency: str) -> str:
    words = {"amount": money(params["amount"], currency), "days": _days(params["days"])}
    if result == "PASS":
        return _("Nothing is overdue by more than %(days)s") % words
    return _("Overdue by more than %(days)s: %(amount)s") % words


def _check_term(result: str, params: Stored, currency: str) -> str:
    words = {"days": _days(params["days"]), "most": _days(params["maximum"])}
    if result == "PASS":
        return _("Payment term of %(days)s, at most %(most)s in this risk class") % words
    return _("Payment term of %(days)s, longer than the %(most)s of this risk class") % words


def _check_statements(result: str, params: Stored, currency: str) -> str:
    if params.get("missing"):
        return _("There are no financial statements")
    months = int(params["months"])
    return ngettext(
        "Financial statements are %(n)d month old (at most %(most)s)",
        "Financial statements are %(n)d months old (at most %(most)s)",
        months,
    ) % {"n": months, "most": params["maximum"]}


def _check_need(result: str, params: Stored, currency: str) -> str:
    words = {"need": money(params["need"], currency)}
    if result == "PASS":
        return _("In line with the need from a year's turnover (%(need)s)") % words
    return _("Far above the need from a year's turnover (%(need)s)") % words


def _check_unsecured(result: str, params: Stored, currency: str) -> str:
    return _("Only %(share)s%% may be unsecured in this risk class: %(amount)s") % {
        "share": figures.group_digits(Decimal(params["share"]), 0),
        "amount": money(params["amount"], currency),
    }


def _check_group(result: str, params: Stored, currency: str) -> str:
    words = {
        "group": params["group"],
        "gross": money(params["gross"], currency),
        "after": money(params["after"], currency),
        "limit": money(params["limit"], currency),
    }
    if result == "PASS":
        return _("Group %(group)s: exposure %(gross)s of %(limit)s") % words
    return _("Group %(group)s: if fully used %(after)s, above %(limit)s") % words


def _check_temporary(result: str, params: Stored, currency: str) -> str:
    words = {"part": money(params["part"], currency), "cap": money(params["cap"], currency)}
    if result == "PASS":
        return _("Temporary part %(part)s, at most %(cap)s counts") % words
    return _("Temporary part %(part)s: no more than %(cap)s will count") % words


_CHECKS: Mapping[str, Callable[[str, Stored, str], str]] = {
    "STATE": _check_state,
    "RATING": _check_rating,
    "SUGGESTED": _check_suggested,
    "USE": _check_use,
    "OVERDUE": _check_overdue,
    "TERM": _check_term,
    "STATEMENTS": _check_statements,
    "NEED": _check_need,
    "UNSECURED": _check_unsecured,
    "GROUP": _check_group,
    "TEMPORARY": _check_temporary,
}


def role_title(role: str) -> str:
    """Return the title of a deciding role."""
    return {"CREDIT_MANAGER": _("Credit manager"), "EXECUTIVE": _("Executive")}.get(role, role)


def advice_text(facts: Stored, currency: str) -> str:
    """Return what the system advises on a request."""
    advice = facts.get("advice")
    if advice == "APPROVE":
        return _("Approve: every check passes")
    if advice == "REDUCE":
        return _("Reduce to %(limit)s: the policy maximum") % {
            "limit": money(facts.get("suggested"), currency)
        }
    return _("Look closely: a check fails that no amount mends")


def advice_reasons(checks: Sequence[Stored], currency: str) -> list[Line]:
    """Return the three checks that weigh most."""
    return check_lines(checks, currency)[:3]


def suggestion_text(stored: Stored, currency: str, *, sees_statements: bool = True) -> str:
    """Return how the suggested limit comes about, or what is missing for it.

    Whoever may not see statements reads nothing of their figures here either.
    """
    status = stored.get("status")
    if status == "NO_RATING":
        return _("No suggestion: the customer is not rated.")
    if status == "NO_RATE":
        return _("No suggestion: an exchange rate is missing.")
    if stored.get("value") is None:
        return _("No suggestion: the statements lack what the working-assets method needs.")
    if not sees_statements:
        return _("Suggested from the statements and the grade; rounded down.")
    return _(
        "Working assets %(assets)s × %(percentage)s%% = %(capacity)s, × %(factor)s for the grade; "
        "rounded down."
    ) % {
        "assets": money(stored.get("working_assets"), currency),
        "percentage": stored.get("percentage"),
        "capacity": money(stored.get("capacity"), currency),
        "factor": stored.get("factor"),
    }


# --- exposure -----------------------------------------------------------------------------------


def component_title(name: str) -> str:
    """Return the name of a part of the exposure."""
    titles = {
        "open_items": _("Open invoices"),
        "unapplied": _("Money on account"),
        "delivered_not_invoiced": _("Delivered, not invoiced"),
        "open_orders": _("Released orders"),
        "reservations": _("Reservations"),
    }
    return titles.get(name, name)


def change_title(name: str) -> str:
    """Return the name of a fact that may have changed since a request was sent."""
    titles = {
        "limit_now": _("the limit"),
        "gross": _("the exposure"),
        "overdue": _("what is overdue"),
        "grade": _("the grade"),
        "suggested": _("the suggested limit"),
    }
    return titles.get(name, name)
