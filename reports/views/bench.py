"""Who else could do it."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from reports.views.asking import SignedInRequest


@require_safe
def bench(request: SignedInRequest, code: str) -> HttpResponse:
    """To be written."""
    raise Http404
