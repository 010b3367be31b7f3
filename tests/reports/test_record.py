"""A manager records results for a whole team in one grid: all of them or none, once, and for nobody else's people."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.html import Element, parse_html
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from assessments.models import AssessmentResult
from assessments.services import withdraw_result
from reports.models import Standing
from reports.queries import recording
from reports.queries.recording import people_per_page, recorded_lately
from reports.services import disagreements
from reports.standings import State
from reports.views.record import FIELDS_AT_MOST
from roles.models import Organisation, Person, Role, Team, User
from tests.organisation import AT, OrganisationFiles, at_once, everything

from .pages import ORGANISATION, having, links, page_of, text, without_token

TODAY = localdate().isoformat()
TOMORROW = (localdate() + timedelta(days=1)).isoformat()

#: For each reader: their own team, one below it, another one, and one that is not there.
RIGHTS = {
    "administrator": {"SEC": 200, "RED": 200, "OPS": 200, "NONE": 404},
    "auditor": {"SEC": 403, "OPS": 403, "NONE": 404},
    "manager": {"SEC": 200, "RED": 200, "ORG": 404, "OPS": 404, "NONE": 404},
    "staff": {"RED": 404, "OPS": 404, "NONE": 404},
    "stranger": {"SEC": 404, "NONE": 404},
    "signed out": {"SEC": 302, "NONE": 302},
}


def sent(**fields: object) -> dict[str, object]:
    """What the form sends, with the fields of `details` as they stand there unless others are given."""
    details = {"token": str(uuid.uuid4()), "assessed_on": TODAY, "method": "manager", "expires_on": "", "evidence": ""}
    return {**details, **fields}


def levels(**cells: object) -> dict[str, object]:
    """Levels by person and competency: `levels(S1_C1=3)` is what is typed for S1 in C-1."""
    return {"level/{}/C-{}".format(*cell.split("_C")): level for cell, level in cells.items()}


def post(client: Client, *cells: Mapping[str, object], code: str = "SEC", **fields: object) -> Any:
    data = sent(**fields)
    for more in cells:
        data |= more
    return client.post(f"/teams/{code}/record/", data)


def recorded() -> list[tuple[str, str, int]]:
    """What has been recorded beside what the organisation was imported with, in that order."""
    rows = AssessmentResult.objects.exclude(result_id__in=["R1", "R2", "R3", "R4"]).order_by("pk")
    return list(rows.values_list("person__employee_id", "competency__code", "level"))


def field(page: Element, name: str) -> dict[str, str | None]:
    [found] = having(page, "input", name=name)
    return dict(found.attributes)


def names(page: Element) -> list[str]:
    """Who stands in the grid."""
    [grid] = [found for found in having(page, "table") if "record-grid" in (dict(found.attributes)["class"] or "")]
    return [text(having(row, "a")[0]) for row in having(having(grid, "tbody")[0], "tr")]


def codes(page: Element) -> list[str]:
    """Which competencies stand in the grid."""
    [head] = having(having(page, "form", id="recording")[0], "thead")
    return [text(one) for one in having(head, "abbr")]


def problems(response: Any) -> dict[str, str]:
    """What is said to be wrong, by the id of the field; each such field is marked and says so itself."""
    page = parse_html(response.content.decode())
    [summary] = [box for box in having(page, "div") if ("class", "problems") in box.attributes]
    found = {}
    for item in having(summary, "li"):
        for link in having(item, "a"):
            wrong = str(dict(link.attributes)["href"]).removeprefix("#")
            [typed] = [one for tag in ("input", "select") for one in having(page, tag, id=wrong)]
            assert dict(typed.attributes)["aria-invalid"] == "true"
            [said] = [one for tag in ("p", "span") for one in having(page, tag, id=f"{wrong}-error")]
            assert dict(typed.attributes)["aria-describedby"] == f"{wrong}-error"
            assert text(said) in text(item)
            found[wrong] = text(said)
    return found


# Who may record.


@pytest.mark.parametrize(
    ("who", "code", "status"), [(who, code, status) for who, own in RIGHTS.items() for code, status in own.items()]
)
def test_who_may_record_for_a_team(reader: Any, who: str, code: str, status: int) -> None:
    client = reader(who)
    before = everything()
    assert client.get(f"/teams/{code}/record/").status_code == status
    # An empty form: whoever may send it is told that nothing is filled in.
    assert post(client, code=code).status_code == (422 if status == 200 else status)
    assert everything() == before


@pytest.mark.parametrize("who", ["manager", "staff"])
def test_a_hidden_team_looks_like_a_missing_one(reader: Any, who: str) -> None:
    client = reader(who)
    hidden, missing = (client.get(f"/teams/{code}/record/") for code in ("OPS", "NONE"))
    assert without_token(hidden.content) == without_token(missing.content)


def test_a_login_that_was_closed_records_nothing(reader: Any, people: dict[str, User]) -> None:
    client = reader("manager")
    User.objects.filter(username="manager").update(is_active=False)
    assert post(client, levels(S1_C1=1)).status_code in {302, 404}
    assert recorded() == []


# What the grid shows.


def test_the_grid_has_who_is_in_the_scope_today_and_what_is_required_of_somebody_there(reader: Any) -> None:
    page = page_of(reader("manager"), "/teams/SEC/record/")
    assert names(page) == ["Name of M1", "Name of S1", "Name of S2"]
    assert codes(page) == ["C-1", "C-2", "C-3"]
    assert codes(page_of(reader("manager"), "/teams/RED/record/")) == ["C-1", "C-2"]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("S1/C-1", "Name of S1, C-1: level 3, 3 required: met, verified"),
        ("S1/C-2", "Name of S1, C-2: level 2, 2 required: met, claimed"),
        ("S2/C-2", "Name of S2, C-2: level 0, 2 required: gap"),
        ("S2/C-1", "Name of S2, C-1: not assessed, 3 required"),
        ("M1/C-3", "Name of M1, C-3: exempt, 1 would be required"),
        ("M1/C-1", "Name of M1, C-1: nothing required"),
    ],
)
def test_a_field_says_whose_it_is_and_how_they_stand(reader: Any, cell: str, words: str) -> None:
    found = field(page_of(reader("manager"), "/teams/SEC/record/"), f"level/{cell}")
    assert (found["aria-label"], found["value"]) == (words, "")


def test_a_field_says_what_an_expired_level_was(reader: Any, files: OrganisationFiles) -> None:
    files.add("results", ("R5", "S2", "C-1", 4, "exam", "2024-02-01", "2025-02-01", "", "")).as_import()
    page = page_of(reader("manager"), "/teams/SEC/record/")
    assert field(page, "level/S2/C-1")["aria-label"] == "Name of S2, C-1: level 4 has expired, 3 required"


@pytest.mark.parametrize(
    ("query", "shown", "competencies"),
    [
        ("role=ENG", ["Name of S1", "Name of S2"], ["C-1", "C-2"]),
        ("role=LEAD", ["Name of M1"], ["C-3"]),
        ("competency=C-3&competency=C-1", ["Name of M1", "Name of S1", "Name of S2"], ["C-1", "C-3"]),
        ("q=s2", ["Name of S2"], ["C-1", "C-2", "C-3"]),
        ("q=NAME+1&competency=C-2", ["Name of M1", "Name of S1"], ["C-2"]),
        ("page=7&competency=C-2", ["Name of M1", "Name of S1", "Name of S2"], ["C-2"]),
    ],
)
def test_the_grid_can_be_narrowed(reader: Any, query: str, shown: list[str], competencies: list[str]) -> None:
    page = page_of(reader("manager"), f"/teams/SEC/record/?{query}")
    assert (names(page), codes(page)) == (shown, competencies)


def test_the_grid_can_show_one_family_and_sets_families_apart(reader: Any, files: OrganisationFiles) -> None:
    for line, family in ((2, "Z"), (3, "A"), (4, "Z")):
        files.change("competencies", line, family=family)
    files.as_import()
    client = reader("manager")
    assert codes(page_of(client, "/teams/SEC/record/?family=Z")) == ["C-1", "C-3"]
    page = page_of(client, "/teams/SEC/record/")
    begins = [one for one in having(page, "th", scope="col") if "begins" in (dict(one.attributes).get("class") or "")]
    assert sorted(codes(page)) == ["C-1", "C-2", "C-3"]
    assert len(begins) == 2


def test_a_role_that_everybody_holds_narrows_nobody_away(reader: Any) -> None:
    Role.objects.filter(code="IDLE").update(held_by_everyone=True)
    assert names(page_of(reader("manager"), "/teams/SEC/record/?role=IDLE&competency=C-1")) == [
        "Name of M1",
        "Name of S1",
        "Name of S2",
    ]


@pytest.mark.parametrize("query", ["role=NONE", "family=NONE", "competency=NONE", "competency=%00", "page=x", "q=%00"])
def test_a_choice_that_is_not_understood_is_said_and_the_grid_still_shown(reader: Any, query: str) -> None:
    response = reader("manager").get(f"/teams/SEC/record/?{query}")
    assert response.status_code == 400
    page = parse_html(response.content.decode())
    assert [text(one) for one in having(page, "ul") if "errorlist" in (dict(one.attributes).get("class") or "")]
    assert names(page) == ["Name of M1", "Name of S1", "Name of S2"]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/teams/VOID/record/", "Nobody to record results for"),
        ("/teams/SEC/record/?q=zzz", "Nobody to record results for"),
        ("/teams/IDLE/record/", "No competency to record"),
    ],
)
def test_an_empty_grid_says_what_to_do(reader: Any, address: str, words: str) -> None:
    page = page_of(reader("administrator"), address)
    assert words in [text(one) for one in having(page, "h2")]
    assert not having(page, "form", id="recording")


# Recording.


def test_what_is_recorded_says_who_assessed_it_how_and_when(reader: Any, people: dict[str, User]) -> None:
    details = {"expires_on": "2500-06-01", "evidence": "https://example.org/exam?id=1&x=<y>", "method": "exam"}
    response = post(reader("manager"), levels(S1_C1=4, S2_C1="", S2_C2=" 0 "), assessed_on="2026-01-05", **details)
    assert response.status_code == 302
    assert recorded() == [("S1", "C-1", 4), ("S2", "C-2", 0)]
    row = AssessmentResult.objects.get(person__employee_id="S1", level=4)
    assert (row.method, row.assessed_on, row.expires_on) == ("exam", date(2026, 1, 5), date(2500, 6, 1))
    assert (row.evidence, row.assessor, row.recorded_by) == (details["evidence"], "Name of M1", people["manager"])


def test_somebody_who_is_no_person_signs_with_their_user_name(reader: Any) -> None:
    post(reader("administrator"), levels(F1_C1=2), code="ORG")
    assert AssessmentResult.objects.get(person__employee_id="F1", level=2).assessor == "administrator"


def test_figures_move_at_once_and_the_grid_shows_it(reader: Any) -> None:
    client = reader("manager")
    post(client, levels(S2_C1=3))
    standing = Standing.objects.in_force(on=localdate()).get(person__employee_id="S2", competency__code="C-1")
    assert (standing.level, State(standing.state)) == (3, State.MET)
    assert list(disagreements()) == []
    label = field(page_of(client, "/teams/SEC/record/"), "level/S2/C-1")["aria-label"]
    assert label == "Name of S2, C-1: level 3, 3 required: met, verified"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"S1_C1": 1}, "1 result recorded for 1 person."),
        ({"S1_C1": 1, "S1_C2": 2}, "2 results recorded for 1 person."),
        ({"S1_C1": 1, "S1_C2": 2, "S2_C1": 3}, "3 results recorded for 2 people."),
    ],
)
def test_it_is_said_how_many_were_recorded_on_the_page_they_came_from(
    reader: Any, cells: dict[str, object], words: str
) -> None:
    client = reader("manager")
    response = client.post("/teams/SEC/record/?role=ENG", {**sent(), **levels(**cells)}, follow=True)
    assert response.redirect_chain == [("/teams/SEC/record/?role=ENG", 302)]
    [notice] = having(parse_html(response.content.decode()), "p", role="status")
    assert text(notice) == words


def test_a_person_can_have_details_of_their_own(reader: Any) -> None:
    own = {"assessed_on/S2": "2026-02-02", "method/S2": "exam", "evidence/S2": "https://example.org/2"}
    post(
        reader("manager"),
        levels(S1_C1=1, S2_C1=2),
        own,
        {"expires_on/S1": "2600-01-01"},
        assessed_on="2026-01-01",
        expires_on="2500-01-01",
        evidence="https://example.org/1",
    )
    rows = AssessmentResult.objects.exclude(result_id__in=["R1", "R2", "R3", "R4"]).order_by("pk")
    assert [(row.assessed_on, row.method, row.expires_on, row.evidence) for row in rows] == [
        (date(2026, 1, 1), "manager", date(2600, 1, 1), "https://example.org/1"),
        (date(2026, 2, 2), "exam", date(2500, 1, 1), "https://example.org/2"),
    ]


def test_the_day_may_lie_before_the_person_came_to_the_team(reader: Any) -> None:
    assert post(reader("manager"), levels(S1_C1=4), assessed_on="2023-05-01").status_code == 302
    assert recorded() == [("S1", "C-1", 4)]


def test_what_nobody_is_required_to_have_can_be_recorded_too(reader: Any) -> None:
    assert post(reader("manager"), levels(S1_C3=2)).status_code == 302
    assert recorded() == [("S1", "C-3", 2)]


# All or nothing.

LEVEL = "Write a level from 0 to 4."
BAD = [
    pytest.param({"level/S1/C-2": "7"}, {"cell-0-1": LEVEL}, id="above the scale"),
    pytest.param({"level/S1/C-2": "-1"}, {"cell-0-1": LEVEL}, id="below the scale"),
    pytest.param({"level/S1/C-2": "x"}, {"cell-0-1": LEVEL}, id="no level"),
    pytest.param({"level/S1/C-2": "3.0"}, {"cell-0-1": LEVEL}, id="no whole level"),
    pytest.param({"level/S1/C-2": "²"}, {"cell-0-1": LEVEL}, id="a digit of another kind"),
    pytest.param({"level/S1/C-2": "<b>"}, {"cell-0-1": LEVEL}, id="markup"),
    pytest.param({"level/S1/C-2": ["1", "2"]}, {"cell-0-1": "This was sent more than once."}, id="twice"),
    pytest.param({"level/S1/C-2": ["1", "1"]}, {"cell-0-1": "This was sent more than once."}, id="twice the same"),
    pytest.param(
        {"level/NONE/C-1": "1"}, {"cell-2-0": "Nobody with this employee id is in the team today."}, id="nobody"
    ),
    pytest.param(
        {"level/F1/C-1": "1"}, {"cell-2-0": "Nobody with this employee id is in the team today."}, id="a stranger"
    ),
    pytest.param(
        {"level/S3/C-1": "1"}, {"cell-2-0": "Nobody with this employee id is in the team today."}, id="who moved away"
    ),
    pytest.param(
        {"level/S\x001/C-1": "1"}, {"cell-2-0": "Nobody with this employee id is in the team today."}, id="no code"
    ),
    pytest.param({"level/S1/C-9": "1"}, {"cell-0-1": "There is no competency with this code."}, id="no competency"),
    pytest.param(
        {"assessed_on": TOMORROW},
        {"all-assessed_on": "Results are recorded once they are there: {tomorrow} is after today."},
        id="a day to come",
    ),
    pytest.param({"assessed_on": ""}, {"all-assessed_on": "This field is required."}, id="no day"),
    pytest.param(
        {"assessed_on": "5.1.2026"},
        {"all-assessed_on": "“5.1.2026” is not a day. Write it as YYYY-MM-DD."},
        id="a day written otherwise",
    ),
    pytest.param(
        {"assessed_on": "2026-01-02", "expires_on": "2026-01-01"},
        {
            "all-expires_on": "A result that expires on 1 January 2026 cannot have been assessed later, on 2 January"
            " 2026."
        },
        id="expired before assessed",
    ),
    pytest.param({"method": ""}, {"all-method": "This field is required."}, id="no method"),
    pytest.param(
        {"method": "guess"},
        {"all-method": "Select a valid choice. guess is not one of the available choices."},
        id="another method",
    ),
    pytest.param(
        {"evidence": "Certificate 17"},
        {"all-evidence": "“Certificate 17” is not a link. Write an address that begins with https:// or http://."},
        id="no link",
    ),
    pytest.param(
        {"evidence": "javascript://example.org/%0aalert(1)"},
        {
            "all-evidence": "“javascript://example.org/%0aalert(1)” is not a link. Write an address that begins with"
            " https:// or http://."
        },
        id="a script that looks like a link",
    ),
    pytest.param(
        {"evidence": "https://example.org/" + "x" * 2_000},
        {"all-evidence": "Ensure this value has at most 2000 characters (it has 2020)."},
        id="too long a link",
    ),
    pytest.param(
        {"assessed_on/S2": TOMORROW},
        {"row-1-assessed_on": "Results are recorded once they are there: {tomorrow} is after today."},
        id="one person's day to come",
    ),
    pytest.param(
        {"expires_on": "2026-01-15", "assessed_on": "2026-01-01", "assessed_on/S2": "2026-02-01"},
        {
            "row-1-assessed_on": "A result that expires on 15 January 2026 cannot have been assessed later, on 1"
            " February 2026."
        },
        id="one person's day after the expiry of all",
    ),
    pytest.param(
        {"evidence/S2": "javascript:alert(1)"},
        {
            "row-1-evidence": "“javascript:alert(1)” is not a link. Write an address that begins with https:// or"
            " http://."
        },
        id="one person's script for a link",
    ),
    pytest.param(
        {"level/S2/C-1": "", "evidence/S2": "https://example.org"},
        {"row-1-evidence": "No level is filled in for this person."},
        id="details of nothing",
    ),
]


@pytest.mark.parametrize(("bad", "expected"), BAD)
def test_with_one_thing_wrong_nothing_is_recorded_and_it_is_said_beside_it(
    reader: Any, bad: dict[str, Any], expected: dict[str, str]
) -> None:
    client = reader("manager")
    Organisation.current()
    before = everything()
    response = post(client, levels(S1_C1=3, S2_C1=2), bad)
    assert response.status_code == 422
    tomorrow = f"{localdate() + timedelta(days=1):%-d %B %Y}"
    assert problems(response) == {wrong: said.format(tomorrow=tomorrow) for wrong, said in expected.items()}
    assert everything() == before


@pytest.mark.parametrize(("bad", "expected"), BAD)
def test_what_was_typed_stays_and_the_first_wrong_field_is_where_one_goes_on(
    reader: Any, bad: dict[str, Any], expected: dict[str, str]
) -> None:
    data = {**sent(expires_on="2500-01-01"), **levels(S1_C1=3, S2_C1=2), **bad}
    response = reader("manager").post("/teams/SEC/record/", data)
    page = parse_html(response.content.decode())
    typed = {name: having(page, "input", name=name) or having(page, "select", name=name) for name in data}
    for name, value in data.items():
        if name in {"method", "method/S2"}:
            continue
        [found] = typed[name]
        assert (dict(found.attributes).get("value") or "") == str(value[0] if isinstance(value, list) else value)
    begun = [one for tag in ("input", "select") for one in having(page, tag) if "autofocus" in dict(one.attributes)]
    assert [dict(one.attributes)["id"] for one in begun] == list(expected)[:1]


def test_every_wrong_cell_is_told(reader: Any) -> None:
    response = post(reader("manager"), levels(S1_C1="x", S1_C2=3, S2_C1=5, S2_C2=9))
    assert problems(response) == {"cell-0-0": LEVEL, "cell-1-0": LEVEL, "cell-1-1": LEVEL}
    assert "3 things are wrong, so nothing was recorded" in response.content.decode()


def test_somebody_elses_people_are_told_apart_from_nobody_by_nothing(reader: Any) -> None:
    client, form = reader("manager"), sent()
    hidden, missing = (client.post("/teams/SEC/record/", form | {f"level/{who}/C-1": "1"}) for who in ("F1", "X1"))
    assert without_token(hidden.content).replace(b"F1", b"X1") == without_token(missing.content)


@pytest.mark.parametrize("cells", [{}, {"level/S1/C-1": ""}, {"level/S1/C-1": " ", "level/F1/C-1": ""}])
def test_nothing_filled_in_is_said(reader: Any, cells: dict[str, object]) -> None:
    response = post(reader("manager"), cells)
    assert response.status_code == 422
    assert "Nothing is filled in." in response.content.decode()


@pytest.mark.parametrize("token", ["", "banana", "5b6bb1ad-73f5"])
def test_a_form_without_its_token_is_not_taken(reader: Any, token: str) -> None:
    response = post(reader("manager"), levels(S1_C1=1), token=token)
    assert (response.status_code, recorded()) == (422, [])
    assert "The form was not whole. Send it once more." in response.content.decode()


# Nobody verifies themselves.


@pytest.mark.parametrize("method", ["peer", "manager", "exam", "credential", "practical"])
def test_about_oneself_nothing_but_a_self_assessment_is_taken(reader: Any, method: str) -> None:
    response = post(reader("manager"), levels(S1_C1=3, M1_C3=4), method=method)
    assert problems(response) == {
        "cell-0-1": "Nobody verifies themselves: about yourself you can record a self-assessment and nothing else."
    }
    assert recorded() == []


def test_a_self_assessment_of_ones_own_is_taken_beside_what_one_says_of_others(reader: Any) -> None:
    post(reader("manager"), levels(S1_C1=3, M1_C3=4), {"method/M1": "self"})
    assert recorded() == [("M1", "C-3", 4), ("S1", "C-1", 3)]


def test_the_row_of_who_records_says_so(reader: Any) -> None:
    page = page_of(reader("manager"), "/teams/SEC/record/")
    [note] = [one for one in having(page, "span") if ("class", "note") in one.attributes]
    assert text(note) == "yourself: self-assessments only"


def test_an_administrator_does_not_verify_themselves_either(reader: Any, people: dict[str, User]) -> None:
    User.objects.filter(username="manager").update(is_superuser=True)
    assert post(reader("manager"), levels(M1_C3=4), code="ORG").status_code == 422
    assert recorded() == []


# Once.


def told(client: Client) -> str:
    [notice] = having(page_of(client, "/teams/SEC/record/"), "p", role="status")
    return text(notice)


def test_a_form_sent_twice_is_recorded_once(reader: Any) -> None:
    client = reader("manager")
    form = sent() | levels(S1_C1=3, S2_C1=2)
    for words in ("2 results recorded for 2 people.", "2 results had been recorded already."):
        assert client.post("/teams/SEC/record/", form).status_code == 302
        assert told(client) == words
    assert recorded() == [("S1", "C-1", 3), ("S2", "C-1", 2)]


def test_a_form_sent_again_with_something_changed_records_the_change(reader: Any) -> None:
    client = reader("manager")
    form = sent() | levels(S1_C1=3, S2_C1=2)
    for cells in ({}, levels(S1_C1=4)):
        client.post("/teams/SEC/record/", form | cells)
    assert recorded() == [("S1", "C-1", 3), ("S2", "C-1", 2), ("S1", "C-1", 4)]
    page = page_of(client, "/teams/SEC/record/")
    assert "1 result recorded for 1 person. 1 result had been recorded already." in text(page)


def test_the_same_typed_into_a_new_form_is_recorded_again(reader: Any) -> None:
    client = reader("manager")
    tokens = [field(page_of(client, "/teams/SEC/record/"), "token")["value"] for _ in range(2)]
    for token in tokens:
        post(client, levels(S1_C1=3), token=token)
    assert recorded() == [("S1", "C-1", 3)] * 2


def test_the_token_of_somebody_else_takes_nothing_from_anybody(reader: Any) -> None:
    form = sent() | levels(S1_C1=3)
    for who in ("manager", "administrator"):
        assert reader(who).post("/teams/SEC/record/", form).status_code == 302
    assert recorded() == [("S1", "C-1", 3)] * 2


def test_what_was_withdrawn_does_not_come_back_when_the_page_is_loaded_again(reader: Any) -> None:
    client = reader("manager")
    form = sent() | levels(S2_C1=3)
    client.post("/teams/SEC/record/", form)
    row = AssessmentResult.objects.get(person__employee_id="S2", level=3)
    withdraw_result(result=row, by=None, reason="Mixed up", at=AT)
    client.post("/teams/SEC/record/", form)
    assert AssessmentResult.objects.standing().filter(person__employee_id="S2", level=3).count() == 0


@pytest.fixture
def committed(files: OrganisationFiles, transactional_db: None) -> list[Client]:
    """Two managers of one team, signed in, in a database that others see."""
    for name, rows in ORGANISATION.items():
        files.put(name, *rows)
    files.add("managers", ("SEC", "S1")).as_import()
    clients = []
    for employee_id in ("M1", "S1"):
        client = Client()
        person = Person.objects.get(employee_id=employee_id)
        client.force_login(User.objects.create(username=employee_id, person=person))
        clients.append(client)
    return clients


def test_a_double_click_is_recorded_once_and_both_are_answered(committed: list[Client]) -> None:
    client = committed[0]
    form = sent() | levels(S1_C1=3, S2_C1=2)

    def click() -> int:
        other = Client()
        other.cookies = client.cookies
        return other.post("/teams/SEC/record/", form).status_code

    assert at_once(*[click] * 3) == [302, 302, 302]
    assert recorded() == [("S1", "C-1", 3), ("S2", "C-1", 2)]
    assert list(disagreements()) == []


def test_two_managers_record_at_once(committed: list[Client]) -> None:
    def record(client: Client, level: int) -> set[int]:
        return {post(client, levels(S2_C1=level, S2_C2=level)).status_code for _ in range(5)}

    assert at_once(lambda: record(committed[0], 1), lambda: record(committed[1], 4)) == [{302}, {302}]
    assert len(recorded()) == 20
    assert list(disagreements()) == []


# Recorded lately.


def test_the_last_results_are_shown_with_a_way_to_withdraw_them(reader: Any) -> None:
    client = reader("manager")
    post(client, levels(S1_C1=1, S2_C1=2))
    rows = recorded_lately(team=Team.objects.get(code="SEC"), as_of=localdate())
    assert [(row.person.employee_id, row.level) for row in rows] == [
        ("S2", 2),
        ("S1", 1),
        ("S2", 0),
        ("S1", 2),
        ("S1", 3),
    ]
    page = page_of(client, "/teams/SEC/record/")
    assert {f"/results/{row.pk}/withdraw/" for row in rows} <= links(page)
    foreign = AssessmentResult.objects.get(result_id="R4")
    assert f"/results/{foreign.pk}/withdraw/" not in links(page)


def test_a_withdrawn_one_is_shown_as_that(reader: Any) -> None:
    row = AssessmentResult.objects.get(result_id="R3")
    withdraw_result(result=row, by=None, reason="Mixed up", at=AT)
    page = page_of(reader("manager"), "/teams/SEC/record/")
    [section] = having(page, "section", aria_labelledby="lately")
    assert f"/results/{row.pk}/withdraw/" not in links(section)
    assert "withdrawn" in text(section)


def test_what_others_found_about_oneself_is_shown_without_a_way_to_withdraw_it(
    reader: Any, files: OrganisationFiles
) -> None:
    files.add("results", ("OWN", "M1", "C-3", 1, "exam", "2024-02-01", "", "", "")).as_import()
    page = page_of(reader("manager"), "/teams/SEC/record/")
    [section] = having(page, "section", aria_labelledby="lately")
    assert "about yourself" in text(section)
    assert f"/results/{AssessmentResult.objects.get(result_id='OWN').pk}/withdraw/" not in links(page)


def test_a_team_of_thousands_looks_among_the_last_results_of_all(reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = Team.objects.get(code="SEC")
    shown = recorded_lately(team=everybody, as_of=localdate(), most=2)
    monkeypatch.setattr(recording, "_MANY", 1)
    assert recorded_lately(team=everybody, as_of=localdate(), most=2) == shown
    monkeypatch.setattr(recording, "_LATELY", 2)
    assert [row.result_id for row in recorded_lately(team=everybody, as_of=localdate())] == ["R3"]


# Size.


@pytest.mark.parametrize(("competencies", "people"), [(0, 50), (15, 50), (16, 49), (25, 33), (40, 22), (4_000, 1)])
def test_so_many_people_fit_on_a_page_that_a_form_has_less_than_a_thousand_fields(
    competencies: int, people: int
) -> None:
    assert people_per_page(competencies, 1_000) == people
    assert people * (competencies + 4) + 20 <= 1_000 or people == 1


def big(files: OrganisationFiles, sizes: dict[str, int], competencies: int = 2) -> None:
    extra = [f"X-{number:03}" for number in range(competencies - 2)]
    files.add("competencies", *[(code, code, "", "technical", "") for code in extra])
    if extra:
        files.add("matrix", *[("v2", "2025-01-01", "ENG", code, 2, 1) for code in ("C-1", "C-2", *extra)])
    for code, size in sizes.items():
        names = [f"{code}{number:03}" for number in range(size)]
        files.add("teams", (code, code, "SEC"))
        files.add("people", *[(name, name, "", "2024-01-01", "") for name in names])
        files.add("memberships", *[(name, code, "2024-01-01", "") for name in names])
        files.add("assignments", *[(name, "ENG", "2024-01-01", "") for name in names])
        files.add(
            "results",
            *[(f"a{name}", name, "C-1", 3, "exam", "2024-02-01", "", "", "") for name in names],
            *[(f"b{name}", name, "C-2", 3, "exam", "2024-02-01", "2025-01-01", "", "") for name in names],
        )
    files.as_import()


def test_a_full_page_can_be_sent_back_and_leads_to_the_next(reader: Any, files: OrganisationFiles) -> None:
    big(files, {"BIG": 60}, competencies=45)
    client = reader("manager")
    page = page_of(client, "/teams/BIG/record/")
    assert (len(codes(page)), len(names(page))) == (40, 22)
    assert "5 more competencies are required here than fit side by side." in text(page)
    [form] = having(page, "form", id="recording")
    fields = [str(dict(one.attributes)["name"]) for tag in ("input", "select") for one in having(form, tag)]
    filled = {name: "1" if name.startswith("level/") else "" for name in fields if "/" in name}
    assert len(fields) == 22 * (40 + 4) + 6 <= FIELDS_AT_MOST
    assert client.post("/teams/BIG/record/", sent() | filled).status_code == 302
    assert AssessmentResult.objects.filter(level=1).count() == 22 * 40
    assert names(page_of(client, "/teams/BIG/record/?page=2"))[0] == "BIG022"
    assert "?page=2" in links(page)


def test_a_big_team_takes_as_many_queries_as_a_small_one(reader: Any, files: OrganisationFiles) -> None:
    sizes = {"SMALL": 10, "BIG": 200}
    big(files, sizes)
    client = reader("manager")
    shown, kept, refused = {}, {}, {}
    post(client, levels(S1_C1=1))
    for code, size in sizes.items():
        people = [f"{code}{number:03}" for number in range(min(size, 50))]
        with CaptureQueriesContext(connection) as queries:
            page = page_of(client, f"/teams/{code}/record/")
        assert len(names(page)) == min(size, 50)
        shown[code] = len(queries)
        with CaptureQueriesContext(connection) as queries:
            post(client, {f"level/{name}/C-1": "2" for name in people}, {f"level/{people[0]}/C-2": "x"}, code=code)
        refused[code] = len(queries)
        with CaptureQueriesContext(connection) as queries:
            response = post(client, {f"level/{name}/C-1": "2" for name in people}, code=code)
        assert response.status_code == 302
        kept[code] = len(queries)
    assert shown["SMALL"] == shown["BIG"]
    assert refused["SMALL"] == refused["BIG"]
    assert kept["SMALL"] == kept["BIG"]
