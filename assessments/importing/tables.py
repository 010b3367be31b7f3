"""The files of an import: their columns (contract, section 4) and how each becomes rows of the database.

A table is read, checked and written in batches. What a batch writes is undone with everything else if any row of any
file turns out bad, since the whole import is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import override

from assessments.models import Exemption
from roles.bulk import InTurn, at_once, batches, insert_rows, update_rows, worked_behind
from roles.filling import filled_at_once
from roles.models import (
    Competency,
    Dimension,
    Origin,
    Person,
    Role,
    RoleAssignment,
    RoleFamily,
    TeamManager,
)
from roles.progress import report
from roles.trail import Told

from . import cells
from .first_lines import first_lines
from .problems import BadCell, Problems
from .sources import Row, Source
from .watching import Watch

BATCH = 5_000
#: So many rows are still in the processor's cache when their keys have been looked up.
CHECKED_TOGETHER = 500


#: A row's values in the order of its table's columns.
Values = tuple[Any, ...]
#: Rows of the database by their keys in the file: their primary key and their values.
StoredRows = dict[Values, tuple[Any, Values]]


class Parsed(NamedTuple):
    """A row's values in the order of its table's columns, and its line."""

    line: int
    values: tuple[Any, ...]


@dataclass
class Outcome:
    """What an import did with one file."""

    file: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass
class Context:
    """What the files of one import share: keys by code, what is wrong, and whom the rows touch."""

    problems: Problems = field(default_factory=Problems)
    families: dict[str, int] = field(default_factory=dict)
    roles: cells.Codes = field(default_factory=cells.Codes)
    competencies: cells.Codes = field(default_factory=cells.Codes)
    teams: cells.Codes = field(default_factory=cells.Codes)
    people: cells.Codes = field(default_factory=cells.Codes)
    touched: set[int] = field(default_factory=set)
    everyone_touched: bool = False
    #: What the event of the import says.
    told: Told = field(default_factory=Told)
    #: Who wants to know of every row that is added or changed; nobody, unless it is asked for.
    watch: Watch | None = None


#: What is wrong with a whole row, as the column and the message, if anything is.
Check = Callable[[Parsed], tuple[str, str] | None]


class Column(NamedTuple):
    """A column of a file, the attribute it fills, and how its cells are read; `codes` has the keys of what it names.

    `differs` says that hardly two rows have the same in it, so that to remember what was read is of no use.
    """

    name: str
    attribute: str
    parse: cells.Parser
    codes: Mapping[str, int] | None = None
    differs: bool = False


def parsed_rows(
    source: Source, columns: Sequence[Column], problems: Problems, defines: cells.Codes | None = None
) -> Iterator[Parsed]:
    """The rows whose every cell can be read; the others go to `problems`, a line for each bad cell.

    Codes that the first column defines are known from then on, also those of bad rows: one mistake is told once, not
    again in every row that refers to it. Until the row is written a negative number stands for its key.
    """
    parsers = [column.parse if column.differs else cells.Remembered(column.parse).__getitem__ for column in columns]
    for rows in batches(source.rows([column.name for column in columns], problems), CHECKED_TOGETHER):
        if defines is not None:
            for row in rows:
                defines.stand_in(row.cells[0])
        # Column by column takes less time than row by row.
        texts = zip(*[row.cells for row in rows], strict=True)
        try:
            by_column = [[*map(parse, column)] for parse, column in zip(parsers, texts, strict=True)]
        except BadCell:
            yield from _parsed_one_by_one(rows, source, columns, problems)
        else:
            yield from map(Parsed, [row.line for row in rows], zip(*by_column, strict=True))
    if defines is not None:
        defines.whole = source.whole


def _parsed_one_by_one(
    rows: Iterable[Row], source: Source, columns: Sequence[Column], problems: Problems
) -> Iterator[Parsed]:
    for row in rows:
        try:
            yield Parsed(row.line, tuple([column.parse(cell) for column, cell in zip(columns, row.cells, strict=True)]))
        except BadCell:
            _name_bad_cells(source, columns, row, problems)


def _name_bad_cells(source: Source, columns: Sequence[Column], row: Row, problems: Problems) -> None:
    for column, cell in zip(columns, row.cells, strict=True):
        try:
            column.parse(cell)
        except BadCell as bad:
            problems.add(source.name, row.line, column.name, bad.args[0])


def with_first_lines(rows: Iterable[Parsed], key: int) -> Iterator[tuple[Parsed, int]]:
    """The rows, each with the line in which its key, the leading `key` values, came first."""
    with first_lines() as known:
        for batch in batches(rows, CHECKED_TOGETHER):
            keys = [str(row.values[0]) if key == 1 else "\x1f".join(map(str, row.values[:key])) for row in batch]
            yield from zip(batch, known.of(keys, [row.line for row in batch]), strict=True)


@dataclass
class KeyedTable:
    """A file whose rows are added, or change the row with the same key; `key` is how many leading columns that is."""

    model: type[models.Model]
    columns: list[Column]
    key: int
    check: Check | None = None
    #: The attribute that says whose standings a row touches, if any.
    person: str = ""
    #: The keys by code that the file adds to, if it defines codes.
    defines: cells.Codes | None = None
    #: Values that new rows get beside those of the file.
    defaults: dict[str, Any] = field(default_factory=dict)
    #: Whether to read a row asks nothing of the database: then rows are written meanwhile, into a table without any.
    behind: bool = True
    #: Whether any row was stored before the file: of none, none need be looked for, since a key stands once in a file.
    some_stored: bool = field(default=True, init=False)

    def take(self, source: Source, context: Context) -> Outcome:
        """Read, check and write the whole file; what is wrong goes to the context's problems."""
        outcome = Outcome(source.name)
        self.some_stored = self.model._default_manager.exists()
        if context.watch is not None:
            context.watch.begin(source.name, self.columns, self.key)
        with ExitStack() as stack:
            writes = InTurn(at_once)
            if self.behind and not self.some_stored:
                stack.enter_context(filled_at_once(self.model))
                writes = InTurn(stack.enter_context(worked_behind()))
            for batch in self._batches(self._sound_rows(source, context), source, context):
                writes(self._writing(batch, context, outcome))
                report(source.name, outcome.added + outcome.changed + outcome.unchanged)
            writes.wait()
        if self.defines is not None and not context.problems:
            self.defines.update(self.model._default_manager.values_list(self.columns[0].attribute, "pk"))
        return outcome

    def _batches(self, rows: Iterable[Parsed], source: Source, context: Context) -> Iterable[list[Parsed]]:  # noqa: ARG002
        """How the rows are written: batch by batch, as they come."""
        return batches(rows, BATCH)

    def _sound_rows(self, source: Source, context: Context) -> Iterator[Parsed]:
        rows = parsed_rows(source, self.columns, context.problems, self.defines)
        for row, first in with_first_lines(rows, self.key):
            if self._sound(row, first, source, context):
                yield row

    def _sound(self, row: Parsed, first: int, source: Source, context: Context) -> bool:
        """Whether the row stands by itself and its key has not come before in the file."""
        if first != row.line:
            names = ", ".join(column.name for column in self.columns[: self.key])
            context.problems.add(source.name, row.line, names, f"the same as in line {first}; a key stands once")
            return False
        wrong = self.check(row) if self.check else None
        if wrong is not None:
            context.problems.add(source.name, row.line, *wrong)
        return wrong is None

    def _writing(self, batch: list[Parsed], context: Context, outcome: Outcome) -> Callable[[], object]:
        """What adds the rows that are new and changes those that differ, unless something is wrong already."""
        attributes = [column.attribute for column in self.columns]
        stored = self._stored(batch, attributes, held=context.watch is not None)
        new, changed = self._told_apart(batch, stored, context, outcome)
        if context.problems:
            return lambda: None
        names, rows = [*attributes, *self.defaults], [(*row, *self.defaults.values()) for row in new]
        context.told.new(self.model, names, rows, key=self.key)
        for pk, values, was in changed:
            before, after = (dict(zip(attributes, row, strict=True)) for row in (was, values))
            context.told.row(self.model, pk, before, after)
        self._touch([*new, *(values for _, values, _ in changed)], attributes, stored, context)

        def write() -> None:
            # What gives days back comes before what takes them.
            changed.sort(key=lambda change: _ends(change[1], attributes))
            rest = attributes[self.key :]
            update_rows(self.model, rest, ((pk, values[self.key :]) for pk, values, _ in changed) if rest else ())
            insert_rows(self.model, names, rows)

        return write

    def _told_apart(
        self, batch: list[Parsed], stored: StoredRows, context: Context, outcome: Outcome
    ) -> tuple[list[Values], list[tuple[Any, Values, Values]]]:
        """The rows that are new; and of those that differ the key, what they are to be, and what they were."""
        new: list[Values] = []
        changed: list[tuple[Any, Values, Values]] = []
        for row in batch:
            was = stored.get(row.values[: self.key])
            if was is None:
                new.append(row.values)
            elif was[1] != row.values:
                changed.append((was[0], row.values, was[1]))
            else:
                outcome.unchanged += 1
                continue
            if context.watch is not None:
                context.watch.change(row.line, was and was[1], row.values)
        outcome.added += len(new)
        outcome.changed += len(changed)
        return new, changed

    def _stored(self, rows: list[Parsed], attributes: list[str], *, held: bool = False) -> StoredRows:
        """The rows of the database that these may be about, by key: their primary key and their values.

        Where they are `held` nobody changes them until the transaction ends, so that they are overwritten as they were
        found.
        """
        first = self.columns[0].attribute
        found: StoredRows = {}
        if not self.some_stored:
            return found
        for wanted in batches({row.values[0] for row in rows}, BATCH):
            stored = self.model._default_manager.filter(**{f"{first}__in": wanted}).order_by()
            if held:
                stored = stored.select_for_update(no_key=True)
            for pk, *values in stored.values_list("pk", *attributes):
                found[tuple(values[: self.key])] = (pk, tuple(values))
        return found

    def _touch(
        self,
        written: list[Values],
        attributes: list[str],
        stored: StoredRows,
        context: Context,
    ) -> None:
        if self.person in attributes:
            place = attributes.index(self.person)
            context.touched.update(values[place] for values in written)
        elif self.person == "pk":
            context.touched.update(stored[values[: self.key]][0] for values in written if values[: self.key] in stored)


def _ends(values: tuple[Any, ...], attributes: list[str]) -> date:
    end = values[attributes.index("until_on")] if "until_on" in attributes else None
    return end or date.max


def not_before(later: int, earlier: int, names: tuple[str, str]) -> Check:
    """A check that one day of a row, if there is one, is not before another."""

    def check(row: Parsed) -> tuple[str, str] | None:
        until, begins = row.values[later], row.values[earlier]
        if until is not None and until < begins:
            return names[0], f"'{until}' is before {names[1]} '{begins}'"
        return None

    return check


def _family(context: Context) -> Column:
    """A family by its code; one that nobody has named before is made, with the code for its title."""

    def parse(text: str) -> int | None:
        if text and text not in context.families:
            context.families[text] = RoleFamily.objects.create(code=cells.code(text), title=text).pk
        return context.families.get(text)

    return Column("family", "family_id", parse, context.families)


def role_table(context: Context) -> KeyedTable:
    """roles.csv."""
    return KeyedTable(
        model=Role,
        columns=[
            Column("code", "code", cells.code),
            Column("title", "title", cells.text_up_to(200, needed=True)),
            _family(context),
        ],
        key=1,
        defines=context.roles,
        defaults={"who": "", "emerging": False, "held_by_everyone": False, "origin": Origin.ORGANISATION.value},
        behind=False,  # a family that is new is made as it is read
    )


def competency_table(context: Context) -> KeyedTable:
    """competencies.csv."""
    with override(None):  # Files are written in no language but the contract's, whoever sends them.
        labels = {str(label): value for value, label in Dimension.choices}
    dimensions = {"": ""} | labels | {value: value for value in Dimension}
    return KeyedTable(
        model=Competency,
        columns=[
            Column("code", "code", cells.code),
            Column("title", "title", cells.text_up_to(200, needed=True)),
            _family(context),
            Column("dimension", "dimension", cells.one_of("dimension", dimensions)),
            Column("summary", "summary", cells.text_up_to(2_000)),
        ],
        key=1,
        defines=context.competencies,
        defaults={"origin": Origin.ORGANISATION.value},
        behind=False,  # a family that is new is made as it is read
    )


def person_table(context: Context) -> KeyedTable:
    """people.csv."""
    return KeyedTable(
        model=Person,
        columns=[
            Column("employee_id", "employee_id", cells.code, differs=True),
            Column("name", "name", cells.text_up_to(200, needed=True), differs=True),
            Column("email", "email", cells.email, differs=True),
            Column("joined_on", "joined_on", cells.day),
            Column("left_on", "left_on", cells.day_or_none),
        ],
        key=1,
        check=not_before(4, 3, ("left_on", "joined_on")),
        person="pk",
        defines=context.people,
    )


def assignment_table(context: Context) -> KeyedTable:
    """assignments.csv."""
    return KeyedTable(
        model=RoleAssignment,
        columns=[
            person_column(context),
            role_column(context),
            Column("from", "from_on", cells.day),
            Column("until", "until_on", cells.day_or_none),
        ],
        key=3,
        check=not_before(3, 2, ("until", "from")),
        person="person_id",
    )


def exemption_table(context: Context) -> KeyedTable:
    """exemptions.csv."""
    return KeyedTable(
        model=Exemption,
        columns=[
            person_column(context),
            competency_column(context),
            Column("from", "from_on", cells.day),
            Column("until", "until_on", cells.day_or_none),
            Column("reason", "reason", cells.text_up_to(500)),
        ],
        key=3,
        check=not_before(3, 2, ("until", "from")),
        person="person_id",
    )


def manager_table(context: Context) -> KeyedTable:
    """managers.csv."""
    return KeyedTable(
        model=TeamManager,
        columns=[
            team_column(context),
            person_column(context),
        ],
        key=2,
    )


def person_column(context: Context) -> Column:
    """Somebody by their employee id."""
    known = cells.known("person", context.people, file="people.csv")
    return Column("employee_id", "person_id", known, context.people)


def competency_column(context: Context) -> Column:
    """A competency by its code."""
    known = cells.known("competency", context.competencies, file="competencies.csv")
    return Column("competency", "competency_id", known, context.competencies)


def role_column(context: Context) -> Column:
    """A role by its code."""
    return Column("role", "role_id", cells.known("role", context.roles, file="roles.csv"), context.roles)


def team_column(context: Context) -> Column:
    """A team by its code."""
    return Column("team", "team_id", cells.known("team", context.teams, file="teams.csv"), context.teams)
