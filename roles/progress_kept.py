"""How far a job has come, written down where others can read it while its own transaction is still open."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import Any

from django.db import connection
from django.utils.timezone import now

from .models import Job, JobState

SECONDS_BETWEEN = 0.5


class ProgressKept:
    """Writes the progress of one job by a connection of its own, at most twice a second.

    On SQLite nobody else can write while the job does, so there a job is shown as waiting until it is done.
    """

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self.thread = ThreadPoolExecutor(1) if connection.vendor == "postgresql" else None
        self.pending: Future[None] | None = None
        self.last = 0.0

    def __enter__(self) -> ProgressKept:
        return self

    def __exit__(self, *_: object) -> None:
        if self.thread is not None:
            self.thread.submit(connection_closed)
            self.thread.shutdown()

    def begun(self) -> None:
        """Write that it is being done."""
        self._write(state=JobState.RUNNING, started_at=now(), doing="", done=0, total=None)

    def report(self, what: str, done: int, total: int | None) -> None:
        """Write how far it has come, unless that was written a moment ago."""
        if monotonic() - self.last < SECONDS_BETWEEN or (self.pending is not None and not self.pending.done()):
            return
        self.last = monotonic()
        self._write(doing=what[:100], done=done, total=total)

    def _write(self, **values: Any) -> None:
        if self.thread is not None:
            self.pending = self.thread.submit(_update, self.pk, values)


def _update(pk: int, values: dict[str, Any]) -> None:
    Job.objects.filter(pk=pk).exclude(state__in=Job.FINISHED).update(**values)


def connection_closed() -> None:
    """Give back the thread's own connection."""
    connection.close()
