"""A person on a day."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.queries import person_report
from reports.views.asking import SignedInRequest, person_asked
from roles.models import ScaleLevel, Team


@require_safe
def person(request: SignedInRequest, employee_id: str) -> HttpResponse:
    """How one person stands on a day, competency by competency."""
    found, form = person_asked(request, employee_id)
    membership = found.memberships.in_force(on=form.day).select_related("team").first()
    context = {
        "form": form,
        "person": found,
        "membership": membership,
        "team_is_visible": membership and Team.objects.visible_to(request.user).filter(pk=membership.team_id).exists(),
        "assignments": found.assignments.in_force(on=form.day).select_related("role").order_by("role__code"),
        "lines": person_report(person=found, as_of=form.day),
        "scale": dict(ScaleLevel.objects.values_list("value", "name")),
    }
    return render(request, "reports/person.html", context, status=form.status)
