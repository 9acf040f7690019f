"""Orders: what credit says of them, and what is still to be delivered."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.events import record_event
from common.locks import lock_row
from receivables.models import Order


@transaction.atomic
def set_order_credit_status(
    *, order: Order, status: str, as_of: date | None = None, actor: Any = None, reason: str = ""
) -> Order:
    """Store what the order check said. The same status again changes and records nothing."""
    if status not in Order.CreditStatus.values:
        raise InvalidInput(_("There is no such credit status."), field="status", value=status)
    order = lock_row(Order, order.pk)
    if order.credit_status == status:
        return order
    before = order.credit_status
    Order.objects.filter(pk=order.pk).update(credit_status=status)
    record_event(
        "receivables.order.credit_status",
        actor=actor,
        subject=order,
        customer_id=order.customer_id,
        as_of=as_of,
        before={"credit_status": before},
        after={"credit_status": status},
        reason=reason,
    )
    order.credit_status = status
    return order


@transaction.atomic
def update_order_value(
    *, order: Order, open_value: Decimal, as_of: date, actor: Any = None
) -> Order:
    """Store what of an order is still to be delivered, tax and freight included."""
    if open_value < 0:
        raise InvalidInput(_("An order cannot owe deliveries of less than nothing."), field="value")
    order = lock_row(Order, order.pk)
    before = order.open_value
    if before == open_value:
        return order
    Order.objects.filter(pk=order.pk).update(open_value=open_value)
    record_event(
        "receivables.order.value",
        actor=actor,
        subject=order,
        customer_id=order.customer_id,
        as_of=as_of,
        before={"open_value": before},
        after={"open_value": open_value},
    )
    order.open_value = open_value
    return order
