"""What a number is made of."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from reports import queries
from reports.forms.cells import CellsForm
from reports.presentation.heat import heading_of
from reports.queries.cells import CELLS_ON_A_PAGE
from reports.views.asking import SignedInRequest, page_or_fragment, team_asked


@require_safe
def cells(request: SignedInRequest, code: str) -> HttpResponse:
    """The cells behind a number of a team's report on a day."""
    asked = team_asked(request, code, keep=CellsForm.ASKED)
    choices = queries.catalogue()
    filters = CellsForm(request.GET, choices=choices)
    found = queries.cells(
        team=asked.team,
        as_of=asked.form.day,
        selection=filters.selection,
        page=filters.page_number,
        size=CELLS_ON_A_PAGE,
        choices=choices,
    )
    context = {
        **asked.context("cells"),
        "filters": filters,
        "lines": found.lines,
        "page": Paginator(range(found.total), CELLS_ON_A_PAGE).page(found.page),
        "heading": heading_of(found.total, filters),
    }
    status = max(asked.form.status, filters.status)
    return page_or_fragment(
        request, "reports/cells.html", context, fragments={"cells": "reports/_cells_swapped.html"}, status=status
    )
