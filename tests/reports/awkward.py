"""The demo, made awkward around a day: whatever can happen to somebody happens shortly before it or soon after."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import now

from assessments.importing.importer import import_organisation
from assessments.models import AssessmentResult, Exemption
from fixtures.demo import write_organisation
from roles.models import Competency, MatrixVersion, Person, Role, RoleAssignment, RoleRequirement, Team
from roles.services import publish_version

TODAY = date(2026, 11, 1)
AHEAD = TODAY + timedelta(days=90)


@pytest.fixture
def demo(matrix: Any, tmp_path: Path) -> Team:
    """The root of an organisation of 40 people, with everyone's role and two more versions, one of them to come."""
    write_organisation(tmp_path, people=40, seed=11, until=TODAY)
    import_organisation(tmp_path, at=now())
    everyone = Role.objects.get(code="ALL")
    everyone.held_by_everyone = True
    everyone.save()
    publish("spring", TODAY - timedelta(days=200), raised=3)
    publish("winter", TODAY + timedelta(days=45), raised=5)
    befall(list(Person.objects.within(Team.objects.get(parent=None), on=TODAY).order_by("employee_id")))
    return Team.objects.get(parent=None)


def publish(code: str, effective_from: date, *, raised: int) -> None:
    """A version in which some levels are higher than shipped, other weights hold, and one competency is dropped."""
    version = MatrixVersion.objects.create(code=code, effective_from=effective_from)
    for cell in RoleRequirement.objects.filter(version__code="article-2026-05").exclude(competency__code="EXT-3"):
        level = min(cell.required_level + (cell.pk % raised == 0), 4)
        version.requirements.create(
            role=cell.role, competency=cell.competency, required_level=level, weight=1 + cell.pk % 3
        )
    publish_version(version=version, at=now())


def befall(people: list[Person]) -> None:
    """Some leave, come, move, change roles, are excused or no longer, and are assessed for a day to come."""
    leaver, mover, climber, renewed, excused, no_longer, assessed = people[:7]
    soon, later = TODAY + timedelta(days=20), AHEAD + timedelta(days=10)
    leaver.left_on = soon
    leaver.save()
    stay = mover.memberships.in_force(on=TODAY).get()
    stay.until_on = soon
    stay.save()
    mover.memberships.create(team=Team.objects.exclude(pk=stay.team_id).order_by("-path")[0], from_on=soon)
    RoleAssignment.objects.create(person=climber, role=Role.objects.get(code="CAIO"), from_on=soon)
    held = RoleAssignment.objects.in_force(on=TODAY).filter(person=renewed)[0]
    held.until_on = soon
    held.save()
    RoleAssignment.objects.create(person=renewed, role=held.role, from_on=soon)
    required = Competency.objects.get(code="EXT-6")
    for person, begin, until in ((excused, soon, later), (no_longer, TODAY - timedelta(days=9), soon)):
        Exemption.objects.create(person=person, competency=required, from_on=begin, until_on=until)
    for competency in Competency.objects.all():
        # What is required of them changes meanwhile, the excuse does not.
        Exemption.objects.create(person=people[20], competency=competency, from_on=TODAY - timedelta(days=400))
    for number, person in enumerate((*people[7:20], assessed)):
        record(person, required, assessed_on=TODAY - timedelta(days=30), expires_on=TODAY + timedelta(days=number * 9))
    record(assessed, required, assessed_on=soon, expires_on=None)
    newcomer = Person.objects.create(employee_id="NEW", name="A newcomer", joined_on=soon)
    newcomer.memberships.create(team=stay.team, from_on=TODAY)


def record(person: Person, competency: Competency, *, assessed_on: date, expires_on: date | None) -> None:
    AssessmentResult.objects.create(
        person=person,
        competency=competency,
        level=4,
        method="exam",
        assessed_on=assessed_on,
        expires_on=expires_on,
        recorded_at=now(),
    )
