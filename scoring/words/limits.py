"""Limits in words: the methods, what each takes, why one is silent, which term binds."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

METHODS: Mapping[str, tuple[Text, Text]] = {
    "working_assets": (_("Working assets"), _("working assets × share of the evaluation")),
    "wa_characteristic": (
        _("Working assets, corrected"),
        _("× multiplier of the characteristic analysis"),
    ),
    "tnw_share": (_("Tangible net worth"), _("a share of tangible net worth")),
    "nw10_wc20": (
        _("Lower of two"),
        _("10% of net worth, or 20% of working capital"),
    ),
    "turnover_share": (_("Turnover"), _("a share of a year's revenue")),
    "supplier_share": (
        _("Our share of its credit"),
        _("our share of its purchases × trade payables"),
    ),
    "trade_refs": (_("Other suppliers"), _("median of the limits that others give")),
    "agency": (_("Agency or insurer"), _("as recommended, at most 12 months old")),
    "term_grade": (_("Monthly sales"), _("monthly sales × months of term × factor of the grade")),
    "heuristic": (_("Judgement"), _("eight factors as a percentage of net worth")),
    "el_budget": (
        _("Expected loss"),
        _("loss budget / (PD × loss given default): an upper check only"),
    ),
}
INPUTS: Mapping[str, Text] = {
    "working_assets": _("working assets"),
    "pct": _("share"),
    "multiplier": _("multiplier"),
    "base": _("base"),
    "share": _("share"),
    "net_worth": _("net worth"),
    "working_capital": _("working capital"),
    "purchases": _("purchases"),
    "trade_payables": _("trade payables"),
    "monthly_sales": _("monthly sales"),
    "term_months": _("months of term"),
    "factor": _("factor of the grade"),
    "budget": _("loss budget"),
    "pd": _("PD"),
    "lgd": _("loss given default"),
}
# Shares of 1 are shown as percent, `pct` is one already; the rest of these are plain numbers.
RATIOS = frozenset({"share", "pd", "lgd"})
NUMBERS = frozenset({"multiplier", "term_months", "factor"})

MISSING: Mapping[str, Text] = {
    "statements": _("no financial statement"),
    "own_sales": _("nothing billed in the last year"),
    "trade_references": _("no limits of other suppliers on file"),
    "agency_limit": _("no recommendation on file"),
    "characteristics": _("too few traits are rated"),
    "grade": _("not rated"),
    "judgement": _("not judged: this house does not use it"),
}
BINDING: Mapping[str, Text] = {
    "capacity": _("what the customer can carry"),
    "need": _("what the customer needs"),
    "appetite_cap": _("what we dare"),
    "override": _("a public fact: no unsecured credit"),
}
RULES: Mapping[str, Text] = {
    "lowest": _("the lowest of the methods that count"),
    "weighted": _("the weighted mean of the methods that count"),
    "median": _("the median of the methods that count"),
    "highest": _("the highest of the methods that count"),
}
REASONS: Mapping[str, Text] = {
    "NO_METHOD": _("No method that counts gives an answer."),
    "ONE_METHOD_ONLY": _("Only one method gives an answer: a person must look at it."),
    "PREPAYMENT": _("Too little for a limit: prepayment."),
    "FEW_REFERENCES": _("Fewer than three references: weak."),
    "AGENCY_REPORT_OLD": _("Older than twelve months: weak."),
    "DATA_CONFLICT": _("We sell more than it says it buys: the data contradict each other."),
}
