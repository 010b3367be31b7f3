"""What a change of the tree does to counters: a team that moves takes what it counts along; a team may become large."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import transaction
from django_q.tasks import async_task

from roles.models import Team

from .building import all_places, counted_changes, large_teams, places_within
from .folding import fold_all
from .ledger import anything_counted
from .locks import hold_counters, try_to_hold_counters, try_to_hold_folding
from .moving import fold_all_moves, kept_blocks, kept_changes, let_wait, to_be_folded_first
from .paths import Place
from .storing import counted_among, counted_teams, write_tallies
from .tally import CellNumbers, Tally


def follow_move(*, team: Team, parent: Team, **_: Any) -> None:
    """Answer `team_moves`: have the teams above lose what the team counts, and those it comes below gain it.

    Standings stay as they are. What waits in the ledger is folded first, as it is kept by team.
    """
    hold_counters()
    if not anything_counted():
        return
    fold_all()
    if to_be_folded_first(team):
        fold_all_moves()
    before = _towards([*team.above, team.pk])
    after = _towards([*parent.above, parent.pk, team.pk])
    counted = [pk for pk in counted_among({*before, *after}) if before.get(pk) != after.get(pk)]
    if not counted:
        return
    is_counted, numbers = bool(counted_among([team.pk])), CellNumbers()
    kept = kept_blocks(team.pk) if is_counted else kept_changes(_changes_of(team, numbers), numbers)
    let_wait(kept, counted, before, after)
    if is_counted and len(counted_among(after)) < len(after):
        # What was small is large now.
        transaction.on_commit(lambda: async_task(count_large_teams), robust=True)


def _towards(chain: list[int]) -> dict[int, int]:
    """For each team of a chain but the last, which child leads to the last."""
    return dict(pairwise(chain))


def _changes_of(team: Team, numbers: CellNumbers) -> Tally:
    """All that is to be counted in the scope of a team that is not."""
    [(_, tally)] = counted_changes(places_within(team), {team.pk}, numbers)
    return tally


def count_large_teams(_at: datetime | None = None) -> int:
    """Count those teams that have become large since; gives how many.

    Not while somebody writes standings: then it is left for another time, and they are read as small ones are.
    """
    if not _grown(all_places()):
        return 0
    with transaction.atomic():
        if not (try_to_hold_counters() and try_to_hold_folding()):
            return 0
        fold_all()
        places = all_places()
        grown = _grown(places)
        numbers = CellNumbers()
        write_tallies(counted_changes(_with_all_below(places, grown), grown, numbers), numbers)
        return len(grown)


def _grown(places: list[Place]) -> set[int]:
    return large_teams(places) - counted_teams()


def _with_all_below(places: list[Place], teams: set[int]) -> Iterator[Place]:
    """Those of the places that are these teams or below one of them, in their order."""
    top = "none"
    for place in places:
        if not place.path.startswith(top):
            if place.pk not in teams:
                continue
            top = place.path
        yield place
