"""The shipped matrix comes in whole, once, and beside what the organisation has made its own."""

from __future__ import annotations

from collections import Counter
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from reports.services import disagreements
from roles.models import (
    Competency,
    CompetencyIndicator,
    MatrixVersion,
    Membership,
    Person,
    Role,
    RoleAssignment,
    RoleRequirement,
    ScaleLevel,
    Team,
    Threat,
)
from roles.services import publish_version
from tests.organisation import everything

from .conftest import AT

pytestmark = pytest.mark.django_db

ARTICLE = "article-2026-05"


def load() -> str:
    out = StringIO()
    call_command("load_matrix", stdout=out)
    return out.getvalue()


def test_everything_shipped_is_loaded_and_counted() -> None:
    assert load() == (
        "Added 5 levels of the scale, 6 families, 11 roles, 25 competencies, 5 threats, 1 matrix versions,"
        " 202 requirements.\n"
    )


def test_there_are_25_competencies_with_all_their_facets(matrix: object) -> None:
    assert Competency.objects.count() == 25
    assert CompetencyIndicator.objects.count() == 4 * 25
    for competency in Competency.objects.all():
        assert competency.dimension
        assert competency.summary
        assert competency.threats.exists()
        assert competency.stages.exists()
        assert set(competency.indicators.values_list("level", flat=True)) == {1, 2, 3, 4}
    assert Counter(Competency.objects.values_list("origin", flat=True)) == {"article": 19, "proposal": 6}


def test_there_are_ten_roles_and_that_of_all_staff_which_nobody_holds_by_itself(matrix: object) -> None:
    assert Role.objects.count() == 11
    everyone = Role.objects.get(code="ALL")
    assert (everyone.held_by_everyone, everyone.requirements.count()) == (False, 3)
    assert not Role.objects.filter(held_by_everyone=True).exists()
    assert Role.objects.filter(emerging=True).count() == 5


def test_there_are_five_threats_with_references_and_a_scale_of_five_levels(matrix: object) -> None:
    assert list(Threat.objects.values_list("code", flat=True)) == [f"THR-{number}" for number in range(1, 6)]
    assert all(threat.references.exists() for threat in Threat.objects.all())
    assert list(ScaleLevel.objects.values_list("value", "name")) == list(
        enumerate(["None", "Aware", "Working", "Proficient", "Expert"])
    )


def test_the_version_is_in_force_from_2000_with_202_cells(matrix: object) -> None:
    version = MatrixVersion.objects.get()
    assert (version.code, version.effective_from) == (ARTICLE, date(2000, 1, 1))
    assert version.published_at is not None
    assert version.requirements.count() == 202
    assert version.requirements.exclude(role__code="ALL").count() == 199
    assert MatrixVersion.objects.in_force(on=date(2026, 1, 1)) == version
    assert MatrixVersion.objects.in_force(on=date(1999, 12, 31)) is None
    cell = version.requirements.get(role__code="CYB", competency__code="CYB-1")
    assert (cell.required_level, cell.weight, cell.pairing_origin, cell.level_origin) == (3, 1, "article", "proposal")


def test_loaded_again_it_changes_nothing_and_says_so() -> None:
    load()
    before = everything()
    assert load() == "Everything shipped is there already; nothing was changed.\n"
    assert everything() == before


def test_what_the_organisation_edited_stays_edited(matrix: object) -> None:
    Competency.objects.filter(code="CYB-1").update(title="Ours", summary="", dimension="risk")
    Role.objects.filter(code="CYB").update(title="Our defenders", who="", held_by_everyone=True)
    Threat.objects.filter(code="THR-1").update(title="Our fear")
    ScaleLevel.objects.filter(value=0).update(name="Nothing")
    CompetencyIndicator.objects.filter(competency__code="CYB-1", level=4).delete()
    Competency.objects.get(code="CYB-1").threats.clear()
    before = everything()
    load()
    assert everything() == before


def test_what_the_organisation_deleted_of_its_own_is_added_again_without_the_rest_changing(matrix: object) -> None:
    Threat.objects.get(code="THR-5").delete()
    title = "Ours"
    Threat.objects.filter(code="THR-4").update(title=title)
    assert load() == "Added 1 threats.\n"
    assert Threat.objects.get(code="THR-4").title == title


def test_a_competency_that_a_file_brought_in_gets_its_facets_and_keeps_its_title() -> None:
    Competency.objects.create(code="CYB-1", title="Ours", dimension="risk")
    load()
    competency = Competency.objects.get(code="CYB-1")
    assert (competency.title, competency.dimension, competency.origin) == ("Ours", "risk", "organisation")
    assert (competency.threats.count(), competency.indicators.count()) == (5, 4)
    assert list(competency.stages.values_list("stage", flat=True)) == ["design"]


def own_version(code: str, effective_from: date) -> MatrixVersion:
    version = MatrixVersion.objects.create(code=code, effective_from=effective_from)
    role, _ = Role.objects.get_or_create(code="CYB", defaults={"title": "Ours"})
    competency, _ = Competency.objects.get_or_create(code="OWN", defaults={"title": "Ours"})
    RoleRequirement.objects.create(version=version, role=role, competency=competency, required_level=4)
    publish_version(version=version, at=AT)
    return version


def test_a_version_of_the_organisation_from_the_same_day_is_kept_and_the_shipped_one_left_out() -> None:
    own = own_version("ours", date(2000, 1, 1))
    assert load().endswith(f"Left out matrix version {ARTICLE}: ours is in force from the same day, 2000-01-01.\n")
    assert list(MatrixVersion.objects.all()) == [own]
    assert own.requirements.count() == 1
    assert Competency.objects.count() == 26


def test_a_version_of_the_organisation_under_the_shipped_name_is_kept() -> None:
    own = own_version(ARTICLE, date(2010, 1, 1))
    load()
    assert list(MatrixVersion.objects.all()) == [own]
    assert own.requirements.count() == 1


def test_a_later_version_of_the_organisation_stays_in_force_from_its_day() -> None:
    own = own_version("ours", date(2026, 1, 1))
    load()
    assert MatrixVersion.objects.in_force(on=date(2026, 1, 1)) == own
    shipped = MatrixVersion.objects.in_force(on=date(2025, 12, 31))
    assert shipped is not None
    assert shipped.code == ARTICLE


def test_people_who_are_there_before_get_their_standings() -> None:
    person = Person.objects.create(employee_id="ada", name="Ada", joined_on=date(2020, 1, 1))
    role = Role.objects.create(code="CYB", title="Ours")
    Membership.objects.create(person=person, team=Team.objects.create(code="ORG", name="O"), from_on=date(2020, 1, 1))
    RoleAssignment.objects.create(person=person, role=role, from_on=date(2020, 1, 1))
    load()
    assert person.standings.count() == 25
    assert list(disagreements()) == []


def test_a_load_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything()
    monkeypatch.setattr("roles.shipped.publish_version", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load()
    assert everything() == before
