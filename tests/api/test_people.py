"""People as REST reads them, on a day."""

from __future__ import annotations

import pytest

from roles.models import Person

from .conftest import Calling
from .reading import API, listed, told


def test_a_person_says_where_they_are_and_what_they_hold_on_the_day(calling: Calling) -> None:
    auditor = calling("auditor")
    now = told(auditor, "people/S3/")
    assert (now["employee_id"], now["name"], now["team"], now["roles"]) == ("S3", "Name of S3", "OPS", ["ENG"])
    assert (now["joined_on"], now["left_on"]) == ("2024-01-01", None)
    assert told(auditor, "people/S3/", as_of="2024-06-01")["team"] == "RED"
    before = told(auditor, "people/S3/", as_of="2023-06-01")
    assert (before["team"], before["roles"]) == (None, [])


def test_who_has_left_is_in_no_team(calling: Calling) -> None:
    Person.objects.filter(employee_id="S3").update(left_on="2026-01-01")
    auditor = calling("auditor")
    assert told(auditor, "people/S3/", as_of="2026-01-01")["team"] is None
    assert listed(auditor, "people/", "employee_id", active="false", as_of="2026-01-01") == ["S3"]


@pytest.mark.parametrize(
    ("who", "parameters", "found"),
    [
        ("auditor", {}, ["F1", "I1", "M1", "S1", "S2", "S3"]),
        ("manager", {}, ["M1", "S1", "S2"]),
        ("manager", {"as_of": "2024-06-01"}, ["M1", "S1", "S2", "S3"]),
        ("staff", {}, ["S1"]),
        ("stranger", {}, []),
        ("auditor", {"team": "SEC"}, ["M1", "S1", "S2"]),
        ("auditor", {"team": "SEC", "as_of": "2024-06-01"}, ["M1", "S1", "S2", "S3"]),
        ("auditor", {"team": "RED,IDLE"}, ["I1", "S1", "S2"]),
        ("auditor", {"role": "LEAD,IDLE"}, ["I1", "M1"]),
        ("auditor", {"role": "LEAD", "as_of": "2023-06-01"}, []),
        ("auditor", {"employee_id": "S1,S2"}, ["S1", "S2"]),
        ("auditor", {"active": "true", "as_of": "2023-06-01"}, []),
        ("auditor", {"q": "name 1"}, ["F1", "I1", "M1", "S1"]),
        ("auditor", {"ordering": "-employee_id", "page_size": "2"}, ["S3", "S2"]),
    ],
)
def test_the_people_of_a_caller(calling: Calling, who: str, parameters: dict[str, str], found: list[str]) -> None:
    assert listed(calling(who), "people/", "employee_id", **parameters) == found


def test_hidden_and_missing_people_are_told_alike(calling: Calling) -> None:
    manager = calling("manager")
    hidden, missing = manager.get(f"{API}people/F1/"), manager.get(f"{API}people/NO/")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content.replace(b"NO", b"F1")


def test_only_the_fields_that_are_asked_for(calling: Calling) -> None:
    assert told(calling("auditor"), "people/S3/", fields="team,name") == {"team": "OPS", "name": "Name of S3"}
    [row] = told(calling("staff"), "people/", fields="employee_id")["results"]
    assert row == {"employee_id": "S1"}
