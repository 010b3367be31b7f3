"""Exports an organisation's files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.exporting import FolderNotEmpty, export_organisation
from roles.terminal import progress_shown_on


class Command(BaseCommand):
    help = "Write the organisation as the files that import_org reads. Into an empty folder only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="a new or an empty folder")
        parser.add_argument("--anonymise", action="store_true", help="put stable pseudonyms in place of names and ids")

    def handle(self, *, folder: Path, anonymise: bool, **options: Any) -> None:
        try:
            with progress_shown_on(self.stderr):
                counts = export_organisation(folder, anonymise=anonymise)
        except FolderNotEmpty as error:
            raise CommandError(f"{error}; nothing was written.") from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from None
        for name, count in counts.items():
            self.stdout.write(f"{folder / name}: {count:,} rows")
