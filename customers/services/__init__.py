"""Writes of parties: customers and their lifecycle, contacts, bank accounts, to-dos."""

from customers.services.banking import add_bank_account, verify_bank_account
from customers.services.contacts import add_contact, log_contact, remove_contact, update_contact
from customers.services.groups import create_group, move_group
from customers.services.identity import (
    DuplicateCustomer,
    create_customer,
    update_customer,
)
from customers.services.lifecycle import change_customer_state
from customers.services.tasks import (
    cancel_task,
    complete_own_task,
    complete_task,
    create_task,
    create_tasks,
    mark_overdue_tasks,
)

__all__ = [
    "DuplicateCustomer",
    "add_bank_account",
    "add_contact",
    "cancel_task",
    "change_customer_state",
    "complete_own_task",
    "complete_task",
    "create_customer",
    "create_group",
    "create_task",
    "create_tasks",
    "log_contact",
    "mark_overdue_tasks",
    "move_group",
    "remove_contact",
    "update_contact",
    "update_customer",
    "verify_bank_account",
]
