"""The gap report of a team on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from reports.measures import MEASURES, Measures
from reports.scope import FRAGMENTS, numbers
from reports.standings import Requirement, strictest
from roles.models import Dimension, LifecycleStage, Organisation, Team

from .figures import Figures, scope_figures


@dataclass(frozen=True)
class Line:
    """One row of a report: what it is about, how many people in scope it concerns, and the measures."""

    code: str
    title: str
    people: int
    measures: Measures


@dataclass(frozen=True)
class RoleLine(Line):
    """A role by its own cells, with one line for each competency it requires."""

    competencies: list[Line]


@dataclass(frozen=True)
class TeamReport:
    """The team gap report on a day (contract, section 3). Every list is ordered by code, or as the scale of its words.

    `people` counts who is in scope on the day. `version` is None before the first version takes effect.
    """

    team: Team
    as_of: date
    version: str | None
    policy: str
    people: int
    totals: Measures
    competencies: list[Line]
    roles: list[RoleLine]
    threats: list[Line]
    dimensions: list[Line]
    stages: list[Line]
    teams: list[Line]


#: The columns of a gap report as a table.
GAP_COLUMNS = ("team", "as_of", "competency", "title", "people", *MEASURES, "holders")


def gap_rows(report: TeamReport) -> Iterator[tuple[Any, ...]]:
    """One row for each competency of the report, in the order of the codes, its cells in that of GAP_COLUMNS."""
    for line in report.competencies:
        measures = line.measures.as_dict().values()
        team, title = report.team.code, line.title
        yield (team, report.as_of, line.code, title, line.people, *measures, line.measures.holders)


class _Matrix(NamedTuple):
    """The version in force with its cells by role, the policy, every role's code and title, and everyone's role."""

    version: str | None
    policy: str
    cells: Mapping[int, Mapping[int, Requirement]]
    roles: Mapping[int, tuple[str, str]]
    everyone: frozenset[int]

    def required(self, roles: frozenset[int]) -> Collection[int]:
        """The competencies that these roles require something in."""
        return strictest([self.cells.get(role, {}) for role in roles]).keys()


def team_report(*, team: Team, as_of: date) -> TeamReport:
    """The gap report of the team's scope on the day, past or future.

    Of a large team by its counters, in four queries; of another by its people's standings, in seven.
    """
    matrix = _matrix(as_of)
    figures = scope_figures(team, as_of, matrix)
    every, threats = _facets()
    listed = figures.competencies
    competencies = {pk: facets for pk, facets in every.items() if pk in listed and listed[pk].concerns_somebody}
    concerned = _Concerned(figures, matrix)
    return TeamReport(
        team=team,
        as_of=as_of,
        version=matrix.version,
        policy=matrix.policy,
        people=figures.people,
        totals=_total(listed[pk] for pk in competencies),
        competencies=[
            Line(facets.code, facets.title, concerned.by([pk]), listed[pk]) for pk, facets in competencies.items()
        ],
        roles=_role_lines(figures, matrix, competencies),
        threats=_facet_lines(sorted(threats.items()), "threats", competencies, figures, concerned),
        dimensions=_facet_lines(Dimension.choices, "dimension", competencies, figures, concerned),
        stages=_facet_lines(LifecycleStage.choices, "stages", competencies, figures, concerned),
        teams=_team_lines(team, figures),
    )


class _Concerned:
    """How many people have a required level in at least one of some competencies."""

    def __init__(self, figures: Figures, matrix: _Matrix) -> None:
        self.groups = [(frozenset(matrix.required(roles)), people) for roles, people in figures.role_sets.items()]

    def by(self, competencies: Collection[int]) -> int:
        return sum(people for required, people in self.groups if not required.isdisjoint(competencies))


class _Facets(NamedTuple):
    """A competency with what reports group it by."""

    code: str
    title: str
    dimension: set[str]
    threats: set[str]
    stages: set[str]


def _matrix(as_of: date) -> _Matrix:
    version = policy = None
    roles: dict[int, tuple[str, str]] = {}
    everyone: set[int] = set()
    cells: dict[int, dict[int, Requirement]] = {}
    statement = _MATRIX.format(**FRAGMENTS[connection.vendor])
    for version, policy, pk, code, title, held_by_everyone, packed in _rows(statement, [as_of.isoformat()]):  # noqa: B007
        roles[pk] = (code, title)
        if held_by_everyone:
            everyone.add(pk)
        if packed is not None:
            cells[pk] = {number >> 5: _REQUIREMENTS[number & 0b11111] for number in numbers(packed)}
    return _Matrix(version, policy or Organisation.current().evidence_policy, cells, roles, frozenset(everyone))


def _facets() -> tuple[dict[int, _Facets], dict[str, str]]:
    """Every competency with its facets, in the order of the codes, and the titles of the threats by code."""
    found: dict[int, _Facets] = {}
    threats: dict[str, str] = {}
    for kind, pk, code, title, dimension in _rows(_COMPETENCIES, []):
        if kind == _COMPETENCY:
            found[pk] = _Facets(code, title, {dimension}, set(), set())
        elif kind == _THREAT:
            found[pk].threats.add(code)
            threats[code] = title
        else:
            found[pk].stages.add(code)
    return found, threats


# What every report reads, each in one go and past the ORM, which would take longer over them than the database.
# The version in force (MatrixVersionQuerySet.in_force) and the policy, beside each role. Without a role there is
# no version either: none is published without a requirement.
# The cells of a role are gathered: from the right, 2 bits for the weight, 3 for the level, the rest for the competency.
_MATRIX = """
    SELECT version.code, o.evidence_policy,
        r.id, r.code, r.title, r.held_by_everyone, (
            SELECT {gathered}(CAST(cell.competency_id AS bigint) * 32 + cell.required_level * 4 + cell.weight)
            FROM roles_rolerequirement cell WHERE cell.version_id = version.id AND cell.role_id = r.id
        )
    FROM roles_role r
    LEFT JOIN roles_organisation o ON o.id = 1
    LEFT JOIN (
        SELECT id, code FROM roles_matrixversion
        WHERE published_at IS NOT NULL AND effective_from <= %s
        ORDER BY effective_from DESC LIMIT 1
    ) version ON 1 = 1
    ORDER BY r.code
"""
_REQUIREMENTS = [Requirement(*divmod(bits, 4)) for bits in range(32)]
# The competencies by code, and then what each of them has: a threat, a stage. Joined, they would multiply.
_COMPETENCY, _THREAT = 0, 1
_COMPETENCIES = """
    SELECT 0 AS kind, id, code, title, dimension FROM roles_competency
    UNION ALL
    SELECT 1, countered.competency_id, t.code, t.title, NULL
    FROM roles_competency_threats countered JOIN roles_threat t ON t.id = countered.threat_id
    UNION ALL
    SELECT 2, competency_id, stage, NULL, NULL FROM roles_competencystage
    ORDER BY kind, code
"""
_CHILDREN = "SELECT id, code, name FROM roles_team WHERE parent_id = %s ORDER BY code"


def _rows(statement: str, parameters: list[int | str]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _facet_lines(
    values: Iterable[tuple[str, object]],
    facet: str,
    competencies: dict[int, _Facets],
    figures: Figures,
    concerned: _Concerned,
) -> list[Line]:
    """A line for each value of the facet that a listed competency has, over the competencies that have it."""
    lines = []
    for code, title in values:
        having = [pk for pk, facets in competencies.items() if code in getattr(facets, facet)]
        if having:
            lines.append(
                Line(code, str(title), concerned.by(having), _total(figures.competencies[pk] for pk in having))
            )
    return lines


def _role_lines(figures: Figures, matrix: _Matrix, competencies: dict[int, _Facets]) -> list[RoleLine]:
    """A line for each role that somebody in scope holds."""
    holders: dict[int, int] = defaultdict(int)
    for roles, people in figures.role_sets.items():
        for role in roles:
            holders[role] += people
    lines = []
    for pk, (code, title) in matrix.roles.items():
        if pk not in holders:
            continue
        own = figures.roles.get(pk, {})
        cells = [
            Line(facets.code, facets.title, holders[pk], own[key]) for key, facets in competencies.items() if key in own
        ]
        lines.append(RoleLine(code, title, holders[pk], _total(own.values()), cells))
    return lines


def _team_lines(team: Team, figures: Figures) -> list[Line]:
    """A line for each direct child team, also an empty one."""
    nobody = (0, Measures())
    rows = [(code, name, *figures.children.get(pk, nobody)) for pk, code, name in _rows(_CHILDREN, [team.pk])]
    return [Line(code, name, people, measures) for code, name, people, measures in rows]


def _total(measures: Iterable[Measures]) -> Measures:
    total = Measures()
    for part in measures:
        total.include(part)
    return total
