"""The fields of bodies that are sent. Each takes what the OpenAPI document says of it, and nothing else.

DRF's own fields are kinder than their schemas: they take a number for a text, and trim what they are given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import validate_email
from drf_spectacular.drainage import set_override
from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.fields import empty

from reports.days import day
from roles.codes import CODE_LENGTH, CODE_PATTERN

from .parameters import CODE, RESULT_ID

#: As long as an address of people can be.
EMAIL_LENGTH = 254
#: So many unknown names of an object are told; a body has room for millions.
MANY = 20

# Line breaks and tabs may stand in a text, as in an import; other control characters may not.
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_TEXT = re.compile(rf"[^{_CONTROL}]*\Z")
_NAME = re.compile(rf"[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*\Z")
_RESULT_ID = re.compile(r"(?!\.{1,2}\Z)[^/\x00-\x1f\x7f-\x9f]+\Z")


class WrittenField(serializers.Field[Any, Any, Any, Any]):
    """A field of a body, which the document tells of by `schema`."""

    def __init__(self, schema: dict[str, Any], **options: Any) -> None:
        # It stands in bodies only. DRF's mark for that would stand in the document as well, and say less.
        super().__init__(**options)
        set_override(self, "field", schema)

    def refuse(self, words: str) -> serializers.ValidationError:
        """What to raise for a value that is none."""
        return serializers.ValidationError(words, code="invalid")


class WrittenText(WrittenField):
    """A text of at most so many characters; one that is `needed` has more than white space in it."""

    def __init__(self, most: int, *, needed: bool = False, **options: Any) -> None:
        self.most, self.needed = most, needed
        pattern = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$" if needed else rf"^[^{_CONTROL}]*$"
        schema = {"type": "string", "maxLength": most, "pattern": pattern}
        super().__init__({**schema, "minLength": 1} if needed else schema, **options)

    def to_internal_value(self, data: Any) -> str:
        if type(data) is not str:
            raise self.refuse("Write a text.")
        if len(data) > self.most:
            raise self.refuse(f"It has {len(data):,} characters; {self.most:,} are the most.")
        if not (_NAME if self.needed else _TEXT).match(data):
            wanted = "Write something other than white space" if self.needed and not data.strip() else "Leave out"
            raise self.refuse(f"{wanted}{' control characters' if wanted == 'Leave out' else ''}.")
        return data


class WrittenCode(WrittenField):
    """A code (roles/codes.py)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(CODE, **options)

    def to_internal_value(self, data: Any) -> str:
        if type(data) is not str or len(data) > CODE_LENGTH or not CODE_PATTERN.match(data):
            raise self.refuse(
                f"Write a code: 1 to {CODE_LENGTH} characters, no slash, no control character, no space at its ends."
            )
        return data


class WrittenResultId(WrittenField):
    """The sender's own id of a result."""

    def __init__(self, **options: Any) -> None:
        super().__init__({**RESULT_ID, "not": {"enum": [".", ".."]}}, **options)

    def to_internal_value(self, data: Any) -> str:
        if type(data) is not str or len(data) > RESULT_ID["maxLength"] or not _RESULT_ID.match(data):
            raise self.refuse("Write 1 to 100 characters, no slash and no control character.")
        return data


class WrittenEmail(WrittenField):
    """An e-mail address, or an empty text."""

    def __init__(self, **options: Any) -> None:
        address = {"type": "string", "format": "email", "maxLength": EMAIL_LENGTH}
        super().__init__({"anyOf": [address, {"type": "string", "maxLength": 0}]}, **options)

    def to_internal_value(self, data: Any) -> str:
        if type(data) is not str or len(data) > EMAIL_LENGTH:
            raise self.refuse(f"Write an e-mail address of at most {EMAIL_LENGTH} characters.")
        try:
            if data:
                validate_email(data)
        except DjangoValidationError:
            raise self.refuse("This is not an e-mail address.") from None
        return data


class WrittenDay(WrittenField):
    """A day, written YYYY-MM-DD."""

    def __init__(self, **options: Any) -> None:
        super().__init__({"type": "string", "format": "date"}, **options)

    def to_internal_value(self, data: Any) -> date:
        if type(data) is not str:
            raise self.refuse("Write a day as YYYY-MM-DD.")
        try:
            return day(data[:20])
        except ValueError as error:
            raise self.refuse(f"{error}.") from None


class WrittenWord(WrittenField):
    """One of a few words."""

    def __init__(self, words: list[str], **options: Any) -> None:
        self.words = words
        super().__init__({"type": "string", "enum": words}, **options)

    def to_internal_value(self, data: Any) -> str:
        if type(data) is not str or data not in self.words:
            raise self.refuse(f"Write one of {', '.join(self.words)}.")
        return data


class WrittenLevel(WrittenField):
    """A level of the scale. JSON has one kind of number, so that 3.0 is 3; but true is not 1."""

    def __init__(self, **options: Any) -> None:
        super().__init__({"type": "integer", "minimum": 0, "maximum": 4}, **options)

    def to_internal_value(self, data: Any) -> int:
        if type(data) not in (int, float) or data not in (0, 1, 2, 3, 4):
            raise self.refuse("Write a level from 0 to 4.")
        return int(data)


class Body(serializers.Serializer[Any]):
    """An object that is sent: every name in it is known, and a `partial` one needs none of them.

    `not_here` are names of the thing that cannot be sent, to say so in place of not knowing them.
    """

    not_here: frozenset[str] = frozenset()

    @cached_property
    def places(self) -> dict[str, tuple[str, WrittenField]]:
        """The fields by name, each with the name of its value."""
        return {name: (str(field.source), field) for name, field in self.fields.items()}  # type: ignore[misc]

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The values, in one pass that is quick enough for thousands of objects; ValidationError by field."""
        if type(data) is not dict:
            raise serializers.ValidationError({"non_field_errors": ["Send a JSON object."]})
        found: dict[str, Any] = {}
        wrong: dict[str, Any] = {}
        for name, (source, field) in self.places.items():
            try:
                if name in data:
                    found[source] = _value(field, data[name])
                elif not self.partial:
                    found[source] = _default(field)
            except serializers.ValidationError as error:
                wrong[name] = error.detail
        if len(data) > len(self.places) or not data.keys() <= self.places.keys():
            others = (name for name in data if name not in self.places)
            wrong |= {name: self._no_place if name in self.not_here else self._unknown for name in islice(others, MANY)}
        if wrong:
            raise serializers.ValidationError(wrong)
        return found

    @cached_property
    def _unknown(self) -> list[ErrorDetail]:
        words = f"There is no such field here. Known: {', '.join(self.places)}."
        return [ErrorDetail(words, code="unknown_field")]

    @cached_property
    def _no_place(self) -> list[ErrorDetail]:
        return [ErrorDetail("It cannot be set here.", code="read_only")]


def _value(field: WrittenField, data: Any) -> Any:
    if data is not None:
        return field.to_internal_value(data)
    if field.allow_null:
        return None
    raise serializers.ValidationError("It cannot be null.", code="null")


def _default(field: WrittenField) -> Any:
    if field.default is empty:
        raise serializers.ValidationError("It is needed.", code="required")
    return field.default


class StretchBody(Body):
    """What is to hold for a person from a day until a day; without an `until` it holds on."""

    employee_id = WrittenCode()
    until = WrittenDay(source="until_on", allow_null=True, default=None)

    def get_fields(self) -> dict[str, Any]:
        """With `from` before `until`, which no name in Python can be."""
        fields = super().get_fields()
        until = fields.pop("until")
        return {**fields, "from": WrittenDay(source="from_on"), "until": until}


class StretchEnd(Body):
    """The end of a stretch: the first day on which it no longer holds; null takes an end back."""

    until = WrittenDay(source="until_on", allow_null=True)


class _BodyInTheDocument(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """How bodies stand in the OpenAPI document: nothing in them but what is named."""

    target_class = Body
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False}


def renamed(errors: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What a model or a service finds wrong, by the names that fields have in bodies."""
    return {names.get(name, name): words for name, words in errors.items()}
