"""A person against another role."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from reports.forms.career import CareerForm
from reports.queries import career as career_of
from reports.views.asking import SignedInRequest, page_or_fragment
from reports.views.person import person_shown


@require_safe
def career(request: SignedInRequest, employee_id: str) -> HttpResponse:
    """How far a person is from each emerging role on a day, and what is missing for the one that is opened."""
    shown = person_shown(request, employee_id, keep=("role",))
    found = career_of(person=shown.person, as_of=shown.form.day)
    form = CareerForm(request.GET, roles=[one.role for one in found.roles])
    context = {
        **shown.context("career"),
        "career": found,
        "role_form": form,
        "opened": next((one for one in found.roles if one.role == form.chosen), None),
    }
    status = max(shown.form.status, form.status)
    fragments = {"career": "reports/_career.html"}
    return page_or_fragment(request, "reports/career.html", context, fragments=fragments, status=status)
