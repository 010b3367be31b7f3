"""Making standings and presence of facts where none are stored: the half of it that another process can do.

No database and no Django here. Facts come as columns of numbers, in which 0 stands for no day, and go out as what the
database copies in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from roles.copying import copied

from .presence import Presence, presences
from .standings import PersonFacts, Result, Rules, Standing, Stretch, standings

#: Columns as rows of an array.
Columns = npt.NDArray[np.int64]


class FactColumns(NamedTuple):
    """The facts of some people. Days are those of `date.toordinal`."""

    #: Key, joined on, left on.
    people: Columns
    #: Of the next three: person, team or role or competency, from, until.
    memberships: Columns
    roles: Columns
    exemptions: Columns
    #: Person, key, competency, level, whether verified, assessed on, expires on, whether withdrawn.
    results: Columns


class Types(NamedTuple):
    """PostgreSQL's names for the types of the columns of each table."""

    standings: tuple[str, ...]
    presences: tuple[str, ...]


class Filled(NamedTuple):
    """The rows to be stored, as rows or as COPY takes them, and how many people have any."""

    standings: list[Standing] | bytes
    presences: list[Presence] | bytes
    people: int


def filled(columns: FactColumns, rules: Rules, types: Types | None) -> Filled:
    """What is to be stored of these people, of whom nothing is stored: rows, or with `types` what COPY takes."""
    of_standings: list[Standing] = []
    of_presences: list[Presence] = []
    people = 0
    for facts in facts_from(columns):
        own, present = standings(facts, rules), presences(facts, rules.everyone)
        of_standings += own
        of_presences += present
        people += bool(own or present)
    if types is None:
        return Filled(of_standings, of_presences, people)
    return Filled(copied(types.standings, of_standings), copied(types.presences, of_presences), people)


def facts_from(columns: FactColumns) -> Iterator[PersonFacts]:
    """The facts of each of the people, as `gathering.facts_of` reads them."""
    memberships, roles, exemptions = map(_stretches, columns[1:4])
    results: dict[int, list[Result]] = defaultdict(list)
    for person, pk, competency, level, verified, assessed_on, expires_on, withdrawn in _rows(columns.results):
        results[person].append(
            Result(pk, competency, level, bool(verified), _DAYS[assessed_on], _DAYS[expires_on], bool(withdrawn))
        )
    for pk, joined_on, left_on in _rows(columns.people):
        yield PersonFacts(
            pk,
            _DAYS[joined_on],
            _DAYS[left_on],
            memberships.get(pk, ()),
            roles.get(pk, ()),
            results.get(pk, ()),
            exemptions.get(pk, ()),
        )


def _stretches(columns: Columns) -> dict[int, list[Stretch]]:
    found: dict[int, list[Stretch]] = defaultdict(list)
    for person, what, from_on, until_on in _rows(columns):
        found[person].append(Stretch(what, _DAYS[from_on], _DAYS[until_on]))
    return found


def _rows(columns: Columns) -> Iterator[tuple[int, ...]]:
    return zip(*columns.tolist(), strict=True)


class _Days(dict[int, Any]):
    """Days by their numbers, each made once."""

    def __missing__(self, number: int) -> date | None:
        day = self[number] = date.fromordinal(number) if number else None
        return day


_DAYS = _Days()
