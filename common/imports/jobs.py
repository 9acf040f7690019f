"""The background side of an import: the page and the API only keep the file and plan a job."""

from datetime import date
from types import TracebackType
from typing import Any, Self

from django.db import connection, transaction
from django.utils import timezone, translation

from common import queue
from common.imports.service import register_upload, run_upload
from common.models import ImportBatch, Job

KIND = "imports.run"


@transaction.atomic
def request_import(
    *,
    kind: str,
    content: bytes,
    file_name: str,
    as_of: date,
    actor: Any,
    dry_run: bool,
    good_rows_only: bool = False,
    language: str = "en",
    source: str = "",
) -> tuple[ImportBatch, Job]:
    """Keep the file and plan its check or import. Raises UnknownKind or FileRefused."""
    batch = register_upload(
        kind=kind,
        content=content,
        file_name=file_name,
        as_of=as_of,
        actor=actor,
        good_rows_only=good_rows_only,
        source=source,
    )
    return batch, plan_import(
        batch, actor=actor, dry_run=dry_run, good_rows_only=good_rows_only, language=language
    )


def plan_import(
    batch: ImportBatch,
    *,
    actor: Any,
    dry_run: bool,
    good_rows_only: bool,
    language: str = "en",
    again: str = "",
) -> Job:
    """Plan what shall be done with a file that is kept; asking twice makes one job.

    `again` tells a check apart from the one before: what its names mean was explained meanwhile.
    """
    step = "check" if dry_run else "good" if good_rows_only else "all"
    step += f":{again}" if again else ""
    return queue.enqueue(
        KIND,
        key=f"import:{batch.pk}:{step}",
        payload={
            "batch_id": batch.pk,
            "dry_run": dry_run,
            "good_rows_only": good_rows_only,
            "language": language,
        },
        actor=actor,
    )


@queue.job_handler(KIND)
def run_import(progress: queue.Progress) -> dict[str, Any]:
    """Check or import the file of a job."""
    payload = progress.payload
    if not ImportBatch.objects.filter(pk=payload["batch_id"]).exists():
        return {"batch": None}  # answered by an earlier import, or discarded meanwhile
    actor = progress.job.created_by
    with translation.override(payload.get("language", "en")), SideDoor(progress.job.pk) as say:
        batch = run_upload(
            payload["batch_id"],
            dry_run=payload["dry_run"],
            good_rows_only=payload["good_rows_only"],
            actor=actor,
            say=say,
        )
    return {
        "batch": batch.pk,
        "repeated": batch.pk != payload["batch_id"],
        "state": batch.state,
        "rows": batch.rows,
        "created": batch.created,
        "updated": batch.updated,
        "unchanged": batch.unchanged,
        "rejected": batch.rejected,
    }


class SideDoor:
    """Tells how far a job is from inside its one long transaction, over a connection of its own."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        self.connection: Any = None

    def __enter__(self) -> Self:
        self.connection = connection.copy()
        return self

    def __call__(self, step: str, done: int, total: int) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "update common_job set step = %s, done = %s, total = %s,"
                " lease_until = %s where id = %s and state = 'RUNNING'",
                [step[:120], done, total, timezone.now() + queue.LEASE, self.job_id],
            )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.close()
