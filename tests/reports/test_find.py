"""Find tells who can do something, and who somebody is, of those whom the reader may see and of nobody else."""

from __future__ import annotations

import random
from datetime import date
from itertools import chain
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.html import Element, parse_html
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate, now

from assessments.models import AssessmentResult
from assessments.services import record_results
from reports.counters.building import build
from reports.gathering import current_rules, facts_of
from reports.models import CounterChange
from reports.queries import graded
from reports.queries.find import holders, people_named
from reports.queries.graded import Way
from reports.standings import State
from roles.models import Competency, Person, Role, Team, User
from tests.organisation import OrganisationFiles

from . import naive
from .expected import ancestry
from .pages import having, links, page_of, text, without_token

DAYS = [date(2024, 6, 1), date(2025, 6, 1), date(2026, 3, 1), date(2900, 1, 1)]

#: Whose scopes each reader sees, None for everybody, and who they are.
SCOPES: dict[str, tuple[set[str] | None, str]] = {
    "administrator": (None, ""),
    "auditor": (None, ""),
    "manager": ({"SEC"}, "M1"),
    "staff": (set(), "S1"),
    "stranger": (set(), ""),
}


@pytest.fixture
def crowd(files: OrganisationFiles, organisation: None) -> None:
    """Forty more people in three teams, some of whom move, with results of every kind in two competencies."""
    dice = random.Random(7)
    names = [f"P{number:02}" for number in range(40)]
    files.add("people", *[(name, dice.choice(["Ada", "Bo", "Chi"]), "", "2024-01-01", "") for name in names])
    for number, name in enumerate(names):
        first, second = dice.sample(["SEC", "RED", "OPS"], 2)
        files.add("memberships", (name, first, "2024-01-01", "2025-01-01" if number % 3 == 0 else ""))
        if number % 3 == 0:
            files.add("memberships", (name, second, "2025-01-01", ""))
        files.add("assignments", *([(name, "ENG", "2024-01-01", "2026-01-01")] if number % 2 else []))
    for number in range(160):
        assessed_on = f"202{dice.randint(4, 5)}-0{dice.randint(1, 9)}-15"
        method, expires_on = dice.choice(["self", "peer", "exam", "manager"]), dice.choice(["", "2026-02-01"])
        cells = (f"Q{number}", dice.choice(names), f"C-{dice.randint(1, 2)}", dice.randint(0, 4))
        files.add("results", (*cells, method, assessed_on, expires_on, "", ""))
    files.as_import()


def seen(reader: str, chain: list[str], employee_id: str) -> bool:
    scopes, own = SCOPES[reader]
    return scopes is None or bool(scopes & set(chain)) or employee_id == own


def expected(
    reader: str, competency: Competency, level: int, on: date, *, verified: bool
) -> list[tuple[str, int, bool]]:
    """The same person by person, by the naive rule."""
    policy, teams = current_rules().policy, {team.pk: team for team in Team.objects.all()}
    found = []
    for person in Person.objects.all():
        [facts] = facts_of([person.pk])
        team = naive.team_on(facts, on)
        result = naive.deciding_on(facts, policy, competency.pk, on)
        if team is None or result is None or result.level < level or (verified and not result.verified):
            continue
        if seen(reader, [one.code for one in ancestry(teams[team])], person.employee_id):
            order = (-result.level, not result.verified, person.name, person.employee_id)
            found.append((order, (person.employee_id, result.level, result.verified)))
    return [one for _, one in sorted(found)]


def found_on(page: Element) -> list[str]:
    """The employee ids of those who are shown, in their order."""
    tables = [one for one in having(page, "table") if "found" in (dict(one.attributes)["class"] or "").split()]
    return [text(having(row, "span")[0]) for table in tables for row in having(having(table, "tbody")[0], "tr")]


def table_rows(page: Element) -> list[list[str]]:
    [body] = having(page, "tbody")
    return [[text(cell) for cell in row.children if isinstance(cell, Element)] for row in having(body, "tr")]


# Who holds a competency.


@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("who", list(SCOPES))
def test_who_holds_a_competency_is_what_the_facts_say_of_those_one_may_see(
    people: dict[str, User], crowd: None, who: str, on: date
) -> None:
    for competency in Competency.objects.all():
        for level in range(5):
            for verified in (False, True):
                told = holders(reader=people[who], competency=competency, level=level, as_of=on, verified=verified)
                shown = [
                    (one.person.employee_id, one.grade.level, one.grade.verified) for one in told[:1_000] if one.grade
                ]
                assert shown == expected(who, competency, level, on, verified=verified)
                assert len(told) == len(shown)


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("who", ["auditor", "manager", "staff"])
def test_pages_hold_everybody_once_and_in_order_however_they_are_read(
    people: dict[str, User], crowd: None, monkeypatch: pytest.MonkeyPatch, who: str, way: Way
) -> None:
    monkeypatch.setattr(graded, "FEW", 0)
    monkeypatch.setattr(graded, "quickest", lambda *sizes: way)
    on, competency = date(2025, 6, 1), Competency.objects.get(code="C-1")
    for level, verified in ((0, False), (3, False), (2, True)):
        told = holders(reader=people[who], competency=competency, level=level, as_of=on, verified=verified)
        pages = [told[begin : begin + 7] for begin in range(0, len(told) + 7, 7)]
        shown = [
            (one.person.employee_id, one.grade.level, one.grade.verified)
            for one in chain.from_iterable(pages)
            if one.grade
        ]
        assert shown == expected(who, competency, level, on, verified=verified)


@pytest.mark.parametrize(
    ("size", "end", "way"),
    [
        (900_000, 50, Way.ONE_BY_ONE),
        (60_000, 50, Way.ONE_BY_ONE),
        (14_000, 50, Way.AMONG),
        (1_100, 50, Way.SORTED),
        (14_000, 14_000, Way.SORTED),
        (400_000, 1_000, Way.ONE_BY_ONE),
        (400_000, 350_000, Way.SORTED),
        (29_000, 2_000, Way.AMONG),
        (31_000, 2_000, Way.SORTED),
    ],
)
def test_the_way_is_quickest_for_that_many_of_a_million(size: int, end: int, way: Way) -> None:
    assert graded.quickest(size, end, 1_000_000) == way


def test_few_people_and_people_told_apart_by_more_than_standings_are_put_in_order(
    people: dict[str, User], crowd: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graded, "quickest", lambda *sizes: Way.AMONG)
    on, competency = date(2025, 6, 1), Competency.objects.get(code="C-1")
    for few, words, walks in ((0, "", True), (1_000, "", False), (0, "a", False)):
        monkeypatch.setattr(graded, "FEW", few)
        told = holders(reader=people["auditor"], competency=competency, level=0, as_of=on, words=words)
        with CaptureQueriesContext(connection) as queries:
            assert len(told[:1]) == 1
        assert any('FROM "roles_person" WHERE CASE' in query["sql"] for query in queries) == walks


# How many there are, by counters.


@pytest.fixture
def counted(crowd: None, settings: Any) -> None:
    """Every team in which two people have been is a large one."""
    settings.COUNTERS_FROM = 2
    assert build() > 2


@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("who", ["auditor", "manager", "staff"])
def test_counted_teams_tell_as_many_and_the_same_people(
    people: dict[str, User], counted: None, who: str, on: date
) -> None:
    competency = Competency.objects.get(code="C-1")
    for level, verified in ((0, False), (2, True), (3, False), (4, False)):
        told = holders(reader=people[who], competency=competency, level=level, as_of=on, verified=verified)
        # A page before anything is counted, and all of them.
        some, everybody = told[3:5], told[:1_000]
        shown = [(one.person.employee_id, one.grade.level, one.grade.verified) for one in everybody if one.grade]
        assert shown == expected(who, competency, level, on, verified=verified)
        assert len(told) == len(shown)
        assert some == everybody[3:5]


@pytest.mark.parametrize(
    "narrowing", [{}, {"team": "SEC"}, {"team": "RED"}, {"team": "VOID"}, {"role": "ENG"}, {"words": "a"}]
)
@pytest.mark.parametrize("who", ["auditor", "manager"])
def test_counted_teams_tell_as_many_however_they_are_narrowed(
    people: dict[str, User], counted: None, who: str, narrowing: dict[str, str]
) -> None:
    asked: dict[str, Any] = dict(narrowing)
    if "team" in asked:
        asked["team"] = Team.objects.get(code=asked["team"])
    if "role" in asked:
        asked["role"] = Role.objects.get(code=asked["role"])
    for level in range(5):
        told = holders(
            reader=people[who],
            competency=Competency.objects.get(code="C-1"),
            level=level,
            as_of=date(2025, 6, 1),
            **asked,
        )
        assert len(told) == len(told[:1_000])


@pytest.mark.parametrize(
    ("who", "asked", "by_counters"),
    [
        ("auditor", {"level": 3}, True),
        ("auditor", {"level": 4}, False),
        ("auditor", {"level": 3, "verified": True}, False),
        ("auditor", {"level": 3, "words": "a"}, False),
        ("manager", {"level": 3}, False),
    ],
)
def test_who_holds_enough_is_counted_by_counters_and_not_one_by_one(
    people: dict[str, User], counted: None, who: str, asked: dict[str, Any], by_counters: bool
) -> None:
    told = holders(reader=people[who], competency=Competency.objects.get(code="C-1"), as_of=date(2025, 6, 1), **asked)
    with CaptureQueriesContext(connection) as queries:
        assert len(told) > 0
    read = " ".join(query["sql"] for query in queries)
    assert ("reports_counterblock" in read, '"reports_standing"' in read) == (by_counters, not by_counters)


def test_what_waits_in_the_ledger_is_counted(people: dict[str, User], counted: None) -> None:
    asked: dict[str, Any] = {"reader": people["auditor"], "competency": Competency.objects.get(code="C-1"), "level": 3}
    before = len(holders(**asked, as_of=date(2026, 3, 1)))
    result = AssessmentResult(
        person=Person.objects.get(employee_id="F1"),
        competency=asked["competency"],
        level=4,
        method="exam",
        assessed_on=date(2026, 2, 1),
    )
    record_results(results=[result], by=None, at=now())
    assert CounterChange.objects.exists()
    assert len(holders(**asked, as_of=date(2026, 3, 1))) == before + 1


def test_the_crowd_is_worth_asking_about(people: dict[str, User], crowd: None) -> None:
    """Every kind of reader is told something else, and every level and kind of evidence is there."""
    competency = Competency.objects.get(code="C-1")
    told = {who: expected(who, competency, 0, date(2025, 6, 1), verified=False) for who in SCOPES}
    assert len(told["auditor"]) > len(told["manager"]) > len(told["staff"]) > len(told["stranger"]) == 0
    assert {level for _, level, _ in told["manager"]} == {0, 1, 2, 3, 4}
    assert {verified for _, _, verified in told["manager"]} == {True, False}


@pytest.mark.parametrize(
    ("narrowing", "expected_ids"),
    [
        ({}, ["F1", "S1", "S2"]),
        ({"team": "SEC"}, ["S1", "S2"]),
        ({"team": "ORG"}, ["F1", "S1", "S2"]),
        ({"team": "VOID"}, []),
        ({"role": "ENG"}, ["F1", "S1", "S2"]),
        ({"role": "LEAD"}, []),
        ({"words": "of s"}, ["S1", "S2"]),
        ({"words": "2"}, ["S2"]),
        ({"words": "f1 NAME"}, ["F1"]),
        ({"words": "%"}, []),
        ({"words": "_"}, []),
        ({"team": "SEC", "words": "f1"}, []),
    ],
)
def test_holders_are_narrowed_by_team_role_and_name(
    people: dict[str, User], narrowing: dict[str, str], expected_ids: list[str]
) -> None:
    told = holders(
        reader=people["auditor"],
        competency=Competency.objects.get(code="C-2"),
        level=0,
        as_of=localdate(),
        team=Team.objects.get(code=narrowing["team"]) if "team" in narrowing else None,
        role=Role.objects.get(code=narrowing["role"]) if "role" in narrowing else None,
        words=narrowing.get("words", ""),
    )
    assert [one.person.employee_id for one in told[:10]] == expected_ids


def test_a_role_counts_on_the_days_that_it_is_held_and_one_of_everybody_always(
    people: dict[str, User], files: OrganisationFiles
) -> None:
    files.change("assignments", 3, until="2025-01-01").as_import()
    role = Role.objects.get(code="ENG")
    competency = Competency.objects.get(code="C-2")

    def told(on: date) -> list[str]:
        found = holders(reader=people["auditor"], competency=competency, level=2, role=role, as_of=on)
        return [one.person.employee_id for one in found[:9]]

    assert (told(date(2024, 6, 1)), told(date(2025, 6, 1))) == (["F1", "S1"], ["F1"])
    role.held_by_everyone = True
    role.save()
    assert told(date(2025, 6, 1)) == ["F1", "S1"]


def test_each_one_found_has_team_roles_and_the_result_that_decides(people: dict[str, User]) -> None:
    [first, *_] = holders(
        reader=people["manager"], competency=Competency.objects.get(code="C-1"), level=3, as_of=localdate()
    )[:5]
    assert first.grade is not None
    assert (first.person.employee_id, first.team and first.team.code) == ("S1", "RED")
    assert [role.code for role in first.roles] == ["ENG"]
    assert (first.grade.required, first.grade.state, first.grade.result.result_id) == (3, State.MET, "R1")


# The page.


def test_the_page_shows_who_holds_it_where_and_since_when(reader: Any) -> None:
    page = page_of(reader("manager"), "/find/?competency=C-1")
    assert table_rows(page) == [
        ["Name of S1 S1", "3", "3", "Exam", "1 Feb 2024", "1 Jan 2500", "Red team", "ENG"],
    ]
    assert "1 person holds C-1 Prompts & traps at level 3 or above" in text(page)
    assert {"/people/S1/", "/people/S1/competencies/C-1/", "/teams/RED/"} <= links(page)


def test_a_claim_can_be_left_out_and_a_lower_level_asked_for(reader: Any) -> None:
    client = reader("administrator")
    assert found_on(page_of(client, "/find/?competency=C-2&level=2")) == ["F1", "S1"]
    assert found_on(page_of(client, "/find/?competency=C-2&level=2&verified=1")) == ["F1"]
    assert found_on(page_of(client, "/find/?competency=C-2&level=0&team=SEC")) == ["S1", "S2"]


def test_another_day_shows_who_held_it_then_and_is_kept_by_links(reader: Any) -> None:
    page = page_of(reader("manager"), "/find/?competency=C-1&level=1&q=s&as_of=2024-06-01")
    assert found_on(page) == ["S1"]
    assert "/people/S1/?as_of=2024-06-01" in links(page)
    assert f"?as_of={localdate()}&competency=C-1&level=1&q=s" in links(page)
    assert found_on(page_of(reader("manager"), "/find/?competency=C-1&level=1&as_of=2999-01-01")) == []


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("q=name", ["F1", "I1", "M1", "S1", "S2", "S3"]),
        ("q=s", ["S1", "S2", "S3"]),
        ("team=SEC", ["M1", "S1", "S2"]),
        ("role=LEAD", ["M1"]),
        ("team=SEC&role=ENG&q=2", ["S2"]),
        ("q=nobody", []),
    ],
)
def test_people_are_found_by_name_team_and_role(reader: Any, query: str, ids: list[str]) -> None:
    assert found_on(page_of(reader("auditor"), f"/find/?{query}")) == ids


@pytest.mark.parametrize("word", ["ångström", "ÅNGSTRÖM", "Ångström", "ngstr", "ada ÅNG"])
def test_a_name_is_found_in_small_letters_and_in_capitals(reader: Any, files: OrganisationFiles, word: str) -> None:
    files.change("people", 3, name="Ada Ångström").as_import()
    assert found_on(page_of(reader("auditor"), f"/find/?q={word}")) == ["S1"]


@pytest.mark.parametrize(
    ("who", "ids"),
    [
        ("administrator", ["F1", "I1", "M1", "S1", "S2", "S3"]),
        ("manager", ["M1", "S1", "S2"]),
        ("staff", ["S1"]),
        ("stranger", []),
    ],
)
def test_nobody_is_found_whom_one_may_not_see(reader: Any, who: str, ids: list[str]) -> None:
    client = reader(who)
    assert found_on(page_of(client, "/find/?q=name")) == ids
    held = [employee_id for employee_id in ["F1", "S1", "S2"] if employee_id in ids]
    assert found_on(page_of(client, "/find/?competency=C-2&level=0")) == held


def test_a_manager_finds_on_each_day_who_was_in_their_scope_then(reader: Any) -> None:
    client = reader("manager")
    assert found_on(page_of(client, "/find/?q=s3&as_of=2024-06-01")) == ["S3"]
    assert found_on(page_of(client, "/find/?q=s3&as_of=2025-06-01")) == []


def test_somebody_in_no_team_on_the_day_is_found_and_said_to_be_in_none(reader: Any) -> None:
    page = page_of(reader("auditor"), "/find/?q=s1&as_of=2023-01-01")
    assert table_rows(page) == [["Name of S1 S1", "in no team on this day", "no role"]]


def test_somebody_who_has_left_counts_for_no_team_even_where_their_membership_was_not_ended(
    reader: Any, files: OrganisationFiles
) -> None:
    files.change("people", 3, left_on="2025-01-01").as_import()
    assert table_rows(page_of(reader("auditor"), "/find/?q=s1"))[0][1] == "in no team on this day"


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("staff", "You manage no team, so there is nobody to find here but yourself."),
        ("stranger", "Your account belongs to nobody and manages no team, so there is nobody to find here."),
    ],
)
def test_who_manages_nobody_is_told_that_there_is_nobody_to_find(reader: Any, who: str, words: str) -> None:
    assert words in text(page_of(reader(who), "/find/"))


def test_ones_own_team_is_no_link_where_it_is_not_ones_to_see(reader: Any) -> None:
    page = page_of(reader("staff"), "/find/?competency=C-1")
    assert found_on(page) == ["S1"]
    assert not {link for link in links(page) if link.startswith("/teams/")}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "What are you looking for?"),
        ("level=4", "What are you looking for?"),
        ("competency=C-3", "Nobody holds this"),
        ("q=zzz", "Nobody found"),
    ],
)
def test_an_empty_answer_says_what_to_do(reader: Any, query: str, words: str) -> None:
    page = page_of(reader("manager"), f"/find/?{query}")
    assert words in [text(one) for one in having(page, "h2")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("competency", "NONE"),
        ("competency", "\x00"),
        ("level", "5"),
        ("level", "x"),
        ("verified", "banana"),
        ("team", "NONE"),
        ("team", "OPS"),
        ("team", "\x00"),
        ("role", "NONE"),
        ("q", "\x00"),
        ("q", "x" * 201),
        ("page", "0"),
        ("page", "x"),
        ("as_of", "banana"),
    ],
)
def test_what_is_not_understood_is_said_beside_its_field(reader: Any, name: str, value: str) -> None:
    response = reader("manager").get("/find/", {"competency": "C-1", name: value})
    page = parse_html(response.content.decode())
    assert response.status_code == 400
    if name == "page":
        assert "errorlist" in response.content.decode()
        return
    [field] = [
        one
        for tag in ("input", "select")
        for one in having(page, tag, name=name)
        if ("type", "hidden") not in one.attributes
    ]
    assert dict(field.attributes)["aria-invalid"] == "true"
    [said] = having(page, "ul", id=str(dict(field.attributes)["aria-describedby"]))
    assert text(said)


def test_a_team_that_is_hidden_is_told_apart_from_a_missing_one_by_nothing(reader: Any) -> None:
    client = reader("manager")
    hidden, missing = (client.get(f"/find/?team={code}").content for code in ("OPS", "XXX"))
    assert without_token(hidden).replace(b"OPS", b"XXX") == without_token(missing)


def test_only_teams_that_one_may_see_are_offered(reader: Any) -> None:
    [offered] = having(page_of(reader("manager"), "/find/"), "datalist")
    assert [dict(one.attributes)["value"] for one in having(offered, "option")] == ["SEC", "RED"]


def test_htmx_gets_the_answer_alone_and_a_day_form_that_keeps_the_question(reader: Any) -> None:
    headers = {"HX-Request": "true", "HX-Target": "found"}
    response = reader("manager").get("/find/?competency=C-1&level=2", headers=headers)
    fragment = parse_html(response.content.decode())
    assert not having(fragment, "main")
    assert found_on(fragment) == ["S1"]
    [day] = having(fragment, "div", id="find-day", hx_swap_oob="true")
    assert [dict(one.attributes)["value"] for one in having(day, "input", type="hidden")] == ["C-1", "2"]


def test_htmx_is_told_what_is_not_understood(reader: Any) -> None:
    headers = {"HX-Request": "true", "HX-Target": "found"}
    response = reader("manager").get("/find/?competency=C-1&team=OPS", headers=headers)
    assert response.status_code == 400
    assert "Team code: “OPS” is not the code of a team that you may see." in text(parse_html(response.content.decode()))


# Size.


def big(files: OrganisationFiles, sizes: dict[str, int]) -> None:
    for code, size in sizes.items():
        names = [f"{code}{number:03}" for number in range(size)]
        files.add("teams", (code, code, "SEC"), *[(f"{code}-{part}", code, code) for part in range(size // 10)])
        files.add("people", *[(name, f"Somebody {name}", "", "2024-01-01", "") for name in names])
        files.add("memberships", *[(name, f"{code}-{at // 10}", "2024-01-01", "") for at, name in enumerate(names)])
        files.add("assignments", *[(name, "ENG", "2024-01-01", "") for name in names])
        files.add("results", *[(name, name, "C-1", 3, "exam", "2024-02-01", "", "", "") for name in names])
    files.as_import()


def test_fifty_are_on_a_page_and_the_next_one_goes_on(reader: Any, files: OrganisationFiles) -> None:
    big(files, {"BIG": 120})
    client = reader("manager")
    found = [found_on(page_of(client, f"/find/?competency=C-1&team=BIG&page={number}")) for number in (1, 2, 3)]
    assert [len(part) for part in found] == [50, 50, 20]
    assert sorted(chain.from_iterable(found)) == [f"BIG{number:03}" for number in range(120)]
    page = page_of(client, "/find/?competency=C-1&team=BIG&page=2")
    assert "51 to 100 of 120" in text(page)
    assert {"?competency=C-1&team=BIG&page=1", "?competency=C-1&team=BIG&page=3"} <= links(page)
    assert found_on(page_of(client, "/find/?competency=C-1&team=BIG&page=99")) == found[2]


@pytest.mark.parametrize(
    "query", ["competency=C-1&level=1", "competency=C-1&role=ENG&q=some", "q=somebody", "role=ENG"]
)
@pytest.mark.parametrize("who", ["auditor", "manager"])
def test_two_hundred_people_take_as_many_queries_as_ten(
    reader: Any, files: OrganisationFiles, who: str, query: str
) -> None:
    sizes = {"SMALL": 10, "BIG": 200}
    big(files, sizes)
    client: Client = reader(who)
    taken = {}
    for code, size in sizes.items():
        with CaptureQueriesContext(connection) as queries:
            page = page_of(client, f"/find/?{query}&team={code}")
        assert len(found_on(page)) == min(size, 50)
        taken[code] = len(queries)
    assert taken["SMALL"] == taken["BIG"]


def test_what_is_found_can_be_asked_one_by_one(people: dict[str, User]) -> None:
    told = people_named(reader=people["auditor"], as_of=localdate(), words="s")
    assert (len(told), told[1].person.employee_id, [one.person.employee_id for one in told[1:]]) == (
        3,
        "S2",
        ["S2", "S3"],
    )
