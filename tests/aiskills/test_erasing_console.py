"""Erasing a person from the console: asked twice, done at once or by a worker, and refused with the reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assessments.services import erasing
from roles import jobs
from roles.models import AuditEvent, AuditHead, Job, JobState, Person, User
from tests.console.conftest import administrator, console, organisation
from tests.killing import NotKept

__all__ = ["administrator", "console", "organisation"]


@pytest.fixture
def chi(organisation: None) -> Person:
    """E3, who has left."""
    return Person.objects.get(employee_id="E3")


def address(person: Person) -> str:
    return f"/admin/people/{person.pk}/erase/"


def errors(response: Any) -> list[str]:
    assert response.status_code == 422
    return [words for words in response.context["form"].errors.values() for words in words]


def test_the_page_says_what_goes_and_what_stays(console: Client, chi: Person) -> None:
    person = Person.objects.get(employee_id="E1")
    User.objects.create(username="ada", person=person)
    assert address(person) in console.get(f"/admin/roles/person/{person.pk}/change/").content.decode()
    page = console.get(address(person)).content.decode()
    assert "The words of 2 results" in page
    assert "The account ada, its sessions and its 0 access tokens." in page
    assert "They still work here" in page
    assert "They still work here" not in console.get(address(chi)).content.decode()


def test_the_employee_id_is_typed_and_then_it_is_done(console: Client, chi: Person) -> None:
    assert errors(console.post(address(chi), {"employee_id": ""})) == ["Type the employee id."]
    assert errors(console.post(address(chi), {"employee_id": "E1"})) == ["This is not the employee id of this person."]
    assert Person.objects.get(pk=chi.pk).name == "Chi Đặng"
    done = console.post(address(chi), {"employee_id": "E3"}, follow=True)
    chi.refresh_from_db()
    assert chi.name.startswith("erased-")
    assert f"stands under {chi.employee_id}." in done.content.decode()
    assert "Erase this person" not in done.content.decode()
    event = AuditEvent.objects.latest("number")
    assert (event.action, event.actor, event.surface) == ("person.erased", "administrator", "console")


def test_who_still_works_here_is_erased_only_if_that_is_said(console: Client, chi: Person) -> None:
    person = Person.objects.get(employee_id="E1")
    [words] = errors(console.post(address(person), {"employee_id": "E1"}))
    assert words.startswith("E1 still works here.")
    assert console.post(address(person), {"employee_id": "E1", "still_here": "on"}).status_code == 302
    person.refresh_from_db()
    assert person.erased_at is not None


def test_nobody_erases_themselves(console: Client, administrator: User, chi: Person) -> None:
    User.objects.filter(pk=administrator.pk).update(person=chi)
    [words] = errors(console.post(address(chi), {"employee_id": "E3"}))
    assert words.startswith("Nobody erases themselves")


def test_where_the_trail_is_long_a_worker_does_it(
    console: Client, chi: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "ERASED_AT_ONCE", AuditHead.objects.get().number - 1)
    monkeypatch.setattr(jobs, "async_task", lambda *_: None)
    monkeypatch.setattr(jobs, "ProgressKept", NotKept)
    response = console.post(address(chi), {"employee_id": "E3"})
    job = Job.objects.get()
    assert response["Location"] == f"/admin/jobs/{job.pk}/"
    assert "E3" not in f"{job.arguments}"
    chi.refresh_from_db()
    assert chi.erased_at is None

    jobs.run(job.pk)
    chi.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, job.outcome) == (JobState.DONE, {"pseudonym": chi.employee_id})
    # Done by the same work once more, it says so.
    again = jobs.ask(erasing.ERASE, by=job.asked_by, at=job.asked_at, person=chi.pk, still_here=False)  # type: ignore[arg-type]
    jobs.run(again.pk)
    again.refresh_from_db()
    assert (again.state, again.reason) == (JobState.REFUSED, "They have been erased already.")
    assert AuditEvent.objects.filter(action="person.erased").count() == 1
