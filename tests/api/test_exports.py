"""Exports by REST: who gets what, in which words of HTTP, and what comes of errors."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from reports.exporting import FORMATS, lines, workbook
from reports.queries.exports import TABLES, Asked
from roles.models import Team, User
from tests.reports.exported import TODAY, columns_of, file_of, read

from .conftest import Calling

EVERYBODY = ["F1", "I1", "M1", "S1", "S2", "S3"]
SEEN = {
    "administrator": EVERYBODY,
    "auditor": EVERYBODY,
    "manager": ["M1", "S1", "S2"],
    "staff": ["S1"],
    "stranger": [],
}


def address(kind: str, **parameters: str) -> str:
    wishes = {"as_of": TODAY.isoformat(), **parameters}
    return f"/api/v1/exports/{kind}/?" + "&".join(f"{name}={value}" for name, value in wishes.items())


def get(client: APIClient | Client, kind: str, **parameters: str) -> Any:
    return client.get(address(kind, **parameters))


def content(client: APIClient | Client, kind: str, **parameters: str) -> bytes:
    response = get(client, kind, **parameters)
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def rows(client: APIClient | Client, kind: str, **parameters: str) -> list[dict[str, str]]:
    data = content(client, kind, trailer="false", **parameters).decode()
    return list(csv.DictReader(io.StringIO(data, newline="")))


@pytest.mark.parametrize("who", SEEN)
def test_everybody_gets_what_is_theirs_to_see(calling: Calling, who: str) -> None:
    caller = calling(who)
    assert [row["employee_id"] for row in rows(caller, "people")] == SEEN[who]
    with_results = {"S1", "S2", "F1"}
    assert {row["employee_id"] for row in rows(caller, "results")} == with_results & set(SEEN[who])
    nothing_required = {"I1"}
    assert {row["employee_id"] for row in rows(caller, "standings")} == set(SEEN[who]) - nothing_required


@pytest.mark.parametrize(
    ("who", "teams"), [("administrator", {"ORG"}), ("auditor", {"ORG"}), ("manager", {"SEC"}), ("staff", set())]
)
def test_everybody_gets_the_gaps_of_the_highest_teams_they_see(calling: Calling, who: str, teams: set[str]) -> None:
    assert {row["team"] for row in rows(calling(who), "gaps")} == teams


def test_and_of_each_team_below_with_each(calling: Calling) -> None:
    assert {row["team"] for row in rows(calling("manager"), "gaps", each="team")} == {"SEC", "RED"}
    assert {row["team"] for row in rows(calling("auditor"), "gaps", each="team", team="SEC")} == {"SEC", "RED"}
    assert rows(calling("staff"), "gaps", each="team") == []


@pytest.mark.parametrize("kind", TABLES)
def test_a_team_that_is_not_theirs_is_as_one_that_is_not_there(calling: Calling, kind: str) -> None:
    for who, hidden in (("manager", "OPS"), ("manager", "ORG"), ("staff", "RED"), ("stranger", "SEC")):
        caller = calling(who)
        answers = [caller.get(address(kind, team=team)) for team in (hidden, "NONE")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
    assert content(calling("manager"), kind, team="RED")


def test_a_team_leaves_out_who_is_in_another(calling: Calling) -> None:
    for kind in ("people", "standings", "results"):
        assert {row["employee_id"] for row in rows(calling("auditor"), kind, team="RED")} == {"S1", "S2"}


@pytest.mark.parametrize("kind", TABLES)
def test_it_is_the_file_that_the_command_writes(calling: Calling, people: dict[str, User], kind: str) -> None:
    for form in FORMATS:
        asked = Asked(as_of=TODAY, reader=people["auditor"], team=Team.objects.get(code="SEC"))
        assert content(calling("auditor"), kind, format=form, team="SEC") == file_of(kind, form, asked)
    hiding = content(calling("auditor"), kind, anonymise="true")
    assert hiding == file_of(kind, "csv", Asked(as_of=TODAY, reader=people["auditor"]), anonymise=True)


def test_so_it_is_for_the_session_of_a_browser(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["manager"])
    assert [row["employee_id"] for row in rows(client, "people")] == SEEN["manager"]


@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("csv", "text/csv; charset=utf-8; header=present"),
        ("jsonl", "application/x-ndjson"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("parquet", "application/vnd.apache.parquet"),
    ],
)
def test_the_headers_say_what_comes(calling: Calling, form: str, media_type: str) -> None:
    caller = calling("auditor")
    for method in (caller.get, caller.head):
        response: Any = method(address("standings", format=form, team="SEC"), headers={"accept": "text/csv"})
        assert response.status_code == 200
        assert response["Content-Type"] == media_type
        assert response["Content-Disposition"] == f'attachment; filename="standings-SEC-2026-11-01.{form}"'
        assert response["Cache-Control"] == "no-store"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert set(response["Vary"].split(", ")) >= {"Authorization", "Cookie"}
        body = b"".join(response.streaming_content)
        assert (body == b"") == (method == caller.head)


def test_a_code_cannot_break_out_of_the_name_of_the_file(calling: Calling) -> None:
    Team.objects.create(code='Ü "x"; a=b', name="Odd", parent=Team.objects.get(code="ORG"))
    response = get(calling("auditor"), "people", team=quote('Ü "x"; a=b'))
    response.close()
    name = "people-%C3%9C%20%22x%22%3B%20a%3Db-2026-11-01.csv"
    assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"


def test_a_workbook_comes_with_its_rows_and_digest(calling: Calling) -> None:
    response = get(calling("auditor"), "people", format="xlsx")
    body = b"".join(response.streaming_content)
    assert response["X-Rows"] == "6"
    assert response["Repr-Digest"] == f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    assert response["Content-Length"] == str(len(body))
    assert len(read(body, "xlsx", columns_of("people"))) == 6


@pytest.mark.parametrize(
    ("kind", "parameters", "field"),
    [
        ("people", {"format": "xml"}, "format"),
        ("people", {"as_of": "today"}, "as_of"),
        ("people", {"anonymise": "yes"}, "anonymise"),
        ("people", {"trailer": "1"}, "trailer"),
        ("people", {"fields": "name"}, "fields"),
        ("people", {"nonsense": "1"}, "nonsense"),
        ("people", {"each": "team"}, "each"),
        ("gaps", {"each": "person"}, "each"),
        ("gaps", {"updated_since": "2026-01-01T00:00:00Z"}, "updated_since"),
        ("results", {"updated_since": "2026-01-01T00:00:00"}, "updated_since"),
        ("results", {"updated_since": "2026-01-01"}, "updated_since"),
        ("results", {"updated_since": "0001-01-01T00:00:00%2B23:59"}, "updated_since"),
    ],
)
def test_what_cannot_be_understood_is_said(calling: Calling, kind: str, parameters: dict[str, str], field: str) -> None:
    response = get(calling("auditor"), kind, **parameters)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_results_since_an_instant(calling: Calling) -> None:
    caller = calling("auditor")
    assert rows(caller, "results", updated_since="2999-01-01T00:00:00Z") == []
    assert len(rows(caller, "results", updated_since="1999-01-01T00:00:00%2B02:00")) == 4


def test_more_rows_than_a_sheet_holds_are_refused(calling: Calling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    response = get(calling("auditor"), "people", format="xlsx")
    assert response.status_code == 400
    assert "csv, jsonl or parquet" in response.json()["detail"]


class _Broke(Exception):
    pass


def breaking(after: int) -> Any:
    """What gives batches of one line, and breaks off after some."""

    def given(found: Any, _: int) -> Iterator[Any]:
        for number, line in enumerate(found):
            if number == after:
                raise _Broke
            yield [line]

    return given


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_goes_wrong_before_the_first_row_is_answered(
    calling: Calling, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(lines, "batches", breaking(0))
    response = get(calling("auditor"), "people", format=form)
    assert response.status_code == 500
    assert response.json()["type"] == "urn:aiskills:problem:server-error"


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_goes_wrong_later_has_no_end(calling: Calling, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setattr(lines, "batches", breaking(3))
    response = get(calling("auditor"), "people", format=form)
    parts: list[bytes] = []
    with pytest.raises(_Broke):
        parts.extend(response.streaming_content)
    assert len(parts) == 3
    assert b"sha256" not in b"".join(parts)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_reader_that_goes_away_leaves_a_connection_that_works(
    calling: Calling, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(lines, "LINES_AT_A_TIME", 1)
    monkeypatch.setattr("reports.exporting.parquet.BYTES_A_GROUP", 1)
    response = get(calling("auditor"), "people", format=form)
    assert next(iter(response.streaming_content))
    assert connection.in_atomic_block
    response.close()
    assert not connection.in_atomic_block
    assert Team.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_so_does_one_that_never_began_to_read(calling: Calling) -> None:
    response = get(calling("auditor"), "people")
    assert connection.in_atomic_block
    response.close()
    assert not connection.in_atomic_block


def test_the_document_names_parameters_and_media_types() -> None:
    operation = SchemaGenerator().get_schema(request=None, public=True)["paths"]["/api/v1/exports/{kind}/"]["get"]
    parameters = {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
    assert set(parameters) == {
        "kind", "format", "team", "as_of", "each", "updated_since", "anonymise", "trailer",
    }  # fmt: skip
    assert parameters["kind"]["enum"] == ["gaps", "standings", "results", "people"]
    assert parameters["format"]["enum"] == ["csv", "jsonl", "xlsx", "parquet"]
    media_types = {form.media_type.partition(";")[0] for form in FORMATS.values()}
    assert set(operation["responses"]["200"]["content"]) == media_types
