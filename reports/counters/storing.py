"""The blocks of teams in the database: written whole, and changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from django.db import connection

from reports.models import CounterBlock
from roles.bulk import batches, insert_rows

from .blocks import Block, Packed, divided, packed, shifted, unpacked
from .cells import Changes, Key, without_nothing
from .packing import packed_blocks
from .tally import CellNumbers, Tally

_COLUMNS = ("team_id", "from_on", "cells", "totals")
_BLOCKS_AT_A_TIME = 500


def counted_among(teams: Iterable[int]) -> set[int]:
    """Those of the teams that are counted."""
    first = CounterBlock.objects.filter(team__in=list(teams), from_on=date.min).order_by()
    return set(first.values_list("team_id", flat=True))


def counted_teams() -> set[int]:
    """All teams that are counted."""
    return set(CounterBlock.objects.filter(from_on=date.min).order_by().values_list("team_id", flat=True))


def stored_blocks(team: int, *, since: int | None = None) -> Iterator[Block]:
    """The blocks of a team in order, from the one in which the day `since` lies, or all of them."""
    rows = CounterBlock.objects.filter(team=team).order_by("from_on")
    if since is not None:
        begins = rows.filter(from_on__lte=date.fromordinal(since)).order_by("-from_on").values("from_on")[:1]
        rows = rows.filter(from_on__gte=begins)
    for from_on, cells in rows.values_list("from_on", "cells").iterator(chunk_size=100):
        yield unpacked(from_on.toordinal(), bytes(cells))


def stored_changes(team: int) -> Changes:
    """All changes that are in the blocks of a team."""
    found: Changes = {}
    for block in stored_blocks(team):
        found.update(block.changes)
    return found


def write_tallies(counted: Iterable[tuple[int, Tally]], numbers: CellNumbers) -> int:
    """Write the blocks of teams that have none, by what changes in each; gives how many blocks."""
    rows = (_row(team, block) for team, tally in counted for block in packed_blocks(tally, numbers))
    # In lists, since where they come from is asked of the database as well.
    return sum(insert_rows(CounterBlock, _COLUMNS, batch) for batch in batches(rows, _BLOCKS_AT_A_TIME))


def apply(team: int, changes: Changes) -> None:
    """Add changes to the blocks of a counted team; the caller folds alone."""
    changes = without_nothing(changes)
    if not changes:
        return
    blocks = list(stored_blocks(team, since=min(changes)))
    rows, gone = [], []
    for block in _changed(blocks, changes):
        gone.append(date.fromordinal(block.from_day))
        rows += [_row(team, packed(part)) for part in divided(block)]
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM reports_counterblock WHERE team_id = %s AND from_on = %s",
            [[team, day if connection.vendor == "postgresql" else day.isoformat()] for day in gone],
        )
    insert_rows(CounterBlock, _COLUMNS, rows)


def _changed(blocks: list[Block], changes: Changes) -> Iterator[Block]:
    """Those of the blocks that become others, as they are then."""
    shift: dict[Key, int] = {}
    days = iter([*changes])
    day = next(days, None)
    for number, block in enumerate(blocks):
        end = blocks[number + 1].from_day if number + 1 < len(blocks) else None
        own: Changes = {}
        while day is not None and (end is None or day < end):
            own[day] = changes[day]
            day = next(days, None)
        if shift or own:
            yield shifted(block, shift, own)
        for cells in own.values():
            for key, vector in cells.items():
                shift[key] = shift.get(key, 0) + vector
        shift = {key: vector for key, vector in shift.items() if vector}


def _row(team: int, block: Packed) -> tuple[int, date, bytes, bytes]:
    return team, date.fromordinal(block.from_day), block.cells, block.totals
