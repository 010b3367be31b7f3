"""What the pages of imports have in common."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now

from assessments.models import Import
from assessments.services.uploads import NotNow
from roles.admin.base import may_write, user_of


def import_asked(request: HttpRequest, pk: int) -> Import:
    """The import with this number; Http404 if there is none that the reader may see."""
    imports = Import.objects.visible_to(user_of(request)).select_related("job", "uploaded_by", "ended_by")
    upload: Import = get_object_or_404(imports, pk=pk)
    return upload


def refuse_readers(request: HttpRequest) -> None:
    """Raise PermissionDenied for who may only read in the console."""
    if not may_write(request):
        raise PermissionDenied


def done(request: HttpRequest, pk: int, does: Any, **wish: Any) -> HttpResponse:
    """Have a service do something with an import, and show the import; where that cannot be now, with the reason."""
    upload = import_asked(request, pk)
    refuse_readers(request)
    try:
        does(upload=upload, by=user_of(request), at=now(), **wish)
    except NotNow as refused:
        messages.error(request, str(refused))
    return redirect("admin:import", pk)


def page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of the console."""
    every = admin.site.each_context(request)
    own = {"title": title, "may_write": may_write(request), **context}
    return render(request, f"admin/assessments/{template}", {**every, **own}, status=status)
