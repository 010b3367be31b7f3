"""Work that is done in the background, and how far it has come."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from roles.querysets import JobQuerySet


class JobState(models.TextChoices):
    """How far a piece of work has come."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")


class Job(models.Model):
    """A piece of work that somebody asked for and a worker does (roles/jobs.py), all of it or nothing.

    It may be delivered to a worker twice, and is done once: that it is done is written in the transaction of the work.
    """

    FINISHED: ClassVar[frozenset[str]] = frozenset({JobState.DONE, JobState.REFUSED, JobState.FAILED})

    #: Which work it is, by the name under which its function is known (`roles.jobs.does`).
    kind = models.CharField(max_length=40)
    #: What the work is about: keys and days, never anything that names people.
    arguments = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=JobState, default=JobState.WAITING)
    #: What is being done, how much of it, and how much there is, if that is known.
    doing = models.CharField(max_length=100, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True, blank=True)
    #: How many times it has been begun; more than once if what did it was killed.
    attempts = models.PositiveSmallIntegerField(default=0)
    #: What came of it; if it was refused or failed, why, in `reason`.
    outcome = models.JSONField(null=True, blank=True)
    reason = models.TextField(blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    surface = models.CharField(max_length=10)
    origin = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    #: In which language it says why it was refused.
    language = models.CharField(max_length=10, blank=True)
    asked_at = models.DateTimeField(_("asked for"), db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_known_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"

    @property
    def finished(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in self.FINISHED


class Worker(models.Model):
    """A process that does jobs, and when it was last alive; on SQLite a file says that (roles/heartbeat.py)."""

    #: Where it runs: the machine's name and the process's number.
    name = models.CharField(max_length=200, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
