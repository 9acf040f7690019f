"""Writes of parties: customers and their lifecycle, contacts, bank accounts, to-dos."""

from customers.services.banking import add_bank_account, verify_bank_account
from customers.services.checks import (
    NewCheck,
    check_new_check,
    decide_candidate,
    record_checks,
)
from customers.services.contacts import add_contact, log_contact, remove_contact, update_contact
from customers.services.contagion import raise_member_signals
from customers.services.document_dates import expire_documents, remind_documents
from customers.services.documents import (
    add_document,
    conclude_doubt,
    doubt_document,
    reject_document,
    submit_document,
    verify_document,
)
from customers.services.facts import (
    NewFact,
    decide_conflict,
    record_fact,
    record_facts,
    verify_fact,
)
from customers.services.groups import create_group, move_group
from customers.services.identity import (
    DuplicateCustomer,
    create_customer,
    update_customer,
)
from customers.services.investigations import (
    confirm_investigation,
    save_investigation,
    start_investigation,
)
from customers.services.lifecycle import change_customer_state
from customers.services.relations import end_relation, record_relation
from customers.services.risk_groups import (
    add_risk_member,
    create_risk_group,
    raise_ring_tasks,
    remove_risk_member,
)
from customers.services.signal_steps import (
    act_on_signal,
    close_dismissed_signals,
    close_signal,
    confirm_signal,
    dismiss_signal,
    escalate_signals,
)
from customers.services.signals import raise_by_hand, raise_signals
from customers.services.tasks import (
    cancel_task,
    complete_own_task,
    complete_task,
    create_task,
    create_tasks,
    mark_overdue_tasks,
)
from customers.services.watch import add_watch_note, make_watch_tasks

__all__ = [
    "DuplicateCustomer",
    "NewCheck",
    "NewFact",
    "act_on_signal",
    "add_bank_account",
    "add_contact",
    "add_document",
    "add_risk_member",
    "add_watch_note",
    "cancel_task",
    "change_customer_state",
    "check_new_check",
    "close_dismissed_signals",
    "close_signal",
    "complete_own_task",
    "complete_task",
    "conclude_doubt",
    "confirm_investigation",
    "confirm_signal",
    "create_customer",
    "create_group",
    "create_risk_group",
    "create_task",
    "create_tasks",
    "decide_candidate",
    "decide_conflict",
    "dismiss_signal",
    "doubt_document",
    "end_relation",
    "escalate_signals",
    "expire_documents",
    "log_contact",
    "make_watch_tasks",
    "mark_overdue_tasks",
    "move_group",
    "raise_by_hand",
    "raise_member_signals",
    "raise_ring_tasks",
    "raise_signals",
    "record_checks",
    "record_fact",
    "record_facts",
    "record_relation",
    "reject_document",
    "remind_documents",
    "remove_contact",
    "remove_risk_member",
    "save_investigation",
    "start_investigation",
    "submit_document",
    "update_contact",
    "update_customer",
    "verify_bank_account",
    "verify_document",
    "verify_fact",
]
