"""What the libraries keep of somebody, to show and to erase: sessions, attempts to sign in, work that was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db.models import BinaryField, Model
from django_q.models import OrmQ, Task

from roles.identity import Identity, rows_with, texts_of
from roles.models import User
from roles.models.audit import plain

ROOMS = frozenset({"roles", "assessments", "reports"})
#: What these keep of people are no texts, or nothing at all.
_NOT_BY_TEXT = frozenset({"auth", "contenttypes", "sessions"})


def forget_by_libraries(*, identity: Identity, user: int | None, **_: Any) -> None:
    """Answer `person_erased`: remove the rows of libraries that are the person's or name them."""
    for model in _models_of_libraries():
        model._default_manager.filter(pk__in=_keys(model, identity, user)).delete()
    for session in _sessions(identity, user):
        session.delete()
    done = ((task.pk, f"{task.args} {task.kwargs} {task.result}") for task in Task.objects.all())
    Task.objects.filter(pk__in=[pk for pk, said in done if identity.is_in(said)]).delete()
    # What waits for a worker is taken up without them too (roles/jobs.py).
    OrmQ.objects.filter(pk__in=[one.pk for one in OrmQ.objects.all() if identity.is_in(f"{one.task}")]).delete()


def held_by_libraries(*, identity: Identity, user: int | None, **_: Any) -> dict[str, list[dict[str, Any]]]:
    """Answer `person_asked`: the rows of libraries that are the person's or name them, and until when they are in."""
    found = {}
    for model in _models_of_libraries():
        names = [field.attname for field in model._meta.concrete_fields if not isinstance(field, BinaryField)]
        rows = model._default_manager.filter(pk__in=_keys(model, identity, user)).values(*names)
        found[str(model._meta.model_name)] = [plain(row) for row in rows]
    found["session"] = [{"expire_date": plain(session.expire_date)} for session in _sessions(identity, user)]
    return {name: rows for name, rows in found.items() if rows}


def _keys(model: type[Model], identity: Identity, user: int | None) -> set[Any]:
    """The keys of the rows that belong to the person's account, or in which a text names them."""
    mine: set[Any] = set()
    if user is not None:
        for relation in (one for one in model._meta.concrete_fields if one.related_model is User):
            mine |= set(model._default_manager.filter(**{relation.attname: user}).values_list("pk", flat=True))
    names = texts_of(model)
    rows = rows_with(model, identity.terms, names).values_list("pk", *names)
    return mine | {pk for pk, *texts in rows if any(text and identity.is_in(str(text)) for text in texts)}


def _models_of_libraries() -> Iterator[type[Model]]:
    for model in apps.get_models():
        if model._meta.app_label not in ROOMS | _NOT_BY_TEXT:
            yield model


def _sessions(identity: Identity, user: int | None) -> Iterator[Session]:
    """The person's sessions, and those in which they are named, as in that of who sees the pages as they do."""
    for session in Session.objects.iterator():
        kept = session.get_decoded()
        if (user is not None and str(kept.get("_auth_user_id")) == str(user)) or identity.is_in(f"{kept}"):
            yield session
