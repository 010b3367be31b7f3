"""Exemptions in the console, and excusing many people at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.models import Exemption
from assessments.services import change_exemption, exempt_people, exempt_person
from roles.admin.forms import Chosen, DayInput
from roles.admin.many import ask_then_do, sent
from roles.admin.people import PersonAdmin
from roles.admin.stretches import StretchAdmin
from roles.console import Group
from roles.models import Person


@admin.register(Exemption)
class ExemptionAdmin(StretchAdmin):
    """Who is excused from what, from when until when, and why."""

    group = Group.ASSESSED
    about = _("Who is excused from a competency, from a day until a day, and why.")
    list_display = ["person", "competency_code", "from_on", "until_on", "reason"]
    list_select_related = ["person", "competency"]
    search_fields = ["person__employee_id", "person__name", "competency__code"]
    search_help_text = _("By employee id, name or code of the competency")
    fields = ["person", "competency", "from_on", "until_on", "reason"]
    autocomplete_fields = ["person", "competency"]
    changeable = ("until_on", "reason")

    @admin.display(description=_("competency"))
    def competency_code(self, exemption: Exemption) -> str:
        return exemption.competency.code

    def added(self, request: HttpRequest, **values: Any) -> Exemption:
        return exempt_person(**values)

    def changed(self, request: HttpRequest, row: Exemption, **values: Any) -> None:
        change_exemption(exemption=row, **values)


class ExemptForm(forms.Form):
    """From what, from when on, until when, and why."""

    from_on = forms.DateField(label=_("From"), widget=DayInput)
    until_on = forms.DateField(
        label=_("Until"),
        widget=DayInput,
        required=False,
        help_text=_("The first day on which it no longer holds; empty if it holds on."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)

    def __init__(self, data: Any, *, admin: ModelAdmin[Any]) -> None:
        super().__init__(data, initial={"from_on": localdate()})
        competency = Chosen(Exemption.competency, admin.admin_site, label=_("Competency"))
        self.fields = {"competency": competency, **self.fields}


@admin.action(description=_("Excuse from a competency"), permissions=["change"])
def exempt(admin: ModelAdmin[Any], request: HttpRequest, rows: QuerySet[Person]) -> HttpResponse | None:
    """Excuse the chosen people from a competency."""
    form = ExemptForm(sent(request), admin=admin)
    return ask_then_do(admin, request, rows, form, title=gettext("Excuse people from a competency"), does=_exempt)


def _exempt(rows: QuerySet[Person], **values: Any) -> int:
    return exempt_people(people=rows, **values)


# People are of a room that knows of no exemptions.
PersonAdmin.actions = [*(PersonAdmin.actions or ()), exempt]
