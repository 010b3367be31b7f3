"""Recomputes, or checks, what is derived from the facts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reports.services import disagreements, rebuild
from roles.terminal import progress_shown_on
from roles.trail import one_event

NAMED_AT_MOST = 100


class Command(BaseCommand):
    help = "Recompute the standings from the facts, or with --check compare only: exit status 1 if they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only, and name the differences")

    def handle(self, *, check: bool, **options: Any) -> None:
        if check:
            self._check()
            return
        with progress_shown_on(self.stderr), one_event("standings.mended") as told:
            changed, counted = rebuild()
            # Figures are others now without a change of the facts, which has to be told like one.
            if changed or counted:
                told.facts |= {"people": changed, "teams_counted": counted}
        self.stdout.write(f"The standings of {changed:,} people were not what the facts make them; now all are.")

    def _check(self) -> None:
        count = 0
        with progress_shown_on(self.stderr):
            for count, line in enumerate(disagreements(), start=1):
                if count <= NAMED_AT_MOST:
                    self.stderr.write(line, self.style.ERROR)
        if count > NAMED_AT_MOST:
            self.stderr.write(f"... and {count - NAMED_AT_MOST:,} more")
        if count:
            self.stderr.write(f"{count:,} differences; `rebuild_standings` without --check puts them right.")
            raise SystemExit(1)
        self.stdout.write("Standings and facts agree.")
