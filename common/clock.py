"""The clock. Only the outermost layer (views, tasks, commands) may look at it."""

from datetime import date, datetime

from django.utils import timezone


def business_today() -> date:
    """Return today's date in the company's business time zone."""
    return timezone.localdate()


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return timezone.now()
