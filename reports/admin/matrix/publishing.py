"""Publishing a draft: asked once more, done in the background, and watched."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from reports.publishing import EFFECT, PUBLISH, ask_to_publish, known_effect
from reports.queries import matrix_diff
from reports.queries.matrix_versions import compared_with, last_saved
from reports.views.asking import SignedInRequest
from roles.admin.jobs import job_context
from roles.models import Job, MatrixVersion

from .asking import draft_asked, page, revision_sent


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: SignedInRequest, code: str) -> HttpResponse:
    """Asks whether the draft is to be published, with what it changes; then has it published as it was seen."""
    draft = draft_asked(request, code)
    if request.method != "POST":
        return _asked(request, draft)
    if revision_sent(request) != draft.revision:
        problem = gettext("The draft has been changed since you looked at it. Look again at what it changes.")
        return _asked(request, draft, problem=f"{problem} {last_saved(draft)}", status=409)
    if not draft.requirements.exists():
        return _asked(request, draft, status=409)
    job = ask_to_publish(draft=draft, revision=draft.revision, by=request.user, at=now())
    return redirect("admin:matrix_work", job.pk)


def _asked(request: SignedInRequest, draft: MatrixVersion, *, problem: str = "", status: int = 200) -> HttpResponse:
    day, against = draft.effective_from, compared_with(draft)
    context = {
        "draft": draft,
        "against": against,
        "problem": problem,
        "diff": matrix_diff(before=against, after=draft),
        "cells": draft.requirements.count(),
        "known": known_effect(draft=draft, at=now()),
        "taken_by": MatrixVersion.objects.published().filter(effective_from=day).first(),
        "past": day < localdate(),
    }
    title = gettext("Publish %(code)s?") % {"code": draft.code}
    return page(request, "matrix_publish.html", title, context, status=status)


@never_cache
@require_safe
def work(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far a publication or the computing of an effect has come; to htmx, only that part of the page."""
    jobs = Job.objects.visible_to(request.user).filter(kind__in=[PUBLISH, EFFECT])
    job = get_object_or_404(jobs.select_related("asked_by"), pk=pk)
    version = MatrixVersion.objects.visible_to(request.user).filter(pk=job.arguments["version"]).first()
    context = {
        **job_context(job),
        "poll": reverse("admin:matrix_work", args=[job.pk]),
        "code": job.arguments["code"],
        "version": version,
        "publishes": job.kind == PUBLISH,
    }
    title = gettext("Publishing %(code)s") if job.kind == PUBLISH else gettext("Computing what %(code)s would change")
    template = "_matrix_work.html" if request.htmx else "matrix_work.html"
    return page(request, template, title % {"code": job.arguments["code"]}, context)
