"""What the libraries keep of somebody who is erased: sessions, attempts to sign in, work that was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db.models import Model
from django_q.models import Task

from roles.identity import Identity, rows_with, texts_of
from roles.models import User

ROOMS = frozenset({"roles", "assessments", "reports"})
#: What these keep of people are no texts, or nothing at all.
_NOT_BY_TEXT = frozenset({"auth", "contenttypes", "sessions"})


def forget_by_libraries(*, identity: Identity, user: int | None, **_: Any) -> None:
    """Answer `person_erased`: remove the rows of libraries that are the person's or name them."""
    for model in _models_of_libraries():
        if user is not None:
            for relation in (one for one in model._meta.concrete_fields if one.related_model is User):
                model._default_manager.filter(**{relation.attname: user}).delete()
        names = texts_of(model)
        rows = rows_with(model, identity.terms, names).values_list("pk", *names)
        named = [pk for pk, *texts in rows if any(text and identity.is_in(str(text)) for text in texts)]
        model._default_manager.filter(pk__in=named).delete()
    _end_sessions(user)
    done = ((task.pk, f"{task.args} {task.kwargs} {task.result}") for task in Task.objects.all())
    Task.objects.filter(pk__in=[pk for pk, said in done if identity.is_in(said)]).delete()


def _models_of_libraries() -> Iterator[type[Model]]:
    for model in apps.get_models():
        if model._meta.app_label not in ROOMS | _NOT_BY_TEXT:
            yield model


def _end_sessions(user: int | None) -> None:
    """Remove the person's sessions, which hold their key, though they would not be good any more."""
    if user is None:
        return
    for session in Session.objects.iterator():
        if str(session.get_decoded().get("_auth_user_id")) == str(user):
            session.delete()
