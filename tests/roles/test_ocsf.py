"""The trail as other tools read it: each line is a whole event of its class, and the chain can be proven from it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from roles.acting import acting
from roles.audit import Change, exported, note
from roles.models import ApiToken, AuditEvent, Deputy, Team, TeamManager, User
from roles.models.audit import digest
from roles.ocsf import as_ocsf, sealed_fields
from roles.services import add_person, change_person

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
#: What every event has to have by the schema, version 1.9.0, and what beside it by its class.
REQUIRED = {"activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"}
OF_CLASS = {3004: "entity", 3007: "user"}


@pytest.fixture
def trail(db: None) -> None:
    """An event of each kind that has a form of its own."""
    with acting(actor="ada", surface="rest", origin="192.0.2.1", request_id="abc"):
        ada = add_person(employee_id="E1", name="Ada Ångström", joined_on=date(2024, 1, 1))
        bo = add_person(employee_id="E2", name="Bo", joined_on=date(2024, 1, 1))
    change_person(person=ada, name="Ada")
    bo.delete()
    cy = add_person(employee_id="E3", name="Cy", joined_on=date(2024, 1, 1))
    user = User.objects.create(username="ada", person=ada)
    for values in ({"is_superuser": True}, {"is_superuser": False}, {"is_active": False}, {"password": "x"}):
        User.objects.filter(pk=user.pk).update(**values)
    team = Team.objects.create(code="ORG", name="All")
    TeamManager.objects.create(team=team, person=ada).delete()
    Deputy.objects.create(manager=ada, person=cy, from_on=AT.date(), until_on=AT.date())
    ApiToken(user=user, name="BI", digest="d", token_key="t").save(force_insert=True)  # noqa: S106
    note(Change("day.counted", ""))


def lines(**days: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in exported(**{"from_on": None, "until_on": None, **days})]


def test_each_line_has_what_its_class_requires(trail: None) -> None:
    found = lines()
    assert len(found) == AuditEvent.objects.count()
    for line in found:
        assert not (REQUIRED | {OF_CLASS[line["class_uid"]]}) - line.keys()
        assert line["type_uid"] == line["class_uid"] * 100 + line["activity_id"]
        assert line["metadata"]["version"] == "1.9.0"
        assert line["metadata"]["product"]["name"] == "aiskills"
        assert line[OF_CLASS[line["class_uid"]]]["name"]
        assert line["actor"]


def test_what_was_done_has_the_activity_of_its_class(trail: None) -> None:
    done = [
        (line["class_uid"], line["activity_name"])
        for line in lines()
        if line["metadata"]["event_code"] != "audit.exported"
    ]
    assert done == [
        (3004, "Create"),
        (3004, "Create"),
        (3004, "Update"),
        (3004, "Delete"),
        (3004, "Create"),
        (3007, "Create"),
        (3007, "Assign Privileges"),
        (3007, "Remove Privileges"),
        (3007, "Disable"),
        (3007, "Password Change"),
        (3004, "Create"),
        (3007, "Assign Roles"),
        (3007, "Remove Roles"),
        (3007, "Assign Roles"),
        (3007, "Assign Privileges"),
        (3004, "Update"),
    ]


def test_who_did_it_from_where_and_in_which_request(trail: None) -> None:
    first, third = lines()[0], lines()[2]
    assert (first["actor"], first["src_endpoint"], first["http_request"]) == (
        {"user": {"name": "ada"}},
        {"ip": "192.0.2.1"},
        {"uid": "abc"},
    )
    assert first["time"] == int(AuditEvent.objects.get(number=1).at.timestamp() * 1000)
    assert third["actor"] == {"application": {"name": "aiskills"}}
    assert not {"src_endpoint", "http_request"} & third.keys()


def test_what_a_fact_was_and_became_stands_where_the_class_has_a_place(trail: None) -> None:
    line = lines()[2]
    assert line["entity"] == {
        "name": "E1",
        "uid": "E1",
        "type": "person",
        "data": {"person E1": {"name": "Ada Ångström"}},
    }
    assert line["updated_entity"]["data"] == {"person E1": {"name": "Ada"}}


def test_whose_right_it_is(trail: None) -> None:
    users = [line["user"] for line in lines() if line["class_uid"] == 3007]
    assert [user["name"] for user in users] == ["ada"] * 5 + ["E1", "E1", "E3", "ada"]


def test_the_chain_can_be_verified_from_the_lines_alone(trail: None) -> None:
    previous = "0" * 64
    for line in lines():
        rest, metadata = line["unmapped"], line["metadata"]
        assert rest["previous"] == previous
        assert rest["seal"] == digest(rest["salt"], sealed_fields(line))
        previous = digest(
            previous,
            metadata["sequence"],
            rest["at"],
            metadata["event_code"],
            rest["surface"],
            metadata.get("correlation_uid", ""),
            rest["seal"],
        )
        assert rest["hash"] == previous


def test_the_export_is_an_event_itself(trail: None) -> None:
    lines(from_on=date(2026, 1, 1))
    event = AuditEvent.objects.latest("number")
    assert (event.action, event.after) == ("audit.exported", {"days": {"from": "2026-01-01"}})


def test_only_the_days_that_were_asked_for(db: None) -> None:
    for days in range(4):
        note(Change("day.counted", str(days)), at=AT + timedelta(days=days))
    found = lines(from_on=date(2026, 3, 2), until_on=date(2026, 3, 4))
    assert [line["unmapped"]["subject"] for line in found] == ["1", "2"]


def test_the_file_of_the_command_is_what_the_console_sends(trail: None, tmp_path: Path) -> None:
    output, file = StringIO(), tmp_path / "audit.jsonl"
    call_command("export_audit", "--output", str(file))
    call_command("export_audit", stdout=output)
    whole = file.read_text(encoding="utf-8")
    assert output.getvalue().startswith(whole)
    assert [json.loads(line) for line in whole.splitlines()] == [
        as_ocsf(event) for event in AuditEvent.objects.order_by("number")[: len(whole.splitlines())]
    ]
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_left_alone(trail: None, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_text("mine")
    with pytest.raises(CommandError, match="File exists"):
        call_command("export_audit", "--output", str(file))
    assert file.read_text() == "mine"


@pytest.mark.parametrize("option", ["--from", "--until"])
def test_a_day_that_is_none_is_named(db: None, option: str) -> None:
    with pytest.raises(CommandError, match=f"{option}: '2026-13-01' is not a date"):
        call_command("export_audit", option, "2026-13-01")


def test_events_are_read_a_few_at_a_time(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    note(*[Change("day.counted", str(number)) for number in range(10)])
    monkeypatch.setattr("roles.querysets.AuditEventQuerySet.AT_A_TIME", 4)
    with CaptureQueriesContext(connection) as queries:
        assert [event.number for event in AuditEvent.objects.all().in_their_order()] == list(range(1, 11))
    assert sum("LIMIT 4" in query["sql"] for query in queries) == 4
