"""The 18 traits in words: what each asks, its group, and what a derived one follows from."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

GROUPS: Mapping[str, Text] = {
    "own": _("The customer itself"),
    "priority": _("What it means to us"),
    "credit": _("Credit and finance"),
}
TRAITS: Mapping[str, tuple[Text, Text]] = {
    "impression": (_("Surface impression"), _("premises, staff, order")),
    "organisation": (_("Organisation and management"), _("who decides, who follows up")),
    "product_market": (_("Product and market"), _("what it sells, to whom")),
    "competitiveness_own": (_("Market competitiveness"), _("against its rivals")),
    "operations": (_("Operating condition"), _("orders, capacity, stock")),
    "prospects": (_("Development prospects"), _("of the firm and its trade")),
    "margin": (_("Margin of our trade"), _("what we earn on it")),
    "product_requirement": (_("Demands on our product"), _("modest or hard to meet")),
    "market_attraction": (_("Effect on our attraction"), _("a name that draws others")),
    "market_competitiveness": (_("Effect on our position"), _("does it make us stronger")),
    "guarantee": (_("Security offered"), _("what it gives us as security")),
    "substitutability": (_("Replaceability"), _("how hard it is to replace this customer")),
    "payment_record": (_("Payment record"), _("how it paid us")),
    "bank_credit": (_("Bank credit"), _("lines, use, what banks say")),
    "profitability": (_("Earning power"), _("from the ratios")),
    "balance_sheet": (_("Balance-sheet assessment"), _("from the ratios")),
    "solvency": (_("Ability to pay debts"), _("from the ratios")),
    "total_capital": (_("Total capital"), _("against what it asks for")),
}
DERIVED_FROM: Mapping[str, Text] = {
    "guarantee": _("5C answer CL1 × 2"),
    "payment_record": _("payment-behaviour score"),
    "profitability": _("Wall score ÷ 10"),
    "balance_sheet": _("credit risk index, as strength ÷ 10"),
    "solvency": _("Z-score points ÷ 10"),
    "total_capital": _("tangible net worth ÷ limit in question"),
}
NOT_YET: Mapping[str, Text] = {
    "guarantee": _("CL1 is not answered"),
    "payment_record": _("no payment history"),
    "profitability": _("the Wall score cannot be computed"),
    "balance_sheet": _("the credit risk index cannot be computed"),
    "solvency": _("the Z-score cannot be computed"),
    "total_capital": _("net worth or limit is not known"),
}
READINGS: Mapping[str, Text] = {
    "unacceptable": _("very high risk: no open account"),
    "doubtful": _("clear risk: avoid, never above the limit"),
    "tradable": _("tradable: may become a long-term customer"),
    "attractive": _("low risk and attractive"),
}
WEIGHT_SETS: Mapping[str, Text] = {
    "balanced": _("Balanced"),
    "sales": _("Sales-minded"),
    "prudent": _("Prudent"),
}


def name_trait(name: str) -> str:
    """Return the name of a trait in the reader's language."""
    return str(TRAITS[name][0])
