"""Erasing a person: nothing names them any more, wherever it stood, and no figure of any day is another."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils.timezone import now
from knox.models import get_digest_token

from assessments.models import AssessmentResult, Exemption
from assessments.services import change_exemption, record_results, withdraw_result
from assessments.services.erasing import erase_person
from reports.models import IdempotentRequest, Standing
from roles import guards
from roles.audit import findings
from roles.models import ApiToken, AuditEvent, Competency, Job, JobState, Person, Team, User
from roles.services import InTheWay, change_person, place_person
from roles.tokens import make_token
from tests.organisation import OrganisationFiles

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = ("2024-02-15", "2024-06-01", "2025-03-01", "2026-03-01", "2027-01-01")
#: What tells who Ada is: nothing of it may be left.
NAMES = ("E-1815", "Ada Ångström", "Ada Byron", "ada@example.org", "a.byron@example.org", "a.angstrom", "LMS-77")


@pytest.fixture
def files(tmp_path: Any) -> OrganisationFiles:
    """The small organisation, in which Ada has left; others speak of her."""
    folder = tmp_path / "organisation"
    folder.mkdir()
    files = OrganisationFiles(folder).small()
    for name in ("people", "memberships", "assignments", "results", "exemptions", "managers"):
        for line, row in enumerate(files.tables[name], start=2):
            if row.get("employee_id") == "E1":
                files.change(name, line, employee_id="E-1815")
    files.change("people", 2, left_on="2026-02-01")
    files.change("results", 2, result_id="LMS-77", evidence="Seen by Ada Ångström herself")
    files.change("results", 4, assessor="E-1815", evidence="ada ångström and E-1815-2 were there")
    files.add("exemptions", ("E-1815", "C-1", "2024-01-01", "2024-02-10", "Her mother was ill"))
    return files


@pytest.fixture
def ada(db: None, files: OrganisationFiles) -> Person:
    """Ada, with a former name, an account that has acted, and traces in every corner."""
    files.as_import()
    ada = Person.objects.get(employee_id="E-1815")
    for name in ("Ada Byron", "Ada Ångström"):
        change_person(person=ada, name=name)
    account = User.objects.create(
        username="a.angstrom", email="a.byron@example.org", first_name="Ada", last_name="Byron", person=ada
    )
    digest, text = get_digest_token()
    ApiToken(user=account, name="Ada Byron's laptop", digest=digest, token_key=text[:15]).save(force_insert=True)
    other = AssessmentResult.objects.get(result_id="R3")
    withdraw_result(result=other, by=account, reason="Ada Byron was not there", at=AT)
    change_exemption(exemption=Exemption.objects.get(person__employee_id="E2"), reason="Leave, says a.angstrom")
    Team.objects.filter(code="RED").update(name="The team of Ada Ångström")
    traces(account)
    return ada


def traces(account: User) -> None:
    """What signing in, calling REST and working in the background leave behind."""
    client = Client()
    client.force_login(account)
    client.post("/accounts/login/", {"login": "a.angstrom", "password": "wrong"})
    client.get("/people/E-1815/")
    for key, body in {"own": b"[]", "another's": json.dumps({"employee_id": "E-1815"}).encode()}.items():
        owner = account if key == "own" else User.objects.create(username="another")
        IdempotentRequest.objects.create(
            user=owner, key=key, fingerprint="", claim=f"{len(key):032d}", claimed_at=now(), status=200, body=body
        )
    Job.objects.create(
        kind="import", state=JobState.REFUSED, reason="people.csv:2: E-1815: too long", asked_at=AT, asked_by=account
    )


def erase(ada: Person, **wishes: Any) -> str:
    return erase_person(person=ada, by=None, at=AT, **wishes)


def everything_stored() -> dict[str, str]:
    """The text of every column of every table, by its name; bytes as the text that they are."""
    stored = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for number, column in enumerate(cursor.description or ()):
                cursor.execute(f"SELECT {connection.ops.quote_name(column[0])} FROM {connection.ops.quote_name(table)}")  # noqa: S608
                stored[f"{table}.{column[0]} ({number})"] = "\n".join(map(readable, cursor.fetchall()))
    return stored


def readable(row: tuple[Any, ...]) -> str:
    [value] = row
    if isinstance(value, bytes | memoryview):
        value = bytes(value).decode(errors="replace")
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


def named_in(texts: dict[str, str]) -> list[str]:
    """Where one of the names stands as a word."""
    return [
        f"{name} in {where}: {text[max(0, at.start() - 100) : at.end() + 100]}"
        for where, text in texts.items()
        for name in NAMES
        for at in re.finditer(rf"(?<!\w){re.escape(name)}(?![\w-])", text, re.IGNORECASE)
    ]


def test_before_she_is_erased_her_names_stand_in_many_places(ada: Person) -> None:
    assert len(named_in(everything_stored())) > 20


def test_nothing_in_the_database_names_who_was_erased(ada: Person) -> None:
    erase(ada)
    assert named_in(everything_stored()) == []


def test_no_log_names_who_is_erased(ada: Person, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        erase(ada)
    assert named_in({"the logs": caplog.text}) == []


def figures() -> dict[str, Any]:
    """Every figure of every team on every day, and every standing."""
    found: dict[str, Any] = {}
    for day in DAYS:
        for team in ("ORG", "RED", "BLUE"):
            output = StringIO()
            call_command("gap_report", team, "--as-of", day, "--format", "json", stdout=output)
            report = json.loads(output.getvalue())
            for child in report["teams"]:
                child.pop("name")
            found[f"{team} on {day}"] = report
    found["standings"] = sorted(Standing.objects.values_list(), key=repr)
    return found


def test_every_figure_of_every_day_stays_what_it_was(ada: Person) -> None:
    before = figures()
    erase(ada)
    assert figures() == before
    call_command("rebuild_standings", "--check", stdout=StringIO())


def test_the_trail_is_still_whole(ada: Person) -> None:
    events = AuditEvent.objects.count()
    erase(ada)
    assert list(findings()) == []
    assert AuditEvent.objects.count() == events + 1


def test_the_one_event_of_it_names_only_the_pseudonym(ada: Person) -> None:
    pseudonym = erase(ada)
    event = AuditEvent.objects.last()
    assert event is not None
    assert (event.action, event.subject, event.before) == ("person.erased", pseudonym, None)
    assert event.after is not None
    assert (event.after["results"], event.after["exemptions"]) == (2, 1)
    assert len(event.after["events"]) > 5


@pytest.fixture
def unguarded(db: None) -> Any:
    guards.take_away(guards.AUDIT_GUARDS, using="default")
    yield
    guards.install(using="default")


def touched() -> int:
    """The number of an event that the erasure has changed."""
    erasure = AuditEvent.objects.filter(action="person.erased").latest("number")
    assert erasure.after is not None
    return int(next(iter(erasure.after["events"])))


@pytest.mark.parametrize("field", ["actor", "subject", "before", "after", "salt"])
def test_whoever_changes_a_rewritten_event_afterwards_is_found(ada: Person, unguarded: None, field: str) -> None:
    erase(ada)
    number = touched()
    AuditEvent.objects.filter(number=number).update(**{field: "something else"})
    assert [finding.number for finding in findings()] == [number]


def test_whoever_changes_an_event_and_what_the_erasure_says_of_it_is_found(ada: Person, unguarded: None) -> None:
    erase(ada)
    event, erasure = AuditEvent.objects.get(number=touched()), AuditEvent.objects.latest("number")
    event.actor = "eve"
    event.save()
    assert erasure.after is not None
    erasure.after["events"][str(event.number)] = event.seal_of_it()
    erasure.save()
    # An erasure that has been tampered with allows nothing any more.
    assert {event.number, erasure.number} <= {finding.number for finding in findings()}


def test_two_erasures_may_change_the_same_event(ada: Person) -> None:
    erase(ada)
    erase_person(person=Person.objects.get(employee_id="E2"), by=None, at=AT + timedelta(days=1), still_here=True)
    assert list(findings()) == []


def test_the_erasure_of_who_has_erased_somebody_leaves_the_trail_whole(ada: Person) -> None:
    User.objects.create(username="second", is_superuser=True)
    by = User.objects.create(username="bjorn", is_superuser=True, person=Person.objects.get(employee_id="E2"))
    erase_person(person=ada, by=by, at=AT)
    erase_person(person=Person.objects.get(employee_id="E2"), by=None, at=AT + timedelta(days=1), still_here=True)
    assert list(findings()) == []
    assert not AuditEvent.objects.filter(actor="bjorn").exists()


def test_their_account_is_ended_and_names_nobody(ada: Person) -> None:
    client = Client()
    client.force_login(ada.user)
    pseudonym = erase(ada)
    account = User.objects.get(person=ada)
    assert (account.username, account.is_active, account.has_usable_password()) == (pseudonym, False, False)
    assert client.get("/").status_code == 302
    assert not ApiToken.objects.filter(user=account).exists()


def test_what_others_hold_stays_as_it_is(ada: Person) -> None:
    erase(ada)
    other = Person.objects.get(employee_id="E2")
    assert other.name == "Björn Ek"
    assert AssessmentResult.objects.get(result_id="R3").evidence.endswith(" and E-1815-2 were there")


def test_a_namesake_keeps_the_name(ada: Person) -> None:
    namesake = Person.objects.create(employee_id="E9", name="Ada Ångström", joined_on=date(2024, 1, 1))
    change_person(person=namesake, email="nine@example.org")
    erase(ada)
    namesake.refresh_from_db()
    assert namesake.name == "Ada Ångström"
    added = AuditEvent.objects.get(action="person.added", subject="E9")
    assert added.after is not None
    assert added.after["person E9"]["name"] == "Ada Ångström"


def test_words_that_only_look_like_an_account_stay(ada: Person) -> None:
    User.objects.filter(username="a.angstrom").update(username="manager")
    erase(ada)
    kept = [event for event in AuditEvent.objects.all() if "'method': 'manager'" in repr(event.after)]
    assert kept
    assert list(findings()) == []


@pytest.mark.parametrize("change", [{"name": "Ada"}, {"employee_id": "E-1815"}, {"email": "ada@example.org"}])
def test_the_database_refuses_to_name_them_again(ada: Person, change: dict[str, str]) -> None:
    erase(ada)
    with pytest.raises(DatabaseError), transaction.atomic():
        Person.objects.filter(pk=ada.pk).update(**change)


def test_who_still_works_here_is_erased_only_if_that_is_meant(ada: Person) -> None:
    Person.objects.filter(pk=ada.pk).update(left_on=AT.date() + timedelta(days=1))
    with pytest.raises(InTheWay, match="still works here"):
        erase(ada)
    erase(ada, still_here=True)


def test_nobody_is_erased_twice_and_nobody_erases_themselves(ada: Person) -> None:
    with pytest.raises(InTheWay, match="themselves"):
        erase_person(person=ada, by=ada.user, at=AT)
    erase(ada)
    with pytest.raises(InTheWay, match="already"):
        erase(ada)


def test_the_last_administrator_is_not_erased(ada: Person) -> None:
    User.objects.filter(is_superuser=True).update(is_superuser=False)
    User.objects.filter(person=ada).update(is_superuser=True)
    with pytest.raises(InTheWay, match="is the only administrator"):
        erase(ada)
    ada.refresh_from_db()
    assert ada.erased_at is None

    User.objects.create(username="second", is_superuser=True)
    erase(ada)


def test_an_erasure_that_fails_changes_nothing(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything_stored()
    monkeypatch.setattr("roles.forgetting.rewritten", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        erase(ada)
    assert everything_stored() == before


def test_the_command_erases_only_what_is_meant(ada: Person) -> None:
    with pytest.raises(CommandError, match="add --yes"):
        call_command("erase_person", "E-1815")
    assert Person.objects.get(pk=ada.pk).erased_at is None
    output = StringIO()
    call_command("erase_person", "E-1815", "--yes", stdout=output)
    assert output.getvalue() == f"Erased. Their figures are kept under {Person.objects.get(pk=ada.pk).employee_id}.\n"


def test_the_command_says_why_it_erases_nobody(ada: Person) -> None:
    with pytest.raises(CommandError, match="nobody") as unknown:
        call_command("erase_person", "E-1", "--yes")
    assert unknown.value.returncode == 2
    with pytest.raises(CommandError, match="still works here"):
        call_command("erase_person", "E2", "--yes")
    call_command("erase_person", "E2", "--yes", "--still-here", stdout=StringIO())


def test_who_had_read_her_before_writes_no_event_that_names_her(ada: Person) -> None:
    """As somebody does who has asked for her page a moment before."""
    known, by = Person.objects.get(pk=ada.pk), User.objects.get(person=ada)
    erase(ada)
    place_person(person=known, team=Team.objects.get(code="RED"), from_on=date(2023, 1, 1), until_on=date(2023, 2, 1))
    withdraw_result(result=AssessmentResult.objects.filter(person=known).latest("pk"), by=None, reason="A slip", at=AT)
    record = AssessmentResult(person=known, competency=Competency.objects.get(code="C-2"), level=1, method="exam")
    record.assessed_on = AT.date()
    record_results(results=[record], by=None, at=AT)
    make_token(owner=by, name="late", scopes=["read"], expires_on=AT.date().replace(year=2027), at=AT)
    assert named_in(everything_stored()) == []


def test_a_file_that_names_her_again_changes_nothing(ada: Person, files: OrganisationFiles) -> None:
    """Her own id is not known any more; what others' results said of her is not compared."""
    erase(ada)
    file = files.only("results")
    file.put("results", *(tuple(row.values()) for row in files.tables["results"] if row["employee_id"] != "E-1815"))
    before = everything_stored()
    files.as_import()
    assert everything_stored() == before
