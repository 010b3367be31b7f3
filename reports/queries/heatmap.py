"""The heatmap of a team: how each person stands in each competency."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import NamedTuple

from reports.counters.cells import roles_in
from reports.kinds import BARE, unpacked
from reports.standings import State, missing_levels
from roles.models import RoleAssignment, Team

from .catalogue import Catalogue, Facets, Selection, catalogue
from .crowd import Crowd, Placed, Somebody, deficit, numbers_of
from .lapsed import lapsed_levels
from .reported import matrix_on

#: How many people a page shows.
PEOPLE_ON_A_PAGE = 200


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
        return missing_levels(required=self.required, level=self.level, state=self.state)


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
    of ORDERS. Three queries, two more of more people than are read at once, one fewer where nothing has expired, one
    more without `choices`, if a role is held by everybody, and where the matrix of the day is not kept, or has changed.
    """
    choices = choices or catalogue()
    matrix = matrix_on(as_of, stamp=choices.stamp)
    crowd = Crowd(team, as_of, selection, choices, matrix)
    placed = crowd.page(order, (page - 1) * size, size)
    was = lapsed_levels(_expired(placed), as_of=as_of, policy=matrix.policy)
    return Heatmap(
        version=matrix.version,
        families=[Family(title, list(of)) for title, of in groupby(placed.columns, lambda facets: facets.family)],
        rows=_rows(placed, numbers_of(selection.state), _roles(placed.people, choices, as_of), was),
        people=placed.total,
        page=placed.begun // size + 1,
    )


def _rows(
    placed: Placed, asked_for: Collection[int], roles: Mapping[int, list[str]], was: Mapping[tuple[int, int], int]
) -> list[HeatRow]:
    """The rows of the people on the page, in their order."""
    rows = []
    for pk, employee_id, name, _ in placed.people:
        held = placed.cells.get(pk, {})
        cells = {key: _cell(kind, kind & BARE in asked_for, was.get((pk, key))) for key, kind in held.items()}
        in_order = [cells.get(facets.pk) for facets in placed.columns]
        rows.append(HeatRow(employee_id, name, roles[pk], in_order, sum(map(deficit, held.values()))))
    return rows


@cache
def _cell(kind: int, asked_for: bool, was: int | None) -> HeatCell:
    """The cell of a kind of standing; of all that there can be, a few hundred are met."""
    required, _, level, verified, state = unpacked(kind)
    return HeatCell(required, level, verified, state, was, asked_for)


def _expired(placed: Placed) -> list[tuple[int, int]]:
    """The cells of the page that have expired, by person and competency."""
    return [
        (person.pk, competency)
        for person in placed.people
        for competency, kind in placed.cells.get(person.pk, {}).items()
        if unpacked(kind)[-1] == State.EXPIRED
    ]


def _roles(people: Collection[Somebody], choices: Catalogue, as_of: date) -> dict[int, list[str]]:
    """The codes of the roles given to each of these people; the one that everybody holds only where it was given, too.

    One query if there is such a role, or none.
    """
    codes = {role.pk: role.code for role in choices.roles}
    everybodys = {role.pk for role in choices.roles if role.held_by_everyone}
    given: set[int] = set()
    if everybodys:
        assignments = RoleAssignment.objects.in_force(on=as_of).filter(role__in=everybodys)
        given.update(
            assignments.filter(person__in=[one.pk for one in people]).order_by().values_list("person", flat=True)
        )
    return {
        person.pk: sorted(
            codes[role]
            for role in roles_in(person.roles)
            if role in codes and (role not in everybodys or person.pk in given)
        )
        for person in people
    }
