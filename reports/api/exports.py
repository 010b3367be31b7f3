"""Exports: gaps, standings, results and people as files, streamed."""

from __future__ import annotations

import base64
from collections.abc import Generator
from datetime import datetime
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from reports.days import instant
from reports.exporting import FORMATS, TooManyRows, book, chunks
from reports.queries.exports import TABLES, Asked

from .asking import caller_of, day_asked, flag_asked, team_asked
from .base import Api
from .parameters import AS_OF, CODE, in_path
from .schema import Schema

#: Parameters that not every export has.
_OF_ONE_KIND = {"each": "gaps", "updated_since": "results"}


class AsAsked(BaseContentNegotiation):
    """The parameter `format` says what comes back, whatever the caller accepts; errors are problem details."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class WithoutFields(Schema):
    """In the document: the columns of a file are always all of them."""

    def _get_parameters(self) -> list[dict[str, Any]]:
        return [parameter for parameter in super()._get_parameters() if parameter["name"] != "fields"]


_ANSWERS = {
    (200, one.media_type.partition(";")[0]): OpenApiTypes.STR if one.lines else OpenApiTypes.BINARY
    for one in FORMATS.values()
}
_PARAMETERS = [
    in_path("kind", {"type": "string", "enum": list(TABLES)}),
    OpenApiParameter("format", {"type": "string", "enum": list(FORMATS), "default": "csv"}),
    OpenApiParameter("team", CODE, description="Only this team's scope. Without it, all that you may see."),
    AS_OF,
    OpenApiParameter(
        "each",
        {"type": "string", "enum": ["team"]},
        description="gaps only: a report for every team of the scope, in the order of the tree.",
    ),
    OpenApiParameter(
        "updated_since",
        {"type": "string", "format": "date-time"},
        description="results only: those recorded or withdrawn at that instant or later; say the zone.",
    ),
    OpenApiParameter("anonymise", bool, description="Pseudonyms in place of names and ids; false unless given."),
    OpenApiParameter("trailer", bool, description="csv, jsonl: rows and SHA-256 in a last line; true unless given."),
]


class Exports(Api):
    """A table as a file of any size."""

    parameters = frozenset({"format", "team", "as_of", "anonymise", "trailer"})
    content_negotiation_class = AsAsked
    schema = WithoutFields()

    def known_parameters(self) -> frozenset[str]:
        return self.parameters | {name for name, kind in _OF_ONE_KIND.items() if kind == self.kwargs.get("kind")}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if kwargs["kind"] not in TABLES:
            raise exceptions.NotFound

    @extend_schema(
        operation_id="exports",
        summary="A table as a file",
        parameters=_PARAMETERS,
        responses=_ANSWERS,
        tags=["exports"],
    )
    def get(self, request: Request, kind: str) -> HttpResponseBase:
        """The rows of a table for a scope and a day, in the same order every time.

        A text that a spreadsheet would take for a formula has an apostrophe in front. The last line of CSV and JSON
        Lines, the footer of Parquet and the headers X-Rows and Repr-Digest of XLSX say how many rows there are, and the
        SHA-256 of the rest.
        """
        form, asked = _format(request), _asked(request)
        anonymise = flag_asked(request, "anonymise", default=False)
        trailer = flag_asked(request, "trailer", default=True)
        response: StreamingHttpResponse
        if request.method == "HEAD":
            response = StreamingHttpResponse()
        elif form == "xlsx":
            response = _whole(kind, asked, anonymise=anonymise)
        else:
            response = StreamingHttpResponse(_Begun(chunks(kind, form, asked, anonymise=anonymise, trailer=trailer)))
        for name, value in _headers(kind, form, asked).items():
            response[name] = value
        return response


def _format(request: Request) -> str:
    form = request.query_params.get("format", "csv")
    if form not in FORMATS:
        raise exceptions.ValidationError({"format": f"Write one of {', '.join(FORMATS)}."})
    return form


def _asked(request: Request) -> Asked:
    """What the parameters ask for; ValidationError or NotFound."""
    code = request.query_params.get("team")
    each = request.query_params.get("each")
    if each not in {None, "team"}:
        raise exceptions.ValidationError({"each": "Write team, or leave it out."})
    return Asked(
        as_of=day_asked(request),
        reader=caller_of(request),
        team=team_asked(request, code) if code is not None else None,
        each=each is not None,
        since=_since(request.query_params.get("updated_since")),
    )


def _since(text: str | None) -> datetime | None:
    try:
        return None if text is None else instant(text)
    except ValueError as error:
        raise exceptions.ValidationError({"updated_since": f"{error}."}) from None


class _Begun:
    """A stream whose first chunk is there, so that what goes wrong before it can still be answered as an error."""

    def __init__(self, stream: Generator[bytes, None, None]) -> None:
        self._stream = stream
        self._first: bytes | None = next(stream, None)

    def __iter__(self) -> _Begun:
        return self

    def __next__(self) -> bytes:
        if self._first is None:
            return next(self._stream)
        first, self._first = self._first, None
        return first

    def close(self) -> None:
        """End the reading; Django does so when the answer has been sent, or nobody wants the rest."""
        self._stream.close()


def _whole(kind: str, asked: Asked, *, anonymise: bool) -> FileResponse:
    try:
        made = book(kind, asked, anonymise=anonymise)
    except TooManyRows as error:
        raise exceptions.ValidationError({"format": str(error)}) from None
    response = FileResponse(made.file)
    response.headers["X-Rows"] = str(made.rows)
    response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(made.digest).decode()}:"
    return response


def _headers(kind: str, form: str, asked: Asked) -> dict[str, str]:
    name = "-".join(filter(None, [kind, asked.team.code if asked.team else "", asked.as_of.isoformat()]))
    return {
        "Content-Type": FORMATS[form].media_type,
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=f"{name}.{form}") or "",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
