"""A person's history tells what happened up to the day and what is to come, of the days that the reader may see."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.html import Element
from django.test.utils import CaptureQueriesContext

from assessments.models import AssessmentResult
from assessments.services import withdraw_result
from reports.presentation.strips import Axis
from reports.queries import History, history, sight_of
from reports.standings import State
from roles.models import Person, User
from tests.organisation import OrganisationFiles

from .pages import PAST, having, links, page_of, rows, text

DAY = date.fromisoformat(PAST)


def history_of(employee_id: str, reader: str = "administrator", day: date = DAY) -> History:
    person = Person.objects.get(employee_id=employee_id)
    return history(person=person, as_of=day, sight=sight_of(person=person, user=User.objects.get(username=reader)))


def events(page: Element, section: str) -> list[tuple[str, str]]:
    """The days and the words of the events, in their order."""
    [found] = having(page, "section", aria_labelledby=section)
    return [
        (dict(having(item, "time")[0].attributes)["datetime"] or "", words_of(having(item, "div")[0]))
        for item in having(found, "li")
    ]


def words_of(root: Element) -> str:
    return text(root).replace(" :", ":").replace(" ,", ",")


@pytest.fixture
def eventful(organisation: None, files: OrganisationFiles) -> None:
    files.add("matrix", ("v2", "2025-07-01", "ENG", "C-1", 2, 1), ("v3", "2030-01-01", "ENG", "C-1", 1, 1))
    files.add("exemptions", ("S1", "C-2", "2025-03-01", "2026-06-01", "Parental leave"))
    files.add("assignments", ("S1", "LEAD", "2025-05-01", "2025-09-01"))
    files.change("memberships", 3, until="2024-06-01").add("memberships", ("S1", "SEC", "2024-06-01", ""))
    files.add(
        "results",
        ("SHORT", "S1", "C-1", 2, "exam", "2024-01-15", "2024-12-01", "", ""),
        ("LATER", "S1", "C-1", 1, "exam", "2026-03-02", "", "", ""),
        ("MISTAKE", "S1", "C-1", 4, "exam", "2025-12-24", "2026-12-24", "", ""),
    )
    files.as_import()
    withdraw_result(
        result=AssessmentResult.objects.get(result_id="MISTAKE"),
        by=User.objects.create(username="clerk"),
        reason="Wrong person",
        at=datetime(2026, 1, 5, 12, tzinfo=UTC),
    )


def test_the_past_stands_newest_first_and_the_rest_is_to_come(reader: Any, eventful: None) -> None:
    page = page_of(reader("manager"), f"/people/S1/history/?as_of={PAST}")
    assert events(page, "past") == [
        ("2025-12-24", "C-1 Prompts & traps: level 4, Exam, verified Withdrawn on 5 Jan 2026: Wrong person (clerk)"),
        ("2025-09-01", "Gives up the role Lead"),
        ("2025-07-01", "Matrix v2 takes effect"),
        ("2025-05-01", "Takes the role Lead"),
        ("2025-03-01", "Exempt from C-2 Risks: Parental leave"),
        ("2024-12-01", "C-1 Prompts & traps: level 2 of 15 Jan 2024 expired (it does not decide)"),
        ("2024-06-01", "Moves from Red team to Security"),
        ("2024-02-01", "C-2 Risks: level 2, Self-assessment, claimed"),
        ("2024-02-01", "C-1 Prompts & traps: level 3, Exam, verified"),
        ("2024-01-15", "C-1 Prompts & traps: level 2, Exam, verified"),
        ("2024-01-01", "Takes the role Engineer"),
        ("2024-01-01", "Joins the organisation"),
        ("2024-01-01", "Comes into the team Red team"),
    ]
    assert events(page, "coming") == [
        ("2026-06-01", "No longer exempt from C-2 Risks"),
        ("2030-01-01", "Matrix v3 takes effect"),
        ("2500-01-01", "C-1 Prompts & traps: level 3 of 1 Feb 2024 expires (it does not decide)"),
    ]
    assert [text(heading) for heading in having(page, "h3", class_="month")][:2] == ["December 2025", "September 2025"]
    assert words_of(having(page, "s")[0]) == "C-1 Prompts & traps: level 4, Exam, verified"


def test_on_a_later_day_what_was_to_come_has_happened(reader: Any, eventful: None) -> None:
    client = reader("manager")
    past = events(page_of(client, "/people/S1/history/?as_of=2026-06-01"), "past")
    assert past[:2] == [
        ("2026-06-01", "No longer exempt from C-2 Risks"),
        ("2026-03-02", "C-1 Prompts & traps: level 1, Exam, verified"),
    ]


def test_an_expiry_that_decided_is_told_from_one_that_did_not(reader: Any) -> None:
    assert events(page_of(reader("manager"), f"/people/S1/history/?as_of={PAST}"), "coming") == [
        ("2500-01-01", "C-1 Prompts & traps: level 3 of 1 Feb 2024 expires")
    ]


def test_where_nothing_is_to_come_it_says_so(reader: Any) -> None:
    page = page_of(reader("manager"), f"/people/M1/history/?as_of={PAST}")
    assert "Nothing expires or changes after this day, as far as is recorded." in text(page)


def test_who_leaves_is_told(reader: Any, files: OrganisationFiles) -> None:
    files.change("people", 3, left_on="2026-05-01").change("memberships", 3, until="2026-05-01").as_import()
    coming = events(page_of(reader("administrator"), f"/people/S1/history/?as_of={PAST}"), "coming")
    assert coming[0][0] == coming[1][0] == "2026-05-01"
    assert {words for _, words in coming[:2]} == {"Leaves the organisation", "Leaves the team Red team"}


def test_a_void_stretch_never_happened(reader: Any, files: OrganisationFiles) -> None:
    files.add("assignments", ("S1", "LEAD", "2025-05-01", "2025-05-01"))
    files.add("memberships", ("S1", "OPS", "2025-05-01", "2025-05-01"))
    files.add("exemptions", ("S1", "C-2", "2025-05-01", "2025-05-01", "Mistake")).as_import()
    shown = text(page_of(reader("administrator"), f"/people/S1/history/?as_of={PAST}"))
    assert "Lead" not in shown
    assert "Operations" not in shown
    assert "Mistake" not in shown


# What the reader may not see.


@pytest.fixture
def moved(organisation: None, files: OrganisationFiles) -> None:
    """S3 was in the manager's scope up to 2025 only, and has done things on both sides."""
    files.add("assignments", ("S3", "LEAD", "2025-02-01", ""), ("S3", "IDLE", "2024-02-01", ""))
    files.add("exemptions", ("S3", "C-1", "2025-03-01", "", "Secret reason"))
    files.add("results", ("OWN", "S3", "C-1", 1, "exam", "2024-03-01", "", "", ""))
    files.add("results", ("THERE", "S3", "C-2", 4, "exam", "2025-03-01", "", "", ""))
    files.as_import()


def test_the_days_in_another_scope_are_not_told(reader: Any, moved: None) -> None:
    page = page_of(reader("manager"), "/people/S3/history/?as_of=2024-12-31")
    assert events(page, "coming") == [("2025-01-01", "Moves from Red team to another team")]
    shown = text(page)
    assert "Operations" not in shown
    assert "Secret reason" not in shown
    assert "Takes the role Idler" in shown


def test_who_sees_everything_and_who_it_is_about_see_it_all(reader: Any, moved: None) -> None:
    coming = events(page_of(reader("administrator"), "/people/S3/history/?as_of=2024-12-31"), "coming")
    assert [words for _, words in coming] == [
        "Moves from Red team to Operations",
        "Takes the role Lead",
        "Exempt from C-1 Prompts & traps: Secret reason",
    ]


def test_a_manager_sees_no_standing_of_days_before_the_scope(people: Any, files: OrganisationFiles) -> None:
    files.add("managers", ("OPS", "F1")).as_import()
    User.objects.create(username="other", person=Person.objects.get(employee_id="F1"))
    day = date(2025, 6, 1)
    assert {piece.from_on for strip in history_of("S3", "other", day).strips for piece in strip.pieces} == {
        date(2025, 1, 1)
    }
    assert {piece.from_on for strip in history_of("S3", day=day).strips for piece in strip.pieces} == {
        date(2024, 1, 1),
        date(2025, 1, 1),
    }


# The strips.


def test_a_strip_is_cut_to_24_months_and_the_day(people: Any, files: OrganisationFiles) -> None:
    files.add("results", ("NEW", "S1", "C-1", 2, "exam", "2025-01-01", "2026-01-01", "", "")).as_import()
    found = history_of("S1", day=date(2026, 3, 15))
    assert (found.begins, found.ends) == (date(2024, 3, 1), date(2026, 3, 16))
    [strip] = [strip for strip in found.strips if strip.competency.code == "C-1"]
    assert [(piece.from_on, piece.until_on, piece.level, piece.state) for piece in strip.pieces] == [
        (date(2024, 3, 1), date(2025, 1, 1), 3, State.MET),
        (date(2025, 1, 1), date(2026, 1, 1), 2, State.GAP),
        (date(2026, 1, 1), date(2026, 3, 16), 3, State.MET),
    ]
    assert strip.now == strip.pieces[-1]


def test_a_strip_of_what_expired_knows_what_it_was(people: Any) -> None:
    [strip, _] = history_of("S1", day=date(2500, 1, 1)).strips
    assert [(piece.state, piece.level, piece.last_level) for piece in strip.pieces] == [
        (State.MET, 3, 3),
        (State.EXPIRED, None, 3),
    ]


def test_a_strip_of_who_is_gone_has_nothing_now(people: Any, files: OrganisationFiles) -> None:
    files.change("people", 3, left_on="2026-01-01").as_import()
    assert {strip.now for strip in history_of("S1").strips} == {None}


def test_a_strip_draws_and_says_every_stretch(reader: Any) -> None:
    page = page_of(reader("manager"), "/people/S1/history/?as_of=2500-01-01")
    words = "From 1 Jan 2498: level 3, 3 required: met, verified. From 1 Jan 2500: level 3 has expired, 3 required."
    [drawn] = having(page, "svg", class_="strip", aria_label=words)
    bars = [dict(bar.attributes) for bar in having(drawn, "rect") if "fill" in dict(bar.attributes)]
    assert [(bar["class"], bar["fill"], bar["height"]) for bar in bars] == [
        ("verified", "url(#fill-verified)", "21"),
        ("expired", "url(#fill-expired)", "4"),
    ]
    assert bars[1]["x"] == "99.863%"
    assert [row[0] for row in rows(page, "levels")] == ["C-1 Prompts & traps", "C-2 Risks"]
    assert "/people/S1/competencies/C-1/?as_of=2500-01-01" in links(page)


@pytest.mark.parametrize(
    ("begins", "ends", "years"),
    [
        pytest.param(date(2024, 1, 1), date(2025, 12, 31), ["0.000%", "50.137%"], id="the first day is one"),
        pytest.param(date(2024, 1, 2), date(2026, 1, 1), ["50.000%"], id="the day after the last is one"),
    ],
)
def test_a_line_stands_where_a_year_begins(begins: date, ends: date, years: list[str]) -> None:
    assert Axis(begins, ends).years() == years


@pytest.mark.parametrize("day", ["0001-01-01", "0002-12-31", "0003-01-01", "9999-12-30"])
def test_the_ends_of_the_calendar_are_no_trouble(reader: Any, day: str) -> None:
    assert reader("administrator").get(f"/people/S1/history/?as_of={day}").status_code == 200


def test_a_long_history_takes_as_many_queries_as_a_short_one(reader: Any, files: OrganisationFiles) -> None:
    days = [f"2025-02-{day:02}" for day in range(1, 29)]
    files.add("results", *[(day, "S1", "C-1", 2, "exam", day, "2026-01-01", "", "") for day in days]).as_import()
    client = reader("manager")
    taken = []
    for employee_id in ("S1", "S2"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/people/{employee_id}/history/?as_of={PAST}").status_code == 200
        taken.append(len(queries))
    assert taken == [15, 15]
