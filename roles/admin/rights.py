"""Who manages which team, who stands in for whom, and the tokens of all accounts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, Model, Q
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from roles.console import Group
from roles.models import ApiToken, Deputy, TeamManager
from roles.services.access import end_deputy, give_team, name_deputy, take_team
from roles.tokens import revoke_token

from .base import ServedAdmin, may_write
from .lists import Choice, WordFilter
from .stretches import StretchAdmin


@admin.register(TeamManager)
class TeamManagerAdmin(ServedAdmin):
    """Who manages which team, and so sees it and every team below: given and taken back."""

    group = Group.ACCESS
    about = _("Who manages which team, and so sees it and every team below.")
    list_display = ["person", "team"]
    list_select_related = ["person", "team"]
    search_fields = ["person__employee_id", "person__name", "team__code", "team__name"]
    search_help_text = _("By employee id, name, or the team's code or name")
    sortable_by = ()
    ordering = ["person__employee_id", "team__code"]
    fields = ["person", "team"]
    autocomplete_fields = ["person", "team"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_write(request)

    def added(self, request: HttpRequest, **values: Any) -> TeamManager:
        return give_team(**values)

    def delete_model(self, request: HttpRequest, obj: TeamManager) -> None:
        take_team(manager=obj)


@admin.register(Deputy)
class DeputyAdmin(StretchAdmin):
    """Who stands in for which manager, from a day until a day."""

    group = Group.ACCESS
    about = _(
        "Who stands in for which manager, from a day until a day, and sees what that manager sees. It ends by itself."
    )
    list_display = ["person", "manager", "from_on", "until_on"]
    list_select_related = ["person", "manager"]
    search_fields = ["person__employee_id", "person__name", "manager__employee_id", "manager__name"]
    search_help_text = _("By employee id or name of either")
    fields = ["manager", "person", "from_on", "until_on"]
    autocomplete_fields = ["manager", "person"]

    def added(self, request: HttpRequest, **values: Any) -> Deputy:
        return name_deputy(**values)

    def changed(self, request: HttpRequest, row: Deputy, **values: Any) -> None:
        end_deputy(deputy=row, **values)


class GoodFilter(WordFilter):
    """Tokens by whether they still work, and whether anybody uses them."""

    title = _("whether it works")
    parameter_name = "works"
    choices_by_word: ClassVar[dict[str, Choice]] = {
        "yes": Choice(_("It works"), lambda rows, _today: rows.filter(Q(expiry=None) | Q(expiry__gt=now()))),
        "no": Choice(_("It has expired"), lambda rows, _today: rows.filter(expiry__lte=now())),
        "for_good": Choice(_("It never expires"), lambda rows, _today: rows.filter(expiry=None)),
        "unused": Choice(_("It was never used"), lambda rows, _today: rows.filter(last_used_at=None)),
    }


@admin.register(ApiToken)
class ApiTokenAdmin(ServedAdmin):
    """The tokens of all accounts, to look at and to revoke. Their owners make them."""

    group = Group.ACCESS
    about = _(
        "How programs sign in, with the rights of their owners at most. Owners make them; here they are "
        "looked at and revoked."
    )
    list_display = ["name", "user", "scopes", "made", "expires", "last_used_at"]
    list_filter = [GoodFilter]
    list_select_related = ["user"]
    search_fields = ["name", "user__username", "token_key"]
    search_help_text = _("By name, owner, or how it begins")
    sortable_by = ()
    ordering = [F("last_used_at").desc(nulls_last=True), "digest"]
    fields = ["name", "user", "begins_with", "scopes", "made", "expires", "last_used_at"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_write(request)

    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:
        revoke_token(token=obj)

    @admin.display(description=_("begins with"))
    def begins_with(self, token: ApiToken) -> str:
        return f"{token.token_key}…"

    @admin.display(description=_("may do"))
    def scopes(self, token: ApiToken) -> str:
        return token.scopes_in_words

    @admin.display(description=_("made"))
    def made(self, token: ApiToken) -> Any:
        return token.created

    @admin.display(description=_("expires"))
    def expires(self, token: ApiToken) -> Any:
        return token.expiry or gettext("never")
