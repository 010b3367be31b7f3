"""The fields of answers, with what the OpenAPI document says of them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from .parameters import CODE


@extend_schema_field(CODE)
class CodeField(serializers.CharField):
    """A code, which is read and never written here."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)


class TextField(serializers.CharField):
    """A text of any length, empty where there is none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)


class DayField(serializers.DateField):
    """A day; null where there may be none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": 4})
class LevelField(serializers.IntegerField):
    """A level of the scale."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)


CHANGED_AT = "When it was last changed."


class InstantField(serializers.DateTimeField):
    """An instant, with its zone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)


class StretchSerializer(serializers.Serializer[Any]):
    """What holds for a person from a day until a day; without an `until` it holds on.

    Where both days are the same it holds on no day: it was a mistake, and is kept.
    """

    id = serializers.IntegerField(read_only=True)
    employee_id = CodeField(source="person.employee_id")
    until = DayField(source="until_on", allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """With `from` before `until`, which no name in Python can be, and when it was last changed at the end."""
        fields = super().get_fields()
        until = fields.pop("until")
        days = {"from": DayField(source="from_on"), "until": until}
        return {**fields, **days, "updated_at": InstantField(help_text=CHANGED_AT)}
