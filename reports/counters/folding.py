"""Folding: what waits in the ledger goes into the blocks of the teams above, one batch after the other."""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction

from reports.models import CounterChange
from roles.models import Team

from .blocks import unpack
from .cells import ByTeam, Changes, add_all
from .locks import hold_folding, try_to_hold_folding
from .moving import fold_moves
from .paths import child_towards, teams_on
from .storing import apply, counted_among
from .tally import CellNumbers, tally_of

#: So many rows of the ledger are folded in one transaction.
ROWS_AT_A_TIME = 5_000


def fold() -> int:
    """Fold what waits, unless somebody else does so already; gives how many rows of the ledger and moves were folded.

    Whoever is killed while at it leaves the ledger and the blocks as they were before the batch.
    """
    folded = 0
    while CounterChange.objects.exists():
        with transaction.atomic():
            rows = fold_batch() if try_to_hold_folding() else 0
        folded += rows
        if rows < ROWS_AT_A_TIME:
            break
    return folded + fold_moves()


def fold_all() -> int:
    """Fold the whole ledger, in the caller's transaction, who from then on folds alone."""
    hold_folding()
    folded = 0
    while rows := fold_batch():
        folded += rows
    return folded


def fold_batch() -> int:
    """Fold the oldest rows; the caller folds alone."""
    rows = list(CounterChange.objects.order_by("pk").values_list("pk", "path", "changes")[:ROWS_AT_A_TIME])
    if not rows:
        return 0
    by_path: dict[str, Changes] = defaultdict(dict)
    for _, path, stored in rows:
        add_all(by_path[path], unpack(bytes(stored)))
    numbers = CellNumbers()
    for team, changes in _upwards(by_path).items():
        apply(team, tally_of(changes, numbers), numbers)
    CounterChange.objects.filter(pk__in=[pk for pk, *_ in rows]).delete()
    return len(rows)


def _upwards(by_path: dict[str, Changes]) -> ByTeam:
    """The changes of all counted teams whose scope the teams with these paths are in."""
    chains = {path: teams_on(path) for path in by_path}
    counted = counted_among({pk for chain in chains.values() for pk in chain})
    found: ByTeam = defaultdict(dict)
    for path, changes in by_path.items():
        chain = chains[path]
        for above, child in zip(chain, [*chain[1:], 0], strict=True):
            if above in counted:
                add_all(found[above], changes, team=child)
    return found


def changes_waiting(team: Team) -> Changes:
    """What waits in the ledger for the counters of a team."""
    found: Changes = {}
    waiting = CounterChange.objects.filter(path__startswith=team.path).values_list("path", "changes")
    for path, stored in waiting:
        add_all(found, unpack(bytes(stored)), team=child_towards(team.path, path))
    return found
