"""The blocks of teams in the database: written whole, and changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from itertools import islice, starmap

import numpy as np
from django.db import connection

from reports.models import CounterBlock
from roles.bulk import Behind, InTurn, array, at_once, batches, delete_rows, insert_rows, number_of_day, read_ahead
from roles.processes import Beside, called_at_once, shared_out

from .cells import Key
from .packing import Block, Packed, Unjoined, packed_blocks, unpacked
from .repacking import Held, repacked
from .tally import CellNumbers, Tally

_COLUMNS = ("team_id", "from_on", "cells", "totals")
_BLOCKS_AT_A_TIME = 250
#: The blocks of so many teams are changed together.
TEAMS_AT_A_TIME = 20

_TEAMS_AND_DAYS = {
    "postgresql": "unnest(CAST(%(teams)s AS integer[]), CAST(%(days)s AS date[])) AS asked(team, day)",
    "sqlite": "(SELECT teams.value AS team, days.value AS day FROM json_each(%(teams)s) teams"
    " JOIN json_each(%(days)s) days ON days.key = teams.key) asked",
}
_SINCE = """
    SELECT block.team_id, {day}, block.cells FROM {asked}
    JOIN reports_counterblock block ON block.team_id = asked.team AND block.from_on >= (
        SELECT max(before.from_on) FROM reports_counterblock before
        WHERE before.team_id = asked.team AND before.from_on <= asked.day)
    ORDER BY block.team_id, block.from_on
"""


def counted_among(teams: Iterable[int]) -> set[int]:
    """Those of the teams that are counted."""
    first = CounterBlock.objects.filter(team__in=list(teams), from_on=date.min).order_by()
    return set(first.values_list("team_id", flat=True))


def counted_teams() -> set[int]:
    """All teams that are counted."""
    return set(CounterBlock.objects.filter(from_on=date.min).order_by().values_list("team_id", flat=True))


def stored_blocks(team: int, numbers: CellNumbers) -> Iterator[Block]:
    """The blocks of a team in order."""
    rows = CounterBlock.objects.filter(team=team).order_by("from_on")
    for from_on, cells in rows.values_list("from_on", "cells").iterator(chunk_size=100):
        yield unpacked(from_on.toordinal(), bytes(cells), numbers)


def write_tallies(counted: Iterable[tuple[int, Tally]], numbers: CellNumbers) -> None:
    """Write the blocks of teams that have none, by what changes in each."""
    _write((team, block) for team, tally in counted for block in packed_blocks(tally, numbers))


def apply(team: int, tally: Tally, numbers: CellNumbers) -> None:
    """Add changes to the blocks of a counted team, from the first day of them on; the caller folds alone."""
    apply_all([(team, tally)], numbers)


def apply_all(
    changes: Iterable[tuple[int, Tally]],
    numbers: CellNumbers,
    *,
    beside: Beside = called_at_once,
    behind: Behind = at_once,
) -> None:
    """Add changes to the blocks of counted teams, each once, from the first day of its changes on.

    What is read of some teams is what has to be in memory. With another process `beside` that makes some of the blocks,
    and what reads and writes `behind`, meanwhile the caller keeps off the database. The caller folds alone.
    """
    some = batches(((team, tally) for team, tally in changes if tally.at.size), TEAMS_AT_A_TIME)
    writes = InTurn(behind)
    calls = ((held, _names(held, numbers)) for held in read_ahead((partial(_taken, batch) for batch in some), behind))
    for blocks in shared_out(repacked, calls, beside):
        writes(partial(write_blocks, blocks))
    writes.wait()


def _names(some: Iterable[Held], numbers: CellNumbers) -> dict[int, Key]:
    names: dict[int, Key] = {}
    for held in some:
        names |= numbers.names(held.tally)
    return names


def _taken(some: Sequence[tuple[int, Tally]]) -> list[Held]:
    """The blocks of these teams from the first day on that changes, which are taken out."""
    blocks = _blocks_since({team: int(tally.days[0]) for team, tally in some})
    taken = [(team, day) for team, of_team in blocks.items() for day, _ in of_team]
    delete_rows(CounterBlock, ["team_id", "from_on"], np.array(taken, np.int64).reshape(-1, 2).T)
    return [Held(team, blocks[team], tally) for team, tally in some]


def _blocks_since(days: Mapping[int, int]) -> dict[int, list[tuple[int, bytes]]]:
    """The blocks of each of these teams as they are stored, from the one in which its day lies, in order."""
    given = {"teams": array(days), "days": array([date.fromordinal(day).isoformat() for day in days.values()])}
    found: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            _SINCE.format(asked=_TEAMS_AND_DAYS[connection.vendor], day=number_of_day("block.from_on")), given
        )
        for team, from_day, cells in cursor.fetchall():
            found[team].append((from_day, bytes(cells)))
    return found


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
    insert_rows(CounterBlock, _COLUMNS, starmap(_row, blocks))


def block_rows(key: int, tally: Tally, numbers: CellNumbers) -> Iterator[tuple[int, date, bytes, bytes]]:
    """The rows of the blocks of these changes, under a key; columns as those of CounterBlock."""
    return (_row(key, block.joined()) for block in packed_blocks(tally, numbers))


def _row(key: int, block: Packed) -> tuple[int, date, bytes, bytes]:
    return key, date.fromordinal(block.from_day), block.cells, block.totals
