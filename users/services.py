"""Writes about people that they make themselves; accounts are an administrator's (admin)."""

from datetime import date

from django.db import transaction

from common.events import record_event
from users.models import User


def set_preferences(*, user: User, language: str, unit: str, as_of: date) -> User:
    """Store a person's own language and unit of amounts."""
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        before = {"language": row.language, "unit": row.unit}
        after = {"language": language, "unit": unit}
        if before == after:
            return row
        row.language, row.unit = language, unit
        row.save(update_fields=["language", "unit"])
        record_event(
            "users.preferences.changed",
            actor=user,
            subject=row,
            as_of=as_of,
            before=before,
            after=after,
        )
    return row
