"""Writing an organisation as the files that an import reads (contract, section 4)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from roles.models import (
    Competency,
    EvidencePolicy,
    MatrixVersion,
    Membership,
    Organisation,
    Person,
    Role,
    RoleAssignment,
    RoleRequirement,
    Team,
    TeamManager,
)
from roles.progress import report

from .models import AssessmentResult, Exemption
from .pseudonyms import Hide, hidden

ROWS_AT_A_TIME = 5_000


@dataclass(frozen=True)
class File:
    """One file: where its rows come from, and for each column the lookup that fills it."""

    name: str
    rows: Callable[[], QuerySet[Any]]
    columns: dict[str, str]


FILES = [
    File("roles", Role.objects.all, {"code": "code", "title": "title", "family": "family__code"}),
    File(
        "competencies",
        Competency.objects.all,
        {"code": "code", "title": "title", "family": "family__code", "dimension": "dimension", "summary": "summary"},
    ),
    File(
        "matrix",
        lambda: RoleRequirement.objects.filter(version__in=MatrixVersion.objects.published()).order_by(
            "version__effective_from", "role__code", "competency__code"
        ),
        {
            "version": "version__code",
            "effective_from": "version__effective_from",
            "role": "role__code",
            "competency": "competency__code",
            "required_level": "required_level",
            "weight": "weight",
        },
    ),
    File("teams", lambda: Team.objects.order_by("path"), {"code": "code", "name": "name", "parent": "parent__code"}),
    File(
        "people",
        Person.objects.all,
        {
            "employee_id": "employee_id",
            "name": "name",
            "email": "email",
            "joined_on": "joined_on",
            "left_on": "left_on",
        },
    ),
    File(
        "memberships",
        lambda: Membership.objects.order_by("person__employee_id", "from_on"),
        {"employee_id": "person__employee_id", "team": "team__code", "from": "from_on", "until": "until_on"},
    ),
    File(
        "assignments",
        lambda: RoleAssignment.objects.order_by("person__employee_id", "role__code", "from_on"),
        {"employee_id": "person__employee_id", "role": "role__code", "from": "from_on", "until": "until_on"},
    ),
    File(
        "exemptions",
        lambda: Exemption.objects.order_by("person__employee_id", "competency__code", "from_on"),
        {
            "employee_id": "person__employee_id",
            "competency": "competency__code",
            "from": "from_on",
            "until": "until_on",
            "reason": "reason",
        },
    ),
    File(
        # In the order of recording, which an import keeps, since it decides between results of one day.
        "results",
        lambda: AssessmentResult.objects.standing().order_by("pk"),
        {
            "result_id": "result_id",
            "employee_id": "person__employee_id",
            "competency": "competency__code",
            "level": "level",
            "method": "method",
            "assessed_on": "assessed_on",
            "expires_on": "expires_on",
            "assessor": "assessor",
            "evidence": "evidence",
        },
    ),
    File(
        "managers",
        lambda: TeamManager.objects.order_by("team__code", "person__employee_id"),
        {"team": "team__code", "employee_id": "person__employee_id"},
    ),
]


class FolderNotEmpty(Exception):
    """An export never writes over files that are there."""


@transaction.atomic
def export_organisation(folder: Path, *, anonymise: bool = False) -> dict[str, int]:
    """Write the files into the folder, made if need be; gives how many rows each has.

    Withdrawn results and drafts of the matrix count nowhere and are left out. With `anonymise`, names, ids and the
    names of assessors become pseudonyms, the same in every export; addresses, evidence and reasons are left empty.
    Raises FolderNotEmpty, and writes nothing, if there is anything in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FolderNotEmpty(f"{folder} is not empty")
    hides = hidden(Organisation.current().pseudonym_key) if anonymise else {}
    counts = {}
    for file in FILES:
        counts[f"{file.name}.csv"] = _write(folder, file, hides)
    settings = list(_settings())
    if settings:
        counts["organisation.csv"] = len(settings)
        _write_rows(folder / "organisation.csv", ["setting", "value"], iter(settings))
    return counts


def _write(folder: Path, file: File, hidden_columns: dict[str, Hide]) -> int:
    hides = [hidden_columns.get(f"{file.name}.{column}") or hidden_columns.get(column) for column in file.columns]
    values = file.rows().values_list(*file.columns.values()).iterator(chunk_size=ROWS_AT_A_TIME)
    rows = (
        ["" if value is None else hide(str(value)) if hide else value for hide, value in zip(hides, row, strict=True)]
        for row in values
    )
    return _write_rows(folder / f"{file.name}.csv", list(file.columns), rows)


def _write_rows(path: Path, header: list[str], rows: Iterator[list[Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(header)
        for count, row in enumerate(rows, start=1):
            writer.writerow(row)
            if count % ROWS_AT_A_TIME == 0:
                report(path.name, count)
    return count


def _settings() -> Iterator[list[str]]:
    """What the organisation decided that is not as shipped; without it the same facts give other figures."""
    policy = Organisation.current().evidence_policy
    if policy != EvidencePolicy.LATEST_VERIFIED:
        yield ["evidence_policy", policy]
    for code in Role.objects.filter(held_by_everyone=True).values_list("code", flat=True):
        yield ["role_of_everyone", code]
