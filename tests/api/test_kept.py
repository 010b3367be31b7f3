"""A report that is asked for again is not computed again, and never older than the question."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import connection

from assessments.models import AssessmentResult, Exemption
from assessments.services import record_results
from reports.api.kept import Kept
from reports.counters.building import build
from reports.queries import read_report, report_of
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


@pytest.mark.parametrize("counted_from", [1, 0], ids=["by counters", "by standings"])
def test_what_reads_the_same_is_not_computed_again_whatever_else_has_changed(
    calling: Calling, settings: Any, monkeypatch: pytest.MonkeyPatch, counted_from: int
) -> None:
    settings.COUNTERS_FROM = counted_from
    build()
    client = calling("auditor")
    first = client.get(API + GAPS)
    Person.objects.create(employee_id="X9", name="Of no team", joined_on=DAY)
    computed = mock.Mock(wraps=report_of)
    monkeypatch.setattr("reports.api.gaps.report_of", computed)

    again = client.get(API + GAPS)

    assert again.content == first.content
    assert again["ETag"] == first["ETag"]
    assert told(client, GAPS, fields="team,people").keys() == {"team", "people"}
    assert computed.call_count == 0
    record()
    assert client.get(API + GAPS).content != first.content
    assert computed.call_count == 1


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


def test_what_is_read_beside_a_change_of_the_catalogue_is_not_kept(people: object) -> None:
    """Then the matrix is newer than the look, which another one may have had with the matrix of before."""
    read = read_report(team=Team.objects.get(code="SEC"), as_of=DAY)
    assert read.mark == read_report(team=Team.objects.get(code="SEC"), as_of=DAY).mark is not None
    assert replace(read, matrix=replace(read.matrix, stamp="another")).mark is None
    assert replace(read, look=replace(read.look, stamp=None)).mark is None


class Mark(NamedTuple):
    """A mark of which it is said how large it is."""

    number: int
    size: int = 2


def test_an_answer_without_a_mark_is_not_kept() -> None:
    kept = Kept()
    assert kept.answer("a", None, lambda: b"old") == b"old"
    assert kept.answer("a", None, lambda: b"new") == b"new"
    assert kept.answer("a", Mark(1), lambda: b"newer") == b"newer"
    assert kept.answer("a", None, lambda: b"newest") == b"newest"


def test_of_too_many_answers_the_oldest_go() -> None:
    kept = Kept(most_bytes=14)
    for name in "abc":
        kept.answer(name, Mark(1), lambda: b"12345")
    make = mock.Mock(return_value=b"54321")
    assert [kept.answer(name, Mark(1), make) for name in "bca"] == [b"12345", b"12345", b"54321"]
    assert make.call_count == 1
    # What is told anew takes the place of what it was.
    assert [kept.answer(name, Mark(2), make) for name in "ca"] == [b"54321", b"54321"]
    assert [kept.answer(name, Mark(2), mock.Mock()) for name in "ca"] == [b"54321", b"54321"]
    # And marks count: of these there is place for one.
    for name in "ab":
        kept.answer(name, Mark(3, size=8), lambda: b"67")
    assert [kept.answer(name, Mark(3, size=8), lambda: b"again") for name in "ba"] == [b"67", b"again"]


def test_what_a_mark_takes_grows_with_what_was_read(people: object) -> None:
    marks = [read_report(team=Team.objects.get(code=code), as_of=DAY).mark for code in ("VOID", "ORG")]
    sizes = [mark.size for mark in marks if mark]
    assert len(sizes) == 2
    assert len(pickle.dumps(marks[1])) < sizes[1] > sizes[0] > 0


def test_an_answer_is_named_by_all_that_is_sent(calling: Calling) -> None:
    """So JSON that is indented to be read has another name, and who has the one is not told that it is the other."""
    auditor = calling("auditor")
    plain = auditor.get(API + GAPS)
    indented = {"Accept": "application/json; indent=2"}
    shown = auditor.get(API + GAPS, headers=indented)
    assert shown.json() == plain.json()
    assert shown.content != plain.content
    assert shown["ETag"] != plain["ETag"]
    for headers, own in ((indented, shown), ({}, plain)):
        assert auditor.get(API + GAPS, headers={**headers, "If-None-Match": own["ETag"]}).status_code == 304
    assert auditor.get(API + GAPS, headers={**indented, "If-None-Match": plain["ETag"]}).status_code == 200
    assert auditor.get(API + GAPS, {"as_of": PAST})["ETag"] != plain["ETag"]
