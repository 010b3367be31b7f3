"""The headers that writers read and send, as the OpenAPI document tells of them."""

from __future__ import annotations

from typing import Final

from drf_spectacular.utils import OpenApiParameter

from .idempotency import HEADER, LONGEST

_HEADER: Final = "header"

IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST,
        "pattern": "^[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$",
    },
    _HEADER,
    description="Any text, another for each request. Sent again with it, a request is done once and answered again.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string"},
    _HEADER,
    description="The ETag of the thing as you read it. If it has changed since, nothing is done and the answer is 412.",
)
LOCATION = OpenApiParameter(
    "Location", {"type": "string"}, _HEADER, response=[200, 201], description="The address of what was added."
)
REPLAYED = OpenApiParameter(
    "Idempotent-Replayed",
    {"type": "string", "enum": ["true"]},
    _HEADER,
    response=[200, 201],
    description="It was done before, under the same Idempotency-Key, and this is what was answered then.",
)
ETAG = OpenApiParameter(
    "ETag", {"type": "string"}, _HEADER, response=[200, 201], description="What names this state of the thing."
)

ADDING = [IDEMPOTENCY_KEY, LOCATION, REPLAYED, ETAG]
CHANGING = [IF_MATCH, ETAG]
