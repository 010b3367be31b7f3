"""Roles by competencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from roles.models import Competency, Team

from .report import Line, RoleLine, TeamReport, team_report


@dataclass(frozen=True)
class Family:
    """Competencies of one family, in the order of the codes; those of none have no title."""

    title: str
    competencies: list[tuple[str, str]]


@dataclass(frozen=True)
class RoleRow:
    """A role that somebody holds, by its own requirement: a cell for each competency, or None if it asks nothing."""

    line: RoleLine
    cells: list[Line | None]


@dataclass(frozen=True)
class RoleMatrix:
    """The team's report on a day, and its roles by the competencies that any of them requires, family by family."""

    report: TeamReport
    families: list[Family]
    rows: list[RoleRow]


def role_matrix(*, team: Team, as_of: date) -> RoleMatrix:
    """How each role in the team's scope is covered in each competency on the day; one query more than `team_report`."""
    report = team_report(team=team, as_of=as_of)
    required = {line.code for role in report.roles for line in role.competencies}
    found = Competency.objects.filter(code__in=required).order_by("family__id", "code")
    columns = sorted(found.values_list("family__title", "code", "title"), key=lambda column: column[0] is None)
    families = [
        Family(title or "", [(code, name) for _, code, name in members])
        for title, members in groupby(columns, key=lambda column: column[0])
    ]
    rows = []
    for role in report.roles:
        cells = {line.code: line for line in role.competencies}
        rows.append(RoleRow(role, [cells.get(code) for _, code, _ in columns]))
    return RoleMatrix(report, families, rows)
