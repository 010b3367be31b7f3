"""Writing by REST: every method of every address that changes something."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from assessments.services.uploads import COMMIT, PREVIEW
from tests.api.addresses import methods, patterns
from tests.api.writers import WRITERS

from .way import HEADER, NEW, Way, World

#: What the one event of each writer (tests/api/writers.py) says it was, and to what it was done.
SAYS = {
    "add a team": ("api_teams", "team.added", "NEW"),
    # It gets another name and another place at once.
    "change a team": ("api_team", "team.renamed", "RED"),
    "add a person": ("api_people", "person.added", "N1"),
    "change a person": ("api_person", "person.changed", "S2"),
    "add a membership": ("api_memberships", "person.placed", "S2 2023-01-01"),
    "change a membership": ("api_membership", "membership.ended", "S2 2024-01-01"),
    "add an assignment": ("api_assignments", "role.assigned", "S2 LEAD 2025-01-01"),
    "change an assignment": ("api_assignment", "assignment.ended", "S2 ENG 2024-01-01"),
    "add an exemption": ("api_exemptions", "person.exempted", "S2 C-1 2025-01-01"),
    "change an exemption": ("api_exemption", "exemption.changed", "S2 C-3 2024-01-01"),
    "add a result": ("api_results", "results.recorded", "S2 C-1 LMS-1"),
    "withdraw a result": ("api_result_withdraw", "result.withdrawn", "S2 C-2 R3"),
}


def _writes(what: str) -> Way:
    writer = WRITERS[what]

    def do(world: World, _: Any) -> None:
        answer = getattr(world.rest, writer.method)(writer.path(), writer.body)
        assert answer.status_code in {200, 201}, answer.content

    name, action, subject = SAYS[what]
    return Way(f"rest {name} {writer.method}", do, action, subject)


def _remove_a_team(world: World, _: Any) -> None:
    assert world.rest.delete("/api/v1/teams/VOID/").status_code == 204


def _record_many(world: World, _: Any) -> None:
    body = {**WRITERS["add a result"].body}
    answer = world.rest.post("/api/v1/results/", [{**body, "result_id": f"LMS-{number}"} for number in range(3)])
    assert answer.status_code == 201, answer.content


def _send_files(world: World, _: Any) -> None:
    file = SimpleUploadedFile("people.csv", HEADER.encode())
    answer = world.rest.post("/api/v1/imports/", {"files": file}, format="multipart")
    assert answer.status_code == 201, answer.content


def _commit(world: World, upload: Any) -> None:
    assert world.rest.post(f"/api/v1/imports/{upload.pk}/commit/").status_code == 202


WAYS = [
    *map(_writes, WRITERS),
    Way("rest api_team delete", _remove_a_team, "team.removed", "VOID"),
    Way("rest api_results post", _record_many, "results.recorded"),
    Way("rest api_imports post", _send_files, asks=PREVIEW),
    Way("rest api_import_commit post", _commit, prepare=lambda world: world.import_of(NEW), asks=COMMIT),
]


def unsafe() -> set[str]:
    """Every method of every address of REST by which something may be written."""
    return {
        f"{name} {method}"
        for name, _, pattern in patterns()
        for method in methods(pattern) - {"get"}
        if name != "api_nowhere"
    }
