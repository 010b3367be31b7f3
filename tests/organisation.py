"""An organisation's files, written from Python, and what a database holds, to compare before and after."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import xlsxwriter
from django.apps import apps
from django.db import connections

from assessments.importing.importer import ImportReport, import_organisation
from reports.models import Standing
from reports.standings import OPEN, State

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)

Cells = Mapping[str, object]

#: The files and columns of contract section 4.
COLUMNS = {
    "roles": ["code", "title", "family"],
    "competencies": ["code", "title", "family", "dimension", "summary"],
    "matrix": ["version", "effective_from", "role", "competency", "required_level", "weight"],
    "teams": ["code", "name", "parent"],
    "people": ["employee_id", "name", "email", "joined_on", "left_on"],
    "memberships": ["employee_id", "team", "from", "until"],
    "assignments": ["employee_id", "role", "from", "until"],
    "exemptions": ["employee_id", "competency", "from", "until", "reason"],
    "results": [
        "result_id",
        "employee_id",
        "competency",
        "level",
        "method",
        "assessed_on",
        "expires_on",
        "assessor",
        "evidence",
    ],
    "managers": ["team", "employee_id"],
}

#: Three people in three teams, with a little of everything.
SMALL: dict[str, list[tuple[object, ...]]] = {
    "roles": [("ENG", "Engineer", "TECH"), ("LEAD", "Lead", "")],
    "competencies": [
        ("C-1", "Prompts", "TECH", "technical", "Knows prompts."),
        ("C-2", "Risks", "", "Risk awareness", ""),
    ],
    "matrix": [
        ("v1", "2024-01-01", "ENG", "C-1", 3, 2),
        ("v1", "2024-01-01", "ENG", "C-2", 2, ""),
        ("v1", "2024-01-01", "LEAD", "C-2", 4, 3),
    ],
    "teams": [("RED", "Red team", "ORG"), ("ORG", "Everybody", ""), ("BLUE", "Blue team", "ORG")],
    "people": [
        ("E1", "Ada Ångström", "ada@example.org", "2024-01-01", ""),
        ("E2", "Björn Ek", "", "2024-01-01", ""),
        ("E3", "Chi Đặng", "", "2024-01-01", "2025-01-01"),
    ],
    "memberships": [
        ("E1", "RED", "2024-01-01", "2025-01-01"),
        ("E1", "BLUE", "2025-01-01", ""),
        ("E2", "RED", "2024-01-01", ""),
        ("E3", "BLUE", "2024-01-01", "2025-01-01"),
    ],
    "assignments": [("E1", "ENG", "2024-01-01", ""), ("E2", "LEAD", "2024-01-01", ""), ("E2", "ENG", "2025-01-01", "")],
    "exemptions": [("E2", "C-2", "2025-01-01", "2025-07-01", "Parental leave")],
    "results": [
        ("R1", "E1", "C-1", 3, "exam", "2024-02-01", "2026-02-01", "Institute", "Certificate 17"),
        ("R2", "E1", "C-1", 2, "self", "2024-03-01", "", "", ""),
        ("R3", "E2", "C-2", 4, "manager", "2024-03-01", "", "E3", ""),
    ],
    "managers": [("RED", "E2")],
}


class OrganisationFiles:
    """A folder of files for `import_org`, kept as rows of cells and written anew whenever they change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables: dict[str, list[dict[str, object]]] = {}

    def small(self) -> OrganisationFiles:
        """Write the small organisation."""
        for name, rows in SMALL.items():
            self.put(name, *rows)
        return self

    def put(self, name: str, *rows: Sequence[object]) -> OrganisationFiles:
        """Write a file of just these rows, their cells in the order of the contract."""
        self.tables[name] = [dict(zip(COLUMNS[name], row, strict=True)) for row in rows]
        return self._write(name)

    def add(self, name: str, *rows: Sequence[object]) -> OrganisationFiles:
        """Write rows below those that the file has."""
        self.tables.setdefault(name, []).extend(dict(zip(COLUMNS[name], row, strict=True)) for row in rows)
        return self._write(name)

    def change(self, name: str, line: int, /, **cells: object) -> OrganisationFiles:
        """Write other cells into a line; `from_` stands for the column `from`."""
        self.tables[name][line - 2].update({column.rstrip("_"): cell for column, cell in cells.items()})
        return self._write(name)

    def text(self, file: str, content: str | bytes) -> OrganisationFiles:
        """Write a file as it is."""
        (self.folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def only(self, *names: str) -> OrganisationFiles:
        """Remove all files but these."""
        for name in set(self.tables) - set(names):
            del self.tables[name]
            (self.folder / f"{name}.csv").unlink()
        return self

    def sheet(self, name: str, rows: Iterable[Sequence[object]], *, row: int = 1, sheets: int = 1) -> OrganisationFiles:
        """Write a spreadsheet in place of the file; the header goes into the row of that number."""
        (self.folder / f"{name}.csv").unlink(missing_ok=True)
        write_sheet(self.folder / f"{name}.xlsx", [COLUMNS[name], *rows], row=row, sheets=sheets)
        return self

    def as_import(self, **wish: Any) -> ImportReport:
        """Import the folder."""
        return import_organisation(self.folder, at=AT, **wish)

    def _write(self, name: str) -> OrganisationFiles:
        with (self.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS[name])
            writer.writeheader()
            writer.writerows(self.tables[name])
        return self


def write_sheet(path: Path, rows: Iterable[Sequence[object]], *, row: int = 1, sheets: int = 1) -> None:
    """Write a spreadsheet whose dates are real dates, numbers numbers, and empty texts empty cells."""
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        pages = [book.add_worksheet() for _ in range(sheets)]
        for number, cells in enumerate(rows, start=row - 1):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    pages[0].write_datetime(number, column, datetime(cell.year, cell.month, cell.day, tzinfo=None), day)  # noqa: DTZ001
                elif cell != "":
                    pages[0].write(number, column, cell)


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of ours but the stamp of the catalogue, drawn anew even where nothing changes."""
    models = chain.from_iterable(apps.get_app_config(room).get_models() for room in ("roles", "assessments", "reports"))
    return {
        model._meta.db_table: sorted(model._base_manager.values_list(), key=repr)
        for model in models
        if model._meta.model_name != "cataloguestamp"
    }


def standings_of(employee_id: str, competency: str) -> list[tuple[str, str, str, str, int | None]]:
    """How a person stands in a competency: from, until, team, state and level of each stretch."""
    rows = Standing.objects.filter(person__employee_id=employee_id, competency__code=competency).order_by("from_on")
    return [
        (
            row.from_on.isoformat(),
            "open" if row.until_on == OPEN else row.until_on.isoformat(),
            row.team.code,
            State(row.state).word,
            row.level,
        )
        for row in rows.select_related("team")
    ]


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do each work in a thread with a connection of its own; what came of each, the exception if one was raised."""

    def done(work: Callable[[], object]) -> object:
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(done, works))
