"""Documents one by one: an invoice with all that happened to it, receipts, orders."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, IntegerField, Prefetch, Q, QuerySet, Sum, Value, When
from django.utils.translation import gettext as _

from common.errors import NotFound
from common.models import Event
from receivables.domain.settlement import invoice_state
from receivables.models import Application, Delivery, Dispute, DueLine, Invoice, Order, Receipt

EVENTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class InvoicePicture:
    """Everything a reader asks about one document, as of a day.

    `applications` are the movements on its due lines, newest first, reversals included. For a credit
    note they are its uses.
    """

    invoice: Invoice
    lines: list[DueLine]
    applications: list[Application]
    disputes: list[Dispute]
    deliveries: list[Delivery]
    related: list[Invoice]
    events: list[Event]
    open_amount: Decimal
    state: str
    as_of: date

    @property
    def days_past_due(self) -> int:
        """Days of the oldest open line; negative while not due, 0 when nothing is open."""
        due = [line.due_date for line in self.lines if line.open_amount > 0 and line.due_date]
        return (self.as_of - min(due)).days if due else 0

    @property
    def applied(self) -> Decimal:
        return Decimal(self.invoice.gross - self.open_amount)


def get_invoice_picture(
    number: str, *, user: Any, as_of: date, company: str = ""
) -> InvoicePicture:
    """Return one document with its lines, movements, disputes and events. Seven queries.

    Raises NotFound when it does not exist or is not the user's to see.
    """
    found = Invoice.objects.for_user(user).filter(number=number)
    if company:
        found = found.filter(company__code=company)
    invoice = (
        found.select_related("customer__sales_owner", "company", "payment_term")
        .order_by("pk")
        .first()
    )
    if invoice is None:
        raise NotFound(_("There is no such invoice, or it is not yours to see."))
    lines = list(invoice.due_lines.order_by("line_no"))
    ids = [line.pk for line in lines]
    applications = list(
        Application.objects.filter(Q(due_line__in=ids) | Q(credit_line__in=ids))
        .select_related(
            "receipt", "credit_line__invoice", "due_line__invoice", "applied_by", "reverses"
        )
        .order_by("-applied_on", "-pk")
    )
    undone = {application.reverses_id for application in applications}
    for application in applications:
        application.is_reversed = application.pk in undone  # type: ignore[attr-defined]
    disputes = list(
        Dispute.objects.filter(due_line__in=ids).select_related("raised_by").order_by("-raised_on")
    )
    deliveries = list(
        Delivery.objects.filter(
            order__company=invoice.company_id,
            order__order_no=invoice.order_no,
            delivery_no=invoice.delivery_no,
        ).exclude(delivery_no="")
    )
    related = list(
        Invoice.objects.filter(company=invoice.company_id, customer=invoice.customer_id)
        .filter(Q(reference_no=invoice.number) | Q(number=invoice.reference_no))
        .exclude(number="")
        .order_by("doc_date", "pk")
    )
    events = list(
        Event.objects.filter(
            Q(subject_type="receivables.invoice", subject_key=str(invoice.pk))
            | Q(subject_type="receivables.dueline", subject_key__in=[str(pk) for pk in ids])
        )
        .select_related("actor")
        .order_by("-at", "-pk")[:EVENTS_SHOWN]
    )
    open_amount = sum((line.open_amount for line in lines), Decimal(0))
    return InvoicePicture(
        invoice=invoice,
        lines=lines,
        applications=applications,
        disputes=disputes,
        deliveries=deliveries,
        related=related,
        events=events,
        open_amount=open_amount,
        state=invoice_state(invoice.gross, open_amount).value,
        as_of=as_of,
    )


def find_invoices(query: str, *, user: Any, limit: int = 10) -> list[Invoice]:
    """Return documents whose number starts with the text, newest first. One query."""
    text = query.strip()
    if not text:
        return []
    found = Invoice.objects.for_user(user).filter(number__istartswith=text)
    return list(found.select_related("customer").order_by("-doc_date", "-pk")[:limit])


def list_receipts(
    user: Any,
    *,
    q: str = "",
    state: str = "",
    customer: str = "",
    value_from: date | None = None,
    value_to: date | None = None,
) -> QuerySet[Receipt]:
    """Return the receipts `user` may see: what waits first, unknown payers on top, newest first.

    Receipts of unknown payers hang on no customer: only people who see every customer see them.
    """
    receipts = visible_receipts(user).select_related("customer", "company")
    if q:
        receipts = receipts.filter(
            Q(number__istartswith=q)
            | Q(payer_name__icontains=q)
            | Q(customer__code__iexact=q)
            | Q(customer__name__icontains=q)
            | Q(customer__name_en__icontains=q)
            | Q(remittance__icontains=q)
        )
    if state == "WAITING":
        receipts = receipts.filter(unapplied_amount__gt=0).exclude(state="RETURNED")
    elif state:
        receipts = receipts.filter(state=state)
    if customer:
        receipts = receipts.filter(customer__code=customer)
    if value_from:
        receipts = receipts.filter(value_date__gte=value_from)
    if value_to:
        receipts = receipts.filter(value_date__lte=value_to)
    waiting = Case(
        When(state="UNIDENTIFIED", then=Value(0)),
        When(unapplied_amount__gt=0, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return receipts.annotate(waiting=waiting).order_by("waiting", "-value_date", "-pk")


def visible_receipts(user: Any) -> QuerySet[Receipt]:
    """Return the receipts of the customers that `user` sees."""
    receipts: QuerySet[Receipt] = Receipt.objects.for_user(user)
    return receipts


def get_receipt(pk: int, *, user: Any) -> Receipt:
    """Return one receipt with its applications. Two queries. Raises NotFound."""
    applications = Application.objects.select_related(
        "due_line__invoice", "applied_by", "reverses", "reversed_by"
    ).order_by("-applied_on", "-pk")
    receipt = (
        visible_receipts(user)
        .select_related("customer", "company")
        .prefetch_related(Prefetch("applications", applications))
        .filter(pk=pk)
        .first()
    )
    if receipt is None:
        raise NotFound(_("There is no such receipt, or it is not yours to see."))
    return receipt


def sum_waiting(user: Any) -> list[dict[str, Any]]:
    """Return what waits to be applied per currency: count and amount. One query."""
    rows = (
        visible_receipts(user)
        .filter(unapplied_amount__gt=0)
        .exclude(state="RETURNED")
        .order_by()
        .values("currency")
        .annotate(amount=Sum("unapplied_amount"))
        .order_by("currency")
    )
    return [dict(row) for row in rows]


def list_orders(user: Any, *, customer: str = "", is_open: bool = False) -> QuerySet[Order]:
    """Return the orders `user` may see, the next to ship first."""
    orders: QuerySet[Order] = Order.objects.for_user(user).select_related(
        "customer", "company", "payment_term"
    )
    if customer:
        orders = orders.filter(customer__code=customer)
    if is_open:
        orders = orders.filter(state=Order.State.OPEN)
    return orders.order_by("-order_date", "-pk")
