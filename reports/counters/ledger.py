"""The ledger: how people of a team change the counters of the teams above it, written beside their standings.

Rows are only ever added, so that writers of one branch never wait for each other; folding takes them away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import transaction

from reports.computing import Difference
from reports.models import CounterBlock, CounterChange
from reports.presence import Presence
from reports.standings import Standing, State
from roles.bulk import insert_rows
from roles.models import Team

from .blocks import pack
from .cells import ByTeam, Changes, without_nothing
from .contributions import Stay, add_holdings, add_stays, add_unassessed, holding
from .folding import fold

#: After so many rows somebody folds.
FOLDED_FROM = 1_000
#: So many rows are written without COPY.
_FEW = 50


def anything_counted() -> bool:
    """Whether any team has counters."""
    return CounterBlock.objects.exists()


def add(differing: Iterable[Difference]) -> None:
    """Have it wait to be folded how these people change the counters."""
    write(changes_by_team(differing))


def changes_by_team(differing: Iterable[Difference]) -> ByTeam:
    """How the counters change where these people's standings and presence become what they are computed to be."""
    found: ByTeam = defaultdict(dict)
    for one in differing:
        if one.present == one.stored_present:
            _add_rows(found, one)
        else:
            _add_everything(found, one.stored, one.stored_present, -1)
            _add_everything(found, one.computed, one.present, 1)
    kept = {team: without_nothing(changes) for team, changes in found.items()}
    return {team: changes for team, changes in kept.items() if changes}


def _add_rows(into: ByTeam, one: Difference) -> None:
    """Only the standings that differ, as each counts by itself."""
    stays = _stays(one.present)
    never_assessed = False
    for sign, rows in ((-1, one.gone), (1, one.new)):
        for row in rows:
            add_holdings(into[row.team], [holding(row)], stays.get(row.team, ()), sign)
            never_assessed |= row.state == State.NOT_ASSESSED
    if never_assessed:
        _add_unassessed(into, one.stored, -1)
        _add_unassessed(into, one.computed, 1)


def _add_everything(into: ByTeam, standings: Iterable[Standing], present: Iterable[Presence], sign: int) -> None:
    stays = _stays(present)
    for team, of_team in stays.items():
        add_stays(into[team], of_team, sign)
    for row in standings:
        add_holdings(into[row.team], [holding(row)], stays.get(row.team, ()), sign)
    _add_unassessed(into, standings, sign)


def _add_unassessed(into: ByTeam, standings: Iterable[Standing], sign: int) -> None:
    by_team = defaultdict(list)
    for row in standings:
        if row.state == State.NOT_ASSESSED:
            by_team[row.team].append(holding(row))
    for team, holdings in by_team.items():
        add_unassessed(into[team], holdings, sign)


def _stays(present: Iterable[Presence]) -> dict[int, list[Stay]]:
    found: dict[int, list[Stay]] = defaultdict(list)
    for _, from_on, until_on, team, roles in present:
        found[team].append(Stay(from_on.toordinal(), until_on.toordinal(), bytes(roles).decode()))
    return found


def write(by_team: Mapping[int, Changes]) -> None:
    """Have the changes wait to be folded; the caller shares the counters, so that no team moves meanwhile."""
    if not by_team:
        return
    paths = dict(Team.objects.filter(pk__in=list(by_team)).order_by().values_list("pk", "path"))
    rows = [(paths[team], pack(changes)) for team, changes in by_team.items() if team in paths]
    if len(rows) > _FEW:
        insert_rows(CounterChange, ["path", "changes"], rows)
        return
    written = CounterChange.objects.bulk_create(CounterChange(path=path, changes=changes) for path, changes in rows)
    if any(row.pk % FOLDED_FROM == 0 for row in written):
        # A worker folds every second or so; without one, now and then somebody who writes does.
        transaction.on_commit(fold, robust=True)
