"""Blocks: the sums of a team's cells at a day, and how they change on the days after it, packed. No database here.

The parts of a packed block stand in columns, which compress to a third: the keys of the cells, the vectors at the
block's day (of the first keys), the different vectors of changes, the days with changes, how many cells change on each,
and of each change the numbers of its key and its vector.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple, TypeVar

import numpy as np
from isal import isal_zlib

from .cells import Changes, Key, as_number, keys_of
from .onday import OnDay
from .vectors import WIDTH, WORDS, Column, from_bytes, in_bytes, lanes_of_words, stored_vectors, words_in

T = TypeVar("T")

#: A block is closed when it holds so many changes, or as many as it has cells at its day, if these are more.
CHANGES_IN_A_BLOCK = 1_500
#: Unless the vectors of these would be more than so many different ones, which takes longest to read: then it holds
#: fewer days.
VECTORS_IN_A_BLOCK = 400
#: The day of a team's first block, before which there is nothing.
FIRST_DAY = 1

_HEAD = struct.Struct("<6I")


def pack(changes: Changes) -> bytes:
    """Changes, in order of days, as a block that begins with nothing: a row of the ledger."""
    of_keys = list(chain.from_iterable(changes.values()))
    of_vectors = list(chain.from_iterable(cells.values() for cells in changes.values()))
    numbers = numbered(of_keys)
    vectors = numbered(of_vectors)
    texts: list[str] = []
    keys = array("Q", [as_number(key, texts) for key in numbers])
    columns = Columns(
        keys.tobytes(),
        array("i", changes).tobytes(),
        array("I", map(len, changes.values())).tobytes(),
        array("I", map(numbers.__getitem__, of_keys)).tobytes(),
        array("I", map(vectors.__getitem__, of_vectors)).tobytes(),
        b"",
        b"".join(map(in_bytes, vectors)),
    )
    return joined(columns, texts)


class Columns(NamedTuple):
    """The columns of a packed block in bytes, in the order in which they stand in it."""

    keys: bytes
    days: bytes
    counts: bytes
    of_keys: bytes
    of_vectors: bytes
    base: bytes
    vectors: bytes


def joined(columns: Columns, texts: Iterable[str]) -> bytes:
    """A packed block of these columns; `texts` are the sets of roles that its keys name by their places."""
    keys, days, _, entries, _, base, vectors = map(len, columns)
    written = "\n".join(texts).encode()
    head = _HEAD.pack(keys // 8, base // WIDTH, vectors // WIDTH, days // 4, entries // 4, len(written))
    return isal_zlib.compress(b"".join([head, *columns, written]))


def joined_totals(days: bytes, totals: bytes) -> bytes:
    """The packed totals of these days, as columns in bytes, from the day of the block on."""
    return isal_zlib.compress(struct.pack("<I", len(days) // 4) + days + totals)


def numbered(things: Iterable[T]) -> dict[T, int]:
    """Each thing once with its number, in the order in which they come first."""
    return {thing: number for number, thing in enumerate(dict.fromkeys(things))}


class Apart:
    """A packed block, taken apart as far as nothing has to be computed."""

    def __init__(self, stored: bytes) -> None:
        raw = isal_zlib.decompress(stored)
        keys, base, vectors, days, entries, written = _HEAD.unpack_from(raw)
        at = _HEAD.size
        columns = []
        for code, count in (("Q", keys), ("i", days), ("I", days), ("I", entries), ("I", entries)):
            column = array(code)
            end = at + count * column.itemsize
            column.frombytes(raw[at:end])
            columns.append(column)
            at = end
        self.numbers, self.days, self.counts, self.of_keys, self.of_vectors = columns
        self.base = raw[at : at + base * WIDTH]
        at += base * WIDTH
        self.vectors = raw[at : at + vectors * WIDTH]
        self.texts = raw[len(raw) - written :].decode().split("\n") if written else [""]

    @property
    def keys(self) -> list[Key]:
        """The cells."""
        return keys_of(self.numbers, self.texts)

    def words_on(self, day: int) -> Column:
        """The vectors of all cells on a day, as columns of words."""
        count = sum(self.counts[: bisect_right(self.days, day)])
        words = np.zeros((WORDS, len(self.numbers)), np.int64)
        base = words_in(self.base)
        words[:, : base.shape[1]] = base
        if count:
            of_vectors = np.array(self.of_vectors[:count])
            # They are numbered as they come, so that those up to a day stand together.
            changes = words_in(self.vectors[: (int(of_vectors.max()) + 1) * WIDTH])
            of_keys = np.array(self.of_keys[:count])
            for word in range(WORDS):
                np.add.at(words[word], of_keys, changes[word].take(of_vectors))
        return words


def unpack(stored: bytes) -> Changes:
    """The changes that were packed."""
    columns = Apart(stored)
    keys, vectors = columns.keys, from_bytes(columns.vectors)
    entries = zip(columns.of_keys, columns.of_vectors, strict=True)
    changes: Changes = {}
    for day, count in zip(columns.days, columns.counts, strict=True):
        changes[day] = {keys[key]: vectors[vector] for key, vector in islice(entries, count)}
    return changes


def on_day(stored: bytes, day: int) -> OnDay:
    """What is counted on a day of a packed block; ValueError if anything is below nothing."""
    columns = Apart(stored)
    return OnDay(np.array(columns.numbers), columns.texts, lanes_of_words(columns.words_on(day)))


def vectors_on(stored: bytes, day: int) -> dict[Key, int]:
    """The vectors of all cells on a day of a packed block; some may be 0."""
    columns = Apart(stored)
    return dict(zip(columns.keys, from_bytes(stored_vectors(columns.words_on(day)).tobytes()), strict=True))


def changes_in(stored: bytes) -> Iterator[tuple[int, Key, int]]:
    """The changes of a packed row of the ledger: day, cell and vector."""
    for day, cells in unpack(stored).items():
        for key, vector in cells.items():
            yield day, key, vector


def total_on(stored: bytes, day: int) -> int:
    """The vector of the totals on a day of the block that they were packed with."""
    raw = isal_zlib.decompress(stored)
    (count,) = struct.unpack_from("<I", raw)
    days = array("i")
    days.frombytes(raw[4 : 4 + 4 * count])
    at = 4 + 4 * count + (bisect_right(days, day) - 1) * WIDTH
    return int.from_bytes(raw[at : at + WIDTH], "little", signed=True)
