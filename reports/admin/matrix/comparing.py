"""What one version of the matrix changes about another, as a page and as a file."""

from __future__ import annotations

import csv

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from reports.forms.matrix import UnpunctuatedForm
from reports.queries import MatrixDiff, matrix_diff
from reports.views.asking import SignedInRequest
from roles.formulas import no_formula
from roles.models import Competency, MatrixVersion, Role

from .asking import page

COLUMNS = ("role", "competency", "change", "level_before", "weight_before", "level_after", "weight_after")

NONE = MatrixVersion.objects.none()


class CompareForm(UnpunctuatedForm):
    """Two versions, of those that the reader may see."""

    before = forms.ModelChoiceField(NONE, label=_("From version"), to_field_name="code", empty_label=None)
    after = forms.ModelChoiceField(NONE, label=_("To version"), to_field_name="code", empty_label=None)

    def __init__(self, request: SignedInRequest) -> None:
        super().__init__(request.GET if "before" in request.GET else None)
        for field in self.fields.values():
            field.queryset = MatrixVersion.objects.visible_to(request.user)  # type: ignore[attr-defined]


@require_safe
def compare(request: SignedInRequest) -> HttpResponse:
    """The cells in which two versions differ; with `format=csv` as a file."""
    form, diff = CompareForm(request), None
    if form.is_valid():
        diff = matrix_diff(**form.cleaned_data)
        if request.GET.get("format") == "csv":
            return _as_file(diff)
    context = {
        "form": form,
        "diff": diff,
        "roles": dict(Role.objects.values_list("code", "title")),
        "competencies": dict(Competency.objects.values_list("code", "title")),
    }
    status = 422 if form.is_bound and diff is None else 200
    return page(request, "matrix_compare.html", gettext("Compare two versions"), context, status=status)


def _as_file(diff: MatrixDiff) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="matrix-changes.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for cell in diff.cells:
        codes = no_formula(cell.role), no_formula(cell.competency)
        writer.writerow([*codes, cell.kind, *(cell.before or ("", "")), *(cell.after or ("", ""))])
    return response
