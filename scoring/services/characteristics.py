"""Ratings of the 18 traits: one person drafts, another confirms; what is confirmed never changes.

Only what a person judges is kept; the traits that follow from figures are derived when used.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput, NotAllowed
from common.events import record_event
from common.locks import lock_row
from customers.models import Customer
from scoring.domain.models.characteristics import BEST_RATING
from scoring.domain.models.traits import RATED_TRAITS
from scoring.models import CharacteristicAssessment
from users.permissions import require

State = CharacteristicAssessment.State


class CharacteristicsLocked(Conflict):
    """Confirmed ratings stay as they are; new ones are a new draft."""

    code = "CHARACTERISTICS_LOCKED"


@transaction.atomic
def save_characteristics(
    *,
    customer: Customer,
    answers: Mapping[str, int | None],
    as_of: date,
    actor: Any,
    comments: Mapping[str, str] | None = None,
) -> CharacteristicAssessment:
    """Store ratings (0 to 10, or None) as the actor's draft of that date; each with a comment.

    Raises:
        InvalidInput: a trait that is not rated by people, a rating or a comment; `field` names it.
    """
    require(actor, "rating.propose")
    given = {name: rating for name, rating in answers.items() if rating is not None}
    said = {name: str(text).strip() for name, text in (comments or {}).items()}
    _check(given, said)
    lock_row(Customer, customer.pk)
    draft = (
        CharacteristicAssessment.objects.filter(customer=customer, state=State.DRAFT)
        .order_by("-id")
        .first()
    )
    if draft is not None and draft.drafted_by_id != actor.pk:
        draft = None
    before = {"answers": draft.answers} if draft else None
    if draft is None:
        draft = CharacteristicAssessment(customer=customer, drafted_by=actor)
    draft.as_of, draft.answers = as_of, given
    draft.comments = {name: said[name] for name in given}
    draft.save()
    record_event(
        "scoring.characteristics.drafted",
        actor=actor,
        subject=draft,
        customer_id=customer.pk,
        as_of=as_of,
        before=before,
        after={"answers": given},
    )
    return draft


@transaction.atomic
def confirm_characteristics(
    *, assessment: CharacteristicAssessment, as_of: date, actor: Any
) -> CharacteristicAssessment:
    """Let a draft count: another person than its author says so.

    Raises:
        NotAllowed: the actor drafted it.
        CharacteristicsLocked: it is confirmed already.
    """
    require(actor, "assessment.confirm")
    row = lock_row(CharacteristicAssessment, assessment.pk)
    if row.state != State.DRAFT:
        raise CharacteristicsLocked(_("These ratings are confirmed already."))
    if row.drafted_by_id == actor.pk:
        raise NotAllowed(_("Who drafted the ratings does not confirm them."), code="FOUR_EYES")
    row.state, row.confirmed_by, row.confirmed_on = State.CONFIRMED, actor, as_of
    row.save(update_fields=["state", "confirmed_by", "confirmed_on"])
    record_event(
        "scoring.characteristics.confirmed",
        actor=actor,
        subject=row,
        customer_id=row.customer_id,
        as_of=as_of,
        before={"state": "DRAFT"},
        after={"state": "CONFIRMED", "drafted_by": row.drafted_by_id},
    )
    return row


def _check(given: Mapping[str, Any], comments: Mapping[str, str]) -> None:
    for name, rating in given.items():
        if name not in RATED_TRAITS:
            raise InvalidInput(
                _("This trait follows from figures; nobody rates it by hand."), field=name
            )
        is_whole = isinstance(rating, int) and not isinstance(rating, bool)
        if not is_whole or not 0 <= rating <= BEST_RATING:
            raise InvalidInput(_("Rate with a whole number from 0 to 10."), field=name)
        if not comments.get(name):
            raise InvalidInput(
                _("Say in a comment what this rating rests on."), field=name, code="COMMENT_NEEDED"
            )
