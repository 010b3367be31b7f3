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
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from .models import User

Urls = list[URLPattern | URLResolver]


class Group(TextChoices):
    """Where the first page shows a model, in the order of the page; an admin says it as `group`."""

    PEOPLE = "people", _("People and teams")
    REQUIRED = "required", _("What is required")
    ASSESSED = "assessed", _("What people can do")
    ACCESS = "access", _("Who may do what")
    RUNNING = "running", _("Trail and background work")


class ToDo(NamedTuple):
    """Something that needs doing: what, how many of it, and where to begin; what there is none of is not shown."""

    words: str
    many: int
    address: str


class Step(NamedTuple):
    """Something to begin with: what, whether it is done, how it is done, and where, if that is a page."""

    words: str
    done: bool
    how: str
    address: str = ""


Pages = Callable[["ConsoleSite"], Urls]
Steps = Callable[[], Iterable[Step]]
Reminder = Callable[[User, date], Iterable[ToDo]]
_pages: list[Pages] = []
_reminders: list[Reminder] = []
_steps: list[Steps] = []


def add_pages(pages: Pages) -> Pages:
    """Have the console serve these pages; they are named in its namespace, `admin`."""
    _pages.append(pages)
    return pages


def remind(reminder: Reminder) -> Reminder:
    """Have the console's first page ask what there is to do; the day it asks for is today."""
    _reminders.append(reminder)
    return reminder


def begin_with(steps: Steps) -> Steps:
    """Have the console's first page say how to begin, until all of these steps are done."""
    _steps.append(steps)
    return steps


class ConsoleSite(AdminSite):
    """The one console."""

    site_header = _("Console")
    site_title = _("Console")
    index_title = _("What needs doing")
    site_url = "/"
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Facts end or are withdrawn, and what may be removed is removed one by one.
        self.disable_action("delete_selected")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take in a model whose admin says to which group it belongs.

        What libraries bring does not: it would show what they keep for themselves, and write past the audit trail.
        """
        if hasattr(admin_class, "group"):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the user may come in: administrators and, to read, auditors."""
        return isinstance(request.user, User) and request.user.reads_everything

    def get_urls(self) -> Urls:
        return [*(url for pages in _pages for url in pages(self)), *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The models by group, in the order of the groups; for one app, as Django has them."""
        if app_label is not None:
            return super().get_app_list(request, app_label)
        groups: dict[Group, list[Any]] = {group: [] for group in Group}
        for app in self._build_app_dict(request).values():
            for model in app["models"]:
                groups[self._registry[model["model"]].group].append(model)  # type: ignore[attr-defined]  # see register
        index = reverse("admin:index", current_app=self.name)
        return [
            {
                "name": group.label,
                "app_label": group.value,
                "app_url": index,
                "has_module_perms": True,
                "models": models,
            }
            for group, models in groups.items()
            if models
        ]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        user, today = request.user, localdate()
        todo = [one for reminder in _reminders for one in reminder(user, today) if one.many]  # type: ignore[arg-type]
        steps = [step for function in _steps for step in function()]
        beginning = [] if all(step.done for step in steps) else steps
        return super().index(request, {**(extra_context or {}), "todo": todo, "beginning": beginning})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """Leads to the one sign-in there is; who is signed in and may not come in is told so."""
        if request.user.is_authenticated:
            return redirect("home")
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index", current_app=self.name)
        return redirect_to_login(wanted)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """Leads to the one sign-out there is."""
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """Leads to the one page that changes a password."""
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """Leads to the first page: the page that changes a password says itself when it has."""
        return redirect("admin:index")

    def app_index(self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """Leads to the first page, where the models stand in groups and not by the room they are kept in."""
        return redirect("admin:index")
