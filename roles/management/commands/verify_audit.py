"""Verifies the audit trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from roles.audit import findings
from roles.models.audit import AuditHead


class Command(BaseCommand):
    help = "Verify the chain of the audit trail; name every event that was edited, removed, inserted or reordered."

    def handle(self, **options: Any) -> None:
        wrong = 0
        for finding in findings():
            self.stderr.write(f"Event {finding.number} {finding.words}.")
            wrong += 1
        if wrong:
            raise CommandError(f"The audit trail has been tampered with: {wrong} findings.", returncode=1)
        head = AuditHead.objects.filter(pk=1).first() or AuditHead()
        if not head.number:
            self.stdout.write("There are no events, so there is nothing to verify: nothing writes to the trail yet.")
            return
        self.stdout.write(f"{head.number:,} events, none of them touched. The last has the hash {head.hash}.")
