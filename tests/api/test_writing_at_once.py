"""Two who write at the same moment: one of them wins, and the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from rest_framework.test import APIClient

from reports.api import memberships
from reports.services import disagreements, misplaced_teams
from roles.models import ApiToken, Membership, Person, Team, User
from tests.organisation import at_once

from .things import OWN, add_the_rest
from .writers import WRITERS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def callers(organisation: None) -> list[APIClient]:
    """Two clients of one administrator."""
    add_the_rest()
    user = User.objects.create(username="administrator", is_superuser=True)
    clients = [APIClient(raise_request_exception=False) for _ in range(2)]
    for number, client in enumerate(clients):
        _, token = ApiToken.objects.create(user, name=str(number), writes_organisation=True, writes_results=True)
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return clients


def both(*works: Callable[[], Any]) -> list[Any]:
    """Begin all at the same moment; what each was answered."""
    here = threading.Barrier(len(works))

    def begun(work: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: (here.wait(timeout=20), work())[1]

    return at_once(*map(begun, works))


@pytest.mark.parametrize("name", [name for name, writer in WRITERS.items() if writer.method == "patch"])
def test_of_two_who_change_what_both_have_read_one_wins(callers: list[APIClient], name: str) -> None:
    writer = WRITERS[name]
    path = writer.path()
    read = callers[0].get(path)["ETag"]
    for turn in range(3):
        [first, second] = [
            {"name": f"By {turn}{who}"} if "name" in writer.body else {"until": f"2030-0{turn + 1}-0{who}"}
            for who in (1, 2)
        ]
        answers = both(
            lambda first=first, read=read: callers[0].patch(path, first, headers={"If-Match": read}),  # type: ignore[misc]
            lambda second=second, read=read: callers[1].patch(path, second, headers={"If-Match": read}),  # type: ignore[misc]
        )
        assert sorted(one.status_code for one in answers) == [200, 412], [one.content for one in answers]
        [won] = [one for one in answers if one.status_code == 200]
        shown = callers[0].get(path)
        assert shown.json() == won.json()
        read = shown["ETag"]
    assert [*disagreements(), *misplaced_teams()] == []


def test_both_wait_for_each_other_at_the_row(callers: list[APIClient], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second has read the ETag before the first one's change is there, and is refused all the same."""
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite a transaction that writes is alone from its beginning")
    path = WRITERS["change a person"].path()
    read = callers[0].get(path)["ETag"]
    found = threading.Barrier(2)
    monkeypatch.setattr("reports.api.writing.share_rules", lambda: found.wait(timeout=20))
    answers = at_once(
        lambda: callers[0].patch(path, {"name": "First"}, headers={"If-Match": read}),
        lambda: callers[1].patch(path, {"name": "Second"}, headers={"If-Match": read}),
    )
    assert sorted(one.status_code for one in answers) == [200, 412]  # type: ignore[attr-defined]


def test_of_two_who_place_somebody_on_the_same_days_one_wins(callers: list[APIClient]) -> None:
    Person.objects.create(employee_id="N1", name="New", joined_on="2024-01-01")
    body = {"employee_id": "N1", "team": "OPS"}
    answers = both(
        lambda: callers[0].post("/api/v1/memberships/", {**body, "from": "2025-01-01"}),
        lambda: callers[1].post("/api/v1/memberships/", {**body, "from": "2025-02-01"}),
    )
    assert sorted(one.status_code for one in answers) == [201, 409], [one.content for one in answers]
    assert Membership.objects.filter(person__employee_id="N1").count() == 1
    assert list(disagreements()) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("people/", {"employee_id": "N1", "name": "New", "joined_on": "2024-01-01"}),
        ("teams/", {"code": "N1", "name": "New", "parent": "ORG"}),
        ("assignments/", {"employee_id": OWN, "role": "LEAD", "from": "2025-01-01"}),
        ("exemptions/", {"employee_id": OWN, "competency": "C-1", "from": "2025-01-01"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_of_two_who_add_the_same_one_wins(callers: list[APIClient], path: str, body: dict[str, Any]) -> None:
    answers = both(*(lambda who=who: who.post(f"/api/v1/{path}", body) for who in callers))
    assert sorted(one.status_code for one in answers) == [201, 409], [one.content for one in answers]
    assert [*disagreements(), *misplaced_teams()] == []


def test_a_team_is_not_removed_from_under_somebody(callers: list[APIClient]) -> None:
    Person.objects.create(employee_id="N1", name="New", joined_on="2024-01-01")
    body = {"employee_id": "N1", "team": "VOID", "from": "2025-01-01"}
    removed, placed = both(
        lambda: callers[0].delete("/api/v1/teams/VOID/"), lambda: callers[1].post("/api/v1/memberships/", body)
    )
    assert (removed.status_code, placed.status_code) in {(204, 409), (204, 400), (409, 201)}, (removed, placed)
    assert Team.objects.filter(code="VOID").exists() == (placed.status_code == 201)


@pytest.mark.parametrize("removed_after", ["person_named", "place_person"])
def test_a_team_that_is_removed_in_the_middle_is_a_conflict(
    callers: list[APIClient], monkeypatch: pytest.MonkeyPatch, removed_after: str
) -> None:
    """Once the body has named it, and once the membership is written but nobody else can see it yet."""
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite nobody else writes in the middle")
    Person.objects.create(employee_id="N1", name="New", joined_on="2024-01-01")
    work = getattr(memberships, removed_after)

    def interrupted(*args: Any, **given: Any) -> Any:
        done = work(*args, **given)
        assert at_once(lambda: callers[1].delete("/api/v1/teams/VOID/").status_code) == [204]
        return done

    monkeypatch.setattr(memberships, removed_after, interrupted)
    body = {"employee_id": "N1", "team": "VOID", "from": "2025-01-01"}
    assert callers[0].post("/api/v1/memberships/", body).status_code == (
        400 if removed_after == "person_named" else 409
    )
    assert not Membership.objects.filter(person__employee_id="N1").exists()


@pytest.mark.parametrize(
    ("words", "status"), [("deadlock detected", 409), ("database is locked", 409), ("disk is full", 500)]
)
def test_who_is_chosen_to_give_way_is_told_to_send_it_again(
    callers: list[APIClient], monkeypatch: pytest.MonkeyPatch, words: str, status: int
) -> None:
    def refused(**_: Any) -> None:
        raise OperationalError(words)

    monkeypatch.setattr("reports.api.people.change_person", refused)
    response = callers[0].patch(WRITERS["change a person"].path(), {"name": "Other"})
    assert response.status_code == status
