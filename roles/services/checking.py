"""What every service that writes a row checks before it does."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext

from roles.facts import DatedFact

StretchT = TypeVar("StretchT", bound=DatedFact)


class InTheWay(Exception):
    """What is asked for does not go with what stands; the message says with what, and what to do."""


def check(row: Model) -> None:
    """Raise ValidationError, by field, if the row is not a valid one, whatever else stands. No query."""
    references = {field.name for field in row._meta.concrete_fields if field.is_relation}
    row.full_clean(exclude=references, validate_unique=False, validate_constraints=False)


def check_order(name: str, later: date | None, than: str, earlier: date) -> None:
    """Raise ValidationError for the field `name` if its day, where it has one, is before the other."""
    if later is not None and later < earlier:
        words = gettext("%(later)s is before %(than)s, which is %(earlier)s.")
        raise ValidationError({name: words % {"later": later, "than": _called(than), "earlier": earlier}})


def _called(name: str) -> str:
    """What the field with a day is called in words."""
    return {"from_on": gettext("from"), "joined_on": gettext("joined")}[name]


def change(row: Model, **values: Any) -> None:
    """Set these fields, and save the row if that changes it. Raises ValidationError, by field."""
    if all(getattr(row, name) == value for name, value in values.items()):
        return
    for name, value in values.items():
        setattr(row, name, value)
    check(row)
    row.save(update_fields=list(values))


def end_stretch(stretch: DatedFact, until_on: date | None) -> None:
    """Have the stretch end on the day, or with None hold on. Raises ValidationError if that is before it begins."""
    check_order("until_on", until_on, "from_on", stretch.from_on)
    change(stretch, until_on=until_on)


def added(stretch: StretchT, *, key: tuple[str, ...], words: str) -> StretchT:
    """Save a new stretch. One with the same key that was voided, and so holds on no day, makes room: it becomes this.

    Raises ValidationError by field, or InTheWay, in these words and the days of the other, if the key is taken.
    """
    check_order("until_on", stretch.until_on, "from_on", stretch.from_on)
    check(stretch)
    there = type(stretch)._default_manager.filter(**{name: getattr(stretch, name) for name in key}).first()
    if there is not None:
        if there.until_on != there.from_on:
            raise InTheWay(gettext("%(words)s %(days)s already.") % {"words": words, "days": days(there)})
        stretch.pk, stretch._state.adding = there.pk, False
    stretch.save()
    return stretch


def days(stretch: DatedFact) -> str:
    """The days of a stretch, in words."""
    words = gettext("from %(from)s until %(until)s") if stretch.until_on else gettext("from %(from)s on")
    return words % {"from": stretch.from_on, "until": stretch.until_on}
