"""How far a job has come, written down where others can read it while its own transaction is still open."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.timezone import now

from . import beside
from .models import Job, JobState

SECONDS_BETWEEN = 0.5


class ProgressKept:
    """Writes the progress of one job, at most twice a second; `shown` reads it.

    On PostgreSQL it goes into the job's row, by a connection of its own; on SQLite, where nobody else can write while
    the job does, into a file beside the database.
    """

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self.thread = ThreadPoolExecutor(1) if connection.vendor == "postgresql" else None
        self.pending: Future[Any] | None = None
        self.values: dict[str, Any] = {}
        self.last = 0.0

    def __enter__(self) -> ProgressKept:
        return self

    def __exit__(self, *_: object) -> None:
        if self.thread is not None:
            self.thread.submit(connection_closed)
            self.thread.shutdown()

    def begun(self) -> int:
        """Write that it is being done; how many times it has been begun, with this one."""
        values = {"state": JobState.RUNNING, "started_at": now(), "doing": "", "done": 0, "total": None}
        if self.thread is not None:
            return self.thread.submit(_begun, self.pk, values).result()
        attempts = int((beside.kept(_name(self.pk)) or {}).get("attempts", 0)) + 1
        self._write(**values, attempts=attempts)
        return attempts

    def report(self, what: str, done: int, total: int | None) -> None:
        """Write how far it has come, unless that was written a moment ago."""
        if monotonic() - self.last < SECONDS_BETWEEN or (self.pending is not None and not self.pending.done()):
            return
        self.last = monotonic()
        self._write(doing=what[:100], done=done, total=total)

    def _write(self, **values: Any) -> None:
        if self.thread is not None:
            self.pending = self.thread.submit(_update, self.pk, values)
        else:
            self.values |= values
            started = self.values["started_at"]
            beside.keep(_name(self.pk), {**self.values, "started_at": started.isoformat()})


def shown(job: Job) -> Job:
    """The job with its progress as it is now, wherever that is kept."""
    found = None if job.finished else beside.kept(_name(job.pk))
    if found is not None:
        job.state, job.doing, job.done, job.total = found["state"], found["doing"], found["done"], found["total"]
        job.started_at, job.attempts = datetime.fromisoformat(found["started_at"]), found["attempts"]
    return job


def over(pk: int) -> None:
    """Throw away what is kept outside the job's row: it is finished."""
    beside.forget(_name(pk))


def forget(pk: int) -> None:
    """Forget how often the job was begun, and how far it came then."""
    over(pk)
    Job.objects.filter(pk=pk).exclude(state__in=Job.FINISHED).update(
        state=JobState.WAITING, attempts=0, started_at=None, doing="", done=0, total=None
    )


def _name(pk: int) -> str:
    return f"job-{pk}"


def _begun(pk: int, values: dict[str, Any]) -> int:
    _update(pk, {**values, "attempts": F("attempts") + 1})
    return Job.objects.values_list("attempts", flat=True).get(pk=pk)


def _update(pk: int, values: dict[str, Any]) -> None:
    Job.objects.filter(pk=pk).exclude(state__in=Job.FINISHED).update(**values)


def connection_closed() -> None:
    """Give back the thread's own connection."""
    connection.close()
