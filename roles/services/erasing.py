"""This room's part of erasing a person: who they are, and what of it stands here (assessments/services/erasing.py)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import F, Model, QuerySet
from django.dispatch import Signal

from roles import beside
from roles.forgetting import full_name, names_in_the_trail
from roles.identity import Identity, rows_with, texts_of
from roles.models import ApiToken, AuditEvent, AuditHead, Person, User
from roles.stamps import Stamped

#: Sent with `identity`, `person` (a key), `user` (a key or None) and `at`, in the transaction that erases the person,
#: for rooms that hold something about them which is not a text of one of their models.
person_erased = Signal()

#: What cannot be empty and must say nothing.
ERASED = "(erased)"


def quietly(model: type[Model]) -> QuerySet[Any]:
    """All rows, for a write that tells the audit trail nothing: the erasure tells it, and without what it erases."""
    return QuerySet(model)


def identity_of(person: Person, codes: Mapping[str, str]) -> Identity:
    """What tells who the person is, also by former names that the trail knows, under a new pseudonym.

    `codes` are values of theirs that are replaced by others.
    """
    user = User.objects.filter(person=person).first()
    usernames = {user.username} if user else set()
    names = {person.name, person.email}
    if user is not None:
        names |= {user.email, full_name(user.first_name, user.last_name)}
    pseudonym = f"erased-{secrets.token_hex(8)}"
    known = Identity(pseudonym, person.employee_id, frozenset(usernames - {""}), frozenset(names - {""}))
    usernames, names = names_in_the_trail(known)
    replaced = {**codes, **dict.fromkeys([person.employee_id, *usernames], pseudonym)}
    return Identity(pseudonym, person.employee_id, frozenset(usernames), frozenset(names), replaced)


def forget_person(person: Person, identity: Identity, *, at: datetime) -> None:
    """Put the pseudonym in place of the person, and end their account, their sessions and tokens for good."""
    quietly(Person).filter(pk=person.pk).update(
        employee_id=identity.pseudonym, name=identity.pseudonym, email="", erased_at=at, updated_at=at
    )
    accounts = quietly(User).filter(person=person)
    quietly(ApiToken).filter(user__in=accounts).delete()
    accounts.update(
        username=identity.pseudonym,
        first_name="",
        last_name="",
        email="",
        password=make_password(None),
        is_active=False,
        is_superuser=False,
        is_staff=False,
        is_auditor=False,
        sessions_ended=F("sessions_ended") + 1,
    )


def forget_in_files(identity: Identity) -> None:
    """Forget what is kept beside the database; and have SQLite write no longer what it has overwritten.

    Its log of what was written keeps the pages as they were before, until it begins anew. On PostgreSQL that is left
    to autovacuum, and to whoever keeps its logs (docs/data-protection.md).
    """
    beside.forget_naming(identity.is_in)
    if connection.vendor == "sqlite":
        transaction.on_commit(_begin_the_log_anew, robust=True)


def _begin_the_log_anew() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def forget_in_texts(room: str, identity: Identity, *, at: datetime, beside: Mapping[type[Model], Any]) -> None:
    """Hide the person in every text of the room's tables; `beside` says what else is set where that is done.

    People and accounts keep their names: somebody else may go by the same. The trail has a way of its own.
    """
    for model in apps.get_app_config(room).get_models():
        names = texts_of(model)
        if model in {AuditEvent, AuditHead, Person, User} or not names:
            continue
        stamp = {"updated_at": at} if issubclass(model, Stamped) else {}
        for row in rows_with(model, identity.terms, names).order_by().values("pk", *names).iterator():
            hidden = {name: identity.hidden_in(row[name]) for name in names}
            changed = {name: value for name, value in hidden.items() if value != row[name]}
            if changed:
                quietly(model).filter(pk=row["pk"]).update(**changed, **stamp, **beside.get(model, {}))
