"""The cells behind a number: who, in which competency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from reports.standings import OPEN, State
from roles.models import MatrixVersion, RoleRequirement, Team

from .catalogue import Catalogue, NamedRole, Selection, catalogue
from .counted import HOLDING, IN_SCOPE, among, deficit_of, is_of, kinds
from .lapsed import lapsed_levels

#: How many cells a page shows.
CELLS_ON_A_PAGE = 100

_HOW_MANY = """
    SELECT {deficit}, count(*) FROM reports_standing s WHERE {condition} GROUP BY 1
"""
_LINES = """
    SELECT s.person_id, s.competency_id, p.employee_id, p.name, t.code, t.name, c.code, c.title,
        {required}, s.level, s.verified, s.state, s.from_on, s.until_on, {deficit} AS deficit
    FROM reports_standing s
    JOIN roles_person p ON p.id = s.person_id
    JOIN roles_competency c ON c.id = s.competency_id
    JOIN roles_team t ON t.id = s.team_id
    WHERE {condition} AND {deficit} {deficits}
    ORDER BY deficit DESC, p.employee_id, c.code
    LIMIT %(size)s OFFSET %(begin)s
"""


class Named(NamedTuple):
    """A team or a competency: its code and its name."""

    code: str
    name: str


@dataclass(frozen=True)
class CellLine:
    """How one person stands in one competency, from `since` on, until a day or, with None, for good.

    `was` is the level before it expired, where that is known.
    """

    employee_id: str
    name: str
    team: Named
    competency: Named
    required: int | None
    level: int | None
    verified: bool | None
    state: State
    since: date
    until: date | None
    deficit: int
    was: int | None

    @property
    def shown_level(self) -> int | None:
        """The level to show: what is held, or was until it expired."""
        return self.was if self.state == State.EXPIRED else self.level


@dataclass(frozen=True)
class CellList:
    """One page of the cells behind a number; `total` is that number."""

    total: int
    lines: list[CellLine]
    page: int


def cells(
    *,
    team: Team,
    as_of: date,
    selection: Selection,
    page: int = 1,
    size: int = CELLS_ON_A_PAGE,
    choices: Catalogue | None = None,
) -> CellList:
    """The cells that make up a number of the team's report on the day, the widest deficit first, a page of them.

    With a role in the selection they are those of the people who hold it, measured by what the role itself requires, as
    in the report's line of the role. A page beyond the last one is the last. Four queries, two fewer where nothing on
    the page has expired, two more with a role, and three more without `choices`.
    """
    asked = _Asked(team, as_of, selection, choices or catalogue())
    by_deficit = asked.how_many()
    total = sum(by_deficit.values())
    page = min(page, max(-(-total // size), 1))
    begin = (page - 1) * size
    lines = asked.lines(_slice(by_deficit, begin, size), size) if total else []
    return CellList(total, lines, page)


class _Row(NamedTuple):
    """A row of `_LINES`."""

    person: int
    competency_id: int
    employee_id: str
    name: str
    team: str
    team_name: str
    competency: str
    title: str
    required: int | None
    level: int | None
    verified: bool | None
    state: int
    from_on: date | str
    until_on: date | str
    deficit: int

    @property
    def cell(self) -> tuple[int, int]:
        """Person and competency, by their keys."""
        return self.person, self.competency_id


class _Slice(NamedTuple):
    """A page as the deficits that stand on it, the widest first, and how many cells with these stand before it."""

    deficits: list[int]
    begin: int


def _slice(by_deficit: Mapping[int, int], begin: int, size: int) -> _Slice:
    """The page, so that only cells with its deficits need to be sorted: of a million, most have another one."""
    deficits: list[int] = []
    ends = skipped = 0
    for deficit in sorted(by_deficit, reverse=True):
        begins, ends = ends, ends + by_deficit[deficit]
        if ends <= begin:
            skipped = ends
        elif begins < begin + size:
            deficits.append(deficit)
    return _Slice(deficits, begin - skipped)


class _Asked:
    """What is asked for, as conditions on the table `s` of standings."""

    def __init__(self, team: Team, as_of: date, selection: Selection, choices: Catalogue) -> None:
        self.as_of = as_of
        role = choices.role(selection.role)
        chosen = [facets.pk for facets in choices.chosen(selection)]
        if role is None:
            self.required = "s.required"
            wanted = f"s.competency_id {among(chosen)} AND {is_of(kinds(selection.state))}"
        else:
            own = _own_levels(role, chosen, as_of)
            self.required = _case(own)
            wanted = _by_role(role, own, selection.state)
        self.condition = f"{IN_SCOPE} AND {wanted}"
        self.deficit = deficit_of("s", required=self.required)
        self.parameters = {"scope": f"{team.path}%", "day": as_of.isoformat(), "role": role.pk if role else None}

    def how_many(self) -> dict[int, int]:
        """How many cells there are, by their deficit."""
        return dict(self._read(_HOW_MANY))

    def lines(self, page: _Slice, size: int) -> list[CellLine]:
        """The cells of the page."""
        found = self._read(_LINES, deficits=among(page.deficits), begin=page.begin, size=size)
        rows = [_Row(*row) for row in found]
        was = lapsed_levels([row.cell for row in rows if row.state == State.EXPIRED], as_of=self.as_of)
        return [_line(row, was.get(row.cell)) for row in rows]

    def _read(self, statement: str, *, deficits: str = "", **parameters: int) -> list[tuple[Any, ...]]:
        parts = {name: getattr(self, name) for name in ("condition", "deficit", "required")}
        with connection.cursor() as cursor:
            cursor.execute(statement.format(**parts, deficits=deficits), {**self.parameters, **parameters})
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows


def _own_levels(role: NamedRole, competencies: list[int], as_of: date) -> dict[int, int]:
    """The level that the role itself requires in each of these competencies on the day."""
    version = MatrixVersion.objects.in_force(on=as_of)
    cells = RoleRequirement.objects.filter(version=version, role=role.pk, competency__in=competencies).order_by()
    return dict(cells.values_list("competency", "required_level")) if version else {}


def _case(own: Mapping[int, int]) -> str:
    """What a role requires in the competency of the standing."""
    cases = " ".join(f"WHEN {competency} THEN {level}" for competency, level in own.items())
    return f"CASE s.competency_id {cases} END" if own else "NULL"


def _by_role(role: NamedRole, own: Mapping[int, int], counted: str) -> str:
    """The condition that somebody holds the role and is counted by what it requires by itself."""
    holds = "TRUE" if role.held_by_everyone else f"s.person_id {HOLDING}"
    levels: dict[int, list[int]] = defaultdict(list)
    for competency, level in own.items():
        levels[level].append(competency)
    counts = [
        f"s.competency_id {among(competencies)} AND {is_of(kinds(counted, required=level))}"
        for level, competencies in levels.items()
    ]
    return f"{holds} AND ({' OR '.join(f'({each})' for each in counts) or 'FALSE'})"


def _line(row: _Row, was: int | None) -> CellLine:
    until = _day(row.until_on)
    return CellLine(
        employee_id=row.employee_id,
        name=row.name,
        team=Named(row.team, row.team_name),
        competency=Named(row.competency, row.title),
        required=row.required,
        level=row.level,
        verified=None if row.verified is None else bool(row.verified),
        state=State(row.state),
        since=_day(row.from_on),
        until=None if until == OPEN else until,
        deficit=row.deficit,
        was=was,
    )


def _day(value: date | str) -> date:
    """The day, which SQLite gives as a text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
