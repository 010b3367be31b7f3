"""Reading a team's scope on a day: who counts there, and how many stand how. Three queries, whatever the size."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from operator import add
from typing import Any, NamedTuple

from django.db import connection

from roles.models import Team

from .kinds import KIND, cells_of
from .measures import Cells

_MEMBERS = """
    SELECT m.person_id, m.team_id, substr(t.path, {start}, {step})
    FROM roles_team t
    JOIN roles_membership m ON m.team_id = t.id
    WHERE t.path LIKE %(scope)s AND m.from_on <= %(day)s AND (m.until_on IS NULL OR m.until_on > %(day)s)
"""

# What is known of the members is read by their keys, all in one go: a join would look each of them up by itself, which
# takes the database twice as long.
_AWAY_AND_ROLES = """
    SELECT id, NULL FROM roles_person WHERE id {among} AND (joined_on > %(day)s OR left_on <= %(day)s)
    UNION ALL
    SELECT person_id, role_id FROM roles_roleassignment
    WHERE person_id {among} AND from_on <= %(day)s AND (until_on IS NULL OR until_on > %(day)s)
"""

# By team, which is the order of the covering index: nothing is sorted, hashed or joined. The two arrays go together, as
# both aggregates are fed the same rows. `_unpacked` takes apart what stands in the second: from the right, 3 bits for
# the state, 4 for level and verified (0: not known), 5 for the requirement (0: none), and the rest for the competency.
_STANDINGS = """
    SELECT {gathered}(person_id), {gathered}(CAST(competency_id AS bigint) * 4096 + {kind})
    FROM reports_standing
    WHERE team_id {among} AND from_on <= %(day)s AND until_on > %(day)s
    GROUP BY team_id
"""
#: What the engines say differently. A gathered column is read with `numbers`.
FRAGMENTS = {
    "postgresql": {"among": "= ANY(CAST(%(keys)s AS integer[]))", "array": "{{{}}}", "gathered": "array_agg"},
    "sqlite": {"among": "IN (SELECT value FROM json_each(%(keys)s))", "array": "[{}]", "gathered": "json_group_array"},
}

# How wide a packed standing is: 12 bits for the cell, the rest for any key of a competency.
_BITS = 44
_MASK = (1 << _BITS) - 1
# In place of a group, for somebody recorded since the people were read: whoever else has a standing counts on the day.
_NOBODY = -1 << _BITS


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
        # One number for group, competency and cell together counts in half the time of a pair.
        bases = defaultdict(lambda: _NOBODY, {person: number << _BITS for person, number in self.numbers.items()})
        alike: Counter[int] = Counter()
        for people, packed in _rows_of(_STANDINGS, self.teams, self.as_of):
            alike.update(map(add, map(bases.__getitem__, numbers(people)), numbers(packed)))
        for key, size in alike.items():
            number = key >> _BITS
            if number >= 0:
                yield self.groups[number], (key & _MASK) >> 12, cells_of(key & 0xFFF, size)


def scope_of(team: Team, as_of: date, *, everyone: frozenset[int]) -> Scope:
    """The scope of the team on the day; each person also holds the roles in `everyone`."""
    members = _members(team, as_of)
    away: set[int] = set()
    roles: dict[int, frozenset[int]] = {}
    for person, role in _rows_of(_AWAY_AND_ROLES, members, as_of):
        if role is None:
            away.add(person)
        else:
            roles[person] = roles.get(person, everyone) | {role}
    scope = Scope(as_of)
    numbers: dict[Group, int] = {}
    for person, (own_team, child) in members.items():
        if person in away:
            continue
        group = Group(roles.get(person, everyone), child)
        scope.numbers[person] = numbers.setdefault(group, len(numbers))
        scope.teams.add(own_team)
    scope.groups = list(numbers)
    sizes = Counter(scope.numbers.values())
    scope.sizes = [sizes[number] for number in range(len(numbers))]
    return scope


def _members(team: Team, as_of: date) -> dict[int, tuple[int, int]]:
    """Who is in the scope of the team on the day, if they are there at all: their own team, and the direct child."""
    statement = _MEMBERS.format(start=len(team.path) + 1, step=Team.STEP)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"day": as_of.isoformat(), "scope": f"{team.path}%"})
        return {person: (own_team, int(child or 0)) for person, own_team, child in cursor}


def _rows_of(statement: str, keys: Iterable[int], as_of: date) -> Iterator[Any]:
    """The rows of a statement about the people or teams with these keys."""
    fragments = FRAGMENTS[connection.vendor]
    # As text, since a list of numbers would be taken apart and put together again one by one.
    array = fragments["array"].format(",".join(map(str, keys)))
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**fragments, kind=KIND), {"keys": array, "day": as_of.isoformat()})
        yield from cursor


def numbers(array: Any) -> list[int]:
    """The numbers of a gathered column."""
    numbers: list[int] = array if connection.vendor == "postgresql" else json.loads(array)
    return numbers
