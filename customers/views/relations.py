"""Pages that write relations and risk groups; the pictures of them are served by `dashboards`."""

import re
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.clock import business_today
from common.errors import CreditError, InvalidInput, NotFound
from customers import services
from customers.domain.checklist import OTHER
from customers.domain.relations import Proposal
from customers.forms.signals import (
    AddMemberForm,
    EndRelationForm,
    NoteForm,
    RelationForm,
    RiskGroupForm,
)
from customers.models import Customer, Relation
from customers.selectors import (
    get_customer,
    get_relation,
    get_risk_group,
    list_customers,
    list_proposals,
    list_relations,
    list_risk_members,
)
from customers.services.documents import add_document
from customers.views.parties import posted, put_error
from users.permissions import may, require
from users.views_support import needs

MOST_MEMBERS = 200


@needs("customer.view")
@require_http_methods(["GET", "POST"])
def customer_relations(request: HttpRequest, code: str) -> HttpResponse:
    """Show who hangs on this customer and on whom he hangs; take a new relation."""
    customer = get_customer(code, user=request.user)
    today = business_today()
    may_record = may(request.user, "relation.record")
    form = RelationForm(
        posted(request), request.FILES or None, initial={"valid_from": today, "currency": "CNY"}
    )
    status = 200
    if request.method == "POST":
        require(request.user, "relation.record")
        status = 422
        if form.is_valid() and _record(request, customer, form):
            messages.success(request, _("The relation is recorded."))
            return redirect("customer_relations", customer.code)
    relations = list(list_relations(customer))
    others = {pk for row in relations for pk in (row.source_id, row.target_id)}
    seen = list_customers(request.user).filter(pk__in=others).order_by()
    visible = set(seen.values_list("pk", flat=True))
    context = {
        "customer": customer,
        "form": form,
        "rows": [_row(row, customer, today, visible) for row in relations],
        "may_record": may_record,
        "end_form": EndRelationForm(initial={"valid_to": today}),
        "as_of": today,
    }
    return render(request, "customers/relation_page.html", context, status=status)


def _row(row: Relation, customer: Customer, today: Any, visible: set[int]) -> dict[str, Any]:
    other = row.target if row.source_id == customer.pk else row.source
    return {
        "relation": row,
        "other": other,
        "is_seen": other.pk in visible,
        "is_outward": row.source_id == customer.pk,
        "is_in_force": row.valid_from <= today and (row.valid_to is None or row.valid_to > today),
    }


def _record(request: HttpRequest, customer: Customer, form: RelationForm) -> bool:
    """Store the relation; False when the form now shows why not."""
    said = form.cleaned_data
    try:
        with transaction.atomic():
            other = get_customer(said["other"].strip(), user=request.user)
            evidence = None
            if said["file"] is not None:
                evidence = add_document(
                    customer=customer,
                    upload=said["file"],
                    kind=OTHER,
                    title=_("Evidence of a relation"),
                    issued_on=said["valid_from"],
                    actor=request.user,
                    as_of=business_today(),
                )
            source, target = (customer, other) if said["direction"] == "OUT" else (other, customer)
            services.record_relation(
                source=source,
                target=target,
                kind=said["kind"],
                valid_from=said["valid_from"],
                valid_to=said["valid_to"],
                amount=said["amount"],
                currency=said["currency"],
                share=None if said["share"] is None else said["share"] / 100,
                note=said["note"],
                evidence=evidence,
                actor=request.user,
                as_of=business_today(),
            )
    except NotFound as error:
        form.add_error("other", str(error))
    except InvalidInput as error:
        field = "other" if error.field in ("target", "source") else error.field
        form.add_error(field if field in form.fields else None, str(error))
    except CreditError as error:
        put_error(form, error)
    return not form.errors


@needs("relation.record")
@require_POST
def relation_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Say from which day on a relation is no more."""
    relation = get_relation(pk, user=request.user)
    form = EndRelationForm(request.POST)
    if form.is_valid():
        try:
            services.end_relation(
                relation=relation, actor=request.user, as_of=business_today(), **form.cleaned_data
            )
        except InvalidInput as error:
            put_error(form, error)
    if form.errors:
        context = {"form": form, "customer": relation.source, "form_title": _("End the relation")}
        return render(request, "customers/part_form.html", context, status=422)
    messages.success(request, _("The relation has ended."))
    return redirect("customer_relations", relation.source.code)


@needs("relation.record")
@require_http_methods(["GET", "POST"])
def risk_group_new(request: HttpRequest) -> HttpResponse:
    """Form a risk group, from a proposal or by hand."""
    today = business_today()
    proposal = _find_proposal(request.GET.get("proposal", ""))
    form = RiskGroupForm(posted(request), initial=_initial(request, proposal))
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        try:
            members = _read_members(request, said.pop("members"))
            group = services.create_risk_group(
                members=members, actor=request.user, as_of=today, **said
            )
        except CreditError as error:
            put_error(form, error)
            status = error.status
        else:
            messages.success(request, _("The risk group is formed."))
            return redirect("risk_group", group.code)
    context = {"form": form, "proposal": proposal}
    return render(request, "customers/risk_group_form.html", context, status=status)


def _find_proposal(key: str) -> Proposal | None:
    if not re.fullmatch(r"[0-9a-f]{16}", key):
        return None
    return next((p for p in list_proposals(as_of=business_today()) if p.key == key), None)


def _initial(request: HttpRequest, proposal: Proposal | None) -> dict[str, Any]:
    if proposal is None:
        return {}
    seen = list_customers(request.user).filter(pk__in=proposal.members).order_by("code")
    codes = list(seen.values_list("code", flat=True))
    return {"reason": proposal.reason.value, "members": ", ".join(codes)}


def _read_members(request: HttpRequest, text: str) -> list[Customer]:
    """Return the customers with these codes; raise `InvalidInput` naming those not found."""
    codes = {code.upper() for code in re.split(r"[\s,，;；、]+", text) if code}
    if len(codes) > MOST_MEMBERS:
        raise InvalidInput(_("These are too many."), field="members", code="TOO_MANY")
    found = {
        customer.code: customer for customer in list_customers(request.user).filter(code__in=codes)
    }
    missing = sorted(codes - set(found))
    if missing:
        raise InvalidInput(
            _("There is no such customer: %(codes)s.") % {"codes": ", ".join(missing[:10])},
            field="members",
            code="UNKNOWN_CUSTOMER",
        )
    return [found[code] for code in sorted(codes)]


@needs("relation.record")
@require_POST
def risk_member_add(request: HttpRequest, code: str) -> HttpResponse:
    """Let a customer join a risk group."""
    today = business_today()
    group = get_risk_group(code, user=request.user, as_of=today)
    form = AddMemberForm(request.POST)
    if form.is_valid():
        try:
            customer = get_customer(form.cleaned_data["customer"].strip(), user=request.user)
            services.add_risk_member(
                group=group, customer=customer, actor=request.user, as_of=today
            )
        except CreditError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%(code)s joined.") % {"code": customer.code})
    else:
        messages.error(request, _("Name the customer who joins."))
    return redirect("risk_group", group.code)


@needs("relation.record")
@require_POST
def risk_member_remove(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Let a customer leave a risk group."""
    today = business_today()
    group = get_risk_group(code, user=request.user, as_of=today)
    member = next((m for m in list_risk_members(group, user=request.user) if m.pk == pk), None)
    if member is None:
        raise NotFound(_("There is no such member."))
    form = NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why: the next reader will ask."))
        return redirect("risk_group", group.code)
    services.remove_risk_member(
        member=member, actor=request.user, as_of=today, reason=form.cleaned_data["text"]
    )
    messages.success(request, _("%(code)s left.") % {"code": member.customer.code})
    return redirect("risk_group", group.code)
