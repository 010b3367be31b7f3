"""Home says what its reader should do now, by who they are."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.html import Element
from django.test.utils import CaptureQueriesContext

from reports.measures import Measures
from reports.queries import team_report
from reports.queries.home import team_average, team_cards
from roles.models import Team, User
from tests.organisation import OrganisationFiles

from .pages import PAST, having, links, page_of, text

DAY = date.fromisoformat(PAST)


def cards(page: Element) -> dict[str, str]:
    """The words of each card, by the name of its team."""
    found = [item for item in having(page, "li") if ("class", "team-card") in item.attributes]
    return {text(having(having(card, "h3")[0], "a")[0]): text(card) for card in found}


@pytest.mark.parametrize(
    ("who", "teams", "own"),
    [
        ("administrator", ["Everybody"], False),
        ("auditor", ["Everybody"], False),
        ("manager", ["Security"], True),
        ("staff", [], True),
    ],
)
def test_each_reader_sees_what_concerns_them(reader: Any, who: str, teams: list[str], own: bool) -> None:
    page = page_of(reader(who), f"/?as_of={PAST}")
    assert list(cards(page)) == teams
    assert ("My own standing" in [text(heading) for heading in having(page, "h2")]) == own


def test_signed_out_it_leads_to_the_sign_in(reader: Any) -> None:
    assert reader("signed out").get("/")["Location"] == "/accounts/login/?next=/"


def test_a_card_says_what_is_to_be_done_and_leads_there(reader: Any) -> None:
    page = page_of(reader("administrator"), f"/?as_of={PAST}")
    words = cards(page)["Everybody"]
    for sentence in (
        "6 people",
        "0 results expire within 90 days",
        "0 requirements have expired",
        "3 people never assessed in something required",
        "2 competencies that only one person holds C-1, C-2",
        "1 competency that nobody holds C-3",
    ):
        assert sentence in words
    query = f"?as_of={PAST}"
    assert {
        f"/teams/ORG/{query}",
        f"/teams/ORG/forecast/{query}",
        f"/teams/ORG/bench/{query}",
        f"/teams/ORG/cells/{query}&state=not_assessed",
    } <= links(page)


def test_what_expires_within_90_days_is_counted(reader: Any) -> None:
    assert (
        "1 result expires within 90 days" in cards(page_of(reader("administrator"), "/?as_of=2499-11-01"))["Everybody"]
    )
    assert "1 requirement has expired" in cards(page_of(reader("administrator"), "/?as_of=2500-01-01"))["Everybody"]


def test_the_figures_of_a_card_are_those_of_the_team_report(organisation: None) -> None:
    teams = list(Team.objects.order_by("path"))
    for card in team_cards(teams=teams, as_of=DAY):
        report = team_report(team=card.team, as_of=DAY)
        assert card.people == report.people
        assert card.totals.as_dict() == report.totals.as_dict()
        holders = {line.code: line.measures.holders for line in report.competencies}
        assert [competency.code for competency in card.alone] == [code for code in holders if holders[code] == 1]
        assert [competency.code for competency in card.held_by_nobody] == [c for c in holders if holders[c] == 0]


def test_a_manager_of_many_teams_sees_twelve_and_a_way_to_the_rest(reader: Any, files: OrganisationFiles) -> None:
    codes = [f"T{number:02}" for number in range(13)]
    files.add("teams", *[(code, f"Team {code}", "SEC") for code in codes])
    files.add("managers", *[(code, "M1") for code in codes]).as_import()
    client = reader("manager")
    page = page_of(client, "/")
    assert len(cards(page)) == 12
    assert "All your teams" in [text(link) for link in having(page, "a")]
    with CaptureQueriesContext(connection) as many:
        client.get("/")
    files.put("managers", ("SEC", "M1"))
    Team.objects.get(code="T00").managers.all().delete()
    for code in codes:
        Team.objects.get(code=code).managers.all().delete()
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    assert len(many) == len(one)


def test_figures_of_a_very_large_scope_come_after_the_page(reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.queries.home.LARGE", 1)
    client = reader("administrator")
    page = page_of(client, f"/?as_of={PAST}")
    assert cards(page) == {}
    [later] = having(page, "div", id="cards")
    address = dict(later.attributes)["hx-get"]
    assert address in links(page), "without a script there is a link"
    response = client.get(address, headers={"HX-Request": "true", "HX-Target": "cards"})
    assert b"<html" not in response.content
    assert b"2 competencies" not in response.content or b"team-card" in response.content
    assert list(cards(page_of(client, address))) == ["Everybody"]


# The average of few.


def test_staff_see_how_their_team_does_only_if_it_is_not_a_few(
    reader: Any, files: OrganisationFiles, settings: Any
) -> None:
    settings.MIN_GROUP = 3
    client = reader("staff")
    few = text(page_of(client, f"/?as_of={PAST}"))
    assert "an average of fewer than 3 people would tell too much about each of them" in few
    assert "For comparison" not in few
    settings.MIN_GROUP = 2
    assert "For comparison, your team Red team: verified coverage 25%" in text(page_of(client, f"/?as_of={PAST}"))


@pytest.mark.parametrize(("least", "told"), [(2, True), (3, False)])
def test_an_average_counts_people_with_a_requirement(people: dict[str, User], least: int, told: bool) -> None:
    team = Team.objects.get(code="RED")
    found = team_average(team=team, as_of=DAY, user=people["staff"], least=least)
    assert isinstance(found, Measures) == told


def test_who_sees_the_people_sees_the_average_of_few(people: dict[str, User]) -> None:
    team = Team.objects.get(code="RED")
    for who in ("manager", "auditor", "administrator"):
        assert team_average(team=team, as_of=DAY, user=people[who], least=100) is not None


@pytest.mark.parametrize("who", ["manager", "staff"])
def test_home_takes_as_many_queries_for_a_big_team_as_for_a_small_one(
    reader: Any, files: OrganisationFiles, settings: Any, who: str
) -> None:
    settings.MIN_GROUP = 1  # so that the average is there before and after
    client = reader(who)
    with CaptureQueriesContext(connection) as small:
        client.get("/")
    names = [f"X{number}" for number in range(200)]
    files.add("people", *[(name, name, "", "2024-01-01", "") for name in names])
    files.add("memberships", *[(name, "RED", "2024-01-01", "") for name in names])
    files.add("assignments", *[(name, "ENG", "2024-01-01", "") for name in names])
    files.add("results", *[(name, name, "C-1", 3, "exam", "2024-02-01", "", "", "") for name in names]).as_import()
    with CaptureQueriesContext(connection) as big:
        response = client.get("/")
    assert response.status_code == 200
    assert len(small) == len(big)
