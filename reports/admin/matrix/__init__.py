"""The matrix in the console: its versions, the editor of a draft, what it would change, and publishing it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import ngettext

from reports.publishing import EFFECT, PUBLISH
from roles.admin.jobs import leads_to
from roles.console import ConsoleSite, ToDo, Urls, add_pages, remind
from roles.models import Job, JobState, MatrixVersion, User

from . import (
    comparing,
    editor,
    effect,
    files,
    publishing,
    registered,  # noqa: F401 - importing it puts the model into the console
    versions,
)


def _where(job: Job) -> str:
    """Where it can be asked for again, if it came to nothing and is about a draft; else how far it has come."""
    came_to_nothing = job.state in {JobState.FAILED, JobState.REFUSED}
    draft = MatrixVersion.objects.filter(pk=job.arguments["version"], published_at=None).first()
    if came_to_nothing and draft:
        return reverse("admin:matrix_effect" if job.kind == EFFECT else "admin:matrix_version", args=[draft.code])
    return reverse("admin:matrix_work", args=[job.pk])


leads_to(_where, PUBLISH, EFFECT)


@add_pages
def pages(site: ConsoleSite) -> Urls:
    """The pages, each for who may come into the console; what writes asks for more itself."""
    version = "matrix/versions/<str:code>/"
    views: list[tuple[str, Callable[..., HttpResponse], str]] = [
        ("matrix/", versions.matrix, "matrix_versions"),
        ("matrix/new/", versions.begin, "matrix_begin"),
        ("matrix/compare/", comparing.compare, "matrix_compare"),
        ("matrix/work/<int:pk>/", publishing.work, "matrix_work"),
        (version, editor.edit, "matrix_version"),
        (f"{version}details/", versions.details, "matrix_details"),
        (f"{version}discard/", versions.discard, "matrix_discard"),
        (f"{version}file/", files.download, "matrix_file"),
        (f"{version}upload/", files.upload, "matrix_upload"),
        (f"{version}effect/", effect.effect, "matrix_effect"),
        (f"{version}publish/", publishing.publish, "matrix_publish"),
    ]
    return [path(address, site.admin_view(view), name=name) for address, view, name in views]


@remind
def drafts_to_do(user: User, _today: date) -> list[ToDo]:
    """The drafts that are open."""
    many = MatrixVersion.objects.visible_to(user).filter(published_at=None).count()
    words = ngettext("open draft of the matrix", "open drafts of the matrix", many)
    return [ToDo(words, many, reverse("admin:matrix_versions"))]
