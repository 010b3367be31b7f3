"""Moving a department of a tenth of everybody, with all its teams, and back."""

from __future__ import annotations

import statistics
import time

from roles.models import Team
from roles.services import move_team

from .figures import Target
from .running import Run

ROUNDS = 3
MOVED = Target("2 s", most=2)


def measure(run: Run) -> None:
    """Print what a move takes, from the call to the commit; the team is where it was at the end."""
    department, people = largest_below(run)
    home = department.parent
    assert home is not None
    away = Team.objects.exclude(pk__in=Team.objects.within(department)).exclude(pk=home.pk).filter(parent=run.root.team)
    spent = []
    for _ in range(run.rounds(ROUNDS)):
        for parent in (away.order_by("code")[0], home):
            begun = time.perf_counter()
            move_team(team=Team.objects.get(pk=department.pk), parent=parent)
            spent.append(time.perf_counter() - begun)
    teams = Team.objects.within(department).count()
    what = f"moving a department of {people:,} people with {teams:,} teams"
    seconds = statistics.median(spent)
    run.table.judged(what, f"{seconds:.2f} s", "", (MOVED, seconds), grows=None)


def largest_below(run: Run) -> tuple[Team, int]:
    """The team of about a tenth of everybody that can be moved."""
    root = run.root.team
    sized = {pk: people for pk, people in run.scopes.items() if pk != root.pk}
    pk = min(sized, key=lambda pk: (abs(sized[pk] - run.touched), pk))
    return Team.objects.get(pk=pk), sized[pk]
