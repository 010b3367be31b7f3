"""Teams, people and what holds for them, added, changed and removed by REST."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from reports.services import disagreements, misplaced_teams
from roles.models import Membership, Person, Team

from .conftest import Calling
from .things import OWN, add_the_rest, things
from .writers import WRITERS, Writer

URN = "urn:aiskills:problem:"
ADDERS = {name: writer for name, writer in WRITERS.items() if writer.method == "post" and "with" not in name}
CHANGERS = {name: writer for name, writer in WRITERS.items() if writer.method == "patch"}


@pytest.fixture
def admin(calling: Calling) -> APIClient:
    add_the_rest()
    return calling("administrator")


def told(response: Any, status: int) -> dict[str, str]:
    """What is wrong, by field; `""` for the whole."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    return {one["field"] or "": one["detail"] for one in problem.get("errors", [])} or {"": problem["detail"]}


@pytest.mark.parametrize("writer", ADDERS.values(), ids=ADDERS)
def test_what_is_added_is_answered_as_it_is_then_shown(admin: APIClient, writer: Writer) -> None:
    response = admin.post(writer.path(), writer.body)
    assert response.status_code == 201, response.content
    shown = admin.get(response["Location"])
    assert shown.status_code == 200
    assert shown.json() == response.json()
    assert shown["ETag"] == response["ETag"]
    assert writer.body.items() <= response.json().items()
    assert [*disagreements(), *misplaced_teams()] == []


@pytest.mark.parametrize("writer", CHANGERS.values(), ids=CHANGERS)
def test_what_is_changed_is_answered_as_it_is_then_shown(admin: APIClient, writer: Writer) -> None:
    path = writer.path()
    before = admin.get(path).json()
    response = admin.patch(path, writer.body)
    assert response.status_code == 200, response.content
    shown = admin.get(path)
    assert shown.json() == response.json()
    assert shown["ETag"] == response["ETag"]
    rest = {name: value for name, value in before.items() if name not in {*writer.body, "updated_at"}}
    assert {**rest, **writer.body}.items() <= response.json().items()
    assert response.json()["updated_at"] > before["updated_at"]
    assert [*disagreements(), *misplaced_teams()] == []


@pytest.mark.parametrize("writer", CHANGERS.values(), ids=CHANGERS)
def test_a_change_to_what_is_there_already_is_none(admin: APIClient, writer: Writer) -> None:
    path = writer.path()
    first = admin.patch(path, writer.body)
    again = admin.patch(path, writer.body, headers={"If-Match": first["ETag"]})
    assert again.status_code == 200
    assert again.json() == first.json()
    assert admin.patch(path, {}).json() == first.json()


@pytest.mark.parametrize("writer", CHANGERS.values(), ids=CHANGERS)
def test_nothing_is_changed_that_was_changed_meanwhile(admin: APIClient, writer: Writer) -> None:
    path = writer.path()
    read = admin.get(path)
    changed = admin.patch(path, writer.body, headers={"If-Match": read["ETag"]})
    assert changed.status_code == 200
    late = admin.patch(path, writer.body, headers={"If-Match": read["ETag"]})
    assert told(late, 412) == {
        "": "It has changed since you read it. Read it again, and send your change with its new ETag."
    }
    assert late.json()["type"] == URN + "changed-meanwhile"
    assert admin.patch(path, {}, headers={"If-Match": f'"other", {changed["ETag"]}'}).status_code == 200
    assert admin.patch(path, {}, headers={"If-Match": "*"}).status_code == 200


def test_a_team_that_was_changed_meanwhile_is_not_removed(admin: APIClient) -> None:
    path = "/api/v1/teams/VOID/"
    read = admin.get(path)["ETag"]
    admin.patch(path, {"name": "Other"})
    assert admin.delete(path, headers={"If-Match": read}).status_code == 412
    response = admin.delete(path, headers={"If-Match": admin.get(path)["ETag"]})
    assert (response.status_code, response.content) == (204, b"")
    assert admin.get(path).status_code == 404


def test_a_team_stays_while_something_is_in_or_below_it(admin: APIClient) -> None:
    assert told(admin.delete("/api/v1/teams/SEC/"), 409) == {"": "RED is below SEC. Move it first."}
    assert "has or had people" in told(admin.delete("/api/v1/teams/RED/"), 409)[""]
    assert Team.objects.filter(code__in=["SEC", "RED"]).count() == 2


def test_a_team_does_not_go_below_itself(admin: APIClient) -> None:
    response = admin.patch("/api/v1/teams/SEC/", {"parent": "RED", "name": "Other"})
    assert told(response, 409) == {"": "RED is SEC itself or below it."}
    assert response.json()["type"] == URN + "conflict"
    assert Team.objects.get(code="SEC").name == "Security"


def test_the_membership_in_the_way_is_named(admin: APIClient) -> None:
    body = {"employee_id": OWN, "team": "OPS", "from": "2025-01-01"}
    words = "S2 is in team RED from 2024-01-01 on. A person is in one team at a time."
    assert told(admin.post("/api/v1/memberships/", body), 409) == {"": words}


def test_a_person_moves_by_an_end_and_a_new_membership(admin: APIClient) -> None:
    stay = f"/api/v1/memberships/{things(OWN)['memberships']}/"
    assert admin.patch(stay, {"until": "2025-01-01"}).status_code == 200
    body = {"employee_id": OWN, "team": "OPS", "from": "2025-01-01"}
    assert admin.post("/api/v1/memberships/", body).status_code == 201
    assert admin.get(f"/api/v1/people/{OWN}/").json()["team"] == "OPS"


def test_a_mistaken_membership_is_voided_and_kept(admin: APIClient) -> None:
    key = things(OWN)["memberships"]
    assert admin.patch(f"/api/v1/memberships/{key}/", {"until": "2024-01-01"}).status_code == 200
    assert Membership.objects.filter(pk=str(key)).exists()
    assert admin.get(f"/api/v1/people/{OWN}/").json()["team"] is None


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("teams/", {"code": "ORG", "name": "Again", "parent": "SEC"}, {"": "There is a team ORG already."}),
        ("teams/", {"code": "NEW", "name": "New"}, {"": "There is one root, which is ORG. Name a parent."}),
        (
            "people/",
            {"employee_id": "S1", "name": "Again", "joined_on": "2024-01-01"},
            {"": "There is a person S1 already."},
        ),
        (
            "assignments/",
            {"employee_id": "S2", "role": "ENG", "from": "2024-01-01"},
            {"": "S2 has the role ENG from 2024-01-01 on already."},
        ),
    ],
)
def test_what_is_there_already_is_a_conflict(admin: APIClient, path: str, body: Any, wrong: dict[str, str]) -> None:
    assert told(admin.post(f"/api/v1/{path}", body), 409) == wrong


def test_days_that_do_not_go_together_are_told_by_field(admin: APIClient) -> None:
    known = things(OWN)
    words = {"until": "2023-12-31 is before from, which is 2024-01-01."}
    for name in ("memberships", "assignments", "exemptions"):
        assert told(admin.patch(f"/api/v1/{name}/{known[name]}/", {"until": "2023-12-31"}), 400) == words
    person = f"/api/v1/people/{OWN}/"
    assert [*told(admin.patch(person, {"left_on": "2023-12-31"}), 400)] == ["left_on"]
    assert admin.patch(person, {"left_on": "2024-06-01"}).status_code == 200
    assert [*told(admin.patch(person, {"joined_on": "2024-06-02"}), 400)] == ["joined_on"]


def test_a_field_that_cannot_be_changed_is_named(admin: APIClient) -> None:
    response = admin.patch(f"/api/v1/people/{OWN}/", {"name": "Other", "employee_id": "X", "colour": "red"})
    assert told(response, 400) == {
        "employee_id": "It cannot be set here.",
        "colour": "There is no such field here. Known: name, email, joined_on, left_on.",
    }
    assert Person.objects.get(employee_id=OWN).name == f"Name of {OWN}"


def test_what_changed_since_an_instant_can_be_asked_for(admin: APIClient) -> None:
    since = {name: max(row["updated_at"] for row in rows(admin, name)) for name in LISTS}
    for name, writer in CHANGERS.items():
        assert admin.patch(writer.path(), writer.body).status_code == 200, name
    for name in LISTS:
        changed = [row for row in rows(admin, name, updated_since=since[name]) if row["updated_at"] > since[name]]
        assert len(changed) == 1, name
        assert rows(admin, name, updated_since="2999-01-01T00:00:00Z") == []


LISTS = ("teams", "people", "memberships", "assignments", "exemptions")


def rows(caller: APIClient, name: str, **asked: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = caller.get(f"/api/v1/{name}/", asked).json()["results"]
    return found


def test_a_token_needs_the_scope_to_write_the_organisation(calling: Calling) -> None:
    add_the_rest()
    caller = calling("administrator", writes_organisation=False)
    for name, writer in WRITERS.items():
        if "result" not in name:
            response = caller.generic(writer.method.upper(), writer.path(), "{}", "application/json")
            assert told(response, 403) == {"": "This token lacks the scope write_organisation."}
    assert told(caller.delete("/api/v1/teams/VOID/"), 403)
