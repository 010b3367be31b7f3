"""Every request says who acts in it, so that whatever it changes is recorded with that."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from roles.acting import acting
from roles.models import Surface

HEADER = "X-Request-ID"
_TOLD = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: The beginnings of addresses by the surface that they are.
SURFACES = {"/api/": Surface.REST, "/admin/": Surface.CONSOLE}


class RecordingMiddleware:
    """Says who acts, by which surface, from where and in which request; the answer names the request as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = _request_id(request)
        with acting(
            # Known once somebody has been authenticated: by a session in a middleware, by a token in the view.
            actor=lambda: _actor(request),
            surface=next(
                (which for begins, which in SURFACES.items() if request.path.startswith(begins)), Surface.PAGE
            ),
            origin=origin_of(request),
            request_id=request_id,
        ):
            response = self.get_response(request)
        response[HEADER] = request_id
        return response


def _actor(request: HttpRequest) -> str:
    """Who acts: whoever is signed in, also while they see the pages as somebody else."""
    user = getattr(request, "seen_by", None) or getattr(request, "user", None)
    return user.get_username() if user is not None else ""


def _request_id(request: HttpRequest) -> str:
    """The id that the sender or a proxy gave the request, if it is a sound one, or a new one."""
    told = request.headers.get(HEADER, "")
    return told if _TOLD.fullmatch(told) else uuid.uuid4().hex


def origin_of(request: HttpRequest) -> str:
    """The address that the request came from; behind a proxy that is trusted, the one that the proxy tells of last."""
    told = request.headers.get("X-Forwarded-For", "") if settings.TRUST_PROXY else ""
    return (told.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR") or "")[:45]
