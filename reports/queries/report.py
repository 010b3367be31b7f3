"""The gap report of a team on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from django.utils.translation import get_language, override

from reports.counters.onday import NO_CELLS
from reports.measures import COUNTED, HOLDERS, MEASURES, NOTHING, Counts, Measures, total
from roles.models import Dimension, LifecycleStage, Team, User

from .figures import Figures, figures_by_counters, figures_by_standings
from .look import Look, look_at, look_for
from .reported import Facet, Matrix, matrix_on


# Not frozen, which would take three times as long to make, and of the organisation some three hundred are made.
@dataclass(slots=True)
class Line:
    """One row of a report: what it is about, how many people in scope it concerns, and what is counted."""

    code: str
    title: str
    people: int
    counts: Counts

    @property
    def measures(self) -> Measures:
        """The measures."""
        return Measures.counted(self.counts)

    @property
    def holders(self) -> int:
        """How many people hold HOLDER_LEVEL or more, whatever is required of them."""
        return self.counts[HOLDERS]


@dataclass(slots=True)
class RoleLine(Line):
    """A role by its own cells: code and title of each competency it requires, and what is counted in it."""

    cells: list[tuple[tuple[str, str], Counts]]

    @property
    def competencies(self) -> list[Line]:
        """A line for each of these competencies; it concerns all who hold the role."""
        return [Line(code, title, self.people, counts) for (code, title), counts in self.cells]


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
        yield (team, report.as_of, line.code, title, line.people, *measures, line.holders)


# Without what is packed in it.
_BYTES_OF_A_ROW = 300


class Mark(NamedTuple):
    """What a report is made of, by which it is known again."""

    team: str
    as_of: date
    rows: list[tuple[Any, ...]]

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return sum(_BYTES_OF_A_ROW + len(packed or ()) for *_, packed in self.rows)


@dataclass(frozen=True)
class Reading:
    """All that the report of a team on a day is made of, as it was read: made of the same it is the same."""

    look: Look
    matrix: Matrix

    @property
    def team(self) -> Team:
        """The team; of one that was asked for by its code the rest is read when it is asked for."""
        return self.look.team

    @property
    def mark(self) -> Mark | None:
        """By what it is known again; None where the catalogue may be other than the look says."""
        look = self.look
        if look.stamp is None or self.matrix.stamp != look.stamp:
            return None
        return Mark(look.team.code, look.as_of, look.rows)


def read_report(*, team: Team, as_of: date) -> Reading:
    """What the gap report of the team's scope on the day, past or future, is made of.

    Of a large team its counters, of another its people's standings; one query. One more where the matrix of the day is
    not kept yet, or has changed.
    """
    return _read(look_at(team, as_of))


def read_report_for(*, code: str, as_of: date, reader: User) -> Reading | None:
    """The same of the team with this code, in as many queries; None if there is none that the reader may see."""
    look = look_for(code, as_of, reader=reader)
    return None if look is None else _read(look)


def _read(look: Look) -> Reading:
    return Reading(look, matrix_on(look.as_of, stamp=look.stamp))


def team_report(*, team: Team, as_of: date) -> TeamReport:
    """The gap report of the team's scope on the day, past or future; as many queries as `read_report`."""
    return report_of(read_report(team=team, as_of=as_of))


def report_of(read: Reading) -> TeamReport:
    """The gap report that is made of this."""
    look, matrix = read.look, read.matrix
    if look.is_counted:
        figures = figures_by_counters(look.counted, matrix.asked)
    else:
        figures = figures_by_standings(look.scope, matrix.asked)
    lines = _Lines(figures, matrix)
    dimensions, stages = _titles(get_language())
    return TeamReport(
        team=look.team,
        as_of=look.as_of,
        version=matrix.version,
        policy=matrix.policy,
        people=figures.people,
        totals=lines.totals(),
        competencies=lines.competencies(),
        roles=lines.roles(),
        threats=lines.having("threat", sorted(matrix.threats.items())),
        dimensions=lines.having("dimension", dimensions),
        stages=lines.having("stage", stages),
        teams=lines.teams(look.children),
    )


# Kept, since to look up a few words takes as long as to add up what they stand beside.
@cache
def _titles(language: str | None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The dimensions and the stages, each with its title in the language."""
    with override(language):
        return _titled(Dimension.choices), _titled(LifecycleStage.choices)


def _titled(choices: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(code, str(title)) for code, title in choices]


class _Lines:
    """The lines of a report, over the competencies in which somebody in scope has a required level."""

    def __init__(self, figures: Figures, matrix: Matrix) -> None:
        self._figures, self._matrix = figures, matrix
        found = figures.competencies
        self._listed = {
            pk: found[pk] for pk in matrix.competencies if pk in found and Measures.counted(found[pk]).concerns_somebody
        }
        # Of each facet the listed competencies that have it: how many, and what is counted in them.
        grouped = matrix.grouped[:, [pk in self._listed for pk in matrix.competencies]]
        rows = np.array([*self._listed.values()], np.int64).reshape(-1, len(COUNTED))
        of_facets = zip(grouped.sum(axis=1).tolist(), (grouped @ rows).tolist(), strict=True)
        self._having = dict(zip(matrix.having, of_facets, strict=True))
        #: How many people have a required level in a competency, or in any that has a facet; and who holds a role.
        self._concerned = self._people_asked()
        self._holders: dict[int, int] = defaultdict(int)
        for roles, people in figures.role_sets.items():
            for role in roles:
                self._holders[role] += people

    def _people_asked(self) -> dict[int | Facet, int]:
        sets, matrix = self._figures.role_sets, self._matrix
        asked: list[int | Facet] = [*matrix.competencies, *matrix.having]
        rows = np.array([matrix.asked_of(roles) for roles in sets], np.int64).reshape(len(sets), len(asked))
        return dict(zip(asked, (np.array([*sets.values()], np.int64) @ rows).tolist(), strict=True))

    def totals(self) -> Measures:
        """All competencies together."""
        return Measures.counted(total(self._listed.values()))

    def competencies(self) -> list[Line]:
        """A line for each competency."""
        told = self._matrix.competencies
        return [Line(*told[pk], self._concerned[pk], counts) for pk, counts in self._listed.items()]

    def roles(self) -> list[RoleLine]:
        """A line for each role that somebody in scope holds."""
        told, lines = self._matrix.competencies, []
        for pk, (code, title) in self._matrix.roles.items():
            if pk not in self._holders:
                continue
            own = self._figures.roles.get(pk, NO_CELLS)
            cells = list(zip(map(told.__getitem__, own.competencies), own.counts, strict=True))
            lines.append(RoleLine(code, title, self._holders[pk], total(own.counts), cells))
        return lines

    def having(self, of: str, values: Iterable[tuple[str, str]]) -> list[Line]:
        """A line for each of these values that a competency has, over those that have it."""
        lines = []
        for code, title in values:
            listed, counts = self._having.get(facet := Facet(of, code), (0, NOTHING))
            if listed:
                lines.append(Line(code, title, self._concerned[facet], counts))
        return lines

    def teams(self, children: Iterable[tuple[int, str, str]]) -> list[Line]:
        """A line for each direct child team, also an empty one."""
        found = self._figures.children
        return [Line(code, name, *(found.get(pk) or (0, NOTHING))) for pk, code, name in children]
