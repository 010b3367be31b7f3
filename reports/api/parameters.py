"""Parameters as the OpenAPI document tells of them, and the texts that stand in them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from roles.codes import CODE_LENGTH

#: What roles/codes.py lets be a code, as regular expressions are written in JSON Schema.
_CONTROL = r"\x00-\x1f\x7f-\x9f"
CODE: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": CODE_LENGTH,
    "pattern": rf"^(?!\.{{1,2}}$)[^\s/\\{_CONTROL}]([^/\\{_CONTROL}]*[^\s/\\{_CONTROL}])?$",
}
#: Several of them, with commas between.
CODES: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 2000, "pattern": rf"^[^/\\{_CONTROL}]+$"}
DAY: dict[str, Any] = {"type": "string", "format": "date"}
RESULT_ID: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": rf"^[^/{_CONTROL}]+$"}
KEY: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}

AS_OF = OpenApiParameter("as_of", DAY, description="The day, past or future; today unless given.")


def in_path(name: str, schema: dict[str, Any]) -> OpenApiParameter:
    """A place in the address."""
    return OpenApiParameter(name, schema, location=OpenApiParameter.PATH)


def words(known: list[str], *, several: bool) -> dict[str, Any]:
    """One of the words, or several with commas between them."""
    if not several:
        return {"type": "string", "enum": known}
    one = "|".join(known)
    return {"type": "string", "maxLength": 2000, "pattern": f"^({one})(,({one}))*$"}
