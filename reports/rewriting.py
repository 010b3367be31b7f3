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
from roles.reach import Reach

from .computing import (
    Batch,
    Difference,
    StretchOf,
    assembled,
    by_person,
    cell_of,
    differences,
    differences_within,
)
from .counters.changed import CountedChange, counted_change
from .presence import Presence
from .standings import PersonFacts, Rules, Standing

#: Columns as rows of an array.
Columns = npt.NDArray[np.int64]

_COMPETENCY, _FROM = map(Standing._fields.index, ("competency", "from_on"))
_PERSON_COMPETENCY_FROM = [Standing._fields.index("person"), _COMPETENCY, _FROM]


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
    #: How far standings were read, if not all: those of its competencies on its days and on the day before the first,
    #: and those of other competencies that say on these days that somebody was never assessed.
    reach: Reach | None = None


class Rewritten(NamedTuple):
    """What is to be written of some people: rows to delete, and rows to add, as rows or as COPY takes them."""

    #: How many of the people differ.
    people: int
    #: The keys of the standings that are deleted: person, competency, from.
    gone: Columns
    standings: list[Standing] | bytes
    #: Whose presence is deleted.
    absent: list[int]
    presences: list[Presence] | bytes
    #: How counters change, if that is asked for.
    counted: CountedChange | None


def rewritten(
    columns: FactColumns, stored: Stored | None, rules: Rules, types: Types | None, counted: bool
) -> Rewritten:
    """What is to be written so that it is stored what the facts make; without anything `stored` all of it is new.

    Where what is stored was read within a reach, so are the facts and the rules.
    """
    presences = by_person(stored.presences) if stored else {}
    if stored and stored.reach:
        within = _Within(stored.standings, stored.reach)
        batch = Batch(list(facts_from(within.begun_late(columns))), within.standings, presences)
        differing = differences_within(batch, rules)
        made = anew([within.whole(one) for one in differing], types)
        return made._replace(counted=counted_change(map(within.unassessed_too, differing)) if counted else None)
    standings = by_person(_standings(stored.standings), cell_of) if stored else {}
    batch = Batch(list(facts_from(columns)), standings, presences)
    return anew(differences(batch, rules), types, counted=counted)


class _Within:
    """What is stored on the days that a change reaches, and on the day before, from which on a stretch may go on.

    To who is taken to have joined on that day, all days before are none, and the others are as they are.
    """

    def __init__(self, stored: Columns, reach: Reach) -> None:
        self._first = max(reach.from_on.toordinal() - 1, 1)
        self._day = date.fromordinal(self._first)
        own = np.isin(stored[_COMPETENCY], list(reach.competencies))
        begun = own & (stored[_FROM] < self._first)
        #: The day on which a stretch began that is cut, by person and competency.
        begun_rows = _rows(stored[_PERSON_COMPETENCY_FROM][:, begun])
        self._begun = {(person, competency): _DAYS[day] for person, competency, day in begun_rows}
        cut = stored.copy()
        cut[_FROM] = np.maximum(stored[_FROM], self._first)
        self.standings = by_person(_standings(cut[:, own]), cell_of)
        self._others = by_person(_standings(cut[:, ~own]))

    def begun_late(self, columns: FactColumns) -> FactColumns:
        """The facts as if nobody had joined before."""
        person, joined_on, left_on = columns.people
        return columns._replace(people=np.array([person, np.maximum(joined_on, self._first), left_on]))

    def whole(self, one: Difference) -> Difference:
        """The same difference in stretches that begin when they did."""
        return one._replace(new=list(map(self._as_begun, one.new)), gone=list(map(self._as_begun, one.gone)))

    def _as_begun(self, row: Standing) -> Standing:
        begun = self._begun.get((row.person, row.competency)) if row.from_on == self._day else None
        return row.beginning(begun) if begun else row

    def unassessed_too(self, one: Difference) -> Difference:
        """The same difference with what is never assessed and not reached, without which nobody is counted for it."""
        others = self._others.get(one.person, [])
        return one._replace(computed=one.computed + others, stored=one.stored + others)


def anew(differing: Sequence[Difference], types: Types | None = None, *, counted: bool = False) -> Rewritten:
    """What is to be written where people differ: just the rows that do; rows, or with `types` what COPY takes."""
    others = [one for one in differing if one.present != one.stored_present]
    gone = [(row.person, row.competency, row.from_on.toordinal()) for one in differing for row in one.gone]
    of_standings = [row for one in differing for row in one.new]
    of_presences = [row for one in others for row in one.present]
    return Rewritten(
        people=len(differing),
        gone=np.array(gone, np.int64).reshape(-1, 3).T,
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
