"""The pages: each asks one question of `reports.queries` and shows the answer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from reports.forms import AsOfForm
from reports.queries import person_report, team_report
from roles.models import EvidencePolicy, Person, ScaleLevel, Team, User


class SignedInRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware."""

    user: User


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Leads to the top-most team that the reader may see, else to themselves, else says what is missing."""
    team = Team.objects.visible_to(request.user).order_by("path").first()
    if team is not None:
        return redirect("team", team.code)
    if request.user.person is not None:
        return redirect("person", request.user.person.employee_id)
    return render(request, "reports/nothing_yet.html")


@require_safe
def team(request: SignedInRequest, code: str) -> HttpResponse:
    """The gap report of a team on a day."""
    teams = Team.objects.visible_to(request.user)
    found = get_object_or_404(teams, code=code)
    form = AsOfForm(request.GET, today=localdate())
    report = team_report(team=found, as_of=form.day)
    context = {
        "form": form,
        "team": found,
        "above": teams.filter(pk__in=found.above).order_by("path"),
        "report": report,
        "policy": EvidencePolicy(report.policy).label,
    }
    return render(request, "reports/team.html", context, status=form.status)


@require_safe
def person(request: SignedInRequest, employee_id: str) -> HttpResponse:
    """How one person stands on a day, competency by competency."""
    form = AsOfForm(request.GET, today=localdate())
    found = get_object_or_404(Person.objects.visible_to(request.user, on=form.day), employee_id=employee_id)
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
