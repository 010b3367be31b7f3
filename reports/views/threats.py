"""How ready a team is for each threat."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.queries.threats import threat_view
from reports.views.asking import SignedInRequest, team_asked
from roles.models import EvidencePolicy


@require_safe
def team_threats(request: SignedInRequest, code: str) -> HttpResponse:
    """How ready a team is for each threat, and where it is weakest."""
    asked = team_asked(request, code)
    view = threat_view(team=asked.team, as_of=asked.form.day)
    context = {
        **asked.context("team_threats"),
        "threats": view.threats,
        "report": view.report,
        "policy": EvidencePolicy(view.report.policy).label,
    }
    return render(request, "reports/team_threats.html", context, status=asked.form.status)
