"""Whatever way a fact or a rule changes, the standings follow, and only of the people concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from assessments.models import AssessmentResult, Exemption
from reports.models import Standing
from reports.services import disagreements
from roles.facts import announced_together, facts_changed
from roles.models import (
    Competency,
    EvidencePolicy,
    MatrixVersion,
    Membership,
    Organisation,
    Person,
    Role,
    RoleAssignment,
    RoleRequirement,
    Team,
)
from roles.services import (
    AlreadyPublished,
    NothingRequired,
    move_team,
    publish_version,
    set_evidence_policy,
    set_role_of_everyone,
)
from tests.organisation import AT, OrganisationFiles

pytestmark = pytest.mark.django_db

DAY = date(2024, 6, 1)
Way = Callable[[], object]
EVERYBODY = None


@pytest.fixture
def something_for_everybody(imported: OrganisationFiles) -> None:
    """Everybody is required something on every day, so that each change of a fact shows."""
    Person.objects.update(joined_on=date(2020, 1, 1))
    RoleAssignment.objects.update(from_on=date(2020, 1, 1))
    RoleAssignment.objects.create(person=person("E3"), role=role("LEAD"), from_on=date(2020, 1, 1))
    publish_version(version=draft("v0", date(2020, 1, 1)), at=AT)


@pytest.fixture
def announced(something_for_everybody: None) -> Iterator[list[set[str] | None]]:
    """The employee numbers of each announcement, None for everybody."""
    heard: list[set[str] | None] = []

    def hear(people: frozenset[int] | None, **_: Any) -> None:
        numbers = Person.objects.filter(pk__in=people or ()).values_list("employee_id", flat=True)
        heard.append(None if people is None else set(numbers))

    facts_changed.connect(hear)
    yield heard
    facts_changed.disconnect(hear)


def saved(row: Any, **values: object) -> object:
    for name, value in values.items():
        setattr(row, name, value)
    return row.save()


def person(employee_id: str) -> Person:
    return Person.objects.get(employee_id=employee_id)


def competency(code: str = "C-1") -> Competency:
    return Competency.objects.get(code=code)


def role(code: str = "ENG") -> Role:
    return Role.objects.get(code=code)


def of(model: Any, employee_id: str) -> Any:
    return model.objects.filter(person__employee_id=employee_id)


def new_result(employee_id: str, **cells: Any) -> AssessmentResult:
    wanted = {"level": 4, "method": "exam", "assessed_on": DAY, "recorded_at": AT, **cells}
    return AssessmentResult(person=person(employee_id), competency=competency(), **wanted)


def withdrawn(row: AssessmentResult) -> AssessmentResult:
    row.withdrawn_at, row.withdrawn_reason = AT, "Mixed up"
    return row


def moved(rows: list[Any], **values: object) -> list[Any]:
    for row in rows:
        for name, value in values.items():
            setattr(row, name, value)
    return rows


def draft(code: str = "v2", effective_from: date = DAY) -> MatrixVersion:
    version = MatrixVersion.objects.create(code=code, effective_from=effective_from)
    for any_role in Role.objects.all():
        RoleRequirement.objects.create(version=version, role=any_role, competency=competency(), required_level=1)
    return version


WAYS: dict[str, tuple[Way, set[str]]] = {
    "a person leaves": (lambda: saved(person("E1"), left_on=DAY), {"E1"}),
    "a person joined later": (lambda: saved(person("E1"), joined_on=DAY), {"E1"}),
    "people leave by an update": (
        lambda: Person.objects.filter(employee_id__in=["E1", "E2"]).update(left_on=DAY),
        {"E1", "E2"},
    ),
    "people leave by a bulk update": (
        lambda: Person.objects.bulk_update(moved([person("E1")], left_on=DAY), ["left_on"]),
        {"E1"},
    ),
    "a membership begins": (
        lambda: Membership.objects.create(
            person=person("E3"), team=Team.objects.all()[0], from_on=date(2023, 1, 1), until_on=date(2024, 1, 1)
        ),
        {"E3"},
    ),
    "a membership ends": (lambda: saved(of(Membership, "E2").get(), until_on=DAY), {"E2"}),
    "a membership goes to another team": (
        lambda: saved(of(Membership, "E2").get(), team=Team.objects.get(code="ORG")),
        {"E2"},
    ),
    "a membership goes to another person": (
        lambda: saved(
            of(Membership, "E3").get(), person=person("E1"), from_on=date(2023, 1, 1), until_on=date(2024, 1, 1)
        ),
        {"E1", "E3"},
    ),
    "a membership is deleted": (lambda: of(Membership, "E2").get().delete(), {"E2"}),
    "memberships are deleted": (lambda: of(Membership, "E2").delete(), {"E2"}),
    "memberships end by an update": (lambda: of(Membership, "E2").update(until_on=DAY), {"E2"}),
    "memberships are created in bulk": (
        lambda: Membership.objects.bulk_create(
            [
                Membership(
                    person=person(who),
                    team=Team.objects.get(code="RED"),
                    from_on=date(2023, 1, 1),
                    until_on=date(2023, 2, 1),
                )
                for who in ("E1", "E3")
            ]
        ),
        {"E1", "E3"},
    ),
    "a role is assigned": (
        lambda: RoleAssignment.objects.create(person=person("E3"), role=role(), from_on=DAY),
        {"E3"},
    ),
    "a role is assigned through the person": (
        lambda: person("E3").assignments.create(role=role(), from_on=DAY),
        {"E3"},
    ),
    "an assignment is added to another person": (
        lambda: person("E3").assignments.add(of(RoleAssignment, "E1").get()),
        {"E1", "E3"},
    ),
    "an assignment ends": (lambda: saved(of(RoleAssignment, "E1").get(), until_on=DAY), {"E1"}),
    "assignments are given away by an update": (
        lambda: of(RoleAssignment, "E1").update(person=person("E3")),
        {"E1", "E3"},
    ),
    "assignments are given away in bulk": (
        lambda: RoleAssignment.objects.bulk_update(
            moved(list(of(RoleAssignment, "E1")), person=person("E3")), ["person"]
        ),
        {"E1", "E3"},
    ),
    "assignments are given away by the key": (
        lambda: of(RoleAssignment, "E1").update(person_id=person("E3").pk),
        {"E1", "E3"},
    ),
    "assignments are deleted": (lambda: of(RoleAssignment, "E2").delete(), {"E2"}),
    "a result is saved": (lambda: new_result("E3").save(), {"E3"}),
    "results are created in bulk": (
        lambda: AssessmentResult.objects.bulk_create([new_result("E3"), new_result("E2")]),
        {"E2", "E3"},
    ),
    "a result is withdrawn by saving": (lambda: withdrawn(of(AssessmentResult, "E2").get()).save(), {"E2"}),
    "results are withdrawn by an update": (
        lambda: AssessmentResult.objects.update(withdrawn_at=AT, withdrawn_reason="Mixed up"),
        {"E1", "E2"},
    ),
    "results are withdrawn in bulk": (
        lambda: AssessmentResult.objects.bulk_update(
            [withdrawn(row) for row in of(AssessmentResult, "E1")], ["withdrawn_at", "withdrawn_reason"]
        ),
        {"E1"},
    ),
    "a result is got or created": (
        lambda: AssessmentResult.objects.get_or_create(
            result_id="R9",
            defaults={
                "person": person("E3"),
                "competency": competency(),
                "level": 1,
                "method": "exam",
                "assessed_on": DAY,
                "recorded_at": AT,
            },
        ),
        {"E3"},
    ),
    "an exemption begins": (
        lambda: Exemption.objects.create(person=person("E1"), competency=competency(), from_on=DAY),
        {"E1"},
    ),
    "an exemption is updated or created": (
        lambda: Exemption.objects.update_or_create(
            person=person("E2"), competency=competency("C-2"), from_on=date(2025, 1, 1), defaults={"until_on": None}
        ),
        {"E2"},
    ),
    "an exemption goes to another competency": (
        lambda: saved(of(Exemption, "E2").get(), competency=competency("C-1")),
        {"E2"},
    ),
    "exemptions are deleted": (lambda: Exemption.objects.all().delete(), {"E2"}),
}


FOLLOWED = [pytest.param(*way, id=name) for name, way in WAYS.items()]


@pytest.mark.parametrize(("way", "people"), FOLLOWED)
def test_when_facts_change_the_standings_of_the_people_concerned_follow(
    announced: list[set[str] | None], way: Way, people: set[str]
) -> None:
    before = {tuple(row) for row in Standing.objects.values_list()}
    way()
    assert announced == [people]
    assert list(disagreements()) == []
    changed = before ^ {tuple(row) for row in Standing.objects.values_list()}
    assert (
        set(Person.objects.filter(pk__in={row[0] for row in changed}).values_list("employee_id", flat=True)) == people
    )


RULES: dict[str, Way] = {
    "a role is switched on for everyone": lambda: saved(role(), held_by_everyone=True),
    "a role is switched on for everyone by a service": lambda: set_role_of_everyone(role=role()),
    "a role is switched on for everyone by an update": lambda: Role.objects.filter(code="ENG").update(
        held_by_everyone=True
    ),
    "a role is switched on for everyone in bulk": lambda: Role.objects.bulk_update(
        moved([role()], held_by_everyone=True), ["held_by_everyone"]
    ),
    "the policy changes by a service": lambda: set_evidence_policy(policy=EvidencePolicy.LATEST),
    "the policy changes by saving": lambda: saved(Organisation.current(), evidence_policy=EvidencePolicy.LATEST),
    "the policy changes by an update": lambda: Organisation.objects.update(evidence_policy=EvidencePolicy.LATEST),
    "a version is published by saving": lambda: saved(draft(), published_at=AT),
    "a version is published by an update": lambda: (
        draft() and MatrixVersion.objects.filter(code="v2").update(published_at=AT)
    ),
}


@pytest.mark.parametrize("way", RULES.values(), ids=RULES)
def test_when_a_rule_changes_everybodys_standings_follow(announced: list[set[str] | None], way: Way) -> None:
    before = list(Standing.objects.values_list())
    way()
    assert announced == [EVERYBODY]
    assert list(disagreements()) == []
    assert list(Standing.objects.values_list()) != before


def test_when_a_version_is_published_the_standings_of_those_it_concerns_follow(
    announced: list[set[str] | None],
) -> None:
    before = list(Standing.objects.values_list())
    publish_version(version=draft(), at=AT)
    assert announced == [{"E1", "E2", "E3"}]
    assert list(disagreements()) == []
    assert list(Standing.objects.values_list()) != before


def test_a_role_switched_off_again_leaves_the_standings_as_they_were(imported: OrganisationFiles) -> None:
    before = list(Standing.objects.values_list())
    set_role_of_everyone(role=role("LEAD"))
    set_role_of_everyone(role=role())
    set_role_of_everyone(role=None)
    assert list(Standing.objects.values_list()) == before


SILENT: dict[str, Way] = {
    "a role gets a title": lambda: saved(role(), title="Builder"),
    "a team is renamed": lambda: saved(Team.objects.get(code="RED"), name="Crimson"),
    "a team moves": lambda: move_team(team=Team.objects.get(code="RED"), parent=Team.objects.get(code="BLUE")),
    "the policy stays": lambda: set_evidence_policy(policy=EvidencePolicy.LATEST_VERIFIED),
    "a version is drafted": draft,
    "nobody's facts are updated": lambda: Membership.objects.none().update(until_on=DAY),
}


@pytest.mark.parametrize("way", SILENT.values(), ids=SILENT)
def test_what_no_standing_depends_on_recomputes_nobody(announced: list[set[str] | None], way: Way) -> None:
    before = list(Standing.objects.values_list())
    way()
    assert not any(people is None or people for people in announced)
    assert list(Standing.objects.values_list()) == before
    assert list(disagreements()) == []


def test_a_person_without_facts_is_deleted_with_their_standings(announced: list[set[str] | None]) -> None:
    set_role_of_everyone(role=role())
    nobody = Person.objects.create(employee_id="E4", name="Nobody", joined_on=DAY)
    stay = Membership.objects.create(person=nobody, team=Team.objects.get(code="RED"), from_on=DAY)
    assert Standing.objects.filter(person=nobody).exists()
    stay.delete()
    nobody.delete()
    assert not Standing.objects.filter(person=nobody.pk).exists()
    assert list(disagreements()) == []


def test_several_writes_together_are_announced_once_at_the_end(announced: list[set[str] | None]) -> None:
    with announced_together():
        person("E1").save()
        of(Membership, "E2").update(until_on=DAY)
        assert announced == []
    assert announced == [{"E1", "E2"}]
    assert list(disagreements()) == []


def writes_and_fails() -> None:
    with announced_together():
        of(Membership, "E2").update(until_on=DAY)
        _ = 1 / 0


REFUSED: dict[str, tuple[Way, type[Exception]]] = {
    "a level outside the scale": (lambda: new_result("E1", level=5).save(), DatabaseError),
    "memberships that overlap": (
        lambda: Membership.objects.create(person=person("E2"), team=Team.objects.get(code="RED"), from_on=DAY),
        DatabaseError,
    ),
    "a person who left before they joined": (
        lambda: Person.objects.update(left_on=date(2019, 1, 1)),
        DatabaseError,
    ),
    "a version without a requirement": (
        lambda: publish_version(version=MatrixVersion.objects.create(code="v2", effective_from=DAY), at=AT),
        NothingRequired,
    ),
    "a version published again": (
        lambda: publish_version(version=MatrixVersion.objects.get(code="v1"), at=AT),
        AlreadyPublished,
    ),
    "a failure after a write": (writes_and_fails, ZeroDivisionError),
}


@pytest.mark.parametrize(("way", "error"), REFUSED.values(), ids=REFUSED)
def test_a_write_that_fails_announces_nothing_then_or_later(
    announced: list[set[str] | None], way: Way, error: type[Exception]
) -> None:
    with pytest.raises(error), transaction.atomic():
        way()
    assert announced == []
    person("E3").save()
    assert announced == [{"E3"}]
    assert list(disagreements()) == []
