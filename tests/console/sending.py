"""Forms of the console, sent, and what they say."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from roles.models import AuditEvent

#: What the form of a row sends for the rows that are shown below it.
NO_ROWS = {f"{inline}-{what}_FORMS": "0" for inline in ("memberships", "assignments") for what in ("TOTAL", "INITIAL")}


def address(model: type[Model], what: str, *keys: object) -> str:
    """The address of a page of a model."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=keys)


def sends(client: Client, model: type[Model], row: Model | None = None, /, **values: object) -> list[str]:
    """Send the form of a row, or of a new one; the errors that come back, none if it was saved."""
    there = address(model, "change", row.pk) if row else address(model, "add")
    response: Any = client.post(there, {**NO_ROWS, **values})
    if response.status_code == 302:
        return []
    assert response.status_code == 200
    form = response.context["adminform"].form
    return [words for errors in form.errors.values() for words in errors]


def does(client: Client, model: type[Model], action: str, rows: list[Any], /, **values: object) -> list[str]:
    """Do something to rows, by its form; the errors that come back, none if it was done."""
    keys = [row.pk for row in rows]
    asked: Any = client.post(address(model, "changelist"), {"action": action, ACTION_CHECKBOX_NAME: keys})
    assert asked.status_code == 200, asked["Location"]
    sent: Any = client.post(
        address(model, "changelist"), {"action": action, ACTION_CHECKBOX_NAME: keys, "do": "1", **values}
    )
    if sent.status_code == 302:
        return []
    return [words for errors in sent.context["form"].errors.values() for words in errors]


def events_after(number: int) -> list[str]:
    """The actions of the events that were written since there were so many."""
    return [*AuditEvent.objects.filter(number__gt=number).order_by("number").values_list("action", flat=True)]


def events() -> int:
    """How many events there are."""
    return AuditEvent.objects.count()
