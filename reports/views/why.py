"""What made a cell."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from assessments.services import judges_themselves
from reports.queries import Why, sight_of
from reports.queries import why as why_of
from reports.views.asking import SignedInRequest, page_or_fragment
from reports.views.person import PersonShown, person_shown
from roles.models import Competency, User


@require_safe
def why(request: SignedInRequest, employee_id: str, code: str) -> HttpResponse:
    """Why a person stands as they do in a competency on a day; as a page, or in the panel beside a figure."""
    shown = person_shown(request, employee_id)
    competency = get_object_or_404(Competency, code=code)
    sight = sight_of(person=shown.person, user=request.user)
    found = why_of(person=shown.person, competency=competency, as_of=shown.form.day, sight=sight)
    context = {
        **shown.context("why"),
        "competency": competency,
        "why": found,
        "withdrawable": _withdrawable(shown, found, request.user),
    }
    return page_or_fragment(
        request, "reports/why.html", context, fragments={"panel": "reports/_why.html"}, status=shown.form.status
    )


def _withdrawable(shown: PersonShown, found: Why, user: User) -> list[int]:
    """The keys of the results that the reader may withdraw."""
    rows = [one.row for one in found.results if shown.may_record and one.row.withdrawn_at is None]
    return [row.pk for row in rows if not judges_themselves(row, by=user)]
