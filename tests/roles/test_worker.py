"""The worker as it runs: a job is done, and done once, also when what does it is killed in the middle."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from shutil import rmtree
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.utils.timezone import now

from roles import beside, heartbeat, housekeeping, jobs
from roles.models import AuditEvent, Job, JobState, Person, User, Worker
from roles.progress import report
from roles.progress_kept import ProgressKept, forget, shown
from roles.working import Cluster, Working
from tests.roles.conftest import AT

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS_AT_MOST = 30
STEPS = 5


@pytest.fixture(autouse=True)
def nobody_there() -> None:
    """What a test that kills has left beside the database is gone."""
    place = beside.folder()
    if place is not None:
        rmtree(place, ignore_errors=True)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """A kind of work that adds people, tells the number of its process, and waits in the middle for the gate to open.

    Once it is open, whoever comes later passes.
    """
    before, opened = dict(jobs._work), tmp_path / "open"

    @jobs.does("test.waits")
    def waits(job: Job) -> dict[str, Any]:
        for number in range(STEPS):
            Person.objects.create(employee_id=f"E{number}", name=str(number), joined_on=date(2024, 1, 1))
            report("Adding people", number + 1, STEPS)
            if number == 0:
                (tmp_path / "process").write_text(str(os.getpid()))
                comes(opened.exists)
        return {"people": STEPS}

    yield tmp_path
    jobs._work.clear()
    jobs._work.update(before)


def comes(true: Callable[[], object]) -> None:
    """Wait until it is true, and fail if it never is."""
    until = monotonic() + SECONDS_AT_MOST
    while not true():
        assert monotonic() < until, "It never came."
        sleep(0.05)


@contextmanager
def worker() -> Iterator[int]:
    """A worker in a process of its own, against the test's database; its number."""
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL has it
    process = os.fork()
    if process == 0:
        try:
            Working(say=lambda _: None, grace=2).run()
        finally:
            os._exit(0)
    try:
        yield process
    finally:
        os.kill(process, signal.SIGTERM)
        os.waitpid(process, 0)


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def asked() -> Job:
    return jobs.ask("test.waits", by=User.objects.create(username="ada"), at=AT)


def process_at_work(gate: Path) -> int:
    """The number of the process that waits at the gate."""
    comes((gate / "process").exists)
    comes((gate / "process").read_text)
    return int((gate / "process").read_text())


def as_shown(job: Job) -> tuple[object, ...]:
    job.refresh_from_db()
    return shown(job).state, job.doing, job.done, job.total


def done(job: Job) -> bool:
    job.refresh_from_db()
    return job.finished


def assert_done_once(job: Job) -> None:
    comes(lambda: done(job))
    assert (job.state, job.outcome) == (JobState.DONE, {"people": STEPS})
    assert Person.objects.count() == STEPS
    assert AuditEvent.objects.filter(action="person.added").count() == STEPS


def test_a_job_is_done_though_the_process_that_does_it_is_killed_in_the_middle(gate: Path) -> None:
    job = asked()
    with worker():
        first = process_at_work(gate)
        comes(lambda: as_shown(job) == (JobState.RUNNING, "Adding people", 1, STEPS))
        (gate / "process").unlink()

        os.kill(first, signal.SIGKILL)

        second = process_at_work(gate)
        (gate / "open").touch()
        assert_done_once(job)
        assert second != first


def test_a_job_is_done_by_another_worker_if_the_first_is_gone_with_all_its_processes(gate: Path) -> None:
    job = asked()
    with worker() as process:
        at_work = process_at_work(gate)
        os.kill(process, signal.SIGKILL)
        comes(lambda: is_gone(at_work))
    assert not done(job)
    assert not Person.objects.exists()

    (gate / "open").touch()
    with worker():
        assert_done_once(job)


def test_a_worker_that_is_told_to_stop_leaves_what_it_cannot_finish_to_the_next(gate: Path) -> None:
    job = asked()
    with worker():
        process_at_work(gate)
        assert heartbeat.worker_is_there(at=now())
    assert not heartbeat.worker_is_there(at=now())
    assert not Person.objects.exists()

    (gate / "open").touch()
    with worker():
        assert_done_once(job)


def test_a_cluster_whose_guard_was_killed_comes_to_its_end() -> None:
    """The guard waits to be told to stop, and who tells it would wait for it to hear that."""
    cluster = Cluster()
    # How many wait for an event is told in words alone.
    comes(lambda: repr(vars(cluster.stop_event)["_cond"]).endswith(", 1)>"))
    cluster.guard.kill()
    cluster.guard.join()
    assert not cluster.runs

    ending = Thread(target=cluster.end, kwargs={"grace": 0}, daemon=True)
    ending.start()
    ending.join(SECONDS_AT_MOST)
    assert not ending.is_alive()


def test_a_job_that_ends_its_worker_again_and_again_is_given_up(gate: Path, caplog: pytest.LogCaptureFixture) -> None:
    job = asked()
    for _ in range(jobs.MOST_ATTEMPTS):
        with ProgressKept(job.pk) as kept:
            kept.begun()

    jobs.run(job.pk)

    assert done(job)
    assert (job.state, job.reason) == (JobState.FAILED, "It was begun several times and never came to its end.")
    assert f"Job {job.pk} failed" in caplog.text
    assert not Person.objects.exists()


def test_progress_that_is_forgotten_leaves_the_job_waiting(gate: Path) -> None:
    job = asked()
    with ProgressKept(job.pk) as kept:
        assert kept.begun() == 1
        assert kept.begun() == 2
    job.refresh_from_db()
    assert shown(job).attempts == 2

    forget(job.pk)

    job.refresh_from_db()
    assert (shown(job).state, job.attempts) == (JobState.WAITING, 0)


def test_a_job_that_somebody_is_at_is_left_to_them(gate: Path) -> None:
    job = asked()
    (gate / "open").touch()
    with beside.alone(f"job-{job.pk}") as alone:
        assert alone
        jobs.run(job.pk)
        # On PostgreSQL nothing is kept beside the database, and the lock is in it (tests/roles/test_jobs.py).
        assert done(job) == (connection.vendor == "postgresql")


def test_a_worker_that_says_nothing_for_two_minutes_is_taken_to_be_gone() -> None:
    assert not heartbeat.worker_is_there(at=AT)
    heartbeat.beat("one", at=AT)
    heartbeat.beat("two", at=AT - timedelta(days=3))

    assert heartbeat.worker_is_there(at=AT + timedelta(seconds=119))
    assert not heartbeat.worker_is_there(at=AT + timedelta(minutes=2))

    heartbeat.leave("one")
    assert heartbeat.last_seen() == AT - timedelta(days=3)
    heartbeat.leave("two")
    assert heartbeat.last_seen() is None


def test_the_house_is_kept_even_if_one_chore_fails(caplog: pytest.LogCaptureFixture) -> None:
    at = now()
    for name, ago in {"old": 91, "new": 89}.items():
        Job.objects.create(kind=name, surface="page", asked_at=at, state="done", finished_at=at - timedelta(days=ago))
    Session.objects.create(session_key="over", session_data="", expire_date=at - timedelta(seconds=1))
    Session.objects.create(session_key="on", session_data="", expire_date=at + timedelta(days=1))
    heartbeat.beat("gone", at=at - timedelta(days=2))
    housekeeping._chores.insert(0, breaks)
    try:
        housekeeping.keep_house()
    finally:
        housekeeping._chores.remove(breaks)

    assert [job.kind for job in Job.objects.all()] == ["new"]
    assert [session.session_key for session in Session.objects.all()] == ["on"]
    assert heartbeat.last_seen() is None
    assert not Worker.objects.exists()
    assert "The chore breaks failed." in caplog.text


def breaks(at: object) -> None:
    raise RuntimeError
