"""The statement items: one machine name, two labels and one sign rule for every printed line.

Format of the Ministry of Finance notice 财会〔2019〕6号 (general enterprises) with IFRS wording for
the English side (0.2 to 0.5). Every other part of the product names a figure by its machine name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Section(StrEnum):
    """The statement an item is printed on."""

    BALANCE_SHEET = "BS"
    INCOME_STATEMENT = "IS"
    CASH_FLOW = "CF"
    NOTE = "NOTE"
    DERIVED = "DERIVED"


class Sign(StrEnum):
    """How an item is entered.

    ``POSITIVE``: as printed, negative only in error. ``CONTRA``: entered positive, subtracted.
    ``SIGNED``: either sign (profits, balances, nets). ``GAIN_LOSS``: gain positive, loss negative,
    so an impairment of 70 is entered as -70.
    """

    POSITIVE = "POSITIVE"
    CONTRA = "CONTRA"
    SIGNED = "SIGNED"
    GAIN_LOSS = "GAIN_LOSS"


@dataclass(frozen=True)
class Item:
    """One line of a statement.

    ``is_flow`` items cover the period and are annualised for interim statements; the others are
    balances. ``may_be_blank`` items count as 0 on a statement confirmed complete (N5).
    """

    name: str
    section: Section
    label_en: str
    label_zh: str
    sign: Sign = Sign.POSITIVE
    is_flow: bool = False
    may_be_blank: bool = True
    is_total: bool = False

    def label(self, language: str) -> str:
        """Return the label in the reader's language ("en", "zh-hans", …)."""
        return self.label_zh if language.lower().startswith("zh") else self.label_en


# name | English | Chinese | flags: t total, r required (never blank), s signed, g gain or loss,
# c contra, p point in time although printed on a flow statement, f flow although printed in a note
_BALANCE_SHEET = """
cash_and_bank | cash and bank | 货币资金 |
fin_assets_trading | financial assets at fair value through profit or loss, current | 交易性金融资产 |
derivative_assets | derivative financial assets | 衍生金融资产 |
notes_receivable | trade bills receivable | 应收票据 |
accounts_receivable | trade receivables, net of loss allowance | 应收账款 |
receivables_financing | trade bills held to collect and sell | 应收款项融资 |
prepayments | prepayments to suppliers | 预付款项 |
other_receivables | other receivables | 其他应收款 |
inventories | inventories | 存货 |
contract_assets | contract assets | 合同资产 |
held_for_sale_assets | non-current assets held for sale | 持有待售资产 |
noncurrent_assets_due_1y | current portion of non-current assets | 一年内到期的非流动资产 |
other_current_assets | other current assets | 其他流动资产 |
total_current_assets | total current assets | 流动资产合计 | t
debt_investments | debt instruments at amortised cost | 债权投资 |
other_debt_investments | debt instruments at fair value through OCI | 其他债权投资 |
long_term_receivables | long-term receivables | 长期应收款 |
long_term_equity_investments | investments in associates and joint ventures | 长期股权投资 |
other_equity_investments | equity instruments at fair value through OCI | 其他权益工具投资 |
other_noncurrent_fin_assets | other non-current financial assets | 其他非流动金融资产 |
investment_property | investment property | 投资性房地产 |
fixed_assets | property, plant and equipment | 固定资产 |
construction_in_progress | construction in progress | 在建工程 |
productive_biological_assets | bearer biological assets | 生产性生物资产 |
oil_gas_assets | oil and gas properties | 油气资产 |
right_of_use_assets | right-of-use assets | 使用权资产 |
intangible_assets | intangible assets | 无形资产 |
development_expenditure | capitalised development cost | 开发支出 |
goodwill | goodwill | 商誉 |
long_term_deferred_expenses | long-term deferred expenses | 长期待摊费用 |
deferred_tax_assets | deferred tax assets | 递延所得税资产 |
other_noncurrent_assets | other non-current assets | 其他非流动资产 |
total_noncurrent_assets | total non-current assets | 非流动资产合计 | t
total_assets | total assets | 资产总计 | t
short_term_borrowings | short-term borrowings | 短期借款 |
fin_liabilities_trading | financial liabilities at fair value through profit or loss | 交易性金融负债 |
derivative_liabilities | derivative financial liabilities | 衍生金融负债 |
notes_payable | bills payable | 应付票据 |
accounts_payable | trade payables | 应付账款 |
advances_from_customers | advances received | 预收款项 |
contract_liabilities | contract liabilities | 合同负债 |
employee_benefits_payable | short-term employee benefits | 应付职工薪酬 |
taxes_payable | taxes payable | 应交税费 | s
other_payables | other payables | 其他应付款 |
held_for_sale_liabilities | liabilities held for sale | 持有待售负债 |
noncurrent_liabilities_due_1y | current portion of long-term debt | 一年内到期的非流动负债 |
other_current_liabilities | other current liabilities | 其他流动负债 |
total_current_liabilities | total current liabilities | 流动负债合计 | t
long_term_borrowings | long-term borrowings | 长期借款 |
bonds_payable | bonds payable | 应付债券 |
lease_liabilities | lease liabilities | 租赁负债 |
long_term_payables | long-term payables | 长期应付款 |
long_term_employee_benefits | long-term employee benefits | 长期应付职工薪酬 |
provisions | provisions | 预计负债 |
deferred_income | deferred income | 递延收益 |
deferred_tax_liabilities | deferred tax liabilities | 递延所得税负债 |
other_noncurrent_liabilities | other non-current liabilities | 其他非流动负债 |
total_noncurrent_liabilities | total non-current liabilities | 非流动负债合计 | t
total_liabilities | total liabilities | 负债合计 | t
paid_in_capital | share capital | 实收资本(或股本) |
other_equity_instruments | other equity instruments | 其他权益工具 |
capital_reserve | share premium and other capital reserves | 资本公积 | s
treasury_shares | treasury shares | 库存股 | c
other_comprehensive_income | accumulated other comprehensive income | 其他综合收益 | s
special_reserve | special reserve | 专项储备 |
surplus_reserve | statutory surplus reserve | 盈余公积 |
undistributed_profit | undistributed profit | 未分配利润 | rs
equity_parent | equity attributable to owners of the parent | 归属于母公司所有者权益合计 | ts
minority_interest | non-controlling interests | 少数股东权益 | s
total_equity | total equity | 所有者权益(或股东权益)合计 | ts
total_liabilities_and_equity | total equity and liabilities | 负债和所有者权益总计 | t
"""

_INCOME_STATEMENT = """
revenue | revenue | 营业收入 | r
cost_of_sales | cost of sales | 营业成本 | r
taxes_and_surcharges | taxes and surcharges | 税金及附加 | s
selling_expenses | distribution costs | 销售费用 |
admin_expenses | administrative expenses | 管理费用 |
rd_expenses | research and development | 研发费用 |
finance_costs_net | net finance costs | 财务费用 | s
interest_expense | interest expense | 利息费用 | r
interest_income | interest income | 利息收入 |
other_income | other income | 其他收益 |
investment_income | investment income | 投资收益 | g
net_exposure_hedging_gains | net exposure hedging gains | 净敞口套期收益 | g
fair_value_gains | fair value gains | 公允价值变动收益 | g
credit_impairment | expected credit loss | 信用减值损失 | g
asset_impairment | impairment of assets | 资产减值损失 | g
asset_disposal_gains | gains on disposal of non-current assets | 资产处置收益 | g
operating_profit | operating profit | 营业利润 | ts
non_operating_income | non-operating income | 营业外收入 |
non_operating_expenses | non-operating expenses | 营业外支出 |
profit_before_tax | profit before tax | 利润总额 | ts
income_tax_expense | income tax expense | 所得税费用 | rs
net_profit | profit for the period | 净利润 | ts
net_profit_parent | profit attributable to owners of the parent | 归属于母公司股东的净利润 | ts
net_profit_minority | profit attributable to non-controlling interests | 少数股东损益 | s
oci_after_tax | other comprehensive income, net of tax | 其他综合收益的税后净额 | g
total_comprehensive_income | total comprehensive income | 综合收益总额 | ts
"""

_CASH_FLOW = """
cash_from_sales | cash received from sales | 销售商品、提供劳务收到的现金 | r
tax_refunds | tax refunds received | 收到的税费返还 |
other_operating_in | other operating cash received | 收到其他与经营活动有关的现金 |
operating_inflows | operating cash inflows | 经营活动现金流入小计 | t
cash_paid_goods | cash paid for goods and services | 购买商品、接受劳务支付的现金 |
cash_paid_employees | cash paid to employees | 支付给职工以及为职工支付的现金 |
cash_paid_taxes | taxes paid | 支付的各项税费 |
other_operating_out | other operating cash paid | 支付其他与经营活动有关的现金 |
operating_outflows | operating cash outflows | 经营活动现金流出小计 | t
cfo | net cash from operating activities | 经营活动产生的现金流量净额 | ts
investment_recovered | cash received from investments recovered | 收回投资收到的现金 |
investment_returns | cash received from investment returns | 取得投资收益收到的现金 |
asset_disposal_proceeds | proceeds of non-current assets sold | 处置固定资产、无形资产和其他长期资产收回的现金净额 |
subsidiary_disposal | proceeds of subsidiaries sold | 处置子公司收到的现金净额 |
other_investing_in | other investing cash received | 收到其他与投资活动有关的现金 |
investing_inflows | investing cash inflows | 投资活动现金流入小计 | t
capex | capital expenditure | 购建固定资产、无形资产和其他长期资产支付的现金 |
investments_paid | cash paid for investments | 投资支付的现金 |
subsidiary_acquired | cash paid for subsidiaries | 取得子公司支付的现金净额 |
other_investing_out | other investing cash paid | 支付其他与投资活动有关的现金 |
investing_outflows | investing cash outflows | 投资活动现金流出小计 | t
cfi | net cash from investing activities | 投资活动产生的现金流量净额 | ts
capital_contributions | capital contributions received | 吸收投资收到的现金 |
borrowings_received | borrowings received | 取得借款收到的现金 |
other_financing_in | other financing cash received | 收到其他与筹资活动有关的现金 |
financing_inflows | financing cash inflows | 筹资活动现金流入小计 | t
debt_repaid | debt repaid | 偿还债务支付的现金 |
dividends_interest_paid | dividends and interest paid | 分配股利、利润或偿付利息支付的现金 |
other_financing_out | other financing cash paid | 支付其他与筹资活动有关的现金 |
financing_outflows | financing cash outflows | 筹资活动现金流出小计 | t
cff | net cash from financing activities | 筹资活动产生的现金流量净额 | ts
fx_effect | effect of exchange rates on cash | 汇率变动对现金的影响 | g
net_cash_change | net change in cash | 现金及现金等价物净增加额 | ts
cash_begin | cash at the beginning of the period | 期初现金及现金等价物余额 | rp
cash_end | cash at the end of the period | 期末现金及现金等价物余额 | rp
"""

_NOTE = """
depreciation | depreciation of fixed assets | 固定资产折旧 | rf
rou_depreciation | depreciation of right-of-use assets | 使用权资产折旧 | f
amortisation_intangibles | amortisation of intangible assets | 无形资产摊销 | f
amortisation_deferred | amortisation of long-term deferred expenses | 长期待摊费用摊销 | f
restricted_cash | restricted cash | 受限货币资金 |
dividends_declared | dividends declared | 已宣告股利 | rf
land_use_rights | land-use rights | 土地使用权 | r
market_cap | market capitalisation | 总市值 | r
shares_outstanding | shares outstanding | 总股本 | r
employees | number of employees | 员工人数 | r
contingent_liabilities | contingent liabilities and guarantees given | 或有负债/对外担保余额 | r
credit_sales | credit sales | 赊销收入 | rf
"""

# Computed on full statements; a condensed statement may state them itself (0.6).
_DERIVED = """
working_capital | working capital | 营运资本 | s
quick_assets | quick assets | 速动资产 | s
quick_assets_cn | quick assets, simple | 速动资产(简) | s
da | depreciation and amortisation | 折旧及摊销 | f
ebit | earnings before interest and tax | 息税前利润 | sf
ebitda | earnings before interest, tax, depreciation and amortisation | 息税折旧摊销前利润 | sf
retained_earnings | retained earnings | 留存收益 | s
net_worth | net worth | 净资产 | s
intangibles_deducted | intangibles deducted | 应扣除的无形资产 |
tangible_net_worth | tangible net worth | 有形净值 | s
tangible_assets | tangible assets | 有形资产 | s
interest_bearing_debt | interest-bearing debt | 有息负债 |
long_term_debt | long-term debt | 长期有息负债 |
trade_receivables | trade receivables and bills | 应收账款及票据 |
trade_payables | trade payables and bills | 应付账款及票据 |
gross_profit | gross profit | 毛利 | sf
purchases | purchases | 采购额 | sf
deferred_tax_charge | deferred tax charge | 递延所得税费用 | sf
"""

_SIGNS = {"s": Sign.SIGNED, "g": Sign.GAIN_LOSS, "c": Sign.CONTRA}


def _read(section: Section, table: str) -> list[Item]:
    is_flow_statement = section in (Section.INCOME_STATEMENT, Section.CASH_FLOW)
    items = []
    for line in table.strip().splitlines():
        name, english, chinese, flags = (cell.strip() for cell in line.split("|"))
        items.append(
            Item(
                name=name,
                section=section,
                label_en=english,
                label_zh=chinese,
                sign=next((_SIGNS[flag] for flag in flags if flag in _SIGNS), Sign.POSITIVE),
                is_flow="f" in flags or (is_flow_statement and "p" not in flags),
                may_be_blank="r" not in flags and "t" not in flags,
                is_total="t" in flags,
            )
        )
    return items


ITEMS: Mapping[str, Item] = {
    item.name: item
    for item in (
        *_read(Section.BALANCE_SHEET, _BALANCE_SHEET),
        *_read(Section.INCOME_STATEMENT, _INCOME_STATEMENT),
        *_read(Section.CASH_FLOW, _CASH_FLOW),
        *_read(Section.NOTE, _NOTE),
    )
}
DERIVED_ITEMS: Mapping[str, Item] = {item.name: item for item in _read(Section.DERIVED, _DERIVED)}

# Other wordings met on real forms, each for the item it means.
_ALIASES = {
    "实收资本": "paid_in_capital",
    "股本": "paid_in_capital",
    "所有者权益合计": "total_equity",
    "股东权益合计": "total_equity",
    "所有者权益总计": "total_equity",
    "负债总计": "total_liabilities",
    "负债总额": "total_liabilities",
    "资产合计": "total_assets",
    "资产总额": "total_assets",
    "负债和所有者权益(或股东权益)总计": "total_liabilities_and_equity",
    "负债及所有者权益总计": "total_liabilities_and_equity",
    "营业税金及附加": "taxes_and_surcharges",
    "归属于母公司所有者的净利润": "net_profit_parent",
    "主营业务收入": "revenue",
    "主营业务成本": "cost_of_sales",
    "应交税金": "taxes_payable",
    "利息支出": "interest_expense",
    "sales": "revenue",
    "turnover": "revenue",
    "net sales": "revenue",
    "cost of goods sold": "cost_of_sales",
    "net profit": "net_profit",
    "net income": "net_profit",
    "shareholders' equity": "total_equity",
    "total shareholders' equity": "total_equity",
    "inventory": "inventories",
    "accounts receivable": "accounts_receivable",
    "accounts payable": "accounts_payable",
    "current assets": "total_current_assets",
    "current liabilities": "total_current_liabilities",
    "liabilities": "total_liabilities",
    "assets": "total_assets",
    "operating income": "operating_profit",
}

_LEADING_MARK = re.compile(
    r"^(?:[一二三四五六七八九十]+[、.]|\(?[一二三四五六七八九十\d]+\)[、.]?|\d+[、.]|其中:|减:|加:|of which:?|less:|add:)\s*"
)


def normalise_label(label: str) -> str:
    """Fold a printed label to its comparable form: width, case, spaces, numbering, "less:".

    >>> normalise_label("减：库存股"), normalise_label(" 一、营业收入")
    ('库存股', '营业收入')
    """
    text = unicodedata.normalize("NFKC", label).strip().lower()
    text = re.sub(r"\s+", " ", text).replace("_", " ")
    if re.search(r"[一-鿿]", text):
        text = text.replace(" ", "")
    stripped = _LEADING_MARK.sub("", text)
    while stripped != text:
        text, stripped = stripped, _LEADING_MARK.sub("", stripped)
    return text.rstrip(":").strip()


def _index() -> dict[str, Item]:
    index: dict[str, Item] = {}
    for item in (*ITEMS.values(), *DERIVED_ITEMS.values()):
        for label in (item.name, item.label_en, item.label_zh):
            index.setdefault(normalise_label(label), item)
    for label, name in _ALIASES.items():
        index.setdefault(normalise_label(label), ITEMS[name])
    return index


_BY_LABEL = _index()


def find_item(label: str) -> Item | None:
    """Return the item that a machine name, an English or a Chinese label means; else ``None``.

    >>> [find_item(x).name for x in ("total_assets", "Total assets", "资产总计", "减:库存股")]
    ['total_assets', 'total_assets', 'total_assets', 'treasury_shares']
    >>> find_item("moonlight") is None
    True
    """
    # A machine name is exact: "trade_payables" is derived, the printed "trade payables" is not.
    name = label.strip()
    return ITEMS.get(name) or DERIVED_ITEMS.get(name) or _BY_LABEL.get(normalise_label(label))


def is_flow(name: str) -> bool:
    """Tell whether an item covers the period rather than its last day."""
    item = ITEMS.get(name) or DERIVED_ITEMS[name]
    return item.is_flow
