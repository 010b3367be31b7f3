"""Logs say what happened and never to whom: of whatever goes wrong, in a request, a command or a job."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError
from django.test import Client
from rest_framework.test import APIClient

from aiskills.logs import Discreet, without_names
from roles import housekeeping, jobs
from roles.acting import acting
from roles.links import make_link
from roles.models import ApiToken, Person, User
from tests.killing import NotKept
from tests.organisation import AT, OrganisationFiles

ID, NAME, ADDRESS, LOGIN = "ZQ-90417", "Zyxwa Qvortrup", "zyxwa.qvortrup@example.org", "zqvortrup"
TERMS = (ID, NAME, ADDRESS, LOGIN, "Zyxwa")
PASSWORD = "correct horse battery staple"  # noqa: S105


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    """allauth counts in the cache how often somebody sends a form, and grows tired of it."""
    cache.clear()


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """What is logged, as production writes it."""
    [name] = settings.LOGGING["root"]["handlers"]
    made = settings.LOGGING["formatters"][settings.LOGGING["handlers"][name]["formatter"]]
    lines = StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(Discreet(made["format"], style=made["style"]))
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)


def named_in(lines: StringIO) -> list[str]:
    return [line for line in lines.getvalue().splitlines() if any(term.lower() in line.lower() for term in TERMS)]


@pytest.fixture
def person(db: None, tmp_path: Path) -> Person:
    """Somebody with an unmistakable name and an account."""
    files = OrganisationFiles(tmp_path).small()
    files.as_import()
    Person.objects.filter(employee_id="E1").update(employee_id=ID, name=NAME, email=ADDRESS)
    found = Person.objects.get(employee_id=ID)
    User.objects.create_user(LOGIN, ADDRESS, PASSWORD, first_name="Zyxwa", last_name="Qvortrup", person=found)
    return found


def broken(*_: Any, **__: Any) -> None:
    """What goes wrong while it has her name in hand."""
    try:
        int(NAME)
    except ValueError as error:
        raise IntegrityError(f"duplicate key\nDETAIL:  Key (employee_id)=({ID}) already exists.") from error


def test_no_request_logs_who_it_is_about(person: Person, logged: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    # In whose name somebody guesses.
    for _ in range(settings.AXES_FAILURE_LIMIT + 1):
        client.post("/accounts/login/", {"login": LOGIN, "password": "wrong"})
        client.post("/accounts/login/", {"login": ADDRESS, "password": "wrong"})
    client.get(make_link(user=person.user))
    other = Client(raise_request_exception=False)
    other.force_login(person.user)
    for address in ("", "history/", "held/", "competencies/C-9/", "nowhere/"):
        other.get(f"/people/{ID}/{address}?q={NAME}")
    other.post(f"/people/{ID}/", {"name": NAME})
    other.get(f"/people/{ID}-2/")
    other.post("/tokens/", {"name": NAME})
    monkeypatch.setattr("reports.views.person.person_overview", broken)
    assert other.get(f"/people/{ID}/").status_code == 500
    assert "Internal Server Error: /people/…/" in logged.getvalue()
    assert "django.db.utils.IntegrityError" in logged.getvalue()
    assert "in broken" in logged.getvalue()
    assert named_in(logged) == []


def test_no_call_by_rest_logs_who_it_is_about(person: Person, logged: StringIO) -> None:
    root = User.objects.create(username="root", is_superuser=True)
    caller = APIClient(raise_request_exception=False)
    _, token = ApiToken.objects.create(root, name="t", writes_results=True, writes_organisation=True)
    caller.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    caller.get(f"/api/v1/people/{ID}/standings/?as_of={ID}")
    caller.get(f"/api/v1/people/{ID}-2/")
    caller.get(f"/api/v1/people/?nothing={NAME}")
    caller.patch(f"/api/v1/people/{ID}/", {"name": NAME, "employee_id": ID})
    body = {"employee_id": ID, "name": NAME, "joined_on": "2024-01-01"}
    caller.post("/api/v1/people/", body)
    caller.post("/api/v1/results/", {"employee_id": ID, "assessor": NAME, "result_id": f"of {ID}"})
    caller.post(f"/api/v1/results/of {ID}/withdraw/", {"reason": NAME})
    assert "/api/v1/people/…" in logged.getvalue()
    assert token not in logged.getvalue()
    assert named_in(logged) == []


def test_no_command_logs_who_it_is_about(person: Person, logged: StringIO, tmp_path: Path) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "people.csv").write_text(f"employee_id,name,email,joined_on,left_on\n{ID},{NAME},x,y,\n")
    for command in (
        ["import_org", str(tmp_path / "only")],
        ["export_person", ID, str(tmp_path)],
        ["gap_report", ID],
        ["pseudonymise_results", "--older-than", "1"],
        ["erase_person", ID],
        ["erase_person", ID, "--yes", "--still-here"],
        ["verify_audit"],
    ):
        with suppress(CommandError, SystemExit):
            call_command(*command, stdout=StringIO(), stderr=StringIO())
    assert named_in(logged) == []


def test_no_work_in_the_background_logs_who_it_is_about(
    person: Person, logged: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ProgressKept", NotKept)
    monkeypatch.setattr(jobs, "async_task", lambda *_: None)
    monkeypatch.setitem(jobs._work, "verify_audit", broken)
    monkeypatch.setattr(housekeeping, "_chores", [broken])
    job = jobs.ask("verify_audit", by=person.user, at=AT)
    jobs.run(job.pk)
    housekeeping.keep_house()
    assert f"Job {job.pk} failed." in logged.getvalue()
    assert "The chore broken failed." in logged.getvalue()
    assert named_in(logged) == []


def line_of(error: Exception, formatter: logging.Formatter) -> str:
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "It failed", (), (type(error), error, None))
    # As another handler may have written it before.
    record.exc_text = str(error)
    return formatter.format(record)


def test_of_an_exception_the_kind_is_logged_and_the_message_only_if_the_database_is_away() -> None:
    formatter = Discreet("{message}", style="{")
    assert line_of(ValueError(NAME), formatter) == "It failed\nTraceback (most recent call last):\nbuiltins.ValueError"
    assert line_of(OperationalError("connection refused"), formatter).endswith("OperationalError: connection refused")


def test_a_line_has_the_id_of_its_request() -> None:
    with acting(request_id="abc"):
        assert line_of(ValueError(), Discreet("[{request_id}] {message}", style="{")).startswith("[abc] It failed")
    assert line_of(ValueError(), Discreet("[{request_id}]", style="{")).startswith("[-]")


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("Not Found: /people/E 1/career/", "Not Found: /people/…/career/"),
        ("Not Found: /people/E1", "Not Found: /people/…"),
        ("Not Found: /teams/SEC/heatmap/", "Not Found: /teams/SEC/heatmap/"),
        ('"GET /find/?q=Ada%20B HTTP/1.1" 200', '"GET /find/?… HTTP/1.1" 200'),
        ("Gone: /accounts/own-password/MQ/abc-def/", "Gone: /accounts/own-password/MQ/…/"),
        ("Not Found: /tokens/0123/revoke/", "Not Found: /tokens/…/revoke/"),
        ("Not Found: /api/v1/results/LMS-1/withdraw/", "Not Found: /api/v1/results/…/withdraw/"),
    ],
)
def test_of_an_address_what_names_somebody_is_left_out(line: str, written: str) -> None:
    assert without_names(line) == written


def test_what_is_logged_goes_through_one_handler() -> None:
    through = {name: made for name, made in settings.LOGGING["loggers"].items() if made["handlers"]}
    assert through == {}
    assert logging.getLogger("django").handlers == []
