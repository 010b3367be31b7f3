"""What an event of the audit trail says, in codes and not in keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import models

from .models.audit import AuditEvent, plain
from .recorded import Recorded
from .trail import Key, RowChange, Told, Values

HIDDEN, HIDDEN_TOO = "(secret)", "(another secret)"
SUBJECT_AT_MOST: int = AuditEvent._meta.get_field("subject").max_length  # type: ignore[assignment]


class Said(NamedTuple):
    """An event in words: see AuditEvent for the fields."""

    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    by: str


def said(told: Told) -> Said | None:
    """What the event says: each row that differs by its kind and name, what is counted, and the other facts.

    None if nothing became different. A query for each kind of row that others refer to.
    """
    changes = {key: change for key, change in told.rows.items() if _differs(change)}
    if not (changes or told.counts or told.facts):
        return None
    names = _Names(changes, told.names)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for key, change in changes.items():
        label, (was, becomes) = names.label(key, change), _differing(change)
        if was is not None:
            before[label] = names.values(key[0], was, HIDDEN)
        if becomes is not None:
            after[label] = names.values(key[0], becomes, HIDDEN_TOO)
    labels = [*(before | after)]
    after |= told.facts | ({"counted": dict(told.counts)} if told.counts else {})
    action = told.action or _action(changes, told)
    subject = (told.subject or _subject(labels, action))[:SUBJECT_AT_MOST]
    return Said(action, subject, before or None, after or None, told.by)


def _subject(labels: list[str], action: str) -> str:
    """What the event is about: its only row, or the only one of the kind that was acted on."""
    of_kind = [label for label in labels if label.partition(" ")[0] == action.partition(".")[0]]
    rows = labels if len(labels) == 1 else of_kind
    return rows[0].partition(" ")[2] if len(rows) == 1 else ""


def _differs(change: RowChange) -> bool:
    return None in change or any(_differing(change))


def _differing(change: RowChange) -> tuple[Values | None, Values | None]:
    """Both sides of the change; of a row that was there and still is, only what differs."""
    before, after = change
    if before is None or after is None:
        return change
    names = [name for name in after if name in before and plain(before[name]) != plain(after[name])]
    return {name: before[name] for name in names}, {name: after[name] for name in names}


def _action(changes: dict[Key, RowChange], told: Told) -> str:
    """What it was, for a write that no service gave a name."""
    for (model, _), change in changes.items():
        return f"{model._meta.model_name}.{change.how}"
    counted = next(iter(told.counts), "facts told")
    return counted.replace(" ", ".")


class _Names:
    """The names of rows that are told of, and of those that they refer to."""

    def __init__(self, changes: dict[Key, RowChange], at_hand: dict[Key, str]) -> None:
        self.known = dict(at_hand)
        wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
        for (model, _), change in changes.items():
            for values in change:
                for target, pk in _references(model, values or {}):
                    wanted[target].add(pk)
        for (model, pk), change in changes.items():
            if pk in wanted.get(model, ()) and len(_called_by(model)) == 1:
                self.known[model, pk] = str((change.before or change.after or {}).get(_called_by(model)[0], pk))
        for target, keys in wanted.items():
            self._look_up(target, keys)

    def _look_up(self, target: type[models.Model], keys: set[Any]) -> None:
        missing = [pk for pk in keys if (target, pk) not in self.known]
        called_by = _called_by(target)
        if not missing or len(called_by) != 1:
            return
        for pk, name in target._default_manager.filter(pk__in=missing).order_by().values_list("pk", *called_by):
            self.known[target, pk] = str(name)

    def label(self, key: Key, change: RowChange) -> str:
        """What the row is called, its kind first."""
        model, pk = key
        values = {**(change.after or {}), **(change.before or {})}
        named = [self.values(model, {name: values[name]}, "") for name in _called_by(model) if name in values]
        words = [str(value) for one in named for value in one.values()]
        return " ".join([str(model._meta.model_name), *(words or [str(pk)])])

    def values(self, model: type[models.Model], values: Values, hidden: str) -> dict[str, Any]:
        """The values by the names of their fields, with names in place of other rows' keys, and `hidden` of secrets."""
        secret = model.secret if issubclass(model, Recorded) else frozenset()
        shown = {}
        for field in model._meta.concrete_fields:
            if field.attname in values:
                value = values[field.attname]
                if field.attname in secret:
                    value = hidden
                elif field.is_relation and value is not None:
                    value = self.known.get((_target(field), value), str(value))
                shown[field.name] = plain(value)
        # What is no column, such as the threats of a competency, is told by codes.
        columns = {field.attname for field in model._meta.concrete_fields}
        return shown | {name: plain(value) for name, value in values.items() if name not in columns}


def _called_by(model: type[models.Model]) -> tuple[str, ...]:
    return model.called_by if issubclass(model, Recorded) else ()


def _references(model: type[models.Model], values: Values) -> Iterator[Key]:
    for field in model._meta.concrete_fields:
        if field.is_relation and values.get(field.attname) is not None:
            yield _target(field), values[field.attname]


def _target(field: models.Field[Any, Any]) -> type[models.Model]:
    target = field.related_model
    return target if isinstance(target, type) else field.model


def label_of(row: Recorded) -> str:
    """What events call the row, its kind first; a query for each kind of row that it refers to."""
    key, change = (type(row), row.pk), RowChange(None, row.recorded())
    return _Names({key: change}, {}).label(key, change)
