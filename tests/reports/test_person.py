"""A person's page shows how they stand on the day and what they should do next, to those who may see it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.html import Element
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from reports.gathering import facts_of
from reports.queries import person_overview, sight_of
from reports.templatetags.figures import number, percent
from roles.models import Competency, CompetencyIndicator, Person, Team, User
from tests.organisation import OrganisationFiles

from .expected import Expected, shares, total
from .pages import FUTURE, PAST, having, links, page_of, rows, text

DAY = date.fromisoformat(PAST)


def overview(employee_id: str, day: date = DAY) -> Any:
    return person_overview(person=Person.objects.get(employee_id=employee_id), as_of=day)


def steps_of(page: Element, section: str) -> list[str]:
    """The competencies of a list of what to do next, in its order."""
    return [code_of(link) for found in having(page, "section", aria_labelledby=section) for link in having(found, "a")]


def code_of(link: Element) -> str:
    return text(having(link, "span", class_="code")[0])


# Standings.


def test_standings_show_what_is_urgent_first_and_what_decided(reader: Any) -> None:
    assert rows(page_of(reader("staff"), f"/people/S1/?as_of={FUTURE}"), "standings") == [
        [
            "C-1 Prompts & traps",
            "3",
            "Expired 3 levels short",
            "3",
            "Exam",
            "1 Feb 2024",
            "expired 1 Jan 2500",
        ],
        ["C-2 Risks", "2", "Met, claimed", "2", "Self-assessment", "1 Feb 2024", "never"],
    ]


def test_a_mark_shows_the_gap_and_says_it(reader: Any) -> None:
    page = page_of(reader("manager"), f"/people/S2/?as_of={PAST}")
    assert [row[1:4] for row in rows(page, "standings")] == [
        ["0 /2", "Gap 2 levels short", "2"],
        ["?", "Not assessed 3 levels short", "3"],
    ]
    assert having(page, "span", role="img", aria_label="level 0, 2 required: gap")


def test_what_is_held_but_not_required_comes_last(reader: Any, files: OrganisationFiles) -> None:
    files.add("results", ("MORE", "S1", "C-3", 4, "exam", "2024-02-01", "", "", "")).as_import()
    assert rows(page_of(reader("staff"), f"/people/S1/?as_of={PAST}"), "standings")[-1][:4] == [
        "C-3 Law",
        "4",
        "Not required",
        "–",
    ]


def test_every_row_leads_to_why_and_keeps_the_day(reader: Any) -> None:
    page = page_of(reader("staff"), f"/people/S1/?as_of={PAST}")
    opened = [dict(link.attributes) for link in having(page, "a", data_panel="")]
    assert f"/people/S1/competencies/C-1/?as_of={PAST}" in [link["href"] for link in opened]


@pytest.mark.parametrize(
    ("expires_in", "soon"), [pytest.param(1, True, id="a day"), (90, True), pytest.param(91, False, id="91 days")]
)
def test_what_expires_within_90_days_is_marked(
    reader: Any, files: OrganisationFiles, expires_in: int, soon: bool
) -> None:
    expires = (DAY + timedelta(days=expires_in)).isoformat()
    files.add("results", ("R9", "S1", "C-1", 3, "exam", "2025-01-01", expires, "", "")).as_import()
    [row] = [
        row
        for row in rows(page_of(reader("staff"), f"/people/S1/?as_of={PAST}"), "standings")
        if row[0].startswith("C-1")
    ]
    assert row[-1].endswith(" soon") == soon


# The headline.


@pytest.mark.parametrize("employee_id", ["M1", "S1", "S2", "S3", "F1", "I1"])
@pytest.mark.parametrize("day", ["2023-12-31", "2024-02-01", PAST, FUTURE])
def test_the_measures_are_those_of_a_naive_evaluation(organisation: None, employee_id: str, day: str) -> None:
    as_of = date.fromisoformat(day)
    expected = Expected(Team.objects.get(code="ORG"), as_of)
    [facts] = facts_of([Person.objects.get(employee_id=employee_id).pk])
    counted = [own for own in expected.facts if own.person == facts.person]
    wanted = shares(total(expected.measured(pk, None, counted) for pk in expected.competencies))
    measures = overview(employee_id, as_of).measures
    assert {name: getattr(measures, name) for name in wanted} == wanted


def test_the_headline_shows_the_measures(reader: Any) -> None:
    page = page_of(reader("staff"), f"/people/S1/?as_of={PAST}")
    measures = overview("S1").measures
    [shown] = having(page, "dl", class_="measures")
    assert [text(having(group, "dd")[0]) for group in having(shown, "div")] == [
        percent(measures.verified_coverage),
        percent(measures.coverage),
        percent(measures.readiness),
        *(number(getattr(measures, name)) for name in ("gap", "expired", "not_assessed", "deficit", "exempt")),
    ]
    assert having(page, "svg", role="img", class_="balance")


# What to do next.


@pytest.fixture
def much_to_do(organisation: None, files: OrganisationFiles) -> None:
    """N1 has a gap of every width and weight, and something of everything else; codes run against what is urgent."""
    required = {"G-1": (2, 1), "G-2": (2, 1), "G-3": (2, 3), "G-4": (4, 1), "E-1": (3, 1), "E-2": (3, 2)}
    required |= {
        "U-1": (1, 1),
        "U-2": (4, 1),
        "M-1": (2, 1),
        "M-2": (2, 1),
        "M-3": (2, 1),
        "M-4": (2, 1),
        "M-5": (2, 1),
        "X-1": (4, 3),
    }
    files.add("roles", ("BUSY", "Busy", ""))
    files.add("competencies", *[(code, f"Title of {code}", "", "technical", "") for code in required])
    files.add("matrix", *[("v2", "2025-01-01", "BUSY", code, *cell) for code, cell in required.items()])
    files.add("matrix", ("v2", "2025-01-01", "ENG", "C-1", 3, 2), ("v2", "2025-01-01", "LEAD", "M-1", 2, 3))
    files.add("people", ("N1", "Name of N1", "", "2024-01-01", ""))
    files.add("memberships", ("N1", "RED", "2024-01-01", "")).add("assignments", ("N1", "BUSY", "2024-01-01", ""))
    files.add("assignments", ("N1", "LEAD", "2024-01-01", "2026-04-10"))
    files.add("exemptions", ("N1", "X-1", "2025-01-01", "", ""))
    files.add(
        "results",
        *[
            (f"N{number}", "N1", code, level, method, "2025-01-01", expires, "", "")
            for number, (code, level, method, expires) in enumerate(
                [
                    ("G-1", 1, "exam", ""),
                    ("G-2", 0, "exam", ""),
                    ("G-3", 1, "exam", ""),
                    ("G-4", 2, "exam", ""),
                    ("E-1", 3, "exam", "2026-01-01"),
                    ("E-2", 1, "exam", "2026-02-01"),
                    ("M-1", 2, "exam", "2026-05-01"),
                    ("M-2", 2, "exam", "2026-04-01"),
                    ("M-2", 2, "self", ""),
                    ("M-3", 2, "exam", "2026-04-01"),
                    ("M-3", 3, "practical", ""),
                    ("M-4", 2, "exam", "2026-12-01"),
                    ("M-5", 2, "exam", "2026-04-15"),
                    ("M-5", 1, "self", ""),
                ]
            )
        ],
    )
    # Recorded after the older one of M-3, and so decides until it expires; then the practical test still does.
    files.add("results", ("LAST", "N1", "M-3", 2, "exam", "2025-02-01", "2026-04-02", "", ""))
    files.as_import()


def test_what_to_do_next_is_by_what_is_widest_then_heaviest_then_what_expires_first(
    reader: Any, much_to_do: None
) -> None:
    page = page_of(reader("manager"), f"/people/N1/?as_of={PAST}")
    assert steps_of(page, "gaps") == ["G-2", "G-4", "G-3", "G-1"]
    assert steps_of(page, "expired") == ["E-2", "E-1"]
    assert steps_of(page, "expiring") == ["M-2", "M-5", "M-1"]
    assert steps_of(page, "unknown") == ["U-2", "U-1"]


def test_each_step_says_what_is_short_and_what_the_next_level_is(reader: Any, much_to_do: None) -> None:
    CompetencyIndicator.objects.bulk_create(
        CompetencyIndicator(competency=competency, level=level, text=f"Does {competency.code} at {level}.")
        for competency in Competency.objects.all()
        for level in (1, 2, 3, 4)
    )
    page = page_of(reader("manager"), f"/people/N1/?as_of={PAST}")
    said = {
        code_of(having(item, "a")[0]): text(having(item, "p")[0])
        for name in ("gaps", "expired", "expiring", "unknown")
        for found in having(page, "section", aria_labelledby=name)
        for item in having(found, "li")
    }
    assert said["G-4"] == "2 levels short. Level 3: Does G-4 at 3."
    assert said["G-3"] == "1 level short. Weighs 3. Level 2: Does G-3 at 2."
    assert said["E-1"] == "3 levels short. Level 3 expired on 1 Jan 2026. Level 3: Does E-1 at 3."
    assert said["E-2"] == "3 levels short. Level 1 expired on 1 Feb 2026. Weighs 2. Level 2: Does E-2 at 2."
    assert said["M-1"] == "Expires on 1 May 2026. Weighs 3. Level 2: Does M-1 at 2."
    assert said["U-2"] == "4 levels short. Level 4: Does U-2 at 4."


def test_who_is_exempt_is_short_of_nothing(reader: Any, much_to_do: None) -> None:
    page = page_of(reader("manager"), f"/people/N1/?as_of={PAST}")
    assert ["X-1 Title of X-1", "ex", "Exempt", "4", "–", "–", "–"] in rows(page, "standings")


def test_who_has_nothing_to_do_is_told_so(reader: Any) -> None:
    page = page_of(reader("staff"), f"/people/S1/?as_of={PAST}")
    assert "Nothing: all that is required is met, and nothing is to be renewed within 90 days." in text(page)


# The head, and who may see what.


def test_the_head_names_team_and_roles_of_the_day(reader: Any, files: OrganisationFiles) -> None:
    files.add("assignments", ("S1", "LEAD", "2026-04-01", "")).as_import()
    client = reader("manager")
    head = text(having(page_of(client, f"/people/S1/?as_of={PAST}"), "p", class_="facts")[0])
    assert head == "S1 Engineer 1 March 2026"
    assert "Engineer Lead" in text(having(page_of(client, "/people/S1/?as_of=2026-04-01"), "p", class_="facts")[0])
    before = page_of(reader("administrator"), "/people/S1/?as_of=2023-12-31")
    assert text(having(before, "p", class_="facts")[0]) == "S1 no role 31 December 2023"


def test_the_team_is_a_link_for_who_may_see_it_and_a_name_for_the_others(reader: Any, people: Any) -> None:
    client = reader("manager")
    assert f"/teams/RED/?as_of={PAST}" in links(page_of(client, f"/people/S1/?as_of={PAST}"))
    page = page_of(reader("staff"), "/people/S1/")
    assert "Red team" in text(page)
    assert not {address for address in links(page) if address.startswith("/teams/")}


@pytest.mark.parametrize(
    ("who", "may"), [("administrator", True), ("manager", True), ("auditor", False), ("staff", False)]
)
def test_only_who_records_for_the_team_is_led_there(reader: Any, who: str, may: bool) -> None:
    assert ("/teams/RED/record/?q=S1" in links(page_of(reader(who), "/people/S1/"))) == may


@pytest.mark.parametrize("tab", ["", "history/", "career/", "competencies/C-1/"])
def test_each_view_leads_to_the_others_and_keeps_the_day(reader: Any, tab: str) -> None:
    page = page_of(reader("staff"), f"/people/S1/{tab}?as_of={PAST}")
    assert {f"/people/S1/{other}?as_of={PAST}" for other in ("", "history/", "career/")} <= links(page)


@pytest.mark.parametrize("tab", ["", "history/", "career/", "competencies/C-1/"])
@pytest.mark.parametrize(
    ("who", "employee_id", "status"),
    [
        ("administrator", "F1", 200),
        ("auditor", "F1", 200),
        ("manager", "S1", 200),
        ("manager", "F1", 404),
        ("staff", "S1", 200),
        ("staff", "S2", 404),
        ("stranger", "S1", 404),
        ("signed out", "S1", 302),
    ],
)
def test_who_may_see_each_view(reader: Any, who: str, employee_id: str, tab: str, status: int) -> None:
    client = reader(who)
    assert client.get(f"/people/{employee_id}/{tab}").status_code == status
    assert client.post(f"/people/{employee_id}/{tab}").status_code in {405, 302}


@pytest.mark.parametrize("tab", ["", "history/", "career/", "competencies/C-1/"])
def test_a_bad_day_is_said_on_each_view(reader: Any, tab: str) -> None:
    response = reader("staff").get(f"/people/S1/{tab}?as_of=banana")
    assert response.status_code == 400
    assert "“banana” is not a day." in response.content.decode()
    assert response.context["form"].day == localdate()


@pytest.mark.parametrize("who", ["administrator", "auditor", "manager", "staff", "stranger"])
@pytest.mark.parametrize("employee_id", ["S1", "S3", "F1"])
def test_the_days_in_sight_are_those_on_which_the_person_is_visible(
    people: dict[str, User], who: str, employee_id: str
) -> None:
    person, user = Person.objects.get(employee_id=employee_id), people[who]
    sight = sight_of(person=person, user=user)
    for day in (date.min, date(2023, 12, 31), date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1), date(2999, 1, 1)):
        assert sight.sees(day) == Person.objects.visible_to(user, on=day).filter(pk=person.pk).exists()


# Nothing to show, and size.


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/people/S1/?as_of=2023-12-31", "In no team on this day"),
        ("/people/I1/", "Nothing is required, and nothing has been assessed"),
    ],
)
def test_an_empty_page_says_why(reader: Any, address: str, words: str) -> None:
    page = page_of(reader("administrator"), address)
    assert words in [text(heading) for heading in having(page, "h2")]
    assert "0%" not in text(page)


def test_who_left_counts_no_more_even_while_in_a_team(reader: Any, files: OrganisationFiles) -> None:
    files.change("people", 3, left_on="2026-01-01").as_import()
    page = page_of(reader("administrator"), f"/people/S1/?as_of={PAST}")
    assert "In no team on this day" in text(page)
    assert "/teams/RED/" not in {address.partition("?")[0] for address in links(page)}


def test_much_to_do_takes_as_many_queries_as_little(reader: Any, much_to_do: None, files: OrganisationFiles) -> None:
    files.add("results", ("OLD", "S2", "C-1", 3, "exam", "2024-02-01", "2025-01-01", "", "")).as_import()
    client = reader("manager")
    taken = []
    for employee_id in ("N1", "S2"):
        with CaptureQueriesContext(connection) as queries:
            response = client.get(f"/people/{employee_id}/?as_of={PAST}")
        assert len(response.context["overview"].steps.expired) > 0
        taken.append(len(queries))
    assert taken == [14, 14]
