"""Writes on what is owed. One verb each, one transaction, one event.

Locks, in one order everywhere: receipts by ascending id, then due lines by ascending id.
"""

from receivables.services.applying import (
    Part,
    apply_amounts,
    apply_credit_note,
    apply_receipt,
    reverse_application,
)
from receivables.services.disputes import close_dispute, record_dispute
from receivables.services.documents import reverse_invoice
from receivables.services.orders import set_order_credit_status, update_order_value
from receivables.services.receipts import identify_receipt, record_receipt, return_receipt
from receivables.services.snapshots import snapshot_aging

__all__ = [
    "Part",
    "apply_amounts",
    "apply_credit_note",
    "apply_receipt",
    "close_dispute",
    "identify_receipt",
    "record_dispute",
    "record_receipt",
    "return_receipt",
    "reverse_application",
    "reverse_invoice",
    "set_order_credit_status",
    "snapshot_aging",
    "update_order_value",
]
