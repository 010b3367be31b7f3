"""A team on a day."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.queries import team_report
from reports.views.asking import SignedInRequest, team_asked
from roles.models import EvidencePolicy


@require_safe
def team(request: SignedInRequest, code: str) -> HttpResponse:
    """The gap report of a team on a day."""
    asked = team_asked(request, code)
    report = team_report(team=asked.team, as_of=asked.form.day)
    context = {**asked.context("team"), "report": report, "policy": EvidencePolicy(report.policy).label}
    return render(request, "reports/team.html", context, status=asked.form.status)
