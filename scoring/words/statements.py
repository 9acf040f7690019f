"""Statements in words: standards, reasons, what each identity says, what each ratio divides."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scoring.domain.statements.items import Sign
from scoring.domain.statements.ratios import RATIOS
from scoring.texts import language

Text = str | Promise

STANDARDS: Mapping[str, Text] = {
    "CAS": _("Chinese standards (CAS)"),
    "CAS_SME": _("Chinese standards for small enterprises"),
    "IFRS": _("IFRS"),
    "HKFRS": _("Hong Kong standards (HKFRS)"),
    "US_GAAP": _("US GAAP"),
    "OTHER": _("Other standards"),
}
COMPARABILITY: Mapping[str, Text] = {
    "": _("Comparable"),
    "MERGER": _("Not: a merger"),
    "SCOPE_CHANGE": _("Not: other companies are consolidated"),
    "POLICY_CHANGE": _("Not: accounting policy changed"),
    "RESTATED": _("Not: last year was restated"),
    "PERIOD_NOT_12M": _("Not: a period of other length"),
    "CURRENCY_CHANGE": _("Not: another currency"),
}
UNITS: Mapping[int, Text] = {
    1: _("1 (full units)"),
    1_000: _("1,000"),
    10_000: _("10,000"),
    1_000_000: _("1,000,000"),
}
HEADER_WORDS: Mapping[str, Text] = {
    "months": _("Months"),
    "form": _("Form"),
    "gaap": _("Accounting standards"),
    "opinion": _("Audit opinion"),
    "auditor": _("Auditor"),
    "currency": _("Currency"),
    "unit": _("Unit of all amounts"),
    "complete": _("Complete: a blank means zero"),
    "non_comparable": _("Comparable with the year before"),
}
SIGN_HINTS: Mapping[Sign, Text] = {
    Sign.POSITIVE: "",
    Sign.CONTRA: _("positive; subtracted"),
    Sign.SIGNED: _("+ or −"),
    Sign.GAIN_LOSS: _("gain +, loss −"),
}
# What each identity says (0.7).
IDENTITIES: Mapping[str, Text] = {
    "BS-01": _("Current assets add up"),
    "BS-02": _("Non-current assets add up"),
    "BS-03": _("Current and non-current assets make total assets"),
    "BS-04": _("Current liabilities add up"),
    "BS-05": _("Non-current liabilities add up"),
    "BS-06": _("Current and non-current liabilities make total liabilities"),
    "BS-07": _("Capital and reserves make the owners' equity"),
    "BS-08": _("Owners' equity and minority interest make total equity"),
    "BS-09": _("Assets equal liabilities and equity"),
    "IS-01": _("Revenue less costs makes operating profit"),
    "IS-02": _("Operating and other results make profit before tax"),
    "IS-03": _("Profit before tax less tax makes net profit"),
    "IS-04": _("Net profit and other comprehensive income make the total"),
    "IS-05": _("Profit of owners and of minorities makes net profit"),
    "CF-01": _("Operating cash flows add up"),
    "CF-02": _("Investing cash flows add up"),
    "CF-03": _("Financing cash flows add up"),
    "CF-04": _("The three cash flows make the change in cash"),
    "CF-05": _("Opening cash and the change make closing cash"),
    "CF-06": _("Closing cash is cash in the balance sheet without restricted cash"),
    "YY-01": _("Opening balances are last year's closing balances"),
    "YY-02": _("Opening cash is last year's closing cash"),
    "YY-03": _("Retained earnings follow from last year, profit and dividends"),
    "YY-04": _("Interest is 0.5 to 20 % of the average debt"),
    "YY-05": _("Cash from sales goes with revenue and its tax"),
    "DS-01": _("A derived figure equals its parts"),
}
RATIO_GROUPS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (
        _("Liquidity"),
        ("current_ratio", "quick_ratio_cn", "quick_ratio_strict", "cash_ratio", "cash_flow_ratio"),
    ),
    (_("Leverage"), ("debt_to_assets", "debt_to_equity", "debt_to_tnw", "net_debt_ebitda")),
    (_("Cover"), ("interest_cover", "ebitda_cover", "cash_to_profit")),
    (_("Earnings"), ("gross_margin", "operating_margin", "net_margin", "roa_ebit", "roe")),
    (
        _("Turnover"),
        (
            "receivable_turnover",
            "receivable_days",
            "inventory_turnover",
            "inventory_days",
            "payable_days",
            "cash_cycle",
            "asset_turnover",
        ),
    ),
)
FORMULAS: Mapping[str, Text] = {
    "current_ratio": _("current assets ÷ current liabilities"),
    "quick_ratio_cn": _("(current assets − inventories) ÷ current liabilities"),
    "quick_ratio_strict": _("quick assets ÷ current liabilities"),
    "cash_ratio": _("cash ÷ current liabilities"),
    "cash_flow_ratio": _("operating cash flow ÷ current liabilities"),
    "debt_to_assets": _("liabilities ÷ assets"),
    "debt_to_equity": _("liabilities ÷ equity"),
    "debt_to_tnw": _("liabilities ÷ tangible net worth"),
    "interest_cover": _("EBIT ÷ interest"),
    "ebitda_cover": _("EBITDA ÷ interest"),
    "net_debt_ebitda": _("(interest-bearing debt − cash) ÷ EBITDA"),
    "gross_margin": _("gross profit ÷ revenue"),
    "operating_margin": _("operating profit ÷ revenue"),
    "net_margin": _("net profit ÷ revenue"),
    "roa_ebit": _("EBIT ÷ average assets"),
    "roe": _("net profit ÷ average equity"),
    "cash_to_profit": _("operating cash flow ÷ net profit"),
    "receivable_turnover": _("revenue ÷ average trade receivables"),
    "receivable_days": _("365 × average trade receivables ÷ revenue"),
    "inventory_turnover": _("cost of sales ÷ average inventories"),
    "inventory_days": _("365 × average inventories ÷ cost of sales"),
    "payable_days": _("365 × average trade payables ÷ purchases"),
    "cash_cycle": _("receivable days + inventory days − payable days"),
    "asset_turnover": _("revenue ÷ average assets"),
}
# How a ratio is written: as a percentage, a multiple, or days.
PERCENT, TIMES, DAYS = "%", "×", "d"
RATIO_UNITS: Mapping[str, str] = {
    **dict.fromkeys(
        ("gross_margin", "operating_margin", "net_margin", "roa_ebit", "roe", "debt_to_assets"),
        PERCENT,
    ),
    **dict.fromkeys(("receivable_days", "inventory_days", "payable_days", "cash_cycle"), DAYS),
}
DUPONT: Mapping[str, Text] = {
    "roe": _("Return on equity"),
    "npm": _("Net margin"),
    "ato": _("Asset turnover"),
    "em": _("Equity multiplier"),
    "five_tax": _("Tax burden"),
    "five_interest": _("Interest burden"),
    "five_ebit_margin": _("EBIT margin"),
    "five_ato": _("Asset turnover"),
    "five_em": _("Equity multiplier"),
}
DUPONT_FORMULAS: Mapping[str, Text] = {
    "roe": _("net profit ÷ average equity"),
    "npm": _("net profit ÷ revenue"),
    "ato": _("revenue ÷ average assets"),
    "em": _("average assets ÷ average equity"),
    "five_tax": _("net profit ÷ profit before tax"),
    "five_interest": _("profit before tax ÷ EBIT"),
    "five_ebit_margin": _("EBIT ÷ revenue"),
    "five_ato": _("revenue ÷ average assets"),
    "five_em": _("average assets ÷ average equity"),
}
# Why a figure cannot be computed, or how it had to be.
STATUSES: Mapping[str, Text] = {
    "ok_with_guard": _("with an assumption"),
    "missing_input": _("something is missing"),
    "zero_denominator": _("the denominator is zero"),
    "negative_denominator": _("the denominator is negative"),
    "negative_net_worth": _("net worth is not positive"),
    "not_applicable": _("not applicable"),
    "stale": _("too old"),
    "non_comparable": _("the years cannot be compared"),
    "interim_not_annualised": _("the period is too short to be annualised"),
}
GUARDS: Mapping[str, Text] = {
    "AVERAGE_OF_ONE_YEAR": _("closing balance alone"),
    "EBIT_FROM_NET_FINANCE_COSTS": _("net finance costs for interest"),
    "EQUITY_FROM_IDENTITY": _("equity as assets less liabilities"),
    "RATIO_CAPPED": _("highest value: nothing to divide by"),
    "DEFERRED_TAX_CHARGE_TAKEN_AS_ZERO": _("deferred tax charge taken as zero"),
}
PEER_LEVELS: Mapping[str, Text] = {
    "DIVISION": _("the same industry (GB/T 4754 division %(code)s)"),
    "SECTION": _("the same section of industries (GB/T 4754 section %(code)s)"),
    "ALL": _("all industries"),
}


def name_ratio(name: str) -> str:
    """Return the label of a ratio of the library."""
    ratio = RATIOS[name]
    label = ratio.label_zh if language().startswith("zh") else ratio.label_en
    return label[:1].upper() + label[1:]
