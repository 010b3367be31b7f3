"""The forecast of a team: what its totals come to, which results expire, and what else moves them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

from reports.gathering import current_rules, facts_of
from reports.queries import Forecast, expiring, expiring_count, expiring_counts, forecast, team_report
from reports.queries.forecast import days_later
from reports.standings import PersonFacts, State
from reports.templatetags.sentences import forecast_sentence
from roles.models import Competency, Person, Team
from tests.organisation import OrganisationFiles

from . import naive
from .awkward import AHEAD, TODAY
from .awkward import demo as demo  # noqa: PLC0414 - a fixture
from .expected import ancestry
from .pages import having, links, page_of, text
from .sizes import queries_of, two_teams

NOW = date(2026, 11, 24)


class Cell(NamedTuple):
    """One person and competency on both days, told one by one from the facts."""

    facts: PersonFacts
    competency: int
    before: naive.Said | None
    after: naive.Said | None


def in_scope(team: Team, day: date) -> dict[int, PersonFacts]:
    """The people in the team's scope on the day."""
    teams = {each.pk: each for each in Team.objects.all()}
    found = {}
    for person in Person.objects.values_list("pk", flat=True):
        [facts] = facts_of([person])
        own = naive.team_on(facts, day)
        if own is not None and team in ancestry(teams[own]):
            found[person] = facts
    return found


def staying_cells(team: Team, today: date, as_of: date) -> Iterator[Cell]:
    """Every cell of the people who are in the scope on both days."""
    rules = current_rules()
    later = in_scope(team, as_of)
    for person, facts in in_scope(team, today).items():
        if person in later:
            for competency in Competency.objects.values_list("pk", flat=True):
                before, after = (naive.on_day(facts, rules, competency, day) for day in (today, as_of))
                yield Cell(facts, competency, before, after)


def roles_of(facts: PersonFacts, day: date) -> set[int]:
    return {role.what for role in facts.roles if naive.in_force(role, day)}


def excused(cell: Cell, day: date) -> bool:
    return any(e.what == cell.competency and naive.in_force(e, day) for e in cell.facts.exemptions)


def result_of(cell: Cell, order: int | None) -> Any:
    return next((result for result in cell.facts.results if result.order == order), None)


SPANS = [(TODAY, AHEAD), (TODAY - timedelta(days=150), TODAY - timedelta(days=60)), (TODAY, date(2999, 1, 1))]


# Figures.


@pytest.mark.parametrize(("today", "as_of"), SPANS)
def test_the_totals_are_those_of_the_report_on_both_days(demo: Team, today: date, as_of: date) -> None:
    for team in Team.objects.order_by("path")[:4]:
        found = forecast(team=team, today=today, as_of=as_of)
        for totals, day in ((found.before, today), (found.after, as_of)):
            assert totals.as_dict() == team_report(team=team, as_of=day).totals.as_dict()


@pytest.mark.parametrize(("today", "as_of"), SPANS)
def test_what_expires_is_what_decides_today_and_no_longer_on_the_day(demo: Team, today: date, as_of: date) -> None:
    codes = dict(Competency.objects.values_list("pk", "code"))
    people = dict(Person.objects.values_list("pk", "employee_id"))
    expected = []
    for cell in staying_cells(demo, today, as_of):
        result = result_of(cell, cell.before.result) if cell.before else None
        known = cell.before is not None and cell.before.state in {State.MET, State.GAP}
        if result and known and result.expires_on and result.expires_on <= as_of:
            after = cell.after
            lost = after is not None and after.state in {State.GAP, State.EXPIRED, State.NOT_ASSESSED}
            expected.append(
                (
                    result.expires_on,
                    people[cell.facts.person],
                    codes[cell.competency],
                    cell.before.required if cell.before else 0,
                    cell.before.state if cell.before else None,
                    (after.state, after.required, after.level, after.verified) if after else (State.NOT_REQUIRED,),
                    lost and cell.before is not None and cell.before.state == State.MET,
                )
            )
    found = forecast(team=demo, today=today, as_of=as_of).expiring
    assert [
        (
            row.expires_on,
            row.person.employee_id,
            row.competency.code,
            row.required,
            row.state,
            (State.NOT_REQUIRED,)
            if row.afterwards.is_nothing
            else (row.afterwards.state, row.afterwards.required, row.afterwards.level, row.afterwards.verified),
            row.takes_away,
        )
        for row in found.results
    ] == sorted(expected, key=lambda row: row[:3])
    assert found.total == len(expected)
    assert found.taken_away == sum(row[-1] for row in expected)
    assert 0 < found.taken_away < found.total


@pytest.mark.parametrize(("today", "as_of"), SPANS)
def test_every_other_cause_is_counted(demo: Team, today: date, as_of: date) -> None:
    before, after = in_scope(demo, today), in_scope(demo, as_of)
    staying = [facts for person, facts in before.items() if person in after]
    cells = list(staying_cells(demo, today, as_of))
    causes = forecast(team=demo, today=today, as_of=as_of).causes
    assert [version.code for version in causes.versions] == [
        code
        for code, day in (("spring", TODAY - timedelta(days=200)), ("winter", TODAY + timedelta(days=45)))
        if today < day <= as_of
    ]
    assert causes.leaving == len(before.keys() - after.keys())
    assert causes.joining == len(after.keys() - before.keys())
    assert causes.changing_roles == sum(roles_of(facts, today) != roles_of(facts, as_of) for facts in staying)
    assert causes.exempt_no_longer == sum(
        cell.before is not None and cell.before.state == State.EXEMPT and not excused(cell, as_of) for cell in cells
    )
    assert causes.newly_exempt == sum(
        cell.after is not None and cell.after.state == State.EXEMPT and not excused(cell, today) for cell in cells
    )
    assert causes.newly_assessed == sum(
        cell.after is not None
        and cell.after.state in {State.MET, State.GAP}
        and result_of(cell, cell.after.result).assessed_on > today
        for cell in cells
    )


def test_in_the_demo_every_cause_is_there(demo: Team) -> None:
    causes = forecast(team=demo, today=TODAY, as_of=AHEAD).causes
    assert all(getattr(causes, name) for name in causes.__dataclass_fields__)


def test_a_result_of_somebody_who_leaves_is_not_among_those_that_expire(demo: Team) -> None:
    found = forecast(team=demo, today=TODAY, as_of=AHEAD).expiring.results
    gone = found[0].person
    gone.left_on = AHEAD
    gone.save()
    later = forecast(team=demo, today=TODAY, as_of=AHEAD)
    assert gone not in [row.person for row in later.expiring.results]
    assert gone in [
        row.person for row in forecast(team=demo, today=TODAY, as_of=AHEAD - timedelta(days=1)).expiring.results
    ]


def test_a_page_of_what_expires_is_a_piece_of_all_of_it(demo: Team) -> None:
    whole = expiring(team=demo, today=TODAY, as_of=AHEAD)
    assert whole.total > 7
    pages = [expiring(team=demo, today=TODAY, as_of=AHEAD, page=page, size=3) for page in range(1, whole.pages + 9)]
    joined = [row for page in pages[: pages[0].pages] for row in page.results]
    assert joined == whole.results
    assert pages[-1].page == pages[0].pages
    assert {page.total for page in pages} == {whole.total}


def test_the_count_for_several_teams_is_that_of_each(demo: Team) -> None:
    Team.objects.create(code="VOID", name="Nobody's team", parent=demo)
    teams = list(Team.objects.order_by("path"))
    counts = expiring_counts(teams=teams, as_of=TODAY, days=90)
    assert counts == {team.pk: expiring(team=team, today=TODAY, as_of=AHEAD).total for team in teams}
    assert counts[demo.pk] == expiring_count(team=demo, as_of=TODAY) > 0
    assert counts[Team.objects.get(code="VOID").pk] == 0
    assert expiring_counts(teams=[], as_of=TODAY) == {}


def test_a_forecast_takes_fourteen_queries_for_a_few_and_for_all(demo: Team, django_assert_num_queries: Any) -> None:
    small = next(team for team in Team.objects.order_by("-path") if expiring_count(team=team, as_of=TODAY))
    for team in (demo, small):
        with django_assert_num_queries(14):
            forecast(team=team, today=TODAY, as_of=AHEAD)


def test_days_later_ends_with_the_calendar() -> None:
    assert days_later(date(2026, 11, 24), 90) == date(2027, 2, 22)
    assert days_later(date(9999, 12, 1), 90) == date(9999, 12, 30)


# Words.


@pytest.fixture
def moving(people: Any, files: OrganisationFiles, monkeypatch: pytest.MonkeyPatch) -> OrganisationFiles:
    """The organisation on a day on which two met requirements are about to expire."""
    monkeypatch.setattr("reports.views.asking.localdate", lambda: NOW)
    files.add("results", ("R5", "S2", "C-1", 3, "exam", "2026-01-15", "2026-12-01", "", ""))
    files.add("results", ("R6", "F1", "C-1", 3, "exam", "2026-01-15", "2026-12-24", "", ""))
    files.as_import()
    return files


def said(as_of: date = date(2026, 12, 31), today: date = NOW, now: date = NOW) -> str:
    found: Forecast = forecast(team=Team.objects.get(code="ORG"), today=today, as_of=as_of)
    return forecast_sentence(found, now)


def test_where_results_alone_expire_the_sentence_says_that_they_are_why(moving: OrganisationFiles) -> None:
    assert said() == (
        "If nothing is done, coverage falls from 63% to 38% by 31 December 2026, because these 2 results expire."
    )
    assert said(as_of=date(2026, 12, 1)) == (
        "If nothing is done, coverage falls from 63% to 50% by 1 December 2026, because this result expires."
    )


def test_results_that_take_nothing_away_are_not_made_the_reason(moving: OrganisationFiles) -> None:
    moving.add("results", ("R7", "S3", "C-1", 1, "exam", "2026-01-15", "2026-12-01", "", "")).as_import()
    assert said() == (
        "If nothing is done, coverage falls from 63% to 38% by 31 December 2026, because 2 results expire without which"
        " requirements are not met."
    )


def test_where_something_else_moves_it_the_results_are_not_made_the_reason(moving: OrganisationFiles) -> None:
    moving.add("exemptions", ("S3", "C-1", "2026-12-01", "", "")).as_import()
    assert said() == "If nothing is done, coverage falls from 63% to 43% by 31 December 2026."


@pytest.mark.parametrize(
    ("as_of", "sentence"),
    [
        (date(2026, 11, 30), "If nothing is done, coverage stays at 63% until 30 November 2026."),
        (date(2027, 1, 15), "If nothing is done, coverage rises from 38% to 63% by 15 January 2027."),
    ],
)
def test_a_measure_that_stays_or_rises(moving: OrganisationFiles, as_of: date, sentence: str) -> None:
    moving.add("results", ("R7", "S2", "C-1", 3, "exam", "2027-01-10", "", "", ""))
    moving.add("results", ("R8", "F1", "C-1", 3, "exam", "2027-01-10", "", "", "")).as_import()
    assert said(as_of=as_of, today=NOW if as_of < date(2027, 1, 1) else date(2026, 12, 31)) == sentence


def test_what_is_past_is_told_as_past(moving: OrganisationFiles) -> None:
    assert said(today=date(2026, 1, 1), as_of=date(2026, 4, 1)) == (
        "Coverage rose from 38% on 1 January 2026 to 63% on 1 April 2026."
    )
    assert said(today=date(2026, 5, 1), as_of=date(2026, 6, 1)) == "Coverage was 63% on 1 May 2026 and on 1 June 2026."


def test_nothing_is_said_where_nothing_is_required(moving: OrganisationFiles) -> None:
    assert said(today=date(2023, 1, 1), as_of=date(2023, 4, 1)) == ""


# The page.


def rows(page: Any) -> list[list[str]]:
    [table] = [found for found in having(page, "table") if "expiring" in (dict(found.attributes)["class"] or "")]
    [body] = having(table, "tbody")
    return [[text(cell) for cell in having(row, "th") + having(row, "td")] for row in having(body, "tr")]


def test_the_page_of_today_shows_the_next_ninety_days(reader: Any, moving: OrganisationFiles) -> None:
    page = page_of(reader("administrator"), "/teams/ORG/forecast/")
    assert text(having(page, "h2")[0]).startswith(
        "If nothing is done, coverage falls from 63% to 38% by 22 February 2027"
    )
    assert "2 results expiring, 2 requirements no longer met" in text(page)
    assert rows(page) == [
        [
            "Name of S2",
            "1 Dec 2026",
            "Red team",
            "C-1 Prompts & traps",
            "3",
            "3",
            "no longer met",
            "Why Name of S2, C-1",
        ],
        [
            "Name of F1",
            "24 Dec 2026",
            "Operations",
            "C-1 Prompts & traps",
            "3",
            "3",
            "no longer met",
            "Why Name of F1, C-1",
        ],
    ]
    assert {"/people/S2/", "/people/S2/competencies/C-1/"} <= links(page)


def test_the_page_of_a_day_ahead_shows_what_expires_until_then(reader: Any, moving: OrganisationFiles) -> None:
    page = page_of(reader("administrator"), "/teams/ORG/forecast/?as_of=2026-12-23")
    assert [row[0] for row in rows(page)] == ["Name of S2"]
    assert {"/people/S2/?as_of=2026-12-23", "/people/S2/competencies/C-1/?as_of=2026-12-23"} <= links(page)


def test_the_page_of_a_past_day_shows_what_was_to_expire_from_there(reader: Any, moving: OrganisationFiles) -> None:
    page = page_of(reader("administrator"), "/teams/ORG/forecast/?as_of=2026-10-01")
    assert "30 December 2026" in text(having(page, "h2")[0])
    assert [row[0] for row in rows(page)] == ["Name of S2", "Name of F1"]


@pytest.mark.parametrize(
    ("result", "effect"),
    [
        pytest.param(("S2", "C-1", 3, "manager", "2025-01-15", ""), "still met", id="another verified one holds"),
        pytest.param(("S2", "C-1", 3, "self", "2026-02-15", ""), "still met, as claimed", id="a claim holds"),
        pytest.param(("S2", "C-1", 2, "self", "2026-02-15", ""), "no longer met", id="a claim is too low"),
    ],
)
def test_what_comes_of_a_requirement(
    reader: Any, moving: OrganisationFiles, result: tuple[Any, ...], effect: str
) -> None:
    moving.add("results", ("R9", *result, "", "")).as_import()
    page = page_of(reader("administrator"), "/teams/ORG/forecast/?as_of=2026-12-10")
    assert rows(page)[0][6] == effect


def test_a_gap_that_expires_takes_nothing_away(reader: Any, moving: OrganisationFiles) -> None:
    moving.add("results", ("R9", "S3", "C-1", 1, "exam", "2026-02-15", "2026-11-30", "", "")).as_import()
    page = page_of(reader("administrator"), "/teams/ORG/forecast/")
    assert rows(page)[0][6] == "not met before"


@pytest.mark.parametrize(
    ("table", "row", "effect"),
    [
        ("exemptions", ("S2", "C-1", "2026-11-30", "", ""), "exempt by then"),
        ("matrix", ("v2", "2026-11-30", "ENG", "C-2", 2, 1), "no longer required"),
    ],
)
def test_what_is_required_no_longer(
    reader: Any, moving: OrganisationFiles, table: str, row: tuple[Any, ...], effect: str
) -> None:
    moving.add(table, row).as_import()
    page = page_of(reader("administrator"), "/teams/ORG/forecast/?as_of=2026-12-10")
    assert rows(page)[0][6] == effect
    if table == "matrix":
        assert "matrix version v2 from 30 November 2026 on" in text(page)


def test_where_nothing_expires_it_says_so(reader: Any, moving: OrganisationFiles) -> None:
    page = page_of(reader("administrator"), "/teams/ORG/forecast/?as_of=2026-11-30")
    assert "No result expiring until 30 November 2026" in text(page)
    assert not having(page, "section", aria_labelledby="expiring")


def test_an_empty_team_says_why(reader: Any) -> None:
    page = page_of(reader("administrator"), "/teams/VOID/forecast/")
    assert text(having(page, "h2")[0]).startswith("Nothing to cover until")


def test_pages_of_the_list(reader: Any, moving: OrganisationFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.views.forecast.RESULTS_ON_A_PAGE", 1)
    client = reader("administrator")
    first = page_of(client, "/teams/ORG/forecast/")
    assert [row[0] for row in rows(first)] == ["Name of S2"]
    assert "1 to 1 of 2" in text(first)
    assert "?page=2" in links(first)
    assert [row[0] for row in rows(page_of(client, "/teams/ORG/forecast/?page=9"))] == ["Name of F1"]
    wrong = page_of(client, "/teams/ORG/forecast/?page=none", 400)
    assert "There is no such page of this list" in text(wrong)
    assert [row[0] for row in rows(wrong)] == ["Name of S2"]


def test_the_outlook_is_the_forecast_in_a_few_lines(reader: Any, moving: OrganisationFiles) -> None:
    client = reader("administrator")
    answer = client.get("/teams/ORG/forecast/", headers={"HX-Request": "true", "HX-Target": "outlook"})
    assert b"<html" not in answer.content
    assert b"<table" not in answer.content
    assert b"because these 2 results expire" in answer.content


@pytest.mark.parametrize(("who", "status"), [("manager", 404), ("staff", 404), ("stranger", 404), ("auditor", 200)])
def test_who_may_see_the_forecast(reader: Any, who: str, status: int) -> None:
    assert reader(who).get("/teams/OPS/forecast/").status_code == status


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-30"])
def test_the_ends_of_the_calendar_can_be_asked_for(reader: Any, day: str) -> None:
    page_of(reader("administrator"), f"/teams/ORG/forecast/?as_of={day}")


def test_the_page_of_a_big_team_takes_as_many_queries(reader: Any, files: OrganisationFiles) -> None:
    two_teams(files)
    client = reader("manager")
    small, big = (queries_of(client, f"/teams/{code}/forecast/?as_of=2500-01-01") for code in ("SMALL", "BIG"))
    assert small == big
