"""Where somebody lands."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from reports.views.asking import SignedInRequest
from roles.models import Team


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Leads to the top-most team that the reader may see, else to themselves, else says what is missing."""
    team = Team.objects.visible_to(request.user).order_by("path").first()
    if team is not None:
        return redirect("team", team.code)
    if request.user.person is not None:
        return redirect("person", request.user.person.employee_id)
    return render(request, "reports/nothing_yet.html")
