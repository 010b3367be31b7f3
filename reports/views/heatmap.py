"""People by competencies."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from reports import queries
from reports.forms.cells import HeatmapForm
from reports.presentation.heat import key_of_marks
from reports.queries.heatmap import PEOPLE_ON_A_PAGE
from reports.views.asking import SignedInRequest, page_or_fragment, team_asked


@require_safe
def heatmap(request: SignedInRequest, code: str) -> HttpResponse:
    """How each person in a team stands in each competency on a day."""
    asked = team_asked(request, code, keep=HeatmapForm.ASKED)
    choices = queries.catalogue()
    filters = HeatmapForm(request.GET, choices=choices)
    found = queries.heatmap(
        team=asked.team,
        as_of=asked.form.day,
        selection=filters.selection,
        order=filters.asked("sort"),
        page=filters.page_number,
        size=PEOPLE_ON_A_PAGE,
        choices=choices,
    )
    page = Paginator(range(found.people), PEOPLE_ON_A_PAGE).page(found.page)
    context = {**asked.context("heatmap"), "filters": filters, "heatmap": found, "page": page, "marks": key_of_marks()}
    status = max(asked.form.status, filters.status)
    return page_or_fragment(
        request, "reports/heatmap.html", context, fragments={"heatmap": "reports/_heatmap_swapped.html"}, status=status
    )
