"""People in the console."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from roles.console import Group, ToDo, remind
from roles.models import Membership, Person, RoleAssignment, TeamManager, User
from roles.services import add_person, assign_role_to, change_person, place_people

from .base import ServedAdmin, ShownInline, shown_empty
from .forms import Chosen, DayInput
from .lists import Choice, WordFilter, counted, list_of
from .many import ask_then_do, sent


def without_a_role(rows: Any, today: date) -> Any:
    """Those who count as employed on the day and hold no role on it."""
    held = RoleAssignment.objects.filter(person=OuterRef("pk")).in_force(on=today)
    return rows.employed(on=today).filter(~Exists(held))


def without_a_team(rows: Any, today: date) -> Any:
    """Those who count as employed on the day and are in no team on it."""
    stay = Membership.objects.filter(person=OuterRef("pk")).in_force(on=today)
    return rows.employed(on=today).filter(~Exists(stay))


def managers_without_a_login(rows: Any, _today: date) -> Any:
    """Those who manage a team and have no account that they can sign in with."""
    account = User.objects.filter(person=OuterRef("pk"), is_active=True)
    return rows.filter(Exists(TeamManager.objects.filter(person=OuterRef("pk"))), ~Exists(account))


class NeedsFilter(WordFilter):
    """People with whom something is to be done; each choice is one of the first page."""

    title = _("what needs doing")
    parameter_name = "needs"
    choices_by_word: ClassVar[dict[str, Choice]] = {
        "role": Choice(_("Without a role today"), without_a_role),
        "team": Choice(_("In no team today"), without_a_team),
        "login": Choice(_("Managers who cannot sign in"), managers_without_a_login),
    }


class EmployedFilter(WordFilter):
    """People by whether they are there today."""

    title = _("whether they are there")
    parameter_name = "there"
    choices_by_word: ClassVar[dict[str, Choice]] = {
        "today": Choice(_("Today"), lambda rows, today: rows.employed(on=today)),
        "to_come": Choice(_("They join later"), lambda rows, today: rows.filter(joined_on__gt=today)),
        "left": Choice(_("They have left"), lambda rows, today: rows.filter(left_on__lte=today)),
    }


@remind
def people_to_do(_user: User, today: date) -> list[ToDo]:
    """What is to be done with people."""
    people = Person.objects.order_by()
    without_role, without_team = counted(without_a_role(people, today)), counted(without_a_team(people, today))
    no_login = counted(managers_without_a_login(people, today))
    return [
        ToDo(
            ngettext("person without a role", "people without a role", without_role),
            without_role,
            list_of(Person, needs="role"),
        ),
        ToDo(
            ngettext("person in no team", "people in no team", without_team),
            without_team,
            list_of(Person, needs="team"),
        ),
        ToDo(
            ngettext("manager who cannot sign in", "managers who cannot sign in", no_login),
            no_login,
            list_of(Person, needs="login"),
        ),
    ]


class MembershipInline(ShownInline):
    """The teams that a person is and was in."""

    model = Membership
    fields = ["team", "from_on", "until_on"]
    verbose_name_plural = _("teams, by day")
    shown_with = ("person", "team")
    ordering = ["-from_on"]


class AssignmentInline(ShownInline):
    """The roles that a person holds and held."""

    model = RoleAssignment
    fields = ["role", "from_on", "until_on"]
    verbose_name_plural = _("roles, by day")
    shown_with = ("person", "role")
    ordering = ["-from_on", "role__code"]


@admin.register(Person)
class PersonAdmin(ServedAdmin):
    """Whoever is or was there: added and changed, never removed; who has been erased is left as they are."""

    group = Group.PEOPLE
    about = _(
        "Everybody who counts or has counted. Nobody is removed: who leaves gets the day on which they have left."
    )
    list_display = ["employee_id", "name", "team_today", "roles_today", "joined_on", "left_on"]
    list_filter = [NeedsFilter, EmployedFilter]
    search_fields = ["employee_id", "name", "email"]
    search_help_text = _("By employee id, name or address")
    sortable_by = ["employee_id"]
    fields = ["employee_id", "name", "email", "joined_on", "left_on"]
    inlines = [MembershipInline, AssignmentInline]
    actions = ["place", "assign"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        today = localdate()
        stays = Membership.objects.in_force(on=today).select_related("team")
        roles = RoleAssignment.objects.in_force(on=today).select_related("role").order_by("role__code")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(
                Prefetch("memberships", stays, to_attr="stays_today"),
                Prefetch("assignments", roles, to_attr="assigned_today"),
            )
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["employee_id"] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> list[Any]:
        return list(self.inlines) if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        erased = obj is not None and obj.erased_at is not None
        return super().has_change_permission(request, obj) and not erased

    @admin.display(description=_("team today"))
    def team_today(self, person: Any) -> str:
        return ", ".join(stay.team.name for stay in person.stays_today) or shown_empty()

    @admin.display(description=_("roles today"))
    def roles_today(self, person: Any) -> str:
        return ", ".join(one.role.code for one in person.assigned_today) or shown_empty()

    def added(self, request: HttpRequest, **values: Any) -> Person:
        return add_person(**values)

    def changed(self, request: HttpRequest, row: Person, **values: Any) -> None:
        change_person(person=row, **values)

    @admin.action(description=_("Place in a team from a day on"), permissions=["change"])
    def place(self, request: HttpRequest, rows: QuerySet[Person]) -> HttpResponse | None:
        form = PlaceForm(sent(request), admin=self)
        return ask_then_do(self, request, rows, form, title=gettext("Place people in a team"), does=_place)

    @admin.action(description=_("Give a role from a day on"), permissions=["change"])
    def assign(self, request: HttpRequest, rows: QuerySet[Person]) -> HttpResponse | None:
        form = AssignForm(sent(request), admin=self)
        return ask_then_do(self, request, rows, form, title=gettext("Give people a role"), does=_assign)


def _place(rows: QuerySet[Person], **values: Any) -> int:
    return place_people(people=rows, **values)


def _assign(rows: QuerySet[Person], **values: Any) -> int:
    return assign_role_to(people=rows, **values)


class PlaceForm(forms.Form):
    """Into which team, and from when on."""

    from_on = forms.DateField(
        label=_("From"),
        widget=DayInput,
        help_text=_("The team that somebody is in until then ends for them on this day."),
    )

    def __init__(self, data: Any, *, admin: ServedAdmin) -> None:
        super().__init__(data, initial={"from_on": localdate()})
        self.fields = {"team": Chosen(Membership.team, admin.admin_site, label=_("Team")), **self.fields}


class AssignForm(forms.Form):
    """Which role, from when on, and until when."""

    from_on = forms.DateField(label=_("From"), widget=DayInput)
    until_on = forms.DateField(
        label=_("Until"),
        widget=DayInput,
        required=False,
        help_text=_("The first day on which it no longer holds; empty if it holds on."),
    )

    def __init__(self, data: Any, *, admin: ServedAdmin) -> None:
        super().__init__(data, initial={"from_on": localdate()})
        self.fields = {"role": Chosen(RoleAssignment.role, admin.admin_site, label=_("Role")), **self.fields}
