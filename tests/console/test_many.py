"""What the console does to many rows at once: asked for first, then done to all or none, as one event."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client

from assessments.models import AssessmentResult, Exemption
from roles.admin import many
from roles.models import Competency, Membership, Person, Role, RoleAssignment, Team

from .sending import address, does, events, events_after


def people() -> list[Person]:
    return [*Person.objects.filter(employee_id__in=["E1", "E2"])]


def test_people_are_placed_in_a_team(console: Client) -> None:
    before = events()
    team = Team.objects.get(code="ORG")
    assert does(console, Person, "place", people(), team=team.pk, from_on="2026-01-01") == []
    assert {stay.person.employee_id for stay in Membership.objects.filter(team=team)} == {"E1", "E2"}
    assert events_after(before) == ["people.placed"]


def test_people_are_given_a_role_and_it_is_taken_back(console: Client) -> None:
    before, role = events(), Role.objects.get(code="LEAD")
    assert does(console, Person, "assign", people(), role=role.pk, from_on="2026-01-01", until_on="") == []
    given = [*RoleAssignment.objects.filter(role=role, from_on="2026-01-01")]
    assert len(given) == 2
    assert does(console, RoleAssignment, "end", given, until_on="2026-06-01") == []
    assert {*RoleAssignment.objects.filter(from_on="2026-01-01").values_list("until_on", flat=True)} == {
        date(2026, 6, 1)
    }
    assert events_after(before) == ["roles.assigned", "assignments.ended"]


def test_memberships_end_together(console: Client) -> None:
    before, open_ones = events(), [*Membership.objects.filter(until_on=None)]
    assert does(console, Membership, "end", open_ones, until_on="2026-06-01") == []
    assert not Membership.objects.filter(until_on=None).exists()
    assert events_after(before) == ["memberships.ended"]


def test_people_are_excused(console: Client) -> None:
    before, competency = events(), Competency.objects.get(code="C-1")
    values = {"competency": competency.pk, "from_on": "2026-01-01", "until_on": "", "reason": "Pilot"}
    assert does(console, Person, "exempt", people(), **values) == []
    assert [*Exemption.objects.filter(competency=competency).values_list("reason", flat=True)] == ["Pilot", "Pilot"]
    assert events_after(before) == ["people.exempted"]


def test_results_are_withdrawn_with_a_reason(console: Client) -> None:
    before, results = events(), [*AssessmentResult.objects.all()]
    assert does(console, AssessmentResult, "withdraw", results, reason=" ") == ["This field is required."]
    assert does(console, AssessmentResult, "withdraw", results, reason="Wrong exam") == []
    assert {*AssessmentResult.objects.values_list("withdrawn_reason", "withdrawn_by__username")} == {
        ("Wrong exam", "administrator")
    }
    assert events_after(before) == ["results.withdrawn"]
    assert does(console, AssessmentResult, "withdraw", results[:1], reason="Again") == [
        f"{results[0].result_id}: It has been withdrawn before."
    ]


def test_what_does_not_go_for_one_is_done_to_none_and_said_in_the_form(console: Client) -> None:
    before, role = events(), Role.objects.get(code="LEAD")
    # E2 has it from that day.
    said = does(console, Person, "assign", people(), role=role.pk, from_on="2024-01-01", until_on="")
    assert said == ["E2: E2 has the role LEAD from 2024-01-01 on already."]
    assert not RoleAssignment.objects.filter(person__employee_id="E1", role=role).exists()
    assert events() == before


def test_the_page_that_asks_names_the_rows_and_keeps_them(console: Client) -> None:
    keys = [person.pk for person in people()]
    asked: Any = console.post(address(Person, "changelist"), {"action": "place", ACTION_CHECKBOX_NAME: keys})
    page = asked.content.decode()
    assert "Ada Ångström (E1)" in page
    assert all(f'name="{ACTION_CHECKBOX_NAME}" value="{key}"' in page for key in keys)
    assert not Membership.objects.filter(from_on="2026-01-01").exists()


def test_all_that_a_filter_lets_through_can_be_chosen(console: Client) -> None:
    role = Role.objects.get(code="LEAD")
    sent = {"action": "assign", ACTION_CHECKBOX_NAME: people()[0].pk, "select_across": "1", "do": "1"}
    sent |= {"role": role.pk, "from_on": "2026-02-01", "until_on": ""}
    console.post(f"{address(Person, 'changelist')}?there=today", sent)
    given = RoleAssignment.objects.filter(role=role, from_on="2026-02-01")
    assert {one.person.employee_id for one in given} == {"E1", "E2"}


def test_more_than_a_thousand_are_not_done_at_once(console: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "MOST_AT_ONCE", 1)
    keys = [person.pk for person in people()]
    role = Role.objects.get(code="LEAD")
    sent = {"action": "assign", ACTION_CHECKBOX_NAME: keys, "do": "1", "role": role.pk, "from_on": "2026-02-01"}
    response = console.post(address(Person, "changelist"), sent, follow=True)
    assert "Choose at most 1 at once" in response.content.decode()
    assert not RoleAssignment.objects.filter(from_on="2026-02-01").exists()


@pytest.mark.parametrize(
    ("model", "action"),
    [(Person, "place"), (Membership, "end"), (AssessmentResult, "withdraw"), (Person, "delete_selected")],
)
def test_an_auditor_is_offered_no_action_and_taken_none_from(auditors: Client, model: Any, action: str) -> None:
    page: Any = auditors.get(address(model, "changelist"))
    assert page.status_code == 200
    assert not page.context["cl"].model_admin.get_actions(page.wsgi_request)
    sent = {"action": action, ACTION_CHECKBOX_NAME: model.objects.first().pk, "do": "1"}
    assert auditors.post(address(model, "changelist"), sent).status_code == 403


def test_nothing_is_deleted_by_the_lot(console: Client) -> None:
    sent = {"action": "delete_selected", ACTION_CHECKBOX_NAME: people()[0].pk, "post": "yes"}
    console.post(address(Person, "changelist"), sent)
    assert len(people()) == 2
