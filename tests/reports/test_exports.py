"""What stands in exports: the rows of the gap report, and standings, results and people read naively."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils.timezone import now

from assessments.models import AssessmentResult
from assessments.services import withdraw_result
from reports.gathering import current_rules, facts_of
from reports.queries.exports import Asked
from reports.standings import State
from roles.models import Competency, Person, Role, RoleAssignment, Team, TeamManager, User

from . import naive
from .awkward import AHEAD, TODAY, demo
from .exported import file_of, rows_of

__all__ = ["demo"]

PAST = TODAY - timedelta(days=400)


def as_printed(team: str, day: date) -> list[list[str]]:
    """What `gap_report` prints, without its header."""
    out = io.StringIO()
    call_command("gap_report", team, "--as-of", day.isoformat(), "--format", "csv", stdout=out)
    return list(csv.reader(io.StringIO(out.getvalue())))[1:]


def of_file(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode())))[1:]


def test_gaps_are_the_rows_of_the_gap_report(demo: Team) -> None:
    for day in (TODAY, PAST, AHEAD):
        for team in Team.objects.all()[:6]:
            asked = Asked(as_of=day, team=team)
            assert of_file(file_of("gaps", "csv", asked, trailer=False)) == as_printed(team.code, day)
    whole = file_of("gaps", "csv", Asked(as_of=TODAY), trailer=False)
    assert of_file(whole) == as_printed(demo.code, TODAY) != []


def test_gaps_of_each_team_are_those_of_its_report_in_the_order_of_the_tree(demo: Team) -> None:
    top = Team.objects.filter(parent=demo).order_by("code")[1]
    for team, teams in ((None, Team.objects.all()), (top, Team.objects.within(top))):
        expected = [row for one in teams.order_by("path") for row in as_printed(one.code, TODAY)]
        asked = Asked(as_of=TODAY, team=team, each=True)
        assert of_file(file_of("gaps", "csv", asked, trailer=False)) == expected != []


def naively_standing(day: date) -> Iterator[tuple[Any, ...]]:
    """Every row of the export of standings, from the naive evaluation of everybody's facts."""
    rules, competencies = current_rules(), sorted(Competency.objects.all(), key=lambda one: one.code)
    for person in sorted(Person.objects.all(), key=lambda one: one.employee_id):
        [facts] = facts_of([person.pk])
        for competency in competencies:
            said = naive.on_day(facts, rules, competency.pk, day)
            if said is None:
                continue
            team = Team.objects.get(pk=said.team)
            missing = max((said.required or 0) - (said.level or 0), 0)
            result = AssessmentResult.objects.get(pk=said.result) if said.result else None
            yield (
                team.code,
                team.name,
                person.employee_id,
                person.name,
                competency.code,
                competency.title,
                *said[1:5],
                said.state.name.lower(),
                0 if said.state == State.EXEMPT else missing,
                *(
                    (result.result_id, result.method, result.assessed_on, result.expires_on)
                    if result
                    else (None, None, None, None)
                ),
            )


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("day", [TODAY, PAST, AHEAD])
def test_standings_are_those_of_a_naive_reading(day: date) -> None:
    rows = rows_of("standings", Asked(as_of=day))
    assert [(*row[:12], *row[14:]) for row in rows] == list(naively_standing(day)) != []
    assert all(row[12] <= day and (row[13] is None or day < row[13]) for row in rows)
    assert {row[10] for row in rows} > {"met", "gap", "not_assessed"}


def test_standings_of_a_team_are_those_of_its_scope_on_the_day(demo: Team) -> None:
    everything = rows_of("standings", Asked(as_of=TODAY))
    for team in Team.objects.filter(parent=demo):
        codes = set(Team.objects.within(team).values_list("code", flat=True))
        expected = [row for row in everything if row[0] in codes]
        assert rows_of("standings", Asked(as_of=TODAY, team=team)) == expected


@pytest.mark.usefixtures("organisation")
def test_standings_begin_and_end_with_their_stretch() -> None:
    asked = Asked(as_of=date(2026, 3, 1), team=Team.objects.get(code="RED"))
    found = {(row[2], row[4]): row for row in rows_of("standings", asked)}
    assert found["S1", "C-1"][12:] == (
        date(2024, 2, 1),
        date(2500, 1, 1),
        "R1",
        "exam",
        date(2024, 2, 1),
        date(2500, 1, 1),
    )
    assert found["S1", "C-2"][6:14] == (2, 1, 2, False, "met", 0, date(2024, 2, 1), None)
    assert found["S2", "C-2"][6:12] == (2, 1, 0, True, "gap", 2)
    assert found["S2", "C-1"][6:12] == (3, 2, None, None, "not_assessed", 3)


@pytest.mark.usefixtures("organisation")
def test_results_are_those_of_the_people_in_scope_by_the_day_withdrawn_ones_too() -> None:
    withdraw_result(result=AssessmentResult.objects.get(result_id="R2"), by=None, reason="A mistake", at=now())
    late = AssessmentResult.objects.get(result_id="R1")
    late.pk, late.result_id, late.assessed_on = None, "LATE", date(2027, 1, 1)
    late.save(force_insert=True)
    sec = Team.objects.get(code="SEC")

    def ids(**asked: Any) -> list[str]:
        return [row[0] for row in rows_of("results", Asked(**{"as_of": TODAY, "team": sec, **asked}))]

    assert ids() == ["R1", "R2", "R3"]
    assert ids(as_of=date(2027, 1, 1)) == ["R1", "R2", "R3", "LATE"]
    assert ids(team=Team.objects.get(code="OPS")) == ["R4"]
    assert ids(team=None) == ["R1", "R2", "R3", "R4"]
    [row] = [row for row in rows_of("results", Asked(as_of=TODAY)) if row[0] == "R2"]
    assert row[1:10] == ("S1", "Name of S1", "RED", "C-2", "Risks", 2, "self", False, date(2024, 2, 1))
    assert row[14] is not None
    assert row[15] == "A mistake"


@pytest.mark.usefixtures("organisation")
def test_results_follow_who_moves() -> None:
    """S3 was in RED and is in OPS: what they were assessed at goes with them."""
    AssessmentResult.objects.create(
        result_id="MOVED",
        person=Person.objects.get(employee_id="S3"),
        competency=Competency.objects.get(code="C-1"),
        level=1,
        method="self",
        assessed_on=date(2024, 6, 1),
        recorded_at=now(),
    )
    red, ops = Team.objects.get(code="RED"), Team.objects.get(code="OPS")
    for day, team, other in ((date(2024, 7, 1), red, ops), (TODAY, ops, red)):
        [row] = [row for row in rows_of("results", Asked(as_of=day, team=team)) if row[0] == "MOVED"]
        assert row[3] == team.code
        assert "MOVED" not in {row[0] for row in rows_of("results", Asked(as_of=day, team=other))}


@pytest.mark.usefixtures("organisation")
def test_results_since_an_instant_are_those_recorded_or_withdrawn_from_then_on() -> None:
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    for number, result in enumerate(AssessmentResult.objects.order_by("pk")):
        result.pk, result.result_id = None, f"N{number}"
        result.recorded_at = at + timedelta(hours=number - 2)
        result.save(force_insert=True)
    withdraw_result(result=AssessmentResult.objects.get(result_id="R1"), by=None, reason="A mistake", at=at)
    rows = rows_of("results", Asked(as_of=TODAY, since=at))
    assert [row[0] for row in rows] == ["R1", "N2", "N3"]


@pytest.mark.usefixtures("organisation")
def test_people_have_the_team_and_the_roles_of_the_day() -> None:
    someone = Person.objects.get(employee_id="S1")
    RoleAssignment.objects.create(person=someone, role=Role.objects.get(code="LEAD"), from_on=date(2025, 1, 1))
    RoleAssignment.objects.create(person=someone, role=Role.objects.get(code="ENG"), from_on=date(2025, 1, 1))
    gone = Person.objects.get(employee_id="S2")
    gone.left_on = date(2026, 1, 1)
    gone.save()
    found = {row[0]: row for row in rows_of("people", Asked(as_of=TODAY))}
    assert list(found) == ["F1", "I1", "M1", "S1", "S2", "S3"]
    assert found["S1"] == ("S1", "Name of S1", "", date(2024, 1, 1), None, "RED", "Red team", "ENG LEAD")
    assert found["S2"][4:] == (date(2026, 1, 1), None, None, "ENG")
    assert found["S3"][5] == "OPS"
    before = {row[0]: row for row in rows_of("people", Asked(as_of=date(2024, 6, 1)))}
    assert before["S1"][7] == "ENG"
    assert before["S2"][5] == before["S3"][5] == "RED"
    in_red = rows_of("people", Asked(as_of=TODAY, team=Team.objects.get(code="RED")))
    assert [row[0] for row in in_red] == ["S1"]


@pytest.mark.usefixtures("organisation")
def test_codes_are_in_the_order_of_their_bytes() -> None:
    for number, code in enumerate(["a", "B", "ä", "Z", "_", "10", "9", "Ä"]):
        person = Person.objects.create(employee_id=f"{code}.", name=f"{number}", joined_on=date(2024, 1, 1))
        person.memberships.create(team=Team.objects.get(code="RED"), from_on=date(2024, 1, 1))
        person.assignments.create(role=Role.objects.get(code="ENG"), from_on=date(2024, 1, 1))
    codes = [row[0] for row in rows_of("people", Asked(as_of=TODAY))]
    assert codes == sorted(codes, key=str.encode)
    of_standings = [(row[2].encode(), row[4].encode()) for row in rows_of("standings", Asked(as_of=TODAY))]
    assert of_standings == sorted(set(of_standings))


@pytest.mark.parametrize("kind", ["gaps", "standings", "results", "people"])
def test_who_manages_teams_within_each_other_gets_no_row_twice(people: dict[str, User], kind: str) -> None:
    before = rows_of(kind, Asked(as_of=TODAY, reader=people["manager"], each=kind == "gaps"))
    TeamManager.objects.create(team=Team.objects.get(code="RED"), person=Person.objects.get(employee_id="M1"))
    again = User.objects.get(username="manager")
    assert [team.code for team in again.managed_teams] == ["SEC", "RED"]
    assert rows_of(kind, Asked(as_of=TODAY, reader=again, each=kind == "gaps")) == before != []


def test_a_manager_gets_the_report_of_each_team_they_manage(people: dict[str, User]) -> None:
    TeamManager.objects.create(team=Team.objects.get(code="OPS"), person=Person.objects.get(employee_id="M1"))
    rows = of_file(file_of("gaps", "csv", Asked(as_of=TODAY, reader=people["manager"]), trailer=False))
    assert rows == [*as_printed("SEC", TODAY), *as_printed("OPS", TODAY)]


@pytest.mark.parametrize("each", [False, True])
def test_who_sees_no_team_gets_no_gaps(people: dict[str, User], each: bool) -> None:
    for who in ("staff", "stranger"):
        assert rows_of("gaps", Asked(as_of=TODAY, reader=people[who], each=each)) == []
