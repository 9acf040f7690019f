"""The dossier tab: the file of a customer, complete or not, as known today or on a past day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from common.clock import business_today
from customers.domain.authority import is_authority_missing
from customers.domain.completeness import LineResult
from customers.models import BankAccount, Contact, Customer, Document, Fact, SourceClass
from customers.selectors import (
    count_by_source,
    find_draft,
    list_confirmed,
    list_conflicts,
    list_documents,
    list_facts,
    list_group_members,
    list_state_changes,
)
from customers.selectors.checks import list_states
from customers.services.banking import mask_account
from customers.services.documents import may_read_document
from customers.words.dossier import (
    STATUS_LABELS,
    STATUS_TONES,
    WHY,
    describe_line,
    label_line,
    label_need,
    label_tier,
)
from dashboards.customer_kyc import list_identity_checks
from dashboards.customer_links import link
from dashboards.dossier import get_file_state
from scoring.models import Rating
from scoring.selectors import get_current_rating
from users.permissions import may

MOST_FACTS = 200
ROOM_OF_LINE = {
    "D05": ("bank_account_create", "customer.edit"),
    "D07": ("customer_statements", "statement.view"),
    "D09": ("fact_create", "fact.record"),
    "D10": ("customer_checks", "check.record"),
    "D11": ("customer_checks", "check.record"),
}


def read_as_of(request: HttpRequest) -> date:
    """Return the day that the address asks for, today when none or one to come."""
    today = business_today()
    try:
        wanted = date.fromisoformat(request.GET.get("as_of", ""))
    except ValueError:
        return today
    return min(wanted, today)


def fill_dossier(
    request: HttpRequest, customer: Customer, rating: Rating | None, as_of: date
) -> dict[str, Any]:
    """Return what the dossier tab shows, as known on the day that the address asks for."""
    day, user = read_as_of(request), request.user
    if day != as_of:
        rating = get_current_rating(customer_id=customer.pk, as_of=day)
    accounts = _list_accounts(customer)
    full = may(user, "customer.edit") or may(user, "receipt.apply")
    state = get_file_state(customer, rating=rating, as_of=day, today=as_of)
    return {
        "day": day,
        "today": as_of,
        "is_past": day != as_of,
        "tier": label_tier(state.completeness.tier),
        "asked": state.asked.amount,
        "completeness": state.completeness,
        "lines": [_show_line(x, customer, user, day) for x in state.completeness.lines],
        "documents": _show_documents(customer, user, day),
        **_facts(request, customer, day),
        "lists": _show_lists(customer, day),
        "checks_url": link("customer_checks", customer.code),
        "identity_checks": list_identity_checks(customer, accounts, is_masked=not full),
        "identity": describe_identity(customer),
        "contacts": _show_contacts(customer, day),
        "accounts": [
            {"row": row, "number": row.account if full else mask_account(row.account)}
            for row in accounts
        ],
        "members": [
            member
            for member in list_group_members(customer.group, user=user)
            if member.pk != customer.pk
        ],
        "changes": [row for row in list_state_changes(customer)[:20] if row.as_of <= day],
        **_investigations(customer, user, day),
        "may_edit": may(user, "customer.edit"),
        "may_add_contact": may(user, "contact.log"),
        "may_upload": may(user, "document.upload"),
        "may_record": may(user, "fact.record"),
    }


def _list_accounts(customer: Customer) -> list[BankAccount]:
    rows = BankAccount.objects.filter(customer=customer)
    return list(rows.select_related("created_by", "verified_by").order_by("id"))


def _show_line(result: LineResult, customer: Customer, user: Any, day: date) -> dict[str, Any]:
    code = result.line.code
    name, permission = ROOM_OF_LINE.get(code, ("document_create", "document.upload"))
    url = ""
    if result.paper_id is not None:
        url = link("document", customer.code, result.paper_id)
    elif may(user, permission):
        query = {"kind": code} if name == "document_create" else {}
        query |= {"field": "TRADE_REFERENCE_LIMIT"} if name == "fact_create" else {}
        url = link(name, customer.code, **query)
    return {
        "code": code,
        "label": label_line(code),
        "need": label_need(result.need),
        "is_mandatory": result.is_mandatory,
        "status": STATUS_LABELS[result.status.value],
        "tone": STATUS_TONES[result.status.value]
        if result.is_mandatory or result.status.value != "MISSING"
        else "grey",
        "text": describe_line(result),
        "why": WHY.get(code, ""),
        "weight": result.line.weight,
        "ends_soon": result.ends_soon(day),
        "url": url,
        "is_good": result.is_good,
    }


def _show_documents(customer: Customer, user: Any, day: date) -> list[dict[str, Any]]:
    rows = [row for row in list_documents(customer, as_of=day) if row.is_newest]  # type: ignore[attr-defined]
    return [
        {
            "row": row,
            "state": getattr(row, "state_then", None) or Document.State.UPLOADED,
            "title": row.title if may_read_document(row, user) else label_line(row.kind),
            "is_masked": not may_read_document(row, user),
            "later": entered_later(row.recorded_at, row.uploaded_on),
        }
        for row in rows
    ]


def entered_later(recorded_at: datetime, learnt_on: date) -> date | None:
    """Return the day on which something was entered, when that was after it is said to be known."""
    day = timezone.localtime(recorded_at).date()
    return day if day > learnt_on else None


def _facts(request: HttpRequest, customer: Customer, day: date) -> dict[str, Any]:
    counts = count_by_source(customer, as_of=day)
    source = request.GET.get("source", "")
    source = source if source in counts else ""
    rows = list_facts(customer, as_of=day)
    if source:
        rows = rows.filter(source_class=source)
    query = f"&as_of={day.isoformat()}" if "as_of" in request.GET else ""
    labels = dict(SourceClass.choices)
    shown = list(rows[:MOST_FACTS])
    return {
        "fact_rows": _show_facts(shown, request.user),
        "fact_count": sum(counts.values()),
        "sources": [
            {
                "label": f"{_('All')} {sum(counts.values())}",
                "url": f"?tab=dossier{query}#facts",
                "active": not source,
            },
            *(
                {
                    "label": f"{labels[code]} {count}",
                    "url": f"?tab=dossier&source={code}{query}#facts",
                    "active": code == source,
                }
                for code, count in counts.items()
            ),
        ],
        "conflicts": [
            {"row": row, "url": link("fact_conflict", customer.code, row.pk)}
            for row in list_conflicts(customer, as_of=day)
        ],
        "may_decide": may(request.user, "fact.decide"),
    }


def _show_facts(rows: Sequence[Fact], user: Any) -> list[dict[str, Any]]:
    verified = {
        (row.field, row.as_of, row.source_class, row.source_name, row.value)
        for row in rows
        if row.confidence == Fact.Confidence.VERIFIED
    }
    shown = []
    for row in rows:
        key = (row.field, row.as_of, row.source_class, row.source_name, row.value)
        is_doubled = row.confidence != Fact.Confidence.VERIFIED and key in verified
        if is_doubled:
            continue
        shown.append(
            {
                "row": row,
                "later": entered_later(row.recorded_at, row.obtained_on),
                "may_verify": may(user, "fact.decide")
                and row.confidence != Fact.Confidence.VERIFIED
                and row.entered_by_id != user.pk,
            }
        )
    return shown


def _show_lists(customer: Customer, day: date) -> list[Any]:
    return [state for state in list_states(customer, as_of=day) if state.latest is not None]


def _show_contacts(customer: Customer, day: date) -> list[dict[str, Any]]:
    rows = Contact.objects.filter(customer=customer).order_by("role", "name")
    return [
        {
            "row": row,
            "authority_missing": is_authority_missing(
                row.role, row.authority_doc_no, row.authority_valid_to, as_of=day
            ),
        }
        for row in rows
    ]


def _investigations(customer: Customer, user: Any, day: date) -> dict[str, Any]:
    if not may(user, "rating.view"):
        return {"sees_investigations": False}
    return {
        "sees_investigations": True,
        "draft": find_draft(customer),
        "confirmed": list_confirmed(customer, as_of=day),
        "investigation_url": link("investigation", customer.code)
        if may(user, "investigation.draft")
        else "",
    }


def describe_identity(customer: Customer) -> list[dict[str, Any]]:
    """Return who the customer is, as labelled values."""
    address = ", ".join(filter(None, (customer.address, customer.region, customer.country)))
    return [
        {"label": _("Legal name"), "value": customer.name},
        {"label": _("English name"), "value": customer.name_en},
        {"label": _("Former names"), "value": ", ".join(customer.former_names)},
        {"label": _("Registration number (USCC)"), "value": customer.uscc},
        {"label": _("VAT number"), "value": customer.vat_no},
        {"label": "LEI", "value": customer.lei},
        {"label": _("Kind"), "value": customer.get_kind_display()},
        {"label": _("Industry"), "value": customer.industry},
        {"label": _("Group"), "value": str(customer.group or "")},
        {"label": _("Parent"), "value": str(customer.parent or "")},
        {"label": _("Address"), "value": address},
        {"label": _("Phone"), "value": customer.phone},
        {"label": _("E-mail"), "value": customer.email},
        {"label": _("Payment term"), "value": str(customer.payment_term or "")},
    ]
