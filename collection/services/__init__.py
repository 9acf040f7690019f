"""Writes of collection. One verb each, one transaction, one event.

Locks, in one order everywhere: the run or notice, then due lines by ascending id.
"""

from collection.services.messages import resolve_message, retry_message
from collection.services.promises import (
    AlreadyPromised,
    cancel_promise,
    evaluate_promises,
    record_promise,
)
from collection.services.reminders import send_reminders
from collection.services.runs import (
    EXCLUDE_REASONS,
    SEND_KIND,
    LaterRunExists,
    NothingToApprove,
    RunApproval,
    approve_run,
    auto_send_level,
    exclude_notice,
    load_rules,
    prepare_dunning_run,
)
from collection.services.sending import (
    NoAddress,
    SendCounts,
    approve_notice,
    confirm_posted,
    list_letter_items,
    make_letter,
    run_actor,
    send_run,
    sync_notice_states,
)

__all__ = [
    "EXCLUDE_REASONS",
    "SEND_KIND",
    "AlreadyPromised",
    "LaterRunExists",
    "NoAddress",
    "NothingToApprove",
    "RunApproval",
    "SendCounts",
    "approve_notice",
    "approve_run",
    "auto_send_level",
    "cancel_promise",
    "confirm_posted",
    "evaluate_promises",
    "exclude_notice",
    "list_letter_items",
    "load_rules",
    "make_letter",
    "prepare_dunning_run",
    "record_promise",
    "resolve_message",
    "retry_message",
    "run_actor",
    "send_reminders",
    "send_run",
    "sync_notice_states",
]
