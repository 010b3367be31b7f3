"""Figures as the OpenAPI document tells of them: the measures of the contract's section 3, and cells."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reports.standings import State

from .fields import CodeField
from .parameters import words

STATES = [state.word for state in State]
_NULLABLE_LEVEL = {"type": ["integer", "null"], "minimum": 0, "maximum": 4}
_NULLABLE_REQUIRED = {"type": ["integer", "null"], "minimum": 1, "maximum": 4}


@extend_schema_field({"type": "integer", "minimum": 0})
class CountField(serializers.IntegerField):
    """How many."""


@extend_schema_field({"type": ["number", "null"], "minimum": 0, "maximum": 1})
class ShareField(serializers.FloatField):
    """A share, rounded to four decimals; null where its denominator is 0."""


@extend_schema_field(_NULLABLE_LEVEL)
class HeldField(serializers.IntegerField):
    """The level held; null where no result decides."""


@extend_schema_field(_NULLABLE_REQUIRED)
class RequiredField(serializers.IntegerField):
    """The level required; null where nothing is."""


@extend_schema_field(words(STATES, several=False))
class StateField(serializers.CharField):
    """How somebody stands in a competency."""


class MeasuresSerializer(serializers.Serializer[Any]):
    """How many people stand how (contract, section 3)."""

    required = CountField(help_text="People with a required level who are not exempt.")  # type: ignore[assignment]
    met = CountField()
    met_verified = CountField(help_text="Those of `met` whose deciding result is verified.")
    gap = CountField()
    not_assessed = CountField()
    expired = CountField()
    exempt = CountField(help_text="People with a required level who are exempt.")
    deficit = CountField(help_text="The sum of the levels that are missing.")
    coverage = ShareField(help_text="`met / required`.")
    verified_coverage = ShareField(help_text="`met_verified / required`.")
    readiness = ShareField(help_text="Weighted levels reached over weighted levels required.")


class CellSerializer(serializers.Serializer[Any]):
    """How somebody stands in a competency."""

    competency = serializers.CharField()
    required = RequiredField()  # type: ignore[assignment]
    level = HeldField()
    verified = serializers.BooleanField(allow_null=True)
    state = StateField()
    deficit = CountField()


class OfTeamSerializer(serializers.Serializer[Any]):
    """What every answer about a team's scope on a day begins with."""

    team = CodeField()
    as_of = serializers.DateField(read_only=True)
    matrix_version = CodeField(allow_null=True, help_text="In force on the day; null before the first takes effect.")
