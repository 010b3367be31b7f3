"""The gap report as plain data, by the names of the contract's section 5."""

from __future__ import annotations

import csv
from typing import IO, Any

from reports.measures import MEASURES
from reports.queries import Line, RoleLine, TeamReport

#: A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report_data(report: TeamReport) -> dict[str, Any]:
    """What `gap_report --format json` prints and REST answers: JSON types only."""
    return {
        "team": report.team.code,
        "as_of": report.as_of.isoformat(),
        "matrix_version": report.version,
        "policy": report.policy,
        "people": report.people,
        "totals": report.totals.as_dict(),
        "competencies": [_competency(line) for line in report.competencies],
        "roles": [_role(line) for line in report.roles],
        "threats": [_line("threat", line) for line in report.threats],
        "teams": [_line("team", line, title="name") for line in report.teams],
        "dimensions": [_line("dimension", line) for line in report.dimensions],
        "lifecycle_stages": [_line("stage", line) for line in report.stages],
    }


def _line(kind: str, line: Line, *, title: str = "title") -> dict[str, Any]:
    return {kind: line.code, title: line.title, "people": line.people, **line.measures.as_dict()}


def _competency(line: Line) -> dict[str, Any]:
    return {**_line("competency", line), "holders": line.measures.holders}


def _role(line: RoleLine) -> dict[str, Any]:
    return {**_line("role", line), "competencies": [_line("competency", cell) for cell in line.competencies]}


def write_csv(report: TeamReport, file: IO[str]) -> None:
    """One row for each competency of the report, in the order of the codes, with the team and the day in front."""
    rows = csv.writer(file)
    rows.writerow(["team", "as_of", "competency", "title", "people", *MEASURES, "holders"])
    for line in report.competencies:
        measures = line.measures.as_dict().values()
        words = [report.team.code, report.as_of.isoformat(), line.code, line.title]
        rows.writerow([*map(_no_formula, words), line.people, *measures, line.measures.holders])


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
