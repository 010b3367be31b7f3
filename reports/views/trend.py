"""Two years of a team."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from reports import queries
from reports.queries.trend import series
from reports.views.asking import SignedInRequest, page_or_fragment, team_asked


@require_safe
def trend(request: SignedInRequest, code: str) -> HttpResponse:
    """How a team came to where it is on a day, and where it gets to if nothing is recorded."""
    asked = team_asked(request, code)
    found = queries.trend(team=asked.team, days=series(as_of=asked.form.day, today=asked.form.today))
    context = {**asked.context("trend"), "trend": found}
    fragments = {"trend": "reports/_trend.html"}
    return page_or_fragment(request, "reports/trend.html", context, fragments=fragments, status=asked.form.status)
