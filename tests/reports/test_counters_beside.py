"""Counters beside others who write, fold, move teams and read, and whatever is killed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import count
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import Model
from django.utils.timezone import now

from assessments.models import AssessmentResult
from assessments.services import record_results
from reports.counters.folding import fold
from reports.models import CounterChange, CounterMove, MovedBlock
from reports.services import disagreements
from roles.models import Competency, Person, Team
from roles.services import move_team
from tests.killing import killed_while

from .counting import ASKED, World, assert_counted_as_standing

pytestmark = pytest.mark.django_db(transaction=True)

RESULTS_OF_A_WRITER = 6


@pytest.fixture
def world(settings: Any) -> World:
    """Two stays make a large team here, and the teams are counted."""
    settings.COUNTERS_FROM = 2
    world = World(8)
    world.rebuild()
    return world


def record_some(writer: int) -> None:
    person = Person.objects.order_by("pk")[writer]
    for level in range(RESULTS_OF_A_WRITER):
        result = AssessmentResult(
            person=person,
            competency=Competency.objects.order_by("pk")[level % 2],
            level=level % 5,
            method="exam",
            assessed_on=date(2024, 3, 1 + level),
            expires_on=date(2024, 4, 1),
        )
        record_results(results=[result], by=None, at=now())


def read_at_one_instant() -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert_counted_as_standing(days=ASKED[::3])


def move_there_and_back(number: int) -> None:
    root = Team.objects.get(parent=None)
    team = Team.objects.filter(parent__isnull=False, children=None).order_by("pk").last()
    others = Team.objects.exclude(pk__in=[root.pk, team and team.pk]).order_by("pk")
    assert team is not None
    move_team(team=team, parent=root if number % 2 else others[0])


def test_readers_never_see_a_wrong_sum(world: World) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("there is one writer at a time, and a reader sees what was committed before it began")

    def alone(work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        writers = [pool.submit(alone, lambda one=one: record_some(one)) for one in range(3)]  # type: ignore[misc]

        def until_written(work: Callable[[int], object]) -> None:
            for number in count():
                work(number)
                if all(writer.done() for writer in writers):
                    return

        others = [
            pool.submit(alone, lambda work=work: until_written(work))  # type: ignore[misc]
            for work in (lambda _: fold(), move_there_and_back, lambda _: read_at_one_instant())
        ]
        for each in [*writers, *others]:
            each.result()
    assert_counted_as_standing()
    fold()
    assert not CounterChange.objects.exists()
    assert list(disagreements()) == []


@pytest.mark.parametrize(("what", "model"), [("record", CounterChange), ("move", CounterMove)])
def test_folding_that_is_killed_leaves_every_figure_right(world: World, what: str, model: type[Model]) -> None:
    seeds = count()
    while not model._default_manager.exists():
        world.do(what, next(seeds))
    waiting = model._default_manager.count()

    killed = 0
    while killed_while(fold, at=killed + 1):
        killed += 1
        # All of it waits still, or, killed after the commit, nothing does.
        assert model._default_manager.count() in {waiting, 0}
        if killed % 4 == 1:
            assert list(disagreements()) == []

    assert killed > 8
    assert_counted_as_standing()
    for left in (CounterChange, CounterMove, MovedBlock):
        assert not left._default_manager.exists()
