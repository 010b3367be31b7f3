"""A version of the matrix as a file, in the columns of matrix.csv, out and in again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assessments.importing import cells
from assessments.importing.problems import Problems
from assessments.importing.sources import Source
from assessments.importing.tables import Column, Parsed, parsed_rows
from roles.models import Competency, MatrixVersion, Role
from roles.services import Asked
from roles.services.drafts import Cells

COLUMNS = ("version", "effective_from", "role", "competency", "required_level", "weight")


def rows_of(version: MatrixVersion) -> Iterator[tuple[Any, ...]]:
    """The requirements of the version, their cells in the order of COLUMNS, by role and competency."""
    requirements = version.requirements.order_by("role__code", "competency__code")
    names = ("role__code", "competency__code", "required_level", "weight")
    for row in requirements.values_list(*names):
        yield (version.code, version.effective_from.isoformat(), *row)


@dataclass
class MatrixFile:
    """What a file asks for, by the keys of role and competency; if `problems` are named, it cannot be taken."""

    cells: dict[tuple[int, int], Asked] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)

    def differences_from(self, version: MatrixVersion) -> Cells:
        """What to set in the version so that it asks for what the file does: for nothing where that names nothing."""
        there = version.requirements.order_by().values_list("role_id", "competency_id")
        return {**dict.fromkeys(there), **self.cells}


def read_file(path: Path) -> MatrixFile:
    """The requirements in a file, CSV or XLSX, with every bad row named; two queries.

    A file holds one version. Which one it says that is, and from when, is of no account.
    """
    found = MatrixFile()
    source, columns = Source(path), _columns()
    first: Parsed | None = None
    lines: dict[tuple[int, int], int] = {}
    for row in parsed_rows(source, columns, found.problems):
        first = first or row
        _take(row, first, source.name, lines, found)
    if first is None and not found.problems:
        found.problems.add(source.name, None, None, "has no row below its header; a matrix asks for something")
    return found


def _columns() -> list[Column]:
    """How the cells of each column are read."""
    roles = cells.Codes(Role.objects.values_list("code", "pk"))
    competencies = cells.Codes(Competency.objects.values_list("code", "pk"))
    return [
        Column("version", "version", cells.code),
        Column("effective_from", "effective_from", cells.day),
        Column("role", "role_id", cells.known("role", roles, file="the roles in the console")),
        Column(
            "competency",
            "competency_id",
            cells.known("competency", competencies, file="the competencies in the console"),
        ),
        Column("required_level", "required_level", cells.whole_number("level", 1, 4)),
        Column("weight", "weight", cells.whole_number("weight", 1, 3, default=1)),
    ]


def _take(row: Parsed, first: Parsed, name: str, lines: dict[tuple[int, int], int], found: MatrixFile) -> None:
    code, effective_from, role, competency, level, weight = row.values
    if code != first.values[0]:
        words = f"'{code}' is not '{first.values[0]}' as in line {first.line}; a file holds one version"
        found.problems.add(name, row.line, "version", words)
    elif effective_from != first.values[1]:
        words = f"'{effective_from}' is not '{first.values[1]}' as for the same version in line {first.line}"
        found.problems.add(name, row.line, "effective_from", words)
    line = lines.setdefault((role, competency), row.line)
    if line != row.line:
        found.problems.add(name, row.line, "role, competency", f"the same as in line {line}; a key stands once")
    found.cells[role, competency] = Asked(level, weight)
