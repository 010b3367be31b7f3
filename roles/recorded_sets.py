"""Many-to-many relations whose every change is told to the audit trail, from either side."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.fields.related_descriptors import ManyToManyDescriptor
from django.utils.functional import cached_property

from .recorded import Recorded
from .trail import one_event

#: What changes which rows a row has to do with.
WRITERS = ("add", "clear", "create", "get_or_create", "remove", "set", "update_or_create")


def telling(manager: type[Any]) -> type[Any]:
    """The manager of one side of a relation, made to tell the row's list as it was and as it became."""

    def writer(name: str) -> Any:
        def write(self: Any, *args: Any, **kwargs: Any) -> Any:
            with one_event() as told:
                before = _row(self)
                result = getattr(manager, name)(self, *args, **kwargs)
                told.row(type(self.instance), self.instance.pk, before, _row(self))
            return result

        write.alters_data = True  # type: ignore[attr-defined]  # templates look for it
        return write

    return type(manager.__name__, (manager,), {name: writer(name) for name in WRITERS})


def _row(manager: Any) -> dict[str, Any]:
    """What names the row, and what it has to do with, by codes."""
    row, others = manager.instance, manager.model
    called_by = others.called_by if issubclass(others, Recorded) and len(others.called_by) == 1 else ("pk",)
    # Not `manager.all()`, which may have been read before.
    there = others._default_manager.filter(**manager.core_filters).order_by(*called_by)
    named = {name: getattr(row, name) for name in getattr(row, "called_by", ())}
    return {**named, manager.prefetch_cache_name: list(there.values_list(*called_by, flat=True))}


class _Descriptor(ManyToManyDescriptor):  # type: ignore[type-arg]  # generic in the stubs only
    @cached_property
    def related_manager_cls(self) -> type[Any]:
        return telling(super().related_manager_cls)


def tell_sets(model: type[models.Model]) -> None:
    """Have every change of the model's own many-to-many fields told, from whichever side it is made."""
    for field in model._meta.local_many_to_many:
        relation = field.remote_field
        setattr(model, field.name, _Descriptor(relation, reverse=False))
        setattr(relation.model, str(relation.accessor_name), _Descriptor(relation, reverse=True))
