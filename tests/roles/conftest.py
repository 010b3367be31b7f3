"""A few teams, people and a published version, made through the models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from roles.models import Competency, MatrixVersion, Person, Role, RoleRequirement, Team
from roles.services import publish_version

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Cast:
    """Two people, a tree of five teams, a role with two competencies, a version in force and a draft."""

    ada: Person
    bo: Person
    teams: dict[str, Team]
    role: Role
    competency: Competency
    other: Competency
    published: MatrixVersion
    draft: MatrixVersion


def tree() -> dict[str, Team]:
    """ORG over A over AA over AAA, and B beside A."""
    teams: dict[str, Team] = {}
    for code, parent in {"ORG": "", "A": "ORG", "AA": "A", "AAA": "AA", "B": "ORG"}.items():
        teams[code] = Team.objects.create(code=code, name=code, parent=teams.get(parent))
    return teams


@pytest.fixture
def cast(db: None) -> Cast:
    role = Role.objects.create(code="ENG", title="Engineer")
    competency, other = (Competency.objects.create(code=code, title=code) for code in ("C-1", "C-2"))
    versions = [
        MatrixVersion.objects.create(code=code, effective_from=date(year, 1, 1))
        for code, year in {"v1": 2020, "v2": 2030}.items()
    ]
    for version in versions:
        RoleRequirement.objects.create(version=version, role=role, competency=competency, required_level=2)
    publish_version(version=versions[0], at=AT)
    ada, bo = [Person.objects.create(employee_id=name, name=name, joined_on=date(2020, 1, 1)) for name in ("ada", "bo")]
    return Cast(ada, bo, tree(), role, competency, other, *versions)
