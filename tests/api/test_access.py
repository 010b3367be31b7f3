"""Who may see and change what by REST: every address, every kind of user, what is theirs, foreign and missing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from roles.models import Person, TeamManager, User

from .addresses import filled, methods, patterns
from .things import FOREIGN, MISSING, OWN, add_the_rest, things

WHO = ("administrator", "auditor", "manager", "other manager", "staff", "stranger", "deactivated", "signed out")
Statuses = tuple[int, ...]


def signed_in(status: int) -> Statuses:
    """The same for everybody who is signed in; nobody else gets in at all."""
    return (status,) * 6 + (401,) * 2


#: What each of WHO gets for what is about OWN, who is in a team of the manager, and about FOREIGN, who is in one of the
#: other manager's, and for what is not there.
READING: dict[str, Statuses] = {
    "own": (200, 200, 200, 404, 404, 404, 401, 401),
    "foreign": (200, 200, 404, 200, 404, 404, 401, 401),
    "missing": signed_in(404),
}
#: The same for changing something of the organisation; what stands for an administrator is said with the address.
CHANGING: dict[str, Statuses] = {
    "own": (0, 403, 403, 404, 404, 404, 401, 401),
    "foreign": (0, 403, 404, 403, 404, 404, 401, 401),
    "missing": signed_in(404),
}
#: FOREIGN is the other manager, and nobody withdraws what others found about them.
WITHDRAWING: dict[str, Statuses] = {
    "own": (400, 403, 400, 404, 404, 404, 401, 401),
    "foreign": (400, 403, 404, 403, 404, 404, 401, 401),
    "missing": signed_in(404),
}
FOR_EVERYBODY: dict[str, Statuses] = {"own": signed_in(200), "foreign": signed_in(200), "missing": signed_in(404)}
A_LIST: dict[str, Statuses] = {"": signed_in(200)}
ADDING: dict[str, Statuses] = {"": (400, 403, 403, 403, 403, 403, 401, 401)}
RECORDING: dict[str, Statuses] = {"": (400, 403, 400, 400, 403, 403, 401, 401)}

#: Imports are about everybody, so who does not see everybody sees none; here, one that has bad rows.
OF_EVERYBODY: dict[str, Statuses] = {
    "own": (200, 200, 404, 404, 404, 404, 401, 401),
    "foreign": (200, 200, 404, 404, 404, 404, 401, 401),
    "missing": signed_in(404),
}
COMMITTING: dict[str, Statuses] = {
    "own": (409, 403, 404, 404, 404, 404, 401, 401),
    "foreign": (409, 403, 404, 404, 404, 404, 401, 401),
    "missing": signed_in(404),
}
#: A body of JSON is not what it takes.
SENDING_FILES: dict[str, Statuses] = {"": (415, 403, 403, 403, 403, 403, 401, 401)}


def administrators(status: int) -> dict[str, Statuses]:
    """CHANGING, with what an administrator gets for an empty body."""
    return {which: (status or gets[0], *gets[1:]) if gets[0] == 0 else gets for which, gets in CHANGING.items()}


#: Each method of each address, with an empty object as the body of a writer.
EXPECTED: dict[str, dict[str, dict[str, Statuses]]] = {
    "api_teams": {"get": A_LIST, "post": ADDING},
    "api_team": {"get": READING, "patch": administrators(200), "delete": administrators(409)},
    "api_team_gaps": {"get": READING},
    "api_team_heatmap": {"get": READING},
    "api_team_trend": {"get": READING},
    "api_people": {"get": A_LIST, "post": ADDING},
    "api_person": {"get": READING, "patch": administrators(200)},
    "api_person_standings": {"get": READING},
    "api_memberships": {"get": A_LIST, "post": ADDING},
    "api_membership": {"get": READING, "patch": administrators(200)},
    "api_assignments": {"get": A_LIST, "post": ADDING},
    "api_assignment": {"get": READING, "patch": administrators(200)},
    "api_exemptions": {"get": A_LIST, "post": ADDING},
    "api_exemption": {"get": READING, "patch": administrators(200)},
    "api_results": {"get": A_LIST, "post": RECORDING},
    "api_result": {"get": READING},
    "api_result_withdraw": {"post": WITHDRAWING},
    "api_roles": {"get": A_LIST},
    "api_role": {"get": FOR_EVERYBODY},
    "api_competencies": {"get": A_LIST},
    "api_competency": {"get": FOR_EVERYBODY},
    "api_threats": {"get": A_LIST},
    "api_threat": {"get": FOR_EVERYBODY},
    "api_matrix_versions": {"get": A_LIST},
    "api_matrix_version": {"get": FOR_EVERYBODY},
    "api_requirements": {"get": A_LIST},
    "api_matrix_version_requirements": {"get": FOR_EVERYBODY},
    "api_exports": {"get": FOR_EVERYBODY},
    "api_imports": {"get": A_LIST, "post": SENDING_FILES},
    "api_import": {"get": OF_EVERYBODY},
    "api_import_bad_rows": {"get": OF_EVERYBODY},
    "api_import_commit": {"post": COMMITTING},
    "api_schema": {"get": A_LIST},
}
#: What cannot be asked for without a parameter, and what is no interface.
NEEDS = {"api_matrix_version_diff": {"to": "v1"}, "api_import_bad_rows": {"file": "people.csv"}}
LEFT_OUT = {"api_docs", "api_nowhere"}
EXPECTED["api_matrix_version_diff"] = {"get": FOR_EVERYBODY}


def test_no_address_and_no_method_is_left_out() -> None:
    answered = {
        (name, method) for name, _, pattern in patterns() for method in methods(pattern) if name not in LEFT_OUT
    }
    assert answered == {(name, method) for name, by_method in EXPECTED.items() for method in by_method}


@pytest.fixture
def callers(people: dict[str, User], token_of: Callable[..., str]) -> dict[str, APIClient]:
    """A client for each of WHO; the other manager manages the team of FOREIGN, and is FOREIGN."""
    add_the_rest()
    other = Person.objects.get(employee_id=FOREIGN)
    TeamManager.objects.create(team=other.memberships.latest("from_on").team, person=other)
    users = {
        **people,
        "other manager": User.objects.create(username="other", person=other),
        "deactivated": User.objects.create(username="deactivated", is_superuser=True, is_active=False),
    }
    found = {who: APIClient(raise_request_exception=False) for who in WHO}
    for who, user in users.items():
        found[who].credentials(HTTP_AUTHORIZATION=f"Token {token_of(user)}")
    return found


def requests() -> Iterator[tuple[str, str, str, str]]:
    """Each name with its path, method and what stands in the path."""
    for name, path, pattern in patterns():
        for method in sorted(methods(pattern)) if name in EXPECTED else ():
            for which in EXPECTED[name][method]:
                yield name, path, method, which


def things_of(which: str) -> dict[str, object]:
    return MISSING if which == "missing" else things(FOREIGN if which == "foreign" else OWN)


def sent(client: APIClient, method: str, address: str) -> Any:
    """The answer, read to its end: as long as one is being streamed, its connection does nothing else."""
    response: Any = client.generic(method.upper(), address, "" if method == "get" else "{}", "application/json")
    if response.streaming:
        b"".join(response.streaming_content)
    return response


@pytest.mark.parametrize("who", WHO)
def test_everybody_gets_what_is_theirs_and_cannot_tell_the_rest_from_what_is_missing(
    callers: dict[str, APIClient], who: str
) -> None:
    wrong, told_apart = {}, set()
    missing: dict[tuple[str, str], Any] = {}
    for name, path, method, which in sorted(requests(), key=lambda one: one[3] != "missing"):
        address = filled(path, things_of(which)) + (f"?{urlencode(NEEDS[name])}" if name in NEEDS else "")
        response = sent(callers[who], method, address)
        if response.status_code != EXPECTED[name][method][which][WHO.index(who)]:
            wrong[name, method, which] = response.status_code
        if which == "missing":
            missing[name, method] = looks(response)
        elif response.status_code == 404 and looks(response) != missing[name, method]:
            told_apart.add((name, method, which))
    assert wrong == {}
    assert told_apart == set()


def looks(response: Any) -> Any:
    """All that a caller can tell of an answer, but for the address that they sent themselves."""
    body = json.loads(response.content)
    of_the_request = {"Content-Length", "ETag", "X-Request-ID"}
    headers = sorted((name, value) for name, value in response.headers.items() if name not in of_the_request)
    return {**body, "instance": ""}, headers


#: Whose names stand in nothing that somebody gets, and which teams'. Staff is S1, and has learned of their own team.
HIDDEN = {
    "manager": ["F1", "OPS", "I1", "VOID"],
    "other manager": ["S1", "S2", "M1", "RED", "SEC"],
    "staff": ["S2", "M1", "F1", "OPS", "SEC"],
    "stranger": ["S1", "S2", "F1", "RED", "OPS"],
}


@pytest.mark.parametrize("who", HIDDEN)
def test_no_list_and_no_export_names_somebody_who_is_hidden(callers: dict[str, APIClient], who: str) -> None:
    never = re.compile(rf"\b({'|'.join(HIDDEN[who])})\b".encode())
    for path in lists():
        response: Any = callers[who].get(path)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert response.status_code == 200, path
        assert not never.search(body), path


def lists() -> Iterator[str]:
    """The address of everything that is not about one thing."""
    for name, path, method, _ in requests():
        if name == "api_exports":
            yield from (filled(path, {"exports": kind}) for kind in ("people", "standings", "results", "gaps"))
        elif method == "get" and "<" not in path and name != "api_schema":
            yield path


@pytest.mark.parametrize("who", ["manager", "staff", "stranger"])
@pytest.mark.parametrize(
    ("parameter", "foreign", "missing"),
    [("team", "OPS", "NONE"), ("employee_id", FOREIGN, "NONE"), ("person", FOREIGN, "NONE")],
)
def test_a_filter_does_not_tell_what_is_hidden_from_what_is_missing(
    callers: dict[str, APIClient], who: str, parameter: str, foreign: str, missing: str
) -> None:
    for name, path, method, _ in requests():
        if method == "get" and "<" not in path:
            answers = [callers[who].get(path, {parameter: value}) for value in (foreign, missing)]
            one, other = (
                (answer.status_code, answer.content.replace(value.encode(), b"?"))
                for answer, value in zip(answers, (foreign, missing), strict=True)
            )
            assert one == other, name
