"""Write the schedule that celery beat reads."""

from typing import Any

from django.db import migrations

from credit_mgmt.schedule import remove_schedule, write_schedule

BEAT = "django_celery_beat"


def forwards(apps: Any, schema_editor: Any) -> None:
    write_schedule(
        apps.get_model(BEAT, "CrontabSchedule"),
        apps.get_model(BEAT, "IntervalSchedule"),
        apps.get_model(BEAT, "PeriodicTask"),
    )


def backwards(apps: Any, schema_editor: Any) -> None:
    remove_schedule(apps.get_model(BEAT, "PeriodicTask"))


class Migration(migrations.Migration):
    dependencies = [(BEAT, "0019_alter_periodictasks_options")]
    operations = [migrations.RunPython(forwards, backwards)]
