"""Errors: problem details, whatever is sent, and never anything of the server's own making."""

from __future__ import annotations

import json
from itertools import cycle, product
from typing import Any
from unittest import mock

import pytest
from django.test import Client

from reports.api.problems import TITLES, URN
from roles.models import User

from .addresses import filled, methods, patterns
from .conftest import Calling
from .things import MISSING, OWN, add_the_rest, things

GAPS = "/api/v1/teams/SEC/gaps/"
#: Bodies that are no JSON, or that something further on might stumble over.
BODIES = {
    "nested lists": b"[" * 20_000,
    "nested objects": b'{"a":' * 20_000,
    "nested and closed": b"[" * 5_000 + b"]" * 5_000,
    "a lone surrogate": rb'{"name": "\ud800"}',
    "a lone surrogate as a name": rb'{"\udfff": 1}',
    "NUL": rb'{"name": "\u0000", "employee_id": "a\u0000b", "result_id": "\u0000"}',
    "a huge integer": b'{"level": ' + b"9" * 5_000 + b"}",
    "an integer beyond any column": b'[{"level": 99999999999999999999999, "employee_id": 99999999999999999999}]',
    "a huge float": b'{"level": 1e999}',
    "NaN": b'{"level": NaN}',
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "nothing": b"",
    "null": b"null",
    "a string": b'"results"',
    "a list of null": b"[null, null]",
    "a list of lists": b"[[[]]]",
    "an empty list": b"[]",
    "the same name twice": b'{"name": "x", "name": "y"}',
    "an unfinished one": b'{"name": "x"',
    "a deep value": b'{"name": ' + b'{"a":' * 18 + b"1" + b"}" * 18 + b"}",
}
VALUES = [
    "\0",
    "%ff%fe",
    "9" * 400,
    "-1",
    "1e5",
    "[" * 1_000,
    "2026-13-01",
    "0000-00-00",
    "x" * 3_000,
    "'\"--",
    "",
    " ",
    "*",
]


@pytest.fixture(autouse=True)
def as_often_as_they_like(settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 10**6


def is_a_problem(response: Any) -> bool:
    """Whether the answer is problem details that agree with its status."""
    if response["Content-Type"] != "application/problem+json":
        return False
    problem = response.json()
    known = {URN + name for name in TITLES}
    return problem["status"] == response.status_code and problem["type"] in known and bool(problem["detail"])


def test_no_body_brings_a_writer_down(calling: Calling) -> None:
    administrator: Any = calling("administrator")
    places = things_of_a_full_organisation()
    for (name, path, pattern), (what, body) in product(patterns(), BODIES.items()):
        for method in methods(pattern) & {"post", "put", "patch", "delete"}:
            response = administrator.generic(method.upper(), filled(path, places), body, "application/json")
            assert response.status_code < 500, (name, method, what)
            assert response.status_code < 400 or is_a_problem(response), (name, method, what)


#: Takes files, by a parser and a limit of its own (test_imports.py).
UPLOADS = "api_imports"


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "text/html", "x"]
)
def test_a_body_of_another_media_type_is_refused(calling: Calling, media_type: str) -> None:
    administrator: Any = calling("administrator")
    places = things_of_a_full_organisation()
    for name, path, pattern in patterns():
        if name == UPLOADS and media_type.startswith("multipart/"):
            continue
        for method in methods(pattern) & {"post", "put", "patch"}:
            response = administrator.generic(method.upper(), filled(path, places), b"--x\r\n\r\nx", media_type)
            assert response.status_code == 415, (name, method)
            assert is_a_problem(response), (name, method)


def test_a_body_that_is_too_large_is_refused(calling: Calling, settings: Any) -> None:
    settings.API_BODY_BYTES = 100
    administrator: Any = calling("administrator")
    places = things_of_a_full_organisation()
    for name, path, pattern in patterns():
        if "post" in methods(pattern) and name != UPLOADS:
            response = administrator.generic("POST", filled(path, places), b" " * 101, "application/json")
            assert response.status_code == 413, name
            assert is_a_problem(response), name


@pytest.mark.parametrize("turn", range(3))
def test_no_value_brings_a_reader_down(calling: Calling, turn: int) -> None:
    """Every parameter that a reader knows and every place in its address, each with some of the values in turn."""
    auditor, places = calling("auditor"), things_of_a_full_organisation()
    values = cycle(VALUES[turn:] + VALUES[:turn])
    for name, path, pattern in patterns():
        if "get" not in methods(pattern):
            continue
        for parameter in parameters_of(pattern) or ["cursor"]:
            response = read(auditor.get(filled(path, places), {parameter: (value := next(values))}))
            assert response.status_code < 500, (name, parameter, value)
            assert response.status_code < 400 or is_a_problem(response), (name, parameter, value)
        for key in (key for key in places if f"{key}/<" in path):
            response = read(auditor.get(filled(path, {**places, key: (value := next(values))})))
            assert response.status_code < 500, (name, key, value)


def read(response: Any) -> Any:
    """The answer, read to its end: as long as one is being streamed, its connection does nothing else."""
    if response.streaming:
        b"".join(response.streaming_content)
    return response


def parameters_of(pattern: Any) -> list[str]:
    """The parameters that a view knows, as it tells them to who sends another one."""
    made = getattr(pattern.callback, "cls", None)
    if made is None:
        return []
    view = made(**getattr(pattern.callback, "initkwargs", {}))
    view.request = mock.Mock(method="GET")
    view.kwargs = {}
    return sorted(view.known_parameters()) if hasattr(view, "known_parameters") else []


def things_of_a_full_organisation() -> dict[str, object]:
    add_the_rest()
    return things(OWN)


def test_an_unknown_parameter_is_refused_and_the_known_ones_are_told(calling: Calling) -> None:
    response = calling("auditor").get(GAPS, {"asof": "2026-01-01"})
    assert response.status_code == 400
    assert response.json() == {
        "type": "urn:aiskills:problem:invalid",
        "title": "Something in the request is not valid",
        "status": 400,
        "detail": "There is no such parameter here. Known: as_of, fields.",
        "instance": GAPS,
        "errors": [
            {"field": "asof", "code": "invalid", "detail": "There is no such parameter here. Known: as_of, fields."}
        ],
    }


def test_a_parameter_given_twice_is_refused(calling: Calling) -> None:
    assert calling("auditor").get(f"{GAPS}?as_of=2026-01-01&as_of=2026-02-01").status_code == 400


def test_an_address_at_which_nothing_is_answers_in_problem_details_too(calling: Calling) -> None:
    for who in ("administrator", "stranger", "signed out"):
        for address in ("/api/v1/", "/api/v1/nothing", "/api/v1/teams/%00/", "/api/v1/a%0Ab"):
            response = calling(who).get(address)
            assert response.status_code == 404, address
            assert is_a_problem(response)


def test_a_method_that_is_none_here_is_refused(calling: Calling) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        response = calling("administrator").generic(method, GAPS)
        assert response.status_code == 405, method
        assert response["Allow"] == "GET, HEAD"
        assert is_a_problem(response)


def test_what_is_asked_for_in_another_media_type_is_refused(calling: Calling) -> None:
    response = calling("auditor").get(GAPS, headers={"Accept": "text/html"})
    assert response.status_code == 406
    assert is_a_problem(response)


def test_the_page_of_the_docs_refuses_in_problem_details_too(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["auditor"])
    response = client.post("/api/v1/docs/")
    assert response.status_code == 405
    assert is_a_problem(response)


@pytest.mark.parametrize("who", ["auditor", "stranger"])
def test_a_field_that_is_none_is_told_in_an_empty_list_too(calling: Calling, who: str) -> None:
    response = calling(who).get("/api/v1/teams/", {"fields": "code,nothing"})
    assert response.status_code == 400
    assert "no field 'nothing'" in response.json()["detail"]


def test_what_nobody_expected_is_a_problem_that_tells_nothing(calling: Calling) -> None:
    with mock.patch("reports.api.gaps.read_report_for", side_effect=RuntimeError("secret of the server")):
        response = calling("auditor").get(GAPS)
    assert response.status_code == 500
    assert is_a_problem(response)
    assert b"secret" not in response.content


def test_so_is_a_host_that_is_not_allowed() -> None:
    response = Client(raise_request_exception=False).get(GAPS, headers={"host": "evil.example"})
    assert response.status_code == 400
    assert is_a_problem(response)


def test_the_session_of_a_browser_writes_only_with_its_csrf_token(people: dict[str, User]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["administrator"])
    for _, path, pattern in patterns():
        for method in methods(pattern) & {"post", "put", "patch", "delete"}:
            response = client.generic(method.upper(), filled(path, MISSING), json.dumps({}), "application/json")
            assert response.status_code == 403
            assert is_a_problem(response)
            assert "CSRF" in response.json()["detail"]
