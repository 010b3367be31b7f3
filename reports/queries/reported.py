"""What a report is made by beside its figures: the matrix in force, what groups competencies, the child teams."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db import connection

from reports.scope import FRAGMENTS, numbers
from reports.standings import Requirement, strictest
from roles.models import Organisation, Team


class Facets(NamedTuple):
    """A competency with what reports group it by."""

    code: str
    title: str
    dimension: set[str]
    threats: set[str]
    stages: set[str]


@dataclass
class Matrix:
    """The version in force with its cells by role, the policy, every role's code and title, and everyone's role.

    Also every competency with its facets, in the order of the codes, the titles of threats by code, and the direct
    child teams: key, code and name.
    """

    version: str | None = None
    policy: str = ""
    cells: dict[int, Mapping[int, Requirement]] = field(default_factory=dict)
    roles: dict[int, tuple[str, str]] = field(default_factory=dict)
    everyone: frozenset[int] = frozenset()
    competencies: dict[int, Facets] = field(default_factory=dict)
    threats: dict[str, str] = field(default_factory=dict)
    children: list[tuple[int, str, str]] = field(default_factory=list)

    def required(self, roles: frozenset[int]) -> Collection[int]:
        """The competencies that these roles require something in."""
        return strictest([self.cells.get(role, {}) for role in roles]).keys()


def matrix_of(team: Team, as_of: date) -> Matrix:
    """What the report of the team on the day is made by; one query."""
    found = Matrix()
    parameters: dict[str, int | str] = {"team": team.pk, "day": as_of.isoformat()}
    with connection.cursor() as cursor:
        cursor.execute(_EVERYTHING.format(**FRAGMENTS[connection.vendor]), parameters)
        for kind, *row in cursor.fetchall():
            _ADD[kind](found, _Row._make(row))
    found.policy = found.policy or Organisation.current().evidence_policy
    return found


# Read in one go and past the ORM, which would take longer over it than the database: first each role with its cells in
# the version in force (MatrixVersionQuerySet.in_force), then that version and the policy, the competencies by code, and
# then what each of them has: a threat, a stage. Joined, they would multiply. Last the direct child teams.
# The cells of a role are gathered: from the right, 2 bits for the weight, 3 for the level, the rest for the competency.
_EVERYTHING = """
    WITH version AS (
        SELECT id, code FROM roles_matrixversion
        WHERE published_at IS NOT NULL AND effective_from <= %(day)s
        ORDER BY effective_from DESC LIMIT 1
    )
    SELECT 0 AS kind, r.id, r.code, r.title, CASE WHEN r.held_by_everyone THEN 'everyone' END, (
        SELECT {gathered}(CAST(cell.competency_id AS bigint) * 32 + cell.required_level * 4 + cell.weight)
        FROM roles_rolerequirement cell WHERE cell.version_id = (SELECT id FROM version) AND cell.role_id = r.id
    )
    FROM roles_role r
    UNION ALL
    SELECT 1, id, '', evidence_policy, NULL, NULL FROM roles_organisation WHERE id = 1
    UNION ALL
    SELECT 2, id, code, title, dimension, NULL FROM roles_competency
    UNION ALL
    SELECT 3, countered.competency_id, t.code, t.title, NULL, NULL
    FROM roles_competency_threats countered JOIN roles_threat t ON t.id = countered.threat_id
    UNION ALL
    SELECT 4, competency_id, stage, NULL, NULL, NULL FROM roles_competencystage
    UNION ALL
    SELECT 5, id, code, name, NULL, NULL FROM roles_team WHERE parent_id = %(team)s
    UNION ALL
    SELECT 6, 0, code, NULL, NULL, NULL FROM version
    ORDER BY 1, 3
"""
_REQUIREMENTS = [Requirement(*divmod(bits, 4)) for bits in range(32)]


class _Row(NamedTuple):
    """What is told of each: key, code, title, a word more, and what is gathered of it."""

    pk: int
    code: str
    title: str
    more: str | None
    packed: object


def _role(found: Matrix, row: _Row) -> None:
    found.roles[row.pk] = (row.code, row.title)
    if row.more:
        found.everyone |= {row.pk}
    if row.packed is not None:
        cells = numbers(row.packed)
        found.cells[row.pk] = {number >> 5: _REQUIREMENTS[number & 0b11111] for number in cells}


def _policy(found: Matrix, row: _Row) -> None:
    found.policy = row.title


def _competency(found: Matrix, row: _Row) -> None:
    found.competencies[row.pk] = Facets(row.code, row.title, {row.more or ""}, set(), set())


def _threat(found: Matrix, row: _Row) -> None:
    found.competencies[row.pk].threats.add(row.code)
    found.threats[row.code] = row.title


def _stage(found: Matrix, row: _Row) -> None:
    found.competencies[row.pk].stages.add(row.code)


def _child(found: Matrix, row: _Row) -> None:
    found.children.append((row.pk, row.code, row.title))


def _version(found: Matrix, row: _Row) -> None:
    found.version = row.code


#: What a row of each kind says.
_ADD = (_role, _policy, _competency, _threat, _stage, _child, _version)
