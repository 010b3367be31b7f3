"""Taking a mistaken result back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.timezone import localdate, now
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from assessments.models import AssessmentResult
from assessments.services import AlreadyWithdrawn, withdraw_result, withdraws
from reports.forms.withdraw import WithdrawForm
from reports.queries.recording import withdrawal
from reports.views.asking import SignedInRequest, page_or_fragment
from roles.models import ScaleLevel, User


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks whether a result is to be withdrawn and why, and withdraws it; nothing is written if it was before."""
    result = _result_asked(request.user, pk)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _asked(request, result, form, 200)
    if result.withdrawn_at:
        return _asked(request, result, form, 409)
    if not form.is_valid():
        return _asked(request, result, form, 422)
    try:
        withdraw_result(result=result, by=request.user, reason=form.cleaned_data["reason"], at=now())
    except AlreadyWithdrawn:
        return _asked(request, _result_asked(request.user, pk), form, 409)
    messages.success(request, gettext("The result is withdrawn and no longer counts anywhere."))
    return redirect("why", result.person.employee_id, result.competency.code)


def _result_asked(user: User, pk: int) -> AssessmentResult:
    """The result, which the user may see and withdraw; Http404 if it is not theirs to see, else PermissionDenied."""
    visible = AssessmentResult.objects.visible_to(user, on=localdate())
    result: AssessmentResult = get_object_or_404(
        visible.select_related("person", "competency", "recorded_by__person", "withdrawn_by__person"), pk=pk
    )
    if not withdraws(result, by=user, on=localdate()):
        raise PermissionDenied
    return result


def _asked(request: SignedInRequest, result: AssessmentResult, form: WithdrawForm, status: int) -> HttpResponse:
    context: dict[str, Any] = {
        "result": result,
        "reason": form,
        "scale": dict(ScaleLevel.objects.values_list("value", "name")),
    }
    if not result.withdrawn_at:
        context["effect"] = withdrawal(result=result, as_of=localdate())
    return page_or_fragment(
        request, "reports/withdraw.html", context, fragments={"panel": "reports/_withdraw.html"}, status=status
    )
