"""The filters that lists share. What is not understood is an error, never an empty list."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django import forms
from django.db.models import Model, Q, QuerySet
from django_filters import Filter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions
from rest_framework.request import Request

from reports.days import instant
from reports.queries.find import named
from roles.models import Competency, Membership, Person, Role, RoleAssignment, Team, Threat

from .asking import caller_of, day_asked
from .parameters import CODES, words

#: How long words to look for may be together.
LONGEST_WORDS = 200


class NotUnderstood(ValueError):
    """What stands in a filter is no value of it; the message says so to whoever sent it."""


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Answer 400 by the name of the parameter if it is not understood."""
    try:
        yield
    except NotUnderstood as error:
        raise exceptions.ValidationError({name: str(error)}) from None


class Filters(FilterSet):  # type: ignore[misc]  # django-filter has no annotations
    """The filters of a list; every one that is not understood is told by its name."""

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that all filters leave; ValidationError for values that are none."""
        wrong = {}
        for name, value in self.form.cleaned_data.items():
            try:
                queryset = self.filters[name].filter(queryset, value) if value else queryset
            except NotUnderstood as error:
                wrong[name] = str(error)
        if wrong:
            raise exceptions.ValidationError(wrong)
        return queryset


class TextFilter(Filter):  # type: ignore[misc]
    """A filter by a text as it was sent, which the document tells of by `schema`."""

    field_class = forms.CharField

    def __init__(self, field_name: str, schema: dict[str, Any], description: str) -> None:
        super().__init__(field_name=field_name, strip=False)
        extend_schema_field({**schema, "description": description})(self)

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows that the value leaves; NotUnderstood if it is none."""
        raise NotImplementedError

    @property
    def request(self) -> Request:
        found: Request = self.parent.request
        return found

    @property
    def day(self) -> date:
        """The day that the list is asked for."""
        return day_asked(self.request)


def keys_of(known: QuerySet[Any], text: str, *, what: str, field: str = "code") -> list[int]:
    """The keys of those whose codes the text holds, with commas between them; NotUnderstood if one is unknown.

    A code that holds a comma itself can be asked for alone.
    """
    codes = text.split(",")
    found = dict(known.filter(**{f"{field}__in": {text, *codes}}).values_list(field, "pk"))
    if text in found:
        return [found[text]]
    unknown = next((code for code in codes if code not in found), None)
    if unknown is not None:
        raise NotUnderstood(f"There is no {what} {unknown!r}, or it is not yours to see.")
    return [found[code] for code in codes]


def words_of(text: str, known: Collection[str]) -> list[str]:
    """The words that the text holds, with commas between them; NotUnderstood if one is none of the known."""
    asked = text.split(",")
    unknown = [word for word in asked if word not in known]
    if unknown:
        raise NotUnderstood(f"{unknown[0]!r} is none of {', '.join(known)}.")
    return asked


class CodeFilter(TextFilter):
    """Rows by the codes of what `field_name` leads to."""

    kind: type[Model]
    what: str

    def __init__(self, field_name: str, description: str = "") -> None:
        told = description or f"The code of the {self.what}; several with commas between them."
        super().__init__(field_name, CODES, told)

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return self.narrowed(rows, keys_of(self.known(), value, what=self.what))

    def known(self) -> QuerySet[Any]:
        """What may be asked for."""
        return self.kind._default_manager.order_by()

    def narrowed(self, rows: QuerySet[Any], keys: list[int]) -> QuerySet[Any]:
        """The rows that lead to one of these."""
        return rows.filter(**{f"{self.field_name}__in": keys})


class RoleFilter(CodeFilter):
    kind, what = Role, "role"


class CompetencyFilter(CodeFilter):
    kind, what = Competency, "competency"


class ThreatFilter(CodeFilter):
    """Rows by the threats that the competency in `field_name` counters."""

    kind, what = Threat, "threat"

    def narrowed(self, rows: QuerySet[Any], keys: list[int]) -> QuerySet[Any]:
        countering = list(Competency.objects.filter(threats__in=keys).order_by().values_list("pk", flat=True))
        return rows.filter(**{f"{self.field_name}__in": countering})


class HeldRoleFilter(CodeFilter):
    """Rows about people who hold one of the roles on the day; `field_name` leads to the person."""

    kind, what = Role, "role"

    def narrowed(self, rows: QuerySet[Any], keys: list[int]) -> QuerySet[Any]:
        if Role.objects.filter(pk__in=keys, held_by_everyone=True).exists():
            return rows
        holding = RoleAssignment.objects.in_force(on=self.day).filter(role__in=keys).order_by()
        return rows.filter(**{f"{self.field_name}__in": holding.values("person")})


class TeamFilter(TextFilter):
    """Rows of the scope of teams."""

    def __init__(self, field_name: str, description: str) -> None:
        super().__init__(field_name, CODES, f"{description}; several teams with commas between them.")

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        visible = Team.objects.visible_to(caller_of(self.request)).order_by()
        keys = keys_of(visible, value, what="team")
        return self.narrowed(rows, list(Team.objects.filter(pk__in=keys)))

    def narrowed(self, rows: QuerySet[Any], teams: list[Team]) -> QuerySet[Any]:
        """The rows of the scope of any of these teams."""
        return rows.filter(reduce(or_, (Q(**{f"{self.field_name}__startswith": team.path}) for team in teams)))


class ScopeFilter(TeamFilter):
    """Rows about people who count for the scope of one of the teams on the day; `field_name` leads to the person."""

    def __init__(self, field_name: str) -> None:
        super().__init__(field_name, "Of the people in the scope of this team on the day")

    def narrowed(self, rows: QuerySet[Any], teams: list[Team]) -> QuerySet[Any]:
        within = reduce(or_, (Q(team__path__startswith=team.path) for team in teams))
        employed = Person.objects.employed(on=self.day).order_by()
        stays = Membership.objects.in_force(on=self.day).filter(within, person__in=employed.values("pk")).order_by()
        return rows.filter(**{f"{self.field_name}__in": stays.values("person")})


class PersonFilter(TextFilter):
    """Rows about these people, of those whom the caller may see on the day; `field_name` leads to the person."""

    def __init__(self, field_name: str) -> None:
        super().__init__(field_name, CODES, "Of this person; several with commas between them.")

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        visible = Person.objects.visible_to(caller_of(self.request), on=self.day).order_by()
        keys = keys_of(visible, value, what="person", field="employee_id")
        return rows.filter(**{f"{self.field_name}__in": keys})


class WordFilter(TextFilter):
    """Rows by one of a few words; several with commas between them."""

    def __init__(self, field_name: str, known: list[str], description: str) -> None:
        super().__init__(field_name, words(known, several=True), f"{description}; several with commas between them.")
        self.known = known

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(**{f"{self.field_name}__in": self.asked(value)})

    def asked(self, value: str) -> list[str]:
        """The words; NotUnderstood if one is unknown."""
        return words_of(value, self.known)


class FlagFilter(TextFilter):
    """Rows of which something is true, or is not; `holds` is the condition, on the day."""

    def __init__(self, description: str) -> None:
        super().__init__("", {"type": "boolean"}, description)

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value not in {"true", "false"}:
            raise NotUnderstood("Write true or false.")
        return rows.filter(self.condition()) if value == "true" else rows.exclude(self.condition())

    def condition(self) -> Q:
        """What is true of the rows to be found for `true`."""
        raise NotImplementedError


class InForceFilter(FlagFilter):
    """Stretches that hold on the day, or those that do not."""

    def __init__(self) -> None:
        super().__init__("Whether it holds on the day.")

    def condition(self) -> Q:
        return Q(from_on__lte=self.day) & (Q(until_on__isnull=True) | Q(until_on__gt=self.day))


class SetFilter(FlagFilter):
    """Rows in which `field_name` has a value, or has none."""

    def __init__(self, field_name: str, description: str) -> None:
        super().__init__(description)
        self.field_name = field_name

    def condition(self) -> Q:
        return Q(**{f"{self.field_name}__isnull": False})


class WordsFilter(TextFilter):
    """Rows with all the words in their name or code, in capitals or not."""

    def __init__(self, *names: str) -> None:
        told = "Words, each of which stands in the name, title or code."
        super().__init__("", {"type": "string", "maxLength": LONGEST_WORDS, "pattern": r"\S"}, told)
        self.names = names

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if len(value) > LONGEST_WORDS or not value.split():
            raise NotUnderstood(f"Write one word or several, up to {LONGEST_WORDS} characters.")
        return rows.filter(named(value, self.names))


class SinceFilter(TextFilter):
    """Rows of which one of the instants lies at or after the one asked for."""

    def __init__(self, *names: str, description: str) -> None:
        super().__init__("", {"type": "string", "format": "date-time"}, description)
        self.names = names

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        try:
            since = instant(value)
        except ValueError as error:
            raise NotUnderstood(f"{error}. A plus is written %2B in an address.") from None
        return rows.filter(reduce(or_, (Q(**{f"{name}__gte": since}) for name in self.names)))


class ChangedFilter(SinceFilter):
    """Rows that were changed, or made, at or after an instant."""

    def __init__(self) -> None:
        super().__init__("updated_at", description="Changed or added at or after this instant, with its zone.")
