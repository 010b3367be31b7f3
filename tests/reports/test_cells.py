"""Any number of a report opens to the cells that make it up: as many as it says, and just those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.html import parse_html
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from assessments.importing.importer import import_organisation
from fixtures.demo import write_organisation
from reports.measures import Measures
from reports.queries import Selection, TeamReport, catalogue, cells, team_report
from reports.queries.cells import CellLine
from reports.standings import State
from roles.models import Competency, MatrixVersion, Person, Role, RoleAssignment, RoleRequirement, Team
from roles.services import publish_version
from tests.organisation import OrganisationFiles

from . import naive
from .expected import Expected
from .pages import PAST, having, links, page_of, text

TODAY = date(2026, 11, 1)

#: The measure that each state opens from.
MEASURES: dict[str, Any] = {
    "required": lambda measures: measures.required,
    "met": lambda measures: measures.met,
    "verified": lambda measures: measures.met_verified,
    "claimed": lambda measures: measures.met_claimed,
    "gap": lambda measures: measures.gap,
    "expired": lambda measures: measures.expired,
    "not_assessed": lambda measures: measures.not_assessed,
    "exempt": lambda measures: measures.exempt,
    "short": lambda measures: measures.gap + measures.expired + measures.not_assessed,
    "": lambda measures: measures.required + measures.exempt,
}


@pytest.fixture
def demo(matrix: Any, tmp_path: Path) -> Team:
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
        version.requirements.create(role=cell.role, competency=cell.competency, required_level=level)
    publish_version(version=version, at=now())
    return Team.objects.get(parent=None)


def numbers(report: TeamReport) -> Iterator[tuple[Selection, Measures]]:
    """Every place of a report that has numbers, with how its cells are asked for."""
    yield Selection(), report.totals
    for name, lines in (
        ("competency", report.competencies),
        ("threat", report.threats),
        ("dimension", report.dimensions),
        ("stage", report.stages),
        ("role", report.roles),
    ):
        for line in lines:
            yield Selection(**{name: line.code}), line.measures


def everything(team: Team, as_of: date, selection: Selection, size: int = 1000) -> list[CellLine]:
    """The lines of all pages."""
    first = cells(team=team, as_of=as_of, selection=selection, size=size)
    pages = range(2, -(-first.total // size) + 1)
    return [
        line
        for found in (first, *(cells(team=team, as_of=as_of, selection=selection, size=size, page=p) for p in pages))
        for line in found.lines
    ]


# As many as the report says.


def test_every_number_of_a_report_is_how_many_cells_it_opens_to(demo: Team) -> None:
    choices, states_seen = catalogue(), set()
    for selection, measures in numbers(team_report(team=demo, as_of=TODAY)):
        for state, number in MEASURES.items():
            asked = replace(selection, state=state)
            found = cells(team=demo, as_of=TODAY, selection=asked, choices=choices, size=1)
            assert found.total == number(measures), asked
            states_seen |= {state} if found.total else set()
    assert states_seen == set(MEASURES), "the demo has some of each"


def test_so_is_every_number_of_a_role_in_a_competency(demo: Team) -> None:
    for role in team_report(team=demo, as_of=TODAY).roles:
        for state, number in MEASURES.items():
            found = everything(demo, TODAY, Selection(role=role.code, state=state))
            listed = Counter(line.competency.code for line in found)
            assert listed == +Counter({cell.code: number(cell.measures) for cell in role.competencies}), (role, state)
        cell = role.competencies[-1]
        alone = cells(team=demo, as_of=TODAY, selection=Selection(role=role.code, competency=cell.code, state="short"))
        assert alone.total == MEASURES["short"](cell.measures)


def test_so_is_who_holds_a_competency_at_level_3(demo: Team) -> None:
    report = team_report(team=demo, as_of=TODAY)
    for line in report.competencies:
        asked = Selection(state="holders", competency=line.code)
        assert cells(team=demo, as_of=TODAY, selection=asked, size=1).total == line.measures.holders
    for role in report.roles:
        found = everything(demo, TODAY, Selection(role=role.code, state="holders"))
        listed = Counter(line.competency.code for line in found)
        assert listed == +Counter({cell.code: cell.measures.holders for cell in role.competencies})


@pytest.mark.parametrize("as_of", [TODAY - timedelta(days=200), TODAY + timedelta(days=250), date(1999, 12, 31)])
def test_so_it_is_in_every_team_on_any_day(demo: Team, as_of: date) -> None:
    for team in Team.objects.all():
        report = team_report(team=team, as_of=as_of)
        for state, number in MEASURES.items():
            found = cells(team=team, as_of=as_of, selection=Selection(state=state))
            assert found.total == len(found.lines[:100]) + max(number(report.totals) - 100, 0) == number(report.totals)


# Just those.


@pytest.mark.parametrize("role", ["", "CYB", "ALL", "AIGA"])
def test_cells_are_those_of_the_rule_person_by_person(demo: Team, role: str) -> None:
    expected = Expected(demo, TODAY)
    key = Role.objects.get(code=role).pk if role else None
    people = expected.facts if key is None else expected.holders_of(key)
    names = dict(Person.objects.values_list("pk", "employee_id"))
    by_rule: dict[State, set[tuple[str, str, int, int | None]]] = {state: set() for state in State}
    for facts in people:
        for competency in Competency.objects.all():
            required = expected.required(facts, competency.pk, key)
            if required is None:
                continue
            result = naive.deciding_on(facts, expected.rules.policy, competency.pk, TODAY)
            state = naive.state_on(facts, required, result, competency.pk, TODAY)
            level = result.level if result else None
            by_rule[state].add((names[facts.person], competency.code, required.level, level))
    for state in (State.MET, State.GAP, State.EXPIRED, State.NOT_ASSESSED, State.EXEMPT):
        lines = everything(demo, TODAY, Selection(state=state.word, role=role))
        assert {(li.employee_id, li.competency.code, li.required, li.level) for li in lines} == by_rule[state]
        assert len(lines) == len(by_rule[state])
        assert {line.state for line in lines} <= ({state} if not role else set(State))


def test_deficits_add_up_to_that_of_the_report(demo: Team) -> None:
    report = team_report(team=demo, as_of=TODAY)
    assert sum(line.deficit for line in everything(demo, TODAY, Selection())) == report.totals.deficit
    for role in report.roles:
        assert sum(line.deficit for line in everything(demo, TODAY, Selection(role=role.code))) == role.measures.deficit


def test_pages_hold_every_cell_once_the_widest_deficit_first(demo: Team) -> None:
    for selection in (Selection(), Selection(state="short", role="CYB"), Selection(state="holders")):
        whole = everything(demo, TODAY, selection, size=10_000)
        assert everything(demo, TODAY, selection, size=7) == whole
        places = [(-line.deficit, line.employee_id, line.competency.code) for line in whole]
        assert places == sorted(places)
        assert len(set(places)) == len(places)


def test_a_page_beyond_the_last_is_the_last(demo: Team) -> None:
    found = cells(team=demo, as_of=TODAY, selection=Selection(), page=1000, size=50)
    assert found.page == -(-found.total // 50)
    assert len(found.lines) == (found.total % 50 or 50)
    nothing = cells(team=demo, as_of=date(1999, 12, 31), selection=Selection(), page=3)
    assert (nothing.total, nothing.page, nothing.lines) == (0, 1, [])


def test_a_role_is_measured_by_what_it_requires_itself(organisation: None, files: OrganisationFiles) -> None:
    files.add("matrix", ("v2", "2024-01-02", "ENG", "C-1", 3, 1), ("v2", "2024-01-02", "LEAD", "C-1", 4, 1))
    files.add("assignments", ("S1", "LEAD", "2024-01-01", ""), ("S2", "LEAD", "2024-01-01", "2025-01-01")).as_import()
    team, as_of = Team.objects.get(code="SEC"), date.fromisoformat(PAST)

    def listed(**asked: str) -> list[tuple[str, int | None, State, int]]:
        found = cells(team=team, as_of=as_of, selection=Selection(competency="C-1", **asked))
        return [(line.employee_id, line.required, line.state, line.deficit) for line in found.lines]

    strictest = [("M1", 4, State.NOT_ASSESSED, 4), ("S2", 3, State.NOT_ASSESSED, 3), ("S1", 4, State.GAP, 1)]
    assert listed() == strictest
    assert [line[0] for line in listed(role="ENG")] == ["S2", "S1"]
    assert [line[0] for line in listed(role="ENG", state="verified")] == ["S1"]
    assert [line[0] for line in listed(role="LEAD", state="gap")] == ["S1"]
    assert listed(role="IDLE") == []


def test_an_expired_cell_says_what_was_held_and_since_when(reader: Any) -> None:
    reader("manager")
    [line] = everything(Team.objects.get(code="SEC"), date(2600, 1, 1), Selection(state="expired"))
    assert (line.employee_id, line.level, line.was, line.shown_level, line.deficit) == ("S1", None, 3, 3, 3)
    assert (line.since, line.until) == (date(2500, 1, 1), None)


# The page.


def table(page: Any) -> list[list[str]]:
    [body] = having(page, "tbody")
    return [[text(cell) for cell in having(row, "th") + having(row, "td")] for row in having(body, "tr")]


def test_a_row_says_who_what_and_how(reader: Any) -> None:
    page = page_of(reader("manager"), f"/teams/SEC/cells/?state=short&as_of={PAST}")
    assert table(page) == [
        ["Name of S2 Red team", "C-1 Prompts & traps", "?", "–", "3", "1 Jan 2024", "–", "Why Name of S2, C-1"],
        ["Name of S2 Red team", "C-2 Risks", "0 /2", "0", "2", "1 Feb 2024", "–", "Why Name of S2, C-2"],
    ]
    assert {f"/people/S2/?as_of={PAST}", f"/people/S2/competencies/C-1/?as_of={PAST}"} <= links(page)
    why = [link for link in having(page, "a") if "/competencies/" in (dict(link.attributes)["href"] or "")]
    assert all("data-panel" in dict(link.attributes) for link in why)


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("", "5 requirements, those of exempt people included"),
        ("state=required", "4 requirements"),
        ("state=short", "2 requirements not met"),
        ("state=gap&competency=C-2", "1 gap in C-2 Risks"),
        ("state=expired", "0 requirements expired"),
        ("state=not_assessed", "1 requirement not assessed"),
        ("state=met", "2 requirements met"),
        ("state=verified", "1 requirement met and verified"),
        ("state=claimed", "1 requirement met as claimed"),
        ("state=exempt", "1 exemption"),
        ("state=holders&competency=C-1", "1 level of 3 or more in C-1 Prompts & traps"),
    ],
)
def test_the_heading_says_what_is_counted_and_how_many(reader: Any, query: str, heading: str) -> None:
    page = page_of(reader("manager"), f"/teams/SEC/cells/?as_of={PAST}&{query}")
    assert text(having(page, "h2", id="cells-title")[0]) == heading
    assert heading in text(having(page, "title")[0])


def test_a_role_is_said_to_be_measured_by_itself(reader: Any) -> None:
    page = page_of(reader("manager"), "/teams/SEC/cells/?role=ENG&dimension=risk")
    assert "Of those who hold the role Engineer , by what the role itself requires" in text(page)
    assert "Dimension: Risk awareness" in text(page)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "wrong"),
        ("role", "NONE"),
        ("competency", "eng"),
        ("threat", "THR-9"),
        ("dimension", "x"),
        ("stage", "x"),
        ("page", "0"),
        ("page", "x"),
        ("page", "9" * 400),
    ],
)
@pytest.mark.parametrize("view", ["cells", "heatmap"])
def test_a_bad_filter_is_said_beside_the_field_and_the_page_is_shown(
    reader: Any, view: str, name: str, value: str
) -> None:
    response = reader("manager").get(f"/teams/SEC/{view}/", {name: value})
    page = parse_html(response.content.decode())
    assert response.status_code == 400
    assert [text(error) for error in having(page, "ul", class_="errorlist", id=f"id_{name}_error")] != []
    assert "Name of S1" in text(page)


def test_links_and_other_days_keep_the_filters(reader: Any) -> None:
    page = page_of(reader("manager"), f"/teams/SEC/cells/?state=gap&competency=C-2&as_of={PAST}")
    [day] = having(page, "form", class_="day")
    hidden = {
        dict(found.attributes)["name"]: dict(found.attributes)["value"] for found in having(day, "input", type="hidden")
    }
    assert hidden == {"state": "gap", "competency": "C-2"}
    [filters] = having(page, "form", class_="cell-filters filters")
    assert having(filters, "input", name="as_of", value=PAST)
    [chosen] = [
        o
        for o in having(filters, "option")
        if "selected" in dict(o.attributes) and dict(o.attributes)["value"] == "gap"
    ]
    assert text(chosen) == "Gap"
    assert f"/teams/SEC/heatmap/?as_of={PAST}&state=gap&competency=C-2" in links(page)


def test_what_the_heatmap_cannot_show_is_left_out_of_the_link_to_it(reader: Any) -> None:
    page = page_of(reader("manager"), f"/teams/SEC/cells/?state=holders&competency=C-2&as_of={PAST}")
    address = f"/teams/SEC/heatmap/?as_of={PAST}&competency=C-2"
    assert address in links(page)
    assert reader("manager").get(address).status_code == 200


def test_nothing_listed_says_how_to_see_more(reader: Any) -> None:
    page = page_of(reader("manager"), f"/teams/SEC/cells/?state=expired&as_of={PAST}")
    assert "No cell matches" in text(page)
    assert f"/teams/SEC/cells/?as_of={PAST}" in links(page)


def test_long_lists_have_pages_that_keep_what_is_asked(reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.views.cells.CELLS_ON_A_PAGE", 2)
    client = reader("manager")
    pages = [page_of(client, f"/teams/SEC/cells/?state=required&page={number}") for number in (1, 2)]
    assert [len(table(page)) for page in pages] == [2, 2]
    assert "1 to 2 of 4" in text(pages[0])
    assert "?state=required&page=2" in links(pages[0])
    assert "?state=required&page=1" in links(pages[1])
    assert not [address for address in links(pages[1]) if "page=3" in address]


def test_htmx_gets_the_list_and_a_day_that_keeps_the_filters(reader: Any) -> None:
    headers = {"HX-Request": "true", "HX-Target": "cells"}
    response = reader("manager").get("/teams/SEC/cells/?state=gap", headers=headers)
    content = response.content.decode()
    assert "<html" not in content
    assert 'id="cells"' in content
    assert 'hx-swap-oob="true"' in content
    assert '<input type="hidden" name="state" value="gap">' in content
    assert "HX-Target" in response["Vary"]


@pytest.mark.parametrize("view", ["cells", "heatmap"])
def test_who_may_see_it(reader: Any, view: str) -> None:
    assert reader("signed out").get(f"/teams/SEC/{view}/").status_code == 302
    assert reader("manager").get(f"/teams/SEC/{view}/").status_code == 200
    assert reader("manager").get(f"/teams/OPS/{view}/").status_code == 404
    assert reader("staff").get(f"/teams/RED/{view}/").status_code == 404
    assert reader("manager").post(f"/teams/SEC/{view}/").status_code == 405


def big_and_small(files: OrganisationFiles) -> dict[str, int]:
    """A team of ten and one of 200 people, with something met, short and expired in each."""
    sizes = {"SMALL": 10, "BIG": 200}
    for code, size in sizes.items():
        names = [f"{code}{number}" for number in range(size)]
        files.add("teams", (code, code, "SEC"), *[(f"{code}-{part}", code, code) for part in range(size // 10)])
        files.add("people", *[(name, name, "", "2024-01-01", "") for name in names])
        files.add("memberships", *[(name, f"{code}-{n // 10}", "2024-01-01", "") for n, name in enumerate(names)])
        files.add("assignments", *[(name, "ENG", "2024-01-01", "") for name in names])
        files.add("results", *[(name, name, "C-1", 3, "exam", "2024-02-01", "", "", "") for name in names])
        files.add(
            "results", *[(f"{name}-", name, "C-2", 3, "exam", "2024-02-01", "2025-02-01", "", "") for name in names]
        )
    files.as_import()
    return sizes


def queries_of(client: Any, addresses: Iterable[str]) -> list[int]:
    """How many queries each page takes once what it is made by is kept."""
    taken = []
    for address in addresses:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        taken.append(len(queries))
    return taken


@pytest.mark.parametrize(
    ("view", "query", "expected"),
    [
        ("cells", "", 11),
        ("cells", "?role=ENG&state=short", 13),
        ("heatmap", "", 10),
        ("heatmap", "?role=ENG&state=expired", 10),
    ],
)
def test_a_big_team_takes_as_many_queries_as_a_small_one(
    reader: Any, files: OrganisationFiles, view: str, query: str, expected: int
) -> None:
    sizes = big_and_small(files)
    taken = queries_of(reader("manager"), [f"/teams/{code}/{view}/{query}" for code in sizes])
    assert taken == [expected, expected]
