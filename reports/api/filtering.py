"""What lists can be asked for. A parameter that nobody reads is an error, not something that is passed over."""

from __future__ import annotations

from typing import Any

from django.utils.datastructures import MultiValueDict
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions
from rest_framework.request import Request

#: The most that a parameter may hold.
LONGEST = 2_000


class FilterBackend(DjangoFilterBackend):  # type: ignore[misc]  # django-filter has no annotations
    """django-filter with the filters that a view's `filterset_class` names."""


def check_parameters(request: Request, known: frozenset[str]) -> None:
    """Raise ValidationError for a parameter that is not known here, comes twice, or holds what is no text."""
    parameters: MultiValueDict[str, str] = request.query_params
    wrong: dict[str, str] = {}
    for name, values in parameters.lists():
        if name not in known:
            known_here = ", ".join(sorted(known)) or "none"
            wrong[name] = f"There is no such parameter here. Known: {known_here}."
        elif len(values) > 1:
            wrong[name] = "It is given more than once."
        elif not values[0]:
            wrong[name] = "It is empty. Leave it out instead."
        elif "\0" in values[0] or "\ufffd" in values[0]:
            wrong[name] = "It holds something that is no text."
        elif len(values[0]) > LONGEST:
            wrong[name] = f"It is longer than {LONGEST:,} characters."
    if wrong:
        raise exceptions.ValidationError(wrong)


def filters_of(view: Any) -> frozenset[str]:
    """The names of the filters of a list."""
    filterset = getattr(view, "filterset_class", None)
    return frozenset(filterset.base_filters) if filterset else frozenset()
