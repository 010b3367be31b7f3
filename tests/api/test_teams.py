"""Teams, and what holds for people from a day until a day, as REST reads them."""

from __future__ import annotations

import pytest

from roles.models import Person, Role, RoleAssignment

from .conftest import Calling
from .reading import API, listed, told
from .things import add_the_rest


def test_a_team_says_what_it_is_and_what_is_above_it(calling: Calling) -> None:
    team = told(calling("auditor"), "teams/RED/")
    assert {"code": "RED", "name": "Red team", "parent": "SEC"}.items() <= team.items()
    assert told(calling("auditor"), "teams/ORG/")["parent"] is None


def test_a_team_that_is_hidden_is_not_named_as_the_one_above(calling: Calling) -> None:
    assert told(calling("manager"), "teams/SEC/")["parent"] is None
    assert told(calling("manager"), "teams/RED/")["parent"] == "SEC"


@pytest.mark.parametrize(
    ("who", "parameters", "codes"),
    [
        ("auditor", {}, ["IDLE", "OPS", "ORG", "RED", "SEC", "VOID"]),
        ("manager", {}, ["RED", "SEC"]),
        ("staff", {}, []),
        ("auditor", {"team": "SEC"}, ["RED", "SEC"]),
        ("auditor", {"team": "SEC,OPS"}, ["OPS", "RED", "SEC"]),
        ("auditor", {"parent": "SEC"}, ["RED"]),
        ("auditor", {"q": "team"}, ["RED", "VOID"]),
        ("auditor", {"q": "TEAM red"}, ["RED"]),
        ("auditor", {"ordering": "-code", "page_size": "2"}, ["VOID", "SEC"]),
    ],
)
def test_the_teams_of_a_caller(calling: Calling, who: str, parameters: dict[str, str], codes: list[str]) -> None:
    assert listed(calling(who), "teams/", "code", **parameters) == codes


def test_memberships_are_by_their_own_team_and_day(calling: Calling) -> None:
    auditor = calling("auditor")
    assert listed(auditor, "memberships/", "until", employee_id="S3") == ["2025-01-01", None]
    assert listed(auditor, "memberships/", "team", employee_id="S3", active="true") == ["OPS"]
    assert listed(auditor, "memberships/", "team", employee_id="S3", active="true", as_of="2024-06-01") == ["RED"]
    assert listed(auditor, "memberships/", "employee_id", team="SEC") == ["M1", "S1", "S2", "S3"]
    assert listed(auditor, "memberships/", "employee_id", team="SEC", active="false") == ["S3"]


def test_nobody_is_told_where_somebody_went_or_came_from(calling: Calling) -> None:
    """S3 was in a team of the manager's until 2025: of the days after that nothing is told, whatever day is asked."""
    person = Person.objects.get(employee_id="S3")
    role = Role.objects.get(code="LEAD")
    later = RoleAssignment.objects.create(person=person, role=role, from_on="2025-06-01")
    manager = calling("manager")
    assert listed(manager, "memberships/", "employee_id") == ["M1", "S1", "S2"]
    assert listed(manager, "memberships/", "team", employee_id="S3", as_of="2024-06-01") == ["RED"]
    assert listed(manager, "assignments/", "role", employee_id="S3", as_of="2024-06-01") == ["ENG"]
    assert manager.get(f"{API}assignments/{later.pk}/", {"as_of": "2024-06-01"}).status_code == 404
    assert told(calling("auditor"), f"assignments/{later.pk}/")["role"] == "LEAD"


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, ["S2", "F1", "M1"]),
        ({"team": "OPS"}, ["F1"]),
        ({"role": "ENG"}, ["S2", "F1"]),
        ({"competency": "C-1,C-2"}, []),
        ({"threat": "T-1"}, []),
        ({"active": "true", "as_of": "2023-01-01"}, []),
    ],
)
def test_exemptions_are_chosen_by_whom_and_what_they_are_about(
    calling: Calling, parameters: dict[str, str], found: list[str]
) -> None:
    add_the_rest()
    assert sorted(listed(calling("auditor"), "exemptions/", "employee_id", **parameters)) == sorted(found)


@pytest.mark.parametrize("key", ["0", "99999999999999999999", "9" * 5000, "-1", "x"])
def test_what_is_no_key_of_a_membership_is_not_there(calling: Calling, key: str) -> None:
    assert calling("auditor").get(f"{API}memberships/{key}/").status_code == 404
