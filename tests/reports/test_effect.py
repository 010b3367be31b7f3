"""What publishing a draft would change: told beforehand exactly as the reports say it afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from assessments.models import AssessmentResult, Exemption, Method
from reports.models import Standing
from reports.queries import team_report
from reports.queries.effect import SHORT, comparison, effect
from reports.standings import PersonFacts, Rules, Version
from roles.facts import announced_together
from roles.models import (
    Competency,
    MatrixVersion,
    Membership,
    Organisation,
    Person,
    Role,
    RoleAssignment,
    RoleRequirement,
    Team,
)
from roles.services import publish_version
from tests.organisation import OrganisationFiles

from .strategies import COMPETENCIES, ROLES, all_rules, person_facts, versions

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = date(2026, 3, 1)


@contextmanager
def undone() -> Iterator[None]:
    """A block whose writes are taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class World:
    """An organisation of one root with two teams below it, made of facts whose keys are those of the strategies."""

    def __init__(self, rules: Rules) -> None:
        names = [*ROLES, 9]
        self.roles = {key: Role.objects.create(code=f"R-{key}", title=f"R-{key}") for key in names}
        self.competencies = {key: Competency.objects.create(code=f"C-{key}", title=f"C-{key}") for key in COMPETENCIES}
        root = Team.objects.create(code="ORG", name="Everybody", parent=None)
        self.teams = {key: Team.objects.create(code=f"T-{key}", name=f"T-{key}", parent=root) for key in (1, 2)}
        Organisation.objects.update(evidence_policy=rules.policy)
        if rules.everyone:
            self.roles[rules.everyone].held_by_everyone = True
            self.roles[rules.everyone].save()
        for number, version in enumerate(rules.versions):
            drafted = self.drafted(f"v{number}", version)
            MatrixVersion.objects.filter(pk=drafted.pk).update(published_at=AT)

    def drafted(self, code: str, version: Version) -> MatrixVersion:
        draft = MatrixVersion.objects.create(code=code, effective_from=version.effective_from)
        RoleRequirement.objects.bulk_create(
            RoleRequirement(
                version=draft,
                role=self.roles[role],
                competency=self.competencies[competency],
                required_level=asked.level,
                weight=asked.weight,
            )
            for role, cells in version.requirements.items()
            for competency, asked in cells.items()
        )
        return draft

    def befalls(self, number: int, facts: PersonFacts) -> None:
        left_on = None if facts.left_on is None else max(facts.left_on, facts.joined_on)
        person = Person.objects.create(
            employee_id=f"P{number}", name=f"P{number}", joined_on=facts.joined_on, left_on=left_on
        )
        for team, from_on, until_on in {(stay.what, *stay[1:]) for stay in facts.memberships}:
            if not Membership.objects.filter(person=person, from_on=from_on).exists():
                person.memberships.create(team=self.teams[team], from_on=from_on, until_on=until_on)
        for role, from_on, until_on in facts.roles:
            RoleAssignment.objects.get_or_create(
                person=person, role=self.roles[role], from_on=from_on, defaults={"until_on": until_on}
            )
        for excused, from_on, until_on in facts.exemptions:
            Exemption.objects.get_or_create(
                person=person, competency=self.competencies[excused], from_on=from_on, defaults={"until_on": until_on}
            )
        for result in sorted(facts.results):
            AssessmentResult.objects.create(
                person=person,
                competency=self.competencies[result.competency],
                level=result.level,
                method=Method.EXAM if result.verified else Method.SELF,
                assessed_on=result.assessed_on,
                expires_on=result.expires_on,
                withdrawn_at=AT if result.withdrawn else None,
                withdrawn_reason="A mistake" if result.withdrawn else "",
                recorded_at=AT,
            )


def short_cells(team: Team, day: date) -> set[tuple[int, int]]:
    """The people and competencies that fall short in the team's scope on the day, by the stored standings."""
    rows = Standing.objects.in_force(on=day).within(team).filter(state__in=SHORT).order_by()
    return set(rows.values_list("person_id", "competency_id"))


def assert_foretold(draft: MatrixVersion) -> None:
    """What is told before the draft is published is what the reports and the standings say after."""
    day, teams = draft.effective_from, list(Team.objects.all())
    told = effect(draft=draft)
    before = {team.pk: (team_report(team=team, as_of=day), short_cells(team, day)) for team in teams}
    publish_version(version=draft, at=AT)
    for team in teams:
        (was, was_short), now_short = before[team.pk], short_cells(team, day)
        becomes, foretold = team_report(team=team, as_of=day), told.teams[team.pk]
        assert foretold.people == becomes.people
        assert foretold.before.as_dict() == was.totals.as_dict()
        assert foretold.after.as_dict() == becomes.totals.as_dict()
        newly, no_longer = now_short - was_short, was_short - now_short
        assert foretold.counts == (
            len({person for person, _ in newly}),
            len(newly),
            len({person for person, _ in no_longer}),
            len(no_longer),
        )


def days_of(people: Sequence[PersonFacts]) -> set[date]:
    """The days on which something begins or ends for any of these people: where one day more or less would show."""
    stretches = [stretch for facts in people for stretch in (*facts.memberships, *facts.roles, *facts.exemptions)]
    days = {day for stretch in stretches for day in stretch[1:]}
    days |= {day for facts in people for day in (facts.joined_on, facts.left_on)}
    days |= {day for facts in people for result in facts.results for day in (result.assessed_on, result.expires_on)}
    return {day for day in days if day is not None}


@pytest.mark.django_db
@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    # To make a failing example smaller takes minutes.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(person_facts, min_size=1, max_size=4), all_rules, versions, st.integers(0, 999))
def test_what_is_foretold_is_what_the_reports_say_once_it_is_published(
    people: Sequence[PersonFacts], rules: Rules, drafted: Version, place: int
) -> None:
    days = sorted(days_of(people) - {version.effective_from for version in rules.versions})
    assume(days and any(drafted.requirements.values()))
    drafted = drafted._replace(effective_from=days[place % len(days)])
    with undone(), transaction.atomic():
        with announced_together():
            world = World(rules)
            for number, facts in enumerate(people):
                world.befalls(number, facts)
            draft = world.drafted("draft", drafted)
        assert_foretold(draft)


@pytest.fixture
def draft(organisation: None) -> MatrixVersion:
    """C-2 asked of ENG at level 3 in place of 2, C-1 no more, and C-3 of nobody."""
    draft = MatrixVersion.objects.create(code="draft", effective_from=DAY)
    draft.requirements.create(
        role=Role.objects.get(code="ENG"), competency=Competency.objects.get(code="C-2"), required_level=3
    )
    return draft


def counts(told: Any) -> dict[str, tuple[int, int, int, int]]:
    codes = dict(Team.objects.values_list("pk", "code"))
    return {codes[key]: team.counts for key, team in told.teams.items() if any(team.counts)}


def test_who_newly_falls_short_and_who_no_longer_does_is_counted_up_the_tree(draft: MatrixVersion) -> None:
    told = effect(draft=draft)
    # S1 has C-2 at 2 of 3, and F1 at 4 of 3. C-1 is no longer missed by S2, S3 and F1.
    assert counts(told) == {"ORG": (1, 1, 3, 3), "SEC": (1, 1, 1, 1), "RED": (1, 1, 1, 1), "OPS": (0, 0, 2, 2)}
    assert (told.total.counts, told.concerned) == ((1, 1, 3, 3), 5)
    keys = dict(Competency.objects.values_list("code", "pk"))
    assert told.competencies == {keys["C-1"]: (0, 3), keys["C-2"]: (1, 0)}


def test_a_draft_that_asks_for_the_same_concerns_nobody(organisation: None) -> None:
    same = MatrixVersion.objects.create(code="same", effective_from=DAY)
    for cell in RoleRequirement.objects.filter(version__code="v1"):
        same.requirements.create(
            role=cell.role, competency=cell.competency, required_level=cell.required_level, weight=cell.weight
        )
    told = effect(draft=same)
    assert told.concerned == 0
    assert told.total.before.as_dict() == told.total.after.as_dict()
    assert told.total.counts == (0, 0, 0, 0)


def test_only_people_with_a_role_that_differs_are_computed(draft: MatrixVersion) -> None:
    for cell in RoleRequirement.objects.filter(version__code="v1", role__code="LEAD"):
        draft.requirements.create(role=cell.role, competency=cell.competency, required_level=cell.required_level)
    compared = comparison(draft=draft)
    assert {person.employee_id for person in compared.people()} == {"S1", "S2", "S3", "F1"}
    assert {person.employee_id for person in compared.people(team=Team.objects.get(code="RED"))} == {"S1", "S2"}


def test_the_role_of_everyone_concerns_everyone(draft: MatrixVersion) -> None:
    role = Role.objects.get(code="IDLE")
    role.held_by_everyone = True
    role.save()
    draft.requirements.create(role=role, competency=Competency.objects.get(code="C-3"), required_level=1)
    assert comparison(draft=draft).people().count() == 6


def test_the_queries_do_not_grow_with_the_people(
    draft: MatrixVersion, files: OrganisationFiles, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(14):
        effect(draft=draft)
    many = range(100)
    files.only("people", "memberships", "assignments")
    files.put("people", *[(f"N{number}", f"N{number}", "", "2024-01-01", "") for number in many])
    files.put("memberships", *[(f"N{number}", "OPS", "2024-01-01", "") for number in many])
    files.put("assignments", *[(f"N{number}", "ENG", "2024-01-01", "") for number in many])
    files.as_import()
    with django_assert_num_queries(14):
        told = effect(draft=draft)
    assert told.concerned == 105
