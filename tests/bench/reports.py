"""Each report against a row by its primary key, all of them in turn on one connection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.test import override_settings

from reports.queries import team_report
from reports.queries.find import holders
from reports.queries.heatmap import heatmap
from reports.queries.trend import months, trend
from roles.models import Competency, Team

from .figures import Target
from .running import FUTURE, HEATMAP_WORDS, PAST, TODAY, Run, Sized
from .timing import Times, Work, in_turn

ROUNDS = 21
#: Of 35, since the largest teams that have no counters cost the most.
SIZES = (10, 35, 1_000, 100_000)
MONTHS = 24
#: The first page of those who hold a competency at a level.
FOUND, AT_LEVEL = 50, 3

TREND, HEATMAP, FIND = Target("5 ms", most=5), Target("15 ms", most=15), Target("50 ms", most=50)


class Asked(NamedTuple):
    """Something that is asked of the database, in words, what takes it, and what it is to take at most.

    `times` are those of a row by its key that it may take, 0 for any.
    """

    what: str
    work: Work
    target: Target
    times: int = 0


def measure(run: Run) -> None:
    """Print each beside its targets."""
    asked = list(everything(run))
    key = Team.objects.order_by("pk").values_list("pk", flat=True)[0]
    # As in production, where Django does not note its queries.
    with override_settings(DEBUG=False):
        bare, *times = in_turn([lambda: Team.objects.get(pk=key), *(one.work for one in asked)], run.rounds(ROUNDS))
    executing = f"{bare.server:.3f} ms of them executing" if at_a_server() else ""
    run.table.row("a row by its primary key", shown(bare), executing)
    for one, spent in zip(asked, times, strict=True):
        told(run, one, spent, bare)


def everything(run: Run) -> Iterator[Asked]:
    """What is asked: reports and trends of teams of all sizes, a heatmap, who holds a competency."""
    teams = {run.team_of(size): size for size in SIZES if size < run.people} | {run.root: 0}
    for sized, size in teams.items():
        yield from reports_of(sized, f"team of about {size:,}" if size else "the organisation")
    for sized, size in teams.items():
        yield trend_of(sized.team, f"team of about {size:,}" if size else "the organisation")
    team, _ = run.crowd
    yield Asked(f"heatmap, {HEATMAP_WORDS}", lambda: heatmap(team=team, as_of=TODAY), HEATMAP)
    competency = Competency.objects.order_by("code")[0]

    def find() -> object:
        found = holders(reader=run.auditor, competency=competency, level=AT_LEVEL, as_of=TODAY)
        return len(found), found[:FOUND]

    yield Asked(f"who holds {competency.code} at level {AT_LEVEL}, first page", find, FIND)


def reports_of(sized: Sized, words: str) -> Iterator[Asked]:
    """The gap report today, and on days past and to come."""
    for as_of, when, most, times in (
        (TODAY, "today", 5, 3),
        (PAST, "a past day", 10, 10),
        (FUTURE, "a future day", 10, 10),
    ):
        yield Asked(f"report, {words}, {when}", report_of(sized.team, as_of), Target(f"{most} ms", most=most), times)


def report_of(team: Team, as_of: date) -> Work:
    return lambda: team_report(team=team, as_of=as_of)


def trend_of(team: Team, words: str) -> Asked:
    days = months(TODAY, MONTHS)
    return Asked(f"trend, {words}, {MONTHS} months", lambda: trend(team=team, days=days), TREND)


def told(run: Run, one: Asked, spent: Times, bare: Times) -> None:
    """Print it: the targets are about the round trips to the database."""
    ratio = spent.database / bare.database
    beside = f"{ratio:.1f} x a row by key; {spent.statements} statement{'s' if spent.statements > 1 else ''}"
    if not at_a_server():
        run.table.row(one.what, shown(spent), beside)
        return
    targets = [(one.target, spent.database)]
    if one.times:
        targets.append((Target(f"{one.times} x a row by key", most=one.times), ratio))
    run.table.judged(
        one.what,
        shown(spent),
        f"{beside}, {spent.server:.2f} ms executing; {spent.call:.1f} ms the whole call",
        *targets,
        grows=spent.database,
    )


def shown(spent: Times) -> str:
    return f"{spent.database:.2f} ms {'at the database' if at_a_server() else 'the whole call'}"


def at_a_server() -> bool:
    """Whether the database is one, so that the way to it and what it does there can be told apart."""
    return connection.vendor != "sqlite"
