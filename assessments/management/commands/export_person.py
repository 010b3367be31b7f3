"""Exports all that is held about a person."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.timezone import now

from assessments.services.handing import archive_in, write_archive
from assessments.services.held import export_person
from roles.management.recorded import RecordedCommand
from roles.models import Person


class Command(RecordedCommand):
    help = "Write all that is held about a person into a zip: an index to read, tables as CSV, and all of it as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("employee_id", metavar="EMPLOYEE_ID")
        parser.add_argument("place", metavar="DIR_OR_FILE", type=Path, help="a folder, or a new file")

    def handle(self, *, employee_id: str, place: Path, **options: Any) -> None:
        person = Person.objects.filter(employee_id=employee_id).first()
        if person is None:
            raise CommandError(f"There is nobody with the employee id {employee_id!r}.", returncode=2)
        held = export_person(person=person, by=None, at=now())
        path = archive_in(place, held)
        try:
            # Nobody else reads it, and nothing that is there is lost.
            file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}.", returncode=2) from None
        with file:
            write_archive(held, file)
        self.stdout.write(f"{path}: {sum(map(len, held['tables'].values())):,} rows, {len(held['events']):,} events.")
