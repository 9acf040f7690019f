"""Financial statements and 5C answers of the sample customers, as good or bad as their habit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from credit_mgmt.demo.habits import Habit
from scoring.domain.models.five_c import PARTS

YEARS = 3
Lines = dict[str, Decimal]


@dataclass
class _Standing:
    """Balances that one year hands to the next, in CNY thousand."""

    cash: int
    retained: int
    reserve: int
    capital: int
    fixed: int
    long_debt: int


def list_year_ends(as_of: date) -> list[date]:
    """Return the last three year ends whose accounts are out by `as_of`, oldest first."""
    last = as_of.year - 1 if (as_of.month, as_of.day) >= (5, 1) else as_of.year - 2
    return [date(year, 12, 31) for year in range(last - YEARS + 1, last + 1)]


def draw_statements(
    habit: Habit, revenue: float, rng: Random, as_of: date
) -> Iterator[tuple[date, Lines]]:
    """Yield full statements that satisfy every identity, year by year, in whole CNY.

    `revenue` is the first year's, in CNY. Figures are kept in thousands, so that every sum is exact.
    """
    sales = max(800, int(revenue / 1000))
    own = habit.strength - 0.1 + rng.gauss(0, 0.11)  # no two customers of a habit are alike
    base = _open_books(max(0.05, own), sales, rng)
    for n, year_end in enumerate(list_year_ends(as_of)):
        strength = min(0.95, max(0.05, own + habit.drift * n + rng.gauss(0, 0.04)))
        growth = 1 + (strength - 0.5) * 0.25 + rng.gauss(0, 0.04)
        sales = max(500, int(sales * growth))
        lines = _close_year(base, sales, strength, rng)
        yield year_end, {name: Decimal(value) * 1000 for name, value in lines.items()}


def _open_books(strength: float, sales: int, rng: Random) -> _Standing:
    size = sales * (0.75 + 0.3 * rng.random())
    capital = int(size * (0.12 + 0.12 * rng.random()))
    return _Standing(
        cash=int(size * (0.03 + 0.12 * strength)),
        retained=int(size * (strength - 0.3) * 0.4),
        reserve=int(size * 0.02),
        capital=capital,
        fixed=int(size * (0.2 + 0.2 * rng.random())),
        long_debt=int(size * (0.17 - 0.12 * strength)),
    )


def _close_year(before: _Standing, sales: int, strength: float, rng: Random) -> dict[str, int]:
    """Write one year's three statements; `before` becomes the balances of its end."""
    income = _income(before, sales, strength, rng)
    profit = income["net_profit"]
    dividends = int(profit * 0.3) if profit > 0 and strength > 0.5 else 0
    depreciation = max(1, int(before.fixed * 0.09))
    capex = int(depreciation * (0.5 + strength))
    debt_change = -int(before.long_debt * 0.1 * strength)
    previous = (before.cash, before.retained, before.reserve)
    to_reserve = int(profit * 0.1) if profit > 0 else 0
    before.fixed += capex - depreciation
    before.long_debt += debt_change
    before.reserve += to_reserve
    before.retained += profit - dividends - to_reserve
    balance = _balance(before, sales, strength, rng)
    before.cash = balance["cash_and_bank"]
    cash = _cash_flow(income, depreciation, capex, debt_change, dividends, previous[0], before.cash)
    notes = {
        "depreciation": depreciation,
        "rou_depreciation": 0,
        "amortisation_intangibles": 0,
        "amortisation_deferred": 0,
        "dividends_declared": dividends,
        "land_use_rights": 0,
        "credit_sales": int(sales * 0.92),
    }
    return income | balance | cash | notes


def _income(before: _Standing, sales: int, strength: float, rng: Random) -> dict[str, int]:
    margin = 0.1 + 0.22 * strength + rng.gauss(0, 0.01)
    cost = int(sales * (1 - margin))
    taxes, selling, admin = int(sales * 0.006), int(sales * 0.045), int(sales * 0.06)
    research = int(sales * 0.02)
    interest = max(1, int(before.long_debt * 0.05 + sales * (0.022 - 0.018 * strength)))
    earned = int(before.cash * 0.004)
    impairment = -int(sales * (0.012 if strength < 0.4 else 0.002))
    operating = sales - cost - taxes - selling - admin - research - (interest - earned) + impairment
    other_out = int(sales * 0.001)
    before_tax = operating - other_out
    tax = int(before_tax * 0.25) if before_tax > 0 else 0
    net = before_tax - tax
    return {
        "revenue": sales,
        "cost_of_sales": cost,
        "taxes_and_surcharges": taxes,
        "selling_expenses": selling,
        "admin_expenses": admin,
        "rd_expenses": research,
        "finance_costs_net": interest - earned,
        "interest_expense": interest,
        "interest_income": earned,
        "credit_impairment": impairment,
        "operating_profit": operating,
        "non_operating_expenses": other_out,
        "profit_before_tax": before_tax,
        "income_tax_expense": tax,
        "net_profit": net,
        "total_comprehensive_income": net,
    }


def _balance(now: _Standing, sales: int, strength: float, rng: Random) -> dict[str, int]:
    """Write the balance sheet; short-term borrowing, or cash, takes up what is left over."""
    receivable = int(sales * (0.13 + 0.12 * (1 - strength)))
    stock = int(sales * (0.1 + 0.12 * (1 - strength) + 0.03 * rng.random()))
    prepaid, other = int(sales * 0.02), int(sales * 0.015)
    payable = int(sales * (0.09 + 0.1 * (1 - strength)))
    wages, tax_due = int(sales * 0.02), int(sales * 0.01)
    advances = int(sales * 0.015)
    equity = now.capital + now.reserve + now.retained
    rest = receivable + stock + prepaid + other + now.fixed
    least_cash = max(20, int(sales * (0.015 + 0.1 * strength)))
    without_loans = payable + wages + tax_due + advances + now.long_debt + equity
    loans = max(0, rest + least_cash - without_loans)
    cash = without_loans + loans - rest
    current = cash + receivable + stock + prepaid + other
    current_debt = loans + payable + wages + tax_due + advances
    return {
        "cash_and_bank": cash,
        "accounts_receivable": receivable,
        "prepayments": prepaid,
        "other_receivables": other,
        "inventories": stock,
        "total_current_assets": current,
        "fixed_assets": now.fixed,
        "total_noncurrent_assets": now.fixed,
        "total_assets": current + now.fixed,
        "short_term_borrowings": loans,
        "accounts_payable": payable,
        "contract_liabilities": advances,
        "employee_benefits_payable": wages,
        "taxes_payable": tax_due,
        "total_current_liabilities": current_debt,
        "long_term_borrowings": now.long_debt,
        "total_noncurrent_liabilities": now.long_debt,
        "total_liabilities": current_debt + now.long_debt,
        "paid_in_capital": now.capital,
        "surplus_reserve": now.reserve,
        "undistributed_profit": now.retained,
        "total_equity": equity,
        "total_liabilities_and_equity": current_debt + now.long_debt + equity,
    }


def _cash_flow(
    income: dict[str, int],
    depreciation: int,
    capex: int,
    debt_change: int,
    dividends: int,
    cash_before: int,
    cash_after: int,
) -> dict[str, int]:
    """Write the cash flow; operating cash is what the change of the balances leaves."""
    sales = income["revenue"]
    change = cash_after - cash_before
    paid_out = dividends + income["interest_expense"]
    repaid = max(0, -debt_change)
    financing = -repaid - paid_out
    operating = change - financing + capex
    received = int(sales * 1.09)
    wages, taxes = int(sales * 0.13), income["taxes_and_surcharges"] + int(sales * 0.03)
    goods = received - operating - wages - taxes
    if goods < 0:
        received, goods = received - goods, 0
    return {
        "cash_from_sales": received,
        "operating_inflows": received,
        "cash_paid_goods": goods,
        "cash_paid_employees": wages,
        "cash_paid_taxes": taxes,
        "operating_outflows": goods + wages + taxes,
        "cfo": operating,
        "investing_inflows": 0,
        "capex": capex,
        "investing_outflows": capex,
        "cfi": -capex,
        "financing_inflows": 0,
        "debt_repaid": repaid,
        "dividends_interest_paid": paid_out,
        "financing_outflows": repaid + paid_out,
        "cff": financing,
        "net_cash_change": change,
        "cash_begin": cash_before,
        "cash_end": cash_after,
    }


def draw_answers(habit: Habit, rng: Random, as_of: date, shift: float = 0.0) -> dict[str, Any]:
    """Draw 5C answers with the evidence and comments that the rules ask for."""
    answers: dict[str, list[int]] = {}
    evidence: dict[str, list[dict[str, str]]] = {}
    comments: dict[str, str] = {}
    for part, names in PARTS.items():
        answers[part] = []
        for name in names:
            mean = 1.4 + 3.4 * (habit.strength + shift)
            step = min(5, max(1, round(rng.gauss(mean, 0.8))))
            if name in ("CH1", "CH3") and step == 1:
                step = 2  # a veto would be a story of its own
            answers[part].append(step)
            if step >= 4:
                days = (as_of - timedelta(days=20), as_of - timedelta(days=rng.randint(30, 150)))
                evidence[name] = [
                    {
                        "on": day.isoformat(),
                        "note": "示例:访谈与文件核对 / Sample: interview, papers",
                    }
                    for day in days
                ]
            elif step == 1:
                comments[name] = "示例:见信用档案 / Sample: see the dossier"
    return {"answers": answers, "evidence": evidence, "comments": comments}
