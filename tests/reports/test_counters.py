"""Counters of large teams say what the standings of their people add up to, whatever happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reports import services
from reports.counters import building
from reports.counters.blocks import pack, total_on, unpack, vectors_on
from reports.counters.branches import branches
from reports.counters.building import build
from reports.counters.cells import Changes, Key, competency_cell, is_of_team, role_cell, team_cell
from reports.counters.folding import fold
from reports.counters.packing import Packed, Unjoined, packed_blocks, unpacked
from reports.counters.paths import Place
from reports.counters.storing import apply, counted_teams, stored_blocks
from reports.counters.tally import NOTHING, CellNumbers, Tally, summed, tally_of
from reports.counters.vectors import UNASSESSED_PERSON, stored_vectors
from reports.models import CounterBlock, CounterChange, CounterMove, MovedBlock, Presence, Standing
from reports.queries.home import TeamCard, team_cards
from reports.services import disagreements
from roles.models import Team
from roles.services import add_person, add_team, move_team, place_person

from .counting import ASKED, DAYS, THINGS, World, assert_counted_as_standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted_from_two(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stays make a large team here, and its blocks are short."""
    settings.COUNTERS_FROM = 2
    monkeypatch.setattr("reports.counters.packing.CHANGES_IN_A_BLOCK", 3)


#: A few examples, always the same ones.
FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # an example takes too long to be made smaller
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
#: What changes the standings of more than one person at once.
TOUCHING_MANY = [
    "publish", "revise", "revise", "change_policy", "change_role_of_everyone", "delete_assignments", "record",
]  # fmt: skip


@FEW
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


@settings(parent=FEW, max_examples=6)
@given(
    seed=st.integers(0, 10_000),
    things=st.lists(st.tuples(st.sampled_from(TOUCHING_MANY), st.integers(0, 10_000)), min_size=4, max_size=8),
)
def test_figures_are_those_by_standings_where_many_change(
    counted_from_two: None, seed: int, things: list[tuple[str, int]]
) -> None:
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        world = World(seed)
        world.rebuild()
        patch.setattr("reports.services.PEOPLE_AT_A_TIME", 1)
        patch.setattr("reports.services.ANEW", 2)
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


@pytest.mark.parametrize("processors", [1, 2], ids=["here", "by two processes"])
def test_branches_that_are_counted_apart_add_up(
    counted_from_two: None, monkeypatch: pytest.MonkeyPatch, processors: int
) -> None:
    monkeypatch.setattr("roles.processes.os.cpu_count", lambda: processors)
    monkeypatch.setattr(building, "STAYS_OF_A_BRANCH", 4)
    monkeypatch.setattr(building, "BRANCHES_FOR_A_PROCESS", 1)
    World(2).rebuild()
    apart = set(CounterBlock.objects.values_list("team"))
    assert list(disagreements()) == []

    monkeypatch.setattr(building, "STAYS_OF_A_BRANCH", 0)
    building.build()

    assert set(CounterBlock.objects.values_list("team")) == apart
    assert list(disagreements()) == []


def test_a_branch_is_as_large_as_may_be_and_no_team_is_in_two() -> None:
    places = [Place(path, pk) for pk, path in enumerate(("1", "11", "111", "112", "12", "13", "131"))]
    sizes = dict(enumerate((9, 5, 2, 3, 1, 4, 4)))
    assert branches(places, sizes, {0, 1, 2, 3, 5, 6}, at_most=5) == (
        [places[1:4], places[5:7]],
        [places[0], places[4]],
    )


KEYS: list[Key] = [competency_cell(1), role_cell(2**31 - 1, 2**31 - 1), team_cell(0), team_cell(7), "", "1,22"]
VECTORS = [1, 1 << 100, -(1 << 200), -1, 1 << 40]


def some_changes(draw: Random, *, days: int) -> Changes:
    """Of three cells on each day, from the first of the calendar on."""
    chosen = sorted(draw.sample(range(1, date.max.toordinal()), days))
    return {day: {key: draw.choice(VECTORS) for key in draw.sample(KEYS, 3)} for day in chosen}


def changes_of(tally: Tally, numbers: CellNumbers) -> Changes:
    """The changes of a tally by day and cell."""
    found: Changes = {}
    stored = stored_vectors(tally.words).tolist()
    for day, cell, vector in zip(tally.days.tolist(), tally.cells.tolist(), stored, strict=True):
        found.setdefault(day, {})[numbers.key(cell)] = int.from_bytes(vector, "little", signed=True)
    return found


def test_what_waits_is_unpacked_as_it_was_packed() -> None:
    changes = some_changes(Random(1), days=40)
    assert unpack(pack(changes)) == changes
    assert unpack(pack({})) == {}


def joined(blocks: Iterator[Unjoined]) -> list[Packed]:
    return [block.joined() for block in blocks]


def test_more_competencies_than_can_be_told_apart_are_refused_and_not_mixed_up(
    counted_from_two: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(1)
    monkeypatch.setattr("reports.counters.counting._PLACE_BITS", 0)
    with pytest.raises(OverflowError, match="more than 1 of"):
        world.rebuild()


def test_blocks_of_no_change() -> None:
    [block] = joined(packed_blocks(NOTHING, CellNumbers()))
    assert (block.from_day, vectors_on(block.cells, 700_000), total_on(block.totals, 700_000)) == (1, {}, 0)


@pytest.mark.parametrize("again", [False, True], ids=["from nothing", "from a day on, over what stands before"])
@pytest.mark.parametrize(("limit", "most"), [("CHANGES_IN_A_BLOCK", 5), ("VECTORS_IN_A_BLOCK", 2)])
def test_blocks_hold_every_day_of_many_changes(
    limit: str, most: int, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"reports.counters.packing.{limit}", most)
    changes, numbers = some_changes(Random(1), days=40), CellNumbers()
    tally = tally_of(changes, numbers)
    assert changes_of(tally, numbers) == changes

    stored = joined(packed_blocks(tally, numbers))
    if again:
        third, *after = (unpacked(block.from_day, block.cells, numbers) for block in stored[2:])
        since = summed([block.changes for block in (third, *after)])
        stored[2:] = joined(packed_blocks(since, numbers, from_day=third.from_day, base=third.base))

    assert len(stored) > 5
    for day in {1, *(other for one in changes for other in (one - 1, one)), date.max.toordinal()} - {0}:
        block = [one for one in stored if one.from_day <= day][-1]
        sums: Counter[Key] = Counter()
        for other, cells in changes.items():
            if other <= day:
                sums.update(cells)
        expected = {key: vector for key, vector in sums.items() if vector}
        assert {key: vector for key, vector in vectors_on(block.cells, day).items() if vector} == expected
        assert total_on(block.totals, day) == sum(vector for key, vector in sums.items() if is_of_team(key))


def test_a_block_ends_before_it_has_too_many_different_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.counters.packing.VECTORS_IN_A_BLOCK", 4)
    numbers = CellNumbers()
    alike: Changes = {day: {competency_cell(1): 1, competency_cell(2): 1} for day in range(1, 11)}
    # As many changes, and on each day two vectors that come no second time.
    unlike: Changes = {day: {competency_cell(1): 2 * day, competency_cell(2): 2 * day + 1} for day in range(1, 11)}
    # More than there may be on one day, which no block parts.
    crowded: Changes = {day: {competency_cell(cell): 10 * day + cell for cell in range(6)} for day in (1, 2)}
    held = [len(joined(packed_blocks(tally_of(one, numbers), numbers))) for one in (alike, unlike, crowded)]
    assert held == [1, 5, 2]


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


def moved(world: World) -> int:
    """Move teams until something of theirs waits; gives how many moves do."""
    for seed in range(100):
        world.do("move", seed)
        if (waiting := CounterMove.objects.values("moved").distinct().count()) > 1:
            return waiting
    raise AssertionError("nothing waits")


def test_what_moves_waits_and_is_read_all_the_same(counted_from_two: None) -> None:
    world = World(11)
    world.rebuild()

    waiting = moved(world)

    assert_counted_as_standing()
    assert list(disagreements()) == []
    assert fold() == waiting
    assert not CounterMove.objects.exists()
    assert not MovedBlock.objects.exists()
    assert_counted_as_standing()
    assert list(disagreements()) == []


def test_a_check_names_what_waits_and_is_wrong(counted_from_two: None) -> None:
    world = World(11)
    world.rebuild()
    moved(world)
    CounterMove.objects.filter(teams_alone=False).update(sign=-F("sign"))

    assert any("do not change" in line for line in disagreements())


def test_a_team_takes_along_what_has_moved_into_it_and_waits(counted_from_two: None) -> None:
    root = add_team(code="T0", name="T", parent=None)
    upper, other, lower = (add_team(code=code, name="T", parent=root) for code in ("T1", "T2", "T3"))
    add_team(code="T4", name="T", parent=upper)
    for number in range(6):
        person = add_person(employee_id=f"E{number}", name="E", joined_on=DAYS[0])
        place_person(person=person, team=[upper, lower, other][number % 3], from_on=DAYS[0])
    build()

    move_team(team=lower, parent=upper)
    assert CounterMove.objects.filter(team=upper).exists()
    move_team(team=upper, parent=other)

    # What waited for the team that moves is folded, so that nothing waits for it twice.
    assert CounterMove.objects.values("moved").distinct().count() == 1
    assert_counted_as_standing()
    assert list(disagreements()) == []


def test_what_was_kept_for_teams_that_are_gone_is_gone_with_the_next_folding(counted_from_two: None) -> None:
    world = World(11)
    world.rebuild()
    moved(world)
    CounterMove.objects.all().delete()

    fold()

    assert not MovedBlock.objects.exists()


def test_moves_that_nobody_folds_are_folded_by_who_moves(
    counted_from_two: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.counters.moving.WAITING_AT_MOST", 2)
    world = World(11)
    world.rebuild()
    for seed in range(60):
        world.do("move", seed)
        assert CounterMove.objects.values("moved").distinct().count() <= 2
    assert CounterMove.objects.exists()
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
            uncounted.setattr("reports.queries.home.counted_on", lambda *_: {})
            assert counted == [plainly(card) for card in team_cards(teams=teams, as_of=day)]


def plainly(card: TeamCard) -> tuple[Any, ...]:
    return card.people, card.expiring, card.unassessed, card.alone, card.held_by_nobody, card.totals.as_dict()


def test_a_check_names_a_counter_that_is_wrong(counted_from_two: None) -> None:
    World(5).rebuild()
    team = min(counted_teams())
    numbers = CellNumbers()
    first = min(int(block.changes.days.min()) for block in stored_blocks(team, numbers))

    apply(team, tally_of({first: {team_cell(0): UNASSESSED_PERSON}}, numbers), numbers)

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
