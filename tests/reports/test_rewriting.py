"""What is written of many people is what is written of few, by one process and by two."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from reports import services
from reports.computing import Batch, cell_of, differences
from reports.gathering import (
    STANDING_COLUMNS,
    current_rules,
    fact_columns,
    facts_of,
    stored_columns,
    stored_presences,
    stored_standings,
)
from reports.models import Presence, Standing
from reports.rewriting import facts_from, rewritten
from reports.services import disagreements, rebuild
from reports.standings import PersonFacts, Rules
from reports.standings import Standing as Computed
from roles.bulk import column_types, insert_copied, insert_rows
from roles.copying import copied
from roles.models import Person
from roles.reach import Reach

from .counting import THINGS, World

ROOT = Path(__file__).parents[2]


@pytest.mark.django_db
def test_facts_as_columns_are_the_facts() -> None:
    world = World(3)
    draw = Random(3)
    for thing in (draw.choice(THINGS) for _ in range(40)):
        world.do(thing, draw.randrange(1_000))
    people = list(Person.objects.values_list("pk", flat=True))
    as_rows = {facts.person: facts for facts in facts_of(people)}

    as_columns = {facts.person: facts for facts in facts_from(fact_columns(people))}

    assert as_columns.keys() == as_rows.keys() == {*people}
    for person, facts in as_columns.items():
        assert in_order(facts) == in_order(as_rows[person])
    assert any(facts.results and facts.exemptions for facts in as_columns.values())


def in_order(facts: PersonFacts) -> tuple[object, ...]:
    """The facts as they can be compared, whatever order they came in."""
    return (*facts[:3], *(sorted(some, key=repr) for some in facts[3:]))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(5))
def test_all_that_a_version_changes_is_within_its_reach(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world, draw = World(seed), Random(seed)
    for _ in range(20):
        world.do(draw.choice(["hire", "assign", "record", "excuse", "transfer", "revise"]), draw.randrange(1_000))
    announced: list[tuple[frozenset[int], Reach]] = []
    monkeypatch.setattr(services, "refresh_standings", lambda people, *, reach: announced.append((people, reach)))
    everything = None
    while not (everything and everything.gone.size):
        world.do("revise", draw.randrange(1_000))
        people, reach = announced[-1] if announced else ([], None)
        stored = stored_columns(people)
        everything = rewritten(fact_columns(people), stored, current_rules(), None, counted=False)
    assert reach

    some = stored_columns(people, reach)
    rules = current_rules(competencies=reach.competencies)
    within = rewritten(fact_columns(people, reach), some, rules, None, counted=False)

    assert 0 < some.standings.shape[1] < stored.standings.shape[1]
    assert sorted(within.gone.T.tolist()) == sorted(everything.gone.T.tolist())
    assert sorted(within.standings, key=repr) == sorted(everything.standings, key=repr)
    assert within.people == everything.people
    assert not within.absent
    assert not within.presences


@pytest.mark.django_db
def test_where_nothing_is_stored_a_version_has_everything_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(4)
    monkeypatch.setattr(services, "PEOPLE_AT_A_TIME", 1)
    Standing.objects.all().delete()
    Presence.objects.all().delete()
    touched: list[int] = []
    monkeypatch.setattr(services, "hold_people", touched.extend)
    while len(touched) < 2:
        world.do("revise", len(touched) + 1)

    stored = Batch(list(facts_of(touched)), stored_standings(touched), stored_presences(touched))
    assert differences(stored, current_rules()) == []
    assert stored.stored


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("processors", [1, 2], ids=["here", "by two processes"])
def test_an_empty_table_is_filled_with_what_the_facts_make(monkeypatch: pytest.MonkeyPatch, processors: int) -> None:
    World(4)
    before = sorted(Standing.objects.values_list(*STANDING_COLUMNS), key=repr)
    present = sorted(Presence.objects.values_list())
    Standing.objects.all().delete()
    Presence.objects.all().delete()
    monkeypatch.setattr(services, "PEOPLE_AT_A_TIME", 2)
    monkeypatch.setattr(services, "PEOPLE_FOR_A_PROCESS", 1)
    monkeypatch.setattr("roles.processes.os.cpu_count", lambda: processors)

    changed, _ = rebuild()

    assert changed == len({row[0] for row in present})
    assert sorted(Standing.objects.values_list(*STANDING_COLUMNS), key=repr) == before
    assert sorted(Presence.objects.values_list()) == present
    assert list(disagreements()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere nothing is to be vacuumed")
@pytest.mark.parametrize(("many", "vacuumed"), [(1, True), (1_000, False)])
def test_what_many_change_is_vacuumed_after_the_commit(
    monkeypatch: pytest.MonkeyPatch, many: int, vacuumed: bool
) -> None:
    world = World(4)
    monkeypatch.setattr(services, "PEOPLE_AT_A_TIME", 1)
    monkeypatch.setattr(services, "ANEW", 2)
    monkeypatch.setattr(services, "PEOPLE_FOR_A_PROCESS", many)

    with CaptureQueriesContext(connection) as queries:
        world.do("publish", 1)

    said = [query["sql"] for query in queries if query["sql"].startswith("VACUUM")]
    assert any("reports_standing" in sql for sql in said) == bool(said) == vacuumed


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL copies rows in")
def test_rows_that_were_made_without_a_connection_are_those_that_were_inserted() -> None:
    rows = [
        (1, 2, 3, date(2024, 2, 29), date.max, None, None, None, None, 0, None),
        (1, 3, 3, date.min, date(2024, 1, 1), 4, 3, 2, False, 2, 2**40),
    ]
    insert_rows(Standing, STANDING_COLUMNS, rows)
    inserted = sorted(Standing.objects.order_by().values_list(*STANDING_COLUMNS))
    Standing.objects.all().delete()

    insert_copied(Standing, STANDING_COLUMNS, copied(column_types(Standing, STANDING_COLUMNS), rows))

    assert sorted(Standing.objects.order_by().values_list(*STANDING_COLUMNS)) == inserted == rows


def test_what_another_process_does_needs_no_django() -> None:
    script = "import sys, reports.rewriting, reports.counters.branches; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def standing(competency: int, day: int, level: int) -> Computed:
    """A standing of somebody's, of whom little else is said."""
    from_on = date(2024, 1, 1) + timedelta(days=day)
    return Computed(1, competency, 1, from_on, from_on + timedelta(days=1), None, None, level, True, 0, 1)  # type: ignore[arg-type]  # as it comes from the database


some_standings = st.lists(
    st.builds(standing, st.integers(1, 2), st.integers(0, 5), st.integers(0, 1)), unique_by=cell_of, max_size=12
).map(lambda rows: sorted(rows, key=cell_of))


@given(stored=some_standings, others=some_standings)
def test_what_is_new_and_what_is_gone_is_what_the_other_has_not(stored: list[Computed], others: list[Computed]) -> None:
    nobody = Batch([], {1: stored, 2: others}, {})
    for one in differences(nobody, Rules("latest", [])):
        assert (one.new, one.gone) == ([], one.stored)

    facts = PersonFacts(1, date(2024, 1, 1), None, [], [], [], [])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reports.computing.standings", lambda *_: others)
        found = differences(Batch([facts], {1: stored}, {}), Rules("latest", []))

    assert bool(found) == (stored != others)
    for one in found:
        assert one.new == [row for row in others if row not in stored]
        assert one.gone == [row for row in stored if row not in others]
