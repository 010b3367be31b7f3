"""Imports an organisation's files."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.timezone import now
from rich.table import Table

from assessments.importing.importer import ImportReport, import_organisation
from assessments.importing.problems import ImportRefused
from roles.management.recorded import RecordedCommand
from roles.terminal import console, progress_shown_on


class Command(RecordedCommand):
    help = "Import an organisation's files, all or nothing. Exit status 1, with every bad row named, if any is bad."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="the folder with teams.csv, people.csv, ...")
        parser.add_argument("--dry-run", action="store_true", help="check everything and write nothing")

    def handle(self, *, folder: Path, dry_run: bool, **options: Any) -> None:
        try:
            with progress_shown_on(self.stderr):
                report = import_organisation(folder, at=now(), dry_run=dry_run)
        except ImportRefused as refused:
            for problem in refused.problems:
                self.stderr.write(problem, self.style.ERROR)
            self.stderr.write("Nothing was imported.")
            raise SystemExit(1) from None
        for name in report.ignored:
            self.stderr.write(f"{name}: is not a file of an import, and was not read", self.style.WARNING)
        self._tell(report, dry_run=dry_run)

    def _tell(self, report: ImportReport, *, dry_run: bool) -> None:
        table = Table(title="Dry run: nothing was written" if dry_run else None, title_justify="left")
        table.add_column("file")
        for heading in ("added", "changed", "unchanged"):
            table.add_column(heading, justify="right")
        for outcome in report.outcomes:
            table.add_row(outcome.file, f"{outcome.added:,}", f"{outcome.changed:,}", f"{outcome.unchanged:,}")
        console(self.stdout).print(table)
        if not dry_run:
            whose = "everybody" if report.people_touched is None else f"{report.people_touched:,} people"
            self.stdout.write(f"The standings of {whose} are up to date.")
