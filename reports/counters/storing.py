"""The blocks of teams in the database: written whole, and changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import islice

from reports.models import CounterBlock
from roles.bulk import insert_rows

from .packing import Block, Packed, Unjoined, packed_blocks, unpacked
from .tally import CellNumbers, Tally, summed

_COLUMNS = ("team_id", "from_on", "cells", "totals")
_BLOCKS_AT_A_TIME = 250


def counted_among(teams: Iterable[int]) -> set[int]:
    """Those of the teams that are counted."""
    first = CounterBlock.objects.filter(team__in=list(teams), from_on=date.min).order_by()
    return set(first.values_list("team_id", flat=True))


def counted_teams() -> set[int]:
    """All teams that are counted."""
    return set(CounterBlock.objects.filter(from_on=date.min).order_by().values_list("team_id", flat=True))


def stored_blocks(team: int, numbers: CellNumbers, *, since: int | None = None) -> Iterator[Block]:
    """The blocks of a team in order, from the one in which the day `since` lies, or all of them."""
    rows = CounterBlock.objects.filter(team=team).order_by("from_on")
    if since is not None:
        begins = rows.filter(from_on__lte=date.fromordinal(since)).order_by("-from_on").values("from_on")[:1]
        rows = rows.filter(from_on__gte=begins)
    for from_on, cells in rows.values_list("from_on", "cells").iterator(chunk_size=100):
        yield unpacked(from_on.toordinal(), bytes(cells), numbers)


def stored_changes(team: int, numbers: CellNumbers) -> Tally:
    """All changes that are in the blocks of a team."""
    return summed([block.changes for block in stored_blocks(team, numbers)])


def write_tallies(counted: Iterable[tuple[int, Tally]], numbers: CellNumbers) -> None:
    """Write the blocks of teams that have none, by what changes in each."""
    _write((team, block) for team, tally in counted for block in packed_blocks(tally, numbers))


def apply(team: int, tally: Tally, numbers: CellNumbers) -> None:
    """Add changes to the blocks of a counted team, from the first day of them on; the caller folds alone."""
    if not tally.at.size:
        return
    first, *others = stored_blocks(team, numbers, since=int(tally.days[0]))
    changes = summed([first.changes, *(block.changes for block in others), tally])
    CounterBlock.objects.filter(team=team, from_on__gte=date.fromordinal(first.from_day)).delete()
    blocks = packed_blocks(changes, numbers, from_day=first.from_day, base=first.base)
    _write((team, block) for block in blocks)


def _write(blocks: Iterator[tuple[int, Unjoined]]) -> None:
    for packed in joined_in_lists(blocks):
        write_blocks(packed)


def joined_in_lists(blocks: Iterator[tuple[int, Unjoined]]) -> Iterator[list[tuple[int, Packed]]]:
    """The blocks as they are stored, each with the key of its team.

    Compressing takes nothing of Python, and so goes on beside whatever makes the next block. In lists, since where
    blocks come from may be asked of the database as well.
    """
    with ThreadPoolExecutor(1) as beside:
        while packed := list(beside.map(_joined, islice(blocks, _BLOCKS_AT_A_TIME))):
            yield packed


def _joined(of_team: tuple[int, Unjoined]) -> tuple[int, Packed]:
    return of_team[0], of_team[1].joined()


def write_blocks(blocks: Iterable[tuple[int, Packed]]) -> None:
    """Write blocks, each with the key of its team."""
    rows = ((team, date.fromordinal(block.from_day), block.cells, block.totals) for team, block in blocks)
    insert_rows(CounterBlock, _COLUMNS, rows)
