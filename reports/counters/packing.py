"""The blocks of a large team by arrays of its changes, packed and unpacked. No database here."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .blocks import (
    CHANGES_IN_A_BLOCK,
    FIRST_DAY,
    VECTORS_IN_A_BLOCK,
    Apart,
    Columns,
    joined,
    joined_totals,
    numbered,
)
from .cells import Key
from .tally import NOTHING, CellNumbers, Tally, day_and_cell, on_teams
from .vectors import WORDS, Column, stored_vectors, words_in


class Block(NamedTuple):
    """The vectors of cells at the beginning of a day, before anything changes on it, and the changes since.

    `base` is a tally of one day, 0.
    """

    from_day: int
    base: Tally
    changes: Tally


class Packed(NamedTuple):
    """A block as it is stored: all of it, and the totals of its days by themselves."""

    from_day: int
    cells: bytes
    totals: bytes


class Unjoined(NamedTuple):
    """A block that is still to be joined and compressed, which needs no Python and may be done beside it."""

    from_day: int
    columns: Columns
    texts: list[str]
    days: bytes
    totals: bytes

    def joined(self) -> Packed:
        """The block as it is stored."""
        return Packed(self.from_day, joined(self.columns, self.texts), joined_totals(self.days, self.totals))


def unpacked(from_day: int, stored: bytes, numbers: CellNumbers) -> Block:
    """The block that was packed; its tallies are in no order."""
    block = Apart(stored)
    cells = numbers.of_all(block.keys)
    days = np.repeat(_column(block.days), _column(block.counts))
    vectors = words_in(block.vectors).take(_column(block.of_vectors), axis=1)
    base = words_in(block.base)
    changes = Tally(day_and_cell(days, cells[_column(block.of_keys)]), vectors)
    return Block(from_day, Tally(cells[: base.shape[1]], base), changes)


def _column(numbers: array[int]) -> Column:
    return np.array(numbers, np.int64)


def packed_blocks(
    tally: Tally, numbers: CellNumbers, *, from_day: int = FIRST_DAY, base: Tally = NOTHING
) -> Iterator[Unjoined]:
    """The blocks that hold these changes of a team, in order of days, one at least; `base` stands before them."""
    days, starts = np.unique(tally.days, return_index=True)
    bounds = np.r_[starts, tally.at.size]
    cells, places = np.unique(np.concatenate([base.cells, tally.cells]), return_inverse=True)
    names = _Names([numbers.key(cell) for cell in cells.tolist()])
    totals = _Totals(tally, base)
    stored = stored_vectors(tally.words)
    sums = np.zeros((WORDS, cells.size), np.int64)
    sums[:, places[: base.at.size]] = base.words
    places = places[base.at.size :]
    begin = 0
    while True:
        first = np.flatnonzero(sums.any(axis=0))
        enough = bounds[begin] + max(CHANGES_IN_A_BLOCK, first.size)
        end = min(int(np.searchsorted(bounds, enough)), days.size)
        vectors = stored[bounds[begin] : bounds[end]].tolist()
        end = begin + _days_at_most(end - begin, vectors)
        own = slice(bounds[begin], bounds[end])
        del vectors[own.stop - own.start :]
        on_days = _OnDays(days[begin:end], np.diff(bounds[begin : end + 1]), places[own], vectors)
        in_columns = _columns(first, stored_vectors(sums[:, first]), on_days, names)
        yield Unjoined(from_day, *in_columns, *totals.told(from_day, days[begin:end]))
        if end == days.size:
            return
        for word in range(WORDS):
            np.add.at(sums[word], places[own], tally.words[word, own])
        begin, from_day = end, int(days[end])


def _days_at_most(days: int, vectors: Sequence[bytes]) -> int:
    """How many of so many days may stand in one block: about as many as have the vectors that may, one at least."""
    different = len(set(vectors))
    return days if different <= VECTORS_IN_A_BLOCK else max(days * VECTORS_IN_A_BLOCK // different, 1)


class _OnDays(NamedTuple):
    """The changes in a block: the days, how many cells change on each, and of each change the place and the vector."""

    days: Column
    counts: Column
    places: Column
    vectors: list[bytes]


class _Names:
    """The keys of a team's cells by their places, as blocks tell them: sets of roles by their place among texts."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.texts = [key if isinstance(key, str) else None for key in keys]
        self.is_text = np.array([text is not None for text in self.texts], bool)
        self.numbers = np.array([0 if isinstance(key, str) else key for key in keys], np.uint64)

    def told(self, places: Column) -> tuple[bytes, list[str]]:
        """The keys with these places, and the texts among them."""
        is_text = self.is_text[places]
        nth = (np.cumsum(is_text) - 1).astype(np.uint64)
        texts = [text for text in map(self.texts.__getitem__, places[is_text].tolist()) if text is not None]
        return np.where(is_text, nth << np.uint64(2), self.numbers[places]).tobytes(), texts


def _columns(first: Column, sums: npt.NDArray[np.void], on_days: _OnDays, names: _Names) -> tuple[Columns, list[str]]:
    """A block's columns and texts: `sums` are those at its day, of the cells with the places in `first`."""
    numbers = np.full(names.is_text.size, -1)
    numbers[first] = np.arange(first.size)
    others = np.unique(on_days.places[numbers[on_days.places] < 0])
    numbers[others] = np.arange(first.size, first.size + others.size)
    keys, texts = names.told(np.concatenate([first, others]))
    vectors = numbered(on_days.vectors)
    columns = Columns(
        keys,
        on_days.days.astype(np.int32).tobytes(),
        on_days.counts.astype(np.uint32).tobytes(),
        numbers[on_days.places].astype(np.uint32).tobytes(),
        np.array(list(map(vectors.__getitem__, on_days.vectors)), np.uint32).tobytes(),
        sums.tobytes(),
        b"".join(vectors),
    )
    return columns, texts


class _Totals:
    """The totals of a team on every day: the sums over the cells of its teams."""

    def __init__(self, tally: Tally, base: Tally) -> None:
        some = on_teams(tally)
        days, starts = np.unique(some.days, return_index=True)
        words = np.zeros((WORDS, days.size + 1), np.int64)
        words[:, 0] = on_teams(base).words.sum(axis=1)
        if days.size:
            words[:, 1:] = np.add.reduceat(some.words, starts, axis=1)
        changed = words[:, 1:].any(axis=0)
        self.days = days[changed]
        self.totals = stored_vectors(np.cumsum(words, axis=1)[:, np.r_[True, changed]])

    def told(self, from_day: int, days: Column) -> tuple[bytes, bytes]:
        """The day of a block and each day after, out of its days, on which totals change; and the totals on them."""
        first = int(np.searchsorted(self.days, from_day, "right"))
        last = int(np.searchsorted(self.days, days[-1], "right")) if days.size else first
        told = np.r_[from_day, self.days[first:last]].astype(np.int32)
        return told.tobytes(), self.totals[first : last + 1].tobytes()
