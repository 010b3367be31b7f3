"""Loads the shipped role matrix."""

from typing import Any

from django.conf import settings
from django.utils.timezone import now

from roles.management.recorded import RecordedCommand
from roles.shipped import load_shipped_matrix
from roles.terminal import progress_shown_on


class Command(RecordedCommand):
    help = "Load the shipped competencies, roles, threats, scale and matrix version. Safe to run again: only adds."

    def handle(self, **options: Any) -> None:
        with progress_shown_on(self.stderr):
            report = load_shipped_matrix(folder=settings.BASE_DIR / "fixtures" / "matrix", at=now())
        added = ", ".join(f"{count} {kind}" for kind, count in report.added.items() if count)
        self.stdout.write(f"Added {added}." if added else "Everything shipped is there already; nothing was changed.")
        for reason in report.left_out:
            self.stdout.write(f"Left out {reason}.")
