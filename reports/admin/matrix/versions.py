"""The versions of the matrix: all of them, a new draft, what is told of one, and discarding it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from reports.forms.matrix import DraftForm, NewDraftForm
from reports.queries.matrix_versions import last_saved, version_lines
from reports.views.asking import SignedInRequest
from roles.models import MatrixVersion
from roles.services import DraftMoved, begin_draft, change_draft, discard_draft

from .asking import draft_asked, page, refuse_readers, revision_sent


@require_safe
def matrix(request: SignedInRequest) -> HttpResponse:
    """Every version, the drafts first, each with what it changes."""
    lines = version_lines(MatrixVersion.objects.visible_to(request.user), today=localdate())
    context = {
        "drafts": [line for line in lines if line.version.published_at is None],
        "published": [line for line in lines if line.version.published_at is not None],
    }
    return page(request, "matrix.html", gettext("The matrix and its versions"), context)


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: SignedInRequest) -> HttpResponse:
    """A form for a new draft, which begins with the requirements of another version or with none."""
    refuse_readers(request)
    form = NewDraftForm(request.POST or None, initial=_initial(request), versions=MatrixVersion.objects.all())
    if request.method == "POST" and form.is_valid():
        try:
            draft = begin_draft(**form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, gettext("The draft is begun. Nobody's figures change before it is published."))
            return redirect("admin:matrix_version", draft.code)
    context = {"form": form, "act": gettext("Begin the draft")}
    return page(request, "matrix_form.html", gettext("New draft"), context, status=_status(request))


def _initial(request: SignedInRequest) -> dict[str, Any]:
    """The version that is asked for, or else the one in force."""
    wanted = request.GET.get("from", "")
    in_force = MatrixVersion.objects.in_force(on=localdate())
    return {"based_on": wanted or (in_force.code if in_force else "")}


def _status(request: SignedInRequest) -> int:
    """A form that is shown again has been refused."""
    return 422 if request.method == "POST" else 200


@require_http_methods(["GET", "HEAD", "POST"])
def details(request: SignedInRequest, code: str) -> HttpResponse:
    """A form for the code, the day of effect and the note of a draft."""
    draft = draft_asked(request, code)
    stored = {"code": draft.code, "effective_from": draft.effective_from, "note": draft.note}
    form, revision = DraftForm(request.POST or None, initial=stored), draft.revision
    if request.method == "POST" and form.is_valid():
        revision = revision_sent(request)
        try:
            draft = change_draft(draft=draft, revision=revision, **form.cleaned_data)
        except DraftMoved as moved:
            form.add_error(None, f"{moved} {last_saved(draft)}")
            revision = draft.revision
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("admin:matrix_version", draft.code)
    context = {"form": form, "draft": draft, "revision": revision, "act": gettext("Save")}
    title = gettext("Details of %(code)s") % {"code": code}
    return page(request, "matrix_form.html", title, context, status=_status(request))


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: SignedInRequest, code: str) -> HttpResponse:
    """Asks whether a draft is to be discarded, and discards it."""
    draft = draft_asked(request, code)
    problem, status = "", 200
    if request.method == "POST":
        try:
            discard_draft(draft=draft, revision=revision_sent(request))
        except DraftMoved as moved:
            problem, status = f"{moved} {last_saved(draft)}", 409
        else:
            messages.success(request, gettext("The draft %(code)s is discarded.") % {"code": code})
            return redirect("admin:matrix_versions")
    context = {"draft": draft, "problem": problem, "cells": draft.requirements.count()}
    title = gettext("Discard the draft %(code)s?") % {"code": code}
    return page(request, "matrix_discard.html", title, context, status=status)
