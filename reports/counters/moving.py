"""What a team that moves takes along: it waits, as its blocks are, for each team above, until it is folded there.

So that to move is quick however much a team counts: of the teams above no block is written anew meanwhile, and a read
adds the one block of the day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import connection, transaction

from reports.models import CounterMove, MovedBlock
from roles.bulk import insert_rows, reserved_keys
from roles.models import Team

from .locks import try_to_hold_folding
from .packing import unpacked
from .storing import apply_all, block_rows
from .tally import NOTHING, CellNumbers, Tally, as_child, negative, on_teams, summed

#: So many moves wait at most: whoever moves another team folds them first.
WAITING_AT_MOST = 16

_COPY = """
    INSERT INTO reports_movedblock (moved, from_on, cells, totals)
    SELECT %s, from_on, cells, totals FROM reports_counterblock WHERE team_id = %s
"""


def kept_blocks(team: int) -> int:
    """Keep the blocks of a counted team as they are; gives the key that they have from now on."""
    [key] = reserved_keys(CounterMove, 1)
    with connection.cursor() as cursor:
        cursor.execute(_COPY, [key, team])
    return key


def kept_changes(tally: Tally, numbers: CellNumbers) -> int:
    """Keep what a team counts that has no blocks; gives the key that it has from now on."""
    [key] = reserved_keys(CounterMove, 1)
    insert_rows(MovedBlock, ["moved", "from_on", "cells", "totals"], block_rows(key, tally, numbers))
    return key


def let_wait(kept: int, teams: Iterable[int], before: Mapping[int, int], after: Mapping[int, int]) -> None:
    """Have what was kept of a team wait for each of these above it.

    `before` says, by team, below which child it was, if it was below the team; and `after` below which it will be.
    """
    CounterMove.objects.bulk_create(
        CounterMove(team_id=pk, moved=kept, child=towards[pk], sign=sign, teams_alone=pk in before and pk in after)
        for pk in teams
        for towards, sign in ((before, -1), (after, 1))
        if pk in towards
    )


def to_be_folded_first(team: Team) -> bool:
    """Whether what moved is to be folded before this team moves: it waits for the team, or as much waits as may."""
    waiting = CounterMove.objects.order_by()
    return waiting.filter(team=team).exists() or waiting.values("moved").distinct().count() >= WAITING_AT_MOST


def fold_moves() -> int:
    """Fold what moved, one move after the other, unless somebody else folds; gives how many."""
    folded = 0
    while True:
        with transaction.atomic():
            if not (try_to_hold_folding() and _fold_oldest()):
                return folded
        folded += 1


def fold_all_moves() -> None:
    """Fold all that moved, in the transaction of the caller, who folds alone."""
    while _fold_oldest():
        pass


def _fold_oldest() -> bool:
    """Fold what moved longest ago; whether there was anything."""
    # By what was kept, of which something is left also where every team that it waited for has been removed.
    oldest = MovedBlock.objects.order_by("moved", "from_on").values_list("moved", flat=True).first()
    if oldest is None:
        return False
    moves = CounterMove.objects.filter(moved=oldest)
    numbers = CellNumbers()
    moved = _changes(oldest, numbers)
    parts: dict[int, list[Tally]] = defaultdict(list)
    for move in moves:
        parts[move.team_id].append(_as_in(move, moved))
    apply_all(((team, summed(of_team)) for team, of_team in parts.items()), numbers)
    MovedBlock.objects.filter(moved=oldest).delete()
    moves.delete()
    return True


def moves_waiting(team: int, numbers: CellNumbers) -> Tally:
    """All changes that wait for a team because another one moved."""
    waiting = list(CounterMove.objects.filter(team=team))
    moved = {key: _changes(key, numbers) for key in {move.moved for move in waiting}}
    return summed([NOTHING, *(_as_in(move, moved[move.moved]) for move in waiting)])


def _changes(moved: int, numbers: CellNumbers) -> Tally:
    """All that a team counted when it moved."""
    rows = MovedBlock.objects.filter(moved=moved).order_by("from_on").values_list("from_on", "cells")
    blocks = (unpacked(from_on.toordinal(), bytes(cells), numbers) for from_on, cells in rows.iterator(chunk_size=100))
    return summed([block.changes for block in blocks])


def _as_in(move: CounterMove, moved: Tally) -> Tally:
    """What a move changes in the team for which it waits."""
    tally = as_child(on_teams(moved) if move.teams_alone else moved, move.child)
    return tally if move.sign > 0 else negative(tally)
