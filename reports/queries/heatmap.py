"""The heatmap of a team: how each person stands in each competency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection

from reports.models import Standing
from reports.standings import State
from roles.models import MatrixVersion, RoleAssignment, Team

from .catalogue import Catalogue, Facets, NamedRole, Selection, catalogue
from .counted import HOLDING, IN_SCOPE, Kind, among, deficit_of, is_of, kinds
from .lapsed import lapsed_levels

#: How many people a page shows.
PEOPLE_ON_A_PAGE = 200

# Who stands on the page; one that lies beyond the last is the last. Sums are taken first and by team, which the
# covering index serves, so that a scope of a hundred thousand people is still ordered in a second or so.
_PLACES = """
    WITH people AS (
        SELECT p.id, p.employee_id, p.name
        FROM roles_team t
        JOIN roles_membership m ON m.team_id = t.id
        JOIN roles_person p ON p.id = m.person_id
        WHERE t.path LIKE %(scope)s
            AND m.from_on <= %(day)s AND (m.until_on IS NULL OR m.until_on > %(day)s)
            AND p.joined_on <= %(day)s AND (p.left_on IS NULL OR p.left_on > %(day)s)
            AND {held}
    ), sums AS (
        SELECT s.person_id, sum({deficit}) AS deficit
        FROM reports_standing s
        WHERE {in_scope} AND s.competency_id {shown}
        GROUP BY s.person_id
        {having}
    ), placed AS (
        SELECT people.id, people.employee_id, people.name,
            row_number() OVER (ORDER BY {order}) AS place, count(*) OVER () AS total
        FROM people {join} sums ON sums.person_id = people.id
    ), paged AS (
        SELECT placed.*,
            CASE WHEN %(begin)s < total THEN %(begin)s ELSE (total - 1) / %(size)s * %(size)s END AS begun
        FROM placed
    )
    SELECT id, employee_id, name, total, begun FROM paged
    WHERE place > begun AND place <= begun + %(size)s ORDER BY place
"""

#: The orders of the rows.
ORDERS = {
    "": "coalesce(sums.deficit, 0) DESC, people.name, people.employee_id",
    "name": "people.name, people.employee_id",
}


class HeatCell(NamedTuple):
    """How somebody stands in a competency. `was` is the level before it expired, where that is known.

    `asked_for` is False where another state is asked for than that of this cell.
    """

    required: int | None
    level: int | None
    verified: bool | None
    state: State
    was: int | None
    asked_for: bool

    @property
    def deficit(self) -> int:
        """How many levels are missing; what has expired or was never assessed counts as level 0 (section 2.4)."""
        return 0 if self.state == State.EXEMPT else max((self.required or 0) - (self.level or 0), 0)


@dataclass(frozen=True)
class HeatRow:
    """One person with a cell for each column, None where nothing is required and nothing known.

    `deficit` is the sum of the levels missing in these cells.
    """

    employee_id: str
    name: str
    roles: list[str]
    cells: list[HeatCell | None]
    deficit: int


@dataclass(frozen=True)
class Family:
    """Neighbouring columns of one family; `title` is empty for those of none."""

    title: str
    competencies: list[Facets]


@dataclass(frozen=True)
class Heatmap:
    """One page of the heatmap of a team's scope on a day.

    `people` counts those on all pages. `version` is None before the first matrix version takes effect.
    """

    version: str | None
    families: list[Family]
    rows: list[HeatRow]
    people: int
    page: int

    @property
    def columns(self) -> list[Facets]:
        """The competencies of all families, in the order of the cells."""
        return [facets for family in self.families for facets in family.competencies]


def heatmap(
    *,
    team: Team,
    as_of: date,
    selection: Selection = Selection(),  # noqa: B008  (frozen)
    order: str = "",
    page: int = 1,
    size: int = PEOPLE_ON_A_PAGE,
    choices: Catalogue | None = None,
) -> Heatmap:
    """How the people in the team's scope stand on the day in each competency, a page of them.

    Columns are the competencies in which something is required of somebody chosen, and the one that is asked for by
    name. People are those who hold the role asked for, with at least one cell in the state asked for; `order` is a name
    of ORDERS. Eight queries, whatever the size, two fewer where nothing has expired, and three more without `choices`.
    """
    choices = choices or catalogue()
    scope = _Scope(team, as_of, selection, choices)
    columns = scope.columns()
    placed = scope.places([facets.pk for facets in columns], order, (page - 1) * size, size)
    total, begun = placed[0][3:] if placed else (0, 0)
    version = MatrixVersion.objects.in_force(on=as_of)
    return Heatmap(
        version=version.code if version else None,
        families=[Family(title, list(of)) for title, of in groupby(columns, lambda facets: facets.family)],
        rows=_rows([(pk, code, name) for pk, code, name, *_ in placed], columns, selection, as_of),
        people=total,
        page=begun // size + 1,
    )


@dataclass(frozen=True)
class _Scope:
    """Whose cells are asked for, and in which competencies."""

    team: Team
    as_of: date
    selection: Selection
    choices: Catalogue

    @property
    def role(self) -> NamedRole | None:
        """The role that people are chosen by, if it leaves anybody out."""
        role = self.choices.role(self.selection.role)
        return None if role is None or role.held_by_everyone else role

    def columns(self) -> list[Facets]:
        """The competencies to show, of those that the selection leaves."""
        standings = Standing.objects.in_force(on=self.as_of).within(self.team).filter(required__isnull=False)
        if self.role is not None:
            holding = RoleAssignment.objects.in_force(on=self.as_of).filter(role=self.role.pk).order_by()
            # Distinct, so that they are looked up once for all and not for each standing.
            standings = standings.filter(person__in=holding.values("person").distinct())
        required = set(standings.order_by().values_list("competency", flat=True).distinct())
        return [
            facets
            for facets in self.choices.chosen(self.selection)
            if facets.pk in required or facets.code == self.selection.competency
        ]

    def places(self, columns: Collection[int], order: str, begin: int, size: int) -> list[tuple[Any, ...]]:
        """The people of the page, as (key, employee id, name, how many there are, how many stand before the page)."""
        matching = f"HAVING max(CASE WHEN {is_of(kinds(self.selection.state))} THEN 1 ELSE 0 END) = 1"
        statement = _PLACES.format(
            held=f"p.id {HOLDING}" if self.role else "TRUE",
            deficit=deficit_of("s"),
            in_scope=IN_SCOPE,
            shown=among(columns),
            having=matching if self.selection.state else "",
            join="JOIN" if self.selection.state else "LEFT JOIN",
            order=ORDERS[order],
        )
        parameters = {
            "scope": f"{self.team.path}%",
            "day": self.as_of.isoformat(),
            "role": self.role.pk if self.role else None,
            "begin": begin,
            "size": size,
        }
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows


def _rows(
    people: Collection[tuple[int, str, str]], columns: Collection[Facets], selection: Selection, as_of: date
) -> list[HeatRow]:
    """The rows of these people, in their order."""
    keys = [pk for pk, _, _ in people]
    asked_for = kinds(selection.state) if selection.state else None
    found = _cells(keys, [facets.pk for facets in columns], asked_for, as_of)
    roles = _roles(keys, as_of)
    return [
        HeatRow(
            code,
            name,
            roles[pk],
            [found[pk].get(facets.pk) for facets in columns],
            sum(cell.deficit for cell in found[pk].values()),
        )
        for pk, code, name in people
    ]


def _cells(
    people: Collection[int], competencies: Collection[int], asked_for: Collection[Kind] | None, as_of: date
) -> dict[int, dict[int, HeatCell]]:
    """The cells of these people by person and competency; without kinds, every one is asked for."""
    rows = (
        Standing.objects.in_force(on=as_of)
        .filter(person__in=people, competency__in=competencies)
        .order_by()
        .values_list("person", "competency", "required", "level", "verified", "state")
    )
    found: dict[int, dict[int, HeatCell]] = defaultdict(dict)
    expired = []
    for person, competency, required, level, verified, number in rows:
        state = State(number)
        asked = asked_for is None or Kind(state, level, verified) in asked_for
        found[person][competency] = HeatCell(required, level, verified, state, None, asked)
        if state == State.EXPIRED:
            expired.append((person, competency))
    for (person, competency), level in lapsed_levels(expired, as_of=as_of).items():
        found[person][competency] = found[person][competency]._replace(was=level)
    return found


def _roles(people: Collection[int], as_of: date) -> Mapping[int, list[str]]:
    """The codes of the roles that each of these people holds, those that everybody holds left out."""
    held: dict[int, set[str]] = defaultdict(set)
    rows = RoleAssignment.objects.in_force(on=as_of).filter(person__in=people).order_by()
    for person, code in rows.values_list("person", "role__code"):
        held[person].add(code)
    return defaultdict(list, {person: sorted(codes) for person, codes in held.items()})
