"""The gap report of a team on a day."""

from __future__ import annotations

import hashlib
import pickle
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from reports.measures import MEASURES, Measures
from reports.scope import Rows, scope_from, scope_rows
from roles.models import Dimension, LifecycleStage, Team

from .figures import Figures, figures_by_counters, figures_by_standings
from .look import Look, look_at
from .reported import Facets, Matrix, matrix_on


# Not frozen, which would take three times as long to make, and of the organisation some three hundred are made.
@dataclass(slots=True)
class Line:
    """One row of a report: what it is about, how many people in scope it concerns, and the measures."""

    code: str
    title: str
    people: int
    measures: Measures


@dataclass(slots=True)
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


@dataclass(frozen=True)
class Reading:
    """All that the report of a team on a day is made of, as it was read: made of the same it is the same.

    `scope` is None for a team that has counters.
    """

    team: Team
    as_of: date
    look: Look
    matrix: Matrix
    scope: Rows | None

    @property
    def mark(self) -> bytes | None:
        """A hash of it, by which it is known again; None where the catalogue may be other than the look says."""
        if self.look.stamp is None or self.matrix.stamp != self.look.stamp:
            return None
        read = (self.team.code, self.as_of, self.look.rows, self.scope)
        return hashlib.blake2b(pickle.dumps(read, pickle.HIGHEST_PROTOCOL), digest_size=32).digest()


def read_report(*, team: Team, as_of: date) -> Reading:
    """What the gap report of the team's scope on the day, past or future, is made of.

    Of a large team its counters, in one query; of another its people's standings, in two. One more where the matrix of
    the day is not kept yet, or has changed.
    """
    look = look_at(team, as_of)
    matrix = matrix_on(as_of, stamp=look.stamp)
    return Reading(team, as_of, look, matrix, None if look.is_counted else scope_rows(team, as_of))


def team_report(*, team: Team, as_of: date) -> TeamReport:
    """The gap report of the team's scope on the day, past or future; as many queries as `read_report`."""
    return report_of(read_report(team=team, as_of=as_of))


def report_of(read: Reading) -> TeamReport:
    """The gap report that is made of this."""
    team, as_of, look, matrix = read.team, read.as_of, read.look, read.matrix
    if read.scope is None:
        figures = figures_by_counters(look.counted, matrix)
    else:
        figures = figures_by_standings(scope_from(read.scope), matrix)
    listed = figures.competencies
    competencies = {
        pk: facets for pk, facets in matrix.competencies.items() if pk in listed and listed[pk].concerns_somebody
    }
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
        threats=_facet_lines(sorted(matrix.threats.items()), "threats", competencies, figures, concerned),
        dimensions=_facet_lines(Dimension.choices, "dimension", competencies, figures, concerned),
        stages=_facet_lines(LifecycleStage.choices, "stages", competencies, figures, concerned),
        teams=_team_lines(figures, look),
    )


class _Concerned:
    """How many people have a required level in at least one of some competencies."""

    def __init__(self, figures: Figures, matrix: Matrix) -> None:
        self.groups = [(frozenset(matrix.required(roles)), people) for roles, people in figures.role_sets.items()]

    def by(self, competencies: Collection[int]) -> int:
        return sum(people for required, people in self.groups if not required.isdisjoint(competencies))


def _facet_lines(
    values: Iterable[tuple[str, object]],
    facet: str,
    competencies: dict[int, Facets],
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


def _role_lines(figures: Figures, matrix: Matrix, competencies: dict[int, Facets]) -> list[RoleLine]:
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


def _team_lines(figures: Figures, look: Look) -> list[Line]:
    """A line for each direct child team, also an empty one."""
    nobody = (0, Measures())
    return [Line(code, name, *figures.children.get(pk, nobody)) for pk, code, name in look.children]


def _total(measures: Iterable[Measures]) -> Measures:
    total = Measures()
    for part in measures:
        total.include(part)
    return total
