"""Roles and competencies."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.queries.role_matrix import role_matrix
from reports.views.asking import SignedInRequest, team_asked
from roles.models import EvidencePolicy


@require_safe
def team_roles(request: SignedInRequest, code: str) -> HttpResponse:
    """How each role in a team is covered, competency by competency."""
    asked = team_asked(request, code)
    matrix = role_matrix(team=asked.team, as_of=asked.form.day)
    context = {
        **asked.context("team_roles"),
        "matrix": matrix,
        "report": matrix.report,
        "policy": EvidencePolicy(matrix.report.policy).label,
    }
    return render(request, "reports/team_roles.html", context, status=asked.form.status)
