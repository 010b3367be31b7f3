"""What holds for everybody, in the console."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from roles.console import Group
from roles.models import EvidencePolicy, Organisation, Role
from roles.services import set_rules_or_ask
from roles.services.everybody import SET_RULES

from .base import ServedAdmin, user_of
from .forms import ServedForm
from .jobs import leads_to

leads_to(lambda _job: reverse("admin:roles_organisation_changelist"), SET_RULES)


class OrganisationForm(ServedForm):
    """Which result decides, and which role everybody holds; both change everybody's figures, and so one says that."""

    role_of_everyone = forms.ModelChoiceField(
        label=_("Role that everybody holds"), queryset=Role.objects.all(), required=False, empty_label=_("None")
    )
    sure = forms.BooleanField(
        label=_("I know that this changes everybody's figures, on every day"),
        required=False,
        help_text=_(
            "Every person is computed anew, also for days in the past. Reports of the past will show other figures."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["role_of_everyone"] = Role.objects.filter(held_by_everyone=True).first()

    def clean(self) -> dict[str, Any] | None:
        values = super().clean()
        if self.changed_data and not self.cleaned_data.get("sure"):
            self.add_error("sure", _("Say that you know it: this changes everybody's figures, on every day."))
        return values


@admin.register(Organisation)
class OrganisationAdmin(ServedAdmin):
    """The one row of decisions; its list leads to it."""

    group = Group.REQUIRED
    form = OrganisationForm
    fields = ["evidence_policy", "role_of_everyone", "sure"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [] if self.has_change_permission(request, obj) else ["evidence_policy", "everyone"]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return self.get_readonly_fields(request, obj) or list(self.fields or [])

    @admin.display(description=_("Role that everybody holds"))
    def everyone(self, organisation: Organisation) -> str:
        role = Role.objects.filter(held_by_everyone=True).first()
        return str(role or gettext("None"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("admin:roles_organisation_change", Organisation.current().pk)

    def changed(self, request: HttpRequest, row: Organisation, **values: Any) -> None:
        """Set both; for many people by a job, which the answer says."""
        policy = EvidencePolicy(values.get("evidence_policy", row.evidence_policy))
        role = values.get("role_of_everyone", Role.objects.filter(held_by_everyone=True).first())
        if set_rules_or_ask(policy=policy, role=role, by=user_of(request), at=now()):
            words = gettext("Everybody's figures are being computed in the background; until that is done, all stays.")
            messages.info(request, words)
