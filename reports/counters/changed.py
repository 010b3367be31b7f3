"""Which rows of many people's standings and presence change counters, as columns of numbers. No database here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from reports.computing import Difference
from reports.kinds import kind_of
from reports.presence import Presence
from reports.standings import Standing

from .contributions import NOT_ASSESSED
from .counting import Standings
from .vectors import Column

#: Team, person, day from which and day until which (date.toordinal), and roles as they are stored.
Stays = list[tuple[int, int, int, int, bytes]]


#: What of a standing its kind says: from what is required to the state.
_KIND = slice(Standing._fields.index("required"), Standing._fields.index("state") + 1)


class CountedRows(NamedTuple):
    """Rows that are counted: standings as the columns of `Standings`, one row of an array each."""

    standings: Column
    stays: Stays


class CountedChange(NamedTuple):
    """What was counted and is not any more, and what is now."""

    before: CountedRows
    after: CountedRows


def counted_change(differing: Iterable[Difference]) -> CountedChange:
    """What changes in counters where people of whom something else is stored become what they are computed to be."""
    before: tuple[list[Standing], Stays] = ([], [])
    after: tuple[list[Standing], Stays] = ([], [])
    for one in differing:
        stored, computed = one.stored, one.computed
        if one.present == one.stored_present:
            # What stays the same changes nothing.
            stored, computed = _days_between(one.gone, one.new)
            if any(row.state == NOT_ASSESSED for row in (*stored, *computed)):
                # But to know since when somebody was never assessed takes all that says so.
                stored = _with_unassessed(stored, one.stored)
                computed = _with_unassessed(computed, one.computed)
        before[0].extend(stored)
        before[1].extend(map(_stay, one.stored_present))
        after[0].extend(computed)
        after[1].extend(map(_stay, one.present))
    return CountedChange(CountedRows(_columns(before[0]), before[1]), CountedRows(_columns(after[0]), after[1]))


def _days_between(gone: Iterable[Standing], new: Iterable[Standing]) -> tuple[list[Standing], list[Standing]]:
    """The same change told by fewer rows: of a stretch that only ends on another day, just the days in between."""
    before = {(row.competency, row.from_on): row for row in gone}
    shorter: list[Standing] = []
    after: list[Standing] = []
    for row in new:
        was = before.get((row.competency, row.from_on))
        if was is None or was.team != row.team or row.state == NOT_ASSESSED or was[_KIND] != row[_KIND]:
            after.append(row)
            continue
        del before[row.competency, row.from_on]
        if row.until_on < was.until_on:
            shorter.append(was.beginning(row.until_on))
        elif row.until_on > was.until_on:
            after.append(row.beginning(was.until_on))
    return [*before.values(), *shorter], after


def _with_unassessed(some: Iterable[Standing], everything: Iterable[Standing]) -> list[Standing]:
    return [
        *(row for row in some if row.state != NOT_ASSESSED),
        *(row for row in everything if row.state == NOT_ASSESSED),
    ]


def _stay(present: Presence) -> tuple[int, int, int, int, bytes]:
    person, from_on, until_on, team, roles = present
    return team, person, from_on.toordinal(), until_on.toordinal(), roles


def _columns(rows: Iterable[Standing]) -> Column:
    told = [
        (row.team, row.person, row.competency, row.from_on.toordinal(), row.until_on.toordinal(), kind_of(row))
        for row in rows
    ]
    return np.ascontiguousarray(np.array(told, np.int64).reshape(-1, len(Standings._fields)).T)
