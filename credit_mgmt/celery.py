"""The Celery application. Rows drive the work; a message is only a poke (docs/decisions/0003)."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_postrun, task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "credit_mgmt.settings")

app = Celery("credit_mgmt")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
@task_postrun.connect
def close_stale_connections(**kwargs: Any) -> None:
    """Give back connections that the server has closed, so that a task starts on a live one."""
    from django.db import close_old_connections

    close_old_connections()
