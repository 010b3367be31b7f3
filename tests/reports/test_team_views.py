"""A team by roles, by threats, and beside its child teams: the figures of its report, arranged to be acted upon."""

from __future__ import annotations

from typing import Any

import pytest

from reports.presentation.orders import in_order
from reports.queries import team_report
from reports.queries.role_matrix import role_matrix
from reports.queries.threats import threat_view
from reports.templatetags.figures import number, percent
from roles.models import Competency, RoleFamily, Team, Threat, ThreatReference
from tests.organisation import OrganisationFiles

from .awkward import AHEAD, TODAY
from .awkward import demo as demo  # noqa: PLC0414 - a fixture
from .pages import PAST, having, links, page_of, rows, text
from .sizes import queries_of, two_teams

VIEWS = ["roles", "threats", "compare"]


# What all three have in common.


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("who", "status"), [("manager", 404), ("staff", 404), ("stranger", 404), ("auditor", 200)])
def test_who_may_see_a_view_of_a_team(reader: Any, view: str, who: str, status: int) -> None:
    assert reader(who).get(f"/teams/OPS/{view}/").status_code == status


@pytest.mark.parametrize("view", VIEWS)
def test_the_page_of_a_big_team_takes_as_many_queries(reader: Any, files: OrganisationFiles, view: str) -> None:
    two_teams(files)
    client = reader("manager")
    assert queries_of(client, f"/teams/SMALL/{view}/") == queries_of(client, f"/teams/BIG/{view}/")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/teams/VOID/roles/", "Nobody is in this team on this day"),
        ("/teams/IDLE/roles/", "Nothing is required of these people"),
        ("/teams/SEC/roles/?as_of=2023-12-31", "Nothing is required on this day"),
        ("/teams/VOID/threats/", "Nobody is in this team on this day"),
        ("/teams/SEC/threats/", "No threat is countered here"),
        ("/teams/RED/compare/", "There is no team below this one"),
    ],
)
def test_an_empty_view_says_why(reader: Any, address: str, words: str) -> None:
    page = page_of(reader("administrator"), address)
    assert words in [text(heading) for heading in having(page, "h2")]


@pytest.mark.parametrize("view", VIEWS)
def test_a_bad_day_is_said_and_today_is_shown(reader: Any, view: str) -> None:
    page = page_of(reader("administrator"), f"/teams/ORG/{view}/?as_of=someday", 400)
    assert "“someday” is not a day. Write it as YYYY-MM-DD." in text(page)


# Roles.


@pytest.mark.parametrize("as_of", [TODAY, AHEAD])
def test_the_role_matrix_has_a_cell_for_each_requirement_of_each_role(demo: Team, as_of: Any) -> None:
    for team in Team.objects.order_by("path")[:4]:
        matrix, report = role_matrix(team=team, as_of=as_of), team_report(team=team, as_of=as_of)
        columns = [code for family in matrix.families for code, _ in family.competencies]
        assert len(columns) == len(set(columns))
        assert [row.line.code for row in matrix.rows] == [role.code for role in report.roles]
        for row, role in zip(matrix.rows, report.roles, strict=True):
            cells = {code: cell for code, cell in zip(columns, row.cells, strict=True) if cell}
            assert {code: cell.measures.as_dict() for code, cell in cells.items()} == {
                line.code: line.measures.as_dict() for line in role.competencies
            }


def test_competencies_stand_by_family_and_those_without_one_last(demo: Team) -> None:
    Competency.objects.filter(code="CYB-1").update(family=None)
    matrix = role_matrix(team=demo, as_of=TODAY)
    titles = [family.title for family in matrix.families]
    wanted = RoleFamily.objects.order_by("pk").values_list("title", flat=True)
    assert titles == [title for title in wanted if title in titles] + [""]
    assert [code for code, _ in matrix.families[-1].competencies] == ["CYB-1"]
    for family in matrix.families:
        assert family.competencies == sorted(family.competencies)


def test_a_cell_of_the_role_matrix_shows_coverage_in_numbers_and_leads_to_who_falls_short(reader: Any) -> None:
    page = page_of(reader("administrator"), f"/teams/ORG/roles/?as_of={PAST}")
    [body] = having(page, "tbody")
    shown = {text(having(row, "th")[0]): [text(cell) for cell in having(row, "td")] for row in having(body, "tr")}
    assert shown == {
        "Engineer 4 people": ["25 38 3/8", "25 25 1/4", "25 50 2/4", ""],
        "Idler 1 person": ["– – 0/0", "", "", ""],
        "Lead 1 person": ["– – 0/0", "", "", "– – 0/0"],
    }
    link = "/teams/ORG/cells/?as_of=2026-03-01&role=ENG&competency=C-1&state=short"
    assert {link, "/teams/ORG/cells/?as_of=2026-03-01&role=ENG&state=short"} <= links(page)
    [cell] = having(page, "a", href=link)
    assert dict(cell.attributes)["aria-label"] == "verified coverage 25%, coverage 25%, 1 of 4 met"


def test_cells_of_today_need_no_day_in_their_address(reader: Any) -> None:
    assert "/teams/ORG/cells/?role=ENG&competency=C-1&state=short" in links(
        page_of(reader("administrator"), "/teams/ORG/roles/")
    )


@pytest.mark.parametrize(
    ("verified", "shade"), [(0, "covered-0"), (1, "covered-2"), (2, "covered-3"), (3, "covered-4"), (4, "covered-5")]
)
def test_a_cell_is_shaded_by_its_verified_coverage(
    reader: Any, files: OrganisationFiles, verified: int, shade: str
) -> None:
    for number_, code in enumerate(("S2", "S3", "F1", "S1")[:verified]):
        files.add("results", (f"N{number_}", code, "C-1", 3, "exam", "2025-03-01", "", "", ""))
    if verified < 4:
        files.add("results", ("N9", "S1", "C-1", 1, "exam", "2025-03-01", "", "", ""))
    files.as_import()
    page = page_of(reader("administrator"), f"/teams/ORG/roles/?as_of={PAST}")
    [cell] = [found for found in having(page, "td", data_label="C-1") if text(found).endswith("/4")]
    assert shade in (dict(cell.attributes)["class"] or "").split()


# Threats.


@pytest.fixture
def threats(organisation: None) -> None:
    """Three threats: one that C-1 and C-2 counter, one that C-3 does, one that nothing does."""
    for code, title, competencies in (
        ("T-1", "Injection", ("C-1", "C-2")),
        ("T-2", "Fines", ("C-3",)),
        ("T-3", "Floods", ()),
    ):
        threat = Threat.objects.create(code=code, title=title, note=f"What {title.lower()} are.")
        threat.competencies.set(Competency.objects.filter(code__in=competencies))
    for identifier, framework in (("LLM01", "OWASP"), ("AML.T0051", "ATLAS")):
        ThreatReference.objects.create(
            threat=Threat.objects.get(code="T-1"), framework=framework, identifier=identifier, title="As they say"
        )


@pytest.mark.parametrize("as_of", [TODAY, AHEAD])
def test_each_threat_has_the_figures_of_the_report_and_what_counters_it(demo: Team, as_of: Any) -> None:
    for team in Team.objects.order_by("path")[:4]:
        view, report = threat_view(team=team, as_of=as_of), team_report(team=team, as_of=as_of)
        lines = {line.code: line for line in report.threats}
        assert [line.threat.code for line in view.threats] == sorted(Threat.objects.values_list("code", flat=True))
        for line in view.threats:
            whole = lines[line.threat.code]
            assert (line.people, line.measures.as_dict()) == (whole.people, whole.measures.as_dict())
            countering = set(line.threat.competencies.values_list("code", flat=True))
            found = [competency.code for competency in line.competencies]
            assert sorted(found) == sorted(c.code for c in report.competencies if c.code in countering)
            weakness = [(c.measures.verified_coverage, c.measures.coverage) for c in line.competencies]
            assert weakness == sorted(weakness, key=lambda pair: (pair[0] or 0, pair[1] or 0))
            assert line.weakest is line.competencies[0]


def test_the_weakest_link_is_the_least_verified_and_among_equals_the_least_covered(reader: Any, threats: None) -> None:
    page = page_of(reader("administrator"), f"/teams/ORG/threats/?as_of={PAST}")
    assert [row[-1] for row in rows(page, "threat-overview")] == ["C-1 Prompts & traps", "–", "–"]
    [section] = having(page, "section", aria_labelledby="threat-1")
    assert "The weakest link is C-1 Prompts & traps : verified 25%, with claims 25%." in text(section)
    assert [row[0] for row in rows(page, "threat-1")] == ["C-1 Prompts & traps weakest link", "C-2 Risks"]


def test_the_weakest_link_needs_not_be_the_first_by_code(reader: Any, threats: None, files: OrganisationFiles) -> None:
    files.add("results", ("R5", "S2", "C-1", 3, "exam", "2024-02-01", "", "", "")).as_import()
    page = page_of(reader("administrator"), f"/teams/ORG/threats/?as_of={PAST}")
    assert [row[0] for row in rows(page, "threat-1")] == ["C-2 Risks weakest link", "C-1 Prompts & traps"]


def test_what_only_the_exempt_would_need_is_no_weak_link(reader: Any, threats: None) -> None:
    Threat.objects.get(code="T-2").competencies.add(Competency.objects.get(code="C-1"))
    page = page_of(reader("administrator"), f"/teams/ORG/threats/?as_of={PAST}")
    assert [row[0] for row in rows(page, "threat-2")] == ["C-1 Prompts & traps weakest link", "C-3 Law"]


def test_the_threats_say_their_figures_notes_and_references(reader: Any, threats: None) -> None:
    page = page_of(reader("administrator"), f"/teams/ORG/threats/?as_of={PAST}")
    assert [[row[0], *row[2:6]] for row in rows(page, "threat-overview")] == [
        ["T-1 Injection", "25%", "38%", "31%", "4"],
        ["T-2 Fines", "–", "–", "–", "1"],
        ["T-3 Floods", "–", "–", "–", "0"],
    ]
    [first] = having(page, "section", aria_labelledby="threat-1")
    assert [text(heading) for heading in having(first, "h3")] == ["ATLAS", "OWASP"]
    assert "What injection are." in text(first)
    assert "LLM01 As they say" in text(first)
    [last] = having(page, "section", aria_labelledby="threat-3")
    assert "No competency that is required here counters this threat." in text(last)
    assert {
        "/teams/ORG/cells/?as_of=2026-03-01&threat=T-1&state=verified",
        "/teams/ORG/cells/?as_of=2026-03-01&competency=C-1&state=short",
    } <= links(page)


# Child teams.


def compared(page: Any) -> list[list[str]]:
    return [[row[0], *row[2:]] for row in rows(page, "compared")]


@pytest.fixture
def siblings(people: Any, files: OrganisationFiles) -> None:
    """Teams of one size whose measures all differ."""
    files.add("results", ("R5", "S3", "C-1", 1, "exam", "2025-02-01", "2026-01-01", "", ""))
    files.add("results", ("R6", "S3", "C-2", 1, "exam", "2025-02-01", "", "", "")).as_import()


def test_child_teams_stand_beside_one_another_with_the_whole_below(reader: Any, siblings: None) -> None:
    page = page_of(reader("administrator"), f"/teams/ORG/compare/?as_of={PAST}")
    report = team_report(team=Team.objects.get(code="ORG"), as_of=TODAY.replace(month=3, day=1))
    lines = [*in_order(report.teams, "verified")]
    expected = [
        [
            title,
            percent(measures.verified_coverage),
            percent(measures.coverage),
            percent(measures.readiness),
            number(people),
            number(measures.gap),
            number(measures.expired),
            number(measures.not_assessed),
            number(measures.deficit),
        ]
        for title, people, measures in [
            *[(line.title, line.people, line.measures) for line in lines],
            ("Everybody all of it", report.people, report.totals),
        ]
    ]
    assert compared(page) == expected
    assert {
        "/teams/SEC/compare/?as_of=2026-03-01",
        "/teams/OPS/cells/?as_of=2026-03-01&state=expired",
        "/teams/ORG/cells/?as_of=2026-03-01&state=gap",
        "?as_of=2026-03-01&sort=gap",
    } <= links(page)
    assert "?sort=gap" in links(page_of(reader("administrator"), "/teams/ORG/compare/"))


@pytest.mark.parametrize(
    ("order", "teams", "direction"),
    [
        ("", ["Operations", "Security", "Idle hands", "Nobody's team"], "ascending"),
        ("verified", ["Operations", "Security", "Idle hands", "Nobody's team"], "ascending"),
        ("coverage", ["Operations", "Security", "Idle hands", "Nobody's team"], "ascending"),
        ("readiness", ["Operations", "Security", "Idle hands", "Nobody's team"], "ascending"),
        ("name", ["Idle hands", "Nobody's team", "Operations", "Security"], "ascending"),
        ("people", ["Security", "Operations", "Idle hands", "Nobody's team"], "descending"),
        ("gap", ["Operations", "Security", "Idle hands", "Nobody's team"], "descending"),
        ("expired", ["Operations", "Idle hands", "Nobody's team", "Security"], "descending"),
        ("not_assessed", ["Operations", "Security", "Idle hands", "Nobody's team"], "descending"),
    ],
)
def test_teams_can_be_ordered_by_any_measure_the_worst_first(
    reader: Any, siblings: None, order: str, teams: list[str], direction: str
) -> None:
    page = page_of(reader("administrator"), f"/teams/ORG/compare/?as_of={PAST}&sort={order}")
    assert [row[0] for row in compared(page)] == [*teams, "Everybody all of it"]
    [sorted_by] = [dict(found.attributes) for found in having(page, "th") if "aria-sort" in dict(found.attributes)]
    assert sorted_by["aria-sort"] == direction
    assert having(page, "input", name="sort", value=order) or not order


def test_an_unknown_order_is_said_and_the_page_still_shown(reader: Any, siblings: None) -> None:
    page = page_of(reader("administrator"), "/teams/ORG/compare/?sort=shoe-size", 400)
    assert "shoe-size is not one of the available choices." in text(page)
    assert compared(page)[-1][0] == "Everybody all of it"
