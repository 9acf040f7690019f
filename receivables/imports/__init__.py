"""Imports of what is owed: orders, deliveries, invoices, opening items, payments."""

from receivables.imports.invoices import InvoiceKind, OpeningItemKind
from receivables.imports.orders import DeliveryKind, OrderKind
from receivables.imports.payments import PaymentKind

__all__ = ["DeliveryKind", "InvoiceKind", "OpeningItemKind", "OrderKind", "PaymentKind"]
