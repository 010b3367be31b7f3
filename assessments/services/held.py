"""All that is held about one person, to hand it to them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Field, Model, QuerySet
from django.dispatch import Signal

from roles.forgetting import events_about
from roles.identity import Identity, rows_with, texts_of
from roles.models import AuditEvent, AuditHead, Person, User
from roles.models.audit import plain
from roles.recorded import Recorded
from roles.services.erasing import identity_of
from roles.trail import one_event

#: Sent with `identity` and `user` (a key or None); each receiver gives what it holds, as lists of rows by a name.
person_asked = Signal()

Rows = list[dict[str, Any]]
HIDDEN = "(secret)"


Held = dict[str, Any]


def export_person(*, person: Person, by: User | None, at: datetime, to_themselves: bool = False) -> Held:
    """All that is held about the person, as JSON can hold it; that it was asked for is an event of the audit trail.

    `person` and `account` are themselves; `tables` the rows that refer to them, by model and field, with codes in
    place of keys; `recorded_about_others` how many rows about others they wrote; `mentions` where texts name them;
    `events` what the audit trail says of them and of what they did, without what the same events say of others.

    Where it goes `to_themselves` and nobody looks at it first, what was written about others and only names the person
    is not in it: of mentions there is only where they are.
    """
    with one_event("person.exported", person.employee_id, by=by) as told:
        identity = identity_of(person, {})
        user = User.objects.filter(person=person).first()
        tables, others = _tables(person, user)
        more: dict[str, Rows] = {}
        for _, found in person_asked.send(Person, identity=identity, user=user and user.pk):
            more |= found if isinstance(found, dict) else {}
        tables |= more
        held = {
            "held_at": plain(at),
            "person": _row(person),
            "account": _row(user) if user else None,
            "tables": tables,
            "recorded_about_others": others,
            "mentions": [_place(one) if to_themselves else one for one in _mentions(identity, person, whole=more)],
            "events": list(_events(identity, only_theirs=to_themselves)),
        }
        told.facts = {"rows": {name: len(rows) for name, rows in tables.items()}, "events": len(held["events"])}
    return held


def _tables(person: Person, user: User | None) -> tuple[dict[str, Rows], dict[str, int]]:
    tables: dict[str, Rows] = {}
    others: dict[str, int] = {}
    for row in [person, *([user] if user else [])]:
        for field in _references_to(type(row)):
            rows = field.model._base_manager.filter(**{field.name: row})
            name = f"{field.model._meta.model_name} by {field.name}"
            if isinstance(row, User) and any(one.related_model is Person for one in field.model._meta.concrete_fields):
                # What somebody recorded is about others, and not theirs to read for having recorded it.
                others |= {name: rows.count()} if rows.exists() else {}
            elif found := _rows(rows):
                tables[name] = found
    return tables, others


def _references_to(model: type[Model]) -> Iterator[Field[Any, Any]]:
    """The fields of any table that refer to such a row, but for a person's account, which stands by itself."""
    for relation in model._meta.get_fields(include_hidden=True):
        field = getattr(relation, "field", None)
        if not isinstance(field, Field) or not field.concrete or field.many_to_many:
            continue
        if relation.auto_created and not relation.concrete and field.model is not User:
            yield field


def _rows(rows: QuerySet[Any]) -> Rows:
    references = [field.name for field in rows.model._meta.concrete_fields if field.is_relation]
    return [_row(row) for row in rows.select_related(*references).order_by("pk").iterator(chunk_size=1_000)]


def _row(row: Model) -> dict[str, Any]:
    """The row by the names of its fields: other rows by their codes, secrets hidden, bytes by how many they are."""
    secret = {*getattr(row, "secret", ()), "digest", "password"}
    return {
        field.name: HIDDEN if field.attname in secret else _value(row, field) for field in row._meta.concrete_fields
    }


def _value(row: Model, field: Field[Any, Any]) -> Any:
    value = getattr(row, field.attname)
    if isinstance(value, bytes | memoryview):
        return f"{len(value)} bytes"
    if field.is_relation and value is not None:
        other = getattr(row, field.name)
        called_by = other.called_by if isinstance(other, Recorded) else ()
        return str(getattr(other, called_by[0])) if len(called_by) == 1 else value
    return plain(value)


def _mentions(identity: Identity, person: Person, *, whole: Collection[str]) -> Iterator[dict[str, Any]]:
    """Where a text of a table names the person, but for rows that are listed whole: their own, and of some tables."""
    for model in apps.get_models():
        names = texts_of(model)
        if model in {AuditEvent, AuditHead, Person, User} or model._meta.model_name in whole or not names:
            continue
        own = [field.attname for field in model._meta.concrete_fields if field.related_model is Person]
        for row in rows_with(model, identity.terms, names).values("pk", *own, *names).iterator():
            if any(row[name] == person.pk for name in own):
                continue
            for name in names:
                text = row[name] if isinstance(row[name], str) else json.dumps(row[name], ensure_ascii=False)
                if identity.is_in(text):
                    yield {"table": model._meta.model_name, "row": str(row["pk"]), "field": name, "text": text}


def _place(mention: Mapping[str, Any]) -> dict[str, Any]:
    """Where a mention is, without what it says: the row is about somebody else."""
    return {"table": mention["table"], "field": mention["field"]}


def _events(identity: Identity, *, only_theirs: bool) -> Iterator[dict[str, Any]]:
    """The events about the person, and those of what they did."""
    for event in events_about(identity).order_by("number").iterator(chunk_size=500):
        theirs = event.actor in identity.usernames
        sides = (event.before, event.after)
        before, after = (_about(rows, identity, only_theirs=only_theirs) for rows in sides)
        if theirs or before or after or identity.is_in(event.subject):
            yield {
                "number": event.number,
                "at": plain(event.at),
                "action": event.action,
                "surface": event.surface,
                "by": event.actor,
                "from": event.origin if theirs else "",
                "subject": event.subject,
                "before": before,
                "after": after,
            }


def _about(rows: Mapping[str, Any] | None, identity: Identity, *, only_theirs: bool) -> dict[str, Any]:
    """Of the rows that an event tells of, those that are called by the person, or also those that name them."""
    return {
        label: values
        for label, values in (rows or {}).items()
        if identity.is_in(label.partition(" ")[2])
        or (not only_theirs and identity.is_in(json.dumps(values, ensure_ascii=False)))
    }
