"""Bank accounts: entered by one person, checked by another's call-back, then trusted."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput, NotAllowed
from common.events import record_event
from common.identifiers import check_iban, normalise_code
from common.locks import lock_row
from customers.models import BankAccount, Customer
from users.permissions import require


def mask_account(account: str) -> str:
    """Return an account number of which only the last four characters can be read.

    >>> mask_account("6222020200112233445")
    '•••• 3445'
    """
    return f"•••• {account[-4:]}" if len(account) > 4 else "••••"


def add_bank_account(
    *,
    customer: Customer,
    actor: Any,
    as_of: date,
    account: str,
    bank_name: str = "",
    holder: str = "",
    currency: str = "CNY",
) -> BankAccount:
    """Enter an account, unverified, and return it. An IBAN must have right check digits."""
    if actor is not None:
        require(actor, "customer.edit")
    number = normalise_code(account)
    if not number or len(number) > 40 or not number.isalnum() or not number.isascii():
        raise InvalidInput(
            _("Enter the account number in letters and digits, 40 at most."),
            field="account",
            code="BAD_FORMAT",
        )
    is_iban = number[:2].isalpha()
    if is_iban and not check_iban(number).valid:
        raise InvalidInput(
            _("This is no valid IBAN. Compare it with the letter of the bank."),
            field="account",
            code="CHECK_CHAR",
        )
    with transaction.atomic():
        row = BankAccount(
            customer=customer,
            account=number,
            bank_name=bank_name.strip(),
            holder=holder.strip() or customer.name,
            currency=currency,
            is_iban=is_iban,
            created_by=actor,
        )
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise InvalidInput(
                _("This account is on the list already."), field="account", code="DUPLICATE"
            ) from error
        record_event(
            "customers.bank_account.added",
            actor=actor,
            subject=row,
            customer_id=customer.pk,
            as_of=as_of,
            after={"account": mask_account(number), "bank_name": row.bank_name},
        )
    return row


def verify_bank_account(
    *, bank_account: BankAccount, actor: Any, as_of: date, note: str
) -> BankAccount:
    """Note that a call-back confirmed the account; by somebody else than who entered it."""
    require(actor, "customer.edit")
    if not note.strip():
        raise InvalidInput(
            _("Say whom you called back, on which number found independently."),
            field="note",
            code="REQUIRED",
        )
    with transaction.atomic():
        row: BankAccount = lock_row(BankAccount, bank_account.pk)
        if row.created_by_id == actor.pk:
            raise NotAllowed(
                _("Somebody else than who entered the account must call back."), code="FOUR_EYES"
            )
        if row.verified_at:
            raise Conflict(_("The account is verified already."))
        row.verified_at = timezone.now()
        row.verified_by = actor
        row.save(update_fields=["verified_at", "verified_by"])
        record_event(
            "customers.bank_account.verified",
            actor=actor,
            subject=row,
            customer_id=row.customer_id,
            as_of=as_of,
            after={"account": mask_account(row.account)},
            reason=note.strip(),
        )
    return row


def find_other_holders(account: BankAccount, *, user: Any) -> list[Customer]:
    """Return visible customers that have the same account: a warning, not an error. One query."""
    return list(
        Customer.objects.for_user(user)
        .filter(bank_accounts__account=account.account)
        .exclude(pk=account.customer_id)
        .order_by("code")[:5]
    )
