"""Who stands in for a manager sees and does what they do, on those days and no longer; an auditor writes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.html import strip_tags
from django.utils.timezone import localdate, now
from rest_framework.test import APIClient

from assessments.models import AssessmentResult
from roles.models import AuditEvent, Deputy, Person, TeamManager, User
from roles.services import InTheWay
from roles.services.access import end_deputy, name_deputy
from roles.tokens import make_token, scopes_for

from .pages import without_token

#: From which day until which, counted from today, and whether it holds today.
DAYS = [
    pytest.param(-30, 30, True, id="in the middle"),
    pytest.param(0, 1, True, id="today alone"),
    pytest.param(-1, 0, False, id="until today"),
    pytest.param(1, 30, False, id="from tomorrow"),
    pytest.param(0, 0, False, id="voided"),
]


@pytest.fixture
def deputy(people: dict[str, User]) -> User:
    """F1, who manages nothing and is in OPS."""
    return User.objects.create(username="deputy", person=Person.objects.get(employee_id="F1"))


def stands_in(begins: int, ends: int, *, for_: str = "M1", who: str = "F1") -> Deputy:
    """A row of these days, as it may stand in the database."""
    today = localdate()
    return Deputy.objects.create(
        manager=Person.objects.get(employee_id=for_),
        person=Person.objects.get(employee_id=who),
        from_on=today + timedelta(days=begins),
        until_on=today + timedelta(days=ends),
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


@pytest.mark.parametrize(("begins", "ends", "holds"), DAYS)
def test_a_deputy_sees_the_teams_on_these_days_on_every_surface(
    deputy: User, begins: int, ends: int, holds: bool
) -> None:
    stands_in(begins, ends)
    client, expected = signed_in(deputy), 200 if holds else 404
    for address in (
        "/teams/SEC/",
        "/teams/RED/",
        "/teams/SEC/heatmap/",
        "/teams/SEC/record/",
        "/people/S1/",
        "/people/S1/competencies/C-1/",
        "/api/v1/teams/SEC/",
        "/api/v1/teams/SEC/gaps/",
        "/api/v1/people/S1/standings/",
    ):
        assert client.get(address).status_code == expected, address
    for address in ("/teams/ORG/", "/teams/IDLE/", "/people/I1/", "/api/v1/teams/ORG/gaps/"):
        assert client.get(address).status_code == 404, address
    exported = b"".join(client.get("/api/v1/exports/results/?format=csv").streaming_content)  # type: ignore[attr-defined]
    assert (b"S1" in exported) == holds
    assert b"F1" in exported


@pytest.mark.parametrize(("begins", "ends", "holds"), DAYS)
def test_a_deputy_records_and_withdraws_on_these_days(deputy: User, begins: int, ends: int, holds: bool) -> None:
    stands_in(begins, ends)
    api = APIClient()
    api.force_authenticate(User.objects.get(pk=deputy.pk))
    sent = {"employee_id": "S1", "competency": "C-1", "level": 2, "method": "exam", "assessed_on": "2025-01-01"}
    assert api.post("/api/v1/results/", sent).status_code == (201 if holds else 403)
    withdrawn = AssessmentResult.objects.get(result_id="R1")
    answer = signed_in(deputy).post(f"/results/{withdrawn.pk}/withdraw/", {"reason": "A mistake"})
    assert answer.status_code == (302 if holds else 404)
    withdrawn.refresh_from_db()
    assert (withdrawn.withdrawn_at is not None) == holds


def test_a_token_of_a_deputy_ends_with_the_days_and_not_with_its_own(deputy: User) -> None:
    row = stands_in(-1, 30)
    user, later = User.objects.get(pk=deputy.pk), localdate() + timedelta(days=300)
    assert scopes_for(user) == ["read", "write_results"]
    _, token = make_token(owner=user, name="BI", scopes=["read", "write_results"], expires_on=later, at=now())
    program = Client(headers={"Authorization": f"Token {token}"})
    assert program.get("/api/v1/teams/SEC/").status_code == 200

    end_deputy(deputy=row, until_on=localdate())

    assert program.get("/api/v1/teams/SEC/").status_code == 404
    assert program.get("/api/v1/teams/").json()["results"] == []


def test_it_ends_by_itself_for_who_is_signed_in(deputy: User, monkeypatch: pytest.MonkeyPatch) -> None:
    row = stands_in(-1, 2)
    client = signed_in(deputy)
    assert client.get("/teams/SEC/").status_code == 200
    for day, status in ((row.until_on - timedelta(days=1), 200), (row.until_on, 404)):
        monkeypatch.setattr("roles.models.people.localdate", lambda day=day: day)
        assert client.get("/teams/SEC/").status_code == status, day


def test_a_deputy_of_a_deputy_sees_nothing_by_it(deputy: User, people: dict[str, User]) -> None:
    stands_in(-1, 30)
    stands_in(-1, 30, for_="F1", who="S1")
    assert User.objects.get(username="staff").managed_teams == []


def test_who_stands_in_sees_what_the_manager_manages_now(deputy: User) -> None:
    stands_in(-1, 30)
    TeamManager.objects.get().delete()
    assert signed_in(deputy).get("/teams/SEC/").status_code == 404


def test_home_tells_both_of_them(deputy: User, people: dict[str, User]) -> None:
    stands_in(-1, 30)
    theirs = without_tags(signed_in(deputy).get("/"))
    assert "You stand in for Name of M1 until" in theirs
    assert "Security" in theirs
    assert "Name of F1 stands in for you from" in without_tags(signed_in(people["manager"]).get("/"))
    for somebody in ("staff", "auditor"):
        assert signed_in(people[somebody]).get("/").context["stands_in"] == []


def without_tags(response: Any) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def test_home_says_nothing_of_days_that_are_over(deputy: User, people: dict[str, User]) -> None:
    stands_in(-30, 0)
    assert "stand in for" not in without_tags(signed_in(deputy).get("/"))
    assert "stands in for" not in without_tags(signed_in(people["manager"]).get("/"))


@pytest.fixture
def two(people: dict[str, User]) -> tuple[Person, Person]:
    return Person.objects.get(employee_id="M1"), Person.objects.get(employee_id="F1")


def test_a_deputy_is_named_moved_and_voided_each_as_one_event(two: tuple[Person, Person]) -> None:
    manager, person = two
    number = AuditEvent.objects.count()
    row = name_deputy(manager=manager, person=person, from_on=date(2026, 1, 1), until_on=date(2026, 2, 1))
    end_deputy(deputy=row, until_on=date(2026, 3, 1))
    end_deputy(deputy=row, until_on=date(2026, 1, 1))
    again = name_deputy(manager=manager, person=person, from_on=date(2026, 1, 1), until_on=date(2026, 1, 5))

    assert again.pk == row.pk
    told = [*AuditEvent.objects.filter(number__gt=number).order_by("number").values_list("action", "subject")]
    assert told == [
        ("deputy.named", "M1 F1 2026-01-01"),
        ("deputy.changed", "M1 F1 2026-01-01"),
        ("deputy.changed", "M1 F1 2026-01-01"),
        ("deputy.named", "M1 F1 2026-01-01"),
    ]


@pytest.mark.parametrize(
    ("begins", "ends", "field", "said"),
    [
        pytest.param(date(2026, 1, 2), date(2026, 1, 1), "until_on", "is before", id="backwards"),
        pytest.param(date(2026, 1, 1), date(2026, 1, 1), "until_on", "no longer holds", id="on no day"),
    ],
)
def test_days_that_do_not_go_are_said(
    two: tuple[Person, Person], begins: date, ends: date, field: str, said: str
) -> None:
    with pytest.raises(ValidationError) as problem:
        name_deputy(manager=two[0], person=two[1], from_on=begins, until_on=ends)
    assert said in problem.value.message_dict[field][0]
    assert not Deputy.objects.exists()


def test_nobody_stands_in_for_themselves(two: tuple[Person, Person]) -> None:
    with pytest.raises(ValidationError, match="Nobody stands in for themselves"):
        name_deputy(manager=two[0], person=two[0], from_on=date(2026, 1, 1), until_on=date(2026, 2, 1))


def test_the_same_two_are_not_named_twice_for_a_day(two: tuple[Person, Person]) -> None:
    name_deputy(manager=two[0], person=two[1], from_on=date(2026, 1, 1), until_on=date(2026, 2, 1))
    with pytest.raises(InTheWay, match="F1 stands in for M1 from 2026-01-01 until 2026-02-01 already"):
        name_deputy(manager=two[0], person=two[1], from_on=date(2026, 1, 31), until_on=date(2026, 3, 1))
    after = name_deputy(manager=two[0], person=two[1], from_on=date(2026, 2, 1), until_on=date(2026, 3, 1))
    with pytest.raises(InTheWay, match="already"):
        end_deputy(deputy=Deputy.objects.exclude(pk=after.pk).get(), until_on=date(2026, 2, 2))


@pytest.fixture
def auditing_manager(people: dict[str, User]) -> User:
    """The manager, who is an auditor as well."""
    manager = people["manager"]
    manager.is_auditor = True
    manager.save(update_fields=["is_auditor"])
    return User.objects.get(pk=manager.pk)


def test_an_auditor_who_manages_a_team_reads_everything_and_writes_nothing(auditing_manager: User) -> None:
    client, api = signed_in(auditing_manager), APIClient()
    api.force_authenticate(auditing_manager)
    before = AssessmentResult.objects.count()
    result = AssessmentResult.objects.get(result_id="R1")

    assert client.get("/teams/OPS/").status_code == 200
    assert client.get("/teams/SEC/record/").status_code == 403
    assert client.post("/teams/SEC/record/", {}).status_code == 403
    assert client.post(f"/results/{result.pk}/withdraw/", {"reason": "A mistake"}).status_code == 403
    sent = {"employee_id": "S1", "competency": "C-1", "level": 2, "method": "exam", "assessed_on": "2025-01-01"}
    assert api.post("/api/v1/results/", sent).status_code == 403
    assert api.post(f"/api/v1/results/{result.result_id}/withdraw/", {"reason": "A mistake"}).status_code == 403
    assert scopes_for(auditing_manager) == ["read"]
    assert AssessmentResult.objects.count() == before
    assert AssessmentResult.objects.get(pk=result.pk).withdrawn_at is None


def test_an_auditor_who_manages_a_team_is_led_to_nothing_that_writes(auditing_manager: User) -> None:
    page = without_token(signed_in(auditing_manager).get("/teams/SEC/").content).decode()
    assert "/record/" not in page


def test_a_token_made_before_somebody_became_an_auditor_writes_nothing(people: dict[str, User]) -> None:
    manager, later = people["manager"], localdate() + timedelta(days=30)
    _, token = make_token(owner=manager, name="old", scopes=["read", "write_results"], expires_on=later, at=now())
    User.objects.filter(pk=manager.pk).update(is_auditor=True)
    program = APIClient(headers={"Authorization": f"Token {token}"})
    sent = {"employee_id": "S1", "competency": "C-1", "level": 2, "method": "exam", "assessed_on": "2025-01-01"}
    assert program.post("/api/v1/results/", sent).status_code == 403
