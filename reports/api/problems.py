"""Errors as problem details (RFC 9457): always JSON, with a type that programs can rely on."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.signals import got_request_exception
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"
#: What every `type` begins with; the words behind it are those of `TITLES`, which never change.
URN = "urn:aiskills:problem:"

TITLES = {
    "bad-request": "The request cannot be understood",
    "invalid": "Something in the request is not valid",
    "not-authenticated": "Nobody is signed in",
    "forbidden": "This is not yours to do",
    "not-found": "There is nothing here for you",
    "method-not-allowed": "Nothing answers this method here",
    "not-acceptable": "None of the accepted media types can be had",
    "conflict": "Something else stands against it",
    "in-flight": "The same request is being answered",
    "changed-meanwhile": "Somebody has changed it meanwhile",
    "body-too-large": "The body is too large",
    "unsupported-media-type": "The body is of a media type that is not read here",
    "key-used-before": "The idempotency key belongs to another request",
    "too-many-requests": "Too many requests",
    "server-error": "Something went wrong here",
}
_BY_STATUS = {
    400: "bad-request",
    401: "not-authenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    412: "changed-meanwhile",
    413: "body-too-large",
    415: "unsupported-media-type",
    422: "key-used-before",
    429: "too-many-requests",
    500: "server-error",
}

#: So many things that are wrong are told one by one; of the others only how many there are (contract, section 4).
MOST_ERRORS = 100

log = logging.getLogger("django.request")


class Conflict(exceptions.APIException):
    """What is asked for does not go with what stands, such as a membership on the days of another."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = "Something else stands against it."


class InFlight(Conflict):
    """The same request with the same idempotency key is being answered at this moment."""

    default_code = "in-flight"
    default_detail = "A request with this Idempotency-Key is being answered. Send it again in a moment."
    wait = 1


class KeyUsedBefore(exceptions.APIException):
    """The idempotency key has been sent with another request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "key-used-before"
    default_detail = "This Idempotency-Key was sent before with another request. Use a new key for each request."


class ChangedMeanwhile(exceptions.APIException):
    """`If-Match` names a state that no longer holds."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "changed-meanwhile"
    default_detail = "It has changed since you read it. Read it again, and send your change with its new ETag."


def answer(error: Exception, context: Mapping[str, Any]) -> Response:
    """The problem details for whatever a view raised; what nobody expected is logged and answered 500."""
    response = exception_handler(error, dict(context))
    request = context["request"]
    if response is None:
        log.error("Internal Server Error: %s", request.path, exc_info=error)
        got_request_exception.send(sender=None, request=request._request)
        response = Response(status=status.HTTP_500_INTERNAL_SERVER_ERROR)
        problem = _problem(500, "Something went wrong here. It has been logged.", request.path)
    else:
        problem = _problem(response.status_code, _detail(error), request.path, name=_name(error), errors=_errors(error))
    if isinstance(error, InFlight):
        response["Retry-After"] = str(error.wait)
    # JSON whatever the view answers in, such as the page of the docs.
    request.accepted_renderer, request.accepted_media_type = JSONRenderer(), MEDIA_TYPE
    response.data = problem
    response.content_type = MEDIA_TYPE
    return response


def _name(error: Exception) -> str | None:
    if isinstance(error, exceptions.ValidationError):
        return "invalid"
    code = getattr(error, "default_code", "")
    return code if code in TITLES else None


def _detail(error: Exception) -> str:
    if isinstance(error, Http404 | exceptions.NotFound):
        return "It does not exist, or it is not yours to see."
    if isinstance(error, exceptions.ValidationError):
        found = _errors(error)
        told = "each" if len(found) <= MOST_ERRORS else f"the first {MOST_ERRORS}"
        return found[0]["detail"] if len(found) == 1 else f"{len(found):,} things are not valid; errors names {told}."
    if isinstance(error, exceptions.APIException):
        return str(error.detail)
    return str(error) or "You may see this, but not change it." if isinstance(error, PermissionDenied) else ""


def _errors(error: Exception) -> list[dict[str, Any]]:
    """What is wrong, one by one, with the index in a list that was sent and the field, where there is one."""
    if not isinstance(error, exceptions.ValidationError):
        return []
    if isinstance(error.detail, list) and any(isinstance(one, dict) for one in error.detail):
        return [
            {"index": index, **found} for index, one in enumerate(error.detail) for found in _fields(one, "") if one
        ]
    return list(_fields(error.detail, ""))


def _fields(detail: Any, field: str) -> Iterator[dict[str, Any]]:
    if isinstance(detail, Mapping):
        for name, within in detail.items():
            inner = "" if name == "non_field_errors" else str(name)
            yield from _fields(within, ".".join(filter(None, [field, inner])))
    elif isinstance(detail, list):
        for one in detail:
            yield from _fields(one, field)
    else:
        yield {"field": field or None, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}


def _problem(
    code: int, detail: str, path: str, *, name: str | None = None, errors: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    name = name or _BY_STATUS.get(code, "bad-request")
    problem: dict[str, Any] = {
        "type": f"{URN}{name}",
        "title": TITLES[name],
        "status": code,
        "detail": detail or TITLES[name],
        "instance": path,
    }
    if errors:
        problem["errors"] = errors[:MOST_ERRORS]
    if errors and len(errors) > MOST_ERRORS:
        problem["more_errors"] = len(errors) - MOST_ERRORS
    return problem


def _page_or_problem(request: HttpRequest, code: int, page: HttpResponse, detail: str = "") -> HttpResponse:
    """Outside the views: problem details below /api/, and the page everywhere else."""
    if not request.path.startswith("/api/"):
        return page
    return JsonResponse(_problem(code, detail, request.path), status=code, content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400, for a request that no view has seen, such as one with a host that is not allowed."""
    return _page_or_problem(request, HTTPStatus.BAD_REQUEST, defaults.bad_request(request, exception))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403, for what no view was asked, such as to write while one sees the pages as somebody else."""
    page = defaults.permission_denied(request, exception)
    return _page_or_problem(request, HTTPStatus.FORBIDDEN, page, str(exception))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500, for what went wrong outside a view."""
    return _page_or_problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, defaults.server_error(request))


def conflict_of(error: IntegrityError, known: Mapping[str, str]) -> Exception:
    """The Conflict that a refusal of the database means: `known` has the words for each name of a constraint."""
    text = str(error)
    return next((Conflict(words) for name, words in known.items() if name in text), error)
