"""Importing a file: one path for page, API, command and test.

    bytes → table → typed rows → the kind's own checks → report, or the rows stored

All rows or none, in one transaction; with `good_rows_only` the good ones. Nothing of a file that was
refused, or whose import was killed, is left behind. The same file again answers with its first
result; the same row again is "unchanged"; two imports of a kind at once wait for each other.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from common.errors import Conflict
from common.events import record_event
from common.imports.checking import Header, parse_rows
from common.imports.issues import FileRefused, Issue
from common.imports.kinds import CREATED, UNCHANGED, UPDATED, Context, ImportKind, Rows, get_kind
from common.imports.mappings import read_mapping
from common.imports.reading import Table, read_table
from common.imports.rejects import write_rejects
from common.models import ImportBatch

MAX_ROWS = 50_000
MAX_BYTES = 20 * 1024 * 1024
SHOWN_ISSUES = 2_000
"""A batch keeps so many issues for its page; the rejects file holds all of them."""

Say = Callable[[str, int, int], None]


class AlreadyImported(Conflict):
    """The upload was imported before: it cannot be imported twice."""

    code = "ALREADY_IMPORTED"


def import_file(
    *,
    kind: str,
    content: bytes,
    file_name: str,
    as_of: date,
    actor: Any = None,
    company_code: str = "",
    dry_run: bool = False,
    good_rows_only: bool = False,
    sheet: str = "",
    source: str = "",
    max_rows: int | None = MAX_ROWS,
    max_bytes: int | None = MAX_BYTES,
    say: Say | None = None,
) -> ImportBatch:
    """Bring a file in, or with `dry_run` say what would happen; the answer is the batch.

    Its `state` is IMPORTED, CHECKED or REFUSED. Without `good_rows_only` one bad row refuses the
    file. A file that was imported completely before is answered with that batch. `source` names where
    it comes from: its columns are read as they were once explained. Raises UnknownKind.
    """
    batch = _new_batch(get_kind(kind), content, file_name, as_of, actor, good_rows_only)
    batch.source = source
    run = _Run(get_kind(kind), batch, content, as_of, actor, company_code, say)
    run.read(max_rows=max_rows, max_bytes=max_bytes, sheet=sheet)
    return run.finish(dry_run=dry_run, good_rows_only=good_rows_only)


def register_upload(
    *,
    kind: str,
    content: bytes,
    file_name: str,
    as_of: date,
    actor: Any,
    good_rows_only: bool,
    source: str = "",
) -> ImportBatch:
    """Keep an uploaded file until a job reads it. Raises UnknownKind or FileRefused (too large)."""
    chosen = get_kind(kind)
    if len(content) > MAX_BYTES:
        raise FileRefused("FILE_TOO_LARGE", allowed=MAX_BYTES // 1024 // 1024)
    batch = _new_batch(chosen, content, file_name, as_of, actor, good_rows_only)
    batch.source = source
    batch.save()
    return batch


def run_upload(
    batch_id: int,
    *,
    dry_run: bool,
    good_rows_only: bool,
    actor: Any = None,
    company_code: str = "",
    say: Say | None = None,
) -> ImportBatch:
    """Check or import an uploaded file. Safe to repeat: an imported batch is answered as it is."""
    batch = ImportBatch.objects.get(pk=batch_id)
    if batch.state == ImportBatch.State.IMPORTED:
        return batch
    content = bytes(batch.content)
    kind = get_kind(batch.kind)
    run = _Run(kind, batch, content, batch.as_of, actor, company_code, say)
    run.read(max_rows=MAX_ROWS, max_bytes=MAX_BYTES, sheet="")
    return run.finish(dry_run=dry_run, good_rows_only=good_rows_only)


def _new_batch(
    kind: ImportKind,
    content: bytes,
    file_name: str,
    as_of: date,
    actor: Any,
    good_rows_only: bool,
) -> ImportBatch:
    is_small = len(content) <= MAX_BYTES
    return ImportBatch(
        kind=kind.name,
        file_name=file_name.replace("\\", "/").rpartition("/")[2][:200] or kind.name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content if is_small else b"",
        good_rows_only=good_rows_only,
        state=ImportBatch.State.WAITING,
        imported_by=actor if getattr(actor, "pk", None) else None,
        as_of=as_of,
    )


class _Run:
    """One pass over one file. Reading needs no transaction; everything else happens in one."""

    def __init__(
        self,
        kind: ImportKind,
        batch: ImportBatch,
        content: bytes,
        as_of: date,
        actor: Any,
        company_code: str,
        say: Say | None,
    ) -> None:
        self.kind = kind
        self.batch = batch
        self.content = content
        self.say = say or (lambda step, done, total: None)
        self.context = Context(
            as_of=as_of, actor=actor, company_code=company_code, batch=batch, say=self.say
        )
        self.rows: Rows | None = None
        self.header: Header | None = None
        self.refusal: Issue | None = None

    def read(self, *, max_rows: int | None, max_bytes: int | None, sheet: str) -> None:
        """Read the file and parse every cell; a file that cannot be read is noted as refused."""
        try:
            if max_bytes is not None and len(self.content) > max_bytes:
                raise FileRefused("FILE_TOO_LARGE", allowed=max_bytes // 1024 // 1024)
            self.say(_("Reading the file"), 0, 0)
            table = read_table(self.content, max_rows=max_rows, sheet=sheet)
            self._describe(table)
            table = self.kind.prepare(table, read_mapping(self.kind.name, self.batch.source))
            self.say(_("Checking every cell"), 0, len(table))
            self.rows, self.header = parse_rows(table, self.kind)
        except FileRefused as error:
            shown = str(error.params.get("value", ""))
            self.refusal = Issue(error.row, error.column, error.code, shown, error.params)

    def _describe(self, table: Table) -> None:
        self.batch.encoding = table.encoding
        self.batch.delimiter = table.delimiter
        self.batch.rows = len(table)

    @transaction.atomic
    def finish(self, *, dry_run: bool, good_rows_only: bool) -> ImportBatch:
        """Check the rows against what is stored, and store them unless something forbids it."""
        states = ImportBatch.State
        batch, rows = self.batch, self.rows
        batch.good_rows_only = good_rows_only
        if rows is None or self.header is None:
            batch.state = states.REFUSED
            batch.issues = [self.refusal.as_json()] if self.refusal else []
            batch.rejects = None
            self._save("refused")
            return batch
        batch.mapping = self.header.mapping
        batch.ignored_columns = list(self.header.ignored)
        _wait_for_turn(self.kind.lock)
        first = self._first_import()
        if first is not None:
            return first
        self.say(_("Comparing with what is stored"), 0, len(rows))
        plan = self.kind.check(rows, self.context)
        self.say(_("Comparing with what is stored"), len(rows), len(rows))
        self._count(rows)
        may_store = not rows.rejected or (good_rows_only and len(rows.rejected) < len(rows))
        if dry_run or not may_store:
            batch.state = states.CHECKED if may_store or dry_run else states.REFUSED
            self._save("checked" if dry_run else "refused")
            return batch
        batch.state = states.IMPORTED
        batch.save()
        self.say(_("Storing"), 0, len(rows))
        told = self.kind.store(rows, plan, self.context)
        self.say(_("Storing"), len(rows), len(rows))
        self._save("imported", told)
        return batch

    def _first_import(self) -> ImportBatch | None:
        """Return the batch that brought this very file in, complete; forget the present upload."""
        first = (
            ImportBatch.objects.filter(
                kind=self.batch.kind,
                sha256=self.batch.sha256,
                state=ImportBatch.State.IMPORTED,
                rejected=0,
            )
            .exclude(pk=self.batch.pk)
            .first()
        )
        if first is not None and self.batch.pk:
            self.batch.delete()
        return first

    def _count(self, rows: Rows) -> None:
        batch = self.batch
        outcomes = [rows.outcome[n] for n in rows.good]
        batch.created = outcomes.count(CREATED)
        batch.updated = outcomes.count(UPDATED)
        batch.unchanged = outcomes.count(UNCHANGED)
        batch.rejected = len(rows.rejected)
        rows.issues.sort(key=lambda issue: issue.row)
        batch.issues = [issue.as_json() for issue in rows.issues[:SHOWN_ISSUES]]
        batch.rejects = write_rejects(rows) if rows.rejected else None

    def _save(self, verb: str, told: dict[str, Any] | None = None) -> None:
        batch = self.batch
        batch.save()
        record_event(
            f"imports.batch.{verb}",
            actor=self.context.actor,
            subject=batch,
            as_of=batch.as_of,
            after={
                "kind": batch.kind,
                "file": batch.file_name,
                "sha256": batch.sha256,
                "rows": batch.rows,
                "created": batch.created,
                "updated": batch.updated,
                "unchanged": batch.unchanged,
                "rejected": batch.rejected,
                **(told or {}),
            },
        )


def _wait_for_turn(lock: str) -> None:
    """Wait until no other import of these tables runs, in a transaction that may take its time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "set local lock_timeout = '300s'; set local idle_in_transaction_session_timeout = '900s';"
            "set local statement_timeout = '540s'"
        )
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"import:{lock}"])


def forget_upload(batch: ImportBatch) -> None:
    """Delete an upload that was never imported. Raises AlreadyImported."""
    if batch.state == ImportBatch.State.IMPORTED:
        raise AlreadyImported(_("An imported file stays on record."))
    with suppress(ImportBatch.DoesNotExist):
        batch.delete()
