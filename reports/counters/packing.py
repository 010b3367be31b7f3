"""The blocks of a large team by arrays of its changes, packed as `blocks` packs a few. No database here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .blocks import CHANGES_IN_A_BLOCK, FIRST_DAY, Columns, Packed, joined, joined_totals
from .cells import Key
from .tally import WORDS, CellNumbers, Column, Tally, of_teams, stored_vectors


def packed_blocks(tally: Tally, numbers: CellNumbers) -> Iterator[Packed]:
    """The blocks that hold all changes of a team, in order of days, one at least."""
    days, starts = np.unique(tally.days, return_index=True)
    bounds = np.r_[starts, tally.at.size]
    cells, places = np.unique(tally.cells, return_inverse=True)
    names = _Names([numbers.key(cell) for cell in cells.tolist()])
    totals = _Totals(tally)
    stored = stored_vectors(tally.words)
    sums = np.zeros((WORDS, cells.size), np.int64)
    begin, from_day = 0, FIRST_DAY
    while True:
        base = np.flatnonzero(sums.any(axis=0))
        enough = bounds[begin] + max(CHANGES_IN_A_BLOCK, base.size)
        end = min(int(np.searchsorted(bounds, enough)), days.size)
        own = slice(bounds[begin], bounds[end])
        on_days = _OnDays(days[begin:end], np.diff(bounds[begin : end + 1]), places[own], stored[own].tolist())
        cells_packed = _packed(base, stored_vectors(sums[:, base]), on_days, names)
        yield Packed(from_day, cells_packed, totals.packed(from_day, days[begin:end]))
        if end == days.size:
            return
        for word in range(WORDS):
            np.add.at(sums[word], places[own], tally.words[word, own])
        begin, from_day = end, int(days[end])


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


def _packed(base: Column, sums: npt.NDArray[np.void], on_days: _OnDays, names: _Names) -> bytes:
    """A block's cells: `sums` are those at its day, of the cells with the places in `base`."""
    numbers = np.full(names.is_text.size, -1)
    numbers[base] = np.arange(base.size)
    others = np.unique(on_days.places[numbers[on_days.places] < 0])
    numbers[others] = np.arange(base.size, base.size + others.size)
    keys, texts = names.told(np.concatenate([base, others]))
    vectors: dict[bytes, int] = {}
    of_vectors = [vectors.setdefault(vector, len(vectors)) for vector in on_days.vectors]
    columns = Columns(
        keys,
        on_days.days.astype(np.int32).tobytes(),
        on_days.counts.astype(np.uint32).tobytes(),
        numbers[on_days.places].astype(np.uint32).tobytes(),
        np.array(of_vectors, np.uint32).tobytes(),
        sums.tobytes(),
        b"".join(vectors),
    )
    return joined(columns, texts)


class _Totals:
    """The totals of a team on every day: the sums over the cells of its teams."""

    def __init__(self, tally: Tally) -> None:
        some = of_teams(tally.at)
        days, starts = np.unique(tally.days[some], return_index=True)
        words = np.zeros((WORDS, days.size + 1), np.int64)
        if days.size:
            words[:, 1:] = np.add.reduceat(tally.words[:, some], starts, axis=1)
        changed = words[:, 1:].any(axis=0)
        self.days = days[changed]
        self.totals = stored_vectors(np.cumsum(words, axis=1)[:, np.r_[True, changed]])

    def packed(self, from_day: int, days: Column) -> bytes:
        """Those on the day of a block and on each day after, out of its days, on which they change."""
        first = int(np.searchsorted(self.days, from_day, "right"))
        last = int(np.searchsorted(self.days, days[-1], "right")) if days.size else first
        told = np.r_[from_day, self.days[first:last]].astype(np.int32)
        return joined_totals(told.tobytes(), self.totals[first : last + 1].tobytes())
