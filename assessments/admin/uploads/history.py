"""Every import there was: who sent what, when, and what came of it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from assessments.models import Import, ImportState
from roles.admin.base import ConsoleAdmin
from roles.admin.lists import Choice, WordFilter
from roles.console import Group


def _in_state(state: ImportState, rows: Any, _today: date) -> Any:
    return rows.filter(state=state)


class StageFilter(WordFilter):
    """Imports by how far they have come."""

    title = _("how far it has come")
    parameter_name = "stage"
    choices_by_word: ClassVar[dict[str, Choice]] = {
        "failed": Choice(_("Failed: bad rows, or not done to the end"), lambda rows, _today: rows.failed()),
        **{
            state.value: Choice(state.label, partial(_in_state, state))
            for state in (ImportState.READY, ImportState.COMMITTED, ImportState.DISCARDED)
        },
    }


@admin.register(Import)
class ImportAdmin(ConsoleAdmin):
    """The history of imports; each has a page of its own."""

    group = Group.RUNNING
    about = _("Files that were sent, and what came of them.")
    list_display = ["called", "uploaded_at", "uploaded_by", "names", "stage_in_words", "came_of_it", "its_event"]
    list_select_related = ["uploaded_by", "job"]
    list_filter = [StageFilter]
    search_fields = ["=pk", "uploaded_by__username", "files__sha256"]
    search_help_text = _("By number, who uploaded it, or the SHA-256 of a file")
    sortable_by = ()
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("files")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It is changed on its own page alone."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """That somebody imported something stays on record."""
        return False

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Leads to where files are uploaded."""
        return redirect("admin:import_upload")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Leads to the page of the import."""
        return redirect("admin:import", object_id) if object_id.isdecimal() else redirect("admin:index")

    @admin.display(description=_("import"))
    def called(self, upload: Import) -> str:
        return str(upload)

    @admin.display(description=_("files"))
    def names(self, upload: Import) -> str:
        return ", ".join(file.name for file in upload.files.all())

    @admin.display(description=_("state"))
    def stage_in_words(self, upload: Import) -> str:
        return str(upload.stage.label)

    @admin.display(description=_("what came of it"))
    def came_of_it(self, upload: Import) -> str:
        files = list(upload.files.all())
        if all(file.added is None for file in files):
            return ""
        counts = {name: sum(getattr(file, name) or 0 for file in files) for name in ("added", "changed", "unchanged")}
        words = _("%(added)s added, %(changed)s changed, %(unchanged)s unchanged") % counts
        problems = _("%(many)s problems") % {"many": upload.problems}
        return f"{words}, {problems}" if upload.problems else str(words)

    @admin.display(description=_("event"))
    def its_event(self, upload: Import) -> str | SafeString:
        if upload.event is None:
            return ""
        address = reverse("admin:roles_auditevent_change", args=[upload.event])
        return format_html('<a href="{}">{}</a>', address, upload.event)
