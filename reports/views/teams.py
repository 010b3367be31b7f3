"""The teams there are, and the teams below one."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from reports.views.asking import SignedInRequest


@require_safe
def teams(request: SignedInRequest) -> HttpResponse:
    """To be written."""
    raise Http404


@require_safe
def compare(request: SignedInRequest, code: str) -> HttpResponse:
    """To be written."""
    raise Http404
