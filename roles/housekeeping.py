"""What a worker sees to by itself: every hour what nobody needs any more, every second or so what is done in parts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.utils.timezone import now

from . import heartbeat, seeing
from .models import Job

logger = logging.getLogger(__name__)

#: How long finished jobs can be looked up.
JOBS_KEPT = timedelta(days=90)
WORKERS_KEPT = timedelta(days=1)

Chore = Callable[[datetime], object]
_chores: list[Chore] = []
_frequent: list[Callable[[], object]] = []


def chore(work: Chore) -> Chore:
    """Have the function called every hour with the instant, such as to throw away what is old. It may run twice."""
    _chores.append(work)
    return work


def frequent(work: Callable[[], object]) -> Callable[[], object]:
    """Have a worker call the function every second or so, for what is done a little at a time. It may run twice."""
    _frequent.append(work)
    return work


def do_frequent() -> None:
    """Do all that is done every second or so; what fails is logged, and the rest is done all the same.

    Raises DatabaseError if the database is busy or away.
    """
    for work in _frequent:
        try:
            work()
        except DatabaseError:
            raise
        except Exception:
            logger.exception("%s failed.", work.__name__)


def keep_house() -> None:
    """Do all chores; one that fails is logged, and the others are done all the same."""
    at = now()
    for work in _chores:
        try:
            work(at)
        except Exception:
            logger.exception("The chore %s failed.", work.__name__)


@chore
def seeing_that_is_over(at: datetime) -> None:
    """Pages are seen as somebody else no more, also by who has closed the browser; before the session goes."""
    seeing.end_overdue(at)


@chore
def expired_sessions(at: datetime) -> None:
    """Sessions that are over."""
    Session.objects.filter(expire_date__lt=at).delete()


@chore
def old_jobs(at: datetime) -> None:
    """Jobs that have been finished for long."""
    Job.objects.filter(finished_at__lt=at - JOBS_KEPT).delete()


@chore
def gone_workers(at: datetime) -> None:
    """Workers that have not been alive for a day."""
    heartbeat.forget_gone(before=at - WORKERS_KEPT)
