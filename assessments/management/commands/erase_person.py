"""Erases a person."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.timezone import now

from assessments.services.erasing import erase_person
from roles.management.recorded import RecordedCommand
from roles.models import Person
from roles.services import InTheWay


class Command(RecordedCommand):
    help = (
        "Put a pseudonym in place of all that tells who a person is, in every table and in the audit trail. Figures"
        " stay. It cannot be undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("employee_id", metavar="EMPLOYEE_ID")
        parser.add_argument("--yes", action="store_true", help="it is meant; nothing is done without")
        parser.add_argument("--still-here", action="store_true", help="also if they have not left")

    def handle(self, *, employee_id: str, yes: bool, still_here: bool, **options: Any) -> None:
        person = Person.objects.filter(employee_id=employee_id).first()
        if person is None:
            raise CommandError(f"There is nobody with the employee id {employee_id!r}.", returncode=2)
        if not yes:
            raise CommandError(
                f"{person} would be erased for good: add --yes if that is meant. Nothing was written.", returncode=1
            )
        try:
            pseudonym = erase_person(person=person, by=None, at=now(), still_here=still_here)
        except InTheWay as refused:
            raise CommandError(f"{refused} Nothing was written.", returncode=1) from None
        self.stdout.write(f"Erased. Their figures are kept under {pseudonym}.")
