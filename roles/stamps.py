"""When a row was last changed, kept whichever way it is written: by model, queryset, or many rows at once (bulk.py).

Who asks what has changed since the last time (`updated_since=` of REST) relies on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.utils.timezone import now

from .recorded import Recorded, RecordedQuerySet

ModelT = TypeVar("ModelT", bound=models.Model)


class Stamped(Recorded):
    """A row that says when it was last changed: the instant of the write, which is before others can see it."""

    #: Columns that follow from other rows, and do not count as a change of this one.
    follows: ClassVar[frozenset[str]] = frozenset()
    unrecorded = frozenset({"updated_at"})

    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta(Recorded.Meta):
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        names = None if update_fields is None else [*update_fields]
        if names and stamps(type(self), names):
            names.append("updated_at")
        super().save(*args, update_fields=names, **kwargs)


class StampedQuerySet(RecordedQuerySet[ModelT]):
    """A queryset whose writes say when they were made, where its model has a place for that."""

    def update(self, **values: Any) -> int:
        if stamps(self.model, values):
            values["updated_at"] = now()
        return super().update(**values)

    def bulk_create(
        self, objs: Iterable[ModelT], *args: Any, update_fields: Collection[str] | None = None, **kwargs: Any
    ) -> list[ModelT]:
        if update_fields and stamps(self.model, update_fields):
            update_fields = [*update_fields, "updated_at"]
        created: list[ModelT] = super().bulk_create(objs, *args, **kwargs, update_fields=update_fields)
        return created

    def bulk_update(self, objs: Iterable[ModelT], fields: Iterable[str], *args: Any, **kwargs: Any) -> int:
        rows, names = list(objs), list(fields)
        if names and stamps(self.model, names):
            names.append("updated_at")
            at = now()
            for row in rows:
                row.updated_at = at  # type: ignore[attr-defined]  # stamps() says that it has one
        return super().bulk_update(rows, names, *args, **kwargs)


def stamps(model: type[models.Model], columns: Collection[str]) -> bool:
    """Whether writing these columns is a change that sets `updated_at`, without setting it itself."""
    return issubclass(model, Stamped) and "updated_at" not in columns and not model.follows.issuperset(columns)
