"""Who owes, and what is known of them: parties, the dossier, what warns of them."""

from customers.models.dossier import (
    Document,
    DocumentStep,
    Fact,
    FactConflict,
    Investigation,
    ListCheck,
    SourceClass,
)
from customers.models.parties import (
    MAX_GROUP_DEPTH,
    BankAccount,
    Company,
    Contact,
    ContactLog,
    Customer,
    CustomerGroup,
    CustomerQuerySet,
    CustomerStateChange,
    PaymentTerm,
    Task,
    TwoNames,
)
from customers.models.relations import Relation, RiskGroup, RiskGroupMember
from customers.models.signals import Signal, SignalStep

__all__ = [
    "MAX_GROUP_DEPTH",
    "BankAccount",
    "Company",
    "Contact",
    "ContactLog",
    "Customer",
    "CustomerGroup",
    "CustomerQuerySet",
    "CustomerStateChange",
    "Document",
    "DocumentStep",
    "Fact",
    "FactConflict",
    "Investigation",
    "ListCheck",
    "PaymentTerm",
    "Relation",
    "RiskGroup",
    "RiskGroupMember",
    "Signal",
    "SignalStep",
    "SourceClass",
    "Task",
    "TwoNames",
]
