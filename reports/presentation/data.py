"""The gap report as plain data, by the names of the contract's section 5."""

from __future__ import annotations

import csv
from typing import IO, Any

from reports.measures import in_words
from reports.queries import Line, RoleLine, TeamReport
from reports.queries.report import GAP_COLUMNS, gap_rows
from roles.formulas import no_formula


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
    return in_words(line.counts, {kind: line.code, title: line.title, "people": line.people})


def _competency(line: Line) -> dict[str, Any]:
    told = _line("competency", line)
    told["holders"] = line.holders
    return told


def _role(line: RoleLine) -> dict[str, Any]:
    told = _line("role", line)
    people = line.people
    told["competencies"] = [
        in_words(counts, {"competency": code, "title": title, "people": people}) for (code, title), counts in line.cells
    ]
    return told


def write_csv(report: TeamReport, file: IO[str]) -> None:
    """The gap report as a table, its texts kept from being taken for formulas."""
    rows = csv.writer(file)
    rows.writerow(GAP_COLUMNS)
    for row in gap_rows(report):
        rows.writerow([no_formula(cell) if isinstance(cell, str) else cell for cell in row])
