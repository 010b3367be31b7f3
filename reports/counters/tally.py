"""Changes of cells as arrays, for as many as everybody has: what `cells.Changes` is to a few. No database here.

A cell has a number in place of its key (`CellNumbers`), and a day and a cell make one whole number. A vector is WORDS
whole numbers of 64 bits, the lower lanes first, so that to add up vectors is to add up each of these columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .cells import Changes, Key, is_of_team, team_cell, team_of
from .vectors import WORDS, Column, in_bytes, words_in

# Whole numbers, all of one kind.
_Whole = npt.NDArray[np.int64] | npt.NDArray[np.uint64]

_CELL_BITS = 32
_CELL = (1 << _CELL_BITS) - 1
#: The bit that the numbers of teams' cells have and no others.
_OF_TEAM = 1 << _CELL_BITS - 1


class CellNumbers:
    """The numbers of cells: from 0 as they come; those of teams' cells have a bit of their own."""

    def __init__(self) -> None:
        self._keys: list[Key] = []
        self._numbers = _Numbers(self._keys)

    def of(self, key: Key) -> int:
        """The number of a cell."""
        return self._numbers[key]

    def of_all(self, keys: Sequence[Key] | Column) -> Column:
        """The numbers of many cells."""
        if isinstance(keys, np.ndarray):
            different, places = np.unique(keys, return_inverse=True)
            return self.of_all(different.tolist())[places]
        return np.array(list(map(self._numbers.__getitem__, keys)), np.int64)

    def key(self, number: int) -> Key:
        """The cell with a number."""
        return team_cell(number & ~_OF_TEAM) if number & _OF_TEAM else self._keys[number]

    def names(self, tally: Tally) -> dict[int, Key]:
        """The cells of the numbers in a tally."""
        return {number: self.key(number) for number in np.unique(tally.cells).tolist()}


class _Numbers(dict[Key, int]):
    """Numbers by cell, made when they are first asked for; `keys` are those without the cells of teams."""

    def __init__(self, keys: list[Key]) -> None:
        super().__init__()
        self._keys = keys

    def __missing__(self, key: Key) -> int:
        if not isinstance(key, str) and is_of_team(key):
            number = _OF_TEAM | team_of(key)
        else:
            number = len(self._keys)
            self._keys.append(key)
        self[key] = number
        return number


class Tally(NamedTuple):
    """How cells change, in the order of `at` (`day_and_cell`), each once; of `words` there is a row for each word."""

    at: Column
    words: Column

    @property
    def days(self) -> Column:
        """The days (date.toordinal) on which something changes, one for each cell that does."""
        return self.at >> _CELL_BITS

    @property
    def cells(self) -> Column:
        """The numbers of the cells that change."""
        return self.at & _CELL


NOTHING = Tally(np.empty(0, np.int64), np.empty((WORDS, 0), np.int64))


def day_and_cell(days: Column, cells: Column | int) -> Column:
    """Where something changes, as one number each."""
    return days << _CELL_BITS | cells


def of_teams(cells: Column) -> npt.NDArray[np.bool_]:
    """Which of the numbers are those of teams' cells."""
    found: npt.NDArray[np.bool_] = cells & _OF_TEAM != 0
    return found


def summed(parts: Sequence[Tally]) -> Tally:
    """All the changes, of parts that may be in any order and have a place more than once; none that is nothing."""
    at = np.concatenate([part.at for part in parts])
    order, starts = in_groups(at)
    words = np.zeros((WORDS, starts.size), np.int64)
    for word in range(WORDS if starts.size else 0):
        column = np.concatenate([part.words[word] for part in parts])
        np.add.reduceat(column.take(order), starts, out=words[word])
    kept = words.any(axis=0)
    return Tally(at[order[starts]][kept], words[:, kept])


def in_groups(keys: Column) -> tuple[Column, Column]:
    """The order in which equal keys stand together, and the places in it at which each different one begins."""
    # Parts that are in order already, as most are, are merged rather than sorted.
    order = np.argsort(keys, kind="stable")
    ordered = keys.take(order)
    begins = np.ones(keys.size, bool)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    return order, np.flatnonzero(begins)


def looked_up(wanted: _Whole, ordered: _Whole) -> tuple[Column, Column]:
    """Which of the wanted numbers stand among those in order, and the place of each of these there."""
    if not ordered.size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    places = np.searchsorted(ordered, wanted)
    places[places == ordered.size] = 0
    found = np.flatnonzero(ordered[places] == wanted)
    return found, places[found]


def repeated(times: Column) -> tuple[Column, Column]:
    """Each place so many times, and of each time which it is."""
    place = np.repeat(np.arange(times.size), times)
    return place, np.arange(place.size) - (np.cumsum(times) - times)[place]


def in_each(sizes: Column, things: Column, held: Column) -> tuple[Column, Column]:
    """Each thing of each set in `held`: which of these it is, and the thing.

    The things of all sets stand one behind the other, and so many of them are of each set as `sizes` says.
    """
    which, nth = repeated(sizes[held])
    return which, things[(np.cumsum(sizes) - sizes)[held[which]] + nth]


def of_usual_kind(column: Column) -> Column:
    """The same numbers, where they came from another process: numpy would add them up many times as slowly."""
    return column.view(np.int64)


def renumbered(tally: Tally, names: Mapping[int, Key], numbers: CellNumbers) -> Tally:
    """The changes of another process with the numbers that their cells have here; in no order."""
    cells, places = np.unique(of_usual_kind(tally.cells), return_inverse=True)
    own = numbers.of_all([names[cell] for cell in cells.tolist()])
    return Tally(day_and_cell(of_usual_kind(tally.days), own[places]), of_usual_kind(tally.words))


def negative(tally: Tally) -> Tally:
    """What takes these changes back."""
    return tally._replace(words=-tally.words)


def on_teams(tally: Tally) -> Tally:
    """The changes of teams' cells alone."""
    some = of_teams(tally.at)
    return Tally(tally.at[some], tally.words[:, some])


def as_child(tally: Tally, child: int) -> Tally:
    """The changes as those of a child: what its teams are counted as is not told apart any more."""
    own = np.where(of_teams(tally.at), day_and_cell(tally.days, _OF_TEAM | child), tally.at)
    return tally._replace(at=own)


def words_of(vectors: Sequence[int]) -> Column:
    """Vectors as columns of words."""
    return words_in(b"".join(map(in_bytes, vectors)))


def tally_of(changes: Changes, numbers: CellNumbers) -> Tally:
    """The same changes as arrays."""
    cells = [(day, numbers.of(key), vector) for day, cells in changes.items() for key, vector in cells.items()]
    days, of_cells, vectors = zip(*cells, strict=True) if cells else ((), (), ())
    at = day_and_cell(np.array(days, np.int64), np.array(of_cells, np.int64))
    return summed([Tally(at, words_of(vectors))])
