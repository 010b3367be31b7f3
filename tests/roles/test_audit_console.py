"""The audit trail in the console: found by whatever somebody knows, read side by side, verified and exported."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from roles import guards
from roles.acting import acting
from roles.audit import Change, note
from roles.jobs import run
from roles.models import AuditEvent, Job, Membership, Person, Team, User
from roles.services import add_person, change_person

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIST = "/admin/roles/auditevent/"


@pytest.fixture
def auditor(client: Client, db: None) -> Client:
    client.force_login(User.objects.create(username="auditor", is_auditor=True))
    return client


@pytest.fixture
def ada(auditor: Client) -> Person:
    with acting(actor="root", surface="rest", request_id="req-1"):
        ada = add_person(employee_id="E1", name="Ada Ångström", joined_on=date(2024, 1, 1))
    add_person(employee_id="E10", name="Ten", joined_on=date(2024, 1, 1))
    change_person(person=ada, name="Ada Byron")
    return ada


def found(client: Client, **asked: str) -> list[tuple[str, str]]:
    """The actions and subjects of the events that the list shows, but for the making of the reader's account."""
    page = client.get(LIST, asked)
    assert page.status_code == 200
    return [(event.action, event.subject) for event in page.context["cl"].result_list if event.subject != "auditor"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("E1", [("person.changed", "E1"), ("person.added", "E1")], id="a person's id, and no other's"),
        pytest.param("root", [("person.added", "E1")], id="who did it"),
        pytest.param("req-1", [("person.added", "E1")], id="the request"),
        pytest.param("person.changed", [("person.changed", "E1")], id="the action"),
        pytest.param("ångström", [("person.changed", "E1"), ("person.added", "E1")], id="words of what was before"),
        pytest.param("Byr", [("person.changed", "E1")], id="the beginning of a word"),
        pytest.param("nothing of the kind", [], id="nothing"),
    ],
)
def test_events_are_found_by(ada: Person, auditor: Client, words: str, expected: list[tuple[str, str]]) -> None:
    if words == "ångström" and connection.vendor == "sqlite":
        words = "Ångström"  # SQLite takes large and small letters alike only where they are ASCII.
    assert found(auditor, q=words) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"surface__exact": "rest"}, ["E1"]),
        ({"action": "person.changed"}, ["E1"]),
        ({"actor": "root"}, ["E1"]),
        ({"row": "person E10"}, ["E10"]),
        ({"from": "2999-01-01"}, []),
        ({"until": "2000-01-01"}, []),
        ({"until": "2999-01-01", "action": "person.added"}, ["E10", "E1"]),
        ({"from": "no day", "action": "person.changed"}, ["E1"]),
    ],
)
def test_filters_leave(ada: Person, auditor: Client, asked: dict[str, str], expected: list[str]) -> None:
    assert [subject for _, subject in found(auditor, **asked)] == expected


def test_days_of_the_filter_are_half_open(auditor: Client) -> None:
    for days in range(3):
        note(Change("day.counted", str(days)), at=AT + timedelta(days=days))
    assert [subject for _, subject in found(auditor, **{"from": "2026-03-02", "until": "2026-03-03"})] == ["1"]


def test_the_list_says_in_short_what_changed(ada: Person, auditor: Client) -> None:
    page = auditor.get(LIST).content.decode()
    assert "Ada Ångström → Ada Byron" in page
    assert "Person E10 added" in page or "person E10 added" in page


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "until: 2 Jan 2026, 00:30"), ("de", "until: 2. Jan. 2026, 00:30")]
)
def test_the_list_shows_instants_as_its_reader_writes_them_and_the_event_exactly(
    auditor: Client, settings: Any, language: str, shown: str
) -> None:
    settings.TIME_ZONE, settings.LANGUAGE_CODE = "Europe/Berlin", language
    instant = "2026-01-01T23:30:15.123456+00:00"
    note(Change("see_as.begun", "", after={"until": datetime.fromisoformat(instant)}))
    in_list = auditor.get(LIST).content.decode()
    assert shown in in_list
    assert instant not in in_list
    assert instant in auditor.get(f"{LIST}{AuditEvent.objects.latest('number').number}/change/").content.decode()


def test_what_only_looks_like_an_instant_is_shown_as_it_is(auditor: Client) -> None:
    note(Change("day.counted", "", after={"until": "2026-13-45T99:99:99.000000+00:00"}))
    assert "until: 2026-13-45T99:99:99.000000+00:00" in auditor.get(LIST).content.decode()


def test_the_list_does_not_read_what_is_long(auditor: Client) -> None:
    note(Change("organisation.imported", "", after={"person E1": {"name": "x" * 10_000}}))
    page = auditor.get(LIST).content.decode()
    assert "much; open the event" in page
    assert "xxxx" not in page


def queries_for(client: Client, **asked: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(LIST, asked)
    assert not [query for query in queries if "COUNT(*)" in query["sql"] and "auditevent" in query["sql"]]
    return len(queries)


def test_as_many_queries_for_many_events_as_for_few_and_none_counts_them(auditor: Client) -> None:
    note(*[Change("day.counted", str(number)) for number in range(3)])
    few = queries_for(auditor)
    note(*[Change("day.counted", str(number)) for number in range(120)])
    assert queries_for(auditor) == few
    assert queries_for(auditor, q="2") <= few + 1


def test_pages_go_on_where_the_last_ended(auditor: Client) -> None:
    note(*[Change("day.counted", str(number)) for number in range(120)])
    shown = [subject for page in ("1", "2", "3") for _, subject in found(auditor, p=page)]
    assert shown == [str(number) for number in reversed(range(120))]


def test_before_and_after_stand_side_by_side(ada: Person, auditor: Client) -> None:
    number = AuditEvent.objects.get(action="person.changed").number
    page = auditor.get(f"{LIST}{number}/change/").content.decode()
    assert "".join(page.split()).count("<td>AdaÅngström</td><td>AdaByron</td>") == 1
    assert "It says what it said when it was written." in page


def test_an_event_that_was_tampered_with_says_so(ada: Person, auditor: Client) -> None:
    guards.take_away(guards.AUDIT_GUARDS, using="default")
    AuditEvent.objects.filter(action="person.changed").update(actor="eve")
    guards.install(using="default")
    number = AuditEvent.objects.get(action="person.changed").number
    assert "tampered with" in auditor.get(f"{LIST}{number}/change/").content.decode()


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30, "x"])
def test_an_event_that_is_not_there_is_404(auditor: Client, number: str) -> None:
    assert auditor.get(f"{LIST}{number}/change/").status_code == 404


def test_of_an_event_with_many_rows_the_first_are_shown(auditor: Client) -> None:
    note(Change("organisation.imported", "", after={f"person E{number}": {"name": "Ada"} for number in range(300)}))
    page = auditor.get(f"{LIST}{AuditEvent.objects.latest('number').number}/change/").content.decode()
    assert "100 more rows are told of" in page


def test_the_history_of_a_row_leads_to_its_events(ada: Person, auditor: Client) -> None:
    stay = Membership.objects.create(
        person=ada, team=Team.objects.create(code="ORG", name="All"), from_on=date(2024, 1, 1)
    )
    of_person = auditor.get(f"/admin/roles/person/{ada.pk}/history/", follow=True)
    assert {event.action for event in of_person.context["cl"].result_list} == {
        "person.added",
        "person.changed",
        "membership.added",
    }
    of_stay = auditor.get(f"/admin/roles/membership/{stay.pk}/history/", follow=True)
    assert [event.action for event in of_stay.context["cl"].result_list] == ["membership.added"]


@pytest.mark.parametrize("path", [f"{LIST}add/", f"{LIST}1/delete/"])
def test_nobody_adds_or_removes_an_event(ada: Person, client: Client, path: str) -> None:
    client.force_login(User.objects.create(username="root", is_superuser=True))
    assert client.get(path).status_code == 403
    assert client.post(path, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("path", [LIST, f"{LIST}1/change/", "/admin/audit/"])
def test_only_who_reads_everything_comes_in(ada: Person, client: Client, path: str) -> None:
    client.force_login(User.objects.create(username="staff"))
    assert client.get(path).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_verifying_says_how_many_events_are_whole(ada: Person, auditor: Client) -> None:
    auditor.post("/admin/audit/verify/")
    run(Job.objects.get().pk)
    events = AuditEvent.objects.count()
    assert f"All {events} events were as they were written" in auditor.get("/admin/audit/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_verifying_names_what_is_wrong(ada: Person, auditor: Client) -> None:
    guards.take_away(guards.AUDIT_GUARDS, using="default")
    AuditEvent.objects.filter(number=2).delete()
    guards.install(using="default")
    auditor.post("/admin/audit/verify/")
    run(Job.objects.get().pk)
    page = " ".join(auditor.get("/admin/audit/").content.decode().split())
    assert "The trail has been tampered with" in page
    assert "Event 2</a> is missing" in page


@pytest.mark.parametrize(("language", "words"), [("en", "Audit events"), ("de", "Ereignisse des Prüfprotokolls")])
def test_the_trail_is_found_by_the_name_that_its_list_has(
    auditor: Client, settings: Any, language: str, words: str
) -> None:
    settings.LANGUAGE_CODE = language
    assert f"<h1>{words}</h1>" in auditor.get(LIST).content.decode()
    assert f'<a href="{LIST}">{words}</a>' in auditor.get("/admin/audit/").content.decode()


def test_the_export_is_streamed_and_is_the_same_as_the_commands(ada: Person, auditor: Client) -> None:
    answer: Any = auditor.post("/admin/audit/export/", {"from_on": "", "until_on": ""})
    assert answer.streaming
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]
    assert [line["metadata"]["sequence"] for line in lines] == list(range(1, AuditEvent.objects.count() + 1))
    asked = AuditEvent.objects.latest("number")
    assert (asked.action, asked.actor, asked.surface) == ("audit.exported", "auditor", "console")


def test_an_export_of_days_that_are_none_says_so(auditor: Client) -> None:
    answer = auditor.post("/admin/audit/export/", {"from_on": "x"})
    assert answer.status_code == 422
    assert "Enter a valid date" in answer.content.decode()
