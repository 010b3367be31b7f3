"""Accounts: who may sign in, and as what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localdate, now
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from roles import seeing
from roles.console import ConsoleSite, Group, ToDo, Urls, add_pages, remind
from roles.links import make_link
from roles.models import ApiToken, Deputy, TeamManager, User
from roles.services import InTheWay
from roles.services.access import add_user, change_user, deactivate_user, reactivate_user

from .base import ServedAdmin, may_write, shown_empty, user_of
from .forms import ServedForm
from .lists import Choice, WordFilter, counted, list_of

_MANAGES = Exists(TeamManager.objects.filter(person=OuterRef("person")))


def of_who_has_left(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Active accounts of people who have left by the day."""
    return rows.filter(is_active=True, person__left_on__lte=today)


class KindFilter(WordFilter):
    """Accounts by what they may do."""

    title = _("kind")
    parameter_name = "kind"
    choices_by_word: ClassVar[dict[str, Choice]] = {
        "administrators": Choice(_("Administrators"), lambda rows, _today: rows.filter(is_superuser=True)),
        "auditors": Choice(_("Auditors"), lambda rows, _today: rows.filter(is_auditor=True)),
        "managers": Choice(_("Managers"), lambda rows, _today: rows.filter(_MANAGES)),
        "staff": Choice(
            _("Staff"),
            lambda rows, _today: rows.filter(~_MANAGES, is_superuser=False, is_auditor=False),
        ),
    }


class LetInFilter(WordFilter):
    """Accounts by whether they may sign in."""

    title = _("whether they may sign in")
    parameter_name = "let_in"
    choices_by_word: ClassVar[dict[str, Choice]] = {
        "yes": Choice(_("Active"), lambda rows, _today: rows.filter(is_active=True)),
        "no": Choice(_("Deactivated"), lambda rows, _today: rows.filter(is_active=False)),
        "left": Choice(_("Active, though the person has left"), of_who_has_left),
    }


@remind
def _accounts_to_do(_user: User, today: date) -> list[ToDo]:
    """Accounts that should have been ended."""
    many = counted(of_who_has_left(User.objects.all(), today))
    words = ngettext("account of somebody who has left", "accounts of people who have left", many)
    return [ToDo(words, many, list_of(User, let_in="left"))]


class UserForm(ServedForm):
    """What an account is called, whose it is, and the switches of what it may do."""

    is_superuser = forms.BooleanField(
        label=_("Administrator"), required=False, help_text=_("Does everything, and gives others their rights.")
    )
    is_auditor = forms.BooleanField(
        label=_("Auditor"), required=False, help_text=_("Reads everything and writes nothing, whatever else they are.")
    )


@admin.register(User)
class UserAdmin(ServedAdmin):
    """Accounts. They are deactivated and never removed, since the audit trail and results name them."""

    group = Group.ACCESS
    about = _("Who may sign in, and as what. Accounts are deactivated and never removed.")
    form = UserForm
    list_display = ["username", "person", "kind", "active", "last_login"]
    list_filter = [KindFilter, LetInFilter]
    list_select_related = ["person"]
    search_fields = ["username", "email", "person__employee_id", "person__name"]
    search_help_text = _("By user name, address, employee id or name")
    sortable_by = ["username", "last_login"]
    ordering = ["username"]
    autocomplete_fields = ["person"]
    fields = ["username", "email", "person", "is_superuser", "is_auditor"]
    shown = ("kind", "active", "manages", "stands_in_for", "has_deputies", "tokens", "last_login")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        stands_in = Prefetch("person__stands_in", Deputy.objects.in_force(on=localdate()), to_attr="standing_in")
        return super().get_queryset(request).prefetch_related("person__manages__team", stands_in)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [*(self.fields or ()), *(self.shown if obj else ())]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return self.shown

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "person":
            kwargs["help_text"] = _("Sees their own standing, and the teams that they manage or stand in for.")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def added(self, request: HttpRequest, **values: Any) -> User:
        return add_user(**values)

    def changed(self, request: HttpRequest, row: User, **values: Any) -> None:
        change_user(user=row, by=user_of(request), **values)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """Shows the link with which the owner sets a password."""
        return link_shown(request, User.objects.get(pk=obj.pk), status=201)

    @admin.display(description=_("may"))
    def kind(self, user: User) -> str:
        return ", ".join(kinds_of(user))

    @admin.display(description=_("may sign in"), boolean=True)
    def active(self, user: User) -> bool:
        return user.is_active

    @admin.display(description=_("manages"))
    def manages(self, user: User) -> str:
        teams = [manager.team for manager in user.person.manages.all()] if user.person else []
        return _linked((reverse("admin:roles_team_change", args=[team.pk]), str(team)) for team in teams)

    @admin.display(description=_("stands in for"))
    def stands_in_for(self, user: User) -> str:
        held = Deputy.objects.filter(person=user.person_id) if user.person_id else Deputy.objects.none()
        return _linked(_deputy(one, str(one.manager)) for one in _still(held.select_related("manager")))

    @admin.display(description=_("deputies"))
    def has_deputies(self, user: User) -> str:
        held = Deputy.objects.filter(manager=user.person_id) if user.person_id else Deputy.objects.none()
        return _linked(_deputy(one, str(one.person)) for one in _still(held.select_related("person")))

    @admin.display(description=_("access tokens"))
    def tokens(self, user: User) -> str:
        many = counted(ApiToken.tokens.filter(user=user))
        return _linked([(list_of(ApiToken, q=user.username), str(many))] if many else [])


def kinds_of(user: User) -> list[str]:
    """What the account is, in words; who manages nothing and has no other right sees themselves."""
    kinds = [gettext("administrator")] * user.is_superuser + [gettext("auditor")] * user.is_auditor
    if user.person and user.person.manages.all():
        kinds.append(gettext("manager"))
    if user.person and user.person.standing_in:  # type: ignore[attr-defined]  # UserAdmin has it read
        kinds.append(gettext("deputy"))
    return kinds or [gettext("staff") if user.person else gettext("nothing")]


def _still(deputies: QuerySet[Any]) -> QuerySet[Any]:
    return deputies.filter(until_on__gt=localdate()).order_by("from_on")


def _deputy(deputy: Deputy, who: str) -> tuple[str, str]:
    words = gettext("%(who)s, from %(from_on)s until %(until_on)s")
    said = words % {"who": who, "from_on": deputy.from_on, "until_on": deputy.until_on}
    return reverse("admin:roles_deputy_change", args=[deputy.pk]), said


def _linked(links: Any) -> str:
    return format_html_join(mark_safe("<br>"), '<a href="{}">{}</a>', links) or shown_empty()


@add_pages
def _pages(site: ConsoleSite) -> Urls:
    pages: dict[str, Callable[..., HttpResponse]] = {
        "link": user_link,
        "deactivate": user_deactivate,
        "reactivate": user_reactivate,
        "see-as": user_see_as,
    }
    return [
        path(f"access/users/<int:pk>/{word}/", site.admin_view(page), name=f"user_{word.replace('-', '_')}")
        for word, page in pages.items()
    ]


def _asked(request: HttpRequest, pk: int) -> User:
    """The account that an administrator asks for; PermissionDenied for whoever only reads."""
    if not may_write(request):
        raise PermissionDenied
    return get_object_or_404(User, pk=pk)


def _back(user: User) -> HttpResponse:
    return redirect("admin:roles_user_change", user.pk)


def link_shown(request: HttpRequest, user: User, *, status: int = 200) -> HttpResponse:
    """The page that shows a new link, the only time that anybody sees it."""
    try:
        link = request.build_absolute_uri(make_link(user=user))
    except InTheWay as refusal:
        messages.error(request, str(refusal))
        return _back(user)
    title = gettext("Link for %(user)s") % {"user": user.username}
    context = {**admin.site.each_context(request), "account": user, "link": link, "title": title}
    return render(request, "admin/roles/user_link.html", context, status=status)


@never_cache
@require_POST
def user_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a link with which the user sets a password, and shows it."""
    return link_shown(request, _asked(request, pk))


def _deactivated(user: User) -> str:
    words = gettext("The account %(user)s is deactivated: signed out everywhere, and its access tokens are gone.")
    return words % {"user": user.username}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def user_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks whether the account is to be deactivated, with what ends by it, and does it."""
    user = _asked(request, pk)
    if request.method == "POST":
        try:
            deactivate_user(user=user, by=user_of(request))
            messages.success(request, _deactivated(user))
        except InTheWay as refusal:
            messages.error(request, str(refusal))
        return _back(user)
    title = gettext("Deactivate %(user)s?") % {"user": user.username}
    tokens = ApiToken.tokens.filter(user=user)
    context = {**admin.site.each_context(request), "account": user, "tokens": tokens, "title": title}
    return render(request, "admin/roles/user_deactivate.html", context)


@never_cache
@require_POST
def user_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets the user in again."""
    user = _asked(request, pk)
    reactivate_user(user=user)
    messages.success(request, gettext("The account %(user)s may sign in again.") % {"user": user.username})
    return _back(user)


class ReasonForm(forms.Form):
    """Why the pages are seen as somebody else does."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=seeing.REASON_AT_MOST,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Such as the number of a ticket. It goes into the audit trail."),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def user_see_as(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks why, and then shows the pages as the user sees them."""
    user, by = _asked(request, pk), user_of(request)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            seeing.begin(request.session, user=user, by=by, reason=form.cleaned_data["reason"], at=now())
            return redirect("home")
        except InTheWay as refusal:
            form.add_error(None, str(refusal))
    title = gettext("See the pages as %(user)s") % {"user": user.username}
    context = {**admin.site.each_context(request), "account": user, "form": form, "title": title}
    return render(request, "admin/roles/user_see_as.html", context, status=422 if form.errors else 200)
