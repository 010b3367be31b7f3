"""Comparing what the facts make the standings with what is stored; no database here either."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from .presence import Presence, presences
from .standings import PersonFacts, Result, Rules, Standing, Stretch, standings

Row = TypeVar("Row", Standing, Presence)
#: The person, and what a `Stretch` says.
StretchOf = tuple[int, int, date, date | None]


class Batch(NamedTuple):
    """The facts of some people, and what is stored of them by person: standings by `cell_of`, presence by day."""

    facts: list[PersonFacts]
    stored: dict[int, list[Standing]]
    stored_present: dict[int, list[Presence]]


class Difference(NamedTuple):
    """A person whose standings or presence are not what is stored: what they are, and what is stored.

    `new` are the standings that are not stored, `gone` those that are stored only.
    """

    person: int
    computed: list[Standing]
    stored: list[Standing]
    present: list[Presence]
    stored_present: list[Presence]
    new: list[Standing]
    gone: list[Standing]


#: What orders one person's standings: the competency, and the day from which they hold.
cell_of: Callable[[Standing], tuple[int, date]] = itemgetter(
    Standing._fields.index("competency"), Standing._fields.index("from_on")
)


def assembled(
    people: Iterable[tuple[int, date, date | None]],
    memberships: Iterable[StretchOf],
    roles: Iterable[StretchOf],
    exemptions: Iterable[StretchOf],
    results: Iterable[tuple[Any, ...]],
) -> Iterator[PersonFacts]:
    """The facts of each of these people, from rows in any order; one of a result is the person and the `Result`."""
    stays, held, excused = map(_stretches, (memberships, roles, exemptions))
    assessed: dict[int, list[Result]] = defaultdict(list)
    for person, *result in results:
        assessed[person].append(Result._make(result))
    for pk, joined_on, left_on in people:
        yield PersonFacts(
            pk,
            joined_on,
            left_on,
            stays.get(pk, ()),
            held.get(pk, ()),
            assessed.get(pk, ()),
            excused.get(pk, ()),
        )


def _stretches(rows: Iterable[StretchOf]) -> dict[int, list[Stretch]]:
    found: dict[int, list[Stretch]] = defaultdict(list)
    for person, *stretch in rows:
        found[person].append(Stretch._make(stretch))
    return found


def by_person(rows: Iterable[Row], key: Callable[[Row], Any] | None = None) -> dict[int, list[Row]]:
    """Rows of standings or presence by person, each person's in order."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.person].append(row)
    for of_person in found.values():
        of_person.sort(key=key)
    return found


def differences(batch: Batch, rules: Rules) -> list[Difference]:
    """The people of the batch of whom something else is stored than is true, also those who have no facts any more."""
    found = []
    for facts in batch.facts:
        computed = standings(facts, rules)
        stored = batch.stored.get(facts.person, [])
        present, stored_present = presences(facts, rules.everyone), batch.stored_present.get(facts.person, [])
        if computed != stored or present != stored_present:
            found.append(Difference(facts.person, computed, stored, present, stored_present, *_apart(computed, stored)))
    gone = batch.stored.keys() | batch.stored_present.keys()
    for person in sorted(gone - {facts.person for facts in batch.facts}):
        stored = batch.stored.get(person, [])
        found.append(Difference(person, [], stored, [], batch.stored_present.get(person, []), [], stored))
    return found


def differences_within(batch: Batch, rules: Rules) -> list[Difference]:
    """The people of the batch of whom other standings are stored; where they count is taken to be what is stored."""
    found = []
    for facts in batch.facts:
        computed, stored = standings(facts, rules), batch.stored.get(facts.person, [])
        if computed != stored:
            present = batch.stored_present.get(facts.person, [])
            found.append(Difference(facts.person, computed, stored, present, present, *_apart(computed, stored)))
    return found


def _apart(computed: list[Standing], stored: list[Standing]) -> tuple[list[Standing], list[Standing]]:
    """Those in the first list only, and those in the second only; both are in the order of `cell_of`."""
    if not stored:
        return computed, []
    new, gone = [], []
    first, second = iter(computed), iter(stored)
    one, other = next(first, None), next(second, None)
    while one and other:
        if one == other:
            one, other = next(first, None), next(second, None)
        elif cell_of(one) <= cell_of(other):
            new.append(one)
            one = next(first, None)
        else:
            gone.append(other)
            other = next(second, None)
    return [*new, *([one] if one else []), *first], [*gone, *([other] if other else []), *second]
