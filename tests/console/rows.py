"""So many rows of each model of the console, to see what its list costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from django.contrib import admin
from django.db.models import Model

from assessments.models import AssessmentResult, Exemption, Import
from roles.audit import Change, note
from roles.models import (
    ApiToken,
    AuditEvent,
    Competency,
    Deputy,
    Job,
    MatrixVersion,
    Membership,
    Organisation,
    Person,
    Role,
    RoleAssignment,
    RoleFamily,
    ScaleLevel,
    Team,
    TeamManager,
    Threat,
    ThreatReference,
    User,
)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = date(2024, 1, 1)

Builder = Callable[[int], object]


def families(many: int) -> list[RoleFamily]:
    return RoleFamily.objects.bulk_create(RoleFamily(code=f"F{n}", title=f"Family {n}") for n in range(many))


def roles(many: int) -> list[Role]:
    of = families(many)
    return Role.objects.bulk_create(Role(code=f"R{n}", title=f"Role {n}", family=of[n]) for n in range(many))


def threats(many: int) -> list[Threat]:
    made = Threat.objects.bulk_create(Threat(code=f"T{n}", title=f"Threat {n}") for n in range(many))
    ThreatReference.objects.bulk_create(
        ThreatReference(threat=one, framework="F", identifier=str(n), title="Part")
        for one in made[:10]
        for n in range(many // 10)
    )
    return made


def competencies(many: int) -> list[Competency]:
    of, against = families(many), threats(10)
    made = Competency.objects.bulk_create(
        Competency(code=f"C{n}", title=f"Competency {n}", family=of[n]) for n in range(many)
    )
    for one in made[:50]:
        one.threats.set(against)
    return made


def people(many: int) -> list[Person]:
    return Person.objects.bulk_create(
        Person(employee_id=f"P{n}", name=f"Person {n}", joined_on=START) for n in range(many)
    )


def teams(many: int) -> list[Team]:
    root = Team.objects.create(code="ROOT", name="Root")
    made = [Team(code=f"T{n}", name=f"Team {n}", parent=root, path=f"{root.path}{n + 10_000:08d}") for n in range(many)]
    created = Team.objects.bulk_create(made)
    TeamManager.objects.bulk_create(
        TeamManager(team=one, person=person) for one, person in zip(created, people(many), strict=True)
    )
    return created


def memberships(many: int) -> None:
    one = teams(many)
    Membership.objects.bulk_create(
        Membership(person=person, team=team, from_on=START)
        for person, team in zip(Person.objects.all(), one, strict=True)
    )


def assignments(many: int) -> None:
    RoleAssignment.objects.bulk_create(
        RoleAssignment(person=person, role=role, from_on=START)
        for person, role in zip(people(many), roles(many), strict=True)
    )


def people_in_teams_and_roles(many: int) -> None:
    memberships(many)
    of = roles(many)
    RoleAssignment.objects.bulk_create(
        RoleAssignment(person=person, role=role, from_on=START)
        for person, role in zip(Person.objects.all(), of, strict=True)
    )
    first, later = Person.objects.earliest("employee_id"), START + timedelta(days=1)
    RoleAssignment.objects.bulk_create(
        RoleAssignment(person=first, role=role, from_on=later) for role in of[: many // 10]
    )


def results(many: int) -> None:
    of = zip(people(many), competencies(many), strict=True)
    AssessmentResult.objects.bulk_create(
        AssessmentResult(person=person, competency=one, level=3, method="exam", assessed_on=START, recorded_at=AT)
        for person, one in of
    )


def exemptions(many: int) -> None:
    of = zip(people(many), competencies(many), strict=True)
    Exemption.objects.bulk_create(Exemption(person=person, competency=one, from_on=START) for person, one in of)


def versions(many: int) -> None:
    MatrixVersion.objects.bulk_create(
        MatrixVersion(code=f"v{n}", effective_from=START + timedelta(days=n)) for n in range(many)
    )


def users(many: int) -> list[User]:
    return User.objects.bulk_create(User(username=f"u{n}") for n in range(many))


def users_with_people(many: int) -> None:
    User.objects.bulk_create(
        User(username=person.employee_id, person=person, is_auditor=True) for person in people(many)
    )


def tokens(many: int) -> None:
    ApiToken.tokens.bulk_create(
        ApiToken(user=user, name="BI", digest=f"{user.pk:0128d}", token_key=f"{user.pk:015d}") for user in users(many)
    )


def deputies(many: int) -> None:
    of = people(many + 1)
    Deputy.objects.bulk_create(
        Deputy(manager=manager, person=person, from_on=START, until_on=AT.date()) for manager, person in pairwise(of)
    )


def jobs(many: int) -> None:
    Job.objects.bulk_create(
        Job(kind="set_rules", asked_by=user, asked_at=AT, surface="console") for user in users(many)
    )


def imports(many: int) -> None:
    Import.objects.bulk_create(Import(uploaded_by=user, uploaded_at=AT) for user in users(many))


def audit_events(many: int) -> None:
    note(*(Change("person.changed", f"P{n}", {"name": "A"}, {"name": "B"}) for n in range(many)))


def scale(_many: int) -> None:
    """Five levels and no more, whatever is asked for."""
    ScaleLevel.objects.bulk_create(ScaleLevel(value=n, name=str(n), summary=str(n)) for n in range(5))


def organisation(_many: int) -> None:
    """One row and no more."""
    Organisation.current()


BUILDERS: dict[type[Model], Builder] = {
    AssessmentResult: results,
    AuditEvent: audit_events,
    ApiToken: tokens,
    Competency: competencies,
    Deputy: deputies,
    Exemption: exemptions,
    Import: imports,
    Job: jobs,
    MatrixVersion: versions,
    Membership: memberships,
    Organisation: organisation,
    Person: people_in_teams_and_roles,
    Role: roles,
    RoleAssignment: assignments,
    RoleFamily: families,
    ScaleLevel: scale,
    Team: teams,
    TeamManager: teams,
    Threat: threats,
    User: users_with_people,
}


def registered() -> set[type[Model]]:
    """The models that the console shows."""
    return set(admin.site._registry)
