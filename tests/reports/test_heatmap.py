"""The heatmap shows every person's standings as the rule has them, in the order and the part that is asked for."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.test.html import parse_html
from django.urls import resolve
from django.utils.timezone import now

from assessments.importing.importer import import_organisation
from fixtures.demo import write_organisation
from reports.queries import Selection, catalogue, crowd, heatmap
from reports.queries.heatmap import HeatCell, Heatmap
from reports.standings import State
from roles.models import Competency, Person, Role, Team
from roles.services import set_role_of_everyone
from tests.organisation import OrganisationFiles

from . import naive
from .expected import Expected
from .pages import PAST, having, links, page_of, text

TODAY = date(2026, 11, 1)


@pytest.fixture
def demo(matrix: Any, tmp_path: Path) -> Team:
    """The demo with 45 people. Its root."""
    write_organisation(tmp_path, people=45, seed=7, until=TODAY)
    import_organisation(tmp_path, at=now())
    return Team.objects.get(parent=None)


def codes(found: Heatmap) -> list[str]:
    return [facets.code for facets in found.columns]


def people(found: Heatmap) -> list[str]:
    return [row.employee_id for row in found.rows]


# Cells.


@pytest.mark.parametrize("as_of", [TODAY, TODAY - timedelta(days=300), TODAY + timedelta(days=300)])
def test_every_cell_is_what_the_rule_says(demo: Team, as_of: date) -> None:
    for team in (demo, Team.objects.filter(children=None).order_by("code")[0]):
        found = heatmap(team=team, as_of=as_of)
        expected = Expected(team, as_of)
        facts = {Person.objects.get(pk=one.person).employee_id: one for one in expected.facts}
        keys = dict(Competency.objects.values_list("code", "pk"))
        assert sorted(people(found)) == sorted(facts)
        assert found.people == len(facts)
        for row in found.rows:
            deficit = 0
            for code, cell in zip(codes(found), row.cells, strict=True):
                said = naive.on_day(facts[row.employee_id], expected.rules, keys[code], as_of)
                of_cell = cell and (cell.required, cell.level, cell.verified, cell.state)
                assert of_cell == (said and (said.required, said.level, said.verified, said.state))
                if said and said.required is not None and said.state != State.EXEMPT:
                    deficit += max(said.required - (said.level or 0), 0)
            assert row.deficit == deficit


def test_columns_are_what_is_required_of_somebody_by_family(demo: Team) -> None:
    found = heatmap(team=demo, as_of=TODAY)
    required = {
        code
        for code, column in zip(codes(found), zip(*[row.cells for row in found.rows], strict=True), strict=True)
        if any(cell and cell.required for cell in column)
    }
    assert required == set(codes(found))
    assert [family.title for family in found.families][:2] == [
        "Cybersecurity Professionals",
        "AI and Machine Learning Engineers",
    ]
    for family in found.families:
        listed = [facets.code for facets in family.competencies]
        assert listed == sorted(listed)
        assert {facets.family for facets in family.competencies} == {family.title}


def test_competencies_without_a_family_come_last(reader: Any, files: OrganisationFiles) -> None:
    reader("manager")
    files.add("competencies", ("A-0", "Of a family", "ZZZ", "", ""))
    files.add("matrix", *[("v2", "2024-01-02", "ENG", code, 1, 1) for code in ("C-1", "A-0", "C-2")]).as_import()
    found = heatmap(team=Team.objects.get(code="SEC"), as_of=date.fromisoformat(PAST))
    assert [(family.title, [of.code for of in family.competencies]) for family in found.families] == [
        ("ZZZ", ["A-0"]),
        ("", ["C-1", "C-2"]),
    ]


def test_an_expired_cell_knows_what_was_held(reader: Any) -> None:
    reader("manager")
    found = heatmap(team=Team.objects.get(code="RED"), as_of=date(2600, 1, 1))
    [row] = [row for row in found.rows if row.employee_id == "S1"]
    assert row.cells[0] == HeatCell(3, None, None, State.EXPIRED, was=3, asked_for=True)


def test_what_is_held_and_not_required_stands_in_a_column_that_is_there(reader: Any, files: OrganisationFiles) -> None:
    reader("manager")
    files.add("results", ("X1", "M1", "C-1", 2, "self", "2024-02-01", "", "", "")).as_import()
    found = heatmap(team=Team.objects.get(code="SEC"), as_of=date.fromisoformat(PAST))
    [row] = [row for row in found.rows if row.employee_id == "M1"]
    assert row.cells[0] == HeatCell(None, 2, False, State.NOT_REQUIRED, was=None, asked_for=True)
    assert row.deficit == 0


def test_who_has_left_or_not_yet_joined_is_not_there(reader: Any, files: OrganisationFiles) -> None:
    reader("manager")
    files.add("people", ("L1", "Left", "", "2024-01-01", "2026-03-01"), ("J1", "Joins", "", "2026-03-02", ""))
    files.add("memberships", ("L1", "RED", "2024-01-01", ""), ("J1", "RED", "2024-01-01", "")).as_import()
    team = Team.objects.get(code="RED")
    there = {day: set(people(heatmap(team=team, as_of=date(2026, day // 100, day % 100)))) for day in (228, 301, 302)}
    assert there == {228: {"L1", "S1", "S2"}, 301: {"S1", "S2"}, 302: {"J1", "S1", "S2"}}


# Order and pages.


def test_the_widest_gap_stands_first_then_the_name(demo: Team) -> None:
    found = heatmap(team=demo, as_of=TODAY)
    names = list(Person.objects.order_by("name", "employee_id").values_list("employee_id", flat=True))
    order = [(-row.deficit, names.index(row.employee_id)) for row in found.rows]
    assert order == sorted(order)
    assert len({row.deficit for row in found.rows}) > 5
    assert people(heatmap(team=demo, as_of=TODAY, order="name")) != people(found)


def test_the_order_is_by_the_columns_shown(demo: Team) -> None:
    found = heatmap(team=demo, as_of=TODAY, selection=Selection(dimension="governance"))
    deficits = [row.deficit for row in found.rows]
    assert deficits == sorted(deficits, reverse=True)
    assert people(found) != people(heatmap(team=demo, as_of=TODAY))


def test_pages_hold_everybody_once_in_one_order(demo: Team) -> None:
    for order, selection in product(["", "name"], [Selection(), Selection(state="gap"), Selection(role="CYB")]):
        whole = heatmap(team=demo, as_of=TODAY, order=order, selection=selection)
        assert len(whole.rows) == whole.people
        paged = [
            heatmap(team=demo, as_of=TODAY, order=order, selection=selection, page=page, size=4)
            for page in range(1, -(-whole.people // 4) + 1)
        ]
        assert [row for page in paged for row in page.rows] == whole.rows
        assert {page.people for page in paged} == {whole.people}
        assert [page.page for page in paged] == list(range(1, len(paged) + 1))


def test_a_page_beyond_the_last_is_the_last(demo: Team) -> None:
    found = heatmap(team=demo, as_of=TODAY, page=99, size=10)
    assert found.page == -(-found.people // 10)
    assert found.rows


ASKED_FOR = (
    Selection(),
    Selection(state="gap"),
    Selection(state="expired"),
    Selection(state="holders"),
    Selection(role="CYB"),
    Selection(role="CYB", state="verified", dimension="governance"),
    Selection(threat="THR-1", state="not_assessed"),
    Selection(competency="CYB-1", state="holders"),
)


@pytest.mark.parametrize("as_of", [TODAY, TODAY - timedelta(days=300), TODAY + timedelta(days=300)])
def test_a_scope_that_is_put_in_order_by_the_database_is_shown_alike(
    demo: Team, monkeypatch: pytest.MonkeyPatch, as_of: date
) -> None:
    teams = [demo, Team.objects.filter(children=None).order_by("code")[0]]

    def shown() -> list[Heatmap]:
        return [
            heatmap(team=team, as_of=as_of, selection=selection, order=order, page=page, size=size)
            for team, selection, order in product(teams, ASKED_FOR, ("", "name"))
            for page, size in ((1, 200), (1, 4), (2, 4), (99, 4))
        ]

    at_once = shown()
    assert {len(one.rows) for one in at_once} > {0, 4}
    assert max(len(one.rows) for one in at_once) > 20
    monkeypatch.setattr(crowd, "AT_ONCE", 0)
    assert shown() == at_once


@pytest.mark.parametrize(("at_once", "taken"), [(1_000, 3), (0, 5)])
def test_a_heatmap_takes_three_queries_and_five_of_very_many(
    demo: Team, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any, at_once: int, taken: int
) -> None:
    monkeypatch.setattr(crowd, "AT_ONCE", at_once)
    for selection in (Selection(), Selection(role="CYB", state="expired")):
        choices = catalogue()
        heatmap(team=demo, as_of=TODAY, selection=selection, choices=choices)
        with django_assert_num_queries(taken):
            heatmap(team=demo, as_of=TODAY, selection=selection, choices=choices)


def test_what_was_held_is_looked_up_alike_for_few_and_for_many(demo: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    for most in (0, 1_000):
        monkeypatch.setattr(import_module("reports.queries.lapsed"), "MOST_LOOKS", most)
        shown.append(heatmap(team=demo, as_of=TODAY))
    assert shown[0] == shown[1]
    assert {cell.was for row in shown[0].rows for cell in row.cells if cell} > {None, 2, 3}


# Filters.


def test_the_roles_shown_are_those_given_and_the_one_of_everybody_only_to_whom_it_was_given(
    reader: Any, files: OrganisationFiles
) -> None:
    files.add("assignments", ("S1", "LEAD", "2026-01-01", "2026-02-01"), ("S2", "IDLE", "2024-01-01", "")).as_import()
    team = Team.objects.get(code="SEC")

    def shown(day: str) -> dict[str, list[str]]:
        return {row.employee_id: row.roles for row in heatmap(team=team, as_of=date.fromisoformat(day)).rows}

    assert shown("2026-01-31") == {"M1": ["LEAD"], "S1": ["ENG", "LEAD"], "S2": ["ENG", "IDLE"]}
    set_role_of_everyone(role=Role.objects.get(code="LEAD"))
    assert shown("2026-01-31") == {"M1": ["LEAD"], "S1": ["ENG", "LEAD"], "S2": ["ENG", "IDLE"]}
    assert shown("2026-02-01") == {"M1": ["LEAD"], "S1": ["ENG"], "S2": ["ENG", "IDLE"]}


def test_a_role_chooses_who_holds_it_and_their_columns(demo: Team) -> None:
    everybody = heatmap(team=demo, as_of=TODAY)
    found = heatmap(team=demo, as_of=TODAY, selection=Selection(role="CYB"))
    assert 0 < found.people < everybody.people
    assert people(found) == [row.employee_id for row in everybody.rows if "CYB" in row.roles]
    assert set(codes(found)) <= set(codes(everybody))
    assert all(any(row.cells[n] for row in found.rows) for n in range(len(found.columns)))


def test_a_role_counts_on_the_day_it_is_held(reader: Any, files: OrganisationFiles) -> None:
    reader("manager")
    files.add("assignments", ("S1", "LEAD", "2026-01-01", "2026-02-01"), ("S2", "LEAD", "2026-03-01", "")).as_import()
    team = Team.objects.get(code="SEC")
    leads = {
        day: people(heatmap(team=team, as_of=date.fromisoformat(day), selection=Selection(role="LEAD"), order="name"))
        for day in ("2026-01-31", "2026-02-01", "2026-03-01")
    }
    assert leads == {"2026-01-31": ["M1", "S1"], "2026-02-01": ["M1"], "2026-03-01": ["M1", "S2"]}


def is_in(state: str, cell: HeatCell | None) -> bool:
    if cell is None:
        return False
    return {
        "verified": cell.state == State.MET and cell.verified is True,
        "claimed": cell.state == State.MET and cell.verified is False,
        "short": cell.state in {State.GAP, State.EXPIRED, State.NOT_ASSESSED},
    }.get(state, cell.state.word == state)


def test_a_state_keeps_who_has_it_and_tells_its_cells_apart(demo: Team) -> None:
    everybody = heatmap(team=demo, as_of=TODAY)
    assert all(cell.asked_for for row in everybody.rows for cell in row.cells if cell)
    for state in ("met", "verified", "claimed", "gap", "expired", "not_assessed", "exempt", "short"):
        found = heatmap(team=demo, as_of=TODAY, selection=Selection(state=state))
        assert people(found) == [r.employee_id for r in everybody.rows if any(is_in(state, cell) for cell in r.cells)]
        assert found.rows
        assert all(is_in(state, cell) == cell.asked_for for row in found.rows for cell in row.cells if cell)


def test_a_state_is_looked_for_in_the_columns_shown(reader: Any) -> None:
    reader("manager")
    team, as_of = Team.objects.get(code="SEC"), date.fromisoformat(PAST)
    gaps = {
        code: people(heatmap(team=team, as_of=as_of, selection=Selection(state="gap", competency=code)))
        for code in ("C-1", "C-2")
    }
    assert gaps == {"C-1": [], "C-2": ["S2"]}


def test_facets_choose_columns_and_leave_everybody(demo: Team) -> None:
    whole = heatmap(team=demo, as_of=TODAY)
    threat = set(Competency.objects.filter(threats__code="THR-1").values_list("code", flat=True))
    stage = set(Competency.objects.filter(stages__stage="design").values_list("code", flat=True))
    risk = set(Competency.objects.filter(dimension="risk").values_list("code", flat=True))
    for selection, kept in (
        (Selection(threat="THR-1"), threat),
        (Selection(stage="design"), stage),
        (Selection(dimension="risk"), risk),
        (Selection(threat="THR-1", dimension="risk"), threat & risk),
        (Selection(competency="CYB-1"), {"CYB-1"}),
    ):
        found = heatmap(team=demo, as_of=TODAY, selection=selection)
        assert codes(found) == [code for code in codes(whole) if code in kept]
        assert found.people == whole.people


def test_a_competency_that_nobody_needs_is_shown_where_it_is_asked_for(reader: Any) -> None:
    reader("manager")
    team = Team.objects.get(code="RED")
    assert codes(heatmap(team=team, as_of=date.fromisoformat(PAST))) == ["C-1", "C-2"]
    assert codes(heatmap(team=team, as_of=date.fromisoformat(PAST), selection=Selection(competency="C-3"))) == ["C-3"]


# The page.


def test_a_table_with_headings_for_every_row_and_column(reader: Any) -> None:
    page = page_of(reader("manager"), f"/teams/SEC/heatmap/?as_of={PAST}")
    [table] = having(page, "table", class_="heat")
    [body] = having(table, "tbody")
    assert [[text(cell) for cell in having(row, "th") + having(row, "td")] for row in having(body, "tr")] == [
        ["Name of S2 ENG", "?", "0 /2", "", "5"],
        ["Name of M1 LEAD", "", "", "ex", "0"],
        ["Name of S1 ENG", "3", "2", "", "0"],
    ]
    assert [text(cell) for cell in having(table, "th", scope="colgroup")] == ["Without a family"]
    assert [text(cell) for cell in having(table, "th", scope="col")] == [
        "Person and roles",
        "Levels missing",
        "C-1 Prompts & traps",
        "C-2 Risks",
        "C-3 Law",
    ]
    assert len(having(table, "th", scope="row")) == 3


def test_a_cell_says_how_it_stands_and_leads_to_why(reader: Any) -> None:
    page = page_of(reader("manager"), f"/teams/SEC/heatmap/?as_of={PAST}")
    cells = {dict(found.attributes)["href"]: dict(found.attributes) for found in having(page, "a", data_panel="")}
    assert {address: (cell["class"], cell["aria-label"]) for address, cell in cells.items()} == {
        f"/people/S2/competencies/C-1/?as_of={PAST}": ("cell s-unknown", "not assessed, 3 required"),
        f"/people/S2/competencies/C-2/?as_of={PAST}": ("cell d2 s-gap", "level 0, 2 required: gap"),
        f"/people/M1/competencies/C-3/?as_of={PAST}": ("cell s-exempt", "exempt, 1 would be required"),
        f"/people/S1/competencies/C-1/?as_of={PAST}": ("cell s-verified", "level 3, 3 required: met, verified"),
        f"/people/S1/competencies/C-2/?as_of={PAST}": ("cell s-claimed", "level 2, 2 required: met, claimed"),
    }
    assert {f"/people/S1/?as_of={PAST}", f"/competencies/C-1/?as_of={PAST}"} <= links(page)


def test_an_expired_level_is_struck_through(reader: Any) -> None:
    page = page_of(reader("manager"), "/teams/SEC/heatmap/?as_of=2600-01-01")
    [cell] = having(page, "a", class_="cell s-expired")
    assert text(cell) == "3"
    assert dict(cell.attributes)["aria-label"] == "level 3 has expired, 3 required"


def test_cells_in_another_state_are_dimmed_and_stay(reader: Any) -> None:
    page = page_of(reader("manager"), "/teams/SEC/heatmap/?state=gap")
    assert [dict(found.attributes)["class"] for found in having(page, "a", data_panel="")] == [
        "cell dim s-unknown",
        "cell d2 s-gap",
    ]


@pytest.mark.parametrize("code", ["a b", "50%", "%5C", 'x"><b>', "ä&amp;", "why?#"])
def test_any_code_that_there_can_be_gets_its_link(reader: Any, files: OrganisationFiles, code: str) -> None:
    files.add("competencies", (f"C{code}", "<i>odd</i>", "", "", ""))
    files.add("people", (f"P{code}", "<i>odd</i>", "", "2024-01-01", ""))
    files.add("memberships", (f"P{code}", "RED", "2024-01-01", ""))
    files.add("assignments", (f"P{code}", "LEAD", "2024-01-01", ""))
    files.add("matrix", ("v2", "2024-01-02", "LEAD", f"C{code}", 1, 1)).as_import()
    client = reader("manager")
    response = client.get("/teams/RED/heatmap/")
    page = parse_html(response.content.decode())
    [cell] = having(page, "a", data_panel="")
    assert b"<i>" not in response.content
    assert having(page, "td", data_label=f"C{code}")
    match = resolved(dict(cell.attributes)["href"] or "")
    assert match == {"employee_id": f"P{code}", "code": f"C{code}"}


def resolved(address: str) -> dict[str, str]:
    """The arguments of the view that a link leads to."""
    assert not urlsplit(address).query
    assert not urlsplit(address).fragment
    return resolve(unquote(urlsplit(address).path)).kwargs


def test_many_people_have_pages_that_keep_what_is_asked(reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.views.heatmap.PEOPLE_ON_A_PAGE", 2)
    client = reader("manager")
    first, second = (page_of(client, f"/teams/SEC/heatmap/?sort=name&page={number}") for number in (1, 2))
    assert "people 1 to 2 of 3" in text(first)
    assert "people 3 to 3 of 3" in text(second)
    assert "?sort=name&page=2" in links(first)
    assert [len(having(page, "th", scope="row")) for page in (first, second)] == [2, 1]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/teams/VOID/heatmap/", "Nobody is in this team on this day"),
        ("/teams/IDLE/heatmap/", "Nothing is required of these people"),
        ("/teams/SEC/heatmap/?as_of=2023-12-31", "Nothing is required on this day"),
        ("/teams/SEC/heatmap/?state=expired&as_of=2026-03-01", "No cell matches"),
        ("/teams/SEC/heatmap/?role=IDLE", "No cell matches"),
    ],
)
def test_an_empty_heatmap_says_why(reader: Any, address: str, words: str) -> None:
    page = page_of(reader("administrator"), address)
    assert words in [text(heading) for heading in having(page, "h2")]
    assert not having(page, "table")


def test_filters_can_be_cleared(reader: Any) -> None:
    page = page_of(reader("manager"), "/teams/SEC/heatmap/?state=expired&as_of=2026-03-01")
    assert "/teams/SEC/heatmap/?as_of=2026-03-01" in links(page)


def test_an_unknown_order_is_said_beside_the_field(reader: Any) -> None:
    response = reader("manager").get("/teams/SEC/heatmap/?sort=age")
    assert response.status_code == 400
    assert "age is not one of the available choices" in text(parse_html(response.content.decode()))


def test_htmx_gets_the_heatmap_and_a_day_that_keeps_the_filters(reader: Any) -> None:
    headers = {"HX-Request": "true", "HX-Target": "heatmap"}
    content = reader("manager").get("/teams/SEC/heatmap/?state=gap&sort=name", headers=headers).content.decode()
    assert "<html" not in content
    assert 'id="heatmap"' in content
    assert 'hx-swap-oob="true"' in content
    assert '<input type="hidden" name="sort" value="name">' in content


def test_the_page_itself_has_one_day(reader: Any) -> None:
    content = reader("manager").get("/teams/SEC/heatmap/").content.decode()
    assert content.count('id="day"') == 1
    assert "hx-swap-oob" not in content
