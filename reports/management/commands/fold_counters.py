"""Folds what waits in the ledger of the counters, as a worker does by itself."""

from typing import Any

from django.core.management.base import BaseCommand

from reports.counters.folding import fold


class Command(BaseCommand):
    help = "Fold the changes that wait into the counters of large teams; a worker does so every second or so."

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"{fold():,} changes were folded.")
