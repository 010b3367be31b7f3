"""What is done with an import once somebody has looked at it: again, yes, or never mind."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from assessments.services.uploads import commit_import, discard_import, preview_import

from .asking import done


@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Has it looked at anew."""
    return done(request, pk, preview_import)


@require_POST
def commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Has it imported, as it was previewed; not if it has been previewed again since the reader saw it."""
    return done(request, pk, commit_import, digest=request.POST.get("digest", "")[:64] or "unseen")


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives it up."""
    return done(request, pk, discard_import)
