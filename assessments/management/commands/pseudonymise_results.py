"""Takes the words out of old results."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.timezone import localdate, now

from assessments.services.retention import due, months_before, pseudonymise_results
from roles.management.recorded import RecordedCommand
from roles.terminal import progress_shown_on


class Command(RecordedCommand):
    help = (
        "Take assessor, evidence and reasons out of results that are older than so many months. Levels and days stay,"
        " and with them every figure."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than", metavar="MONTHS", type=int, help="unless given, what AISKILLS_RETENTION_MONTHS says"
        )
        parser.add_argument("--dry-run", action="store_true", help="say how many there are, and write nothing")

    def handle(self, *, older_than: int | None, dry_run: bool, **options: Any) -> None:
        months = settings.RETENTION_MONTHS if older_than is None else older_than
        if months < 1:
            raise CommandError(
                "Say after how many months, from 1 up, with --older-than or in AISKILLS_RETENTION_MONTHS.", returncode=2
            )
        try:
            before = months_before(localdate(), months)
        except ValueError:
            raise CommandError(f"--older-than: {months} months ago there was no calendar.", returncode=2) from None
        if dry_run:
            count = due(before=before).count()
            self.stdout.write(f"{count:,} results were assessed before {before} and have words. Nothing was written.")
            return
        with progress_shown_on(self.stderr):
            done = pseudonymise_results(before=before, by=None, at=now())
        self.stdout.write(
            f"{done.results:,} results assessed before {before} have no words any more,"
            f" and {done.events:,} events of the audit trail neither."
        )
