"""Models whose every change is told to the audit trail, by whichever way of the ORM it is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, ClassVar, TypeVar

from django.apps import apps
from django.db import models
from django.db.models.deletion import Collector

from .trail import Told, one_event

ModelT = TypeVar("ModelT", bound=models.Model)


class RecordedQuerySet(models.QuerySet[ModelT]):
    """A queryset whose writes tell which rows they change, with what they were and what they became."""

    def update(self, **values: Any) -> int:
        if not issubclass(self.model, Recorded) or not self.model.tells(values):
            return super().update(**values)
        with one_event() as told:
            before = self._held()._stored()
            changed = super().update(**values)
            after = self._plain().filter(pk__in=before)._stored()
            for pk, was in before.items():
                told.row(self.model, pk, was, after.get(pk, was))
        return changed

    def delete(self) -> tuple[int, dict[str, int]]:
        with one_event() as told:
            for row in doomed(self):
                told.row(type(row), row.pk, row.recorded_whole(), None)
            return super().delete()

    def bulk_create(self, objs: Iterable[ModelT], *args: Any, **kwargs: Any) -> list[ModelT]:
        rows = list(objs)
        with one_event() as told:
            created: list[ModelT] = super().bulk_create(rows, *args, **kwargs)
            for row in created:
                if isinstance(row, Recorded):
                    told.row(type(row), row.pk, None, row.recorded())
                    name_references(told, row)
        return created

    def bulk_update(self, objs: Iterable[ModelT], fields: Iterable[str], *args: Any, **kwargs: Any) -> int:
        # It updates batch by batch, by way of `update`.
        with one_event():
            return super().bulk_update(objs, fields, *args, **kwargs)

    def _plain(self) -> RecordedQuerySet[ModelT]:
        return type(self)(self.model, using=self.db)

    def _held(self) -> RecordedQuerySet[ModelT]:
        """The same rows, held as the update is going to hold them, so that what they were is what it changes."""
        query = self.query
        plain = not (query.distinct or query.combinator or query.group_by or query.is_sliced)
        return self.select_for_update(of=("self",), no_key=True) if plain else self

    def _stored(self) -> dict[Any, dict[str, Any]]:
        """The rows as they are stored, by their keys."""
        names = self.model.recorded_names()  # type: ignore[attr-defined]  # `update` has looked
        return {pk: dict(zip(names, values, strict=True)) for pk, *values in self.order_by().values_list("pk", *names)}


class Recorded(models.Model):
    """A row that tells when it is added, changed or removed."""

    #: The attributes that name the row.
    called_by: ClassVar[tuple[str, ...]] = ("code",)
    #: Whether the row may be called something else by now than whoever has read it knows: people are erased.
    renamed: ClassVar[bool] = False
    #: Attributes that follow from others or from use, whose change is none of the row.
    unrecorded: ClassVar[frozenset[str]] = frozenset()
    #: Attributes of which is told that they changed, and never to what.
    secret: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True
        # What goes by way of a related row, such as `person.memberships.add(...)`, is told too.
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.tells(kwargs.get("update_fields")):
            super().save(*args, **kwargs)
            return
        with one_event() as told:
            # A new row with a key of its own may take the place of another.
            new = kwargs.get("force_insert") or (self._state.adding and self.pk is None)
            before = None if new else self._as_stored()
            super().save(*args, **kwargs)
            told.row(type(self), self.pk, before, self._saved(kwargs.get("update_fields")))
            name_references(told, self)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with one_event() as told:
            for row in doomed([self]):
                told.row(type(row), row.pk, row.recorded_whole(), None)
            return super().delete(*args, **kwargs)

    def recorded(self) -> dict[str, Any]:
        """What is told of the row, by attribute."""
        return {name: getattr(self, name) for name in self.recorded_names()}

    def recorded_whole(self) -> dict[str, Any]:
        """The same, and what it has to do with by sets of other rows: what is gone takes that with it."""
        return {**self.recorded(), **sets_of(self)}

    @classmethod
    def recorded_names(cls) -> list[str]:
        """The attributes whose change is told."""
        return [field.attname for field in cls._meta.concrete_fields if _is_told(cls, field)]

    @classmethod
    def tells(cls, names: Iterable[str] | None) -> bool:
        """Whether writing these fields, or with None all, is a change of the row."""
        if names is None:
            return True
        written = set(names)
        return any(
            field.name in written or field.attname in written
            for field in cls._meta.concrete_fields
            if _is_told(cls, field)
        )

    def _as_stored(self) -> dict[str, Any] | None:
        names = self.recorded_names()
        held = type(self)._base_manager.select_for_update(no_key=True)
        values = held.filter(pk=self.pk).order_by().values_list(*names).first()
        return None if values is None else dict(zip(names, values, strict=True))

    def _saved(self, update_fields: Iterable[str] | None) -> dict[str, Any]:
        """What is stored now, as far as it was written."""
        values = self.recorded()
        if any(hasattr(value, "resolve_expression") for value in values.values()):
            return self._as_stored() or {}
        # What was set as a text, say a day, is stored as what it means.
        values = {
            field.attname: field.to_python(values[field.attname])
            for field in self._meta.concrete_fields
            if field.attname in values
        }
        if update_fields is None:
            return values
        written = set(update_fields)
        fields = (field for field in self._meta.concrete_fields if field.name in written or field.attname in written)
        return {field.attname: values[field.attname] for field in fields if field.attname in values}


def _is_told(model: type[Recorded], field: models.Field[Any, Any]) -> bool:
    return not field.primary_key and field.attname not in model.unrecorded


def sets_of(row: models.Model) -> dict[str, list[str]]:
    """The rows that this one has to do with by many-to-many relations, from either side, by their codes."""
    found = {}
    for relation in row._meta.get_fields():
        other = relation.related_model
        if relation.many_to_many and isinstance(other, type) and issubclass(other, Recorded):
            name = str(getattr(relation, "attname", None) or relation.get_accessor_name())  # type: ignore[union-attr]
            called_by = other.called_by if len(other.called_by) == 1 else ("pk",)
            codes = getattr(row, name).order_by(*called_by).values_list(*called_by, flat=True)
            found[name] = [str(code) for code in codes]
    return {name: codes for name, codes in found.items() if codes}


def doomed(rows: Any) -> Iterator[Recorded]:
    """The rows that deleting these deletes, them included."""
    rows = list(rows)
    if not rows:
        return
    collector = Collector(using=rows[0]._state.db or "default")
    collector.collect(rows)
    for row in chain(*collector.data.values(), *collector.fast_deletes):
        if isinstance(row, Recorded):
            yield row


def name_references(told: Told, row: models.Model) -> None:
    """Tell the names of the rows that this one refers to, as far as they are at hand."""
    for field in row._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            other = field.get_cached_value(row, default=None)
            if isinstance(other, Recorded) and len(other.called_by) == 1 and not other.renamed:
                told.names[type(other), other.pk] = str(getattr(other, other.called_by[0]))


def recorded_models() -> Iterator[type[Recorded]]:
    """Every model whose rows are recorded, of any room."""
    return (model for model in apps.get_models() if issubclass(model, Recorded))
