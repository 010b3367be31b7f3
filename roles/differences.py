"""An event of the audit trail laid out for a reader: row by row, field by field, before beside after."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .forgetting import LISTED
from .models.audit import AuditEvent
from .recorded import recorded_models


class Line(NamedTuple):
    """A field, what it held before and holds after; None where the row was not there."""

    field: str
    before: str | None
    after: str | None


class Row(NamedTuple):
    """A row: what kind it is, what it is called, what became of it, and its fields."""

    kind: str
    called: str
    how: str
    lines: list[Line]


_HOW = {"added": _("added"), "changed": _("changed"), "removed": _("removed")}
#: Facts that an event tells beside rows.
_FACTS = {
    "counted": _("rows counted and not listed"),
    LISTED: _("events of the trail that were changed"),
    "files": _("files"),
}
#: An instant as events hold it (roles.models.audit.plain).
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00\b", re.ASCII)


def rows_of(event: AuditEvent, *, at_most: int) -> tuple[list[Row], int]:
    """The rows that the event tells of, the first so many, and how many more there are; what is no row comes last."""
    before, after = event.before or {}, event.after or {}
    labels = sorted([*(before | after)], key=lambda label: " " not in label)
    known = {str(model._meta.model_name): model for model in recorded_models()}
    rows = [_row(label, before.get(label), after.get(label), known) for label in labels[:at_most]]
    return rows, max(len(labels) - at_most, 0)


def in_short(event: AuditEvent, *, at_most: int = 3) -> str:
    """What became different, in a line: `name: Ada → Ada Byron`, or what was added or removed.

    Instants are to the minute, in local time and as the reader writes them; the event itself has them exactly.
    """
    rows, more = rows_of(event, at_most=at_most)
    parts = [part for row in rows for part in _short(row)]
    shown = parts[:at_most]
    left = more + len(parts) - len(shown)
    line = "; ".join(shown) + (" " + gettext("and %(more)s more") % {"more": left} if left else "")
    return _INSTANT.sub(_as_read, line)


def _as_read(instant: re.Match[str]) -> str:
    try:
        return date_format(localtime(datetime.fromisoformat(instant[0])), "SHORT_DATETIME_FORMAT")
    except (ValueError, OverflowError):  # Somebody wrote what only looks like one.
        return instant[0]


def _short(row: Row) -> Iterator[str]:
    if any(line.before is not None and line.after is not None for line in row.lines):
        yield from (f"{line.field}: {line.before} → {line.after}" for line in row.lines)
    elif row.called:
        yield f"{row.kind} {row.called} {row.how}"
    else:
        yield from (f"{line.field}: {line.after}" for line in row.lines)


def _row(label: str, before: Any, after: Any, known: Mapping[str, type[models.Model]]) -> Row:
    kind, _space, called = label.partition(" ")
    if not called:
        return Row(
            "", "", "", [Line(str(_FACTS.get(label, label)), _shown_fact(label, before), _shown_fact(label, after))]
        )
    model = known.get(kind)
    how = "added" if before is None else "removed" if after is None else "changed"
    names = dict.fromkeys([*(before or {}), *(after or {})])
    lines = [Line(_called(model, name), _shown(before, name), _shown(after, name)) for name in names]
    return Row(str(model._meta.verbose_name) if model else kind, called, str(_HOW[how]), lines)


def _called(model: type[models.Model] | None, name: str) -> str:
    field = next((one for one in model._meta.get_fields() if one.name == name), None) if model else None
    return str(capfirst(getattr(field, "verbose_name", name)))


def _shown_fact(label: str, value: Any) -> str | None:
    """What is told beside rows; of the events that an erasure changed, how many they are."""
    if value is None:
        return None
    if label == LISTED and isinstance(value, dict):
        return str(len(value))
    return _text(value)


def _shown(values: Mapping[str, Any] | None, name: str) -> str | None:
    return None if values is None or name not in values else _text(values[name])


def _text(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return gettext("nothing")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(one)}" for name, one in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
