"""What blocks become where cells of their teams change, which another process can find out. No database here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from .cells import Key
from .packing import Packed, Unjoined, packed_blocks, unpacked
from .tally import CellNumbers, Tally, renumbered, summed


class Held(NamedTuple):
    """A team's blocks as they are stored, each with its day, from the one of the first change on; and what changes."""

    team: int
    blocks: list[tuple[int, bytes]]
    tally: Tally


def repacked(some: Sequence[Held], names: Mapping[int, Key]) -> list[tuple[int, Packed]]:
    """The blocks in place of these, each with the key of its team; `names` are those of the cells that change."""
    numbers = CellNumbers()
    return [(one.team, block.joined()) for one in some for block in _changed(one, names, numbers)]


def _changed(held: Held, names: Mapping[int, Key], numbers: CellNumbers) -> Iterator[Unjoined]:
    first, *others = (unpacked(from_day, cells, numbers) for from_day, cells in held.blocks)
    tally = renumbered(held.tally, names, numbers)
    changes = summed([first.changes, *(block.changes for block in others), tally])
    return packed_blocks(changes, numbers, from_day=first.from_day, base=first.base)
