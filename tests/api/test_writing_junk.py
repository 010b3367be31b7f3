"""Whatever is sent, what the document forbids is refused by its name, and nothing brings a writer down."""

from __future__ import annotations

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from tests.organisation import everything

from .conftest import Calling
from .things import FOREIGN, OWN, add_the_rest
from .writers import WRITERS, Writer

LONG = "x" * 3_000
JUNK: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    3.5,
    10**40,
    1e308,
    "",
    " ",
    " S1",
    "S1 ",
    "a/b",
    "..",
    "\t",
    "\x1b[31m",
    "\u0085",
    LONG,
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "9999-12-30",
    "2026-02-30",
    "2026-W01-1",
    "20260101",
    "\uff12\uff10\uff12\uff16-01-01",
    "2026-01-01T00:00:00Z",
    "null",
    "=1+1",
    "💥",
    [],
    ["S1"],
    {},
    {"code": "S1"},
    [[[[1]]]],
]
WHOLE: list[Any] = [None, True, 5, 1.5, "text", "", [], [[]], [None], [5], {"": ""}, {"\x7f": 1}, {LONG: LONG}]


@pytest.fixture
def admin(calling: Calling) -> APIClient:
    add_the_rest()
    return calling("administrator")


@pytest.fixture(scope="module")
def schema() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


def allowed(schema: Any, writer: Writer) -> Any:
    """What says whether the OpenAPI document lets a body be sent."""
    path = next(path for path in schema["paths"] if path.count("/") == writer.path().count("/") and same(path, writer))
    wanted = schema["paths"][path][writer.method]["requestBody"]["content"]["application/json"]["schema"]
    whole = {**wanted, "components": schema["components"]}
    return jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker(["date"])).is_valid


def same(path: str, writer: Writer) -> bool:
    pairs = zip(path.split("/"), writer.path().split("/"), strict=True)
    return all(wanted == found or wanted.startswith("{") for wanted, found in pairs)


@pytest.mark.parametrize("name", WRITERS)
def test_the_body_that_is_tried_is_one_that_the_document_knows(admin: APIClient, schema: Any, name: str) -> None:
    assert allowed(schema, WRITERS[name])(WRITERS[name].body)


@pytest.mark.parametrize("name", WRITERS)
def test_junk_in_a_field_is_refused_where_the_document_says_so(admin: APIClient, schema: Any, name: str) -> None:
    writer = WRITERS[name]
    path, is_allowed = writer.path(), allowed(schema, writer)
    for field in writer.body:
        for junk in JUNK:
            body = {**writer.body, field: junk}
            response = getattr(admin, writer.method)(path, body)
            told = (field, junk, response.status_code, response.content)
            assert response.status_code in {200, 201, 400, 409}, told
            if not is_allowed(body):
                assert response.status_code == 400, told
                assert {one["field"] for one in response.json()["errors"]} == {field}, told
            if response.status_code == 400:
                assert all(one["detail"] for one in response.json()["errors"]), told


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_no_body_at_all_is_refused(admin: APIClient, name: str) -> None:
    writer = WRITERS[name]
    path, before = writer.path(), everything()
    for whole in WHOLE:
        response = admin.generic(writer.method.upper(), path, json.dumps(whole), "application/json")
        assert response.status_code == 400, (whole, response.content)
        assert response.json()["type"] == "urn:aiskills:problem:invalid"
    assert without_use(everything()) == without_use(before)


def without_use(tables: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """All rows but those that say when a token was used and how often somebody called."""
    return {name: rows for name, rows in tables.items() if name not in {"reports_apiuse", "roles_apitoken"}}


@pytest.mark.parametrize("name", [name for name, writer in WRITERS.items() if writer.refers])
def test_what_a_body_refers_to_is_there(admin: APIClient, name: str) -> None:
    writer = WRITERS[name]
    for field in writer.refers:
        response = getattr(admin, writer.method)(writer.path(), {**writer.body, field: "NONE"})
        [error] = response.json()["errors"]
        assert (response.status_code, error["field"], error["code"]) == (400, field, "unknown")


@pytest.mark.parametrize("who", ["auditor", "manager", "staff", "stranger"])
@pytest.mark.parametrize("name", [name for name, writer in WRITERS.items() if writer.refers and "result" not in name])
def test_to_who_may_not_write_a_hidden_thing_in_a_body_is_like_a_missing_one(
    calling: Calling, name: str, who: str
) -> None:
    add_the_rest()
    writer, caller = WRITERS[name], calling(who)
    for field in writer.refers:
        foreign = FOREIGN if field == "employee_id" else "OPS"
        hidden, missing = (
            getattr(caller, writer.method)(writer.path(), {**writer.body, field: code}) for code in (foreign, "NONE")
        )
        assert hidden.status_code in {403, 404}
        assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)


def test_days_at_the_ends_of_the_calendar_are_kept_and_counted(admin: APIClient) -> None:
    for number, (begins, ends) in enumerate([("0001-01-01", "9999-12-30"), ("9999-12-30", None), ("0001-01-01", None)]):
        person = {"employee_id": f"N{number}", "name": "New", "joined_on": begins, "left_on": ends}
        assert admin.post("/api/v1/people/", person).status_code == 201
        stretch = {"employee_id": f"N{number}", "from": begins, "until": ends}
        assert admin.post("/api/v1/memberships/", {**stretch, "team": "OPS"}).status_code == 201
        assert admin.post("/api/v1/assignments/", {**stretch, "role": "ENG"}).status_code == 201
        assert admin.post("/api/v1/exemptions/", {**stretch, "competency": "C-3"}).status_code == 201
    assert admin.get(f"/api/v1/people/{OWN}/").status_code == 200
    assert admin.get("/api/v1/teams/OPS/gaps/?as_of=9999-12-30").json()["people"] >= 2


def test_of_many_unknown_names_a_few_are_told(admin: APIClient) -> None:
    response = admin.post("/api/v1/results/", [dict.fromkeys(map(str, range(50_000)), 1)])
    assert response.status_code == 400
    assert len(response.content) < 10_000
