"""What was recorded of a person."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.queries import history as history_of
from reports.queries import sight_of
from reports.views.asking import SignedInRequest
from reports.views.person import person_shown


@require_safe
def history(request: SignedInRequest, employee_id: str) -> HttpResponse:
    """What happened to a person up to a day, and what is known to come."""
    shown = person_shown(request, employee_id)
    sight = sight_of(person=shown.person, user=request.user)
    context = {
        **shown.context("history"),
        "history": history_of(person=shown.person, as_of=shown.form.day, sight=sight),
    }
    return render(request, "reports/history.html", context, status=shown.form.status)
