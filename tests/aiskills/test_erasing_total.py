"""Erasing is total: an unmistakable name is put wherever one can go, then looked for in every table and every file."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.utils.timezone import localdate, now
from django_q.models import Failure, OrmQ, Task
from django_q.signing import SignedPackage

from assessments.models import AssessmentResult, Exemption, FilePart, Import, MendedRow
from assessments.services import change_exemption, withdraw_result
from reports.models import ApiUse, IdempotentRequest
from roles import beside, jobs
from roles.audit import findings
from roles.models import (
    AuditEvent,
    Competency,
    CompetencyIndicator,
    Deputy,
    Job,
    JobState,
    Person,
    Role,
    ScaleLevel,
    Team,
    Threat,
    ThreatReference,
    User,
)
from roles.services import begin_draft, change_person
from roles.services.access import deactivate_user, reactivate_user
from roles.tokens import make_token
from tests.assessments.sending import sent, uploaded
from tests.killing import NotKept
from tests.organisation import AT, OrganisationFiles

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]

ID, NAME, ADDRESS, LOGIN = "ZQ-90417", "Zyxwa Qvortrup", "zyxwa.qvortrup@example.org", "zqvortrup"
FORMER = "Zyxwa Mbekithole"
TERMS = (ID, NAME, ADDRESS, LOGIN, FORMER)
PASSWORD = "correct horse battery staple"  # noqa: S105
SAID = f"{NAME} ({ID}, {ADDRESS}, account {LOGIN}) said so"


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    """allauth counts in the cache how often somebody sends a form, and grows tired of it."""
    cache.clear()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OrganisationFiles:
    """The small organisation, in which E1 is who will be erased, under a former name; nobody does jobs."""
    monkeypatch.setattr(jobs, "async_task", lambda *_: None)
    monkeypatch.setattr(jobs, "ProgressKept", NotKept)
    folder = tmp_path / "organisation"
    folder.mkdir()
    files = OrganisationFiles(folder).small()
    for name, rows in files.tables.items():
        for line, row in enumerate(rows, start=2):
            if row.get("employee_id") == "E1":
                files.change(name, line, employee_id=ID)
    files.change("people", 2, name=FORMER, email=ADDRESS, left_on="2026-02-01")
    files.change("results", 2, evidence=SAID, assessor=NAME)
    files.change("results", 4, evidence=SAID, assessor=ID)
    files.change("exemptions", 2, reason=SAID)
    files.add("exemptions", (ID, "C-1", "2024-01-01", "2024-02-10", SAID))
    return files


@pytest.fixture
def person(files: OrganisationFiles) -> Person:
    """Who will be erased, with their name in whatever takes a text."""
    files.as_import()
    person = Person.objects.get(employee_id=ID)
    change_person(person=person, name=NAME)
    account = User.objects.create_user(
        LOGIN, ADDRESS, PASSWORD, first_name="Zyxwa", last_name="Qvortrup", person=person
    )
    root = User.objects.create(username="root", is_superuser=True)
    facts_of(person, account, root)
    the_matrix_says()
    work_left_behind(root)
    an_upload_of(root)
    signs_in(account, root)
    return person


def facts_of(person: Person, account: User, root: User) -> None:
    """What services write about the person, and what the person writes about others."""
    withdraw_result(result=person.results.earliest("pk"), by=root, reason=SAID, at=AT)
    withdraw_result(result=AssessmentResult.objects.get(result_id="R3"), by=account, reason=SAID, at=AT)
    change_exemption(exemption=Exemption.objects.get(person__employee_id="E2"), reason=f"{SAID}!")
    other = Person.objects.get(employee_id="E2")
    Deputy.objects.create(manager=other, person=person, from_on=date(2026, 1, 1), until_on=date(2026, 2, 1))
    make_token(owner=account, name=f"{NAME}'s laptop", scopes=["read"], expires_on=localdate().replace(2027), at=now())
    deactivate_user(user=account, by=root)
    reactivate_user(user=account)


def the_matrix_says() -> None:
    """Texts of what is required."""
    draft = begin_draft(code="v2", effective_from=date(2030, 1, 1), note=SAID)
    assert draft.note == SAID
    Team.objects.filter(code="RED").update(name=f"The team of {NAME}")
    Role.objects.filter(code="ENG").update(title=f"Successor of {NAME}", who=SAID)
    competency = Competency.objects.get(code="C-1")
    Competency.objects.filter(pk=competency.pk).update(summary=SAID)
    CompetencyIndicator.objects.create(competency=competency, level=1, text=SAID)
    threat = Threat.objects.create(code="T-1", title=f"What {NAME} found", note=SAID)
    ThreatReference.objects.create(threat=threat, framework="F", identifier="1", title=f"By {NAME}")
    ScaleLevel.objects.create(value=1, name="Aware", summary=SAID, typical_evidence=[SAID, ID])


def work_left_behind(root: User) -> None:
    """Jobs, what the queue keeps of them, and what is kept beside the database while one is done."""
    Job.objects.create(
        kind="set_rules", state=JobState.REFUSED, reason=SAID, doing=NAME, outcome={"who": [SAID]}, asked_by=root,
        asked_at=now(), finished_at=now(), surface="console", arguments={"who": ID},
    )  # fmt: skip
    Task.objects.create(
        id="1", name="t", func="f", args=(ID,), kwargs={"who": NAME}, result=SAID, started=now(), stopped=now()
    )
    Failure.objects.create(id="2", name="f", func="f", result=SAID, started=now(), stopped=now(), success=False)
    OrmQ.objects.create(key="aiskills", payload=SignedPackage.dumps({"id": "3", "args": (SAID,)}), lock=now())
    beside.keep("job-99", {"state": "running", "doing": SAID})


def an_upload_of(root: User) -> None:
    """An import that was looked at, with a change, a bad row, and one that was mended."""
    rows = f"{ID},{NAME} jr.,{ADDRESS},2024-01-01,\nN1,{NAME},,x,\n"
    upload = uploaded(sent("people.csv", f"employee_id,name,email,joined_on,left_on\n{rows}"), by=root)
    MendedRow.objects.create(file=upload.files.get(), line=3, cells=["N1", SAID])
    assert upload.bad_rows.exists()
    good = uploaded(
        sent("people.csv", f"employee_id,name,email,joined_on,left_on\n{ID},{SAID},,2024-01-01,\n"), by=root
    )
    assert FilePart.objects.filter(file__upload=good).exists()


def signs_in(account: User, root: User) -> None:
    """Signing in, wrongly and rightly, calling REST, being looked at by somebody, and a log that Django keeps."""
    client = Client(headers={"User-Agent": f"Browser of {NAME}"})
    client.post("/accounts/login/?next=/" + ID, {"login": LOGIN, "password": "wrong"})
    client.post("/accounts/login/", {"login": ADDRESS, "password": "wrong"})
    client.post("/accounts/login/", {"login": LOGIN, "password": PASSWORD})
    client.get(f"/api/v1/people/{ID}/")
    administrator = Client()
    administrator.force_login(root)
    administrator.post(f"/admin/access/users/{account.pk}/see-as/", {"reason": SAID})
    EmailAddress.objects.create(user=account, email=ADDRESS, verified=True, primary=True)
    LogEntry.objects.create(
        user=root, content_type=ContentType.objects.get_for_model(Person), object_id="1", object_repr=NAME,
        action_flag=ADDITION, change_message=SAID,
    )  # fmt: skip
    LogEntry.objects.create(
        user=account, content_type=ContentType.objects.get_for_model(Team), object_repr="T", action_flag=ADDITION
    )
    for number, (owner, body) in enumerate([(account, b"[]"), (root, json.dumps({"employee_id": ID}).encode())]):
        IdempotentRequest.objects.create(
            user=owner, key=f"{number}", fingerprint="", claim=f"{number:032d}", claimed_at=now(), status=200, body=body
        )
    ApiUse.objects.update_or_create(caller=f"user:{account.pk}", defaults={"minute": 1, "requests": 3})


def texts() -> Iterator[tuple[str, str]]:
    """Where it stands, and each value of each column of each table, also of what is packed in it."""
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.values():
            for name, value in row.items():
                for text in readings(model, name, value):
                    yield f"{model._meta.db_table}.{name}", text


def readings(model: type[Model], name: str, value: Any) -> Iterator[str]:
    if isinstance(value, bytes | memoryview):
        yield bytes(value).decode(errors="replace")
        for unpacks in (zlib.decompress, zlib.decompressobj(-15).decompress):
            try:
                yield unpacks(bytes(value)).decode(errors="replace")
            except zlib.error:
                continue
    elif model is Session and name == "session_data":
        yield f"{Session(session_data=value).get_decoded()}"
    elif model is OrmQ and name == "payload":
        yield f"{SignedPackage.loads(value)}"
    else:
        yield json.dumps(value, default=str, ensure_ascii=False)


def contents_of_files() -> Iterator[tuple[str, str]]:
    """Where the database and all that is kept beside it stand, and what is in each file, byte by byte."""
    if connection.vendor == "sqlite":
        database = Path(connection.settings_dict["NAME"])
        for path in database.parent.rglob("*"):
            if path.is_file():
                yield str(path.relative_to(database.parent)), path.read_bytes().decode(errors="replace")


def named() -> set[str]:
    """Where somebody is named, by whatever name."""
    return {
        where for where, text in (*texts(), *contents_of_files()) if any(term.lower() in text.lower() for term in TERMS)
    }


def test_nothing_and_no_file_names_who_is_erased_and_no_figure_changes(person: Person) -> None:
    before = named()
    # If it is not everywhere before, that it is nowhere afterwards says little.
    assert len(before) > 45, sorted(before)
    figures = [*reports()]

    call_command("erase_person", ID, "--yes", stdout=StringIO())

    assert named() == set()
    assert [*reports()] == figures
    assert list(findings()) == []
    call_command("rebuild_standings", "--check", stdout=StringIO())
    assert AuditEvent.objects.latest("number").action == "person.erased"
    assert set(Import.objects.values_list("state", flat=True)) == {"discarded"}


def reports() -> Iterator[str]:
    """Every figure of the organisation and of each team on days of the past and to come."""
    for day in ("2024-02-15", "2024-06-01", "2025-03-01", "2026-03-01", "2027-01-01"):
        for team in ("ORG", "RED", "BLUE"):
            said = StringIO()
            call_command("gap_report", team, "--as-of", day, "--format", "json", stdout=said)
            # Titles are texts, in which somebody may have been named.
            yield json.dumps(without_words(json.loads(said.getvalue())))


def without_words(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: without_words(one) for name, one in told.items() if name not in {"name", "title"}}
    return [without_words(one) for one in told] if isinstance(told, list) else told
