"""What an import would do, or has done, on a page of its own; and its bad rows as files to mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from assessments.importing.watching import Change, changes_of_page
from assessments.models import ImportFile
from assessments.services.previewing import PROBLEMS_KEPT
from assessments.services.uploads import file_to_mend
from roles.admin.jobs import worker_context
from roles.progress_kept import shown as with_progress

from .asking import import_asked, page

BAD_ROWS_OF_A_PAGE = 100


class Cell(NamedTuple):
    """A cell of a change: what it becomes, and what it was where that is something else."""

    after: str
    before: str | None

    @property
    def differs(self) -> bool:
        """Whether the change is in this cell."""
        return self.before is not None


class Row(NamedTuple):
    """A change on a page."""

    line: int
    new: bool
    cells: list[Cell]


@require_safe
def shown(request: HttpRequest, pk: int) -> HttpResponse:
    """The import: how far it is, what it would do, what is wrong with it; to htmx, the same without its frame."""
    upload = import_asked(request, pk)
    files = list(upload.files.all())
    bad = Paginator(upload.bad_rows.select_related("file"), BAD_ROWS_OF_A_PAGE)
    context = {
        "upload": upload,
        "job": with_progress(upload.job) if upload.job else None,
        "files": files,
        "changes": sum(file.changes for file in files),
        "bad": bad.get_page(request.GET.get("page")),
        "bad_rows_of": {file.pk for file in upload.files.filter(bad_rows__cells__isnull=False)},
        "problems_kept": PROBLEMS_KEPT,
        "moved": [_moved(one) for one in upload.moved],
        **worker_context(something_waits=upload.busy),
    }
    return page(request, "import.html", str(upload), context)


@require_safe
def changes(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """What one file of an import would add and change, row by row."""
    upload = import_asked(request, pk)
    of = get_object_or_404(upload.files, pk=file)
    pages = Paginator(of.pages.order_by("number"), 1)
    current = pages.get_page(request.GET.get("page"))
    kept = next(iter(current.object_list), None)
    rows = [_row(change) for change in changes_of_page(bytes(kept.content))] if kept else []
    context = {"upload": upload, "file": of, "pages": current, "rows": rows}
    return page(request, "import_changes.html", gettext("What %(file)s would change") % {"file": of.name}, context)


@require_safe
def bad_rows(request: HttpRequest, pk: int, file: int) -> StreamingHttpResponse:
    """The bad rows of one file as a file to mend; Http404 if there is nothing to mend."""
    of = get_object_or_404(import_asked(request, pk).files, pk=file)
    return bad_rows_answer(of)


def bad_rows_answer(file: ImportFile) -> StreamingHttpResponse:
    """The file to mend, as an attachment."""
    if not file.bad_rows.filter(cells__isnull=False).exists():
        raise Http404
    name = f"{file.name.rpartition('.')[0]}-bad-rows.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(file_to_mend(file), content_type="text/csv; charset=utf-8", headers=headers)


def _row(change: Change) -> Row:
    before: Sequence[str | None] = change.before or [None] * len(change.after)
    cells = [Cell(after, was if was != after else None) for after, was in zip(change.after, before, strict=True)]
    return Row(change.line, change.before is None, cells)


def _moved(one: dict[str, Any]) -> dict[str, Any]:
    """A row that would be changed otherwise than it was previewed, in words by column."""
    was, now = ([*_words(one["columns"], one[when])] for when in ("previewed", "now"))
    return {"file": one["file"], "line": one["line"], "previewed": was, "now": now}


def _words(columns: list[str], change: list[Any] | None) -> Iterator[str]:
    if change is not None:
        row = _row(Change(*change))
        for column, cell in zip(columns, row.cells, strict=False):
            if cell.differs:
                yield f"{column}: {cell.before or '–'} → {cell.after or '–'}"
            elif row.new and cell.after:
                yield f"{column}: {cell.after}"
