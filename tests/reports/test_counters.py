"""Counters of large teams say what the standings of their people add up to, whatever happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from importlib import import_module
from io import StringIO
from random import Random
from typing import Any

import numpy as np
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reports import services
from reports.counters.blocks import Packed, blocks_of, packed, total_on, vectors_on
from reports.counters.building import build
from reports.counters.cells import Changes, Key, competency_cell, is_of_team, role_cell, team_cell, without_nothing
from reports.counters.packing import packed_blocks
from reports.counters.storing import apply, counted_teams, stored_changes
from reports.counters.tally import CellNumbers, Tally, changes_of, day_and_cell, summed, words_of
from reports.counters.vectors import UNASSESSED_PERSON
from reports.models import CounterChange, Presence, Standing
from reports.queries.home import TeamCard, team_cards
from reports.services import disagreements
from roles.models import Team

from .counting import ASKED, THINGS, World, assert_counted_as_standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted_from_two(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stays make a large team here, and its blocks are short."""
    settings.COUNTERS_FROM = 2
    close_blocks_after(3, monkeypatch)


def close_blocks_after(changes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("blocks", "packing"):
        monkeypatch.setattr(f"reports.counters.{module}.CHANGES_IN_A_BLOCK", changes)


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # an example takes too long to be made smaller
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 10_000),
    things=st.lists(st.tuples(st.sampled_from(THINGS), st.integers(0, 10_000)), min_size=8, max_size=16),
)
def test_figures_by_counters_are_those_by_standings(
    counted_from_two: None, seed: int, things: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        world = World(seed)
        world.rebuild()
        for thing in things:
            world.do(*thing)
        assert_counted_as_standing()
        assert list(disagreements()) == []
        transaction.set_rollback(True)


@pytest.mark.parametrize("at_a_time", [1, 2_000], ids=["as if for many", "for few"])
def test_a_rebuild_counts_once(counted_from_two: None, monkeypatch: pytest.MonkeyPatch, at_a_time: int) -> None:
    World(1)
    Standing.objects.all().delete()
    monkeypatch.setattr(services, "PEOPLE_AT_A_TIME", at_a_time)
    counted: list[int] = []

    def noted() -> int:
        counted.append(build())
        return counted[-1]

    monkeypatch.setattr(services, "build", noted)
    changed, teams = services.rebuild()
    assert changed
    assert counted == [teams]
    assert teams
    assert list(disagreements()) == []


def by_blocks(changes: Changes) -> list[Packed]:
    return [packed(block) for block in blocks_of(changes)]


def by_arrays(changes: Changes) -> list[Packed]:
    numbers = CellNumbers()
    at = [(day, numbers.of(key), vector) for day, cells in changes.items() for key, vector in cells.items()]
    days, cells, vectors = zip(*at, strict=True) if at else ((), (), ())
    where = day_and_cell(np.array(days, np.int64), np.array(cells, np.int64))
    # Rows add up, whichever way a vector below nothing is told.
    parts = [Tally(where, sign * words_of([max(0, sign * vector) for vector in vectors])) for sign in (1, -1)]
    tally = summed(parts)
    assert changes_of(tally, numbers) == without_nothing(changes)
    return list(packed_blocks(tally, numbers))


@pytest.mark.parametrize("pack", [by_blocks, by_arrays])
def test_blocks_of_no_change(pack: Callable[[Changes], list[Packed]]) -> None:
    [block] = pack({})
    assert (block.from_day, vectors_on(block.cells, 700_000), total_on(block.totals, 700_000)) == (1, {}, 0)


@pytest.mark.parametrize("pack", [by_blocks, by_arrays])
def test_blocks_hold_every_day_of_many_changes(
    pack: Callable[[Changes], list[Packed]], monkeypatch: pytest.MonkeyPatch
) -> None:
    close_blocks_after(5, monkeypatch)
    draw = Random(1)
    keys: list[Key] = [competency_cell(1), role_cell(2**31 - 1, 2**31 - 1), team_cell(0), team_cell(7), "", "1,22"]
    changes: Changes = {
        day: {key: draw.choice([1, 1 << 100, -(1 << 200)]) for key in draw.sample(keys, 3)}
        for day in draw.sample(range(1, date.max.toordinal()), 40)
    }

    stored = pack(changes)

    assert len(stored) > 5
    for day in {1, *(other for one in changes for other in (one - 1, one)), date.max.toordinal()} - {0}:
        block = [one for one in stored if one.from_day <= day][-1]
        summed: Counter[Key] = Counter()
        for other, cells in changes.items():
            if other <= day:
                summed.update(cells)
        expected = {key: vector for key, vector in summed.items() if vector}
        assert {key: vector for key, vector in vectors_on(block.cells, day).items() if vector} == expected
        assert total_on(block.totals, day) == sum(vector for key, vector in summed.items() if is_of_team(key))


@pytest.mark.parametrize("share", [0.1, 0.9], ids=["counted anew", "changed"])
def test_a_change_of_many_leaves_nothing_waiting(
    counted_from_two: None, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr("reports.services.PEOPLE_AT_A_TIME", 1)
    monkeypatch.setattr("reports.services.ANEW", share)
    world = World(3)
    world.rebuild()
    for name in ("publish", "change_policy", "change_role_of_everyone"):
        world.do(name, 5)
        assert not CounterChange.objects.exists()
        assert_counted_as_standing()
    assert list(disagreements()) == []


def test_what_is_written_waits_and_is_read_all_the_same(counted_from_two: None) -> None:
    world = World(4)
    world.rebuild()

    world.do("record", 1)

    assert CounterChange.objects.exists()
    assert_counted_as_standing()
    call_command("fold_counters", stdout=StringIO())
    assert not CounterChange.objects.exists()
    assert_counted_as_standing()


def test_home_says_the_same_of_a_team_by_counters_and_by_standings(
    counted_from_two: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(9)
    world.rebuild()
    world.do("record", 2)
    teams = list(Team.objects.order_by("code"))
    for day in ASKED[1:]:
        counted = [plainly(card) for card in team_cards(teams=teams, as_of=day)]
        with monkeypatch.context() as uncounted:
            uncounted.setattr("reports.queries.home.vectors", lambda *_: {})
            assert counted == [plainly(card) for card in team_cards(teams=teams, as_of=day)]


def plainly(card: TeamCard) -> tuple[Any, ...]:
    return card.people, card.expiring, card.unassessed, card.alone, card.held_by_nobody, card.totals.as_dict()


def test_a_check_names_a_counter_that_is_wrong(counted_from_two: None) -> None:
    World(5).rebuild()
    team = min(counted_teams())
    first, *_ = stored_changes(team)

    apply(team, {first: {team_cell(0): UNASSESSED_PERSON}})

    day, code = date.fromordinal(first), Team.objects.get(pk=team).code
    assert list(disagreements()) == [f"counters of {code}: they do not change on {day} as its people's standings do"]
    call_command("rebuild_standings", stdout=StringIO())
    assert list(disagreements()) == []


def test_presence_that_is_missing_or_wrong_is_named_and_mended(counted_from_two: None) -> None:
    World(5)
    row = Presence.objects.first()
    assert row is not None
    Presence.objects.filter(person=row.person_id).update(until_on=date(2031, 1, 1), roles=b"")

    missing = [line for line in disagreements() if line.startswith(("missing: ", "wrong: "))]

    assert f"wrong: {row.person.employee_id} in team {row.team.code}" in missing[-1]
    call_command("rebuild_standings", stdout=StringIO())
    assert list(disagreements()) == []


def test_presence_is_filled_from_the_facts_of_an_older_installation(db: None) -> None:
    World(6)
    kept = sorted(Presence.objects.values_list())
    Presence.objects.all().delete()

    import_module("reports.migrations.0005_presence").fill(apps, None)

    assert sorted(Presence.objects.values_list()) == kept
    assert kept


def test_with_counters_switched_off_none_is_built(settings: Any) -> None:
    settings.COUNTERS_FROM = 0
    world = World(7)
    world.rebuild()
    world.grow()
    world.do("record", 1)
    assert not counted_teams()
    assert not CounterChange.objects.exists()
