"""Imports in the console: files uploaded, looked at, mended and imported, and the history of all that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import ngettext

from assessments.models import Import
from assessments.services.uploads import COMMIT, PREVIEW
from roles.admin.jobs import leads_to
from roles.admin.lists import list_of
from roles.console import ConsoleSite, ToDo, Urls, add_pages, remind
from roles.models import User

from . import deciding, history, sending, showing

__all__ = ["history"]


leads_to(lambda job: reverse("admin:import", args=[job.arguments["upload"]]), PREVIEW, COMMIT)


@add_pages
def pages(site: ConsoleSite) -> Urls:
    """The pages, each for who may come into the console; what writes asks for more itself."""
    one = "import/<int:pk>/"
    views: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
        ("import/", sending.upload, "import_upload"),
        (one, showing.shown, "import"),
        (f"{one}changes/<int:file>/", showing.changes, "import_changes"),
        (f"{one}bad-rows/<int:file>/", showing.bad_rows, "import_bad_rows"),
        (f"{one}mend/", sending.mend, "import_mend"),
        (f"{one}preview/", deciding.preview, "import_preview"),
        (f"{one}commit/", deciding.commit, "import_commit"),
        (f"{one}discard/", deciding.discard, "import_discard"),
    ]
    return [path(address, site.admin_view(view), name=name) for address, view, name in views]


@remind
def imports_to_do(user: User, _today: date) -> list[ToDo]:
    """The imports that have failed, and those that wait for somebody to say yes."""
    imports = Import.objects.visible_to(user)
    failed, ready = imports.failed().count(), imports.filter(state="ready").count()
    return [
        ToDo(ngettext("import has failed", "imports have failed", failed), failed, list_of(Import, stage="failed")),
        ToDo(
            ngettext("import is ready to be imported", "imports are ready to be imported", ready),
            ready,
            list_of(Import, stage="ready"),
        ),
    ]
