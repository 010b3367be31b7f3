"""Writes the audit trail for other tools."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError, CommandParser

from roles.audit import exported
from roles.management.recorded import RecordedCommand
from roles.ocsf import VERSION


class Command(RecordedCommand):
    help = f"Write the audit trail as JSON Lines in OCSF {VERSION} form, in its order, of any size."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="from_on", metavar="DAY", help="YYYY-MM-DD; from the beginning unless given")
        parser.add_argument("--until", dest="until_on", metavar="DAY", help="the first day that is left out")
        parser.add_argument("--output", metavar="FILE", type=Path, help="a new file; standard output unless given")

    def handle(self, *, from_on: str | None, until_on: str | None, output: Path | None, **options: Any) -> None:
        days = {"from_on": _day("--from", from_on), "until_on": _day("--until", until_on)}
        with _new_file(output) if output else _standard(self.stdout) as file:
            for line in exported(**days):
                file.write(line)


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{option}: {text!r} is not a date; write YYYY-MM-DD.", returncode=2) from None


@contextmanager
def _standard(stream: Any) -> Iterator[IO[str]]:
    try:
        yield stream._out
        stream.flush()
    except BrokenPipeError:
        # Who reads has seen enough, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise CommandError("Nobody reads on; the export is not whole.") from None


@contextmanager
def _new_file(path: Path) -> Iterator[IO[str]]:
    """A file that nobody else can read, gone again if it does not become whole."""
    try:
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.", returncode=2) from None
    try:
        with file:
            yield file
    except BaseException:
        path.unlink()
        raise
