"""Writes gaps, standings, results or people to a file."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localdate

from reports.days import day, instant
from reports.exporting import FORMATS, TooManyRows, book, chunks
from reports.queries.exports import TABLES, Asked
from roles.models import Team

#: Formats that only programs can read.
_BINARY = {"xlsx", "parquet"}


class Command(BaseCommand):
    help = "Write gaps, standings, results or people as a file that spreadsheets and databases read, of any size."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", metavar="KIND", choices=TABLES, help=", ".join(TABLES))
        parser.add_argument("--format", choices=FORMATS, default="csv", help="csv unless given")
        parser.add_argument("--team", metavar="TEAM", help="the team's code, for its scope; everything unless given")
        parser.add_argument("--each", choices=["team"], help="gaps: a report for every team of the scope")
        parser.add_argument("--as-of", metavar="DAY", help="YYYY-MM-DD; today unless given")
        parser.add_argument("--updated-since", metavar="INSTANT", help="results: recorded or withdrawn since then")
        parser.add_argument("--anonymise", action="store_true", help="pseudonyms in place of names")
        parser.add_argument("--no-trailer", action="store_true", help="csv, jsonl: leave out the last line")
        parser.add_argument("--output", metavar="FILE", type=Path, help="the file; standard output unless given")
        parser.add_argument("--force", action="store_true", help="write over the file if it is there")
        parser.formatter_class = argparse.HelpFormatter

    def handle(self, *, kind: str, output: Path | None, force: bool, **options: Any) -> None:
        asked = _asked(kind, options)
        try:
            if output is not None:
                with _new_file(output, force=force) as file:
                    _write(file, kind, asked, options)
            else:
                _write(self._standard_output(options["format"]), kind, asked, options)
        except TooManyRows as error:
            raise CommandError(f"--format: {error}", returncode=2) from None
        except BrokenPipeError:
            # Who reads has seen enough, as `head` does. Nothing more can be said there, not even at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise CommandError("Nobody reads on; the export is not whole.") from None

    def _standard_output(self, form: str) -> IO[bytes]:
        if form in _BINARY and self.stdout.isatty():
            raise CommandError(f"--format {form} is nothing for a terminal; name a file with --output.", returncode=2)
        stream: IO[bytes] = self.stdout._out.buffer  # type: ignore[attr-defined]  # what it wraps
        return stream


def _asked(kind: str, options: dict[str, Any]) -> Asked:
    """What the options ask for; CommandError if they cannot be understood."""
    each, since = options["each"], options["updated_since"]
    if each and kind != "gaps":
        raise CommandError("--each goes with gaps only.", returncode=2)
    if since is not None and kind != "results":
        raise CommandError("--updated-since goes with results only.", returncode=2)
    try:
        as_of = day(options["as_of"]) if options["as_of"] is not None else localdate()
    except ValueError as error:
        raise CommandError(f"--as-of: {error}", returncode=2) from None
    return Asked(as_of=as_of, team=_team(options["team"]), each=bool(each), since=_since(since))


def _since(text: str | None) -> datetime | None:
    try:
        return None if text is None else instant(text)
    except ValueError as error:
        raise CommandError(f"--updated-since: {error}", returncode=2) from None


def _team(code: str | None) -> Team | None:
    if code is None:
        return None
    team = Team.objects.filter(code=code).first()
    if team is None:
        raise CommandError(f"There is no team with the code {code!r}.", returncode=2)
    return team


def _write(file: IO[bytes], kind: str, asked: Asked, options: dict[str, Any]) -> None:
    anonymise: bool = options["anonymise"]
    if options["format"] == "xlsx":
        with book(kind, asked, anonymise=anonymise).file as made:
            shutil.copyfileobj(made, file)
    else:
        trailer = not options["no_trailer"]
        for chunk in chunks(kind, options["format"], asked, anonymise=anonymise, trailer=trailer):
            file.write(chunk)
    file.flush()


@contextmanager
def _new_file(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """A file beside the path, which takes its name when it is whole; CommandError if there is one and no `force`."""
    if path.exists() and not force:
        raise CommandError(f"{path} is there already; --force writes over it.", returncode=2)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
        if force:
            part.replace(path)
        else:
            # Unlike a renaming, this fails if somebody else has made the file meanwhile.
            os.link(part, path)
    except OSError as error:
        raise CommandError(f"{error.filename2 or error.filename or path}: {error.strerror}", returncode=2) from None
    finally:
        part.unlink(missing_ok=True)
