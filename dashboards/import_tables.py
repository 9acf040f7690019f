"""Lists of imports and jobs."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from common.models import ImportBatch, Job
from common.tables import BaseTable, MomentColumn
from common.templatetags.ui import state_badge
from dashboards.import_words import BATCH_LOOKS, JOB_LOOKS, name_job, name_kind

_NUMBER: dict[str, Any] = {"th": {"class": "num"}, "td": {"class": "num"}}


class ImportTable(BaseTable):
    """Files brought in, newest first."""

    caption: ClassVar[Any] = _("Imports")
    file_name = tables.Column(
        verbose_name=_("File"), linkify=("import", {"pk": tables.A("pk")}), orderable=False
    )
    kind = tables.Column(verbose_name=_("Kind"))
    state = tables.Column(verbose_name=_("State"))
    rows = tables.Column(verbose_name=_("Rows"), attrs=_NUMBER)
    created = tables.Column(verbose_name=_("Created"), attrs=_NUMBER)
    updated = tables.Column(verbose_name=_("Updated"), attrs=_NUMBER)
    unchanged = tables.Column(verbose_name=_("Unchanged"), attrs=_NUMBER)
    rejected = tables.Column(verbose_name=_("Rejected rows"), attrs=_NUMBER)
    imported_by = tables.Column(verbose_name=_("By"), default=_("System"), orderable=False)
    created_at = MomentColumn(verbose_name=_("At"))

    class Meta(BaseTable.Meta):
        model = ImportBatch
        fields = (
            "file_name", "kind", "state", "rows", "created", "updated", "unchanged", "rejected",
            "imported_by", "created_at",
        )  # fmt: skip

    def render_kind(self, value: str) -> str:
        return name_kind(value)

    def render_state(self, record: ImportBatch) -> SafeString:
        return state_badge(BATCH_LOOKS[record.state], record.get_state_display())


class JobTable(BaseTable):
    """Background work, newest first."""

    caption: ClassVar[Any] = _("Jobs")
    kind = tables.Column(
        verbose_name=_("Job"), linkify=("job", {"pk": tables.A("pk")}), orderable=False
    )
    state = tables.Column(verbose_name=_("State"))
    done = tables.Column(verbose_name=_("Progress"), attrs=_NUMBER, orderable=False)
    attempts = tables.Column(verbose_name=_("Tries"), attrs=_NUMBER)
    created_by = tables.Column(verbose_name=_("By"), default=_("System"), orderable=False)
    created_at = MomentColumn(verbose_name=_("Asked for"))
    ended_at = MomentColumn(verbose_name=_("Ended"))

    class Meta(BaseTable.Meta):
        model = Job
        fields = ("kind", "state", "done", "attempts", "created_by", "created_at", "ended_at")

    def render_kind(self, value: str) -> str:
        return name_job(value)

    def render_state(self, record: Job) -> SafeString:
        return state_badge(JOB_LOOKS.get(record.state, record.state), record.get_state_display())

    def render_done(self, record: Job) -> str:
        if not record.total:
            return "–"
        done = record.total if record.state == Job.State.DONE else record.done
        return f"{done:,} / {record.total:,}"
