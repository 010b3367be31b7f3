"""Reading a team's scope on a day: who counts there, and how many stand how. One query, whatever the size."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from operator import add
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from roles.models import Team
from roles.prepared import rows_of

from .counters.cells import roles_in
from .counters.vectors import Column
from .kinds import ALL, BITS, KIND

# First, by team and set of roles, who counts there; then, by team, its standings in two arrays that go together, as
# both aggregates are fed the same rows. Of what stands in the second the last bits are the kind (reports/kinds.py), and
# the rest is the competency. Nothing is read but a covering index of each team.
_SCOPE = {
    # Said so that it is planned alike whatever team and day are asked for (docs/decisions/prepared-statements.md): the
    # scope between two paths, compared byte by byte as their index is, and each of its teams by itself.
    "postgresql": """
        WITH scope AS MATERIALIZED (
            SELECT t.id, substr(t.path, length(top.path) + 1, {step}) AS child
            FROM roles_team top JOIN roles_team t ON t.path ~>=~ top.path AND t.path ~<~ (top.path || ':')
            WHERE top.id = CAST(%(team)s AS integer)
        )
        SELECT scope.child, found.* FROM scope CROSS JOIN LATERAL (
            SELECT encode(roles, 'escape'), array_agg(person_id), CAST(NULL AS bigint[]) FROM reports_presence
            WHERE team_id = scope.id AND from_on <= %(day)s AND until_on > %(day)s
            GROUP BY roles
        ) found
        UNION ALL
        SELECT NULL, found.* FROM scope CROSS JOIN LATERAL (
            SELECT NULL, array_agg(person_id), array_agg(CAST(competency_id AS bigint) * {kinds} + {kind})
            FROM reports_standing
            WHERE team_id = scope.id AND from_on <= %(day)s AND until_on > %(day)s
            HAVING count(*) > 0
        ) found
    """,
    "sqlite": """
        WITH scope AS (
            SELECT t.id, substr(t.path, length(top.path) + 1, {step}) AS child
            FROM roles_team top JOIN roles_team t ON t.path >= top.path AND t.path < top.path || ':'
            WHERE top.id = CAST(%(team)s AS integer)
        )
        SELECT child, CAST(roles AS text), json_group_array(person_id), NULL
        FROM scope JOIN reports_presence p ON p.team_id = scope.id
        WHERE from_on <= %(day)s AND until_on > %(day)s
        GROUP BY child, roles
        UNION ALL
        SELECT NULL, NULL, json_group_array(person_id), json_group_array(competency_id * {kinds} + {kind})
        FROM scope JOIN reports_standing s ON s.team_id = scope.id
        WHERE from_on <= %(day)s AND until_on > %(day)s
        GROUP BY scope.id
    """,
}
#: What the engines say differently. A gathered column is read with `numbers`.
FRAGMENTS = {
    "postgresql": {"gathered": "array_agg", "text": "encode(roles, 'escape')"},
    "sqlite": {"gathered": "json_group_array", "text": "CAST(roles AS text)"},
}

# How wide a packed standing is: the kind, and the rest for any key of a competency.
_BITS = BITS + 32
_MASK = (1 << _BITS) - 1
# In place of a group, for whoever is in none.
_NOBODY = -1 << _BITS


#: A scope as it was read.
Rows = list[tuple[Any, ...]]


class Group(NamedTuple):
    """What people have in common: the roles they hold, and the direct child team they are in or below (0: none)."""

    roles: frozenset[int]
    child: int


class Alike(NamedTuple):
    """People who stand alike, in columns: the number of their group, the competency, the kind (kinds.py), how many."""

    group: Column
    competency: Column
    kind: Column
    people: Column


@dataclass
class Scope:
    """Who counts for a team's scope on a day, in groups, and how they stand."""

    groups: list[Group] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    #: The number of each person's group.
    numbers: dict[int, int] = field(default_factory=dict)
    #: By team, the people and their packed standings, one beside the other.
    standings: list[tuple[list[int], list[int]]] = field(default_factory=list)

    def add(self, group: Group, people: list[int]) -> None:
        """Count these people as a group."""
        self.numbers.update(dict.fromkeys(people, len(self.groups)))
        self.groups.append(group)
        self.sizes.append(len(people))

    def alike(self) -> Alike:
        """How many people of each group stand alike in each competency."""
        # One number for group, competency and kind together counts in half the time of a pair.
        bases = defaultdict(lambda: _NOBODY, {person: number << _BITS for person, number in self.numbers.items()})
        counted: Counter[int] = Counter()
        for people, packed in self.standings:
            counted.update(map(add, map(bases.__getitem__, people), packed))
        cells, sizes = np.array(list(counted), np.int64), np.array(list(counted.values()), np.int64)
        somebody = cells >= 0
        cells = cells[somebody]
        return Alike(cells >> _BITS, (cells & _MASK) >> BITS, cells & ALL, sizes[somebody])


def scope_of(team: Team, as_of: date) -> Scope:
    """The scope of the team on the day; one query, and so as of one instant."""
    return scope_from(scope_rows(team, as_of))


def scope_rows(team: Team, as_of: date) -> Rows:
    """What the scope of the team on the day is made of; one query."""
    statement = _SCOPE[connection.vendor].format(kind=KIND, kinds=1 << BITS, step=Team.STEP)
    return rows_of(statement, {"team": str(team.pk), "day": as_of.isoformat()})


def scope_from(rows: Rows) -> Scope:
    """The scope that was read."""
    scope = Scope()
    for child, roles, people, packed in rows:
        if packed is None:
            scope.add(Group(roles_in(roles), int(child or 0)), numbers(people))
        else:
            scope.standings.append((numbers(people), numbers(packed)))
    return scope


def numbers(array: Any) -> list[int]:
    """The numbers of a gathered column."""
    numbers: list[int] = array if connection.vendor == "postgresql" else json.loads(array)
    return numbers
