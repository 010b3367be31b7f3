"""Files sent by a form: those of a new import, and mended ones into an import there is."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from assessments.importing.importer import TABLES
from assessments.importing.unpacking import UploadRefused, too_large
from assessments.services.uploads import NotNow, mend_import, upload_import
from roles.admin.base import user_of

from .asking import import_asked, page, refuse_readers

#: What a form takes beside the files that it sends.
_BESIDE = 1024**2

View = Callable[..., HttpResponse]


def takes_files(view: View) -> View:
    """A view to which files are sent: too many bytes are refused before any is read, as looking for the token would."""

    @csrf_exempt
    @wraps(view)
    def first(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.IMPORT_BYTES + _BESIDE:
            return _asked(request, [too_large()], status=413)
        answer: HttpResponse = csrf_protect(view)(request, *args, **kwargs)
        return answer

    return first


@takes_files
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Asks for files; once they are sent, leads to what importing them would do."""
    refuse_readers(request)
    if request.method != "POST":
        return _asked(request, [], status=200)
    try:
        made = upload_import(files=request.FILES.getlist("files"), by=user_of(request), at=now())
    except UploadRefused as refused:
        return _asked(request, refused.words, status=422)
    return redirect("admin:import", made.pk)


@takes_files
@require_POST
def mend(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes mended rows, or whole files in place of others, and has the import looked at anew."""
    asked = import_asked(request, pk)
    refuse_readers(request)
    try:
        mend_import(upload=asked, files=request.FILES.getlist("files"), by=user_of(request), at=now())
    except (UploadRefused, NotNow) as refused:
        words = refused.words if isinstance(refused, UploadRefused) else [str(refused)]
        context = {"upload": asked, "problems": words}
        return page(request, "import_refused.html", gettext("Nothing was taken"), context, status=422)
    return redirect("admin:import", pk)


def _asked(request: HttpRequest, problems: list[str], *, status: int) -> HttpResponse:
    context = {
        "problems": problems,
        "names": [f"{name}.csv" for name in TABLES],
        "megabytes": settings.IMPORT_BYTES // 1024**2,
        "days": settings.IMPORT_KEPT.days,
    }
    return page(request, "import_upload.html", gettext("Import files"), context, status=status)
