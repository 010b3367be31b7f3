"""A report that is asked for again is not computed again, and never older than the question."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.models import AssessmentResult, Exemption
from assessments.services import record_results
from reports.api.kept import Kept
from reports.models import Standing
from roles.models import AuditEvent, Competency, Membership, Organisation, Person, RoleAssignment, Team, Threat
from tests.organisation import AT
from tests.reports.pages import PAST

from .conftest import Calling
from .reading import API, told

GAPS = "teams/SEC/gaps/"
DAY = date.fromisoformat(PAST)


def fresh(team: str = "SEC") -> Any:
    """The report as a command computes it."""
    out = io.StringIO()
    call_command("gap_report", team, "--as-of", PAST, "--format", "json", stdout=out)
    return json.loads(out.getvalue())


def record() -> None:
    person, competency = Person.objects.get(employee_id="S2"), Competency.objects.get(code="C-1")
    one = AssessmentResult(person=person, competency=competency, level=4, method="exam", assessed_on=DAY)
    record_results(results=[one], by=None, at=AT)


def excuse() -> None:
    person, competency = Person.objects.get(employee_id="S2"), Competency.objects.get(code="C-2")
    Exemption.objects.create(person=person, competency=competency, from_on=DAY, reason="x")


CHANGES: dict[str, Callable[[], object]] = {
    "a result": record,
    "an exemption": excuse,
    "who is there": lambda: Person.objects.filter(employee_id="S2").update(left_on=DAY),
    "where somebody is": lambda: Membership.objects.filter(person__employee_id="S2").delete(),
    "who holds a role": lambda: RoleAssignment.objects.filter(person__employee_id="S2").delete(),
    "the policy": lambda: Organisation.objects.filter(pk=Organisation.current().pk).update(evidence_policy="highest"),
    "the name of a team": lambda: Team.objects.filter(code="RED").update(name="Other"),
    "a new team": lambda: Team.objects.create(code="NEW", name="New", parent=Team.objects.get(code="SEC")),
    "a title": lambda: Competency.objects.filter(code="C-1").update(title="Other"),
    "a stage": lambda: Competency.objects.get(code="C-1").stages.create(stage="deployment"),
    "a threat": lambda: Competency.objects.get(code="C-1").threats.add(Threat.objects.create(code="T", title="T")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_in_the_very_next_answer(calling: Calling, change: Callable[[], object]) -> None:
    client = calling("auditor")
    assert told(client, GAPS, as_of=PAST) == fresh()
    change()
    after = told(client, GAPS, as_of=PAST)
    assert after == fresh()
    assert told(client, GAPS, as_of=PAST) == after


def test_what_has_not_changed_is_told_without_a_look_at_anybody(calling: Calling) -> None:
    client = calling("auditor")
    first = client.get(API + GAPS)
    with CaptureQueriesContext(connection) as queries:
        again = client.get(API + GAPS)
    assert again.content == first.content
    assert again["ETag"] == first["ETag"]
    asked = " ".join(query["sql"] for query in queries)
    assert "roles_audithead" in asked
    assert "reports_standing" not in asked
    assert "roles_membership" not in asked
    assert told(client, GAPS, fields="team,people").keys() == {"team", "people"}


def test_what_is_kept_is_kept_from_whom_it_is_not_for(calling: Calling) -> None:
    """And it is that of the team, the day and the language that are asked for."""
    auditor = calling("auditor")
    kept = told(auditor, GAPS)
    assert calling("stranger").get(API + GAPS).status_code == 404
    assert told(calling("manager"), GAPS) == kept
    assert told(auditor, "teams/RED/gaps/")["team"] == "RED"
    assert told(auditor, GAPS, as_of=PAST)["as_of"] == PAST
    words = {"en": "Technical depth", "de": "Technische Tiefe"}
    for language, title in words.items():
        answer = auditor.get(API + GAPS, headers={"Accept-Language": language}).json()
        assert title in {line["title"] for line in answer["dimensions"]}, language


def test_standings_that_are_mended_are_in_the_next_answer_and_in_the_trail(calling: Calling) -> None:
    client = calling("auditor")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reports_standing SET state = 5 WHERE state = 1")
    wrong = told(client, GAPS, as_of=PAST)
    call_command("rebuild_standings", stdout=io.StringIO(), stderr=io.StringIO())
    event = AuditEvent.objects.order_by("number").last()
    assert event is not None
    assert (event.action, event.after) == ("standings.mended", {"people": 2, "teams_counted": 0})
    assert told(client, GAPS, as_of=PAST) == fresh() != wrong
    call_command("rebuild_standings", stdout=io.StringIO(), stderr=io.StringIO())
    assert AuditEvent.objects.count() == event.number


def test_an_answer_during_which_something_was_written_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for somebody either who had asked for the state before it was written, and looks for the answer after."""
    states = [(1, "a")]
    monkeypatch.setattr("reports.api.kept.state", lambda: states[-1])
    kept = Kept()

    def disturbed() -> bytes:
        states.append((2, "b"))
        return b"half of it new"

    assert kept.answer("a", disturbed) == b"half of it new"
    states.pop()
    assert kept.answer("a", lambda: b"old") == b"old"


def test_nothing_is_kept_before_there_is_an_event(db: None) -> None:
    kept = Kept()
    assert kept.answer("a", lambda: b"old") == b"old"
    assert kept.answer("a", lambda: b"new") == b"new"
    assert not Standing.objects.exists()


def test_of_too_many_answers_the_oldest_go(people: object) -> None:
    kept = Kept(most_bytes=10)
    for name in "abc":
        kept.answer(name, lambda: b"12345")
    make = mock.Mock(return_value=b"54321")
    assert [kept.answer(name, make) for name in "bca"] == [b"12345", b"12345", b"54321"]
    assert make.call_count == 1
    # What is told anew takes the place of what it was.
    record()
    assert [kept.answer(name, make) for name in "ca"] == [b"54321", b"54321"]
    assert [kept.answer(name, mock.Mock()) for name in "ca"] == [b"54321", b"54321"]
