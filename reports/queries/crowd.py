"""Who stands on a page of the heatmap, in which competencies, and how."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from django.db import connection

from reports.counters.cells import roles_in
from reports.kinds import ALL, BARE, BITS, KIND, unpacked
from reports.scope import FRAGMENTS, numbers
from reports.standings import missing_levels
from roles.models import Team

from .catalogue import Catalogue, Facets, NamedRole, Selection
from .counted import IN_SCOPE, among, deficit_of, is_of, kinds
from .reported import Matrix

#: So many people are read as a whole; of more, only those on the page.
AT_ONCE = 1_000

# Who counts in the scope on the day, and in which roles: from a covering index of each team.
_PRESENT = """
    FROM roles_team t JOIN reports_presence p ON p.team_id = t.id
    WHERE t.path LIKE %(scope)s AND p.from_on <= %(day)s AND p.until_on > %(day)s AND {held}
"""
# All of them by name; of too many, one more than enough.
_EVERYBODY = """
    SELECT person.id, person.employee_id, person.name, there.roles
    FROM (SELECT p.person_id, {text} AS roles {present} LIMIT %(enough)s + 1) there
    JOIN roles_person person ON person.id = there.person_id
    ORDER BY person.name, person.employee_id
"""
_ROLE_SETS = "SELECT DISTINCT {text} {present}"
# Who stands on the page; one that lies beyond the last is the last. Sums are taken first and by team, which the
# covering index serves, so that a scope of a hundred thousand people is still ordered in a second or so.
_PLACES = """
    WITH people AS (
        SELECT person.id, person.employee_id, person.name, there.roles
        FROM (SELECT p.person_id, {text} AS roles {present}) there
        JOIN roles_person person ON person.id = there.person_id
    ), sums AS (
        SELECT s.person_id, sum({deficit}) AS deficit
        FROM reports_standing s
        WHERE {in_scope} AND s.competency_id {shown}
        GROUP BY s.person_id
        {having}
    ), placed AS (
        SELECT people.*,
            row_number() OVER (ORDER BY {order}) AS place, count(*) OVER () AS total
        FROM people {join} sums ON sums.person_id = people.id
    ), paged AS (
        SELECT placed.*,
            CASE WHEN %(begin)s < total THEN %(begin)s ELSE (total - 1) / %(size)s * %(size)s END AS begun
        FROM placed
    )
    SELECT id, employee_id, name, roles, total, begun FROM paged
    WHERE place > begun AND place <= begun + %(size)s ORDER BY place
"""
# How they stand, with the competency before the kind of each standing, as in reports/scope.py: everybody in the scope,
# from the covering index, or some people.
_CELLS = """
    SELECT s.person_id, {gathered}(CAST(s.competency_id AS bigint) * {kinds} + {kind})
    FROM reports_standing s WHERE {whose}
    GROUP BY s.person_id
"""
_THEIRS = "s.person_id {people} AND s.from_on <= %(day)s AND s.until_on > %(day)s"

#: The orders of the rows.
ORDERS = {
    "": "coalesce(sums.deficit, 0) DESC, people.name, people.employee_id",
    "name": "people.name, people.employee_id",
}


class Somebody(NamedTuple):
    """A person by their key, employee id and name; and the keys of the roles they hold on the day, with commas."""

    pk: int
    employee_id: str
    name: str
    roles: str


@dataclass(frozen=True)
class Placed:
    """The people on a page in their order, the columns, and by person and competency the kind of each standing.

    `total` counts those on all pages, `begun` those before this one. `cells` may have others than those on the page.
    """

    people: Sequence[Somebody]
    columns: list[Facets]
    cells: Mapping[int, Mapping[int, int]]
    total: int
    begun: int


@cache
def numbers_of(counted: str) -> frozenset[int]:
    """The kinds, without what is required, that make up a number of the reports; every one where it has no name."""
    return frozenset(kind.number for kind in kinds(counted)) if counted else frozenset(range(BARE + 1))


@cache
def deficit(kind: int) -> int:
    """The deficit of a kind of standing (contract, section 2.4)."""
    required, _, level, _, state = unpacked(kind)
    return missing_levels(required=required, level=level, state=state)


@dataclass(frozen=True)
class Crowd:
    """Those in the scope of a team on a day who are asked for, and the competencies that are."""

    team: Team
    as_of: date
    selection: Selection
    choices: Catalogue
    matrix: Matrix

    @property
    def role(self) -> NamedRole | None:
        """The role that people are chosen by, if it leaves anybody out."""
        role = self.choices.role(self.selection.role)
        return None if role is None or role.held_by_everyone else role

    def page(self, order: str, begin: int, size: int) -> Placed:
        """The people from one place on, in an order that is a name of ORDERS; beyond the last page, those on it."""
        people = [Somebody(*row) for row in self._read(_EVERYBODY, enough=AT_ONCE)]
        if len(people) > AT_ONCE:
            return self._placed(order, begin, size)
        columns = self._columns({person.roles for person in people})
        cells = self._cells([person.pk for person in people] if self.role else None, columns)
        people = [person for person in people if self._is_asked_for(cells.get(person.pk, {}))]
        if order == "":
            people.sort(key=lambda person: -sum(map(deficit, cells.get(person.pk, {}).values())))
        total = len(people)
        begun = begin if begin < total else max(total - 1, 0) // size * size
        return Placed(people[begun : begun + size], columns, cells, total, begun)

    def _is_asked_for(self, cells: Mapping[int, int]) -> bool:
        wanted = numbers_of(self.selection.state)
        return not self.selection.state or any(kind & BARE in wanted for kind in cells.values())

    def _placed(self, order: str, begin: int, size: int) -> Placed:
        """The same where the database puts them in order."""
        columns = self._columns({roles for [roles] in self._read(_ROLE_SETS)})
        matching = f"HAVING max(CASE WHEN {is_of(kinds(self.selection.state))} THEN 1 ELSE 0 END) = 1"
        rows = self._read(
            _PLACES,
            parts={
                "deficit": deficit_of("s"),
                "shown": among(facets.pk for facets in columns),
                "having": matching if self.selection.state else "",
                "join": "JOIN" if self.selection.state else "LEFT JOIN",
                "order": ORDERS[order],
            },
            begin=begin,
            size=size,
        )
        people = [Somebody(*row[:4]) for row in rows]
        total, begun = rows[0][4:] if rows else (0, 0)
        return Placed(people, columns, self._cells([person.pk for person in people], columns), total, begun)

    def _columns(self, role_sets: Collection[str]) -> list[Facets]:
        """The competencies to show, of those that the selection leaves: what is required of who holds such roles."""
        required = {competency for roles in role_sets for competency in self.matrix.required(roles_in(roles))}
        return [
            facets
            for facets in self.choices.chosen(self.selection)
            if facets.pk in required or facets.code == self.selection.competency
        ]

    def _cells(self, people: Collection[int] | None, columns: Collection[Facets]) -> dict[int, dict[int, int]]:
        """The kinds of the standings in the columns, by person and competency; without people, of the whole scope."""
        shown = {facets.pk for facets in columns}
        whose = IN_SCOPE if people is None else _THEIRS.format(people=among(people))
        rows = self._read(_CELLS, parts={"whose": whose, "kind": KIND, "kinds": str(1 << BITS)})
        return {
            person: {pk: number & ALL for number in numbers(packed) if (pk := number >> BITS) in shown}
            for person, packed in rows
        }

    def _read(self, statement: str, *, parts: Mapping[str, str] | None = None, **parameters: int) -> list[Any]:
        fragments = FRAGMENTS[connection.vendor]
        held = f"',' || {fragments['text']} || ',' LIKE '%%,{self.role.pk},%%'" if self.role else "TRUE"
        named = {**fragments, "present": _PRESENT.format(held=held), "in_scope": IN_SCOPE, **(parts or {})}
        scope = {"scope": f"{self.team.path}%", "day": self.as_of.isoformat()}
        with connection.cursor() as cursor:
            cursor.execute(statement.format(**named), {**scope, **parameters})
            rows: list[Any] = cursor.fetchall()
            return rows
