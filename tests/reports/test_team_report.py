"""The gap report of a team on a day says what the contract's section 3 says, for any team and any day."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import now

from assessments.importing.importer import import_organisation
from fixtures.demo import write_organisation
from reports.kinds import unpacked
from reports.models import Presence, Standing
from reports.presentation.data import report_data
from reports.queries import team_report
from reports.services import disagreements
from reports.standings import State
from roles.models import (
    Competency,
    EvidencePolicy,
    MatrixVersion,
    Person,
    Role,
    RoleAssignment,
    RoleRequirement,
    Team,
)
from roles.services import publish_version, set_evidence_policy

from .expected import Expected
from .scopes import scope_of

TODAY = date(2026, 11, 1)
DAYS = [
    TODAY,
    TODAY - timedelta(days=700),
    TODAY - timedelta(days=200),
    TODAY + timedelta(days=250),
    date(1999, 12, 31),
]


@pytest.fixture
def organisation(matrix: Any, tmp_path: Path) -> Team:
    """The demo with 45 people, made awkward: a role held twice over, everyone's role, a second version. Its root."""
    write_organisation(tmp_path, people=45, seed=7, until=TODAY)
    import_organisation(tmp_path, at=now())
    for assignment in RoleAssignment.objects.order_by("pk")[:5]:
        RoleAssignment.objects.create(
            person=assignment.person, role=assignment.role, from_on=assignment.from_on + timedelta(days=1)
        )
    everyone = Role.objects.get(code="ALL")
    everyone.held_by_everyone = True
    everyone.save()
    version = MatrixVersion.objects.create(code="autumn", effective_from=TODAY - timedelta(days=30))
    for cell in RoleRequirement.objects.filter(version__code="article-2026-05").exclude(competency__code="EXT-3"):
        level = min(cell.required_level + cell.pk % 2, 4)
        weight = 1 + cell.pk % 3
        version.requirements.create(role=cell.role, competency=cell.competency, required_level=level, weight=weight)
    publish_version(version=version, at=now())
    return Team.objects.get(parent=None)


def measures(lines: list[dict[str, Any]], key: str) -> dict[str, dict[str, Any]]:
    return {line[key]: line for line in lines}


def assert_equal(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Each measure that the report gives is as expected."""
    assert {name: found[name] for name in expected if name in found} == {
        name: value for name, value in expected.items() if name in found
    }


@pytest.mark.parametrize("as_of", DAYS)
def test_every_figure_is_what_the_contract_defines(organisation: Team, as_of: date) -> None:
    for team in Team.objects.all():
        report = report_data(team_report(team=team, as_of=as_of))
        expected = Expected(team, as_of)
        whole = expected.report()
        assert report["people"] == whole["people"]
        assert_equal(report["totals"], whole["totals"])
        for kind, key in (("competencies", "competency"), ("roles", "role"), ("threats", "threat")):
            lines = measures(report[kind], key)
            assert list(lines) == sorted(whole[kind]), (team, kind)
            for code, line in lines.items():
                assert_equal(line, whole[kind][code])
        assert [line["team"] for line in report["teams"]] == sorted(t.code for t in team.children.all())
        for line in report["teams"]:
            assert_equal(line, expected.child(line["team"]))


@pytest.mark.parametrize("policy", EvidencePolicy)
def test_each_evidence_policy_gives_its_own_figures(organisation: Team, policy: EvidencePolicy) -> None:
    set_evidence_policy(policy=policy)

    report = report_data(team_report(team=organisation, as_of=TODAY))

    assert report["policy"] == policy
    assert_equal(report["totals"], Expected(organisation, TODAY).report()["totals"])
    assert list(disagreements()) == []


def test_the_people_a_line_concerns(organisation: Team) -> None:
    report = team_report(team=organisation, as_of=TODAY)
    expected = Expected(organisation, TODAY)
    for line in report.competencies:
        competency = Competency.objects.get(code=line.code)
        concerned = [f for f in expected.facts if expected.required(f, competency.pk, None)]
        assert line.people == len(concerned) == line.measures.required + line.measures.exempt
    for line in report.threats:
        countering = Competency.objects.filter(threats__code=line.code)
        people = {f.person for f in expected.facts for c in countering if expected.required(f, c.pk, None)}
        assert line.people == len(people)


def test_dimensions_add_up_to_the_totals_and_stages_overlap(organisation: Team) -> None:
    report = team_report(team=organisation, as_of=TODAY)

    assert sum(line.measures.required for line in report.dimensions) == report.totals.required
    assert [line.code for line in report.dimensions] == ["technical", "risk", "governance"]
    assert [line.code for line in report.stages] == ["design", "development", "deployment", "governance"]
    stage = {line.code: line for line in report.stages}["deployment"]
    codes = set(Competency.objects.filter(stages__stage="deployment").values_list("code", flat=True))
    assert stage.measures.met == sum(line.measures.met for line in report.competencies if line.code in codes)


def test_before_the_first_version_nothing_is_required(organisation: Team) -> None:
    report = report_data(team_report(team=organisation, as_of=date(1999, 12, 31)))

    assert report["matrix_version"] is None
    assert report["competencies"] == report["threats"] == []
    assert report["totals"]["coverage"] is None


def test_the_version_of_a_report_is_the_one_in_force(organisation: Team) -> None:
    autumn = MatrixVersion.objects.get(code="autumn").effective_from
    MatrixVersion.objects.create(code="a draft", effective_from=TODAY)
    for day in (date(1999, 12, 31), date(2000, 1, 1), autumn - timedelta(days=1), autumn, TODAY, date(2100, 1, 1)):
        version = MatrixVersion.objects.in_force(on=day)
        assert team_report(team=organisation, as_of=day).version == (version and version.code)


def test_a_report_has_a_policy_where_there_is_no_role(db: None) -> None:
    team = Team.objects.create(code="ALONE", name="Alone")
    set_evidence_policy(policy=EvidencePolicy.HIGHEST)

    report = team_report(team=team, as_of=TODAY)

    assert (report.version, report.policy, report.people, report.roles) == (None, "highest", 0, [])


def test_a_report_takes_the_same_queries_for_ten_people_as_for_all(
    organisation: Team, django_assert_num_queries: Any
) -> None:
    small = Team.objects.filter(children=None).first()
    assert small is not None
    team_report(team=small, as_of=TODAY)  # from then on the matrix of the day is kept
    for team in (organisation, small):
        with django_assert_num_queries(1):
            team_report(team=team, as_of=TODAY)


def test_cells_are_the_standings_counted_up_to_the_largest_values(organisation: Team) -> None:
    first, second, *_ = sorted(Standing.objects.in_force(on=TODAY).values_list("person", flat=True).distinct())
    Standing.objects.filter(person=first).update(required=4, weight=3, level=4, verified=True, state=State.EXEMPT)
    Standing.objects.filter(person=second).update(required=1, weight=1, level=0, verified=False, state=State.GAP)
    largest = max(Standing.objects.values_list("competency", flat=True))
    Standing.objects.filter(competency=largest).update(competency=2**31 - 1)

    found: Counter[tuple[Any, ...]] = Counter()
    alike = scope_of(organisation, TODAY).alike()
    for _, competency, kind, people in zip(*(column.tolist() for column in alike), strict=True):
        found[competency, *unpacked(kind)] += people

    stored = Standing.objects.in_force(on=TODAY).within(organisation).order_by()
    assert found == Counter(stored.values_list("competency_id", "required", "weight", "level", "verified", "state"))
    assert any(competency == 2**31 - 1 for competency, *_ in found)


def test_who_joins_tomorrow_and_who_left_today_counts_nowhere_in_spite_of_a_membership(organisation: Team) -> None:
    before = team_report(team=organisation, as_of=TODAY)
    early, late = Person.objects.filter(pk__in=scope_of(organisation, TODAY).people.tolist())[:2]
    early.joined_on = TODAY + timedelta(days=1)
    early.save()
    late.left_on = TODAY
    late.save()

    report = team_report(team=organisation, as_of=TODAY)

    assert report.people == before.people - 2
    assert_equal(report.totals.as_dict(), Expected(organisation, TODAY).report()["totals"])


def test_somebody_who_is_present_nowhere_is_left_out(organisation: Team) -> None:
    person = int(scope_of(organisation, TODAY).people.max())
    of_others = Standing.objects.in_force(on=TODAY).within(organisation).exclude(person=person).count()
    Presence.objects.filter(person=person).delete()

    assert scope_of(organisation, TODAY).alike().people.sum() == of_others > 0

    Presence.objects.all().delete()
    assert scope_of(organisation, TODAY).alike().people.sum() == 0


def test_a_person_without_a_membership_counts_nowhere(organisation: Team) -> None:
    before = team_report(team=organisation, as_of=TODAY).people
    Person.objects.create(employee_id="X1", name="Nobody's", joined_on=date(2020, 1, 1))

    assert team_report(team=organisation, as_of=TODAY).people == before
    assert not Standing.objects.filter(person__employee_id="X1").exists()
