"""Import of looks at public lists, as connectors and bureaus deliver them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput
from common.imports.fields import column, date, many_of, number, one_of, text, yes_no
from common.imports.kinds import UNCHANGED, Context, ImportKind, Rows, register
from customers.domain.list_checks import (
    ABNORMAL_GROUNDS,
    DETAIL_NAMES,
    INSOLVENCY_STAGES,
    REGISTRY_CHANGES,
    REGISTRY_STATUSES,
    TAX_GRADES,
)
from customers.imports.parties import (
    customer_code_column,
    find_customer_ids,
    reject_unknown_customers,
)
from customers.models import ListCheck
from customers.services.checks import NewCheck, check_new_check, record_checks

KINDS = {
    "登记状态": "REGISTRY_STATUS",
    "破产": "INSOLVENCY",
    "失信被执行人": "DISHONEST_DEBTOR",
    "被执行人": "ENFORCED_DEBTOR",
    "限制高消费": "CONSUMPTION_RESTRICTION",
    "经营异常": "ABNORMAL_OPERATION",
    "经营异常名录": "ABNORMAL_OPERATION",
    "严重违法失信": "SERIOUS_VIOLATION",
    "重大税收违法": "MAJOR_TAX_VIOLATION",
    "欠税": "TAX_ARREARS",
    "纳税信用等级": "TAX_GRADE",
    "股权冻结": "EQUITY_FREEZE",
    "动产抵押": "ASSET_PLEDGE",
    "诉讼": "LITIGATION",
    "行政处罚": "PENALTY",
    "海关": "CUSTOMS",
    "制裁": "SANCTIONS",
    "票据逾期": "OVERDUE_BILLS",
}
RESULTS = {"命中": "HIT", "未命中": "NO_HIT", "无": "NO_HIT", "不确定": "UNCLEAR"}
MATCHES = {"统一社会信用代码": "EXACT", "人工确认": "CONFIRMED", "仅名称": "NAME_ONLY"}


@register
class ListCheckKind(ImportKind):
    """Looks at public lists, one row for each customer, list and day."""

    name = "list_checks"
    title = _("List checks")
    help = _("What public lists say of customers. New hits raise warning signals.")
    lock = "customers.list_checks"
    columns = (
        customer_code_column(),
        column(
            "kind", "名单", one_of(ListCheck.Kind.values, KINDS), "名单类别", required=True,
            example="dishonest_debtor",
        ),
        column("checked_on", "查询日期", date, "查询时间", required=True, example="2026-07-01"),
        column(
            "result", "结果", one_of(ListCheck.Result.values, RESULTS), "查询结果", required=True,
            example="no_hit",
        ),
        column("match", "匹配方式", one_of(ListCheck.Match.values, MATCHES), example=""),
        column("listed_on", "列入日期", date, "立案日期"),
        column("removed_on", "移出日期", date),
        column("amount", "金额", number(2, 0), "执行标的"),
        column("status", "登记状态", one_of(REGISTRY_STATUSES)),
        column("changes", "变更事项", many_of(REGISTRY_CHANGES)),
        column("stage", "破产阶段", one_of(INSOLVENCY_STAGES)),
        column("ground", "列入原因", one_of(ABNORMAL_GROUNDS)),
        column("grade", "纳税信用级别", one_of(TAX_GRADES)),
        column("frozen_share", "股权冻结比例", number(4, 0)),
        column("pledged_share", "股权质押比例", number(4, 0)),
        column("suspends_production", "责令停产", yes_no),
        column("covers_most_assets", "抵押覆盖主要资产", yes_no),
        column("case_no", "案号", text(100)),
        column("court", "法院", text(100), "机关"),
        column("source_name", "来源", text(200), example="示例企业信息平台"),
        column("note", "备注", text(500)),
    )  # fmt: skip

    def check(self, rows: Rows, context: Context) -> dict[int, NewCheck]:
        ids = find_customer_ids(rows["customer_code"], user=context.actor)
        reject_unknown_customers(rows, ids)
        keys = list(zip(rows["customer_code"], rows["kind"], rows["checked_on"], strict=True))
        rows.refuse_duplicates([key if all(key) else None for key in keys], "kind")
        plan: dict[int, NewCheck] = {}
        for n in rows.good:
            try:
                plan[n] = check_new_check(self._read(rows, n, ids, context), as_of=context.as_of)
            except InvalidInput as error:
                known = error.field if error.field in rows.values else "kind"
                rows.reject(n, known, _ISSUES.get(error.code, "REQUIRED"))
        known_rows = self._list_known(plan)
        for n, check in plan.items():
            if _identity(check) in known_rows:
                rows.outcome[n] = UNCHANGED
        return {n: check for n, check in plan.items() if not rows.is_bad(n)}

    def _read(self, rows: Rows, n: int, ids: dict[str, int], context: Context) -> NewCheck:
        details = {name: rows[name][n] for name in DETAIL_NAMES if rows[name][n] is not None}
        return NewCheck(
            customer_id=ids[rows["customer_code"][n]],
            kind=rows["kind"][n],
            checked_on=rows["checked_on"][n],
            result=rows["result"][n],
            match=rows["match"][n] or "",
            details=details,
            listed_on=rows["listed_on"][n],
            removed_on=rows["removed_on"][n],
            source_name=rows["source_name"][n] or "",
            note=rows["note"][n] or "",
            origin="IMPORT",
        )

    def _list_known(self, plan: dict[int, NewCheck]) -> set[tuple[Any, ...]]:
        """Return what is stored of the same customers and days. One query."""
        stored = ListCheck.objects.filter(
            customer_id__in={check.customer_id for check in plan.values()},
            checked_on__in={check.checked_on for check in plan.values()},
        )
        return {_identity(row) for row in stored}

    def store(self, rows: Rows, plan: dict[int, NewCheck], context: Context) -> dict[str, Any]:
        new = [check for n, check in plan.items() if rows.outcome[n] != UNCHANGED]
        record_checks(new, as_of=context.as_of, actor=context.actor, batch=context.batch)
        return {"checks": len(new)}


def _identity(check: Any) -> tuple[Any, ...]:
    return (
        check.customer_id, check.kind, check.checked_on, check.result, check.match,
        check.listed_on, check.removed_on, repr(sorted(dict(check.details).items())),
    )  # fmt: skip


_ISSUES = {"IN_FUTURE": "IN_FUTURE", "DATES_CROSSED": "DATES_CROSSED", "BAD_DETAILS": "REQUIRED"}
