"""The wording of the 5C questionnaire: 25 indicators, five anchored steps each (section 1).

An interval a-b means a ≤ x < b. Labels and anchors are house defaults in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scoring.domain.models.five_c import PARTS

PART_LABELS: Mapping[str, tuple[str, str]] = {
    "character": ("Character", "品格"),
    "capacity": ("Capacity", "能力"),
    "capital": ("Capital", "资本"),
    "collateral": ("Collateral", "担保品"),
    "conditions": ("Conditions", "经营条件"),
}


@dataclass(frozen=True)
class Indicator:
    """One question with what each step, 1 (worst) to 5, means."""

    name: str
    part: str
    label_en: str
    label_zh: str
    anchors_en: tuple[str, ...]
    anchors_zh: tuple[str, ...]

    def label(self, language: str) -> str:
        """Return the question in the reader's language."""
        return self.label_zh if language.lower().startswith("zh") else self.label_en

    def anchors(self, language: str) -> tuple[str, ...]:
        """Return what steps 1 to 5 mean, in the reader's language."""
        return self.anchors_zh if language.lower().startswith("zh") else self.anchors_en


_TABLE = """
CH1 | Court and enforcement record | 涉诉与执行
on dishonest-debtor list now / enforced debtor now, or listed < 2 years ago / defendant in more than 2 payment suits in 3 years / one settled payment suit in 3 years / none in 5 years
现为失信被执行人 / 现为被执行人,或移出名单不足 2 年 / 3 年内作为被告的付款诉讼超过 2 起 / 3 年内一起已结付款诉讼 / 5 年内无
CH2 | Payment reputation at other suppliers | 同业口碑
two or more suppliers stopped credit / often > 60 days late / 15-60 days late / within 15 days / prompt or early
两家以上供应商停止赊销 / 经常拖欠 60 天以上 / 拖欠 15-60 天 / 15 天以内 / 按时或提前
CH3 | Truthfulness of information supplied | 信息真实性
forged document proven / material contradiction unexplained / minor gaps corrected on request / consistent / consistent and independently verified
证实伪造文件 / 重大矛盾无法解释 / 小缺漏经要求后更正 / 前后一致 / 一致且经独立核实
CH4 | Owner and management integrity, stability | 实际控制人及管理层
hidden controller or criminal matter / controller changed twice in 2 years / changed once in 2 years / stable 3-5 years / stable > 5 years with good name
隐名控制人或刑事案件 / 2 年内控制人变更两次 / 2 年内变更一次 / 稳定 3-5 年 / 稳定 5 年以上且声誉良好
CH5 | Tax, customs and registry discipline | 纳税及登记合规
major tax violation list / tax grade D or abnormal-operation list / tax grade C or M / tax grade B / tax grade A
重大税收违法名单 / 纳税信用 D 级或经营异常名录 / 纳税信用 C 级或 M 级 / 纳税信用 B 级 / 纳税信用 A 级
CP1 | Core business cash generation | 主营造血
operating cash flow negative 3 years / negative 2 of 3 years / mixed / positive 3 years / positive and rising 3 years
经营现金流连续 3 年为负 / 3 年中 2 年为负 / 有正有负 / 连续 3 年为正 / 连续 3 年为正且上升
CP2 | Order book and capacity use | 订单与产能利用率
< 40% / 40-55% / 55-70% / 70-85% / > 85%
< 40% / 40-55% / 55-70% / 70-85% / > 85%
CP3 | Customer and supplier concentration, top-5 share | 集中度(前五名占比)
> 90% / 75-90% / 50-75% / 30-50% / < 30%
> 90% / 75-90% / 50-75% / 30-50% / < 30%
CP4 | Finance function and systems | 财务管理
no books / cash books only / accountant, late statements / monthly statements / audited, ERP, budget control
无账 / 仅流水账 / 有会计,报表滞后 / 月度报表 / 经审计,有 ERP 与预算控制
CP5 | Banking relations | 银行关系
loans classified or called / lines cut / single bank, line full / two or more banks, unused line / unused line > 30% and rated by bank
贷款被分类或提前收回 / 授信被压缩 / 单一银行且额度用满 / 两家以上银行,有未用额度 / 未用额度超过 30% 且有银行评级
CT1 | Paid-in share of registered capital | 实缴比例
0 / < 30% / 30-60% / 60-100% / 100% verified
0 / < 30% / 30-60% / 60-100% / 100% 且经核实
CT2 | Debt to assets against the industry | 资产负债率
> 90% / 80-90% / 65-80% / 50-65% / < 50%
> 90% / 80-90% / 65-80% / 50-65% / < 50%
CT3 | Tangible net worth over our requested limit | 有形净值倍数
< 1 / 1-3 / 3-8 / 8-20 / > 20
< 1 / 1-3 / 3-8 / 8-20 / > 20
CT4 | Profit retention | 利润留存
accumulated loss / breakeven / retains < 30% / 30-60% / > 60%
累计亏损 / 盈亏平衡 / 留存 < 30% / 30-60% / > 60%
CT5 | External guarantees over equity | 对外担保/净资产
> 100% / 50-100% / 20-50% / 5-20% / < 5%
> 100% / 50-100% / 20-50% / 5-20% / < 5%
CL1 | Security offered to us | 提供担保
refused / owner's verbal promise / owner's written guarantee / parent guarantee or registered retention of title / bank guarantee, cash deposit or mortgage of 100% or more
拒绝 / 业主口头承诺 / 业主书面保证 / 母公司保证或已登记的所有权保留 / 银行保函、保证金或足额抵押
CL2 | Unencumbered assets | 未抵押资产
all pledged / > 80% pledged / 50-80% / 20-50% / < 20%
全部抵押 / 抵押超过 80% / 50-80% / 20-50% / < 20%
CL3 | Liquidity of our goods as collateral | 货物可变现性
consumed at once / < 20% resale / 20-50% / 50-75% / > 75% resale
即时消耗 / 变现 < 20% / 20-50% / 50-75% / 变现 > 75%
CL4 | Insurability | 信用保险可投保性
refused by insurer / partial < 50% / 50-80% / 80-90% / full cover of 90% or more
保险人拒保 / 部分承保 < 50% / 50-80% / 80-90% / 足额承保 90% 以上
CL5 | Priority of our claim | 受偿顺位
subordinated / behind many secured / equal, unsecured / partly secured / first-ranking
劣后 / 排在众多有担保债权之后 / 平等,无担保 / 部分有担保 / 第一顺位
CD1 | Industry cycle | 行业景气
collapse / contraction / flat / growth / strong growth
崩溃 / 收缩 / 平稳 / 增长 / 强劲增长
CD2 | Regional and country risk | 地区/国家风险
transfer stop or sanctions / high / medium / low / very low
停止转移或受制裁 / 高 / 中 / 低 / 很低
CD3 | Policy and environmental exposure | 政策环保
closure ordered / restricted class / neutral, pending upgrade / compliant / encouraged class
被责令关停 / 限制类 / 中性,待升级 / 合规 / 鼓励类
CD4 | Market position | 市场地位
marginal / follower losing share / stable niche / regional leader / national leader
边缘 / 份额下滑的跟随者 / 稳定的细分市场 / 区域领先 / 全国领先
CD5 | Dependence on our product | 对我方产品依赖度
trial buyer, many substitutes / low / medium / high / critical input, few substitutes
试用客户,替代品多 / 低 / 中 / 高 / 关键投入,替代品少
"""


def _read() -> dict[str, Indicator]:
    lines = _TABLE.strip().splitlines()
    part_of = {indicator: part for part, names in PARTS.items() for indicator in names}
    indicators = {}
    for heading, english, chinese in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        name, label_en, label_zh = (cell.strip() for cell in heading.split("|"))
        indicators[name] = Indicator(
            name,
            part_of[name],
            label_en,
            label_zh,
            tuple(step.strip() for step in english.split(" / ")),
            tuple(step.strip() for step in chinese.split(" / ")),
        )
    return indicators


INDICATORS: Mapping[str, Indicator] = _read()
