"""Work in the background: asked for here, done by a worker (django-q2), all of it or nothing.

A worker that is killed leaves nothing half-written: that a job is done is written in the transaction of its work. What
it was at is taken up again by `take_up_lost`, which a worker calls every minute. So a job may be begun twice; it is
finished once, because whoever does it holds it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction
from django.utils.timezone import now
from django.utils.translation import get_language, gettext, override
from django_q.tasks import async_task

from . import beside
from .acting import acting, who_acts
from .locks import try_to_hold_job
from .models import Job, JobState, User
from .progress import reported_to
from .progress_kept import ProgressKept, over

logger = logging.getLogger(__name__)

#: What does the work of a job: gives what came of it, or raises JobRefused, and then nothing is written.
Work = Callable[[Job], dict[str, Any]]
_work: dict[str, Work] = {}
_words: dict[str, Any] = {}
#: So often a job is begun; one that has ended its worker so many times would end it for ever.
MOST_ATTEMPTS = 5


class JobRefused(Exception):
    """The work cannot be done, as its message says; nothing was written. `outcome` tells more of it."""

    def __init__(self, reason: str, **outcome: Any) -> None:
        super().__init__(reason)
        self.outcome = outcome


def does(kind: str, *, words: Any = "") -> Callable[[Work], Work]:
    """Have jobs of this kind done by the function; it runs in a transaction, as who asked for it.

    `words` say to a reader what it is.
    """

    def known(work: Work) -> Work:
        _work[kind], _words[kind] = work, words or kind
        return work

    return known


def kinds() -> list[str]:
    """The kinds of work that there are, in the order of the alphabet."""
    return sorted(_work)


def in_words(kind: str) -> str:
    """What jobs of this kind are, for a reader."""
    return str(_words.get(kind, kind))


@transaction.atomic
def ask(kind: str, *, by: User, at: datetime, **arguments: Any) -> Job:
    """Ask for a piece of work; a worker begins it once this transaction is committed.

    The arguments are what JSON can hold, and name nobody: keys, codes and days. Raises KeyError for an unknown kind.
    """
    _ = _work[kind]
    who = who_acts()
    job = Job.objects.create(
        kind=kind,
        arguments=arguments,
        asked_by=by,
        surface=who.surface,
        origin=who.origin,
        request_id=who.request_id,
        language=get_language() or "",
        asked_at=at,
    )
    # If that fails, it is taken up as what nobody is at.
    transaction.on_commit(lambda: async_task(run, job.pk), robust=True)
    return job


def run(pk: int) -> None:
    """Do a job, unless it is finished or somebody else is at it.

    Raises OperationalError if the database went away, and leaves the job to be taken up again.
    """
    job = Job.objects.select_related("asked_by").filter(pk=pk).first()
    if job is None or job.finished:
        return
    actor = job.asked_by.username if job.asked_by else ""
    who = acting(actor=actor, surface=job.surface, origin=job.origin, request_id=job.request_id)
    with who, override(job.language or None):
        try:
            _do(job)
        except JobRefused as refused:
            _finish(job, JobState.REFUSED, refused.outcome, str(refused))
        except OperationalError:
            raise
        except Exception:
            logger.exception("Job %s failed.", job.pk)
            _finish(job, JobState.FAILED, None, gettext("Something went wrong. Nothing was changed; the log says why."))


def _do(job: Job) -> None:
    with beside.alone(f"job-{job.pk}") as alone:
        if alone:
            with ProgressKept(job.pk) as kept, transaction.atomic():
                _do_alone(job, kept)


def _do_alone(job: Job, kept: ProgressKept) -> None:
    if not try_to_hold_job(job.pk):
        return
    job.refresh_from_db()
    if job.finished:
        return
    if kept.begun() > MOST_ATTEMPTS:
        logger.error("Job %s failed: it was begun %s times and never came to its end.", job.pk, MOST_ATTEMPTS)
        _finish(job, JobState.FAILED, None, gettext("It was begun several times and never came to its end."))
        return
    with reported_to(kept.report):
        outcome = _work[job.kind](job)
    _finish(job, JobState.DONE, outcome, "")


def _finish(job: Job, state: JobState, outcome: dict[str, Any] | None, reason: str) -> None:
    Job.objects.filter(pk=job.pk).exclude(state__in=Job.FINISHED).update(
        state=state, outcome=outcome, reason=reason, finished_at=now()
    )
    over(pk=job.pk)


def take_up_lost() -> None:
    """Do what was asked for and nobody is at, such as what a killed worker was doing."""
    for pk in Job.objects.exclude(state__in=Job.FINISHED).order_by("pk").values_list("pk", flat=True):
        run(pk)
