"""The investigation: drafted by one person, confirmed and frozen by another (C.4)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from common.events import record_event
from common.jsonable import to_jsonable
from common.locks import lock_row
from customers.domain.investigation import (
    Proposal,
    clean_sections,
    clean_tests,
    count_fails,
    is_doubtful,
    list_gaps,
)
from customers.domain.signals import NewSignal
from customers.models import Customer, Investigation
from customers.services.signals import raise_signals
from customers.services.tasks import complete_task, create_task
from users.permissions import may, require

CONFIRM_TITLE = gettext_noop("Confirm the investigation of %(customer)s")


class NotComplete(Conflict):
    """Something is missing before an investigation can be confirmed."""

    code = "NOT_COMPLETE"


def start_investigation(*, customer: Customer, actor: Any, as_of: date) -> Investigation:
    """Return the open draft of a customer, a new one where there is none.

    A new draft begins with what the last confirmed one said, except for the tests of authenticity,
    which are made anew.
    """
    require(actor, "investigation.draft")
    with transaction.atomic():
        lock_row(Customer, customer.pk)
        draft = Investigation.objects.filter(customer=customer, state="DRAFT").first()
        if draft is not None:
            return draft
        last = (
            Investigation.objects.filter(customer=customer, state="CONFIRMED")
            .order_by("-as_of", "-id")
            .first()
        )
        draft = Investigation.objects.create(
            customer=customer,
            as_of=as_of,
            sections=last.sections if last else {},
            drafted_by=actor,
        )
        record_event(
            "customers.investigation.started",
            actor=actor,
            subject=draft,
            customer_id=customer.pk,
            as_of=as_of,
        )
    return draft


def save_investigation(
    *,
    investigation: Investigation,
    sections: Mapping[str, Any],
    tests: Mapping[str, Any],
    proposal: Proposal,
    version: int,
    actor: Any,
    as_of: date,
) -> Investigation:
    """Keep a draft; raise `StaleVersion` when somebody else saved it since `version`.

    Whoever saves it last answers for it as its drafter. Two failed tests raise signal S06 at once,
    and a complete draft asks the managers to confirm it.
    """
    require(actor, "investigation.draft")
    values = clean_sections(sections), clean_tests(tests)
    if proposal.limit is not None and proposal.limit < 0:
        raise InvalidInput(_("A limit is zero or more."), field="limit", code="SIGN")
    if proposal.review_on is not None and proposal.review_on <= as_of:
        raise InvalidInput(
            _("The day of review lies in the future."), field="review_on", code="IN_THE_PAST"
        )
    with transaction.atomic():
        row: Investigation = lock_row(Investigation, investigation.pk)
        if row.state != Investigation.State.DRAFT:
            raise Conflict(_("This investigation is confirmed and cannot be changed."))
        if row.version != version:
            raise StaleVersion(_("Somebody else saved this draft. Load it again."))
        row.sections, row.tests = values
        row.proposal = proposal.as_stored()
        row.as_of, row.drafted_by = as_of, actor
        row.version += 1
        row.save()
        record_event(
            "customers.investigation.saved",
            actor=actor,
            subject=row,
            customer_id=row.customer_id,
            as_of=as_of,
            after={"version": row.version, "proposal": row.proposal},
        )
        if is_doubtful(row.tests):
            _raise_doubt(row, actor, as_of)
        if not list_gaps(row.sections, row.tests, row.proposal):
            _ask_to_confirm(row)
    return row


def _raise_doubt(row: Investigation, actor: Any, as_of: date) -> None:
    failed = [code for code, test in row.tests.items() if test["result"] == "FAIL"]
    raise_signals(
        [
            NewSignal(
                customer_id=row.customer_id,
                code="S06",
                severity="RED",
                key=f"S06:{row.customer_id}:investigation:{row.pk}",
                facts={"failed_tests": failed, "fails": count_fails(row.tests)},
                origin="MANUAL",
            )
        ],
        as_of=as_of,
        actor=actor if may(actor, "signal.raise") else None,
        at=timezone.now(),
    )


def _ask_to_confirm(row: Investigation) -> None:
    create_task(
        key=confirm_key(row),
        kind="INVESTIGATION_CONFIRM",
        title=CONFIRM_TITLE,
        params={"customer": row.customer.short_name or row.customer.name},
        customer=row.customer,
        role="CREDIT_MANAGER",
        url=f"/customers/{row.customer.code}/investigation/",
    )


def confirm_investigation(
    *, investigation: Investigation, snapshot: Mapping[str, Any], actor: Any, as_of: date
) -> Investigation:
    """Confirm a complete draft and freeze it with the facts that it saw.

    The first one confirmed becomes the customer's baseline. `snapshot` is what the whole house knew
    on that day, gathered by the caller, who sees all floors. Raises `NotAllowed` for whoever had a
    hand in the draft, `NotComplete`.
    """
    require(actor, "investigation.confirm")
    with transaction.atomic():
        lock_row(Customer, investigation.customer_id)
        row: Investigation = lock_row(Investigation, investigation.pk)
        if row.state != Investigation.State.DRAFT:
            raise Conflict(_("This investigation is confirmed already."))
        if is_drafter(row, actor):
            raise NotAllowed(
                _("Whoever drafted an investigation cannot confirm it. Ask a colleague."),
                code="FOUR_EYES",
            )
        gaps = list_gaps(row.sections, row.tests, row.proposal)
        if gaps:
            raise NotComplete(
                _("%(count)s parts are still missing.") % {"count": len(gaps)}, gaps=gaps
            )
        others = Investigation.objects.filter(customer=row.customer_id)
        row.is_baseline = not others.filter(is_baseline=True).exists()
        row.state = Investigation.State.CONFIRMED
        row.snapshot = to_jsonable(dict(snapshot))
        row.confirmed_by, row.confirmed_on = actor, as_of
        row.version += 1
        row.save()
        complete_task(key=confirm_key(row), actor=actor, as_of=as_of)
        record_event(
            "customers.investigation.confirmed",
            actor=actor,
            subject=row,
            customer_id=row.customer_id,
            as_of=as_of,
            after={"baseline": row.is_baseline, "proposal": row.proposal},
        )
    return row


def is_drafter(row: Investigation, user: Any) -> bool:
    """Tell whether a person began or saved this draft, last or earlier. One query."""
    if row.drafted_by_id == user.pk:
        return True
    history = apps.get_model("customers", "InvestigationEvent")
    return bool(history.objects.filter(pgh_obj_id=row.pk, drafted_by_id=user.pk).exists())


def confirm_key(row: Investigation) -> str:
    """Return the key of the to-do that asks for confirmation."""
    return f"investigation:{row.pk}:confirm"
