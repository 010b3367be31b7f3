"""The console: Django's admin site, for who runs the programme and, to read, for auditors.

Rooms add to it: their models by `register`, pages of their own by `add_pages`, and what needs doing by `remind`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from .models import User

Urls = list[URLPattern | URLResolver]


class ToDo(NamedTuple):
    """Something that needs doing: what, how many of it, and where to begin; what there is none of is not shown."""

    words: str
    many: int
    address: str


Pages = Callable[["ConsoleSite"], Urls]
Reminder = Callable[[User, date], Iterable[ToDo]]
_pages: list[Pages] = []
_reminders: list[Reminder] = []


def add_pages(pages: Pages) -> Pages:
    """Have the console serve these pages; they are named in its namespace, `admin`."""
    _pages.append(pages)
    return pages


def remind(reminder: Reminder) -> Reminder:
    """Have the console's first page ask what there is to do; the day it asks for is today."""
    _reminders.append(reminder)
    return reminder


class ConsoleSite(AdminSite):
    """The one console."""

    site_header = _("Console")
    site_title = _("Console")
    index_title = _("What needs doing")
    site_url = "/"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the user may come in: administrators and, to read, auditors."""
        return isinstance(request.user, User) and request.user.reads_everything

    def get_urls(self) -> Urls:
        return [*(url for pages in _pages for url in pages(self)), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        user, today = request.user, localdate()
        todo = [one for reminder in _reminders for one in reminder(user, today) if one.many]  # type: ignore[arg-type]
        return super().index(request, {**(extra_context or {}), "todo": todo})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """Leads to the one sign-in there is; who is signed in and may not come in is told so."""
        if request.user.is_authenticated:
            return redirect("home")
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index", current_app=self.name)
        return redirect_to_login(wanted)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """Leads to the one sign-out there is."""
        return redirect("account_logout")
