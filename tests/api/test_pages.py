"""Pages by cursor: each row once, whatever happens meanwhile, in as many queries for many rows as for few."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from assessments.models import AssessmentResult
from reports.api.pagination import KeysetPagination
from roles.facts import announced_together
from roles.models import Competency, Membership, Person, Role, RoleAssignment, Team, Threat
from tests.organisation import AT

from .conftest import Calling
from .reading import API, listed
from .things import add_the_rest


def walked(client: APIClient, path: str, field: str) -> list[Any]:
    """This field of every row, page by page as `next` leads."""
    found, following = [], API + path
    while following:
        answer = client.get(following).json()
        found += [row[field] for row in answer["results"]]
        following = answer["next"] and "{0.path}?{0.query}".format(urlsplit(answer["next"]))
    return found


@pytest.mark.parametrize("ordering", ["employee_id", "-employee_id"])
def test_a_walk_over_the_pages_yields_each_row_once(calling: Calling, ordering: str) -> None:
    people = walked(calling("auditor"), f"people/?page_size=2&ordering={ordering}&fields=employee_id", "employee_id")
    assert people == sorted(["F1", "I1", "M1", "S1", "S2", "S3"], reverse=ordering.startswith("-"))


def test_the_next_page_keeps_what_was_asked_for(calling: Calling) -> None:
    assert walked(calling("auditor"), "results/?page_size=1&competency=C-2", "result_id") == ["R2", "R3", "R4"]


def test_rows_of_the_same_value_are_told_apart_however_many_they_are(db: None) -> None:
    """More of one value than DRF's own cursor can count; and rows that come and go between two pages."""
    many = 1_203
    Role.objects.bulk_create(Role(code=f"R-{number:04}", title="Same") for number in range(many))
    seen: list[str] = []
    for number, page in enumerate(pages(Role.objects.order_by("title"), size=200)):
        seen += [role.code for role in page]
        Role.objects.create(code=f"AA-{number}", title="Before")
        Role.objects.filter(code="R-0000").delete()
    assert seen == [f"R-{number:04}" for number in range(many)]


def pages(rows: Any, *, size: int) -> Any:
    """The pages of a queryset, one after the other."""
    cursor: str | None = ""
    while cursor is not None:
        paginator = KeysetPagination()
        asked = {"page_size": str(size), **({"cursor": cursor} if cursor else {})}
        yield paginator.paginate_queryset(rows, Request(APIRequestFactory().get("/", asked)))
        cursor = paginator.next_cursor


@pytest.mark.parametrize("path", ["people/", "memberships/", "assignments/", "exemptions/", "results/", "teams/"])
def test_what_is_added_meanwhile_is_on_a_later_page_or_on_none(calling: Calling, path: str) -> None:
    add_the_rest()
    auditor = calling("auditor")
    first = auditor.get(f"{API}{path}?page_size=2").json()
    add(3)
    rest = walked(auditor, f"{path}?{urlsplit(first['next']).query}", KEYS[path])
    whole = [row[KEYS[path]] for row in first["results"]] + rest
    assert len(whole) == len(set(whole))
    assert set(whole) <= set(listed(auditor, path, KEYS[path]))


KEYS = {
    "people/": "employee_id",
    "memberships/": "id",
    "assignments/": "id",
    "exemptions/": "id",
    "results/": "result_id",
    "teams/": "code",
    "roles/": "code",
    "competencies/": "code",
    "threats/": "code",
}


@announced_together()
def add(count: int) -> None:
    """Add so many people, each with a team, a role, an exemption and a result, and what these are about."""
    red = Team.objects.get(code="RED")
    for number in range(count):
        name = f"N{Person.objects.count()}-{number}"
        team = Team.objects.create(code=name, name=name, parent=red)
        role = Role.objects.create(code=name, title=name)
        competency = Competency.objects.create(code=name, title=name)
        Threat.objects.create(code=name, title=name).competencies.add(competency)
        person = Person.objects.create(employee_id=name, name=name, joined_on="2024-01-01")
        Membership.objects.create(person=person, team=team, from_on="2024-01-01")
        RoleAssignment.objects.create(person=person, role=role, from_on="2024-01-01")
        person.exemptions.create(competency=competency, from_on="2024-01-01")
        AssessmentResult.objects.create(
            person=person, competency=competency, level=1, method="exam", assessed_on="2024-01-01", recorded_at=AT
        )


@pytest.mark.parametrize("who", ["auditor", "manager"])
def test_a_page_takes_as_many_queries_with_thirty_rows_as_with_three(calling: Calling, who: str) -> None:
    client = calling(who)
    client.get(f"{API}people/")  # The first use of a token in a minute is noted.
    add(3)
    few = {path: queries(client, path) for path in KEYS}
    add(27)
    many = {path: queries(client, path) for path in KEYS}
    assert many == few


def queries(client: APIClient, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        for fields in ("", f"&fields={KEYS[path]}"):
            response = client.get(f"{API}{path}?page_size=100{fields}")
            assert response.status_code == 200, path
    return len(captured)
