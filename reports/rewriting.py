"""What is to be written of many people's standings and presence: the half of it that another process can do.

No database and no Django here. What is known of people comes as columns of numbers, and what is to be written goes out
as the database copies it in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from roles.copying import copied

from .computing import Batch, Difference, cell_of, differences
from .counters.changed import CountedChange, counted_change
from .presence import Presence
from .standings import PersonFacts, Result, Rules, Standing, Stretch

#: Columns as rows of an array.
Columns = npt.NDArray[np.int64]


class FactColumns(NamedTuple):
    """The facts of some people. Days are those of `date.toordinal`, and 0 is none."""

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


class Stored(NamedTuple):
    """What is stored of some people."""

    #: In the order of `Standing`; days as numbers, and -1 for what is None.
    standings: Columns
    presences: list[Presence]


class Rewritten(NamedTuple):
    """What is to be written of some people: rows to delete, and rows to add, as rows or as COPY takes them."""

    #: How many of the people differ.
    people: int
    #: The keys of the standings that are deleted: person, competency, from.
    gone: list[tuple[int, int, date]]
    standings: list[Standing] | bytes
    #: Whose presence is deleted.
    absent: list[int]
    presences: list[Presence] | bytes
    #: How counters change, if that is asked for.
    counted: CountedChange | None


def rewritten(
    columns: FactColumns, stored: Stored | None, rules: Rules, types: Types | None, *, counted: bool
) -> Rewritten:
    """What is to be written so that it is stored what the facts make; of rows, with `types` what COPY takes.

    Without anything `stored` all of it is new.
    """
    batch = Batch(list(facts_from(columns)), *(_by_person(stored) if stored else ({}, {})))
    differing = differences(batch, rules)
    gone, of_standings = standings_anew(differing)
    absent, of_presences = presences_anew(differing)
    change = counted_change(differing) if counted else None
    if types is None:
        return Rewritten(len(differing), gone, of_standings, absent, of_presences, change)
    return Rewritten(
        len(differing),
        gone,
        copied(types.standings, of_standings) if of_standings else [],
        absent,
        copied(types.presences, of_presences) if of_presences else [],
        change,
    )


def standings_anew(differing: Iterable[Difference]) -> tuple[list[tuple[int, int, date]], list[Standing]]:
    """The keys of the standings that are deleted, and the rows that are added instead: just those that differ."""
    gone = [(row.person, row.competency, row.from_on) for one in differing for row in one.gone]
    return gone, [row for one in differing for row in one.new]


def presences_anew(differing: Iterable[Difference]) -> tuple[list[int], list[Presence]]:
    """Whose presence is deleted, and the rows that are added instead."""
    others = [one for one in differing if one.present != one.stored_present]
    return [one.person for one in others if one.stored_present], [row for one in others for row in one.present]


def _by_person(stored: Stored) -> tuple[dict[int, list[Standing]], dict[int, list[Presence]]]:
    """What is stored by person, each person's in order."""
    of_standings: dict[int, list[Standing]] = defaultdict(list)
    for person, competency, team, from_on, until_on, required, weight, level, verified, state, result in _rows(
        stored.standings
    ):
        of_standings[person].append(
            Standing(
                person,
                competency,
                team,
                _DAYS[from_on],
                _DAYS[until_on],
                None if required < 0 else required,
                None if weight < 0 else weight,
                None if level < 0 else level,
                None if verified < 0 else bool(verified),
                state,  # type: ignore[arg-type]  # as it is stored
                None if result < 0 else result,
            )
        )
    for rows in of_standings.values():
        rows.sort(key=cell_of)
    of_presences: dict[int, list[Presence]] = defaultdict(list)
    for row in sorted(stored.presences):
        of_presences[row.person].append(row)
    return of_standings, of_presences


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
