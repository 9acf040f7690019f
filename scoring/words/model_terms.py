"""Every term of every model: its name and its formula, in the reader's language."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scoring import texts
from scoring.domain.models.five_c import PARTS
from scoring.domain.statements.ratios import RATIOS

Text = str | Promise
Terms = Mapping[str, tuple[Text, Text]]

_CONSTANT: Terms = {"constant": (_("Constant"), "")}
_Z: Terms = {
    "x1": (_("Liquidity"), _("working capital / total assets")),
    "x2": (_("Retained earnings"), _("retained earnings / total assets")),
    "x3": (_("Profitability"), _("EBIT / total assets")),
    "x4": (_("Leverage"), _("equity / total liabilities")),
}
_Z5: Terms = {"x5": (_("Asset turnover"), _("revenue / total assets"))}

TERMS: Mapping[str, Terms] = {
    "altman_z_1968": {
        **_Z,
        "x4": (_("Market leverage"), _("market capitalisation / total liabilities")),
        **_Z5,
    },
    "altman_z_prime": {**_Z, **_Z5},
    "altman_z_double_prime": _Z,
    "altman_em": {**_Z, **_CONSTANT},
    "ohlson_o": {
        **_CONSTANT,
        "size": (_("Size"), _("ln(total assets in US dollars / price index)")),
        "tl_ta": (_("Debt"), _("total liabilities / total assets")),
        "wc_ta": (_("Liquidity"), _("working capital / total assets")),
        "cl_ca": (_("Short-term debt"), _("current liabilities / current assets")),
        "oeneg": (_("Negative equity"), _("1 if liabilities exceed assets")),
        "ni_ta": (_("Profitability"), _("net profit / total assets")),
        "futl": (_("Funds from operations"), _("(net profit + depreciation) / liabilities")),
        "intwo": (_("Two years of losses"), _("1 if both years show a loss")),
        "chin": (_("Change of profit"), _("change of net profit / sum of both amounts")),
    },
    "zmijewski": {
        **_CONSTANT,
        "roa": (_("Profitability"), _("net profit / total assets")),
        "lev": (_("Debt"), _("total liabilities / total assets")),
        "liq": (_("Liquidity"), _("current assets / current liabilities")),
    },
    "taffler_1983": {
        **_CONSTANT,
        "x1": (_("Profit"), _("profit before tax / current liabilities")),
        "x2": (_("Current assets"), _("current assets / total liabilities")),
        "x3": (_("Short-term debt"), _("current liabilities / total assets")),
        "nci": (
            _("No-credit interval, days"),
            _("(quick assets - current liabilities) / daily operating costs"),
        ),
    },
    "springate": {
        "a": (_("Liquidity"), _("working capital / total assets")),
        "b": (_("Profitability"), _("EBIT / total assets")),
        "c": (_("Profit"), _("profit before tax / current liabilities")),
        "d": (_("Asset turnover"), _("revenue / total assets")),
    },
    "fulmer_h": {
        **_CONSTANT,
        "v1": (_("Retained earnings"), _("retained earnings / total assets")),
        "v2": (_("Asset turnover"), _("revenue / total assets")),
        "v3": (_("Return on equity before tax"), _("profit before tax / equity")),
        "v4": (_("Cash flow"), _("operating cash flow / total liabilities")),
        "v5": (_("Debt"), _("total liabilities / total assets")),
        "v6": (_("Short-term debt"), _("current liabilities / total assets")),
        "v7": (_("Size"), _("log10(tangible assets in US dollars)")),
        "v8": (_("Working capital"), _("working capital / total liabilities")),
        "v9": (_("Interest cover"), _("log10(EBIT / interest expense)")),
    },
    "piotroski_f": {
        "f1_roa": (_("Profit"), _("net profit / opening assets is positive")),
        "f2_cfo": (_("Cash flow"), _("operating cash flow is positive")),
        "f3_roa_rises": (_("Return rises"), _("net profit / opening assets, change")),
        "f4_cash_over_profit": (
            _("Cash backs profit"),
            _("(operating cash flow - net profit) / opening assets"),
        ),
        "f5_leverage_falls": (_("Debt falls"), _("long-term debt / average assets, fall")),
        "f6_liquidity_rises": (_("Liquidity rises"), _("current ratio, change")),
        "f7_no_new_capital": (_("No new capital"), _("share capital and reserve, change")),
        "f8_margin_rises": (_("Margin rises"), _("gross profit / revenue, change")),
        "f9_turnover_rises": (_("Turnover rises"), _("revenue / opening assets, change")),
    },
    "bathory": {
        "x1": (
            _("Cash earnings"),
            _("(profit before tax + depreciation + deferred tax) / current liabilities"),
        ),
        "x2": (_("Return on working capital"), _("profit before tax / working capital")),
        "x3": (_("Equity cover"), _("equity / current liabilities")),
        "x4": (_("Tangible cover"), _("tangible net worth / total liabilities")),
        "x5": (_("Liquidity"), _("working capital / total assets")),
    },
    "working_assets": {
        "current_ratio": (_("Current ratio"), _("current assets / current liabilities")),
        "quick_ratio": (
            _("Quick ratio"),
            _("(current assets - inventories) / current liabilities"),
        ),
        "cd_nw": (_("Short-term debt to net worth"), _("current liabilities / net worth")),
        "td_nw": (_("Debt to net worth"), _("total liabilities / net worth")),
        "industry_offset": (_("Industry offset"), _("a shift approved for the industry")),
    },
    "characteristic_analysis": {
        "impression": (_("Surface impression"), _("premises, staff, order")),
        "organisation": (_("Organisation and management"), ""),
        "product_market": (_("Product and market"), ""),
        "competitiveness_own": (_("Competitive strength"), ""),
        "operations": (_("Operating condition"), ""),
        "prospects": (_("Prospects"), ""),
        "margin": (_("Margin of our trade"), ""),
        "product_requirement": (_("Demands on our product"), ""),
        "market_attraction": (_("Effect on our attraction in the market"), ""),
        "market_competitiveness": (_("Effect on our competitiveness"), ""),
        "guarantee": (_("Security"), _("5C answer on security × 2")),
        "substitutability": (_("Replaceability of this customer"), ""),
        "payment_record": (
            _("Payment record"),
            _("payment score: 40 and below 0, 90 and above 10"),
        ),
        "bank_credit": (_("Bank credit"), ""),
        "profitability": (_("Earning power"), _("points of the modern Wall score / 10")),
        "balance_sheet": (_("Balance sheet"), _("(100 - credit risk index) / 10")),
        "solvency": (_("Ability to pay debts"), _("points of the Altman score / 10")),
        "total_capital": (_("Total capital"), _("tangible net worth / requested limit")),
    },
    "credit_risk_index": {
        "current_ratio": (_("Current ratio"), _("current assets / current liabilities")),
        "quick_ratio": (
            _("Quick ratio"),
            _("(current assets - inventories) / current liabilities"),
        ),
        "debt_to_assets": (_("Debt"), _("total liabilities / total assets")),
        "equity_to_current_liabilities": (_("Equity cover"), _("equity / current liabilities")),
        "ebit_to_assets": (_("Profitability"), _("EBIT / total assets")),
        "roa": (_("Return on assets"), _("net profit / total assets")),
        "cash_profit_to_debt": (
            _("Cash earnings"),
            _("(net profit + depreciation) / total liabilities"),
        ),
        "asset_turnover": (_("Asset turnover"), _("revenue / total assets")),
        "inventory_days": (_("Inventory days"), _("365 × average inventories / cost of sales")),
        "receivable_days": (_("Receivable days"), _("365 × average receivables / revenue")),
        "sales_growth": (_("Sales growth"), _("revenue / last year's revenue - 1")),
    },
    "five_c": {part: (part, "") for part in PARTS},
    "wall_traditional": {
        "current_ratio": (_("Current ratio"), _("current assets / current liabilities")),
        "equity_to_debt": (_("Equity to debt"), _("equity / total liabilities")),
        "assets_to_fixed": (_("Assets to fixed assets"), _("total assets / fixed assets")),
        "cogs_to_inventory": (_("Inventory turnover"), _("cost of sales / inventories")),
        "sales_to_receivables": (_("Receivable turnover"), _("revenue / trade receivables")),
        "sales_to_fixed": (_("Fixed-asset turnover"), _("revenue / fixed assets")),
        "sales_to_equity": (_("Equity turnover"), _("revenue / equity")),
    },
    "wall_modern": {
        "return_on_total_assets": (_("Return on total assets, %"), _("EBIT / average assets")),
        "net_sales_margin": (_("Net margin, %"), _("net profit / revenue")),
        "return_on_equity": (_("Return on equity, %"), _("net profit / average equity")),
        "equity_ratio": (_("Equity ratio, %"), _("equity / total assets")),
        "current_ratio_pct": (_("Current ratio, %"), _("current assets / current liabilities")),
        "receivable_turnover_pct": (
            _("Receivable turnover, %"),
            _("revenue / average receivables"),
        ),
        "inventory_turnover_pct": (
            _("Inventory turnover, %"),
            _("cost of sales / average inventories"),
        ),
        "sales_growth": (_("Sales growth, %"), _("revenue / last year's revenue - 1")),
        "net_profit_growth": (_("Profit growth, %"), _("net profit / last year's - 1")),
        "asset_growth": (_("Asset growth, %"), _("total assets / last year's - 1")),
    },
    "payment_behaviour": {
        "pdx": (_("Payment index"), _("points for days late, weighted by amount, × 1.25")),
        "ontime": (_("Paid on time"), _("share of value at most 3 days late")),
        "worst": (_("Worst delay"), _("points for the latest payment")),
        "trend": (_("Trend"), _("days late in the last 90 days against before")),
        "promise": (_("Promises kept"), _("promises kept / promises due")),
        "dispute": (_("Unjustified disputes"), _("disputed without reason / invoiced")),
        "prior": (_("Short history"), _("few invoices are drawn towards 60")),
        "hard_trigger": (_("Long overdue item"), _("a large item more than 90 days past due")),
    },
}


def name_term(model: str, term: str) -> str:
    """Return the name of a term."""
    if model == "five_c":
        return texts.name_part(term) if term in PARTS else term
    return str(TERMS.get(model, {}).get(term, (term, ""))[0])


def describe_term(model: str, term: str) -> str:
    """Return the formula of a term; empty where the name says it all."""
    return str(TERMS.get(model, {}).get(term, ("", ""))[1])


def name_input(name: str) -> str:
    """Return the label of what a model read: an item, an item of another year, or a ratio."""
    for suffix, text in _YEARS.items():
        if name.endswith(suffix):
            return str(text) % {"item": texts.name_item(name.removesuffix(suffix))}
    if name in _OTHERS:
        return str(_OTHERS[name])
    if name in RATIOS:
        ratio = RATIOS[name]
        label = ratio.label_zh if texts.language().startswith("zh") else ratio.label_en
        return label[:1].upper() + label[1:]
    return texts.name_item(name)


_YEARS: Mapping[str, Text] = {
    "_prior": _("%(item)s, year before"),
    "_before": _("%(item)s, two years before"),
    " of the prior year": _("%(item)s, year before"),
    " of the year before the last": _("%(item)s, two years before"),
}
_OTHERS: Mapping[str, Text] = {
    "total_assets_usd": _("Total assets in US dollars"),
    "tangible_assets_usd": _("Tangible assets in US dollars"),
    "statements": _("financial statements"),
    "five_c": _("5C answers"),
    "pieces": _("invoices paid or overdue"),
}
