"""Ratio library (比率库, 7.7) and DuPont: pure numbers, days on a 365-day year.

Each ratio comes with its status. A denominator of 0 gives ``zero_denominator`` and one below 0
``negative_denominator`` (E1, E2), except where the convention names a cap: no interest → cover 100,
no liabilities → equity to debt 100, no inventories → 0 days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from scoring.domain.results import ZERO, Reason, Status
from scoring.domain.statements.derived import average, derive
from scoring.domain.statements.statements import Amount, Statement, combine

DAYS = Decimal(365)
COVER_CAP = Decimal(100)

HIGHER, LOWER, CONTEXT = "higher", "lower", "context"


@dataclass(frozen=True)
class Books:
    """This year's statement and last year's, read side by side."""

    now: Statement
    prior: Statement | None = None

    def get(self, name: str) -> Amount:
        """Read an item of this year."""
        return derive(name, self.now, self.prior)

    def avg(self, name: str) -> Amount:
        """Average an item of the two years."""
        return average(name, self.now, self.prior)

    def growth(self, name: str) -> Amount:
        """Return this year over last year, less 1; null for non-comparable years (E5)."""
        if self.now.is_non_comparable:
            return Amount(None, Status.NON_COMPARABLE)
        if self.prior is None:
            return Amount(None, Status.MISSING_INPUT, missing=(f"{name} of the prior year",))
        before = derive(name, self.prior)
        gaps = tuple(f"{item} of the prior year" for item in before.missing)
        ratio = divide(self.get(name), replace(before, missing=gaps))
        return Amount(None if ratio.value is None else ratio.value - 1, ratio.status, ratio.missing)


def divide(
    top: Amount, bottom: Amount, *, at_zero: Decimal | None = None, factor: Decimal = Decimal(1)
) -> Amount:
    """Divide two amounts by the rules E1 and E2; ``at_zero`` is the value a 0 denominator gets.

    >>> divide(Amount(Decimal(3)), Amount(Decimal(2))).value
    Decimal('1.5')
    >>> divide(Amount(Decimal(3)), Amount(Decimal(0))).status.value
    'zero_denominator'
    """
    both = combine((top, bottom), ZERO)
    if both.value is None or top.value is None or bottom.value is None:
        return both
    if bottom.value == 0:
        if at_zero is None:
            return Amount(None, Status.ZERO_DENOMINATOR, reasons=both.reasons)
        reasons = (*both.reasons, Reason("RATIO_CAPPED", {"cap": at_zero}))
        return Amount(at_zero, Status.OK_WITH_GUARD, reasons=reasons)
    if bottom.value < 0:
        return Amount(None, Status.NEGATIVE_DENOMINATOR, reasons=both.reasons)
    return Amount(top.value / bottom.value * factor, both.status, reasons=both.reasons)


def _net_debt(books: Books) -> Amount:
    debt, cash = books.get("interest_bearing_debt"), books.get("cash_and_bank")
    both = combine((debt, cash), ZERO)
    if debt.value is None or cash.value is None:
        return both
    return combine((debt, cash), debt.value - cash.value)


def _days(balance: str, flow: str) -> Callable[[Books], Amount]:
    return lambda books: divide(books.avg(balance), books.get(flow), factor=DAYS)


def _inventory_days(books: Books) -> Amount:
    balance = books.avg("inventories")
    days = divide(balance, books.get("cost_of_sales"), factor=DAYS)
    # No stock turns over in no time, whatever was sold (E1). Nothing else does: receivables of 0
    # upon sales of 0 say nothing of how customers pay.
    if balance.value == 0 and days.status is Status.ZERO_DENOMINATOR:
        return Amount(ZERO, balance.status, reasons=balance.reasons)
    return days


def _turnover(flow: str, balance: str) -> Callable[[Books], Amount]:
    return lambda books: divide(books.get(flow), books.avg(balance))


def _over(top: str, bottom: str, at_zero: Decimal | None = None) -> Callable[[Books], Amount]:
    return lambda books: divide(books.get(top), books.get(bottom), at_zero=at_zero)


def _cash_cycle(books: Books) -> Amount:
    parts = [
        RATIOS[name].formula(books)
        for name in ("receivable_days", "inventory_days", "payable_days")
    ]
    receivable, inventory, payable = (part.value for part in parts)
    if receivable is None or inventory is None or payable is None:
        return combine(parts, ZERO)
    return combine(parts, receivable + inventory - payable)


@dataclass(frozen=True)
class Ratio:
    """One ratio of the library: its name, both labels, its formula and which way is better."""

    name: str
    label_en: str
    label_zh: str
    better: str
    formula: Callable[[Books], Amount]


RATIOS: Mapping[str, Ratio] = {
    ratio.name: ratio
    for ratio in (
        Ratio(
            "current_ratio",
            "current ratio",
            "流动比率",
            HIGHER,
            _over("total_current_assets", "total_current_liabilities"),
        ),
        Ratio(
            "quick_ratio_cn",
            "quick ratio",
            "速动比率",
            HIGHER,
            _over("quick_assets_cn", "total_current_liabilities"),
        ),
        Ratio(
            "quick_ratio_strict",
            "quick ratio, strict",
            "速动比率(严格)",
            HIGHER,
            _over("quick_assets", "total_current_liabilities"),
        ),
        Ratio(
            "cash_ratio",
            "cash ratio",
            "现金比率",
            HIGHER,
            _over("cash_and_bank", "total_current_liabilities"),
        ),
        Ratio(
            "cash_flow_ratio",
            "cash flow ratio",
            "现金流动负债比",
            HIGHER,
            _over("cfo", "total_current_liabilities"),
        ),
        Ratio(
            "debt_to_assets",
            "debt to assets",
            "资产负债率",
            LOWER,
            _over("total_liabilities", "total_assets"),
        ),
        Ratio(
            "debt_to_equity",
            "debt to equity",
            "产权比率",
            LOWER,
            _over("total_liabilities", "net_worth"),
        ),
        Ratio(
            "debt_to_tnw",
            "debt to tangible net worth",
            "有形净值债务率",
            LOWER,
            _over("total_liabilities", "tangible_net_worth"),
        ),
        Ratio(
            "interest_cover",
            "interest cover",
            "利息保障倍数",
            HIGHER,
            _over("ebit", "interest_expense", at_zero=COVER_CAP),
        ),
        Ratio(
            "ebitda_cover",
            "EBITDA cover",
            "EBITDA利息保障倍数",
            HIGHER,
            _over("ebitda", "interest_expense", at_zero=COVER_CAP),
        ),
        Ratio(
            "net_debt_ebitda",
            "net debt to EBITDA",
            "净债务/EBITDA",
            LOWER,
            lambda books: divide(_net_debt(books), books.get("ebitda")),
        ),
        Ratio("gross_margin", "gross margin", "毛利率", HIGHER, _over("gross_profit", "revenue")),
        Ratio(
            "operating_margin",
            "operating margin",
            "营业利润率",
            HIGHER,
            _over("operating_profit", "revenue"),
        ),
        Ratio("net_margin", "net margin", "销售净利率", HIGHER, _over("net_profit", "revenue")),
        Ratio(
            "roa_ebit",
            "return on total assets",
            "总资产报酬率",
            HIGHER,
            _turnover("ebit", "total_assets"),
        ),
        Ratio(
            "roe", "return on equity", "净资产收益率", HIGHER, _turnover("net_profit", "net_worth")
        ),
        Ratio(
            "cash_to_profit",
            "cash to profit",
            "盈余现金保障倍数",
            HIGHER,
            _over("cfo", "net_profit"),
        ),
        Ratio(
            "receivable_turnover",
            "receivable turnover",
            "应收账款周转率",
            HIGHER,
            _turnover("revenue", "trade_receivables"),
        ),
        Ratio(
            "receivable_days",
            "receivable days",
            "应收账款周转天数",
            LOWER,
            _days("trade_receivables", "revenue"),
        ),
        Ratio(
            "inventory_turnover",
            "inventory turnover",
            "存货周转率",
            HIGHER,
            _turnover("cost_of_sales", "inventories"),
        ),
        Ratio(
            "inventory_days",
            "inventory days",
            "存货周转天数",
            LOWER,
            _inventory_days,
        ),
        Ratio(
            "payable_days",
            "payable days",
            "应付账款周转天数",
            CONTEXT,
            _days("trade_payables", "purchases"),
        ),
        Ratio("cash_cycle", "cash cycle", "现金周期", LOWER, _cash_cycle),
        Ratio(
            "asset_turnover",
            "asset turnover",
            "总资产周转率",
            HIGHER,
            _turnover("revenue", "total_assets"),
        ),
    )
}


def compute_ratios(statement: Statement, prior: Statement | None = None) -> dict[str, Amount]:
    """Compute every ratio of the library; one entry per name of ``RATIOS``.

    >>> books = Statement({"total_assets": Decimal(200), "total_liabilities": Decimal(80)})
    >>> compute_ratios(books)["debt_to_assets"].value
    Decimal('0.4')
    """
    books = Books(statement, prior)
    return {name: ratio.formula(books) for name, ratio in RATIOS.items()}


def compute_dupont(statement: Statement, prior: Statement | None = None) -> dict[str, Amount]:
    """Split the return on equity into its three and its five factors (7.7)."""
    books = Books(statement, prior)
    turnover = RATIOS["asset_turnover"].formula(books)
    multiplier = divide(books.avg("total_assets"), books.avg("net_worth"))
    profit, before_tax, ebit = (books.get(n) for n in ("net_profit", "profit_before_tax", "ebit"))
    return {
        "npm": RATIOS["net_margin"].formula(books),
        "ato": turnover,
        "em": multiplier,
        "roe": RATIOS["roe"].formula(books),
        "five_tax": divide(profit, before_tax),
        "five_interest": divide(before_tax, ebit),
        "five_ebit_margin": divide(ebit, books.get("revenue")),
        "five_ato": turnover,
        "five_em": multiplier,
    }
