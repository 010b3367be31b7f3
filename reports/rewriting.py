"""What is to be written of many people's standings and presence: the half of it that another process can do.

No database and no Django here. What is known of people comes as columns of numbers, and what is to be written goes out
as the database copies it in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from roles.copying import copied

from .computing import Batch, Difference, StretchOf, assembled, by_person, cell_of, differences
from .counters.changed import CountedChange, counted_change
from .presence import Presence
from .standings import PersonFacts, Rules, Standing

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
    columns: FactColumns, stored: Stored | None, rules: Rules, types: Types | None, counted: bool
) -> Rewritten:
    """What is to be written so that it is stored what the facts make; without anything `stored` all of it is new."""
    standings = by_person(_standings(stored.standings), cell_of) if stored else {}
    presences = by_person(stored.presences) if stored else {}
    batch = Batch(list(facts_from(columns)), standings, presences)
    return anew(differences(batch, rules), types, counted=counted)


def anew(differing: Sequence[Difference], types: Types | None = None, *, counted: bool = False) -> Rewritten:
    """What is to be written where people differ: just the rows that do; rows, or with `types` what COPY takes."""
    others = [one for one in differing if one.present != one.stored_present]
    of_standings = [row for one in differing for row in one.new]
    of_presences = [row for one in others for row in one.present]
    return Rewritten(
        people=len(differing),
        gone=[(row.person, row.competency, row.from_on) for one in differing for row in one.gone],
        standings=copied(types.standings, of_standings) if types and of_standings else of_standings,
        absent=[one.person for one in others if one.stored_present],
        presences=copied(types.presences, of_presences) if types and of_presences else of_presences,
        counted=counted_change(differing) if counted else None,
    )


def facts_from(columns: FactColumns) -> Iterator[PersonFacts]:
    """The facts of each of the people, as `gathering.facts_of` reads them."""
    return assembled(
        ((pk, _DAYS[joined_on], _DAYS[left_on]) for pk, joined_on, left_on in _rows(columns.people)),
        _stretches(columns.memberships),
        _stretches(columns.roles),
        _stretches(columns.exemptions),
        (
            (person, pk, competency, level, bool(verified), _DAYS[assessed_on], _DAYS[expires_on], bool(withdrawn))
            for person, pk, competency, level, verified, assessed_on, expires_on, withdrawn in _rows(columns.results)
        ),
    )


def _stretches(columns: Columns) -> Iterator[StretchOf]:
    return ((person, what, _DAYS[from_on], _DAYS[until_on]) for person, what, from_on, until_on in _rows(columns))


def _standings(columns: Columns) -> Iterator[Standing]:
    """The standings that are stored, as `gathering.stored_standings` reads them."""
    for person, competency, team, from_on, until_on, required, weight, level, verified, state, result in _rows(columns):
        yield Standing._make(
            (
                person,
                competency,
                team,
                _DAYS[from_on],
                _DAYS[until_on],
                None if required < 0 else required,
                None if weight < 0 else weight,
                None if level < 0 else level,
                None if verified < 0 else bool(verified),
                state,
                None if result < 0 else result,
            )
        )


def _rows(columns: Columns) -> Iterator[tuple[int, ...]]:
    return zip(*columns.tolist(), strict=True)


class _Days(dict[int, Any]):
    """Days by their numbers, each made once."""

    def __missing__(self, number: int) -> date | None:
        day = self[number] = date.fromordinal(number) if number else None
        return day


_DAYS = _Days()
