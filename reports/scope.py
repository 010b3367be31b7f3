"""Reading a team's scope on a day: who counts there, and how many of them stand how. Two queries, whatever the size."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from roles.models import Team

from .measures import Cells

_PEOPLE = """
    SELECT m.person_id, m.team_id, substr(t.path, {start}, {step}), a.role_id
    FROM roles_team t
    JOIN roles_membership m ON m.team_id = t.id
    JOIN roles_person p ON p.id = m.person_id
    LEFT JOIN roles_roleassignment a ON a.person_id = m.person_id
        AND a.from_on <= %(day)s AND (a.until_on IS NULL OR a.until_on > %(day)s)
    WHERE t.path LIKE %(scope)s
        AND m.from_on <= %(day)s AND (m.until_on IS NULL OR m.until_on > %(day)s)
        AND p.joined_on <= %(day)s AND (p.left_on IS NULL OR p.left_on > %(day)s)
"""

# By team, which the covering index serves. The outer join loses nothing, since whoever has a standing counts on the
# day; an inner one would have the planner expect a handful of rows, and sort thousands.
_CELLS = """
    SELECT g.number, s.competency_id, count(*), s.required, s.weight, s.level, s.verified, s.state
    FROM reports_standing s
    LEFT JOIN {groups} ON g.person = s.person_id
    WHERE s.team_id {among} AND s.from_on <= %(day)s AND s.until_on > %(day)s
    GROUP BY g.number, s.competency_id, s.required, s.weight, s.level, s.verified, s.state
"""
_FRAGMENTS = {
    "postgresql": {
        "groups": "unnest(%(people)s::int[], %(numbers)s::int[]) AS g(person, number)",
        "among": "= ANY(%(teams)s)",
    },
    "sqlite": {
        "groups": "(SELECT p.value AS person, n.value AS number FROM json_each(%(people)s) p"
        " JOIN json_each(%(numbers)s) n ON n.key = p.key) AS g",
        "among": "IN (SELECT value FROM json_each(%(teams)s))",
    },
}


class Group(NamedTuple):
    """What people have in common: the roles they hold, and the direct child team they are in or below (0: none)."""

    roles: frozenset[int]
    child: int


@dataclass
class Scope:
    """Who counts for a team's scope on a day: the people in groups, and the teams they are in."""

    as_of: date
    groups: list[Group] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    teams: set[int] = field(default_factory=set)
    #: The number of each person's group.
    numbers: dict[int, int] = field(default_factory=dict)

    def cells(self) -> Iterator[tuple[Group, int, Cells]]:
        """How many people of each group stand alike in each competency, as (group, competency, cells)."""
        if not self.numbers:
            return
        arrays = {"people": list(self.numbers), "numbers": list(self.numbers.values()), "teams": sorted(self.teams)}
        with connection.cursor() as cursor:
            parameters = {name: _array(values) for name, values in arrays.items()}
            cursor.execute(
                _CELLS.format(**_FRAGMENTS[connection.vendor]), {**parameters, "day": self.as_of.isoformat()}
            )
            for number, competency, *cells in cursor.fetchall():
                yield self.groups[number], competency, Cells._make(cells)


def scope_of(team: Team, as_of: date, *, everyone: frozenset[int]) -> Scope:
    """The scope of the team on the day; each person also holds the roles in `everyone`."""
    scope = Scope(as_of)
    roles: dict[int, set[int]] = defaultdict(lambda: set(everyone))
    children: dict[int, int] = {}
    statement = _PEOPLE.format(start=len(team.path) + 1, step=Team.STEP)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"day": as_of.isoformat(), "scope": f"{team.path}%"})
        for person, own_team, child, role in cursor.fetchall():
            children[person] = int(child or 0)
            scope.teams.add(own_team)
            held = roles[person]
            if role is not None:
                held.add(role)
    numbers: dict[Group, int] = {}
    for person, held in roles.items():
        scope.numbers[person] = numbers.setdefault(Group(frozenset(held), children[person]), len(numbers))
    scope.groups = list(numbers)
    scope.sizes = [0] * len(numbers)
    for number in scope.numbers.values():
        scope.sizes[number] += 1
    return scope


def _array(values: list[int]) -> Any:
    return values if connection.vendor == "postgresql" else json.dumps(values)
