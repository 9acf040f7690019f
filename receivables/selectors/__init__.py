"""Reads of what is owed: aging, open items, exposure, documents."""

from receivables.selectors.aging import AgingReport, AgingRow, get_aging
from receivables.selectors.aging_filter import AgingFilter
from receivables.selectors.documents import (
    InvoicePicture,
    find_invoices,
    get_invoice_picture,
    get_receipt,
    list_orders,
    list_receipts,
    sum_waiting,
)
from receivables.selectors.exposure import (
    ExposureParts,
    OpenOrder,
    OverdueItem,
    get_exposure_parts,
    list_exposures,
)
from receivables.selectors.items import (
    OpenItem,
    OpenReceipt,
    list_open_items,
    list_open_receipts,
)
from receivables.selectors.proposals import Proposal, get_proposal

__all__ = [
    "AgingFilter",
    "AgingReport",
    "AgingRow",
    "ExposureParts",
    "InvoicePicture",
    "OpenItem",
    "OpenOrder",
    "OpenReceipt",
    "OverdueItem",
    "Proposal",
    "find_invoices",
    "get_aging",
    "get_exposure_parts",
    "get_invoice_picture",
    "get_proposal",
    "get_receipt",
    "list_exposures",
    "list_open_items",
    "list_open_receipts",
    "list_orders",
    "list_receipts",
    "sum_waiting",
]
