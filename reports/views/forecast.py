"""What expires if nobody does anything."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from reports import queries
from reports.forms.pages import PageForm
from reports.queries.forecast import AHEAD, RESULTS_ON_A_PAGE, days_later
from reports.views.asking import SignedInRequest, page_or_fragment, team_asked


@require_safe
def forecast(request: SignedInRequest, code: str) -> HttpResponse:
    """What a team comes to by a day ahead, or within 90 days of today or of a day that is past."""
    asked = team_asked(request, code)
    day, today = asked.form.day, asked.form.today
    asked_page = PageForm(request.GET)
    begin, end = (today, day) if asked.form.is_forecast else (day, days_later(day, AHEAD.days))
    found = queries.forecast(team=asked.team, today=begin, as_of=end, page=asked_page.number, size=RESULTS_ON_A_PAGE)
    context = {
        **asked.context("forecast"),
        "forecast": found,
        "asked_page": asked_page,
        "page": Paginator(range(found.expiring.total), RESULTS_ON_A_PAGE).page(found.expiring.page),
    }
    fragments = {"outlook": "reports/_outlook.html"}
    status = max(asked.form.status, asked_page.status)
    return page_or_fragment(request, "reports/forecast.html", context, fragments=fragments, status=status)
