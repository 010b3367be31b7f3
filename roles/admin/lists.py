"""Lists of the console: they count no further than anybody turns pages, and filters are words in the address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import F, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

#: Nobody turns more pages than these rows fill; with a million, counting them would take longer than the page itself.
COUNTED_AT_MOST = 10_000


class BoundedPaginator(_Paginator):
    """Pages of the first 10,000 rows. What is further down is found by the search and the filters."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return rows.order_by()[:COUNTED_AT_MOST].count() if isinstance(rows, QuerySet) else len(rows)

    @property
    def stops(self) -> bool:
        """Whether there may be more rows than were counted."""
        return self.count >= COUNTED_AT_MOST


class Choice(NamedTuple):
    """One choice of a filter: its words, and which rows it leaves on the day it is asked for."""

    words: Any
    rows: Callable[[Any, date], Any]


class WordFilter(admin.SimpleListFilter):
    """A filter with a few choices, each a word in the address."""

    choices_by_word: ClassVar[dict[str, Choice]] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(word, choice.words) for word, choice in self.choices_by_word.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        choice = self.choices_by_word.get(self.value() or "")
        return choice.rows(queryset, localdate()) if choice else queryset


def _to_come(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    return rows.filter(from_on__gt=today).exclude(until_on=F("from_on"))


def _ended(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    return rows.filter(until_on__lte=today).exclude(until_on=F("from_on"))


class WhenFilter(WordFilter):
    """Stretches of days, by where today is in them."""

    title = _("when it holds")
    parameter_name = "when"
    choices_by_word: ClassVar[dict[str, Choice]] = {
        "today": Choice(_("Today"), lambda rows, today: rows.in_force(on=today)),
        "to_come": Choice(_("From a later day"), _to_come),
        "ended": Choice(_("Until today or before"), _ended),
        "voided": Choice(_("On no day (voided)"), lambda rows, _today: rows.filter(until_on=F("from_on"))),
    }


def counted(rows: QuerySet[Any]) -> int:
    """How many rows there are, in whatever order."""
    return rows.order_by().count()


def list_of(model: type[Model], **filtered: str) -> str:
    """The address of the list of a model, left to what these filters let through."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{urlencode(filtered)}" if filtered else address
