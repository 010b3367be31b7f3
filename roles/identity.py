"""What tells who a person is, and what takes its place when they are erased."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Model, Q, TextField
from django.db.models.functions import Cast

from .recorded import recorded_models

#: What a code goes on with beside letters and digits, so that E1 is not found in E1-2.
_JOINS = "-.@+"
_SAFE_RUN = re.compile(r"[A-Za-z0-9 @_]+")
_SHORTEST_PROBE = 2


@dataclass(frozen=True)
class Identity:
    """A person's names, found wherever they stand as whole words, and the pseudonym in place of all of them.

    A part of a name is not found by itself, nor is a nickname.
    """

    pseudonym: str
    employee_id: str
    #: The names of their account, the present one and former ones.
    usernames: frozenset[str] = frozenset()
    #: Names of the person and e-mail addresses, present and former.
    names: frozenset[str] = frozenset()
    #: Values that are replaced where they stand alone, such as the ids of the person's results.
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def terms(self) -> list[str]:
        """What is looked for, the longest first, so that no part of it is left over."""
        return sorted({self.employee_id, *self.usernames, *self.names} - {""}, key=lambda term: (-len(term), term))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(_as_word(term, code=term not in self.names) for term in self.terms))

    def is_in(self, text: str) -> bool:
        """Whether the text names the person."""
        return bool(self._pattern.search(text))

    def hidden(self, text: str) -> str:
        """The text with the pseudonym in place of everything that names the person."""
        return self.codes.get(text) or self._pattern.sub(self.pseudonym, text)

    def hidden_in(self, value: Any) -> Any:
        """The same for what JSON can hold; the names of fields stay."""
        if isinstance(value, str):
            return self.hidden(value)
        if isinstance(value, dict):
            return {name: self.hidden_in(one) for name, one in value.items()}
        return [self.hidden_in(one) for one in value] if isinstance(value, list) else value


def _as_word(term: str, *, code: bool) -> str:
    """The pattern of a term as a whole word; large and small letters are alike where it can be no common word."""
    joins = re.escape(_JOINS)
    before = rf"(?<!\w)(?<!\w[{joins}])" if code else r"(?<!\w)"
    after = rf"(?!\w)(?![{joins}]\w)" if code else r"(?!\w)"
    flags = "i" if re.search(r"[\d\s@]", term) else ""
    return f"{before}(?{flags}:{re.escape(term)}){after}"


def probe(term: str) -> str:
    """A part of the term that stands in a column as it is, also in JSON, by which the database can look for it."""
    longest = max(_SAFE_RUN.findall(term), key=len, default="")
    if len(longest.strip()) >= _SHORTEST_PROBE or longest == term:
        return longest
    # SQLite keeps JSON with all that is not ASCII escaped; a probe of texts finds too much then, and never too little.
    return term if connection.vendor == "postgresql" else ""


def texts_of(model: type[Model]) -> list[str]:
    """The fields in which somebody may have written about people: neither codes nor choices."""
    kinds = {"CharField", "TextField", "EmailField", "JSONField", "URLField"}
    return [
        one.attname
        for one in model._meta.concrete_fields
        if one.get_internal_type() in kinds and not (one.unique or one.choices or one.primary_key)
    ]


def rows_with(model: type[Model], terms: Iterable[str], names: Iterable[str]) -> Any:
    """The rows of which one of these fields may hold one of the terms: never too few, and a few too many."""
    rows = model._default_manager.all()
    found = Q(pk__in=[])
    for name in names:
        rows = rows.alias(**{f"{name}_as_text": Cast(name, TextField())})
        for term in terms:
            found |= Q(**{f"{name}_as_text__icontains": probe(term)})
    return rows.filter(found)


def choices() -> frozenset[str]:
    """The names of the fields of recorded rows whose values are words of ours, which name nobody."""
    return frozenset(one.name for model in recorded_models() for one in model._meta.concrete_fields if one.choices)
