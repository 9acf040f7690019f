"""What signals are called, and what each one saw, as sentences in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common import figures
from customers.words.checks import describe_details, list_name

Facts = Mapping[str, Any]

NAMES: dict[str, str | Promise] = {
    "S01": gettext_lazy("Listed as a dishonest judgment debtor"),
    "S02": gettext_lazy("New enforcement case"),
    "S03": gettext_lazy("On a list of the market regulator"),
    "S04": gettext_lazy("Registration revoked, cancelled or closed"),
    "S05": gettext_lazy("Insolvency"),
    "S06": gettext_lazy("Document doubtful or forged"),
    "S07": gettext_lazy("Legal representative changed"),
    "S08": gettext_lazy("Control changed, or equity frozen or pledged"),
    "S09": gettext_lazy("Capital reduced"),
    "S10": gettext_lazy("Address unreachable or moved"),
    "S11": gettext_lazy("Tax arrears or tax grade D"),
    "S12": gettext_lazy("Administrative penalty"),
    "S13": gettext_lazy("Sued for payment"),
    "S14": gettext_lazy("Bills persistently overdue"),
    "S15": gettext_lazy("Insurer reduced or withdrew the limit"),
    "S16": gettext_lazy("Rating worse"),
    "S17": gettext_lazy("First delay after a clean year"),
    "S18": gettext_lazy("Pays later than before"),
    "S19": gettext_lazy("Promise broken"),
    "S20": gettext_lazy("Orders swell while the limit is full"),
    "S21": gettext_lazy("Asks to change payee, account or address"),
    "S22": gettext_lazy("Unusual payments"),
    "S23": gettext_lazy("Payment returned or bill refused"),
    "S24": gettext_lazy("Much is disputed"),
    "S25": gettext_lazy("Staff loss, wage arrears or bad press"),
    "S26": gettext_lazy("Plant stopped at a visit"),
    "S27": gettext_lazy("Security expires or weakens"),
    "S28": gettext_lazy("Statements late"),
    "S29": gettext_lazy("Red signal on a related customer"),
    "S30": gettext_lazy("Most assets pledged"),
    "S31": gettext_lazy("Country, region or industry event"),
    "S32": gettext_lazy("Statement of account unanswered"),
    "S33": gettext_lazy("No turnover for a year"),
}

ACTION_HELP: dict[str, str | Promise] = {
    "BLOCK": gettext_lazy("No new order is released until somebody else lifts the hold."),
    "REDUCE": gettext_lazy("Opens the limits, where the manager reduces them."),
    "SECURE": gettext_lazy("Ask for a guarantee, a deposit or cover before more is delivered."),
    "VISIT": gettext_lazy("Somebody goes and looks."),
    "WATCH": gettext_lazy("A first review within a day, then a note every week."),
    "NONE": gettext_lazy("Known and borne; say why."),
}


def signal_name(code: str) -> str:
    """Return the name of a signal."""
    return str(NAMES.get(code, code))


def describe_signal(code: str, facts: Facts) -> str:
    """Return what a signal saw, as a sentence with its figures; empty when it holds none."""
    if facts.get("list") and "check" in facts:
        return _of_list(facts)
    words = _SENTENCES.get(code)
    if words is None:
        return _plain(facts)
    try:
        return words(facts)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return _plain(facts)


def _plain(facts: Facts) -> str:
    """Say the figures of a signal that has no sentence of its own (a person's or a file's)."""
    shown = [str(facts[name]) for name in ("reference", "text") if facts.get(name)]
    return " · ".join(shown)


def _money(facts: Facts, name: str, currency: str = "currency") -> str:
    code = str(facts.get(currency) or "CNY")
    return figures.with_symbol(figures.format_amount(facts[name], code), code)


def _day(text: Any) -> str:
    return figures.format_day(date.fromisoformat(str(text)))


def _of_list(facts: Facts) -> str:
    said = describe_details(facts)
    words = {"list": list_name(str(facts["list"])), "details": said}
    if "limit" in facts:
        return _("%(list)s: %(amount)s, against a limit of %(limit)s.") % {
            **words,
            "amount": _money(facts, "amount", ""),
            "limit": _money(facts, "limit", ""),
        }
    if not said:
        return _("Found on the list “%(list)s”.") % words
    return _("%(list)s: %(details)s.") % words


def _s16(facts: Facts) -> str:
    return _("Rated %(after)s instead of %(before)s; risk class %(now)s instead of %(then)s.") % {
        "after": facts["grade"],
        "before": facts["previous_grade"],
        "now": facts["risk_class"],
        "then": facts["previous_class"],
    }


def _s17(facts: Facts) -> str:
    return _(
        "%(invoice)s of %(amount)s is %(days)s days past due; in the %(months)s months before,"
        " nothing was so late."
    ) % {
        "invoice": facts["invoice"],
        "amount": _money(facts, "amount"),
        "days": facts["days"],
        "months": facts["months"],
    }


def _s18(facts: Facts) -> str:
    return _(
        "Paid %(now)s days late on average in the last %(recent)s months, %(before)s days in the"
        " %(prior)s months before."
    ) % {
        "now": facts["now_days"],
        "before": facts["before_days"],
        "recent": facts["recent_months"],
        "prior": facts["prior_months"],
    }


def _s19(facts: Facts) -> str:
    count = int(facts["count"])
    if not Decimal(str(facts["paid"])):
        return ngettext(
            "Nothing of %(amount)s promised for %(day)s came in. First broken promise in %(days)s"
            " days.",
            "Nothing of %(amount)s promised for %(day)s came in. %(n)d broken promises in %(days)s"
            " days.",
            count,
        ) % {
            "n": count,
            "amount": _money(facts, "amount"),
            "day": _day(facts["promise_date"]),
            "days": facts["days"],
        }
    return ngettext(
        "%(paid)s of %(amount)s promised for %(day)s came in. First broken promise in %(days)s days.",
        "%(paid)s of %(amount)s promised for %(day)s came in. %(n)d broken promises in %(days)s days.",
        count,
    ) % {
        "n": count,
        "paid": _money(facts, "paid"),
        "amount": _money(facts, "amount"),
        "day": _day(facts["promise_date"]),
        "days": facts["days"],
    }


def _s20(facts: Facts) -> str:
    return _(
        "Orders of %(intake)s in 30 days, %(average)s in an average month; %(used)s of the limit"
        " of %(limit)s is used."
    ) % {
        "intake": _money(facts, "intake"),
        "average": _money(facts, "average"),
        "used": _money(facts, "used", "limit_currency"),
        "limit": _money(facts, "limit", "limit_currency"),
    }


def _s22(facts: Facts) -> str:
    if "payer" in facts:
        return _("%(payer)s paid %(amount)s on %(day)s and has no known tie to the customer.") % {
            "payer": facts["payer"],
            "amount": _money(facts, "amount"),
            "day": _day(facts["value_date"]),
        }
    return _("%(n)s round part payments of %(amount)s in all within %(days)s days.") % {
        "n": facts["count"],
        "amount": _money(facts, "amount"),
        "days": facts["days"],
    }


def _s23(facts: Facts) -> str:
    return _("%(receipt)s of %(amount)s came back on %(day)s.") % {
        "receipt": facts["receipt"],
        "amount": _money(facts, "amount"),
        "day": _day(facts["returned_on"]),
    }


def _s24(facts: Facts) -> str:
    return _("%(disputed)s is disputed, %(invoiced)s was invoiced in %(days)s days.") % {
        "disputed": _money(facts, "disputed"),
        "invoiced": _money(facts, "invoiced"),
        "days": facts["days"],
    }


def _s28(facts: Facts) -> str:
    return _(
        "The statement as of %(end)s was agreed for %(agreed)s; it was %(days)s days late when"
        " this was noticed."
    ) % {
        "end": _day(facts["period_end"]),
        "agreed": _day(facts["agreed_on"]),
        "days": facts["days"],
    }


def _s29(facts: Facts) -> str:
    circles = {
        "GROUP": _("group %(circle)s"),
        "PARENT": _("parent and subsidiary"),
        "RISK_GROUP": _("risk group %(circle)s"),
    }
    circle = circles["PARENT"]
    if facts.get("circle"):
        circle = circles[facts["circle_kind"]] % {"circle": facts["circle"]}
    elif facts["circle_kind"] != "PARENT":
        circle = _("Risk group") if facts["circle_kind"] == "RISK_GROUP" else _("Group")
    return _("%(member)s has the signal “%(name)s” (%(circle)s).") % {
        "member": facts.get("member") or _("a customer outside your scope"),
        "name": signal_name(facts["code"]),
        "circle": circle,
    }


def _s33(facts: Facts) -> str:
    return _("The last invoice is of %(day)s.") % {"day": _day(facts["last_on"])}


_SENTENCES: dict[str, Callable[[Facts], str]] = {
    "S16": _s16,
    "S17": _s17,
    "S18": _s18,
    "S19": _s19,
    "S20": _s20,
    "S22": _s22,
    "S23": _s23,
    "S24": _s24,
    "S28": _s28,
    "S29": _s29,
    "S33": _s33,
}


@dataclass(frozen=True, slots=True)
class Way:
    """Where the figures of a signal can be looked at."""

    label: str
    url: str


def find_source(code: str, customer_code: str, facts: Facts) -> Way | None:
    """Return the page that shows what a signal saw; None when it says all itself."""
    name, args, label = _source(code, customer_code, facts)
    if not name:
        return None
    try:
        address = reverse(name, args=args)
    except NoReverseMatch:
        return None
    if code in ("S20", "S24"):
        address += "?tab=limits" if code == "S20" else "?tab=invoices"
    return Way(label, address)


def _source(code: str, customer_code: str, facts: Facts) -> tuple[str, list[Any], str]:
    if "check" in facts:
        return "customer_checks", [customer_code], _("The check")
    if facts.get("invoice"):
        return "invoice", [facts["invoice"]], _("The invoice")
    if facts.get("receipt_id"):
        return "receipt", [facts["receipt_id"]], _("The receipt")
    if facts.get("promise"):
        return "promise", [facts["promise"]], _("The promise")
    if facts.get("signal"):
        return "signal", [facts["signal"]], _("The other signal")
    pages = {
        "S16": ("customer_rating", _("The rating")),
        "S18": ("customer", _("The payments")),
        "S20": ("customer", _("The limit")),
        "S24": ("customer", _("The invoices")),
        "S28": ("customer_statements", _("The statements")),
    }
    name, label = pages.get(code, ("", ""))
    return name, [customer_code], label
