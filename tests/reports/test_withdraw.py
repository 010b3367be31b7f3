"""A mistaken result is taken back with a reason, by whoever records for the person today, and by nobody else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.html import parse_html
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from assessments.models import AssessmentResult
from assessments.services import record_results, withdraw_result
from reports.models import Standing
from reports.queries.recording import Held, withdrawal
from reports.services import disagreements
from reports.standings import State
from roles.models import Competency, Organisation, Person, User
from tests.organisation import AT, OrganisationFiles, everything

from .pages import having, links, page_of, text, without_token

#: For each reader: a result of a person in their scope, of one elsewhere, and one that is not there.
RIGHTS = {
    "administrator": {"R1": 200, "R4": 200, "NONE": 404},
    "auditor": {"R1": 403, "R4": 403, "NONE": 404},
    "manager": {"R1": 200, "R3": 200, "R4": 404, "NONE": 404},
    "staff": {"R1": 403, "R3": 404, "R4": 404, "NONE": 404},
    "stranger": {"R1": 404, "NONE": 404},
    "signed out": {"R1": 302, "NONE": 302},
}


def address(result_id: str) -> str:
    row = AssessmentResult.objects.filter(result_id=result_id).first()
    return f"/results/{row.pk if row else 987_654}/withdraw/"


def withdrawn(result_id: str) -> tuple[str, User | None]:
    row = AssessmentResult.objects.get(result_id=result_id)
    return row.withdrawn_reason, row.withdrawn_by


def add(employee_id: str, competency: str, level: int, **cells: Any) -> AssessmentResult:
    row = AssessmentResult(
        person=Person.objects.get(employee_id=employee_id),
        competency=Competency.objects.get(code=competency),
        **{"level": level, "method": "exam", "assessed_on": date(2026, 1, 5), **cells},
    )
    return record_results(results=[row], by=None, at=AT)[0]


# Who may.


@pytest.mark.parametrize(
    ("who", "result_id", "status"), [(who, key, status) for who, own in RIGHTS.items() for key, status in own.items()]
)
def test_who_may_withdraw(reader: Any, who: str, result_id: str, status: int) -> None:
    client = reader(who)
    assert client.get(address(result_id)).status_code == status
    response = client.post(address(result_id), {"reason": "Mixed up"})
    assert response.status_code == (302 if status == 200 else status)
    assert AssessmentResult.objects.exclude(withdrawn_at=None).exists() == (status == 200)


def test_a_hidden_result_looks_like_a_missing_one(reader: Any) -> None:
    client = reader("manager")
    hidden, missing = (client.get(address(key)) for key in ("R4", "NONE"))
    assert without_token(hidden.content) == without_token(missing.content)


@pytest.mark.parametrize("key", ["9" * 30, "0"])
def test_a_number_that_no_result_can_have_is_a_missing_one(reader: Any, key: str) -> None:
    assert reader("administrator").get(f"/results/{key}/withdraw/").status_code == 404


def test_a_result_of_somebody_who_has_left_the_scope_is_seen_from_their_day_and_withdrawn_by_who_has_them_now(
    reader: Any, files: OrganisationFiles, people: dict[str, User]
) -> None:
    """S3 was in RED until 2025 and is in OPS since."""
    add("S3", "C-1", 2, assessed_on=date(2024, 5, 1), result_id="THEN")
    add("S3", "C-1", 2, assessed_on=date(2025, 5, 1), result_id="SINCE")
    assert [reader("manager").get(address(key)).status_code for key in ("THEN", "SINCE")] == [403, 404]
    files.add("managers", ("OPS", "S2")).as_import()
    people["stranger"].person = Person.objects.get(employee_id="S2")
    people["stranger"].save()
    assert [reader("stranger").get(address(key)).status_code for key in ("THEN", "SINCE")] == [200, 200]


def test_of_somebody_in_no_team_only_an_administrator_withdraws(reader: Any, files: OrganisationFiles) -> None:
    files.change("memberships", 3, until="2025-06-01").as_import()
    assert reader("manager").get(address("R1")).status_code == 403
    assert reader("administrator").get(address("R1")).status_code == 200


def test_nobody_withdraws_what_others_found_about_them(reader: Any) -> None:
    add("M1", "C-3", 0, method="exam", result_id="FOUND")
    add("M1", "C-3", 4, method="self", result_id="CLAIMED")
    client = reader("manager")
    assert client.get(address("FOUND")).status_code == 403
    assert client.post(address("FOUND"), {"reason": "Unfair"}).status_code == 403
    assert withdrawn("FOUND") == ("", None)
    assert client.post(address("CLAIMED"), {"reason": "Too bold"}).status_code == 302
    assert withdrawn("CLAIMED")[0] == "Too bold"


# What it would do.

NOW_AND_THEN = [
    pytest.param("R1", (3, 3, True, State.MET), (3, None, None, State.NOT_ASSESSED), None, id="the only one"),
    pytest.param("NEWER", (2, 1, True, State.GAP), (2, 2, False, State.MET), "R2", id="a claim would decide"),
    pytest.param("R2", (2, 1, True, State.GAP), (2, 1, True, State.GAP), "NEWER", id="it does not decide"),
    pytest.param("LATE", (2, 3, True, State.MET), (2, 4, None, State.EXPIRED), None, id="one that expired is left"),
    pytest.param("SURPLUS", (None, 2, True, State.NOT_REQUIRED), None, None, id="nothing required"),
]


@pytest.fixture
def results(organisation: None) -> None:
    add("S1", "C-2", 1, result_id="NEWER")
    withdraw_result(result=AssessmentResult.objects.get(result_id="R3"), by=None, reason="x", at=AT)
    add("S2", "C-2", 4, assessed_on=date(2024, 3, 1), expires_on=date(2025, 1, 1))
    add("S2", "C-2", 3, assessed_on=date(2024, 2, 1), result_id="LATE")
    add("S2", "C-3", 2, result_id="SURPLUS")


@pytest.mark.parametrize(("result_id", "now", "then", "decides"), NOW_AND_THEN)
def test_what_a_withdrawal_would_do_is_told_before(
    results: None, result_id: str, now: Any, then: Any, decides: str | None
) -> None:
    effect = withdrawal(result=AssessmentResult.objects.get(result_id=result_id), as_of=date(2026, 3, 1))
    assert (effect.now, effect.then) == (Held(*now), then and Held(*then))
    assert (effect.decides.result_id if effect.decides else None) == decides
    assert effect.changes_nothing == (now == then)


def told(held: Held | None) -> tuple[Any, ...] | None:
    """What a standing holds of what was told; it has no level where one has expired."""
    return held and (held.required, None if held.state == State.EXPIRED else held.level, held.verified, held.state)


def stored(row: AssessmentResult) -> tuple[Any, ...] | None:
    standings = Standing.objects.in_force(on=localdate()).filter(person=row.person, competency=row.competency)
    return standings.values_list("required", "level", "verified", "state").first()


@pytest.mark.parametrize("policy", ["latest_verified", "latest", "highest"])
@pytest.mark.parametrize("result_id", ["R1", "R2", "NEWER", "LATE", "SURPLUS"])
def test_what_is_told_before_is_what_then_holds(results: None, result_id: str, policy: str) -> None:
    organisation = Organisation.current()
    organisation.evidence_policy = policy
    organisation.save()
    row = AssessmentResult.objects.get(result_id=result_id)
    effect = withdrawal(result=row, as_of=localdate())
    assert stored(row) == told(effect.now)
    withdraw_result(result=row, by=None, reason="x", at=AT)
    assert stored(row) == told(effect.then)
    decides = Standing.objects.in_force(on=localdate()).filter(person=row.person, competency=row.competency).first()
    assert (decides and decides.result_id) == (effect.decides and effect.decides.pk)
    assert list(disagreements()) == []


def test_the_page_says_what_the_result_is_and_what_would_decide_without_it(reader: Any, results: None) -> None:
    shown = text(page_of(reader("manager"), address("NEWER")))
    for words in (
        "Level 1",
        "of Name of S1 in C-2 Risks",
        "Exam, verified",
        "5 January 2026",
        "by an import",
        "level 1, 2 required: gap",
        "level 2, 2 required: met, claimed",
        "What would decide: level 2 of 1 February 2024, Self-assessment.",
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("result_id", "words"),
    [("R1", "No other result would count."), ("R2", "The same as now: this result does not decide today.")],
)
def test_the_page_says_where_nothing_or_nothing_else_decides(
    reader: Any, results: None, result_id: str, words: str
) -> None:
    assert words in text(page_of(reader("manager"), address(result_id)))


@pytest.mark.parametrize(
    ("evidence", "followed"),
    [("https://example.org/?a=<1>&b", True), ("javascript:alert(1)", False), ("Certificate <17>", False)],
)
def test_evidence_is_a_link_only_where_it_is_safe_to_follow(reader: Any, evidence: str, *, followed: bool) -> None:
    add("S1", "C-1", 1, evidence=evidence, result_id="E")
    page = page_of(reader("manager"), address("E"))
    assert (evidence in links(page)) == followed
    assert evidence in text(page)


def test_asked_for_by_the_panel_it_is_a_fragment(reader: Any) -> None:
    response = reader("manager").get(address("R1"), headers={"HX-Request": "true", "HX-Target": "panel"})
    fragment = parse_html(response.content.decode())
    assert not having(fragment, "main")
    [title] = having(fragment, "h2", id="panel-title")
    assert text(title) == "Withdraw a result"
    assert having(fragment, "form", action=address("R1"))


# Withdrawing.


def test_a_withdrawn_result_counts_no_more_and_it_is_said_by_whom_and_why(reader: Any, people: dict[str, User]) -> None:
    client = reader("manager")
    response = client.post(address("R1"), {"reason": "  Typed into the wrong <row>  "})
    assert (response.status_code, response["Location"]) == (302, "/people/S1/competencies/C-1/")
    assert withdrawn("R1") == ("Typed into the wrong <row>", people["manager"])
    standing = Standing.objects.in_force(on=localdate()).get(person__employee_id="S1", competency__code="C-1")
    assert State(standing.state) == State.NOT_ASSESSED
    shown = text(page_of(client, "/teams/SEC/record/"))
    assert "The result is withdrawn and no longer counts anywhere." in shown


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", "Say why the result is withdrawn."),
        (" \n ", "Say why the result is withdrawn."),
        ("x" * 501, "Ensure this value has at most 500 characters (it has 501)."),
        ("nul\x00", "Null characters are not allowed."),
    ],
)
def test_without_a_sound_reason_nothing_is_written(reader: Any, reason: str, said: str) -> None:
    client = reader("manager")
    before = everything()
    response = client.post(address("R1"), {"reason": reason})
    page = parse_html(response.content.decode())
    [field] = having(page, "textarea", name="reason")
    assert response.status_code == 422
    assert dict(field.attributes)["aria-invalid"] == "true"
    [error] = having(page, "ul", id=str(dict(field.attributes)["aria-describedby"]))
    assert text(error) == said
    assert text(field).strip() == reason.strip()
    assert everything() == before


@pytest.mark.parametrize("by", ["manager", None])
def test_one_that_was_withdrawn_says_by_whom_and_is_not_withdrawn_again(
    reader: Any, people: dict[str, User], by: str | None
) -> None:
    row = AssessmentResult.objects.get(result_id="R1")
    withdraw_result(result=row, by=people[by] if by else None, reason="Mixed up", at=AT)
    client = reader("administrator")
    before = everything()
    shown = client.get(address("R1"))
    again, unsaid = (client.post(address("R1"), {"reason": reason}) for reason in ("Twice", ""))
    assert (shown.status_code, again.status_code, unsaid.status_code) == (200, 409, 409)
    for response in (shown, again, unsaid):
        page = parse_html(response.content.decode())
        assert not having(page, "textarea")
        assert ("manager withdrew it" if by else "It was withdrawn") in text(page)
        assert "on 1 March 2026: Mixed up" in text(page)
    assert everything() == before


def test_of_two_who_withdraw_the_slower_is_told(reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else withdraws it between the look and the deed."""

    def faster(*, result: AssessmentResult, **said: Any) -> None:
        withdraw_result(result=AssessmentResult.objects.get(pk=result.pk), by=None, reason="First", at=AT)
        withdraw_result(result=result, **said)

    monkeypatch.setattr("reports.views.withdraw.withdraw_result", faster)
    response = reader("manager").post(address("R1"), {"reason": "Second"})
    assert response.status_code == 409
    assert "First" in response.content.decode()
    assert withdrawn("R1") == ("First", None)


def test_the_page_takes_as_many_queries_for_a_long_history_as_for_a_short_one(reader: Any) -> None:
    client = reader("manager")
    taken = []
    for level in (0, *[1, 2, 3, 4] * 10):
        add("S2", "C-1", level)
    for result_id in ("R1", AssessmentResult.objects.filter(person__employee_id="S2").latest("pk").result_id):
        add("S1", "C-1", 1) if result_id == "R1" else None
        with CaptureQueriesContext(connection) as queries:
            page_of(client, address(result_id))
        taken.append(len(queries))
    assert taken[0] == taken[1]
