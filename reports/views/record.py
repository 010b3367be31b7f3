"""Recording results for a whole team."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from assessments.models import AssessmentResult
from assessments.services import judges_themselves, record_once
from reports.forms.record import GridChoice, RecordForm, SentLevels, well_formed
from reports.queries.recording import recorded_lately, recording_grid, recording_page
from reports.views.asking import SignedInRequest, TeamAsked, team_asked

#: So many fields are on a page of the grid.
FIELDS_AT_MOST = 1_000


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: SignedInRequest, code: str) -> HttpResponse:
    """The grid on which somebody who manages the team, or an administrator, records results for its people of today."""
    asked = team_asked(request, code)
    if not asked.may_record:
        raise PermissionDenied
    return _sent(request, asked) if request.method == "POST" else _empty(request, asked)


def _empty(request: SignedInRequest, asked: TeamAsked) -> HttpResponse:
    choice, today = GridChoice(request.GET), asked.form.today
    shown = recording_page(team=asked.team, as_of=today, most_fields=FIELDS_AT_MOST, **choice.wanted())
    context = _context(request, asked, choice, RecordForm(shown.grid, by=request.user, today=today))
    return render(
        request,
        "reports/record.html",
        {**context, "page": shown.page, "left_out": shown.left_out},
        status=choice.status,
    )


def _sent(request: SignedInRequest, asked: TeamAsked) -> HttpResponse:
    levels, today = SentLevels(request.POST), asked.form.today
    people, codes = well_formed(levels.employee_ids()), well_formed(levels.codes())
    grid = recording_grid(team=asked.team, as_of=today, employee_ids=people, codes=codes)
    form = RecordForm(grid, by=request.user, today=today, sent=request.POST)
    if form.problems:
        return render(
            request, "reports/record.html", _context(request, asked, GridChoice(request.GET), form), status=422
        )
    recorded = record_once(results=form.results, by=request.user, at=now())
    messages.success(request, _said(recorded, len(form.results)))
    return redirect(request.get_full_path())


def _context(request: SignedInRequest, asked: TeamAsked, choice: GridChoice, form: RecordForm) -> dict[str, Any]:
    lately = [
        (result, result.withdrawn_at is None and not judges_themselves(result, by=request.user))
        for result in recorded_lately(team=asked.team, as_of=asked.form.today)
    ]
    return {**asked.context("record"), "choice": choice, "grid": form, "lately": lately}


def _said(recorded: list[AssessmentResult], sent: int) -> str:
    """What came of it, in a sentence or two."""
    before = sent - len(recorded)
    words = []
    if recorded:
        words.append(_how_many(len(recorded), len({result.person_id for result in recorded})))
    if before:
        words.append(
            ngettext(
                "%(results)s result had been recorded already.",
                "%(results)s results had been recorded already.",
                before,
            )
            % {"results": before}
        )
    return " ".join(words)


def _how_many(results: int, people: int) -> str:
    if people == 1:
        one = ngettext(
            "%(results)s result recorded for 1 person.", "%(results)s results recorded for 1 person.", results
        )
        return one % {"results": results}
    return gettext("%(results)s results recorded for %(people)s people.") % {"results": results, "people": people}
