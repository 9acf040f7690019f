"""Shifts of the grade as the page shows them: what, why, until when, by whom, what one may do."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.figures import format_iso_day
from scoring.models import RatingOverride
from users.permissions import may

State = RatingOverride.State
TONES = {"ASKED": "warn", "APPROVED": "good", "REFUSED": "bad", "ENDED": "grey"}


def list_override_rows(
    overrides: Sequence[RatingOverride], user: Any, *, as_of: date
) -> list[dict[str, Any]]:
    """List a customer's overrides with what this person may do about each."""
    return [_row(one, user, as_of) for one in overrides]


def _row(one: RatingOverride, user: Any, as_of: date) -> dict[str, Any]:
    is_over = one.state == State.APPROVED and one.valid_to <= as_of
    decides = may(user, "rating.override.decide") and one.asked_by_id != user.pk
    if one.code == RatingOverride.Code.COMMITTEE:
        decides = decides and may(user, "rating.override.committee")
    is_alive = one.state == State.ASKED or (one.state == State.APPROVED and not is_over)
    return {
        "pk": one.pk,
        "title": one.get_code_display(),
        "code": one.code,
        "shift": _tell_shift(one),
        "reason": one.reason,
        "period": _("%(from)s to %(to)s")
        % {
            "from": format_iso_day(one.valid_from),
            "to": format_iso_day(one.ended_on or one.valid_to),
        },
        "state": _("Over") if is_over else one.get_state_display(),
        "tone": "grey" if is_over else TONES[one.state],
        "evidence": one.evidence,
        "asked_by": one.asked_by,
        "decided_by": one.decided_by,
        "decided_on": one.decided_on,
        "answer": one.answer,
        "may_decide": one.state == State.ASKED and decides,
        "may_end": is_alive and may(user, "rating.override"),
    }


def _tell_shift(one: RatingOverride) -> str:
    if one.code == RatingOverride.Code.PARENT_SUPPORT:
        return _("two steps up at most, not above the parent")
    if one.code == RatingOverride.Code.PARENT_POOL:
        return _("not above the parent")
    n = abs(one.notches)
    if one.notches > 0:
        return ngettext("%(n)d step up", "%(n)d steps up", n) % {"n": n}
    return ngettext("%(n)d step down", "%(n)d steps down", n) % {"n": n}
