"""A version of the matrix as a file, out and into a draft."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from reports.forms.matrix import FileForm
from reports.matrix_file import COLUMNS, MatrixFile, read_file, rows_of
from reports.queries.matrix_versions import last_saved
from reports.views.asking import SignedInRequest
from roles.services import DraftMoved, set_requirements

from .asking import draft_asked, page, revision_sent, version_asked


@require_safe
def download(request: SignedInRequest, code: str) -> HttpResponse:
    """The version as matrix.csv, which an import and an upload take."""
    version = version_asked(request, code)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="matrix.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    writer.writerows(rows_of(version))
    return response


@require_POST
def upload(request: SignedInRequest, code: str) -> HttpResponse:
    """Have the draft ask for just what a file does; nothing of it, if a row is bad or somebody has saved meanwhile."""
    draft = draft_asked(request, code)
    form, problems, status = FileForm(request.POST, request.FILES), list[str](), 422
    if form.is_valid():
        found = _read(form.cleaned_data["file"])
        problems = found.problems.lines()
        if not found.problems:
            cells = found.differences_from(draft)
            try:
                set_requirements(draft=draft, cells=cells, revision=revision_sent(request))
            except DraftMoved as moved:
                problems, status = [f"{moved} {last_saved(draft)}"], 409
            else:
                messages.success(request, gettext("The draft now asks for what is in the file."))
                return redirect("admin:matrix_version", draft.code)
    context = {"draft": draft, "file_form": form, "problems": problems}
    title = gettext("File for %(code)s") % {"code": code}
    return page(request, "matrix_upload.html", title, context, status=status)


def _read(file: UploadedFile[bytes]) -> MatrixFile:
    """What is in the file, which a reader of its own process needs on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"matrix{Path(file.name or '').suffix.lower()}")
        with path.open("wb") as copy:
            copy.writelines(file.chunks())
        return read_file(path)
