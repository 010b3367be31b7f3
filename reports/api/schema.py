"""How the views stand in the OpenAPI document. DRF imports this before its views, so it imports none."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema

from .problems import MEDIA_TYPE, TITLES, URN

PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "enum": [URN + name for name in TITLES]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "more_errors": {"type": "integer", "description": "How many more there are than errors names."},
        "errors": {
            "type": "array",
            "maxItems": 100,
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "index": {"type": "integer", "description": "Where in the list that was sent, from 0."},
                    "field": {"type": ["string", "null"]},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
#: The problems that any request may run into, and those of requests that write.
_ALWAYS = {
    "400": "Something in the request is not valid.",
    "401": "Nobody is signed in.",
    "403": "It is not yours to do, or beyond the scopes of the token.",
    "404": "It does not exist, or it is not yours to see.",
    "406": "None of the accepted media types can be had.",
    "429": "Too many requests; Retry-After says when to come again.",
    "500": "Something went wrong here.",
}
_WRITING = {
    "409": "Something else stands against it, or the same request is being answered.",
    "412": "If-Match names a state that no longer holds.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The Idempotency-Key was sent before with another request.",
}
_FIELDS = {
    "name": "fields",
    "in": "query",
    "description": "The names of the fields to answer with, with commas between them.",
    "schema": {"type": "string", "maxLength": 2000},
}


class Schema(AutoSchema):
    """An operation in the document; `fields`, `ordering` and the headers of writers stand there without being told."""

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        if self.method == "GET":
            return [*parameters, *_ordering(self.view, self._is_list_view()), _FIELDS]
        return parameters

    def _get_request_body(self, direction: str = "request") -> dict[str, Any] | None:
        """The body, which whoever adds something does not leave out."""
        body: dict[str, Any] | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        return {**body, "required": True} if body and self.method == "POST" else body


def _ordering(view: Any, is_list: bool) -> list[dict[str, Any]]:
    names = list(getattr(view, "ordering_fields", {})) if is_list else []
    if not names:
        return []
    either = [sign + name for name in names for sign in ("", "-")]
    return [{"name": "ordering", "in": "query", "schema": {"type": "string", "enum": either}}]


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook: every operation may answer with problem details."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result["paths"].values():
        for method, operation in path.items():
            problems = _ALWAYS if method == "get" else {**_ALWAYS, **_WRITING}
            for code, description in problems.items():
                operation["responses"].setdefault(code, {"description": description, "content": content})
    return result
