"""Who a customer is: creating and changing the master data."""

import re
from datetime import date
from typing import Any

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput, StaleVersion
from common.events import record_event
from common.figures import format_moment
from common.identifiers import check_lei, check_uscc
from common.locks import lock_row
from common.models import Event
from customers.models import Customer
from customers.names import derive_name_fields
from customers.selectors import find_by_uscc
from users.permissions import require

EDITABLE = frozenset(
    {
        "name",
        "name_en",
        "short_name",
        "country",
        "kind",
        "roles",
        "uscc",
        "vat_no",
        "lei",
        "group",
        "parent",
        "industry",
        "listed",
        "employees",
        "revenue_cny",
        "assets_cny",
        "founded",
        "registered_capital",
        "currency",
        "payment_term",
        "language",
        "sales_owner",
        "region",
        "relationship_since",
        "address",
        "phone",
        "email",
        "segment",
        "apply_oldest_first",
        "dunning_blocked_until",
    }
)
_CODE = re.compile(r"[^\s/?#%&\\]{1,32}")


class DuplicateCustomer(Conflict):
    """Another customer has this registration number: the same enterprise twice."""

    code = "DUPLICATE_USCC"


def create_customer(
    *, actor: Any, as_of: date, code: str = "", name: str, **fields: Any
) -> Customer:
    """Enter a prospect and return it; without a code the next free number is taken.

    A salesperson who enters a customer owns it. Raises `InvalidInput` for a value that cannot be
    used, `DuplicateCustomer` when the registration number is taken.
    """
    if actor is not None:
        require(actor, "customer.create")
        if actor.role == "SALES":
            fields["sales_owner"] = actor
    _refuse_unknown(fields)
    values = _check_values({"name": name, **fields})
    with transaction.atomic():
        code = code.strip().upper() or _next_code()
        if not _CODE.fullmatch(code):
            raise InvalidInput(
                _("A code has 1 to 32 letters or digits, without blanks and slashes."),
                field="code",
                code="BAD_FORMAT",
                value=code,
            )
        customer = Customer(
            code=code, state=Customer.State.PROSPECT, **values, **derive_name_fields(values["name"])
        )
        customer.roles = customer.roles or ["BUYER"]
        _refuse_duplicates(customer)
        _store(customer)
        record_event(
            "customers.customer.created",
            actor=actor,
            subject=customer,
            customer_id=customer.pk,
            as_of=as_of,
            after={"code": code, **_readable(values)},
        )
    return customer


def update_customer(
    *, customer: Customer, actor: Any, as_of: date, version: int, **fields: Any
) -> Customer:
    """Change master data and return the customer; `version` is the one that the change was made on.

    A new name keeps the old one among the former names. Nothing changed: nothing is written. Raises
    `StaleVersion` when somebody else changed the customer first.
    """
    if actor is not None:
        require(actor, "customer.edit")
    _refuse_unknown(fields)
    with transaction.atomic():
        row: Customer = lock_row(Customer, customer.pk)
        if row.version != version:
            raise StaleVersion(_describe_change(row), version=row.version)
        values = _check_values(fields, row)
        changed = {k: v for k, v in values.items() if getattr(row, k) != v}
        if not changed:
            return row
        before = {name: getattr(row, name) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        if "name" in changed:
            _rename(row, before["name"])
        row.version += 1
        _refuse_duplicates(row)
        _store(row)
        record_event(
            "customers.customer.changed",
            actor=actor,
            subject=row,
            customer_id=row.pk,
            as_of=as_of,
            before=_readable(before),
            after=_readable(changed),
        )
    return row


def _rename(row: Customer, old: str) -> None:
    row.former_names = [*(n for n in row.former_names if n not in (old, row.name)), old]
    for name, value in derive_name_fields(row.name).items():
        setattr(row, name, value)


def _refuse_unknown(fields: dict[str, Any]) -> None:
    unknown = sorted(fields.keys() - EDITABLE)
    if unknown:
        raise InvalidInput(
            _("“%(field)s” cannot be set here.") % {"field": unknown[0]}, field=unknown[0]
        )


def _check_values(fields: dict[str, Any], row: Customer | None = None) -> dict[str, Any]:
    """Return the values as they are stored; raise `InvalidInput` for the first that cannot be."""
    values = {k: v.strip() if isinstance(v, str) else v for k, v in fields.items()}
    country = str(values.get("country", row.country if row else "CN") or "CN").upper()
    if "country" in values:
        values["country"] = country
    if "name" in values and not derive_name_fields(values["name"])["normalised_name"]:
        raise InvalidInput(_("Enter the legal name."), field="name", code="REQUIRED")
    if values.get("uscc"):
        values["uscc"] = _check_registration(values["uscc"])
    if values.get("lei"):
        check = check_lei(values["lei"])
        if not check.valid:
            raise InvalidInput(
                _("This is no valid LEI: 20 characters whose check digits fit."),
                field="lei",
                code="CHECK_CHAR",
                value=values["lei"],
            )
        values["lei"] = check.normalised
    kinds = {
        "kind": Customer.Kind.values,
        "segment": Customer.Segment.values,
        "language": ["en", "zh-hans"],
    }
    for name, known in kinds.items():
        if name in values and values[name] not in known:
            raise InvalidInput(
                _("“%(value)s” cannot be used here. Use one of: %(known)s.")
                % {"value": values[name], "known": ", ".join(known)},
                field=name,
                code="UNKNOWN_CODE",
                value=values[name],
            )
    for name in ("employees", "revenue_cny", "assets_cny", "registered_capital"):
        number: Any = values.get(name)
        if number is not None and number < 0:
            raise InvalidInput(_("Enter zero or more."), field=name, code="NEGATIVE")
    return values


def _check_registration(text: str) -> str:
    """Return a unified social credit code as stored, or say which rule it breaks."""
    check = check_uscc(text)
    if check.valid:
        return check.normalised
    raise InvalidInput(
        describe_uscc_fault(text), field="uscc", code=str(check.reason), value=check.normalised
    )


def describe_uscc_fault(text: str) -> str:
    """Say what is wrong with a unified social credit code, and the way out; "" when it is right."""
    check = check_uscc(text)
    if check.valid:
        return ""
    if check.reason == "LENGTH":
        return _("The code has %(n)d characters; it must have 18.") % {"n": len(check.normalised)}
    if check.reason == "ALPHABET":
        return _(
            "Only digits and capital letters without I, O, S, V, Z; characters 3 to 8 are digits."
        )
    return _("The last character must be %(char)s. Compare the code with the licence.") % {
        "char": check.check_char
    }


def _refuse_duplicates(customer: Customer) -> None:
    other = find_by_uscc(customer.uscc)
    if other is not None and other.pk != customer.pk:
        raise DuplicateCustomer(
            _("A customer with this registration number exists already."),
            field="uscc",
            customer=other.code,
        )


def _store(customer: Customer) -> None:
    """Save, and turn what the database refuses into words."""
    try:
        with transaction.atomic():
            customer.save()
            if customer.parent_id:
                with connection.cursor() as cursor:
                    cursor.execute("set constraints all immediate")
                    cursor.execute("set constraints all deferred")
    except IntegrityError as error:
        text = str(error)
        if "customer_uscc_once" in text:
            raise DuplicateCustomer(
                _("A customer with this registration number exists already."), field="uscc"
            ) from error
        if "code" in text:
            raise InvalidInput(
                _("This code is taken."), field="code", code="DUPLICATE", value=customer.code
            ) from error
        if "parent" in text:
            raise InvalidInput(
                _("A customer cannot stand above itself."), field="parent", code="CYCLE"
            ) from error
        raise
    except DatabaseError as error:
        if "customer_parent_cycle" in str(error):
            raise InvalidInput(
                _("A customer cannot stand above itself."), field="parent", code="CYCLE"
            ) from error
        raise


def _next_code() -> str:
    """Return C and the number after the highest one, waiting for whoever takes one just now."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('customers.code', 0))")
        cursor.execute(
            "select coalesce(max(substring(code from 2)::bigint), 10000) + 1"
            " from customers_customer where code ~ '^C[0-9]{5,9}$'"
        )
        return f"C{cursor.fetchone()[0]}"


def _readable(values: dict[str, Any]) -> dict[str, Any]:
    return {k: str(v) if hasattr(v, "_meta") else v for k, v in values.items()}


def _describe_change(row: Customer) -> str:
    last = (
        Event.objects.filter(subject_type="customers.customer", subject_key=str(row.pk))
        .select_related("actor")
        .order_by("-id")
        .first()
    )
    if last is None:
        return _("Somebody else changed this customer meanwhile. Look at it again.")
    return _("Changed by %(who)s, %(when)s. Your version was not stored.") % {
        "who": last.actor or _("the system"),
        "when": format_moment(last.at),
    }
