"""`import_data KIND FILE`: the import of the page, from the shell."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from common.clock import business_today
from common.errors import CreditError
from common.imports.issues import read_issues
from common.imports.kinds import list_kinds
from common.imports.service import MAX_BYTES, MAX_ROWS, import_file
from common.models import ImportBatch

SHOWN = 20
EXIT_REJECTED = 2


class Command(BaseCommand):
    help = "Import a CSV file or an Excel workbook. Exit 0, or 2 when anything was rejected."

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = " ".join(kind.name for kind in list_kinds())
        parser.add_argument("kind", metavar="KIND", help=f"One of: {kinds}")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Check, store nothing")
        parser.add_argument(
            "--good-rows-only",
            action="store_true",
            help="Import the good rows when others are wrong; else one wrong row refuses the file",
        )
        parser.add_argument("--as-of", type=date.fromisoformat, help="Business date (today)")
        parser.add_argument("--company", default="", help="Code of the company (the first one)")
        parser.add_argument("--sheet", default="", help="Sheet of a workbook (the first one)")
        parser.add_argument("--user", default="", help="In whose name (the system)")
        parser.add_argument(
            "--no-limit",
            action="store_true",
            help=f"Allow more than {MAX_ROWS} rows and {MAX_BYTES // 1024 // 1024} MB",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(
                _("%(path)s cannot be read: %(why)s") % {"path": path, "why": error.strerror}
            ) from error
        limits: dict[str, Any] = {"max_rows": None, "max_bytes": None}
        try:
            batch = import_file(
                kind=options["kind"],
                content=content,
                file_name=path.name,
                as_of=options["as_of"] or business_today(),
                actor=_find_user(options["user"]),
                company_code=options["company"].upper(),
                dry_run=options["dry_run"],
                good_rows_only=options["good_rows_only"],
                sheet=options["sheet"],
                **(limits if options["no_limit"] else {}),
            )
        except CreditError as error:
            raise CommandError(str(error)) from error
        self._print(batch, dry_run=options["dry_run"])
        if batch.rejects:
            rejects = path.with_name(f"{path.name}.rejects.csv")
            rejects.write_bytes(bytes(batch.rejects))
            self.stdout.write(_("Rejected rows: %(path)s") % {"path": rejects})
        if batch.rejected or batch.state == ImportBatch.State.REFUSED:
            raise SystemExit(EXIT_REJECTED)

    def _print(self, batch: ImportBatch, *, dry_run: bool) -> None:
        counts = ("created", "updated", "unchanged", "rejected")
        line = "  ".join(f"{name} {getattr(batch, name)}" for name in counts)
        self.stdout.write(f"{batch.kind} {batch.file_name}: {line}")
        if batch.encoding:
            details = [f"encoding {batch.encoding}"]
            if batch.ignored_columns:
                details.append("ignored columns " + ", ".join(batch.ignored_columns))
            self.stdout.write("  ".join(details))
        for issue in read_issues(batch.issues[:SHOWN]):
            where = f"row {issue.row}" if issue.row else "file"
            column = f" {issue.column}" if issue.column else ""
            value = f" [{issue.value}]" if issue.value else ""
            self.stdout.write(
                f"  {where}{column}: {issue.code}{value} {issue.message} {issue.way_out}"
            )
        if len(batch.issues) > SHOWN:
            self.stdout.write(f"  … {len(batch.issues) - SHOWN} more")
        if dry_run and batch.state != ImportBatch.State.IMPORTED:
            self.stdout.write(_("Checked only: nothing was stored."))
        elif batch.state == ImportBatch.State.REFUSED:
            self.stdout.write(_("Refused: nothing was stored."))


def _find_user(username: str) -> Any:
    if not username:
        return None
    user = get_user_model().objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(_("There is no user %(name)s.") % {"name": username})
    return user
