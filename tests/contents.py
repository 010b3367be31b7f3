"""What a database of ours holds, to compare with what another run has left: without keys and instants of its own."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from itertools import chain
from typing import Any

from django.apps import apps
from django.db import models

from roles.models import AuditHead, CatalogueStamp, Job

#: The rows of each table, in an order of their own; a row is its values by the names of its fields.
Contents = dict[str, list[tuple[tuple[str, Any], ...]]]

#: What is another one in each run: what follows from keys, what chains events, what is drawn by chance.
OF_THE_RUN = frozenset({"path", "salt", "seal", "previous", "hash", "request_id", "number", "pseudonym_key"}) | {
    # Of presence and counters, which hold keys of others: `rebuild_standings --check` compares them.
    *("roles", "cells", "totals", "changes"),
}
#: Work in the background is not what it leaves; the stamp of the catalogue is drawn by chance.
LEFT_OUT = frozenset({Job, AuditHead, CatalogueStamp})
#: An instant as JSON holds it, or an id that was made up.
_MADE_UP = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[0-9.:+-]*Z?|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
)


def contents() -> Contents:
    """All that this project's tables hold, other rows named by their codes in place of their keys."""
    names = _Names()
    rooms = chain.from_iterable(apps.get_app_config(room).get_models() for room in ("roles", "assessments", "reports"))
    return {model._meta.label: _rows(model, names.of) for model in rooms if model not in LEFT_OUT}


def differences(one: Contents, other: Contents) -> list[str]:
    """What only one of them holds, a line for each row: `-` for what only the first has, `+` for the second."""
    lines = []
    for label in one:
        first, second = Counter(one[label]), Counter(other[label])
        lines += [f"- {label} {dict(row)}" for row in (first - second).elements()]
        lines += [f"+ {label} {dict(row)}" for row in (second - first).elements()]
    return lines


def _rows(model: type[models.Model], name: Callable[[type[models.Model], Any], str]) -> list[Any]:
    fields = [field for field in model._meta.concrete_fields if _compared(field)]
    found = model._base_manager.order_by().values_list(*(field.attname for field in fields))
    return sorted((_row(fields, values, name) for values in found.iterator()), key=repr)


def _row(
    fields: list[Any], values: tuple[Any, ...], name: Callable[[type[models.Model], Any], str]
) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (field.name, name(field.related_model, value) if field.is_relation and value is not None else _steady(value))
        for field, value in zip(fields, values, strict=True)
    )


def _compared(field: models.Field[Any, Any]) -> bool:
    if field.name in OF_THE_RUN or isinstance(field, models.DateTimeField | models.UUIDField):
        return False
    return field.is_relation or not field.primary_key


def _steady(value: Any) -> Any:
    """The value without instants and made-up ids; bytes and JSON as texts."""
    if isinstance(value, str):
        return _MADE_UP.sub("…", value)
    if isinstance(value, dict):
        return tuple(sorted((_steady(str(key)), _steady(one)) for key, one in value.items()))
    if isinstance(value, list | tuple):
        return tuple(_steady(one) for one in value)
    return bytes(value) if isinstance(value, memoryview) else value


class _Names:
    """What rows are called that others refer to: by what names them (`called_by`), or by all that they hold."""

    def __init__(self) -> None:
        self.known: dict[type[models.Model], dict[Any, str]] = {}

    def of(self, model: type[models.Model], key: Any) -> str:
        """The name of the row with this key; the key itself if there is no such row."""
        if model not in self.known:
            self.known[model] = {}
            self.known[model] = self._names(model)
        return self.known[model].get(key) or self._one(model, key)

    def _one(self, model: type[models.Model], key: Any) -> str:
        # A row that refers to its own kind, such as a team to the one above, before all of them have names.
        return self._names(model, pk=key).get(key, f"no {model._meta.model_name} {key}")

    def _names(self, model: type[models.Model], **wanted: Any) -> dict[Any, str]:
        called_by = ("kind",) if model is Job else getattr(model, "called_by", ())
        named = [field for field in model._meta.concrete_fields if {field.attname, field.name} & {*called_by}]
        fields = named or [field for field in model._meta.concrete_fields if _compared(field)]
        rows = model._base_manager.filter(**wanted).values_list("pk", *(field.attname for field in fields))
        short = len(fields) <= 3
        return {key: _called(_row(fields, tuple(values), self.of), short=short) for key, *values in rows}


def _called(row: tuple[tuple[str, Any], ...], *, short: bool) -> str:
    words = " ".join(str(value) for _, value in row)
    return words if short else hashlib.sha256(words.encode()).hexdigest()[:16]
