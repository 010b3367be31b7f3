"""Results in the console: recorded by a form, never edited, withdrawn with a reason."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from assessments.models import AssessmentResult
from assessments.services import record_results, withdraw_results
from roles.admin.base import ServedAdmin, may_write, user_of
from roles.admin.forms import ServedForm
from roles.admin.lists import Choice, WordFilter, counted, list_of
from roles.admin.many import ask_then_do, sent
from roles.console import Group, ToDo, remind
from roles.models import ScaleLevel, User

#: How far the first page looks ahead.
SOON, LATER = timedelta(days=30), timedelta(days=90)


def runs_out(days: timedelta, rows: Any, today: date) -> Any:
    """Results that no longer count so many days from the day, and that nothing on record takes the place of."""
    return rows.running_out(after=today, by=today + days)


class StandsFilter(WordFilter):
    """Results by whether they count, and for how long."""

    title = _("whether it counts")
    parameter_name = "counts"
    choices_by_word: ClassVar[dict[str, Choice]] = {
        "30days": Choice(_("Expires in 30 days, with nothing in its place"), partial(runs_out, SOON)),
        "90days": Choice(_("Expires in 90 days, with nothing in its place"), partial(runs_out, LATER)),
        "expired": Choice(_("Expired"), lambda rows, today: rows.standing().filter(expires_on__lte=today)),
        "withdrawn": Choice(_("Withdrawn"), lambda rows, _today: rows.filter(withdrawn_at__isnull=False)),
    }


@remind
def results_to_do(_user: User, today: date) -> list[ToDo]:
    """What runs out soon; of what does so in 90 days, the first 30 are among them."""
    results = AssessmentResult.objects.all()
    soon, later = (counted(runs_out(days, results, today)) for days in (SOON, LATER))
    return [
        ToDo(
            ngettext("result expires within 30 days", "results expire within 30 days", soon),
            soon,
            list_of(AssessmentResult, counts="30days"),
        ),
        ToDo(
            ngettext("result expires within 90 days", "results expire within 90 days", later),
            later,
            list_of(AssessmentResult, counts="90days"),
        ),
    ]


class ResultForm(ServedForm):
    """What was assessed, with the level in the words of the scale."""

    level = forms.TypedChoiceField(label=_("Level"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [(level.value, str(level)) for level in ScaleLevel.objects.all()]
        self.fields["level"].choices = [("", "—"), *(levels or [(value, str(value)) for value in range(5)])]  # type: ignore[attr-defined]

    def clean_assessed_on(self) -> date:
        day: date = self.cleaned_data["assessed_on"]
        if day > localdate():
            raise forms.ValidationError(_("It lies in the future. Results are recorded once they are there."))
        return day


class WithdrawalForm(forms.Form):
    """Why results are withdrawn."""

    reason = forms.CharField(
        label=_("Why are they withdrawn?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The reason stays on record with each of them, and cannot be changed."),
    )


@admin.register(AssessmentResult)
class AssessmentResultAdmin(ServedAdmin):
    """What people were found to be able to do."""

    group = Group.ASSESSED
    about = _("What was assessed. A result is never edited; a mistaken one is withdrawn, with a reason.")
    form = ResultForm
    list_display = ["person", "competency_code", "level", "method", "assessed_on", "expires_on", "counts"]
    list_select_related = ["person", "competency"]
    list_filter = [StandsFilter, "method"]
    search_fields = ["person__employee_id", "competency__code", "=result_id"]
    search_help_text = _("By employee id, code of the competency, or the id of the result")
    sortable_by = ()
    ordering = ["-pk"]
    autocomplete_fields = ["person", "competency"]
    fields = ["person", "competency", "level", "method", "assessed_on", "expires_on", "assessor", "evidence"]
    of_record = ["result_id", "recorded_at", "recorded_by", "withdrawn_at", "withdrawn_by", "withdrawn_reason"]
    actions = ["withdraw"]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [*(self.fields or ()), *(self.of_record if obj else ())]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody edits what was recorded."""
        return False

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        """Whether the user may withdraw results."""
        return may_write(request)

    @admin.display(description=_("competency"))
    def competency_code(self, result: AssessmentResult) -> str:
        return result.competency.code

    @admin.display(description=_("counts"), boolean=True)
    def counts(self, result: AssessmentResult) -> bool:
        expired = result.expires_on is not None and result.expires_on <= localdate()
        return result.withdrawn_at is None and not expired

    def added(self, request: HttpRequest, **values: Any) -> AssessmentResult:
        [result] = record_results(results=[AssessmentResult(**values)], by=user_of(request), at=now())
        return result

    @admin.action(description=_("Withdraw, with a reason"), permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[AssessmentResult]) -> HttpResponse | None:
        form = WithdrawalForm(sent(request))
        does = partial(_withdraw, by=user_of(request))
        return ask_then_do(self, request, rows, form, title=gettext("Withdraw results"), does=does)


def _withdraw(rows: QuerySet[AssessmentResult], *, by: User, reason: str) -> int:
    return withdraw_results(results=rows, by=by, reason=reason, at=now())
