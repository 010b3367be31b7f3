"""What holds for people over days: the teams they are in and the roles they hold."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from roles.console import Group
from roles.models import Membership, RoleAssignment
from roles.services import (
    assign_role,
    end_assignment,
    end_assignments,
    end_membership,
    end_memberships,
    place_person,
)

from .base import ServedAdmin
from .forms import DayInput
from .lists import WhenFilter
from .many import ask_then_do, sent


class StretchAdmin(ServedAdmin):
    """Stretches of days: what they are about stands once they are there, and their end can be moved.

    One that ends on its first day holds on no day: so a mistaken one is voided, and kept.
    """

    list_filter = [WhenFilter]
    sortable_by = ()
    ordering = ["-pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """All but the end, of one that is there."""
        return [name for name in self.fields if name not in self.changeable] if obj and self.fields else []

    #: What can change.
    changeable: tuple[str, ...] = ("until_on",)


class EndForm(forms.Form):
    """The day on which stretches end."""

    until_on = forms.DateField(
        label=_("Until"),
        widget=DayInput,
        help_text=_("The first day on which it no longer holds. What has ended by then stays as it is."),
    )


@admin.register(Membership)
class MembershipAdmin(StretchAdmin):
    """Who is in which team from when until when."""

    group = Group.PEOPLE
    about = _("Who is in which team, from a day until a day. To end it, open it and enter the day.")
    list_display = ["person", "team", "from_on", "until_on"]
    list_select_related = ["person", "team"]
    search_fields = ["person__employee_id", "person__name", "team__code"]
    search_help_text = _("By employee id, name or code of the team")
    fields = ["person", "team", "from_on", "until_on"]
    autocomplete_fields = ["person", "team"]
    actions = ["end"]

    def added(self, request: HttpRequest, **values: Any) -> Membership:
        return place_person(**values)

    def changed(self, request: HttpRequest, row: Membership, **values: Any) -> None:
        end_membership(membership=row, **values)

    @admin.action(description=_("End on a day"), permissions=["change"])
    def end(self, request: HttpRequest, rows: QuerySet[Membership]) -> HttpResponse | None:
        form = EndForm(sent(request), initial={"until_on": localdate()})
        return ask_then_do(self, request, rows, form, title=gettext("End memberships"), does=_end_memberships)


def _end_memberships(rows: QuerySet[Membership], **values: Any) -> int:
    return end_memberships(memberships=rows.select_related("person", "team"), **values)


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(StretchAdmin):
    """Who holds which role from when until when."""

    group = Group.PEOPLE
    about = _("Who holds which role, from a day until a day. Their roles say what is required of them.")
    list_display = ["person", "role", "from_on", "until_on"]
    list_select_related = ["person", "role"]
    search_fields = ["person__employee_id", "person__name", "role__code"]
    search_help_text = _("By employee id, name or code of the role")
    fields = ["person", "role", "from_on", "until_on"]
    autocomplete_fields = ["person", "role"]
    actions = ["end"]

    def added(self, request: HttpRequest, **values: Any) -> RoleAssignment:
        return assign_role(**values)

    def changed(self, request: HttpRequest, row: RoleAssignment, **values: Any) -> None:
        end_assignment(assignment=row, **values)

    @admin.action(description=_("End on a day"), permissions=["change"])
    def end(self, request: HttpRequest, rows: QuerySet[RoleAssignment]) -> HttpResponse | None:
        form = EndForm(sent(request), initial={"until_on": localdate()})
        return ask_then_do(self, request, rows, form, title=gettext("Take roles back"), does=_end_assignments)


def _end_assignments(rows: QuerySet[RoleAssignment], **values: Any) -> int:
    return end_assignments(assignments=rows.select_related("person", "role"), **values)
