"""The process that does jobs: it keeps a cluster of django-q2 running and has it take up what nobody is at.

django-q2's own guard goes on with the same queues after a process of the cluster was killed. If that one held the
queue's lock, as an idle worker always does, nobody would ever get anything again; so here the whole cluster is begun
anew. Jobs are all or nothing, and so nothing is lost by it.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import uuid
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

from django.db import DatabaseError, connection, connections
from django.utils.timezone import now
from django_q import cluster
from django_q.tasks import async_task

from . import heartbeat
from .housekeeping import do_frequent, keep_house
from .jobs import take_up_lost
from .models import Job

logger = logging.getLogger(__name__)

#: In seconds: how often it says that it is alive, looks for what nobody is at, has the house kept, and does a little.
BEAT, TAKE_UP, HOUSE, FREQUENT = 10, 60, 3600, 1
#: After so many seconds without a sign of the guard, the cluster is begun anew.
GUARD_SILENT = 180
#: Between a cluster that has ended and the next one, so that one that cannot begin does not begin all the time.
PAUSE = 1

UNFINISHED = "if it was at a job, the next worker begins that again."

_context = multiprocessing.get_context("fork")


def end_with_parent() -> None:
    """Have this process end within a second after the one that it comes from."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            sleep(1)
        os.kill(os.getpid(), signal.SIGKILL)

    Thread(target=watch, daemon=True).start()


class Guard(cluster.Sentinel):  # type: ignore[misc]  # django-q2 has no annotations
    """django-q2's guard of a cluster, which ends with the worker and, where a process was killed, with all of them."""

    def __init__(self, alive: Any, *args: Any) -> None:
        self.alive = alive
        end_with_parent()
        os.register_at_fork(before=partial(_let_go_in, os.getpid()), after_in_child=end_with_parent)
        super().__init__(*args)

    def status(self) -> str:
        self.alive.value = monotonic()  # Every round of the guard asks for it.
        return str(super().status())

    def reincarnate(self, process: Any) -> None:
        if (process.exitcode or 0) < 0:
            logger.warning("A process of the worker was killed; all of them begin anew.")
            for one in (*self.pool, self.monitor, self.pusher):
                one.kill()
            os._exit(1)
        super().reincarnate(process)


class Cluster:
    """The processes of one cluster, from when it is begun until it has ended."""

    def __init__(self) -> None:
        _let_go_of_the_database()
        self.stop_event, self.alive = _context.Event(), _context.Value("d", monotonic())
        arguments = (self.alive, self.stop_event, _context.Event(), uuid.uuid4(), None, None)
        self.guard = _context.Process(target=Guard, args=arguments)
        self.guard.start()

    @property
    def runs(self) -> bool:
        """Whether it is there, and its guard has been heard of lately."""
        return self.guard.is_alive() and monotonic() - self.alive.value < GUARD_SILENT

    def end(self, *, grace: float) -> bool:
        """End it; what is being done has so many seconds to come to its end. Whether it did."""
        # Beside: of a guard that was killed while it waited for this, the answer would be waited for without end.
        Thread(target=self.stop_event.set, daemon=True).start()
        self.guard.join(grace)
        ended = not self.guard.is_alive()
        if not ended:
            self.guard.kill()
            self.guard.join()
        return ended


class Working:
    """A worker, from `run` until it is told to stop by SIGTERM or SIGINT, or `while_there` is gone."""

    def __init__(self, *, say: Callable[[str], object], grace: float, while_there: int | None = None) -> None:
        self.say, self.grace, self.while_there = say, grace, while_there
        self.name = f"{socket.gethostname()}-{os.getpid()}"
        self.stop = Event()
        self.due: dict[Callable[[], None], float] = {}

    def run(self) -> None:
        """Work until told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        current = Cluster()
        self.say(f"Worker {self.name} is ready.")
        while self._goes_on():
            if not current.runs:
                current.end(grace=0)
                self.stop.wait(PAUSE)
                self.due.pop(self._take_up, None)
                current = Cluster()
            self._at_times()
            self.stop.wait(0.5)
        self._leave(current)

    def _goes_on(self) -> bool:
        return not self.stop.is_set() and self.while_there in {None, os.getppid()}

    def _leave(self, current: Cluster) -> None:
        whole = current.end(grace=self.grace)
        _unless_away(lambda: heartbeat.leave(self.name))
        self.say(f"Worker {self.name} has ended." if whole else f"Worker {self.name} was ended; {UNFINISHED}")

    def _at_times(self) -> None:
        works = ((self._beat, BEAT), (self._take_up, TAKE_UP), (self._keep_house, HOUSE), (do_frequent, FREQUENT))
        for work, every in works:
            if self.due.get(work, 0) <= monotonic():
                self.due[work] = monotonic() + every
                _unless_away(work)

    def _beat(self) -> None:
        heartbeat.beat(self.name, at=now())

    def _take_up(self) -> None:
        if Job.objects.exclude(state__in=Job.FINISHED).exists():
            async_task(take_up_lost)

    def _keep_house(self) -> None:
        async_task(keep_house)


def _unless_away(work: Callable[[], None]) -> None:
    """Do it, and if the database is busy or away, leave it for the next time."""
    try:
        work()
    except DatabaseError as error:
        logger.warning("The database cannot be reached now: %s", error)
    finally:
        connections.close_all()


def _let_go_in(process: int) -> None:
    """Let go of the database where that process forks; those that come of it keep theirs, whatever they fork."""
    if os.getpid() == process:
        _let_go_of_the_database()


def _let_go_of_the_database() -> None:
    """Close every connection, and the pool that django-q2 knows nothing of: none may be shared with a fork."""
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL has it
