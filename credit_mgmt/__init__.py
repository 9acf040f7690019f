"""The roof: settings, urls, Celery, the night and the demo. Wiring, no rules."""

from credit_mgmt.celery import app as celery_app

__all__ = ("celery_app",)
