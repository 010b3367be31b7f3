"""Moving a department of a tenth of everybody, with all its teams, and back."""

from __future__ import annotations

import statistics
import time

from reports.counters.folding import fold
from reports.queries.look import look_at
from roles.models import Team
from roles.services import move_team

from .figures import Target
from .running import TODAY, Run

ROUNDS = 3
MOVED = Target("2 s", most=2)


def measure(run: Run) -> None:
    """Print what a move takes, from the call to the commit, and its folding; the team is where it was at the end."""
    department, people = largest_below(run)
    home = department.parent
    assert home is not None
    away = Team.objects.exclude(pk__in=Team.objects.within(department)).exclude(pk=home.pk).filter(parent=run.root.team)
    spent, reading, folding = [], [], []
    for _ in range(run.rounds(ROUNDS)):
        for parent in (away.order_by("code")[0], home):
            begun = time.perf_counter()
            move_team(team=Team.objects.get(pk=department.pk), parent=parent)
            moved = time.perf_counter()
            look_at(run.root.team, TODAY)
            read = time.perf_counter()
            fold()
            spent.append(moved - begun)
            reading.append(read - moved)
            folding.append(time.perf_counter() - read)
    teams = Team.objects.within(department).count()
    what = f"moving a department of {people:,} people with {teams:,} teams"
    seconds = statistics.median(spent)
    told = f"the counters of the organisation until it is folded {statistics.median(reading) * 1000:.1f} ms"
    run.table.judged(what, f"{seconds:.2f} s", told, (MOVED, seconds), grows=None)
    run.table.judged("  folding it, by a worker", f"{statistics.median(folding):.1f} s", "", grows=None)


def largest_below(run: Run) -> tuple[Team, int]:
    """The team of about a tenth of everybody that can be moved."""
    root = run.root.team
    sized = {pk: people for pk, people in run.scopes.items() if pk != root.pk}
    pk = min(sized, key=lambda pk: (abs(sized[pk] - run.touched), pk))
    return Team.objects.get(pk=pk), sized[pk]
