"""Copy the third-party front-end files out of node_modules into the generated folder."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from common.assets import MissingFiles, UnknownIcons, vendor


class Command(BaseCommand):
    help = "Copies an allow-list of files from node_modules to .vendor/vendor and builds icons.svg."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--node-modules", type=Path, default=None)
        parser.add_argument("--target", type=Path, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        node_modules = options["node_modules"] or root / "node_modules"
        target = options["target"] or root / ".vendor" / "vendor"
        try:
            report = vendor(root, node_modules, target)
        except MissingFiles as error:
            raise CommandError(
                _("Not found in %(folder)s: %(files)s. Run: npm ci --ignore-scripts")
                % {"folder": node_modules.name, "files": error}
            ) from error
        except UnknownIcons as error:
            raise CommandError(
                _("No such icon in the icon set: %(names)s.") % {"names": error}
            ) from error
        for name, size in report.files.items():
            self.stdout.write(f"  {name:<34} {size / 1000:>8.1f} kB")
        self.stdout.write(
            _("%(files)d files, %(icons)d icons.")
            % {"files": len(report.files), "icons": report.icons}
        )
