"""What publishing a draft would change, team by team."""

from __future__ import annotations

import csv

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.timezone import now
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from reports.publishing import KnownEffect, ask_for_effect, known_effect
from reports.queries.effect_teams import effect_page
from reports.queries.matrix_versions import compared_with
from reports.views.asking import SignedInRequest
from roles.formulas import no_formula
from roles.models import MatrixVersion, Team

from .asking import page, refuse_readers

COLUMNS = (
    "team",
    "name",
    "people",
    "coverage_before",
    "coverage_after",
    "verified_coverage_before",
    "verified_coverage_after",
    "required_before",
    "required_after",
    "people_newly_short",
    "cells_newly_short",
    "people_no_longer_short",
    "cells_no_longer_short",
)


@require_http_methods(["GET", "HEAD", "POST"])
def effect(request: SignedInRequest, code: str) -> HttpResponse:
    """The effect of a draft on a team, the whole organisation if none is named; POST has it computed and kept."""
    draft = get_object_or_404(MatrixVersion.objects.visible_to(request.user), code=code, published_at=None)
    if request.method == "POST":
        refuse_readers(request)
        return redirect("admin:matrix_work", ask_for_effect(draft=draft, by=request.user, at=now()).pk)
    known = known_effect(draft=draft, at=now())
    if known is not None and request.GET.get("format") == "csv":
        return _as_file(known)
    wanted = request.GET.get("team")
    team = get_object_or_404(Team, code=wanted) if wanted else Team.objects.filter(parent=None).first()
    context = {
        "draft": draft,
        "against": compared_with(draft),
        "known": known,
        "page": effect_page(effect=known.effect, draft=draft, team=team) if known and team else None,
    }
    return page(request, "matrix_effect.html", gettext("What %(code)s would change") % {"code": code}, context)


def _as_file(known: KnownEffect) -> HttpResponse:
    """Every team with what happens in its scope, by code."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="matrix-effect.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for key, code, name in Team.objects.order_by("code").values_list("pk", "code", "name"):
        team = known.effect.teams.get(key)
        if team is not None:
            pairs = [
                getattr(measures, share)
                for share in ("coverage", "verified_coverage", "required")
                for measures in (team.before, team.after)
            ]
            shares = ["" if share is None else share for share in pairs]
            writer.writerow([no_formula(code), no_formula(name), team.people, *shares, *team.counts])
    return response
