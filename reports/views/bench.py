"""Who else could do it."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from reports import queries
from reports.views.asking import SignedInRequest, team_asked
from roles.codes import CODE_PATTERN
from roles.models import Person, Team


@require_safe
def bench(request: SignedInRequest, code: str) -> HttpResponse:
    """How many people hold what a team requires, and what is lost if one of them leaves."""
    asked = team_asked(request, code, keep=("without",))
    day = asked.form.day
    found = queries.bench(team=asked.team, as_of=day, without=_leaving(request, asked.team, day))
    return render(request, "reports/bench.html", {**asked.context("bench"), "bench": found}, status=asked.form.status)


def _leaving(request: SignedInRequest, team: Team, day: date) -> Person | None:
    """Who is thought away, if anybody; Http404 for somebody who is not in the team's scope on the day."""
    employee_id = request.GET.get("without")
    if not employee_id:
        return None
    if not CODE_PATTERN.match(employee_id):
        raise Http404
    person: Person = get_object_or_404(Person.objects.within(team, on=day), employee_id=employee_id)
    return person
