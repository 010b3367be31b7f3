"""Kills what does a job, in the middle of it: the process with SIGKILL, or the server of the database.

For tests with `django_db(transaction=True)`. The job runs in a fork of the test's own process, with connections of its
own; where it dies is told in the SQL statements that it has sent, so that a test can choose the points.

    job = ask("import.commit", by=..., at=..., upload=3)
    assert_all_or_nothing(job.pk)
"""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, NoReturn

from django.db import OperationalError, connection, connections, transaction

from roles import jobs
from roles.models import Job
from roles.progress_kept import forget
from tests.contents import Contents, contents, differences

#: How the connections of a fork are known to PostgreSQL.
NAME = "aiskills-fork"
SECONDS_TO_SETTLE = 10

Step = Callable[[int], None]


def assert_all_or_nothing(pk: int, *, points: int = 20) -> None:
    """Kill the job at so many points, spread over it, and right after it is committed; it must never be half done.

    Each time there is nothing of it in the database, and whoever takes it up again leaves what an undisturbed run does.
    The job is done when this returns. The test's own process commits only the last run.
    """
    before, expected = contents(), undisturbed(lambda: jobs.run(pk))
    assert expected != before, "The job changes nothing, so nothing could be half done."
    steps = steps_of(pk)
    for step in spread(steps, points):
        kill(pk, at=step)
        killed = f"after it was killed at step {step} of {steps}"
        _same(before, contents(), f"What was there {killed}")
        assert not Job.objects.get(pk=pk).finished
        _same(expected, undisturbed(jobs.take_up_lost), f"What the second run leaves {killed}")
    kill(pk, at=steps + 1)
    _same(expected, contents(), "What was committed")
    jobs.take_up_lost()
    _same(expected, contents(), "What is there after a run of what is done")


def _same(one: Contents, other: Contents, what: str) -> None:
    lines = differences(one, other)
    assert not lines, "\n".join([f"{what} is not the same:", *lines[:20]])


def spread(steps: int, points: int) -> list[int]:
    """So many steps, or all if there are fewer, from the first to the last and evenly between."""
    return sorted({1 + round(place * (steps - 1) / max(points - 1, 1)) for place in range(points)})


def steps_of(pk: int) -> int:
    """How many steps the job takes: its SQL statements, and as the last one to commit. What it does is rolled back."""

    def work() -> int:
        steps = 0

        def count(step: int) -> None:
            nonlocal steps
            steps = step

        def committing() -> NoReturn:
            # Else SQLite commits what is open when Django turns autocommit on again.
            connection.connection.rollback()
            raise _Counted(steps)

        try:
            with _watched(count, committing=committing):
                jobs.run(pk)
        except _Counted as counted:
            return int(counted.args[0])
        raise AssertionError("The job commits nothing.")

    return int(_in_a_fork(work))


class _Counted(BaseException):
    """Ends a run at its commit; no `except Exception` of the job takes it for a failure."""


def kill(pk: int, *, at: int) -> None:
    """Run the job in a process that is killed with SIGKILL when it begins that step.

    One step after the last (`steps_of`) is right after the commit. AssertionError if the job ends before.
    """
    assert killed_while(lambda: jobs.run(pk), at=at), f"The job ended before step {at}."
    forget(pk)  # Else it would count as one that ends whatever does it.


def killed_while(work: Callable[[], object], *, at: int) -> bool:
    """Do the work in a process that is killed with SIGKILL when it begins that step; False if it ends before."""

    def die(step: int) -> None:
        if step == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched() -> None:
        with _watched(die):
            work()

    try:
        _in_a_fork(watched)
    except Killed:
        return True
    return False


def undisturbed(work: Callable[[], object]) -> Contents:
    """What the database holds after the work, which is done in a fork and rolled back."""

    def done() -> Contents:
        # By a connection of its own it would wait for this transaction, which does not end.
        jobs.ProgressKept = NotKept  # type: ignore[attr-defined, assignment]  # it is imported there
        with transaction.atomic():
            work()
            held = contents()
            transaction.set_rollback(True)
        return held

    held: Contents = _in_a_fork(done)
    return held


class NotKept:
    """In place of the progress of a job, nothing."""

    def __init__(self, pk: int) -> None: ...

    def __enter__(self) -> NotKept:
        return self

    def __exit__(self, *_: object) -> None: ...

    def begun(self) -> int:
        return 1

    def report(self, what: str, done: int, total: int | None) -> None: ...


def interrupt(pk: int, *, at: int, by: Callable[[], object]) -> None:
    """Run the job in a process that waits at that step until `by` has been called here, and then goes on.

    Such as to stop the database server under it. AssertionError if the job ends before, or does not tell
    (by OperationalError) that the database went away.
    """
    arrived, arrive = os.pipe()
    goes_on, go_on = os.pipe()

    def wait(step: int) -> None:
        if step == at:
            os.write(arrive, b".")
            os.read(goes_on, 1)

    def work() -> bool:
        with _watched(wait):
            try:
                jobs.run(pk)
            except OperationalError:
                return True
        return False

    def meanwhile() -> None:
        os.close(arrive)
        assert os.read(arrived, 1), f"The job ended before step {at}."
        by()
        os.write(go_on, b".")

    try:
        assert _in_a_fork(work, meanwhile), "The job did not tell that the database went away."
    finally:
        for end in (arrived, goes_on, go_on):
            os.close(end)


class Killed(Exception):
    """The fork was killed before it was done."""


@contextmanager
def _watched(step: Step, *, committing: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Call `step` with 1, 2, 3 ... before each statement, and before and after each commit."""
    steps = 0

    def one() -> None:
        nonlocal steps
        steps += 1
        step(steps)

    def execute(execute: Any, *statement: Any) -> Any:
        one()
        return execute(*statement)

    def commit() -> None:
        one()
        committing()
        original()
        one()

    original = connection._commit  # type: ignore[attr-defined]  # not in the stubs
    connection._commit = commit  # type: ignore[attr-defined]
    with connection.execute_wrapper(execute):
        yield


def _in_a_fork(work: Callable[[], Any], meanwhile: Callable[[], None] = lambda: None) -> Any:
    """What the work gives, done in a fork; `meanwhile` is called here. Raises Killed, or what it raised as text."""
    _let_go()
    received, sent = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(received)
        _do_and_exit(work, sent)
    os.close(sent)
    try:
        meanwhile()
        with os.fdopen(received, "rb") as pipe:
            answer = pipe.read()
    finally:
        _, status = os.waitpid(child, 0)
        _settle()
    if os.WIFSIGNALED(status):
        raise Killed(os.WTERMSIG(status))
    problem, result = pickle.loads(answer)  # noqa: S301  (from our own fork)
    assert not problem, problem
    return result


def _do_and_exit(work: Callable[[], Any], sent: int) -> NoReturn:
    """In the fork: do the work, send what came of it, and leave without any of pytest's own goodbyes."""
    os.environ["PGAPPNAME"] = NAME
    try:
        answer = ("", work())
    except BaseException:  # noqa: BLE001 - it is told by the process that asked
        answer = (traceback.format_exc(), None)
    with os.fdopen(sent, "wb") as pipe:
        pickle.dump(answer, pipe)
    os._exit(0)


def _let_go() -> None:
    """Close every connection: none may be shared with a fork."""
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL has it


def _settle() -> None:
    """Wait until PostgreSQL has noticed that the fork is gone and has rolled back what it was doing."""
    if connection.vendor != "postgresql":
        return
    try:
        until = monotonic() + SECONDS_TO_SETTLE
        while _connections_of_forks():
            assert monotonic() < until, "PostgreSQL still holds a connection of a process that is gone."
            sleep(0.005)
    except OperationalError:  # It has been stopped.
        _let_go()


def _connections_of_forks() -> int:
    with connection.cursor() as cursor:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
        cursor.execute(query, [NAME])
        return int(cursor.fetchone()[0])
