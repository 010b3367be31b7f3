"""Whether the site can do its work: for probes, which are not signed in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from roles.heartbeat import worker_is_there


@require_safe
@never_cache
@login_not_required
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """`ok` if the database answers, otherwise 503. Why it does not is for the log, not for whoever asks."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("the database does not answer", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
@login_not_required
def worker_health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """`ok` if a worker has said lately that it is there, otherwise 503: apart, since the pages need none."""
    try:
        there = worker_is_there(at=now())
    except DatabaseError:
        return HttpResponse("the database does not answer", status=503, content_type="text/plain")
    if not there:
        return HttpResponse("no worker is running", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
