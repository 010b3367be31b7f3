"""Facts and rules announce themselves: whatever changes one also says whose figures it touches.

A fact is a row about one person that a standing is computed from; a rule is a row that holds for everybody. Models and
querysets of both send `facts_changed` in the transaction of the write, so that no way of writing (service, form,
console, bulk) can leave a figure behind. Only SQL that goes round the models can, and `rebuild_standings --check` finds
that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from .locks import hold_rules
from .reach import Reach, all_of
from .recorded import Recorded, RecordedQuerySet
from .stamps import Stamped, StampedQuerySet
from .trail import one_event

#: Sent with `people`, a frozenset of primary keys, or None when everybody is touched, and with `reach`, a Reach, or
#: None when any of their figures may be touched. Receivers run in the transaction.
facts_changed = Signal()


class _Gathered:
    def __init__(self) -> None:
        self.people: set[int] = set()
        self.everyone = False
        self.reaches: list[Reach | None] = []


_gathering: ContextVar[_Gathered | None] = ContextVar("gathering", default=None)


def announce(people: Iterable[int] | None, *, reach: Reach | None = None) -> None:
    """Say that the facts of these people (None: of everybody) changed; inside `announced_together`, say it later."""
    gathered = _gathering.get()
    if gathered is None:
        facts_changed.send(None, people=None if people is None else frozenset(people), reach=reach)
        return
    gathered.reaches.append(reach)
    if people is None:
        gathered.everyone = True
    else:
        gathered.people.update(people)


@contextmanager
def announced_together() -> Iterator[None]:
    """One transaction, announcement and event for all the writes inside, made at its end; none if it fails."""
    with one_event():
        if _gathering.get() is not None:
            yield
            return
        gathered = _Gathered()
        token = _gathering.set(gathered)
        try:
            yield
        finally:
            _gathering.reset(token)
        if gathered.everyone or gathered.people:
            announce(None if gathered.everyone else gathered.people, reach=all_of(gathered.reaches))


FactT = TypeVar("FactT", bound="Fact")
RuleT = TypeVar("RuleT", bound="Rule")


class FactQuerySet(StampedQuerySet[FactT]):
    """A queryset whose writes announce the people they touch."""

    def update(self, **values: Any) -> int:
        touched = self._people()
        given_away = list(self.values_list("pk", flat=True)) if values.keys() & {"person", "person_id"} else []
        with announced_together():
            changed = super().update(**values)
            announce(touched | self._people_of(given_away))
        return changed

    def delete(self) -> tuple[int, dict[str, int]]:
        touched = self._people()
        with announced_together():
            deleted = super().delete()
            announce(touched)
        return deleted

    def bulk_create(self, objs: Iterable[FactT], *args: Any, **kwargs: Any) -> list[FactT]:
        rows = list(objs)
        with announced_together():
            created = super().bulk_create(rows, *args, **kwargs)
            announce(row.subject_id for row in rows)
        return created

    def bulk_update(self, objs: Iterable[FactT], fields: Iterable[str], *args: Any, **kwargs: Any) -> int:
        rows = list(objs)
        with announced_together():
            # The former owners too, should a row have been given to somebody else.
            touched = self._people_of([row.pk for row in rows])
            changed = super().bulk_update(rows, list(fields), *args, **kwargs)
            announce(touched | {row.subject_id for row in rows})
        return changed

    def _people_of(self, keys: list[Any]) -> set[int]:
        return type(self)(self.model, using=self.db).filter(pk__in=keys)._people() if keys else set()

    def _people(self) -> set[int]:
        return set(self.order_by().values_list(self.model.subject, flat=True).distinct())


class Fact(Recorded):
    """A row that standings are computed from; saving or deleting it announces the person it is about."""

    #: The field that holds the primary key of the person the fact is about.
    subject = "person_id"

    class Meta(Recorded.Meta):
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with announced_together():
            if not self._state.adding:
                announce(type(self)._base_manager.filter(pk=self.pk).values_list(self.subject, flat=True))
            super().save(*args, **kwargs)
            announce([self.subject_id])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with announced_together():
            announce([self.subject_id])
            return super().delete(*args, **kwargs)

    @property
    def subject_id(self) -> int:
        """The primary key of the person the fact is about."""
        value: int = getattr(self, self.subject)
        return value


class DatedQuerySet(FactQuerySet[FactT]):
    """Facts that hold from a day until a day."""

    def in_force(self, *, on: Any) -> DatedQuerySet[FactT]:
        """Those that hold on the day `on`: from <= on < until, an empty until being open."""
        return self.filter(models.Q(until_on__isnull=True) | models.Q(until_on__gt=on), from_on__lte=on)


class DatedFact(Stamped, Fact):
    """A fact that holds `from_on <= day < until_on`; no `until_on` means that it holds on.

    `until_on` may equal `from_on`: such a stretch holds on no day, which is how a mistaken one is voided and kept.
    """

    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)

    class Meta(Fact.Meta):
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_on__isnull=True) | models.Q(until_on__gte=models.F("from_on")),
                name="%(class)s_until_not_before_from",
            )
        ]


class RuleQuerySet(RecordedQuerySet[RuleT]):
    """A queryset that announces everybody when it writes what decides."""

    def update(self, **values: Any) -> int:
        with self.model.deciding(touched=not self.model.decisive.isdisjoint(values)):
            return super().update(**values)

    def update_for(self, people: Iterable[int] | None, reach: Reach, **values: Any) -> int:
        """Update what decides, where that touches these people alone (None: everybody), and no further than that."""
        with self.model.deciding(touched=True, people=people, reach=reach):
            return super().update(**values)

    def bulk_update(self, objs: Iterable[RuleT], fields: Iterable[str], *args: Any, **kwargs: Any) -> int:
        names = list(fields)
        with self.model.deciding(touched=not self.model.decisive.isdisjoint(names)):
            return super().bulk_update(objs, names, *args, **kwargs)

    def bulk_create(self, objs: Iterable[RuleT], *args: Any, **kwargs: Any) -> list[RuleT]:
        rows = list(objs)
        with self.model.deciding(touched=any(row.decides for row in rows)):
            return super().bulk_create(rows, *args, **kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        with self.model.deciding(touched=any(row.decides for row in self)):
            return super().delete()


class Rule(Recorded):
    """A row that holds for everybody; what changes one of its `decisive` fields touches everybody."""

    #: The fields on which everybody's standings depend.
    decisive: ClassVar[frozenset[str]] = frozenset()

    class Meta(Recorded.Meta):
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = sorted(self.decisive)
        stored = type(self)._base_manager.filter(pk=self.pk).values_list(*fields).first()
        wanted = tuple(getattr(self, name) for name in fields)
        with self.deciding(touched=self.decides if stored is None else stored != wanted):
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with self.deciding(touched=self.decides):
            return super().delete(*args, **kwargs)

    @property
    def decides(self) -> bool:
        """Whether the row, as it is, has anybody's standings depend on it."""
        return any(getattr(self, name) for name in self.decisive)

    @classmethod
    @contextmanager
    def deciding(
        cls, *, touched: bool, people: Iterable[int] | None = None, reach: Reach | None = None
    ) -> Iterator[None]:
        """Make a write; where it touches what decides, alone with the rules, and announced for `people` (None: all)."""
        with announced_together():
            if touched:
                hold_rules()
                announce(people, reach=reach)
            yield
