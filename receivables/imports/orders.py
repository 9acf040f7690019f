"""Imports of orders and deliveries: what customers will owe before an invoice says so.

An order follows its ERP, so a row that differs updates what is stored. What was delivered is the
larger of what the order file says and what the deliveries add up to: the two never count twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from common.imports.fields import (
    code,
    column,
    currency,
    date,
    moment,
    money_column,
    number,
    one_of,
    text,
    whole,
)
from common.imports.kinds import CREATED, UNCHANGED, UPDATED, Context, ImportKind, Rows, register
from customers.imports import customer_code_column, find_customer_ids, reject_unknown_customers
from customers.models import Company, PaymentTerm
from receivables.domain.orders import (
    DeliveredLine,
    delivered_value,
    open_order_value,
)
from receivables.domain.orders import OrderLine as PricedLine
from receivables.imports.ledger import LOCK, get_company
from receivables.models import Delivery, DeliveryLine, Order, OrderLine

STATES = {
    "未完成": "OPEN",
    "未交": "OPEN",
    "已关闭": "CLOSED",
    "已完成": "CLOSED",
    "已取消": "CANCELLED",
}
LINE_FIELDS = (
    "quantity",
    "unit_price_net",
    "tax_pct",
    "freight_net",
    "delivered_qty",
    "cancelled_qty",
)


@dataclass
class OrderPlan:
    """The orders of the file with what is stored of them, by order number."""

    company: Company
    customers: dict[str, int]
    terms: dict[str, int]
    groups: dict[str, list[int]]
    stored: dict[str, Order] = field(default_factory=dict)
    lines: dict[tuple[str, int], OrderLine] = field(default_factory=dict)
    delivered: dict[int, Decimal] = field(default_factory=dict)


@register
class OrderKind(ImportKind):
    """Orders, one row per line."""

    name = "orders"
    title = _("Orders")
    help = _("Orders of the ERP, one row per line; open ones count as released there already.")
    lock = LOCK
    columns = (
        column("order_no", "订单编号", code(40), "订单号", required=True, example="SO-1001"),
        column("line_no", "行号", whole(1, 1_000_000), "订单行号", required=True, example="10"),
        customer_code_column(),
        column("order_date", "订单日期", date, "下单日期", required=True, example="2026-07-01"),
        column(
            "requested_ship_date",
            "要求发货日期",
            date,
            "发货日期",
            "交货日期",
            required=True,
            example="2026-07-15",
        ),
        column("payment_term", "付款条件", code(32), "账期", required=True, example="NET30"),
        column("currency", "币种", currency, "货币", required=True, example="CNY"),
        column("quantity", "数量", number(4, 0), "订购数量", required=True, example="100"),
        column(
            "unit_price_net", "不含税单价", number(6, 0), "单价", required=True, example="200.00"
        ),
        column("tax_pct", "税率", number(3, 0), "税率%", required=True, example="13"),
        money_column("freight_net", "不含税运费", "运费"),
        column("delivered_qty", "已交数量", number(4, 0), "已发数量"),
        column("cancelled_qty", "取消数量", number(4, 0)),
        column(
            "status",
            "状态",
            one_of(Order.State.values, STATES),
            "订单状态",
            required=True,
            example="open",
        ),
        column("contract_no", "合同编号", code(40), "合同号", blank=""),
    )
    shared = (
        "customer_code",
        "order_date",
        "payment_term",
        "currency",
        "status",
        "contract_no",
    )

    def check(self, rows: Rows, context: Context) -> OrderPlan:
        for name in ("freight_net", "delivered_qty", "cancelled_qty"):
            rows.values[name] = [value or Decimal(0) for value in rows[name]]
        keys = list(zip(rows["order_no"], rows["line_no"], strict=True))
        rows.refuse_duplicates([k if all(k) else None for k in keys], "line_no")
        plan = OrderPlan(
            company=get_company(context),
            customers=find_customer_ids(rows["customer_code"], user=context.actor),
            terms=dict(PaymentTerm.objects.order_by().values_list("code", "pk")),
            groups=rows.groups(rows["order_no"]),
        )
        reject_unknown_customers(rows, plan.customers)
        for n, term in enumerate(rows["payment_term"]):
            if term is not None and term not in plan.terms:
                rows.reject(
                    n, "payment_term", "UNKNOWN_CODE", allowed=", ".join(sorted(plan.terms))
                )
        self._check_freight(rows)
        rows.require_same(plan.groups, self.shared)
        self._look_up(rows, plan)
        for n in rows.good:
            stored = plan.stored.get(rows["order_no"][n])
            if stored is not None and stored.customer_id != plan.customers.get(
                rows["customer_code"][n]
            ):
                rows.reject(n, "customer_code", "POSTED_DOCUMENT_DIFFERS", changed="customer_code")
        rows.reject_whole_groups(plan.groups, "order_no")
        for n in rows.good:
            rows.outcome[n] = self._compare(rows, n, plan)
        return plan

    def _check_freight(self, rows: Rows) -> None:
        for n, freight in enumerate(rows["freight_net"]):
            if freight < 0:
                rows.reject(n, "freight_net", "SIGN")

    def _look_up(self, rows: Rows, plan: OrderPlan) -> None:
        orders = Order.objects.filter(company=plan.company, order_no__in=list(plan.groups))
        plan.stored = {order.order_no: order for order in orders}
        lines = OrderLine.objects.select_related("order").filter(order__in=plan.stored.values())
        plan.lines = {(line.order.order_no, line.line_no): line for line in lines}
        plan.delivered = sum_delivered([line.pk for line in plan.lines.values()])

    def _line_values(self, rows: Rows, position: int, plan: OrderPlan) -> dict[str, Any]:
        values = {name: rows[name][position] for name in LINE_FIELDS}
        stored = plan.lines.get((rows["order_no"][position], rows["line_no"][position]))
        if stored is not None:
            proven = plan.delivered.get(stored.pk, Decimal(0))
            values["delivered_qty"] = max(values["delivered_qty"], proven)
        return values

    def _order_values(self, rows: Rows, order_no: str, plan: OrderPlan) -> dict[str, Any]:
        positions = plan.groups[order_no]
        first = positions[0]
        return {
            "order_date": rows["order_date"][first],
            "ship_date": min(rows["requested_ship_date"][n] for n in positions),
            "payment_term_id": plan.terms[rows["payment_term"][first]],
            "currency": rows["currency"][first],
            "state": rows["status"][first],
            "contract_no": rows["contract_no"][first],
        }

    def _compare(self, rows: Rows, position: int, plan: OrderPlan) -> str:
        order_no = rows["order_no"][position]
        line = plan.lines.get((order_no, rows["line_no"][position]))
        if line is None:
            return CREATED
        said = self._line_values(rows, position, plan)
        if any(getattr(line, name) != value for name, value in said.items()):
            return UPDATED
        said = self._order_values(rows, order_no, plan)
        stored = plan.stored[order_no]
        return UPDATED if any(getattr(stored, k) != v for k, v in said.items()) else UNCHANGED

    def store(self, rows: Rows, plan: OrderPlan, context: Context) -> dict[str, Any]:
        touched = {rows["order_no"][n] for n in rows.good if rows.outcome[n] != UNCHANGED}
        new = [one for one in plan.groups if one in touched and one not in plan.stored]
        created = Order.objects.bulk_create(
            [self._build(rows, order_no, plan, context) for order_no in new], batch_size=1000
        )
        plan.stored |= {order.order_no: order for order in created}
        changed = [order_no for order_no in touched if order_no not in set(new)]
        for order_no in changed:
            order = plan.stored[order_no]
            for name, value in self._order_values(rows, order_no, plan).items():
                setattr(order, name, value)
            if order.state != Order.State.OPEN:
                order.credit_status = Order.CreditStatus.CLOSED
            order.version += 1
        fields = ["order_date", "ship_date", "payment_term", "currency", "state", "contract_no"]
        Order.objects.bulk_update(
            [plan.stored[one] for one in changed],
            [*fields, "credit_status", "version"],
            batch_size=500,
        )
        self._store_lines(rows, plan)
        refresh_order_values([plan.stored[order_no].pk for order_no in touched])
        return {"orders": len(touched)}

    def _build(self, rows: Rows, order_no: str, plan: OrderPlan, context: Context) -> Order:
        values = self._order_values(rows, order_no, plan)
        is_open = values["state"] == Order.State.OPEN
        statuses = Order.CreditStatus
        return Order(
            order_no=order_no,
            company=plan.company,
            customer_id=plan.customers[rows["customer_code"][plan.groups[order_no][0]]],
            credit_status=statuses.RELEASED if is_open else statuses.CLOSED,
            batch=context.batch,
            **values,
        )

    def _store_lines(self, rows: Rows, plan: OrderPlan) -> None:
        new, changed = [], []
        for n in rows.good:
            values = self._line_values(rows, n, plan)
            order_no = rows["order_no"][n]
            if rows.outcome[n] == CREATED:
                order = plan.stored[order_no]
                new.append(OrderLine(order=order, line_no=rows["line_no"][n], **values))
            elif rows.outcome[n] == UPDATED:
                line = plan.lines[order_no, rows["line_no"][n]]
                for name, value in values.items():
                    setattr(line, name, value)
                changed.append(line)
        OrderLine.objects.bulk_create(new, batch_size=2000)
        OrderLine.objects.bulk_update(changed, list(LINE_FIELDS), batch_size=500)


def sum_delivered(line_ids: Collection[int]) -> dict[int, Decimal]:
    """Return how much of each order line has left us, by its deliveries. One query."""
    found = (
        DeliveryLine.objects.filter(order_line_id__in=line_ids)
        .order_by()
        .values_list("order_line_id")
        .annotate(total=Sum("quantity"))
    )
    return dict(found)


def refresh_order_values(order_ids: Collection[int]) -> None:
    """Work out anew what of these orders is still to be delivered. Two queries and the writing."""
    orders = Order.objects.in_bulk(order_ids)
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order_id__in=order_ids).order_by("line_no"):
        lines.setdefault(line.order_id, []).append(line)
    changed = []
    for order in orders.values():
        value = Decimal(0)
        if order.state == Order.State.OPEN:
            own = lines.get(order.pk, [])
            value = open_order_value(
                [
                    PricedLine(
                        line.quantity,
                        line.delivered_qty,
                        line.cancelled_qty,
                        line.unit_price_net,
                        line.tax_pct,
                    )
                    for line in own
                ],
                sum((line.freight_net for line in own), Decimal(0)),
                order.currency,
            )
        if value != order.open_value:
            order.open_value = value
            changed.append(order)
    Order.objects.bulk_update(changed, ["open_value"], batch_size=500)


@dataclass
class DeliveryPlan:
    """The deliveries of the file, by (order, delivery number), with what is stored of them."""

    company: Company
    groups: dict[tuple[str, str], list[int]]
    order_lines: dict[tuple[str, int], OrderLine]
    stored: dict[tuple[str, str], Delivery]
    lines: dict[tuple[str, str, int], DeliveryLine]


@register
class DeliveryKind(ImportKind):
    """Deliveries, one row per line, and who signed for them."""

    name = "deliveries"
    title = _("Deliveries")
    help = _("Deliveries of imported orders, one row per line, with the proof of receipt.")
    lock = LOCK
    columns = (
        column("delivery_no", "发货单号", code(40), "送货单号", required=True, example="DN-2001"),
        column("line_no", "行号", whole(1, 1_000_000), "发货行号", required=True, example="10"),
        column("order_no", "订单编号", code(40), "订单号", required=True, example="SO-1001"),
        column("order_line_no", "订单行号", whole(1, 1_000_000), required=True, example="10"),
        column(
            "shipped_at", "发货时间", moment, "发货日期", required=True, example="2026-07-15 09:30"
        ),
        column("quantity", "数量", number(4, 0), "发货数量", required=True, example="40"),
        column("carrier", "承运人", text(60), "物流公司", blank=""),
        column("signed_at", "签收时间", moment, "签收日期"),
        column("signed_by", "签收人", text(60), blank=""),
        column("accepted_qty", "验收数量", number(4, 0), "实收数量"),
        column("refused_qty", "拒收数量", number(4, 0)),
        column("proof_file", "签收凭证", text(200), "凭证文件", blank=""),
    )
    shared = ("shipped_at", "carrier", "signed_at", "signed_by", "proof_file")
    line_fields = ("quantity", "accepted_qty", "refused_qty")

    def check(self, rows: Rows, context: Context) -> DeliveryPlan:
        company = get_company(context)
        zone = ZoneInfo(company.time_zone)
        for name in ("shipped_at", "signed_at"):
            rows.values[name] = [_in_zone(value, zone) for value in rows[name]]
        rows.values["refused_qty"] = [value or Decimal(0) for value in rows["refused_qty"]]
        delivery_keys = [
            (order, number) if order and number else None
            for order, number in zip(rows["order_no"], rows["delivery_no"], strict=True)
        ]
        rows.refuse_duplicates(
            [
                (*key, line) if key and line else None
                for key, line in zip(delivery_keys, rows["line_no"], strict=True)
            ],
            "line_no",
        )
        plan = self._look_up(rows, company, rows.groups(delivery_keys), context)
        for n in rows.good:
            if (rows["order_no"][n], rows["order_line_no"][n]) not in plan.order_lines:
                rows.reject(n, "order_line_no", "NOT_AN_ORDER_LINE")
            shipped, accepted = rows["quantity"][n], rows["accepted_qty"][n] or Decimal(0)
            if accepted + rows["refused_qty"][n] > shipped:
                rows.reject(n, "accepted_qty", "SUM_MISMATCH", expected=str(shipped))
            if rows["signed_at"][n] and rows["signed_at"][n] < rows["shipped_at"][n]:
                rows.reject(n, "signed_at", "INVALID_DATE")
        rows.require_same(plan.groups, self.shared)
        rows.reject_whole_groups(plan.groups, "delivery_no")
        for n in rows.good:
            rows.outcome[n] = self._compare(rows, n, plan)
        return plan

    def _look_up(
        self,
        rows: Rows,
        company: Company,
        groups: dict[tuple[str, str], list[int]],
        context: Context,
    ) -> DeliveryPlan:
        orders = Order.objects.filter(
            company=company, order_no__in={order for order, _number in groups}
        )
        if context.actor is not None:
            orders = orders.for_user(context.actor)
        lines = OrderLine.objects.select_related("order").filter(order__in=orders)
        deliveries = Delivery.objects.select_related("order").filter(
            order__in=orders, delivery_no__in={number for _order, number in groups}
        )
        stored = {(one.order.order_no, one.delivery_no): one for one in deliveries}
        delivered = DeliveryLine.objects.select_related("delivery__order").filter(
            delivery__in=stored.values()
        )
        return DeliveryPlan(
            company=company,
            groups=groups,
            order_lines={(line.order.order_no, line.line_no): line for line in lines},
            stored=stored,
            lines={
                (one.delivery.order.order_no, one.delivery.delivery_no, one.line_no): one
                for one in delivered
            },
        )

    def _key(self, rows: Rows, position: int) -> tuple[str, str]:
        return rows["order_no"][position], rows["delivery_no"][position]

    def _line_values(self, rows: Rows, position: int, plan: DeliveryPlan) -> dict[str, Any]:
        key = rows["order_no"][position], rows["order_line_no"][position]
        return {
            "order_line_id": plan.order_lines[key].pk,
            **{name: rows[name][position] for name in self.line_fields},
        }

    def _compare(self, rows: Rows, position: int, plan: DeliveryPlan) -> str:
        key = self._key(rows, position)
        line = plan.lines.get((*key, rows["line_no"][position]))
        if line is None:
            return CREATED
        said = self._line_values(rows, position, plan)
        if any(getattr(line, name) != value for name, value in said.items()):
            return UPDATED
        stored = plan.stored[key]
        is_same = all(getattr(stored, name) == rows[name][position] for name in self.shared)
        return UNCHANGED if is_same else UPDATED

    def store(self, rows: Rows, plan: DeliveryPlan, context: Context) -> dict[str, Any]:
        touched = {self._key(rows, n) for n in rows.good if rows.outcome[n] != UNCHANGED}
        new = [key for key in plan.groups if key in touched and key not in plan.stored]
        orders = {line.order.order_no: line.order for line in plan.order_lines.values()}
        created = Delivery.objects.bulk_create(
            [
                Delivery(
                    delivery_no=number,
                    order=orders[order_no],
                    batch=context.batch,
                    **{n: rows[n][plan.groups[order_no, number][0]] for n in self.shared},
                )
                for order_no, number in new
            ],
            batch_size=1000,
        )
        plan.stored |= dict(zip(new, created, strict=True))
        for key in touched:
            for name in self.shared:
                setattr(plan.stored[key], name, rows[name][plan.groups[key][0]])
        self._store_lines(rows, plan)
        deliveries = {plan.stored[key].pk: plan.stored[key] for key in touched}
        self._settle(deliveries)
        Delivery.objects.bulk_update(
            deliveries.values(), [*self.shared, "state", "open_value"], batch_size=500
        )
        self._count_delivered({orders[order_no].pk for order_no, _number in touched})
        return {"deliveries": len(touched)}

    def _store_lines(self, rows: Rows, plan: DeliveryPlan) -> None:
        new, changed = [], []
        for n in rows.good:
            key = self._key(rows, n)
            if rows.outcome[n] == UNCHANGED:
                continue
            values = self._line_values(rows, n, plan)
            line = plan.lines.get((*key, rows["line_no"][n]))
            if line is None:
                new.append(
                    DeliveryLine(delivery=plan.stored[key], line_no=rows["line_no"][n], **values)
                )
                continue
            for name, value in values.items():
                setattr(line, name, value)
            changed.append(line)
        DeliveryLine.objects.bulk_create(new, batch_size=2000)
        DeliveryLine.objects.bulk_update(changed, ["order_line", *self.line_fields], batch_size=500)

    def _settle(self, deliveries: Mapping[int, Delivery]) -> None:
        """Give each delivery its state and the value that is not invoiced yet."""
        lines: dict[int, list[DeliveryLine]] = {}
        found = DeliveryLine.objects.select_related("order_line").filter(delivery_id__in=deliveries)
        for line in found:
            lines.setdefault(line.delivery_id, []).append(line)
        for delivery in deliveries.values():
            if delivery.state == Delivery.State.INVOICED:
                continue
            own = lines.get(delivery.pk, [])
            delivery.state = _delivery_state(delivery, own)
            delivery.open_value = delivered_value(
                (
                    DeliveredLine(
                        _kept(line), line.order_line.unit_price_net, line.order_line.tax_pct
                    )
                    for line in own
                ),
                delivery.order.currency,
            )

    def _count_delivered(self, order_ids: Collection[int]) -> None:
        """Raise what the orders know as delivered to what the deliveries prove."""
        lines = list(OrderLine.objects.filter(order_id__in=order_ids))
        proven = sum_delivered([line.pk for line in lines])
        changed = [line for line in lines if proven.get(line.pk, Decimal(0)) > line.delivered_qty]
        for line in changed:
            line.delivered_qty = proven[line.pk]
        OrderLine.objects.bulk_update(changed, ["delivered_qty"], batch_size=500)
        refresh_order_values(order_ids)


def _in_zone(value: datetime | None, zone: ZoneInfo) -> datetime | None:
    return value.replace(tzinfo=zone) if value is not None and value.tzinfo is None else value


def _kept(line: DeliveryLine) -> Decimal:
    """What the customer kept: what was accepted, else what was not refused."""
    if line.accepted_qty is not None:
        return line.accepted_qty
    return line.quantity - line.refused_qty


def _delivery_state(delivery: Delivery, lines: list[DeliveryLine]) -> str:
    states = Delivery.State
    refused = sum((line.refused_qty for line in lines), Decimal(0))
    kept = sum((_kept(line) for line in lines), Decimal(0))
    if refused and not kept:
        return states.REFUSED
    if delivery.signed_at is None:
        return states.SHIPPED
    return states.PARTLY_SIGNED if refused else states.SIGNED
