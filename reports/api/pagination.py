"""Pages of any list, of any length, each as quick as the first."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db.models import Model, Q, QuerySet
from rest_framework import exceptions
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

PAGE, MOST = 100, 1_000


class KeysetPagination(BasePagination):
    """Each page begins behind the last row of the one before, by the list's order and then the primary key.

    What is added or taken away meanwhile neither repeats nor skips a row. DRF's own cursor counts rows of the same
    value from the first, and goes round in a circle where there are more than 1,000 of them.
    """

    parameters = frozenset({"cursor", "page_size"})

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the page asked for; ValidationError for a size or a cursor that is none."""
        self.request = request
        names = _order(queryset)
        size = _size(request.query_params.get("page_size"))
        cursor = request.query_params.get("cursor")
        rows = queryset.order_by(*names)
        if cursor is not None:
            rows = _behind(rows, names, cursor)
        page = list(rows[: size + 1])
        self.next_cursor = _cursor([_value(page[size - 1], name) for name in names]) if len(page) > size else None
        return page[:size]

    def get_paginated_response(self, data: Any) -> Response:
        """The rows, and the address of the next page; None on the last one."""
        address = self.request.build_absolute_uri()
        following = self.next_cursor and replace_query_param(address, "cursor", self.next_cursor)
        return Response({"next": following, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        address = {"type": ["string", "null"], "format": "uri", "description": "The next page; null on the last one."}
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": address, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "Where the page begins: part of the address in `next`.",
                "schema": {"type": "string", "maxLength": 2000},
            },
            {
                "name": "page_size",
                "in": "query",
                "description": f"How many, {PAGE} unless given.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MOST},
            },
        ]


def _order(queryset: QuerySet[Any]) -> list[str]:
    """The fields of the queryset's order, the primary key as the last."""
    names = [str(name) for name in queryset.query.order_by or queryset.model._meta.ordering]
    last = "-pk" if names and names[0].startswith("-") else "pk"
    return names if names and names[-1].lstrip("-") == "pk" else [*names, last]


def _size(text: str | None) -> int:
    if text is None:
        return PAGE
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
        raise exceptions.ValidationError({"page_size": f"Write a whole number from 1 to {MOST}."})
    return int(text)


def _value(row: Model, name: str) -> Any:
    value: Any = row
    for part in name.lstrip("-").split("__"):
        value = getattr(value, part)
    return value


def _cursor(values: Sequence[Any]) -> str:
    text = json.dumps([value if isinstance(value, int | str) else value.isoformat() for value in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _behind(rows: QuerySet[Any], names: Sequence[str], cursor: str) -> QuerySet[Any]:
    """The rows that come after the one that the cursor names."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(names):
            raise ValueError(cursor)
        if not all(_may_stand(value) for value in values):
            raise ValueError(cursor)
        return rows.filter(_after(list(zip(names, values, strict=True))))
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error, ValidationError, FieldError):
        message = "This is no cursor of this list. Follow `next`, or leave it out to begin at the first page."
        raise exceptions.ValidationError({"cursor": message}) from None


def _may_stand(value: Any) -> bool:
    """Whether a field of the order may hold it: a text without NUL, or a number that fits into a column."""
    return "\0" not in value if isinstance(value, str) else isinstance(value, int) and abs(value) < 2**63


def _after(places: list[tuple[str, Any]]) -> Q:
    """Behind in the first field, or level there and behind in the rest."""
    (name, value), *rest = places
    field, beyond = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
    behind = Q(**{f"{field}__{beyond}": value})
    # Level or behind comes first and by itself, so that an index on the first field leads to the place.
    return Q(**{f"{field}__{beyond}e": value}) & (behind | _after(rest)) if rest else behind
