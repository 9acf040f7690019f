"""Import of early-warning signals that others saw: a bureau, a connector, the sales force."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.imports.fields import column, date, one_of, text
from common.imports.kinds import UNCHANGED, Context, ImportKind, Rows, register
from customers.domain.signals import CATALOGUE, NOT_YET, NewSignal, Source, UnknownSignal
from customers.imports.parties import (
    customer_code_column,
    find_customer_ids,
    reject_unknown_customers,
)
from customers.models import Signal
from customers.services.signals import check_by_hand, hand_key, raise_signals

SEVERITIES = {
    "红": "RED",
    "红色": "RED",
    "黄": "AMBER",
    "黄色": "AMBER",
    "橙": "AMBER",
    "提示": "INFO",
}
CODES = tuple(
    code
    for code, kind in CATALOGUE.items()
    if kind.sources != {Source.AUTOMATIC} or code in NOT_YET
)


@dataclass
class SignalPlan:
    """What the rows mean: customers by code, and the key of each good row."""

    ids: dict[str, int]
    keys: dict[int, str]


@register
class SignalKind(ImportKind):
    """Signals, one row each. The same news twice is one signal."""

    name = "signals"
    title = _("Warning signals")
    help = _(
        "Early-warning signals that others saw. A signal that is there already stays as it is."
    )
    lock = "customers.signals"
    columns = (
        customer_code_column(),
        column("code", "信号代码", one_of(CODES), "预警代码", required=True, example="S25"),
        column(
            "severity",
            "级别",
            one_of(Signal.Severity.values, SEVERITIES),
            "严重程度",
            required=True,
            example="amber",
        ),
        column("raised_on", "日期", date, "发现日期", required=True, example="2026-07-01"),
        column("note", "说明", text(500), "内容", required=True, example="示例：财务负责人离职"),
        column("reference", "参考号", text(100), "来源编号", example="BUREAU-001"),
    )

    def check(self, rows: Rows, context: Context) -> SignalPlan:
        ids = find_customer_ids(rows["customer_code"], user=context.actor)
        reject_unknown_customers(rows, ids)
        for n in rows.good:
            try:
                check_by_hand(rows["code"][n], rows["severity"][n])
            except UnknownSignal as error:
                rows.reject(n, error.field, "UNKNOWN_CODE", allowed=_allowed(rows["code"][n]))
            else:
                if rows["raised_on"][n] > context.as_of:
                    rows.reject(n, "raised_on", "IN_FUTURE")
        keys = {n: self._key(rows, n, ids) for n in rows.good}
        rows.refuse_duplicates([keys.get(n) for n in range(len(rows))], "reference")
        known = set(
            Signal.objects.filter(key__in=keys.values()).order_by().values_list("key", flat=True)
        )
        for n in rows.good:
            if keys[n] in known:
                rows.outcome[n] = UNCHANGED
        return SignalPlan(ids, keys)

    def _key(self, rows: Rows, n: int, ids: dict[str, int]) -> str:
        return hand_key(
            rows["code"][n],
            ids[rows["customer_code"][n]],
            rows["raised_on"][n],
            rows["note"][n],
            rows["reference"][n] or "",
        )

    def store(self, rows: Rows, plan: SignalPlan, context: Context) -> dict[str, Any]:
        made = raise_signals(
            [
                NewSignal(
                    plan.ids[rows["customer_code"][n]],
                    rows["code"][n],
                    rows["severity"][n],
                    plan.keys[n],
                    {"reference": rows["reference"][n]} if rows["reference"][n] else {},
                    raised_on=rows["raised_on"][n],
                    note=rows["note"][n],
                    origin="IMPORT",
                )
                for n in rows.good
                if rows.outcome[n] != UNCHANGED
            ],
            as_of=context.as_of,
            actor=context.actor,
            batch=context.batch,
        )
        return {"signals": made}


def _allowed(code: str) -> str:
    return ", ".join(severity.value for severity in CATALOGUE[code].severities)
