"""The console's first page: what needs doing, each number leading to just that, and how to begin."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate, now

from assessments.models import AssessmentResult
from roles.models import Competency, Job, JobState, MatrixVersion, Person, Role, RoleAssignment, Team, User
from roles.services import place_person

INDEX = reverse("admin:index")


def todo(client: Client) -> dict[str, tuple[int, str]]:
    """What the page says needs doing: by its words, how many, and where that leads."""
    page: Any = client.get(INDEX)
    return {str(one.words): (one.many, one.address) for one in page.context["todo"]}


def listed(client: Client, address: str) -> list[str]:
    """What the list at an address shows."""
    page: Any = client.get(address)
    return sorted(str(row) for row in page.context["cl"].result_list)


def test_people_in_no_team_are_counted_and_found_from_the_day_on_which_they_join(console: Client) -> None:
    new = Person.objects.create(employee_id="NEW", name="New", joined_on=date(2024, 1, 1))
    Person.objects.create(employee_id="LATER", name="Later", joined_on=localdate() + timedelta(days=9))
    many, address = todo(console)["person in no team"]
    assert (many, listed(console, address)) == (1, ["New (NEW)"])
    place_person(person=new, team=Team.objects.get(code="RED"), from_on=localdate())
    assert "person in no team" not in todo(console)


def test_people_without_a_role_today_are_counted_and_found(console: Client) -> None:
    assert "person without a role" not in todo(console)
    RoleAssignment.objects.filter(person__employee_id="E1").update(until_on=localdate())
    many, address = todo(console)["person without a role"]
    assert (many, listed(console, address)) == (1, ["Ada Ångström (E1)"])


def test_who_manages_a_team_and_cannot_sign_in_is_found_until_they_can(console: Client) -> None:
    assert todo(console)["manager who cannot sign in"][0] == 1
    assert listed(console, todo(console)["manager who cannot sign in"][1]) == ["Björn Ek (E2)"]
    user = User.objects.create(username="bjoern", person=Person.objects.get(employee_id="E2"), is_active=False)
    assert "manager who cannot sign in" in todo(console)
    user.is_active = True
    user.save()
    assert "manager who cannot sign in" not in todo(console)


def test_what_the_version_in_force_leaves_out_is_found(console: Client) -> None:
    Role.objects.create(code="IDLE", title="Idler")
    Competency.objects.create(code="C-9", title="Nobody's")
    assert listed(console, todo(console)["role without requirements"][1]) == ["IDLE Idler"]
    assert listed(console, todo(console)["competency that no role requires"][1]) == ["C-9 Nobody's"]


def result(days: int | None, *, competency: str = "C-1", assessed_on: date = date(2025, 1, 1)) -> AssessmentResult:
    """A result of E1 that expires so many days from today."""
    return AssessmentResult.objects.create(
        person=Person.objects.get(employee_id="E1"),
        competency=Competency.objects.get(code=competency),
        level=3,
        method="exam",
        assessed_on=assessed_on,
        expires_on=None if days is None else localdate() + timedelta(days=days),
        recorded_at=now(),
    )


@pytest.mark.parametrize(
    ("days", "soon", "later"),
    [(0, 0, 0), (1, 1, 1), (30, 1, 1), (31, 0, 1), (90, 0, 1), (91, 0, 0), (None, 0, 0)],
)
def test_results_that_run_out_are_counted_by_when_they_do(
    console: Client, days: int | None, soon: int, later: int
) -> None:
    one = result(days, competency="C-2")
    there = todo(console)
    counts = [there.get(f"result expires within {within} days", (0, ""))[0] for within in (30, 90)]
    assert counts == [soon, later]
    for within in (30, 90):
        found = there.get(f"result expires within {within} days")
        assert found is None or listed(console, found[1]) == [str(one)]


def test_a_result_that_another_takes_the_place_of_needs_nothing(console: Client) -> None:
    one = result(10, competency="C-2")
    assert "result expires within 30 days" in todo(console)
    result(400, competency="C-2", assessed_on=date(2025, 6, 1))
    assert "result expires within 30 days" not in todo(console)
    AssessmentResult.objects.exclude(pk=one.pk).update(
        withdrawn_at=now(), withdrawn_reason="Mistaken", withdrawn_by=None
    )
    assert "result expires within 30 days" in todo(console)


def test_what_somebody_who_has_left_could_do_needs_nothing(console: Client) -> None:
    result(10, competency="C-2")
    Person.objects.filter(employee_id="E1").update(left_on=localdate())
    assert "result expires within 30 days" not in todo(console)


def test_open_drafts_and_failed_work_are_said(console: Client) -> None:
    MatrixVersion.objects.create(code="v2", effective_from=date(2030, 1, 1))
    Job.objects.create(kind="set_rules", asked_at=now(), finished_at=now(), state=JobState.FAILED, surface="console")
    assert todo(console)["open draft of the matrix"][0] == 1
    assert [many for words, (many, _) in todo(console).items() if "failed" in words] == [1]


def test_an_auditor_is_told_the_same(console: Client, auditors: Client) -> None:
    assert todo(auditors).keys() == todo(console).keys()


def test_every_number_leads_to_as_many_rows(console: Client) -> None:
    Person.objects.create(employee_id="NEW", name="New", joined_on=date(2024, 1, 1))
    Role.objects.create(code="IDLE", title="Idler")
    result(10, competency="C-2")
    for words, (many, address) in todo(console).items():
        if "?" in address:
            page: Any = console.get(address)
            assert page.context["cl"].result_count == many, words


def test_what_the_page_asks_does_not_grow_with_the_organisation(console: Client) -> None:
    with CaptureQueriesContext(connection) as few:
        console.get(INDEX)
    Person.objects.bulk_create(
        Person(employee_id=f"P{n}", name="Somebody", joined_on=date(2024, 1, 1)) for n in range(500)
    )
    with CaptureQueriesContext(connection) as many:
        console.get(INDEX)
    assert len(many) == len(few) <= 25


def test_the_models_stand_in_groups_with_the_people_first(console: Client) -> None:
    page: Any = console.get(INDEX)
    groups = {group["name"]: [model["object_name"] for model in group["models"]] for group in page.context["app_list"]}
    assert next(iter(groups)) == "People and teams"
    assert {"Person", "Team", "Membership", "RoleAssignment"} <= set(groups["People and teams"])
    assert {"AssessmentResult", "Exemption"} <= set(groups["What people can do"])
    assert not [group for group in groups if re.search("axes|queue", str(group), re.IGNORECASE)]


def test_an_empty_installation_is_told_how_to_begin_step_by_step(client: Client, db: None) -> None:
    client.force_login(User.objects.create(username="administrator", is_superuser=True))
    page: Any = client.get(INDEX)
    assert [step.done for step in page.context["beginning"]] == [False, False, False]
    assert "manage.py load_matrix" in page.content.decode()
    assert "Nothing needs doing today" not in page.content.decode()
    MatrixVersion.objects.create(code="v1", effective_from=date(2024, 1, 1), published_at=now())
    page = client.get(INDEX)
    assert [step.done for step in page.context["beginning"]] == [True, False, False]


def test_once_begun_it_is_not_said_any_more(console: Client) -> None:
    User.objects.create(username="manager", person=Person.objects.get(employee_id="E2"))
    page: Any = console.get(INDEX)
    assert page.context["beginning"] == []
    assert "How to begin" not in page.content.decode()
