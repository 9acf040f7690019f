"""Fail when a catalogue misses a text, keeps a stale one, is fuzzy, or changes a placeholder."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from credit_mgmt.translations import list_faults, update_catalogue


class Command(BaseCommand):
    help = "Check that every text has its translation; --update brings the catalogue in line first."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--update", action="store_true", help="add new texts, drop stale ones")

    def handle(self, *args: Any, **options: Any) -> None:
        faults: list[str] = []
        for folder in settings.LOCALE_PATHS:
            path = folder / "zh_Hans" / "LC_MESSAGES" / "django.po"
            if options["update"]:
                added, removed = update_catalogue(path)
                self.stdout.write(f"{added} texts added, {removed} removed")
            faults += list_faults(path)
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise SystemExit(1)
        self.stdout.write("All texts are translated.")
