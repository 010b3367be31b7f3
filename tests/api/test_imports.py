"""Imports by REST: files sent, looked at by a worker, and imported as they were previewed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from assessments.models import Import, ImportState
from roles import jobs
from roles.models import ApiToken, AuditEvent, Person, User
from tests.assessments.sending import sent, worked, zipped

from .conftest import Calling
from .reading import API

HEADER = "employee_id,name,email,joined_on,left_on\n"
IMPORTS = f"{API}imports/"


@pytest.fixture(autouse=True)
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "async_task", lambda *_: None)


@pytest.fixture
def administrator(calling: Calling) -> APIClient:
    return calling("administrator")


def send(client: APIClient, *files: SimpleUploadedFile, **more: Any) -> Any:
    return client.post(IMPORTS, {"files": files, **more}, format="multipart")


def test_an_import_is_sent_looked_at_and_committed(administrator: APIClient) -> None:
    created = send(administrator, sent("people.csv", HEADER + "N1,Ada,,2026-01-01,\n"))
    assert (created.status_code, created.json()["state"]) == (201, "checking")
    address = created["Location"]
    worked(Import.objects.get())

    seen = administrator.get(address).json()
    assert (seen["state"], seen["problem_count"], seen["problems"], seen["moved"]) == ("ready", 0, [], False)
    assert [(file["name"], file["added"], file["changed"]) for file in seen["files"]] == [("people.csv", 1, 0)]

    asked = administrator.post(f"{address}commit/", {"digest": seen["digest"]})
    assert (asked.status_code, asked.json()["state"]) == (202, "committing")
    worked(Import.objects.get())

    done = administrator.get(address).json()
    event = AuditEvent.objects.get(number=done["event"])
    assert (done["state"], event.action, event.surface) == ("committed", "organisation.imported", "import")
    assert Person.objects.filter(employee_id="N1").exists()
    assert administrator.get(IMPORTS).json()["results"][0]["id"] == done["id"]


def test_bad_rows_are_told_and_can_be_had_as_a_file(administrator: APIClient) -> None:
    address = send(administrator, zipped({"people.csv": HEADER + "N1,,,2026-01-01,\n=N2,Bo,,x,\n"}))["Location"]
    worked(Import.objects.get())

    seen = administrator.get(address).json()
    assert (seen["state"], seen["problem_count"]) == ("bad", 2)
    assert seen["problems"][0] == {
        "file": "people.csv",
        "line": 2,
        "column": "name",
        "message": "is empty, and a text is needed",
    }
    answer: Any = administrator.get(f"{address}bad-rows/", {"file": "people.csv"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert answer["Content-Disposition"] == 'attachment; filename="people-bad-rows.csv"'
    assert lines[0] == "line,problem,employee_id,name,email,joined_on,left_on"
    assert lines[2].startswith("3,")
    assert ",'=N2,Bo," in lines[2]
    refused = administrator.post(f"{address}commit/", {})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aiskills:problem:conflict")
    wrong = administrator.get(f"{address}bad-rows/", {"file": "teams.csv"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "file")


def test_what_cannot_be_taken_is_told_as_a_problem_in_english(administrator: APIClient) -> None:
    answer = administrator.post(
        IMPORTS, {"files": [sent("persons.csv", "x")]}, format="multipart", headers={"Accept-Language": "de"}
    )
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "“persons.csv” is not a file of an import" in answer.json()["errors"][0]["detail"]
    assert send(administrator).status_code == 400
    assert send(administrator, sent("people.csv", HEADER), other="x").json()["errors"][0]["field"] == "other"
    assert not Import.objects.exists()


def test_a_body_that_is_too_large_is_refused_before_it_is_read(administrator: APIClient, settings: Any) -> None:
    settings.IMPORT_BYTES = 1024**2
    answer = administrator.generic("POST", IMPORTS, "x" * (2 * 1024**2 + 1), "multipart/form-data; boundary=x")
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:aiskills:problem:body-too-large")


def test_what_somebody_has_not_seen_is_not_committed(administrator: APIClient) -> None:
    address = send(administrator, sent("people.csv", HEADER + "N1,Ada,,2026-01-01,\n"))["Location"]
    worked(Import.objects.get())
    assert administrator.post(f"{address}commit/", {"digest": "0" * 64}).status_code == 409
    assert Import.objects.get().state == ImportState.READY


def test_a_commit_that_is_sent_again_is_done_once(administrator: APIClient) -> None:
    address = send(administrator, sent("people.csv", HEADER + "N1,Ada,,2026-01-01,\n"))["Location"]
    worked(Import.objects.get())
    first, second = (administrator.post(f"{address}commit/", {}, headers={"Idempotency-Key": "once"}) for _ in range(2))
    assert (first.status_code, second.status_code, second["Idempotent-Replayed"]) == (202, 202, "true")
    assert administrator.post(f"{address}commit/", {}).status_code == 409


def test_a_token_needs_the_scope_of_the_organisation(people: dict[str, User], calling: Calling) -> None:
    client = calling("administrator", writes_organisation=False)
    assert send(client, sent("people.csv", HEADER)).status_code == 403
    assert not Import.objects.exists()
    assert ApiToken.objects.exists()


def test_only_administrators_send_and_nobody_else_sees_that_there_is_one(calling: Calling) -> None:
    address = send(calling("administrator"), sent("people.csv", HEADER))["Location"]
    assert calling("auditor").get(address).status_code == 200
    for who in ("manager", "staff", "stranger"):
        assert calling(who).get(IMPORTS).json()["results"] == []
        assert calling(who).get(address).status_code == 404
    for who in ("auditor", "manager", "staff", "stranger"):
        assert send(calling(who), sent("people.csv", HEADER)).status_code == 403


def test_the_list_takes_as_many_queries_for_many_imports(
    administrator: APIClient, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        send(administrator, sent("people.csv", HEADER))
    with django_assert_max_num_queries(12):
        assert len(administrator.get(IMPORTS).json()["results"]) == 20
