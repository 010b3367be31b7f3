"""The tool that kills jobs, tried on a small one: it tells a job that is all or nothing from one that is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection

from roles import jobs
from roles.models import AuditEvent, Job, JobState, Person, User
from roles.progress import report
from tests.contents import contents, differences
from tests.killing import assert_all_or_nothing, interrupt, kill, spread, steps_of
from tests.own_cluster import own_cluster
from tests.roles.conftest import AT

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 6


@pytest.fixture
def kinds() -> Iterator[None]:
    """Two kinds of work that add people: one as it should be, one that commits in the middle."""
    before = dict(jobs._work)

    @jobs.does("test.whole")
    def whole(job: Job) -> dict[str, Any]:
        for number in range(PEOPLE):
            Person.objects.create(employee_id=f"E{number}", name=str(number), joined_on=date(2024, 1, 1))
            report("People", number, PEOPLE)
        return {"people": PEOPLE}

    @jobs.does("test.half")
    def half(job: Job) -> dict[str, Any]:
        Person.objects.create(employee_id="E1", name="first", joined_on=date(2024, 1, 1))
        connection._commit()  # type: ignore[attr-defined]  # Django itself would not, inside a transaction
        Person.objects.create(employee_id="E2", name="second", joined_on=date(2024, 1, 1))
        return {}

    yield
    jobs._work.clear()
    jobs._work.update(before)


@pytest.fixture
def asked(kinds: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(jobs, "async_task", lambda *_: None)
    return ask


def ask(kind: str) -> Job:
    return jobs.ask(kind, by=User.objects.create(username=kind), at=AT)


def test_a_job_that_is_all_or_nothing_survives_being_killed_everywhere(asked: Any) -> None:
    job = asked("test.whole")

    assert_all_or_nothing(job.pk)

    job.refresh_from_db()
    assert (job.state, job.outcome) == (JobState.DONE, {"people": PEOPLE})
    assert Person.objects.count() == PEOPLE
    assert AuditEvent.objects.filter(action="person.added").count() == PEOPLE


def test_a_job_that_commits_in_the_middle_is_found_out(asked: Any) -> None:
    job = asked("test.half")
    before = contents()

    kill(job.pk, at=steps_of(job.pk) + 2)

    assert any(line.startswith("+ roles.Person") for line in differences(before, contents()))
    assert not Job.objects.get(pk=job.pk).finished


def test_a_run_that_ends_before_its_death_is_told(asked: Any) -> None:
    job = asked("test.whole")

    with pytest.raises(AssertionError, match="ended before step 100000"):
        kill(job.pk, at=100_000)


def test_contents_are_the_same_whatever_keys_rows_have(db: None) -> None:
    ada = {"employee_id": "E1", "name": "Ada", "joined_on": date(2024, 1, 1)}
    first = Person.objects.create(**ada)
    User.objects.create(username="ada", person=first)
    before = contents()["roles.Person"], contents()["roles.User"]
    User.objects.all().delete()
    first.delete()

    second = Person.objects.create(**ada)
    User.objects.create(username="ada", person=second)

    assert second.pk != first.pk
    assert (contents()["roles.Person"], contents()["roles.User"]) == before


def test_points_are_spread_from_the_first_step_to_the_last() -> None:
    assert spread(100, 20)[0] == 1
    assert spread(100, 20)[-1] == 100
    assert len(spread(100, 20)) == 20
    assert spread(3, 20) == [1, 2, 3]


def test_the_server_may_crash_under_a_job_which_is_done_once_it_is_back(asked: Any) -> None:
    with own_cluster() as cluster:
        job = ask("test.whole")
        before = contents()

        interrupt(job.pk, at=steps_of(job.pk) // 2, by=cluster.crash)
        cluster.start()

        assert contents() == before
        jobs.take_up_lost()
        assert Job.objects.get(pk=job.pk).state == JobState.DONE
        assert Person.objects.count() == PEOPLE
