"""The team tree in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from roles.console import Group
from roles.models import Membership, Team
from roles.services import add_team, change_team, move_team, remove_team

from .base import ServedAdmin, may_write, shown_empty

#: Deeper teams stand no further in than these, so that a name keeps its room.
DEEPEST_SHOWN = 6


@admin.register(Team)
class TeamAdmin(ServedAdmin):
    """Each team below the one above it; moved by choosing another parent, removed while nobody was ever in it."""

    group = Group.PEOPLE
    about = _("The tree of the organisation. Whoever manages a team sees it and every team below.")
    list_display = ["code", "name_in_tree", "parent", "members_today", "managed_by"]
    list_select_related = ["parent"]
    search_fields = ["code", "name"]
    search_help_text = _("By code or name")
    sortable_by = ()
    ordering = ["path"]
    fields = ["code", "name", "parent"]
    autocomplete_fields = ["parent"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        stays = Membership.objects.in_force(on=localdate()).filter(team=OuterRef("pk")).order_by().values("team")
        members = Subquery(stays.annotate(many=Count("pk")).values("many"), output_field=IntegerField())
        teams = super().get_queryset(request).prefetch_related("managers__person")
        with_members: QuerySet[Any] = teams.annotate(members=Coalesce(members, 0))
        return with_members

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["code"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_write(request)

    @admin.display(description=_("name"))
    def name_in_tree(self, team: Team) -> SafeString:
        return format_html('<span class="depth-{}">{}</span>', min(team.level, DEEPEST_SHOWN), team.name)

    @admin.display(description=_("people in it today"))
    def members_today(self, team: Any) -> int:
        return int(team.members)

    @admin.display(description=_("managed by"))
    def managed_by(self, team: Team) -> str:
        return ", ".join(one.person.name for one in team.managers.all()) or shown_empty()

    def added(self, request: HttpRequest, **values: Any) -> Team:
        return add_team(**values)

    def changed(self, request: HttpRequest, row: Team, **values: Any) -> None:
        if "name" in values:
            change_team(team=row, name=values["name"])
        if "parent" in values:
            move_team(team=row, parent=values["parent"])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        remove_team(team=obj)
