"""Writing teams, people and what holds for them: whole, checked by field, refused by naming what is in the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError

from reports.services import disagreements, misplaced_teams
from roles.facts import facts_changed
from roles.models import Membership, Person, Role, RoleAssignment, RoleRequirement, Team, TeamManager
from roles.services import (
    InTheWay,
    add_person,
    add_team,
    assign_role,
    change_person,
    change_team,
    end_assignment,
    end_membership,
    move_team,
    place_person,
    publish_version,
    remove_team,
    set_role_of_everyone,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Cast

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
START, MIDDLE, END = date(2024, 1, 1), date(2024, 7, 1), date(2025, 1, 1)


@pytest.fixture(autouse=True)
def figures_agree(db: None) -> Iterator[None]:
    """Whatever is written, standings and paths are what the facts make them."""
    yield
    assert [*disagreements(), *misplaced_teams()] == []


@pytest.fixture
def announced() -> Iterator[list[frozenset[int] | None]]:
    """Whose facts changed, announcement by announcement."""
    heard: list[frozenset[int] | None] = []

    def hear(people: frozenset[int] | None, **_: Any) -> None:
        heard.append(people)

    facts_changed.connect(hear)
    yield heard
    facts_changed.disconnect(hear)


def wrong_with(work: Callable[[], object]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        work()
    return refused.value.message_dict


def test_a_team_is_added_below_another(cast: Cast) -> None:
    team = add_team(code="AB", name="Other", parent=cast.teams["A"])
    assert Team.objects.get(code="AB").path == cast.teams["A"].path + team.step


def test_the_first_team_is_the_root_and_there_is_no_second(db: None) -> None:
    assert add_team(code="ORG", name="Everybody", parent=None).level == 0
    with pytest.raises(InTheWay, match="one root, which is ORG"):
        add_team(code="TOO", name="Another", parent=None)


def test_a_code_is_taken_once(cast: Cast) -> None:
    with pytest.raises(InTheWay, match="a team AA already"):
        add_team(code="AA", name="Again", parent=cast.teams["B"])


@pytest.mark.parametrize(
    ("code", "name", "field"), [("a/b", "Name", "code"), ("A" * 65, "Name", "code"), ("NEW", "", "name")]
)
def test_what_is_wrong_with_a_team_is_told_by_field(cast: Cast, code: str, name: str, field: str) -> None:
    assert [*wrong_with(lambda: add_team(code=code, name=name, parent=cast.teams["A"]))] == [field]


def test_a_team_gets_another_name_and_keeps_its_place(cast: Cast) -> None:
    change_team(team=cast.teams["AA"], name="Other")
    assert Team.objects.get(code="AA").name == "Other"


def test_no_team_is_added_or_moved_below_the_deepest_level(cast: Cast) -> None:
    deepest = cast.teams["AAA"]
    while deepest.level < 31:
        deepest = add_team(code=f"L{deepest.level + 1}", name="Deeper", parent=deepest)
    with pytest.raises(InTheWay, match="more than 32 levels"):
        add_team(code="TOO", name="Too deep", parent=deepest)
    with pytest.raises(InTheWay, match="more than 32 levels"):
        move_team(team=cast.teams["B"], parent=deepest)
    with pytest.raises(InTheWay, match="more than 32 levels"):
        move_team(team=cast.teams["A"], parent=cast.teams["B"])
    assert len(deepest.path) == 256


def test_an_empty_team_is_removed(cast: Cast) -> None:
    remove_team(team=cast.teams["AAA"])
    assert not Team.objects.filter(code="AAA").exists()


def test_a_team_stays_while_something_is_in_or_below_it(cast: Cast) -> None:
    place_person(person=cast.ada, team=cast.teams["AAA"], from_on=START, until_on=START)
    TeamManager.objects.create(person=cast.bo, team=cast.teams["B"])
    for code, words in {"A": "AA is below A", "AAA": "ada from 2024-01-01", "B": "bo manages B"}.items():
        with pytest.raises(InTheWay, match=words):
            remove_team(team=cast.teams[code])
    assert Team.objects.count() == 5


def test_a_team_that_was_removed_meanwhile_is_in_nobodys_way_but_ones_own(cast: Cast) -> None:
    gone = Team.objects.get(code="AAA")
    remove_team(team=cast.teams["AAA"])
    with pytest.raises(InTheWay, match="AAA has been removed meanwhile"):
        remove_team(team=gone)
    with pytest.raises(InTheWay, match="AAA has been removed meanwhile"):
        add_team(code="NEW", name="New", parent=gone)


def test_a_person_is_added_and_changed(cast: Cast, announced: list[frozenset[int] | None]) -> None:
    person = add_person(employee_id="E1", name="Cy", joined_on=START, email="cy@example.org")
    change_person(person=person, name="Cyd", left_on=END)
    stored = Person.objects.get(employee_id="E1")
    assert (stored.name, stored.email, stored.left_on) == ("Cyd", "cy@example.org", END)
    assert announced == [frozenset({person.pk})] * 2
    change_person(person=person, name="Cyd", left_on=END)
    assert len(announced) == 2


def test_an_employee_id_is_taken_once(cast: Cast) -> None:
    with pytest.raises(InTheWay, match="a person ada already"):
        add_person(employee_id="ada", name="Another", joined_on=START)


def test_what_is_wrong_with_a_person_is_told_by_field(cast: Cast) -> None:
    wrong = wrong_with(lambda: add_person(employee_id="E/1", name="", joined_on=START, email="no"))
    assert {*wrong} == {"employee_id", "name", "email"}
    assert wrong_with(lambda: add_person(employee_id="E1", name="Cy", joined_on=END, left_on=START)) == {
        "left_on": ["2024-01-01 is before joined, which is 2025-01-01."]
    }
    change_person(person=cast.ada, left_on=END)
    assert {*wrong_with(lambda: change_person(person=cast.ada, joined_on=date(2026, 1, 1)))} == {"joined_on"}
    assert Person.objects.get(pk=cast.ada.pk).joined_on == date(2020, 1, 1)


def test_a_person_is_in_one_team_at_a_time_and_told_in_which(cast: Cast) -> None:
    stay = place_person(person=cast.ada, team=cast.teams["A"], from_on=START, until_on=MIDDLE)
    place_person(person=cast.ada, team=cast.teams["B"], from_on=MIDDLE)
    for begins, ends in [(date(2023, 1, 1), None), (date(2024, 3, 1), date(2024, 4, 1)), (END, None)]:
        with pytest.raises(InTheWay) as refused:
            place_person(person=cast.ada, team=cast.teams["AA"], from_on=begins, until_on=ends)
    assert str(refused.value) == "ada is in team B from 2024-07-01 on. A person is in one team at a time."
    with pytest.raises(InTheWay, match="ada is in team B from 2024-07-01 on"):
        end_membership(membership=stay, until_on=END)
    assert Membership.objects.count() == 2
    assert Membership.objects.get(pk=stay.pk).until_on == MIDDLE


def test_a_mistaken_membership_is_voided_kept_and_gives_way_to_the_right_one(cast: Cast) -> None:
    mistaken = place_person(person=cast.ada, team=cast.teams["A"], from_on=START)
    end_membership(membership=mistaken, until_on=START)
    assert not Membership.objects.in_force(on=START).exists()
    assert Membership.objects.count() == 1
    right = place_person(person=cast.ada, team=cast.teams["B"], from_on=START)
    assert [(stay.pk, stay.team.code) for stay in Membership.objects.in_force(on=START)] == [(right.pk, "B")]


def test_an_end_can_be_taken_back(cast: Cast) -> None:
    stay = place_person(person=cast.ada, team=cast.teams["A"], from_on=START, until_on=MIDDLE)
    end_membership(membership=stay, until_on=None)
    assert Membership.objects.in_force(on=END).get().pk == stay.pk


def test_no_stretch_ends_before_it_begins(cast: Cast) -> None:
    stay = place_person(person=cast.ada, team=cast.teams["A"], from_on=MIDDLE)
    assignment = assign_role(person=cast.ada, role=cast.role, from_on=MIDDLE)
    words = {"until_on": ["2024-01-01 is before from, which is 2024-07-01."]}
    assert wrong_with(lambda: end_membership(membership=stay, until_on=START)) == words
    assert wrong_with(lambda: end_assignment(assignment=assignment, until_on=START)) == words
    assert wrong_with(lambda: assign_role(person=cast.bo, role=cast.role, from_on=MIDDLE, until_on=START)) == words
    assert wrong_with(lambda: place_person(person=cast.bo, team=stay.team, from_on=MIDDLE, until_on=START)) == words


def test_a_role_is_given_ended_and_given_again(cast: Cast, announced: list[frozenset[int] | None]) -> None:
    assignment = assign_role(person=cast.ada, role=cast.role, from_on=START)
    with pytest.raises(InTheWay, match="ada has the role ENG from 2024-01-01 on already"):
        assign_role(person=cast.ada, role=cast.role, from_on=START, until_on=END)
    end_assignment(assignment=assignment, until_on=START)
    again = assign_role(person=cast.ada, role=cast.role, from_on=START, until_on=END)
    assert again.pk == assignment.pk
    assert RoleAssignment.objects.get().until_on == END
    assert announced == [frozenset({cast.ada.pk})] * 3


@pytest.fixture
def staffed(cast: Cast) -> Cast:
    """Ada is an engineer and Bo an analyst; a former analyst has left that role before the draft's day."""
    analyst = Role.objects.create(code="ANA", title="Analyst")
    former = Person.objects.create(employee_id="cy", name="Cy", joined_on=START)
    for person, role, until_on in [(cast.ada, cast.role, None), (cast.bo, analyst, None), (former, analyst, END)]:
        place_person(person=person, team=cast.teams["AA"], from_on=START)
        assign_role(person=person, role=role, from_on=START, until_on=until_on)
    return cast


def test_publishing_touches_those_who_hold_a_role_of_which_something_else_is_asked(
    staffed: Cast, announced: list[frozenset[int] | None]
) -> None:
    analyst = Role.objects.get(code="ANA")
    RoleRequirement.objects.create(version=staffed.draft, role=analyst, competency=staffed.other, required_level=3)
    publish_version(version=staffed.draft, at=AT)
    assert announced == [frozenset({staffed.bo.pk})]
    assert [*staffed.bo.standings.in_force(on=staffed.draft.effective_from).values_list("required", flat=True)] == [3]


@pytest.mark.parametrize("changed", [{"required_level": 4}, {"weight": 3}])
def test_a_cell_that_asks_for_more_or_weighs_more_is_something_else(
    staffed: Cast, announced: list[frozenset[int] | None], changed: dict[str, int]
) -> None:
    staffed.draft.requirements.update(**changed)
    publish_version(version=staffed.draft, at=AT)
    assert announced == [frozenset({staffed.ada.pk})]


def test_publishing_what_is_in_force_already_touches_nobody(
    staffed: Cast, announced: list[frozenset[int] | None]
) -> None:
    publish_version(version=staffed.draft, at=AT)
    assert announced == []


def test_publishing_touches_everybody_where_the_role_of_everyone_asks_for_something_else(
    staffed: Cast, announced: list[frozenset[int] | None]
) -> None:
    set_role_of_everyone(role=staffed.role)
    announced.clear()
    staffed.draft.requirements.update(required_level=4)
    publish_version(version=staffed.draft, at=AT)
    assert announced == [None]
