"""Reading a team's scope on a day: who counts there, and how many stand how."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from roles.bulk import how_many_sent, sent_numbers
from roles.models import Team

from .counters.cells import roles_in
from .counters.tally import looked_up
from .counters.vectors import Column
from .kinds import ALL, BITS, KIND

#: The kinds of rows of a scope: a group of people, and how those of a team stand.
GROUP, STANDINGS = 4, 5


class ScopeSql(NamedTuple):
    """SQL for the scope of the team `top` (`id`, `path`) on a day: a common table expression, and the rows of it.

    Its `{{where}}` may leave the scope empty. Rows are the kind, 0, a team, roles, 0 and numbers.
    """

    scope: str
    rows: str


# First, by team and set of roles, who counts there; then, by team, its standings in two arrays that go together, as
# both aggregates are fed the same rows. Of what stands in the second the last bits are the kind (reports/kinds.py), and
# the rest is the competency. Nothing is read but a covering index of each team.
_SCOPE = {
    # Said so that it is planned alike whatever team and day are asked for (docs/decisions/prepared-statements.md): the
    # scope between two paths, compared byte by byte as their index is, and each of its teams by itself. Arrays come as
    # they are sent, so that nothing is done for each of their numbers.
    "postgresql": ScopeSql(
        """scope AS MATERIALIZED (
            SELECT t.id, substr(t.path, length(top.path) + 1, {step}) AS child
            FROM top JOIN roles_team t ON t.path ~>=~ top.path AND t.path ~<~ (top.path || ':')
            WHERE {{where}}
        )""",
        """
        SELECT {group}, 0, scope.child, found.roles, 0, found.people FROM scope CROSS JOIN LATERAL (
            SELECT encode(roles, 'escape') AS roles, array_send(array_agg(CAST(person_id AS bigint))) AS people
            FROM reports_presence
            WHERE team_id = scope.id AND from_on <= %(day)s AND until_on > %(day)s
            GROUP BY roles
        ) found
        UNION ALL
        SELECT {standings}, 0, NULL, NULL, 0, found.stand FROM scope CROSS JOIN LATERAL (
            SELECT array_send(array_agg(CAST(person_id AS bigint)))
                || array_send(array_agg(CAST(competency_id AS bigint) * {kinds} + {kind})) AS stand
            FROM reports_standing
            WHERE team_id = scope.id AND from_on <= %(day)s AND until_on > %(day)s
            HAVING count(*) > 0
        ) found
        """,
    ),
    "sqlite": ScopeSql(
        """scope AS (
            SELECT t.id, substr(t.path, length(top.path) + 1, {step}) AS child
            FROM top JOIN roles_team t ON t.path >= top.path AND t.path < top.path || ':'
            WHERE {{where}}
        )""",
        """
        SELECT {group}, 0, child, CAST(roles AS text), 0, json_group_array(person_id)
        FROM scope JOIN reports_presence p ON p.team_id = scope.id
        WHERE from_on <= %(day)s AND until_on > %(day)s
        GROUP BY child, roles
        UNION ALL
        SELECT {standings}, 0, NULL, NULL, 0,
            json_array(json_group_array(person_id), json_group_array(competency_id * {kinds} + {kind}))
        FROM scope JOIN reports_standing s ON s.team_id = scope.id
        WHERE from_on <= %(day)s AND until_on > %(day)s
        GROUP BY scope.id
        """,
    ),
}

#: What the engines say differently. A gathered column is read with `numbers`.
FRAGMENTS = {
    "postgresql": {"gathered": "array_agg", "text": "encode(roles, 'escape')"},
    "sqlite": {"gathered": "json_group_array", "text": "CAST(roles AS text)"},
}

# How wide a packed standing is: the kind, and the rest for any key of a competency.
_BITS = BITS + 32
_MASK = (1 << _BITS) - 1


def scope_sql(vendor: str) -> ScopeSql:
    """The SQL of a scope in the words of a database."""
    told = {"group": GROUP, "standings": STANDINGS, "kind": KIND, "kinds": 1 << BITS, "step": Team.STEP}
    return ScopeSql(*(part.format(**told) for part in _SCOPE[vendor]))


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


class Scope(NamedTuple):
    """Who counts for a team's scope on a day, in groups, and how they stand."""

    groups: list[Group]
    #: How many people are in each group.
    sizes: Column
    #: Who they are, group by group.
    people: Column
    #: Of each standing whose it is, and how they stand, packed.
    whose: Column
    stand: Column

    def alike(self) -> Alike:
        """How many people of each group stand alike in each competency."""
        order = np.argsort(self.people)
        # Who is present nowhere is left out, whatever stands of them.
        present, places = looked_up(self.whose, self.people[order])
        group = np.repeat(np.arange(self.sizes.size), self.sizes)[order[places]]
        # One number for group, competency and kind together.
        cells, sizes = np.unique(group << _BITS | self.stand[present], return_counts=True)
        return Alike(cells >> _BITS, (cells & _MASK) >> BITS, cells & ALL, sizes)


def scope_from(rows: Iterable[tuple[Any, ...]]) -> Scope:
    """The scope that was read; other rows are left out."""
    read = _READ[connection.vendor]
    groups, present, whose, stand = [], [], [], []
    for kind, _, child, roles, _, stored in rows:
        if kind == GROUP:
            groups.append(Group(roles_in(roles), int(child or 0)))
            present.append(read.part(stored))
        elif kind == STANDINGS:
            one, other = read.pair(stored)
            whose.append(one)
            stand.append(other)
    sizes = np.array([*map(read.size, present)], np.int64)
    return Scope(groups, sizes, *map(read.gathered, (present, whose, stand)))


class _Sent:
    """Reads what is gathered in rows of PostgreSQL: a part stays as it was sent, since all parts are read at once."""

    size = staticmethod(how_many_sent)

    @staticmethod
    def part(stored: bytes) -> bytes:
        return stored

    @staticmethod
    def pair(stored: bytes) -> tuple[bytes, bytes]:
        """Two columns that were gathered from the same rows."""
        half = len(stored) // 2
        return stored[:half], stored[half:]

    @staticmethod
    def gathered(parts: Iterable[bytes]) -> Column:
        return sent_numbers(*parts)


class _Json:
    """The same of SQLite, whose columns are JSON."""

    size = staticmethod(len)
    part = pair = staticmethod(json.loads)

    @staticmethod
    def gathered(parts: Iterable[list[int]]) -> Column:
        return np.array([*chain.from_iterable(parts)], np.int64)


_READ: dict[str, Any] = {"postgresql": _Sent, "sqlite": _Json}


def numbers(array: Any) -> list[int]:
    """The numbers of a gathered column."""
    numbers: list[int] = array if connection.vendor == "postgresql" else json.loads(array)
    return numbers
