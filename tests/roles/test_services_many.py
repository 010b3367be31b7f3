"""The same for many people at once: all of it or nothing, and one event."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from roles.models import AuditEvent, Membership, RoleAssignment
from roles.services import assign_role, assign_role_to, end_assignments, end_memberships, place_people, place_person

from .conftest import Cast

START, LATER, END = date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1)


def stays(cast: Cast) -> list[tuple[str, str, date, date | None]]:
    rows = Membership.objects.order_by("person", "from_on")
    return [(row.person.employee_id, row.team.code, row.from_on, row.until_on) for row in rows]


def test_people_are_moved_from_the_teams_they_are_in_and_those_in_the_team_stay(cast: Cast) -> None:
    place_person(person=cast.ada, team=cast.teams["A"], from_on=START, until_on=END)
    place_person(person=cast.bo, team=cast.teams["B"], from_on=START)
    before = AuditEvent.objects.count()
    assert place_people(people=[cast.ada, cast.bo], team=cast.teams["B"], from_on=LATER) == 2
    assert stays(cast) == [("ada", "A", START, LATER), ("ada", "B", LATER, END), ("bo", "B", START, None)]
    assert [*AuditEvent.objects.values_list("action", flat=True)][before:] == ["people.placed"]


def test_who_is_moved_on_the_day_on_which_they_came_is_in_the_new_team_alone(cast: Cast) -> None:
    place_person(person=cast.ada, team=cast.teams["A"], from_on=START)
    place_people(people=[cast.ada, cast.bo], team=cast.teams["B"], from_on=START)
    assert stays(cast) == [("ada", "B", START, None), ("bo", "B", START, None)]


def test_nobody_is_moved_if_one_cannot_be_and_each_who_cannot_is_named(cast: Cast) -> None:
    place_person(person=cast.bo, team=cast.teams["A"], from_on=END)
    before, events = stays(cast), AuditEvent.objects.count()
    with pytest.raises(ValidationError) as refused:
        place_people(people=[cast.ada, cast.bo], team=cast.teams["B"], from_on=START)
    [words] = refused.value.messages
    assert words.startswith("bo: bo is in team A from 2026-01-01 on.")
    assert (stays(cast), AuditEvent.objects.count()) == (before, events)


def test_of_many_who_cannot_be_some_are_named_and_the_others_counted(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        assign_role_to(people=[cast.ada] * 23, role=cast.role, from_on=LATER, until_on=START)
    assert len(refused.value.messages) == 21
    assert refused.value.messages[-1] == "And 3 more."


def test_a_role_is_given_to_many_and_taken_back_from_those_who_still_hold_it(cast: Cast) -> None:
    assign_role_to(people=[cast.ada, cast.bo], role=cast.role, from_on=START)
    former = assign_role(person=cast.ada, role=cast.role, from_on=date(2022, 1, 1), until_on=date(2023, 1, 1))
    before = AuditEvent.objects.count()
    assert end_assignments(assignments=RoleAssignment.objects.all(), until_on=LATER) == 2
    assert {*RoleAssignment.objects.exclude(pk=former.pk).values_list("until_on", flat=True)} == {LATER}
    former.refresh_from_db()
    assert former.until_on == date(2023, 1, 1)
    assert AuditEvent.objects.count() == before + 1


def test_memberships_of_many_end_together(cast: Cast) -> None:
    place_people(people=[cast.ada, cast.bo], team=cast.teams["A"], from_on=START)
    assert end_memberships(memberships=Membership.objects.all(), until_on=LATER) == 2
    assert {*Membership.objects.values_list("until_on", flat=True)} == {LATER}
    with pytest.raises(ValidationError, match="is before from"):
        end_memberships(memberships=Membership.objects.all(), until_on=date(2023, 1, 1))
    assert {*Membership.objects.values_list("until_on", flat=True)} == {LATER}
