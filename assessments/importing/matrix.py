"""matrix.csv: whole matrix versions, each published as it comes, since a published version is what counts."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from roles.bulk import insert_rows
from roles.locks import hold_rules
from roles.models import MatrixVersion, Origin, RoleRequirement

from . import cells
from .problems import shown
from .sources import Source
from .tables import Column, Context, Outcome, Parsed, competency_column, parsed_rows, role_column

_CELL = [
    "version_id",
    "role_id",
    "competency_id",
    "required_level",
    "weight",
    "rationale",
    "pairing_origin",
    "level_origin",
]


class _Cell(NamedTuple):
    level: int
    weight: int
    line: int


class _Wanted(NamedTuple):
    """A version as the file has it: its day, the line that says so first, and its cells by role and competency."""

    effective_from: date
    line: int
    cells: dict[tuple[int, int], _Cell]


class MatrixTable:
    """Adds versions; of one that is published already, it accepts only what it says already."""

    def __init__(self, context: Context, at: datetime) -> None:
        self.at = at
        self.columns = [
            Column("version", "version", cells.code),
            role_column(context),
            competency_column(context),
            Column("effective_from", "effective_from", cells.day),
            Column("required_level", "required_level", cells.whole_number("level", 1, 4)),
            Column("weight", "weight", cells.whole_number("weight", 1, 3, default=1)),
        ]

    def take(self, source: Source, context: Context) -> Outcome:
        """Read the file, check it against what is published, and publish what is new, unless something is wrong."""
        hold_rules()
        outcome = Outcome(source.name)
        wanted: dict[str, _Wanted] = {}
        for row in parsed_rows(source, self.columns, context.problems):
            self._collect(row, source, wanted, context)
        stored = {version.code: version for version in MatrixVersion.objects.all()}
        for code, version in wanted.items():
            if code in stored:
                self._compare(stored[code], version, source, context, outcome)
            else:
                outcome.added += len(version.cells)
                self._refuse_taken_day(version, stored, wanted, source, context)
        new = [code for code in wanted if code not in stored]
        self._watch({code: wanted[code] for code in new}, source, context)
        if not context.problems:
            for code in new:
                self._publish(code, wanted[code], context)
            context.everyone_touched |= bool(new)
        return outcome

    def _watch(self, new: dict[str, _Wanted], source: Source, context: Context) -> None:
        """Say which cells the new versions bring, in the order of the file."""
        if context.watch is None:
            return
        context.watch.begin(source.name, self.columns, key=3)
        rows = [
            (cell.line, (code, *key, version.effective_from, cell.level, cell.weight))
            for code, version in new.items()
            for key, cell in version.cells.items()
        ]
        for line, values in sorted(rows):
            context.watch.change(line, None, values)

    def _collect(self, row: Parsed, source: Source, wanted: dict[str, _Wanted], context: Context) -> None:
        code, role, competency, effective_from, level, weight = row.values
        version = wanted.setdefault(code, _Wanted(effective_from, row.line, {}))
        if version.effective_from != effective_from:
            context.problems.add(
                source.name,
                row.line,
                "effective_from",
                f"'{effective_from}' is not '{version.effective_from}' as for the same version in line {version.line}",
            )
        first = version.cells.setdefault((role, competency), _Cell(level, weight, row.line))
        if first.line != row.line:
            context.problems.add(
                source.name,
                row.line,
                "version, role, competency",
                f"the same as in line {first.line}; a key stands once",
            )

    def _compare(
        self, stored: MatrixVersion, wanted: _Wanted, source: Source, context: Context, outcome: Outcome
    ) -> None:
        """Name every cell that would change a version there is."""
        add, code = partial(context.problems.add, source.name), shown(stored.code)
        if stored.published_at is None:
            add(wanted.line, "version", f"{code} is an open draft; publish or delete it first")
            return
        never = "and never changes; use another version code"
        if stored.effective_from != wanted.effective_from:
            add(wanted.line, "effective_from", f"{code} is published from '{stored.effective_from}' {never}")
        rows = stored.requirements.order_by().values_list("role_id", "competency_id", "required_level", "weight")
        published = {(role, competency): (level, weight) for role, competency, level, weight in rows}
        for key, cell in wanted.cells.items():
            level, weight = published.get(key, (None, None))
            if (level, weight) == (cell.level, cell.weight):
                outcome.unchanged += 1
            elif level is None:
                add(cell.line, "role, competency", f"{code} is published without this requirement {never}")
            elif level != cell.level:
                add(cell.line, "required_level", f"'{cell.level}' is '{level}' in {code}, which is published {never}")
            else:
                add(cell.line, "weight", f"'{cell.weight}' is '{weight}' in {code}, which is published {never}")

    def _refuse_taken_day(
        self,
        version: _Wanted,
        stored: dict[str, MatrixVersion],
        wanted: dict[str, _Wanted],
        source: Source,
        context: Context,
    ) -> None:
        day = version.effective_from
        taken = [other.code for other in stored.values() if other.published_at and other.effective_from == day]
        taken += [other for other, also in wanted.items() if also.effective_from == day and also.line < version.line]
        if taken:
            message = f"'{day}' is the day of version {shown(taken[0])} already; two cannot take effect on one day"
            context.problems.add(source.name, version.line, "effective_from", message)

    def _publish(self, code: str, wanted: _Wanted, context: Context) -> None:
        version = MatrixVersion.objects.create(code=code, effective_from=wanted.effective_from)
        own = Origin.ORGANISATION.value
        rows = [(version.pk, *key, cell.level, cell.weight, "", own, own) for key, cell in wanted.cells.items()]
        insert_rows(RoleRequirement, _CELL, rows)
        context.told.new(RoleRequirement, _CELL, rows, key=3)
        version.published_at = self.at
        version.save()
