"""Reading a body as JSON, and nothing that a database, a serializer or a stack could stumble over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

#: How deep lists and objects may lie in each other; nothing that is asked for here lies deeper than three.
DEEPEST = 20


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = "The body is too large."


class StrictJSONParser(BaseParser):
    """RFC 8259 in UTF-8, without NaN, NUL, lone surrogates, repeated names or a depth that nobody needs."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value that stands in the body; BodyTooLarge or ParseError, saying what is wrong."""
        return parsed(_read(stream))


def _read(stream: Any) -> bytes:
    most = settings.API_BODY_BYTES
    body: bytes = stream.read(most + 1)
    if len(body) > most:
        raise BodyTooLarge(f"The body is larger than {most:,} bytes. Send it in parts.")
    return body


def parsed(body: bytes) -> Any:
    """The value that a body holds; ParseError, saying what is wrong with it."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_each_once)
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8.") from None
    except RecursionError:
        raise ParseError("The body is nested too deeply.") from None
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {error}.") from None
    _check(value, depth=0)
    return value


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has the same name twice")
    return found


def _check(value: Any, *, depth: int) -> None:
    """Raise ParseError where the value holds text that cannot be stored, or lies too deep."""
    if depth > DEEPEST:
        raise ParseError("The body is nested too deeply.")
    if isinstance(value, str):
        if "\0" in value or (not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value)):
            raise ParseError("The body holds a NUL or half a surrogate pair, which is no text.")
    elif isinstance(value, list):
        for one in value:
            _check(one, depth=depth + 1)
    elif isinstance(value, dict):
        for name, one in value.items():
            _check(name, depth=depth + 1)
            _check(one, depth=depth + 1)
