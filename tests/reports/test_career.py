"""How far a person is from another role, proved against the naive evaluation of that role alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.html import parse_html
from django.test.utils import CaptureQueriesContext

from assessments.models import AssessmentResult
from assessments.services import withdraw_result
from reports.gathering import facts_of
from reports.queries import Career, career
from reports.standings import State, Stretch
from reports.templatetags.figures import percent
from roles.models import CompetencyIndicator, Person, Role, Team
from tests.organisation import AT, OrganisationFiles

from .expected import Expected, shares
from .expected import total as added
from .pages import PAST, having, links, page_of, rows, text

DAY = date.fromisoformat(PAST)


def career_of(employee_id: str, day: date = DAY) -> Career:
    return career(person=Person.objects.get(employee_id=employee_id), as_of=day)


@pytest.fixture
def emerging(organisation: None, files: OrganisationFiles) -> None:
    """Three emerging roles; S1, an engineer, has something expired and is exempt where nothing is required of them."""
    files.add(
        "roles", ("A-FAR", "Far away", ""), ("B-NEAR", "Near", ""), ("C-NEAR", "As near", ""), ("D-VOID", "No", "")
    )
    files.add("competencies", *[(code, f"Title of {code}", "", "technical", "") for code in ("C-4", "C-5", "C-6")])
    files.add(
        "matrix",
        ("v2", "2025-01-01", "ENG", "C-1", 3, 2),
        ("v2", "2025-01-01", "ENG", "C-2", 2, 1),
        ("v2", "2025-01-01", "A-FAR", "C-1", 4, 1),
        ("v2", "2025-01-01", "A-FAR", "C-3", 2, 3),
        ("v2", "2025-01-01", "A-FAR", "C-4", 2, 3),
        ("v2", "2025-01-01", "A-FAR", "C-5", 4, 3),
        ("v2", "2025-01-01", "B-NEAR", "C-1", 4, 2),
        ("v2", "2025-01-01", "B-NEAR", "C-2", 4, 2),
        ("v2", "2025-01-01", "C-NEAR", "C-1", 4, 1),
        ("v2", "2025-01-01", "C-NEAR", "C-2", 1, 1),
        ("v3", "2030-01-01", "A-FAR", "C-1", 1, 1),
    )
    files.add(
        "results",
        ("C4", "S1", "C-4", 1, "exam", "2025-02-01", "2026-01-01", "", ""),
        ("C5", "S1", "C-5", 4, "exam", "2025-02-01", "", "", ""),
        ("C6", "S1", "C-6", 4, "exam", "2025-02-01", "", "", ""),
        ("LATER", "S1", "C-3", 2, "exam", "2026-06-01", "2026-07-01", "", ""),
    )
    files.add("results", ("MISTAKE", "S1", "C-3", 2, "exam", "2025-03-01", "2026-01-01", "", ""))
    files.add("exemptions", ("S1", "C-5", "2026-01-01", "", "")).as_import()
    mistake = AssessmentResult.objects.get(result_id="MISTAKE")
    withdraw_result(result=mistake, by=None, reason="Wrong person", at=AT)
    Role.objects.filter(code__contains="-").update(emerging=True)


def test_the_nearest_role_comes_first_and_what_asks_nothing_last(emerging: None) -> None:
    found = career_of("S1")
    assert [(one.role.code, one.measures.readiness, one.measures.deficit) for one in found.roles] == [
        ("C-NEAR", 0.8, 1),
        ("B-NEAR", 0.625, 3),
        ("A-FAR", 0.1875, 5),
        ("D-VOID", None, 0),
    ]
    assert found.emerging


def test_as_near_the_one_with_fewer_levels_missing_then_the_code(people: Any, files: OrganisationFiles) -> None:
    files.add("roles", ("Z-ONE", "One", ""), ("B-TWO", "Two", ""), ("A-TWO", "Two", ""))
    files.add("matrix", *[("v2", "2025-01-01", role, "C-3", 4, 1) for role in ("B-TWO", "A-TWO")])
    files.add("matrix", ("v2", "2025-01-01", "Z-ONE", "C-3", 2, 1)).as_import()
    Role.objects.filter(code__contains="-").update(emerging=True)
    assert [one.role.code for one in career_of("S1").roles] == ["Z-ONE", "A-TWO", "B-TWO"]


@pytest.mark.parametrize("employee_id", ["S1", "S2", "M1", "F1", "I1"])
@pytest.mark.parametrize("day", ["2023-12-31", "2024-06-01", PAST, "2030-01-01"])
def test_each_role_is_measured_as_if_it_were_the_only_one(emerging: None, employee_id: str, day: str) -> None:
    as_of = date.fromisoformat(day)
    expected = Expected(Team.objects.get(code="ORG"), as_of)
    [facts] = facts_of([Person.objects.get(employee_id=employee_id).pk])
    assert (facts.person in {own.person for own in expected.facts}) == (day != "2023-12-31")
    for one in career_of(employee_id, as_of).roles:
        alone = [facts._replace(roles=[Stretch(one.role.pk, date.min, None)])]
        wanted = shares(added(expected.measured(pk, one.role.pk, alone) for pk in expected.competencies))
        names = wanted.keys() - {"holders"}  # Those count also what the role does not ask for.
        assert {name: getattr(one.measures, name) for name in names} == {name: wanted[name] for name in names}


def test_the_cells_of_a_role_show_what_is_missing_and_what_to_show_next(reader: Any, emerging: None) -> None:
    [far] = [one for one in career_of("S1").roles if one.role.code == "A-FAR"]
    CompetencyIndicator.objects.bulk_create(
        CompetencyIndicator(competency=cell.competency, level=level, text=f"Does it at {level}.")
        for cell in far.cells
        for level in (1, 2, 3, 4)
    )
    page = page_of(reader("staff"), f"/people/S1/career/?role=A-FAR&as_of={PAST}")
    assert rows(page, "opened") == [
        ["C-3 Law", "?", "Not assessed 2 levels short", "2", "3", "Level 2: Does it at 2."],
        ["C-4 Title of C-4", "1", "Expired 2 levels short", "2", "3", "Level 2: Does it at 2."],
        ["C-1 Prompts & traps", "3 /4", "Gap 1 level short", "4", "1", "Level 4: Does it at 4."],
        ["C-5 Title of C-5", "ex", "Exempt", "4", "3", ""],
    ]
    assert [cell.state for cell in far.cells] == [State.NOT_ASSESSED, State.EXPIRED, State.GAP, State.EXEMPT]
    assert f"/people/S1/competencies/C-3/?as_of={PAST}" in links(page)


def test_the_roles_show_how_near_they_are(reader: Any, emerging: None) -> None:
    page = page_of(reader("staff"), f"/people/S1/career/?as_of={PAST}")
    assert [[row[0], row[1], *row[3:]] for row in rows(page, "roles")] == [
        ["As near", percent(0.8), "1 of 2", "1"],
        ["Near", percent(0.625), "0 of 2", "3"],
        ["Far away", percent(0.1875), "0 of 3", "5"],
        ["No", "–", "0 of 0", "0"],
    ]
    assert text(having(page, "h2", id="opened")[0]) == "As near 1 level to go, the widest gap first"


def test_the_matrix_is_that_of_the_day(emerging: None) -> None:
    [far] = [one for one in career_of("S1", date(2030, 1, 1)).roles if one.role.code == "A-FAR"]
    assert [(cell.competency.code, cell.required) for cell in far.cells] == [("C-1", 1)]


def test_roles_that_are_held_are_marked(reader: Any, emerging: None, files: OrganisationFiles) -> None:
    files.add("assignments", ("S1", "A-FAR", "2026-01-01", "2026-06-01")).as_import()
    Role.objects.filter(code="B-NEAR").update(held_by_everyone=True)
    assert {one.role.code for one in career_of("S1").roles if one.held} == {"A-FAR", "B-NEAR"}
    assert {one.role.code for one in career_of("S1", date(2026, 6, 1)).roles if one.held} == {"B-NEAR"}
    assert "Far away held" in [
        row[0] for row in rows(page_of(reader("staff"), "/people/S1/career/?as_of=2026-03-01"), "roles")
    ]


def test_where_no_role_is_emerging_all_are_shown(reader: Any) -> None:
    found = career_of("S1")
    assert [one.role.code for one in found.roles] == ["ENG", "LEAD", "IDLE"]
    assert not found.emerging
    assert (
        text(having(page_of(reader("staff"), "/people/S1/career/"), "h2", id="roles")[0]) == "Roles the nearest first"
    )


@pytest.mark.parametrize("role", ["NONE", "ENG", "a" * 5000, "\x00", "<b>"])
def test_a_role_that_is_none_of_them_is_said_and_the_nearest_shown(reader: Any, emerging: None, role: str) -> None:
    response = reader("staff").get("/people/S1/career/", {"role": role, "as_of": PAST})
    page = parse_html(response.content.decode())
    assert response.status_code == 400
    assert having(page, "ul", class_="errorlist")
    assert response.context["opened"].role.code == "C-NEAR"
    assert b"<b>" not in response.content.partition(b"errorlist")[2].partition(b"</ul>")[0]


def test_another_day_keeps_the_role_and_another_role_the_day(reader: Any, emerging: None) -> None:
    page = page_of(reader("staff"), f"/people/S1/career/?as_of={PAST}&role=A-FAR")
    assert having(page, "input", type="hidden", name="role", value="A-FAR")
    assert f"?as_of={PAST}&role=B-NEAR#opened" in links(page)


def test_htmx_gets_the_roles_alone(reader: Any, emerging: None) -> None:
    headers = {"HX-Request": "true", "HX-Target": "career"}
    answer = reader("staff").get(f"/people/S1/career/?as_of={PAST}&role=A-FAR", headers=headers)
    assert b"<html" not in answer.content
    assert text(having(parse_html(f"<div>{answer.content.decode()}</div>"), "h2", id="opened")[0]).startswith(
        "Far away"
    )


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/people/S1/career/?as_of=2023-12-31", "In no team on this day"),
        ("/people/E1/career/?as_of=2023-06-01", "Nothing is required on this day"),
    ],
)
def test_an_empty_page_says_why(reader: Any, files: OrganisationFiles, address: str, words: str) -> None:
    files.add("people", ("E1", "Early", "", "2023-01-01", "")).add("memberships", ("E1", "RED", "2023-01-01", ""))
    files.as_import()
    assert words in [text(found) for found in having(page_of(reader("administrator"), address), "h2")]


def test_many_cells_take_as_many_queries_as_few(reader: Any, emerging: None, files: OrganisationFiles) -> None:
    codes = [f"D-{number}" for number in range(40)]
    files.add("competencies", *[(code, code, "", "technical", "") for code in codes])
    files.add("matrix", *[("v4", "2031-01-01", "A-FAR", code, 2, 1) for code in codes])
    files.add("matrix", ("v4", "2031-01-01", "B-NEAR", "C-4", 2, 1))
    files.add("results", *[(code, "S1", code, 2, "exam", "2025-01-01", "2026-01-01", "", "") for code in codes])
    files.as_import()
    client = reader("staff")
    taken = []
    for day in (PAST, "2031-01-01"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/people/S1/career/?as_of={day}").status_code == 200
        taken.append(len(queries))
    assert taken == [17, 17]
