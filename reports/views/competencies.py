"""The matrix and its competencies. They hold nothing about anybody, so everybody who is signed in may read them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from reports.queries import competency_page
from reports.queries import matrix as matrix_on
from reports.views.asking import SignedInRequest, day_asked
from roles.models import Competency


@require_safe
def matrix(request: SignedInRequest) -> HttpResponse:
    """What every role requires on a day, and what each version of the matrix changed."""
    form = day_asked(request)
    return render(request, "reports/matrix.html", {"form": form, "page": matrix_on(as_of=form.day)}, status=form.status)


@require_safe
def competency(request: SignedInRequest, code: str) -> HttpResponse:
    """What a competency is, and which roles must have it on a day."""
    form = day_asked(request)
    found = get_object_or_404(Competency.objects.select_related("family"), code=code)
    context = {"form": form, "page": competency_page(competency=found, as_of=form.day)}
    return render(request, "reports/competency.html", context, status=form.status)
