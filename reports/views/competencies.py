"""The matrix and its competencies."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from reports.views.asking import SignedInRequest


@require_safe
def matrix(request: SignedInRequest) -> HttpResponse:
    """To be written."""
    raise Http404


@require_safe
def competency(request: SignedInRequest, code: str) -> HttpResponse:
    """To be written."""
    raise Http404
