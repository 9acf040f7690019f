"""Forms of parties and their dossier: strings to typed values; the rules are the services'."""

from customers.forms.parties import (
    BankAccountForm,
    ContactForm,
    ContactLogForm,
    CustomerForm,
    DateInput,
    StateForm,
    VerifyBankAccountForm,
)

__all__ = [
    "BankAccountForm",
    "ContactForm",
    "ContactLogForm",
    "CustomerForm",
    "DateInput",
    "StateForm",
    "VerifyBankAccountForm",
]
