"""All that is held about one person, handed over: whole, readable, recorded, and without what is about others."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db.models import Field
from django.test import Client
from django.utils.timezone import now

from assessments.models import AssessmentResult, Exemption
from assessments.services import change_exemption, exempt_person, withdraw_result
from assessments.services.held import export_person
from reports.models import ApiUse, IdempotentRequest
from roles.models import AuditEvent, Competency, Deputy, Person, User
from roles.services import change_person
from roles.tokens import make_token
from tests.organisation import AT, OrganisationFiles

PASSWORD = "correct horse battery staple"  # noqa: S105


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    """allauth counts in the cache how often somebody sends a form, and grows tired of it."""
    cache.clear()


@pytest.fixture
def ada(db: None, tmp_path: Path) -> Person:
    """E1, with an account, a token, a row of everything there is about people, and others who speak of her."""
    folder = tmp_path / "organisation"
    folder.mkdir()
    files = OrganisationFiles(folder).small()
    files.change("results", 4, evidence="Ada Ångström was there")
    files.change("people", 2, name="=Ada Byron")
    files.as_import()
    ada = Person.objects.get(employee_id="E1")
    change_person(person=ada, name="Ada Ångström")
    exempt_person(
        person=ada, competency=Competency.objects.get(code="C-2"), from_on=AT.date(), reason="=Her mother was ill"
    )
    account = User.objects.create_user("ada", "ada@example.org", PASSWORD, person=ada)
    make_token(owner=account, name="Laptop", scopes=["read"], expires_on=now().date().replace(year=2027), at=now())
    Deputy.objects.create(
        manager=Person.objects.get(employee_id="E2"), person=ada, from_on="2026-01-01", until_on="2026-02-01"
    )
    withdraw_result(result=AssessmentResult.objects.get(result_id="R3"), by=account, reason="Not so", at=AT)
    change_exemption(exemption=Exemption.objects.get(person__employee_id="E2"), reason="Ada Ångström covers for him")
    Client().post("/accounts/login/", {"login": "ada", "password": "wrong"})
    IdempotentRequest.objects.create(
        user=account, key="k", fingerprint="", claim=f"{1:032d}", claimed_at=now(), status=200, body=b"[]"
    )
    ApiUse.objects.create(caller=f"user:{account.pk}", minute=1, requests=3)
    browser_of(account)
    return ada


def browser_of(user: User | None) -> Client:
    client = Client()
    assert user is not None
    client.force_login(user)
    return client


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create(username="root", is_superuser=True)


def held(ada: Person, **wishes: Any) -> dict[str, Any]:
    found: dict[str, Any] = export_person(person=ada, by=None, at=AT, **wishes)
    return found


def references() -> Iterator[tuple[str, Field[Any, Any]]]:
    """Every field of any table that says that a row is about a person."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.related_model is Person and model is not User:
                yield f"{model._meta.model_name} by {field.name}", field


def test_every_row_that_refers_to_the_person_is_held(ada: Person) -> None:
    tables = held(ada)["tables"]
    for name, field in references():
        many = field.model._default_manager.filter(**{field.name: ada}).count()
        assert len(tables.get(name, [])) == many, name
    assert {"membership by person", "roleassignment by person", "assessmentresult by person", "exemption by person",
            "standing by person", "deputy by person", "teammanager by person"} - tables.keys() == {
        "teammanager by person"  # She manages nothing.
    }  # fmt: skip


def test_the_account_is_held_with_its_tokens_sessions_and_calls_and_no_secret(ada: Person) -> None:
    found = held(ada)
    assert (found["account"]["username"], found["account"]["password"]) == ("ada", "(secret)")
    [token] = found["tables"]["apitoken by user"]
    assert (token["name"], token["digest"]) == ("Laptop", "(secret)")
    assert len(found["tables"]["session"]) == 1
    assert [row["username"] for row in found["tables"]["accessattempt"]] == ["ada"]
    assert found["tables"]["apiuse"] == [{"minute": 1, "requests": 3}]
    assert [row["key"] for row in found["tables"]["idempotentrequest by user"]] == ["k"]
    assert ada.user.password not in json.dumps(found)


def test_rows_name_others_by_their_codes(ada: Person) -> None:
    result = held(ada)["tables"]["assessmentresult by person"][0]
    assert (result["person"], result["competency"], result["level"]) == ("E1", "C-1", 3)


def test_the_trail_is_held_as_far_as_it_is_about_her_or_was_done_by_her(ada: Person) -> None:
    events = {event["action"]: event for event in held(ada)["events"]}
    assert events["person.changed"]["before"] == {"person E1": {"name": "=Ada Byron"}}
    assert {*events["organisation.imported"]["after"]} >= {"person E1", "assessmentresult E1 C-1 R1"}
    assert not any(label.startswith("person E2") for label in events["organisation.imported"]["after"])
    assert events["result.withdrawn"]["by"] == "ada"
    assert held(ada)["recorded_about_others"] == {"assessmentresult by withdrawn_by": 1}


def test_where_others_are_said_to_have_met_her_is_told_and_to_herself_only_where(ada: Person) -> None:
    said = held(ada)["mentions"]
    assert {(one["table"], one["field"]) for one in said} >= {("assessmentresult", "evidence"), ("exemption", "reason")}
    assert any("covers for him" in one["text"] for one in said)
    own = held(ada, to_themselves=True)
    assert {(one["table"], one["field"]) for one in own["mentions"]} == {(one["table"], one["field"]) for one in said}
    assert "covers for him" not in json.dumps(own)
    assert "was there" not in json.dumps(own, ensure_ascii=False)


def test_that_it_was_asked_for_is_recorded_with_no_word_of_what_is_in_it(ada: Person, administrator: User) -> None:
    export_person(person=ada, by=administrator, at=AT)
    event = AuditEvent.objects.latest("number")
    assert (event.action, event.subject, event.actor) == ("person.exported", "E1", "root")
    assert event.after is not None
    assert event.after["rows"]["assessmentresult by person"] == 2
    assert "Ada" not in json.dumps(event.after)


def opened(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def content_of(response: Any) -> bytes:
    assert response.status_code == 200
    # Whoever serves the page has no say in it: what nobody is to keep on the way says so twice.
    assert "no-store" in response["Cache-Control"]
    content: bytes = response.content
    return content


def test_the_console_gives_it_as_a_zip_that_can_be_read(ada: Person, administrator: User) -> None:
    client = browser_of(administrator)
    page = client.get(f"/admin/roles/person/{ada.pk}/change/").content.decode()
    assert f'action="/admin/people/{ada.pk}/held/"' in page
    response = client.post(f"/admin/people/{ada.pk}/held/")
    assert response["Content-Disposition"] == 'attachment; filename="held-e1.zip"'
    files = opened(content_of(response))
    assert "<h1>All that is held about Ada Ångström</h1>" in files["index.html"]
    tables = {name for name in files if name.startswith("tables/")}
    assert {name for name in tables if f'<a href="{name}">' in files["index.html"]} == tables
    assert json.loads(files["held.json"])["person"]["employee_id"] == "E1"
    rows = [*csv.DictReader(io.StringIO(files["tables/assessmentresult-by-person.csv"]))]
    assert [(row["person"], row["level"]) for row in rows] == [("E1", "3"), ("E1", "2")]


def test_no_text_in_it_is_a_formula(ada: Person, administrator: User) -> None:
    files = opened(content_of(browser_of(administrator).post(f"/admin/people/{ada.pk}/held/")))
    [row] = csv.DictReader(io.StringIO(files["tables/exemption-by-person.csv"]))
    assert row["reason"] == "'=Her mother was ill"


def test_who_it_is_about_has_it_from_their_own_page_without_what_is_about_others(ada: Person) -> None:
    client = browser_of(ada.user)
    assert 'action="/people/E1/held/"' in client.get("/people/E1/").content.decode()
    files = opened(content_of(client.post("/people/E1/held/")))
    assert json.loads(files["held.json"])["person"]["name"] == "Ada Ångström"
    assert not any("covers for him" in text for text in files.values())
    event = AuditEvent.objects.latest("number")
    assert (event.action, event.actor, event.surface) == ("person.exported", "ada", "page")


def test_nobody_else_is_offered_it_on_that_page(ada: Person, administrator: User) -> None:
    assert "/held/" not in browser_of(administrator).get("/people/E1/").content.decode()


def test_the_index_speaks_the_language_of_who_asks(ada: Person) -> None:
    client = browser_of(ada.user)
    client.cookies["django_language"] = "de"
    files = opened(content_of(client.post("/people/E1/held/")))
    assert '<html lang="de">' in files["index.html"]
    assert "<h1>All that is held" not in files["index.html"]


def test_the_command_writes_it_for_nobody_else_to_read(ada: Person, tmp_path: Path) -> None:
    said = io.StringIO()
    call_command("export_person", "E1", str(tmp_path), stdout=said)
    path = tmp_path / "held-e1.zip"
    assert said.getvalue().startswith(f"{path}: ")
    assert path.stat().st_mode & 0o777 == 0o600
    assert "held.json" in opened(path.read_bytes())


def test_the_command_says_what_it_cannot_do_and_leaves_what_is_there(ada: Person, tmp_path: Path) -> None:
    file = tmp_path / "there.zip"
    file.write_text("kept")
    for arguments in (["E1", str(file)], ["E1", str(tmp_path / "no" / "such.zip")], ["nobody", str(tmp_path)]):
        with pytest.raises(CommandError) as refused:
            call_command("export_person", *arguments)
        assert refused.value.returncode == 2
    assert file.read_text() == "kept"
