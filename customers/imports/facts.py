"""Import of facts: one thing said of a customer per row, with its source."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput
from common.imports.fields import column, date, one_of, text
from common.imports.kinds import CREATED, UNCHANGED, Context, ImportKind, Rows, register
from customers.domain.facts import FIELDS, FieldKind
from customers.imports.parties import (
    customer_code_column,
    find_customer_ids,
    reject_unknown_customers,
)
from customers.models import Fact, SourceClass
from customers.services.facts import KEY, NewFact, list_known_keys, prepare_fact, record_facts

FIELD_NAMES = {
    "注册资本": "REGISTERED_CAPITAL",
    "实缴资本": "PAID_IN_CAPITAL",
    "从业人数": "EMPLOYEES",
    "员工人数": "EMPLOYEES",
    "营业收入": "REVENUE",
    "资产总额": "TOTAL_ASSETS",
    "成立日期": "FOUNDED",
    "法定代表人": "LEGAL_REPRESENTATIVE",
    "实际控制人": "CONTROLLER",
    "注册地址": "REGISTERED_ADDRESS",
    "经营场所": "PREMISES",
    "纳税信用等级": "TAX_GRADE",
    "评级机构等级": "AGENCY_GRADE",
    "风险指标": "RISK_INDICATOR",
    "付款指数": "PAYDEX",
    "保险人批复": "INSURER_DECISION",
    "信用风险指数": "BUREAU_RISK_INDEX",
    "总市值": "MARKET_CAP",
    "停牌天数": "SUSPENDED_DAYS",
    "同业最高额度": "TRADE_REFERENCE_LIMIT",
    "机构建议额度": "AGENCY_LIMIT",
    "毛利率": "GROSS_MARGIN_PCT",
    "预计年销售": "EXPECTED_SALES",
    "产能利用率": "CAPACITY_USE",
    "前五大客户占比": "TOP5_SHARE",
    "对外担保余额": "CONTINGENT_LIABILITIES",
}
SOURCES = {
    "信用记录": "CREDIT_RECORD",
    "官方信息": "OFFICIAL",
    "社会信息": "SOCIAL",
    "企业内部信息": "INTERNAL",
    "内部信息": "INTERNAL",
    "中介机构": "AGENCY",
    "第三方": "THIRD_PARTY",
}
CONFIDENCES = {"已陈述": "STATED", "陈述": "STATED", "传闻": "HEARSAY"}
REASONS = {
    FieldKind.NUMBER: "NOT_A_NUMBER",
    FieldKind.DATE: "INVALID_DATE",
    FieldKind.TEXT: "LENGTH",
}


@register
class FactKind(ImportKind):
    """Facts of the dossier; what is known already stays as it is."""

    name = "facts"
    title = _("Facts")
    help = _(
        "What registers, agencies and others say of customers: one value per row, with its source."
    )
    lock = "customers"
    columns = (
        customer_code_column(),
        column(
            "field",
            "项目",
            one_of(tuple(FIELDS), FIELD_NAMES),
            "字段",
            "指标",
            required=True,
            example="paid_in_capital",
        ),
        column("value", "内容", text(500), "值", "数值", required=True, example="5000000"),
        column("as_of", "截至日期", date, "日期", required=True, example="2026-06-30"),
        column("obtained_on", "取得日期", date, "获取日期", example="2026-07-01"),
        column(
            "source_class",
            "来源类别",
            one_of(SourceClass.values, SOURCES),
            "来源",
            required=True,
            example="official",
        ),
        column("source_name", "来源名称", text(200), "信息来源", example="示例登记机关"),
        column(
            "confidence",
            "可信度",
            one_of(("STATED", "HEARSAY"), CONFIDENCES),
            blank="STATED",
            example="stated",
        ),
    )

    def check(self, rows: Rows, context: Context) -> list[NewFact | None]:
        ids = find_customer_ids(rows["customer_code"], user=context.actor)
        reject_unknown_customers(rows, ids)
        plan: list[NewFact | None] = [None] * len(rows)
        prepared: dict[int, Fact] = {}
        for n in rows.good:
            new = self._read(rows, n, ids)
            try:
                prepared[n] = prepare_fact(new, as_of=context.as_of)
            except InvalidInput as error:
                self._reject(rows, n, error)
                continue
            plan[n] = new
        known = list_known_keys(prepared.values()) if prepared else set()
        seen: dict[tuple[Any, ...], int] = {}
        for n, row in prepared.items():
            key = tuple(getattr(row, name) for name in KEY)
            if key in seen:
                rows.reject(n, "field", "DUPLICATE_IN_FILE", first=rows.number(seen[key]))
                continue
            seen[key] = n
            rows.outcome[n] = UNCHANGED if key in known else CREATED
        return plan

    def _read(self, rows: Rows, n: int, ids: dict[str, int]) -> NewFact:
        return NewFact(
            customer_id=ids[rows["customer_code"][n]],
            field=rows["field"][n],
            value=rows["value"][n],
            about=rows["as_of"][n],
            obtained_on=rows["obtained_on"][n],
            source_class=rows["source_class"][n],
            source_name=rows["source_name"][n] or "",
            confidence=rows["confidence"][n],
        )

    def _reject(self, rows: Rows, n: int, error: InvalidInput) -> None:
        """Say of which column and how a row is wrong, in the words that all imports share."""
        if error.field != "value":
            name = {"about": "as_of"}.get(error.field, error.field)
            rows.reject(n, name, "IN_THE_FUTURE")
            return
        field = FIELDS[rows["field"][n]]
        found = getattr(error.__cause__, "params", {})
        if field.kind is FieldKind.CHOICE:
            rows.reject(n, "value", "UNKNOWN_CODE", allowed=", ".join(field.choices))
        elif field.kind is FieldKind.NUMBER and found.get("low") is not None:
            rows.reject(n, "value", "OUT_OF_RANGE", low=f"{field.low:,}", high=f"{field.high:,}")
        else:
            rows.reject(n, "value", REASONS[field.kind])

    def store(self, rows: Rows, plan: list[NewFact | None], context: Context) -> dict[str, Any]:
        facts = [new for n in rows.good if (new := plan[n]) is not None]
        counts = record_facts(facts, actor=context.actor, as_of=context.as_of, batch=context.batch)
        return {"conflicts": counts.conflicts}
