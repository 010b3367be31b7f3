"""What callers say in their addresses and headers, read in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.timezone import localdate
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from reports.days import day
from roles.models import Team, User

from .problems import ChangedMeanwhile

ModelT = TypeVar("ModelT", bound=Model)


def caller_of(request: Request) -> User:
    """Whose request it is; NotAuthenticated if nobody's."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user


def day_asked(request: Request, name: str = "as_of", *, default: date | None = None) -> date:
    """The day in a parameter; without one the default, which is today. ValidationError for what is no day."""
    text = request.query_params.get(name)
    if text is None:
        return default or localdate()
    try:
        return day(text)
    except ValueError as error:
        raise exceptions.ValidationError({name: f"{error}."}) from None


def flag_asked(request: Request, name: str, *, default: bool) -> bool:
    """The truth value in a parameter; ValidationError for anything but `true` and `false`."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if text not in {"true", "false"}:
        raise exceptions.ValidationError({name: "Write true or false."})
    return text == "true"


def whole_number_asked(request: Request, name: str, *, least: int, most: int, default: int) -> int:
    """The number in a parameter; ValidationError for what is none, or too small or too large a one."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise exceptions.ValidationError({name: f"Write a whole number from {least} to {most}."})
    return int(text)


def found(rows: QuerySet[ModelT], **where: Any) -> ModelT:
    """The one row among those that the caller may see; NotFound, in the same words, if it is hidden or missing."""
    one = next(iter(rows.filter(**where).order_by()[:1]), None)
    if one is None:
        raise exceptions.NotFound
    return one


def team_asked(request: Request, code: str) -> Team:
    """The team with this code; NotFound if there is none or it is not the caller's to see."""
    return found(Team.objects.visible_to(caller_of(request)), code=code)


def fields_asked(request: Request, known: Collection[str]) -> list[str]:
    """The names in `fields`, with commas between them; without it all. ValidationError for an unknown one."""
    text = request.query_params.get("fields")
    if text is None:
        return list(known)
    names = text.split(",")
    unknown = [name for name in names if name not in known]
    if unknown:
        message = f"There is no field {unknown[0]!r} here. Known: {', '.join(known)}."
        raise exceptions.ValidationError({"fields": message})
    return names


def chosen(request: Request, data: Mapping[str, Any]) -> dict[str, Any]:
    """Of an answer what `fields` asks for; ValidationError for an unknown name."""
    return {name: data[name] for name in fields_asked(request, data.keys())}


def etag_of(data: Any) -> str:
    """What names this state of a thing: a hash of what is told of it."""
    return etag_of_bytes(JSONRenderer().render(data))


def etag_of_bytes(told: bytes) -> str:
    """What names what is told, to the byte."""
    return f'"{hashlib.sha256(told).hexdigest()[:32]}"'


def check_unchanged(request: Request, current: Any) -> None:
    """Raise ChangedMeanwhile if the caller's `If-Match` does not name the thing as it is; without one, do nothing."""
    wanted = request.headers.get("If-Match")
    if wanted is None or wanted.strip() == "*":
        return
    if etag_of(current) not in [tag.strip() for tag in wanted.split(",")]:
        raise ChangedMeanwhile
