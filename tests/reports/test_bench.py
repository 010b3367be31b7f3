"""Bench depth: who else could do it, and what is lost if somebody leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reports.gathering import current_rules
from reports.queries import bench, team_report
from roles.models import Person, Team
from tests.organisation import OrganisationFiles

from . import naive
from .awkward import AHEAD, TODAY
from .awkward import demo as demo  # noqa: PLC0414 - a fixture
from .expected import Expected
from .pages import having, links, page_of, text
from .sizes import queries_of, two_teams

DAYS = [TODAY, TODAY - timedelta(days=300), AHEAD]


# Figures.


@pytest.mark.parametrize("as_of", DAYS)
def test_a_bench_has_the_competencies_and_totals_of_the_report(demo: Team, as_of: Any) -> None:
    for team in Team.objects.order_by("path"):
        found, report = bench(team=team, as_of=as_of), team_report(team=team, as_of=as_of)
        assert found.people == report.people
        assert found.totals.as_dict() == report.totals.as_dict()
        assert [(line.competency.code, line.holders, line.measures.as_dict()) for line in found.lines] == [
            (line.code, line.measures.holders, line.measures.as_dict()) for line in report.competencies
        ]


@pytest.mark.parametrize("as_of", DAYS)
def test_holders_are_named_where_there_are_one_or_two(demo: Team, as_of: Any) -> None:
    policy, codes = current_rules().policy, dict(Person.objects.values_list("pk", "employee_id"))
    counts = set()
    for team in Team.objects.order_by("path"):
        people = Expected(team, as_of).facts
        for line in bench(team=team, as_of=as_of).lines:
            decided = {f.person: naive.deciding_on(f, policy, line.competency.pk, as_of) for f in people}
            holders = sorted(codes[who] for who, result in decided.items() if result and result.level >= 3)
            assert line.holders == len(holders)
            assert [person.employee_id for person in line.named] == (holders if len(holders) <= 2 else [])
            assert line.next_in_line == sum(result.level == 2 for result in decided.values() if result)
            counts.add(len(holders))
    assert {0, 1, 2, 3} <= counts


def test_lines_are_told_apart_by_how_many_hold_them(demo: Team) -> None:
    found = bench(team=Team.objects.order_by("-path")[0], as_of=TODAY)
    apart = [line for lines in (*found.by_holders.values(), found.deep) for line in lines]
    assert sorted(line.competency.code for line in apart) == [line.competency.code for line in found.lines]
    for number, lines in found.by_holders.items():
        assert {line.holders for line in lines} <= {number}
    assert [line.holders for line in found.deep] == sorted(line.holders for line in found.deep)


def test_without_somebody_it_is_as_if_they_had_left(demo: Team) -> None:
    lost = thin = 0
    for team in Team.objects.filter(children=None).order_by("path"):
        for person in Person.objects.within(team, on=TODAY).order_by("employee_id")[:3]:
            before = bench(team=team, as_of=TODAY, without=person)
            assert before.without is not None
            person.left_on = TODAY
            person.save()
            after = bench(team=team, as_of=TODAY)
            person.left_on = None
            person.save()
            assert before.without.people == after.people
            assert before.without.totals.as_dict() == after.totals.as_dict()
            holders = {line.competency: line.holders for line in after.lines}
            held = [line for line in before.lines if holders.get(line.competency, 0) < line.holders]
            still = [line for line in held if line.competency in holders]
            for lines, count in ((before.without.lost, 0), (before.without.thin, 1)):
                assert [line.competency for line in lines if line.still_required] == [
                    line.competency for line in still if holders[line.competency] == count
                ]
                assert all(person not in line.named for line in lines)
            lost, thin = lost + len(before.without.lost), thin + len(before.without.thin)
    assert lost
    assert thin


def test_the_last_who_needs_a_competency_takes_the_need_along(reader: Any, files: OrganisationFiles) -> None:
    files.add("results", ("R5", "M1", "C-3", 4, "exam", "2024-02-01", "", "", "")).as_import()
    found = bench(team=Team.objects.get(code="SEC"), as_of=TODAY, without=Person.objects.get(employee_id="M1")).without
    assert found is not None
    [line] = found.lost
    assert (line.competency.code, line.still_required, line.named) == ("C-3", False, [])


def test_a_bench_takes_five_queries_at_most(demo: Team, django_assert_max_num_queries: Any) -> None:
    for team in (demo, *Team.objects.filter(children=None)[:2]):
        somebody = Person.objects.within(team, on=TODAY)[0]
        with django_assert_max_num_queries(5):
            bench(team=team, as_of=TODAY, without=somebody)


# The page.


def section(page: Any, name: str) -> list[list[str]]:
    [found] = having(page, "section", aria_labelledby=name)
    [body] = having(found, "tbody")
    return [[text(cell) for cell in having(row, "th") + having(row, "td")] for row in having(body, "tr")]


@pytest.fixture
def thin(people: Any, files: OrganisationFiles) -> OrganisationFiles:
    """The organisation with C-1 held by S1 alone, C-2 by F1 and S2, C-3 by nobody."""
    return files


def test_the_page_names_who_alone_holds_something(reader: Any, thin: OrganisationFiles) -> None:
    page = page_of(reader("administrator"), "/teams/ORG/bench/?as_of=2026-03-01")
    assert text(having(page, "h2")[0]) == (
        "1 competency is held by nobody at level 3. 2 competencies hang on one person each."
    )
    assert section(page, "nobody") == [["C-3 Law", "nothing required", "nobody", "0", "0", "–"]]
    assert section(page, "one") == [
        ["C-1 Prompts & traps", "Name of S1 if they leave : Name of S1", "1", "0", "4", "25%"],
        ["C-2 Risks", "Name of F1 if they leave : Name of F1", "1", "1", "4", "50%"],
    ]
    assert {
        "/people/S1/?as_of=2026-03-01",
        "/teams/ORG/bench/?as_of=2026-03-01&without=S1",
        "/teams/ORG/cells/?as_of=2026-03-01&competency=C-1&state=holders",
    } <= links(page)


def test_today_needs_no_day_in_the_address(reader: Any, thin: OrganisationFiles) -> None:
    assert {"/teams/ORG/bench/?without=S1", "/people/S1/", "/teams/ORG/cells/?competency=C-1"} <= links(
        page_of(reader("administrator"), "/teams/ORG/bench/")
    )


def test_two_who_hold_something_are_both_named(reader: Any, thin: OrganisationFiles) -> None:
    thin.add("results", ("R5", "S3", "C-2", 3, "exam", "2024-02-01", "", "", "")).as_import()
    page = page_of(reader("administrator"), "/teams/ORG/bench/")
    assert [row[1] for row in section(page, "two")] == [
        "Name of F1 if they leave : Name of F1 Name of S3 if they leave : Name of S3"
    ]


def test_a_deep_bench_is_said_to_be_one(reader: Any, thin: OrganisationFiles) -> None:
    for number, code in enumerate(("S2", "S3", "F1")):
        thin.add("results", (f"N{number}", code, "C-1", 4, "exam", "2024-03-01", "", "", ""))
        thin.add("results", (f"M{number}", code, "C-2", 4, "exam", "2024-03-01", "", "", ""))
        thin.add("results", (f"L{number}", code, "C-3", 4, "exam", "2024-03-01", "", "", ""))
    thin.as_import()
    page = page_of(reader("administrator"), "/teams/ORG/bench/")
    assert text(having(page, "h2")[0]) == "Every competency is held by two people or more at level 3."
    assert [row[0] for row in section(page, "more")] == ["C-2 Risks", "C-3 Law", "C-1 Prompts & traps"]


def test_what_if_somebody_leaves(reader: Any, thin: OrganisationFiles) -> None:
    page = page_of(reader("administrator"), "/teams/ORG/bench/?as_of=2026-03-01&without=S1")
    [found] = having(page, "section", aria_labelledby="what-if")
    assert text(having(found, "h2")[0]) == "If Name of S1 leaves, 1 competency loses its last holder."
    assert [text(item) for item in having(found, "li")] == ["C-1 Prompts & traps"]
    [body] = having(found, "tbody")
    shown = [[text(cell) for cell in having(row, "th") + having(row, "td")] for row in having(body, "tr")]
    assert [[row[0], *row[2:4], row[-1]] for row in shown] == [
        ["With Name of S1: 6 people", "25%", "38%", "8"],
        ["Without Name of S1: 5 people", "17%", "17%", "6"],
    ]
    assert "/teams/ORG/bench/?as_of=2026-03-01" in links(found)
    assert having(page, "input", name="without", value="S1")


def test_if_somebody_leaves_who_is_not_alone_nothing_is_lost(reader: Any, thin: OrganisationFiles) -> None:
    thin.add("results", ("R5", "S2", "C-1", 3, "exam", "2024-03-01", "", "", "")).as_import()
    page = page_of(reader("administrator"), "/teams/ORG/bench/?without=S1")
    [found] = having(page, "section", aria_labelledby="what-if")
    assert text(having(found, "h2")[0]) == "If Name of S1 leaves, no competency loses its last holder."
    assert "One other person would be left in C-1 Prompts & traps." in text(found)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("without=NONE", id="there is nobody such"),
        pytest.param("without=F1", id="in another team"),
        pytest.param("without=S3", id="no longer there"),
        pytest.param("without=S1&as_of=2023-12-31", id="not there yet"),
        pytest.param("without=%00", id="no employee number at all"),
    ],
)
def test_only_who_is_in_the_scope_on_the_day_can_be_thought_away(reader: Any, asked: str) -> None:
    assert reader("administrator").get(f"/teams/SEC/bench/?{asked}").status_code == 404


def test_who_was_there_on_the_day_can_be_thought_away(reader: Any) -> None:
    page_of(reader("manager"), "/teams/SEC/bench/?without=S3&as_of=2024-06-01")


@pytest.mark.parametrize(("who", "status"), [("manager", 404), ("staff", 404), ("stranger", 404), ("auditor", 200)])
def test_who_may_see_the_bench(reader: Any, who: str, status: int) -> None:
    assert reader(who).get("/teams/OPS/bench/").status_code == status


def test_an_empty_team_says_why(reader: Any) -> None:
    page = page_of(reader("administrator"), "/teams/VOID/bench/")
    assert "Nothing is required here on this day" in [text(heading) for heading in having(page, "h2")]


@pytest.mark.parametrize("query", ["", "?without={}0"])
def test_the_page_of_a_big_team_takes_as_many_queries(reader: Any, files: OrganisationFiles, query: str) -> None:
    two_teams(files)
    client = reader("manager")
    small, big = (queries_of(client, f"/teams/{code}/bench/{query.format(code)}") for code in ("SMALL", "BIG"))
    assert small == big
