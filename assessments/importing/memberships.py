"""memberships.csv: of one person no two may overlap, counting those that stand in the database already."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from itertools import groupby
from typing import NamedTuple

from roles.models import Membership

from . import cells
from .sources import Source
from .tables import (
    BATCH,
    Column,
    Context,
    KeyedTable,
    Parsed,
    not_before,
    person_column,
    team_column,
)


def membership_table(context: Context) -> KeyedTable:
    """memberships.csv."""
    return MembershipTable(
        model=Membership,
        columns=[
            person_column(context),
            Column("from", "from_on", cells.day),
            team_column(context),
            Column("until", "until_on", cells.day_or_none),
        ],
        key=2,
        check=not_before(3, 1, ("until", "from")),
        person="person_id",
    )


class MembershipTable(KeyedTable):
    """The rows of one person are written together, since one may take days that another, further down, gives back."""

    def _batches(self, rows: Iterable[Parsed], source: Source, context: Context) -> Iterable[list[Parsed]]:
        for batch in _by_person(rows):
            self._refuse_overlaps(batch, source, context)
            yield batch

    def _refuse_overlaps(self, rows: list[Parsed], source: Source, context: Context) -> None:
        stays: dict[int, dict[date, _Stay]] = defaultdict(dict)
        recorded = self._stored(rows, [column.attribute for column in self.columns]).values()
        for line, (person, begins, _, until) in [*((None, values) for _, values in recorded), *rows]:
            stays[person][begins] = _Stay(begins, until or date.max, line)
        for of_person in stays.values():
            for line, column, message in _overlaps(sorted(of_person.values())):
                context.problems.add(source.name, line, column, f"{message}; a person is in one team at a time")


def _by_person(rows: Iterable[Parsed]) -> Iterator[list[Parsed]]:
    """The rows in batches that hold all of each of their people, whatever order the file has.

    They are sorted by SQLite, in a file of its own, so that memory does not grow with theirs.
    """
    with closing(sqlite3.connect("", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute(
            "CREATE TABLE stay (line, person, begins, team, until, PRIMARY KEY (person, line)) WITHOUT ROWID"
        )
        database.execute("BEGIN")
        database.executemany("INSERT INTO stay VALUES (?, ?, ?, ?, ?)", map(_packed, rows))
        batch: list[Parsed] = []
        packed = database.execute("SELECT * FROM stay ORDER BY person, line")
        for _, of_person in groupby(packed, key=lambda row: row[1]):
            batch += map(_unpacked, of_person)
            if len(batch) >= BATCH:
                yield sorted(batch)
                batch = []
        if batch:
            yield sorted(batch)


def _packed(row: Parsed) -> tuple[int | None, ...]:
    line, (person, begins, team, until) = row
    return line, person, begins.toordinal(), team, until and until.toordinal()


def _unpacked(row: tuple[int, int, int, int, int | None]) -> Parsed:
    line, person, begins, team, until = row
    return Parsed(line, (person, date.fromordinal(begins), team, until and date.fromordinal(until)))


class _Stay(NamedTuple):
    """The days of a membership, and its line; none if it is recorded already and the file leaves it as it is."""

    begins: date
    until: date
    line: int | None

    def __str__(self) -> str:
        where = f"in line {self.line}" if self.line else "that is recorded already"
        return f"the membership from {self.begins} until {self.end} {where}"

    @property
    def end(self) -> str:
        return "open" if self.until == date.max else self.until.isoformat()


def _overlaps(stays: Iterable[_Stay]) -> Iterator[tuple[int | None, str, str]]:
    """The line, the column and the matter of each stay, in the order of days, that begins before an earlier one ended.

    The line is one of the file, also where what it collides with is recorded already.
    """
    last: _Stay | None = None
    for stay in stays:
        if stay.begins == stay.until:
            continue  # void: it holds on no day
        if last is not None and stay.begins < last.until:
            if stay.line:
                yield stay.line, "from", f"'{stay.begins}' is in the middle of {last}"
            else:
                yield last.line, "until", f"'{last.end}' is after the beginning of {stay}"
        if last is None or stay.until > last.until:
            last = stay
