"""What the pages of the matrix have in common: who asks, of which version, and what every page is given."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from reports.views.asking import SignedInRequest
from roles.admin.base import may_write
from roles.models import MatrixVersion


def version_asked(request: SignedInRequest, code: str) -> MatrixVersion:
    """The version with this code; Http404 if there is none that the reader may see."""
    version: MatrixVersion = get_object_or_404(MatrixVersion.objects.visible_to(request.user), code=code)
    return version


def draft_asked(request: SignedInRequest, code: str) -> MatrixVersion:
    """The draft with this code, to be written; Http404 if there is none, PermissionDenied for who only reads."""
    drafts = MatrixVersion.objects.visible_to(request.user).filter(published_at=None)
    draft: MatrixVersion = get_object_or_404(drafts, code=code)
    refuse_readers(request)
    return draft


def refuse_readers(request: HttpRequest) -> None:
    """Raise PermissionDenied for who may only read in the console."""
    if not may_write(request):
        raise PermissionDenied


def revision_sent(request: HttpRequest) -> int:
    """The revision that the sender has seen; -1, which there is none of, if that is no number."""
    told = request.POST.get("revision", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else -1  # noqa: PLR2004


def page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of the console."""
    every = admin.site.each_context(request)
    own = {"title": title, "may_write": may_write(request), **context}
    return render(request, f"admin/reports/{template}", {**every, **own}, status=status)
