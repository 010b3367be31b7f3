"""Work in the background: what was asked for, how far it has come, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from roles.console import ConsoleSite, Group, ToDo, Urls, add_pages, remind
from roles.heartbeat import last_seen, worker_is_there
from roles.jobs import in_words, kinds
from roles.models import Job, JobState, User
from roles.progress_kept import shown

from .base import ConsoleAdmin, ReadOnly, user_of

Place = Callable[[Job], str]
_places: dict[str, Place] = {}


def leads_to(place: Place, *of: str) -> None:
    """Have the pages of jobs of these kinds lead to this address: where they were asked for, and can be again."""
    _places.update(dict.fromkeys(of, place))


class WorkFilter(admin.SimpleListFilter):
    """Jobs by what they do, in words."""

    title = _("work")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, in_words(kind)) for kind in kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Job)
class JobAdmin(ReadOnly, ConsoleAdmin):
    """All work that was asked for, the latest first; each leads to its page."""

    group = Group.RUNNING
    about = _("What takes long is done in the background by a worker: all of it, or nothing.")
    list_display = ["what", "state_now", "asked_by", "asked_at", "finished_at"]
    list_filter = ["state", WorkFilter]
    list_select_related = ["asked_by"]
    ordering = ["-pk"]
    sortable_by = ()

    @admin.display(description=_("work"))
    def what(self, job: Job) -> str:
        return in_words(job.kind)

    @admin.display(description=_("state"))
    def state_now(self, job: Job) -> str:
        return str(JobState(shown(job).state).label)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        told = worker_context(something_waits=unfinished().exists())
        return super().changelist_view(request, {**told, **(extra_context or {})})

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("admin:job", object_id) if object_id.isdecimal() else redirect("admin:roles_job_changelist")


@add_pages
def _pages(site: ConsoleSite) -> Urls:
    return [path("jobs/<int:pk>/", site.admin_view(job_page), name="job")]


@never_cache
@require_safe
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a job has come, and what came of it; htmx asks for that part again each second."""
    jobs = Job.objects.visible_to(user_of(request)).select_related("asked_by")
    job = get_object_or_404(jobs, pk=pk)
    place = _places[job.kind](job) if job.kind in _places else ""
    own = {"title": in_words(job.kind), "place": place}
    context = {**admin.site.each_context(request), **job_context(job), **own}
    fragment = getattr(request, "htmx", None)
    return render(request, "admin/roles/_job.html" if fragment else "admin/roles/job.html", context)


def job_context(job: Job) -> dict[str, Any]:
    """What `admin/roles/_job.html` needs, for any page that shows how far a job has come."""
    return {
        "job": shown(job),
        "words": in_words(job.kind),
        "poll": reverse("admin:job", args=[job.pk]),
        **worker_context(something_waits=not job.finished),
    }


def worker_context(*, something_waits: bool) -> dict[str, Any]:
    """What `admin/roles/_no_worker.html` needs, for any page that shows work which may wait."""
    return {
        "nobody_works": something_waits and not worker_is_there(at=now()),
        "worker_seen": last_seen() if something_waits else None,
    }


@remind
def _work_to_look_at(user: User, today: date) -> Iterator[ToDo]:  # noqa: ARG001 - what a reminder is asked with
    """Work that nobody does, and work that failed lately."""
    address = reverse("admin:roles_job_changelist")
    waiting = unfinished()
    if waiting.exists() and not worker_is_there(at=now()):
        words = gettext("jobs that wait, with no worker running: start one with “manage.py worker”")
        yield ToDo(words, waiting.count(), address)
    failed = Job.objects.filter(state=JobState.FAILED, finished_at__date=today)
    yield ToDo(gettext("jobs that failed today"), failed.count(), f"{address}?state=failed")


def unfinished() -> QuerySet[Job]:
    """The jobs that are still to be done."""
    return Job.objects.exclude(state__in=Job.FINISHED)
