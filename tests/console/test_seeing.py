"""Seeing the pages as somebody else: as they see them, read-only, for an hour, and in the audit trail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from aiskills import seeing as middleware
from assessments.models import AssessmentResult
from roles import housekeeping
from roles.models import ApiToken, AuditEvent, Person, User
from roles.services.access import deactivate_user, reactivate_user
from tests.organisation import everything

from .sending import events, events_after


@pytest.fixture
def manager(organisation: None) -> User:
    """E2, who manages RED."""
    return User.objects.create(username="manager", person=Person.objects.get(employee_id="E2"))


@pytest.fixture
def seeing(console: Client, manager: User) -> Client:
    """The administrator's browser, in which they see the pages as the manager."""
    begins(console, manager)
    return console


def begins(client: Client, user: User) -> Any:
    return client.post(reverse("admin:user_see_as", args=[user.pk]), {"reason": "Ticket 17"})


def name_on(client: Client, address: str = "/") -> str:
    """Who the page says that the reader is."""
    user: User = client.get(address).context["user"]
    return user.username


def later(monkeypatch: pytest.MonkeyPatch, **much: int) -> None:
    at = timezone.now() + timedelta(**much)
    monkeypatch.setattr(middleware, "now", lambda: at)


def test_the_pages_are_those_of_who_is_seen_and_each_says_so(seeing: Client) -> None:
    home = seeing.get("/").content.decode()
    assert "You see the pages as <b>manager</b> does, read-only, until" in home
    assert name_on(seeing) == "manager"
    assert seeing.get("/teams/RED/").status_code == 200
    assert seeing.get("/teams/BLUE/").status_code == 404
    assert [team["code"] for team in seeing.get("/api/v1/teams/").json()["results"]] == ["RED"]
    assert 'action="/see-as/stop/"' in seeing.get("/teams/BLUE/").content.decode()


def test_it_begins_and_ends_in_the_audit_trail_with_the_administrator_as_actor(console: Client, manager: User) -> None:
    number = events()
    begins(console, manager)
    console.get("/")
    console.post("/see-as/stop/")

    begun, ended = AuditEvent.objects.filter(number__gt=number).order_by("number")
    assert (begun.action, begun.actor, begun.subject, begun.surface) == (
        "see_as.begun",
        "administrator",
        "manager",
        "console",
    )
    assert begun.after is not None
    assert begun.after["reason"] == "Ticket 17"
    until = datetime.fromisoformat(begun.after["until"])
    assert timedelta(minutes=59) < until - timezone.now() <= timedelta(hours=1)
    assert (ended.action, ended.actor, ended.subject, ended.after) == (
        "see_as.ended",
        "administrator",
        "manager",
        {"why": "stopped"},
    )
    assert name_on(console) == "administrator"


def test_a_reason_is_asked_for(console: Client, manager: User) -> None:
    answer = console.post(reverse("admin:user_see_as", args=[manager.pk]), {"reason": " "})
    assert answer.status_code == 422
    assert name_on(console) == "administrator"


def test_nothing_is_written_by_whatever_is_sent(seeing: Client) -> None:
    result = AssessmentResult.objects.get(result_id="R3")
    before = everything()
    for address in (
        "/teams/RED/record/",
        f"/results/{result.pk}/withdraw/",
        "/tokens/",
        "/language/",
        "/accounts/password/change/",
        "/admin/roles/user/add/",
        "/admin/jobs/1/",
        "/nowhere/",
    ):
        assert seeing.post(address, {"reason": "x"}).status_code == 403, address
    for how in ("post", "put", "patch", "delete"):
        answer = getattr(seeing, how)("/api/v1/results/", "{}", content_type="application/json")
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json"), how
        assert answer.json()["type"] == "urn:aiskills:problem:forbidden"
    assert everything() == before


@pytest.mark.parametrize("address", ["/admin/", "/admin/roles/user/", "/tokens/", "/accounts/password/change/"])
def test_what_is_ones_own_alone_is_not_shown(seeing: Client, address: str) -> None:
    answer = seeing.get(address)
    assert answer.status_code == 403
    assert 'action="/see-as/stop/"' in answer.content.decode()


def test_the_console_is_not_shown_even_of_an_auditor(console: Client) -> None:
    begins(console, User.objects.create(username="auditor", is_auditor=True))
    assert name_on(console) == "auditor"
    assert console.get("/admin/").status_code == 403
    assert 'href="/admin/"' not in console.get("/").content.decode()


@pytest.mark.parametrize(
    "rights",
    [
        pytest.param({"is_superuser": True}, id="another administrator"),
        pytest.param({"is_active": False}, id="somebody who is deactivated"),
    ],
)
def test_nobody_is_seen_who_administers_or_is_deactivated(console: Client, rights: dict[str, bool]) -> None:
    number = events()
    user = User.objects.create(username="other", **rights)
    answer = begins(console, user)
    assert answer.status_code == 422
    assert name_on(console) == "administrator"
    assert "see_as.begun" not in events_after(number)


def test_an_auditor_sees_nobodys_pages(auditors: Client, manager: User) -> None:
    assert begins(auditors, manager).status_code == 403
    assert name_on(auditors) == "auditor"


def test_it_is_over_after_an_hour(seeing: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, minutes=59)
    assert name_on(seeing) == "manager"
    number = events()

    later(monkeypatch, minutes=60)

    assert name_on(seeing) == "administrator"
    assert events_after(number) == ["see_as.ended"]
    assert AuditEvent.objects.latest("number").after == {"why": "its time was over"}


def test_of_who_never_came_back_the_trail_says_too_when_it_was_over(seeing: Client) -> None:
    begun = timezone.now()
    number = events()

    housekeeping.seeing_that_is_over(begun + timedelta(minutes=59))
    assert events_after(number) == []
    assert name_on(seeing) == "manager"

    housekeeping.seeing_that_is_over(begun + timedelta(minutes=61))
    [ended] = AuditEvent.objects.filter(number__gt=number)
    assert (ended.action, ended.actor, ended.subject) == ("see_as.ended", "administrator", "manager")
    assert ended.after == {"why": "its time was over"}
    assert name_on(seeing) == "administrator"

    housekeeping.seeing_that_is_over(begun + timedelta(minutes=62))
    assert len(events_after(number)) == 1


def test_it_is_said_before_the_session_is_thrown_away(seeing: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "now", lambda: timezone.now() + timedelta(days=2))
    housekeeping.keep_house()
    assert not Session.objects.exists()
    assert AuditEvent.objects.latest("number").action == "see_as.ended"


@pytest.mark.parametrize("address", ["/teams/RED/record/", "/admin/roles/user/", "/tokens/"])
def test_what_is_refused_says_why_and_what_to_do(seeing: Client, address: str) -> None:
    said = seeing.post(address).content.decode()
    assert "While you see the pages as somebody else, you read" in said
    assert "Stop first, with the button above." in said


def test_rest_says_so_in_its_own_way(seeing: Client) -> None:
    problem = seeing.post("/api/v1/results/", "[]", content_type="application/json").json()
    assert problem["detail"] == "While you see the pages as somebody else you can only read."


def test_signing_out_ends_it_and_the_next_sign_in_begins_without_it(seeing: Client, administrator: User) -> None:
    number = events()
    seeing.post("/accounts/logout/")
    assert seeing.get("/").status_code == 302
    assert AuditEvent.objects.filter(number__gt=number, action="see_as.ended").get().after == {"why": "signed out"}
    seeing.force_login(administrator)
    assert name_on(seeing) == "administrator"


def test_it_is_over_when_who_is_seen_is_deactivated_and_stays_so(seeing: Client, manager: User) -> None:
    by = User.objects.create(username="second", is_superuser=True)
    deactivate_user(user=manager, by=by)
    reactivate_user(user=manager)
    assert name_on(seeing) == "administrator"
    assert AuditEvent.objects.latest("number").after == {"why": "the account was deactivated"}


def test_it_is_over_when_who_is_seen_becomes_an_administrator(seeing: Client, manager: User) -> None:
    User.objects.filter(pk=manager.pk).update(is_superuser=True)
    assert name_on(seeing) == "administrator"


def test_it_is_over_when_the_administrator_is_deactivated(seeing: Client, administrator: User) -> None:
    by = User.objects.create(username="second", is_superuser=True)
    deactivate_user(user=administrator, by=by)
    assert seeing.get("/").status_code == 302
    ended = AuditEvent.objects.get(action="see_as.ended")
    assert (ended.actor, ended.subject) == ("administrator", "manager")
    reactivate_user(user=administrator)
    assert seeing.get("/").status_code == 302


def test_it_is_over_when_the_administrator_is_one_no_more(seeing: Client, administrator: User) -> None:
    User.objects.filter(pk=administrator.pk).update(is_superuser=False)
    assert name_on(seeing) == "administrator"
    assert seeing.get("/teams/RED/").status_code == 404


def test_a_token_of_a_program_is_its_owners_whoever_is_seen(seeing: Client, manager: User) -> None:
    _, text = ApiToken.objects.create(User.objects.create(username="auditor", is_auditor=True), name="BI")
    there = seeing.get("/api/v1/teams/", headers={"Authorization": f"Token {text}"}).json()["results"]
    assert len(there) == 3


def test_stopping_where_nobody_is_seen_leads_home(console: Client) -> None:
    assert console.post("/see-as/stop/").headers["Location"] == "/"
    assert console.get("/see-as/stop/").status_code == 405


def test_who_is_seen_is_not_disturbed(seeing: Client, manager: User) -> None:
    theirs = Client()
    theirs.force_login(manager)
    manager.refresh_from_db()
    before = manager.last_login
    assert name_on(seeing) == "manager"
    assert theirs.get("/").status_code == 200
    assert "You see the pages as" not in theirs.get("/").content.decode()
    manager.refresh_from_db()
    assert manager.last_login == before
    assert seeing.cookies[settings.SESSION_COOKIE_NAME].value != theirs.cookies[settings.SESSION_COOKIE_NAME].value
