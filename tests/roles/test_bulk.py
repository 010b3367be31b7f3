"""Many rows at once: PostgreSQL's fast ways and their plain twins do the same."""

from __future__ import annotations

import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Model

from assessments.models import AssessmentResult, Exemption
from reports.models import Presence, Standing
from roles import bulk
from roles.bulk import (
    InTurn,
    at_once,
    batches,
    delete_rows,
    insert_rows,
    read_ahead,
    read_by_index,
    read_numbers,
    reserved_keys,
    select_rows,
    update_rows,
    worked_behind,
)
from roles.filling import filled_at_once
from roles.models import Membership, Person, Role, Team
from roles.processes import rarely_collected

from .conftest import AT, Cast

pytestmark = pytest.mark.django_db

COLUMNS = [
    "result_id",
    "person_id",
    "competency_id",
    "level",
    "method",
    "assessed_on",
    "expires_on",
    "assessor",
    "evidence",
    "recorded_at",
    "withdrawn_reason",
]


def result(cast: Cast, number: int, *, expires_on: date | None = None, evidence: str = "") -> tuple[object, ...]:
    return (
        f"R{number}",
        cast.ada.pk,
        cast.competency.pk,
        number % 5,
        "exam",
        date(2026, 1, 1),
        expires_on,
        "Ångström, 木",
        evidence,
        AT,
        "",
    )


@pytest.fixture(params=["the database's own way", "the plain twin"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """On PostgreSQL the plain twin of COPY is tried as well; on SQLite there is only one way."""
    if request.param == "the plain twin":
        monkeypatch.setattr(bulk, "_copy", bulk._insert)
    return str(request.param)


def test_rows_are_inserted_as_they_are_told(cast: Cast, way: str) -> None:
    rows = [
        result(cast, 1, expires_on=date(2027, 1, 1), evidence='tab\t, "quote", \\N, line\nbreak, ;'),
        result(cast, 2, expires_on=None, evidence="\\"),
    ]
    assert insert_rows(AssessmentResult, COLUMNS, iter(rows)) == 2
    assert list(AssessmentResult.objects.order_by("pk").values_list(*COLUMNS)) == rows
    assert AssessmentResult.objects.filter(recorded_by=None, withdrawn_at=None).count() == 2


def test_columns_may_come_in_any_order_and_of_any_kind(cast: Cast, way: str) -> None:
    rows = [(True, None, "X", "Title", "", "organisation", False)]
    insert_rows(Role, ["emerging", "family_id", "code", "title", "who", "origin", "held_by_everyone"], rows)
    role = Role.objects.get(code="X")
    assert (role.emerging, role.held_by_everyone, role.family, role.title) == (True, False, None, "Title")


def test_keys_follow_the_order_of_the_rows_also_across_batches(
    cast: Cast, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ROWS_AT_A_TIME", 7)
    insert_rows(AssessmentResult, COLUMNS, (result(cast, number) for number in range(30, 0, -1)))
    ids = AssessmentResult.objects.order_by("pk").values_list("result_id", flat=True)
    assert list(ids) == [f"R{number}" for number in range(30, 0, -1)]


def test_numbers_come_as_one_array_for_each_column(cast: Cast, way: str) -> None:
    insert_rows(AssessmentResult, COLUMNS, (result(cast, number) for number in (3, 4, 5)))
    query = "SELECT level, -person_id, 4000000000 FROM assessments_assessmentresult WHERE level >= %s"

    found = read_numbers(query, [3], columns=3)
    nobody = read_numbers(query, [5], columns=3)

    assert sorted(zip(*found.tolist(), strict=True)) == [(level, -cast.ada.pk, 4_000_000_000) for level in (3, 4)]
    assert nobody.shape == (3, 0)


def test_garbage_is_looked_for_as_before_afterwards_also_after_an_error() -> None:
    before = gc.get_threshold()
    seen = []

    def fails() -> None:
        with rarely_collected():
            seen.append(gc.get_threshold())
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert seen[0] > before == gc.get_threshold()


def test_an_instant_of_another_time_zone_is_the_same_instant(cast: Cast, way: str) -> None:
    row = list(result(cast, 1))
    row[COLUMNS.index("recorded_at")] = datetime.fromisoformat("2026-03-01T13:00:00+02:00")
    insert_rows(AssessmentResult, COLUMNS, [row])
    assert AssessmentResult.objects.get(recorded_at=datetime(2026, 3, 1, 11, tzinfo=UTC)).level == 1


def test_no_rows_are_no_trouble(cast: Cast, way: str) -> None:
    assert insert_rows(AssessmentResult, COLUMNS, []) == 0
    assert update_rows(Person, ["name"], []) == 0


def test_what_the_database_refuses_is_djangos_error_and_nothing_is_written(cast: Cast, way: str) -> None:
    rows = [result(cast, 1), result(cast, 2), result(cast, 1)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(AssessmentResult, COLUMNS, rows)
    assert not AssessmentResult.objects.exists()


def test_a_guard_that_refuses_a_row_is_djangos_error_too(cast: Cast, way: str) -> None:
    row = list(result(cast, 1))
    row[COLUMNS.index("level")] = 5
    with pytest.raises(IntegrityError, match="result_level_0_to_4"), transaction.atomic():
        insert_rows(AssessmentResult, COLUMNS, [row])


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite holds any text in any column")
def test_a_text_too_long_is_djangos_error_too(cast: Cast, way: str) -> None:
    row = list(result(cast, 1))
    row[COLUMNS.index("method")] = "x" * 11
    with pytest.raises(DataError), transaction.atomic():
        insert_rows(AssessmentResult, COLUMNS, [row])


def test_a_failure_of_whoever_gives_the_rows_is_heard_as_it_is(cast: Cast, way: str) -> None:
    def rows():
        yield result(cast, 1)
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"), transaction.atomic():
        insert_rows(AssessmentResult, COLUMNS, rows())
    assert not AssessmentResult.objects.exists()


def test_only_the_rows_and_columns_told_are_updated(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "ROWS_AT_A_TIME", 1)
    third = Person.objects.create(employee_id="cy", name="cy", joined_on=date(2020, 1, 1))
    changes: list[tuple[int, list[object]]] = [
        (cast.bo.pk, ["Bo", None]),
        (cast.ada.pk, ["Ada, Å\n%s", date(2026, 1, 1)]),
    ]
    assert update_rows(Person, ["name", "left_on"], iter(changes)) == 2
    found = Person.objects.order_by("employee_id").values_list("employee_id", "name", "left_on", "joined_on")
    joined = date(2020, 1, 1)
    assert list(found) == [
        ("ada", "Ada, Å\n%s", date(2026, 1, 1), joined),
        ("bo", "Bo", None, joined),
        (third.employee_id, "cy", None, joined),
    ]


def test_a_refused_update_is_djangos_error(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="person_left_not_before_joined"), transaction.atomic():
        update_rows(Person, ["left_on"], [(cast.ada.pk, [date(2019, 1, 1)])])


def test_just_the_rows_asked_for_are_selected_with_djangos_values(cast: Cast) -> None:
    insert_rows(AssessmentResult, COLUMNS, (result(cast, number, evidence="é") for number in range(3)))
    columns = ["id", "result_id", "level", "assessed_on", "expires_on", "recorded_at", "evidence"]
    rows = select_rows(AssessmentResult, columns, where="person_id", among={cast.ada.pk, 4711})
    assert sorted(rows) == list(AssessmentResult.objects.order_by("pk").values_list(*columns))
    assert select_rows(AssessmentResult, columns, where="person_id", among=[cast.bo.pk]) == []
    assert select_rows(AssessmentResult, columns, where="person_id", among=[]) == []


def test_work_behind_is_done_in_the_callers_transaction_and_its_answer_comes_back(cast: Cast) -> None:
    with transaction.atomic():
        with worked_behind() as behind:
            finish = behind(lambda: insert_rows(AssessmentResult, COLUMNS, [result(cast, 1)]))
            assert finish() == 1
        assert AssessmentResult.objects.count() == 1
        transaction.set_rollback(True)
    assert not AssessmentResult.objects.exists()


def test_work_behind_that_fails_says_so_to_the_caller(cast: Cast) -> None:
    def fails() -> None:
        insert_rows(AssessmentResult, COLUMNS, [result(cast, 1), result(cast, 1)])

    with pytest.raises(IntegrityError), transaction.atomic(), worked_behind() as behind:
        behind(fails)()
    assert Person.objects.count() == 2


def test_work_goes_on_behind_on_postgresql_and_is_done_at_once_on_sqlite(cast: Cast) -> None:
    with worked_behind() as behind:
        thread = behind(threading.current_thread)()
    assert (thread is threading.current_thread()) == (connection.vendor == "sqlite")


def test_work_in_turn_raises_what_went_wrong_before_it_begins_the_next() -> None:
    done: list[int] = []

    def fails() -> None:
        raise ZeroDivisionError

    with worked_behind() as behind:
        work = InTurn(behind)
        work(lambda: done.append(1))
        work(lambda: done.append(2))
        work.wait()
        work.wait()
    assert done == [1, 2]

    def goes_on_after_a_failure() -> None:
        with worked_behind() as behind:
            work = InTurn(behind)
            work(fails)
            work(lambda: done.append(3))

    with pytest.raises(ZeroDivisionError):
        goes_on_after_a_failure()
    assert done == [1, 2]


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_what_is_read_ahead_comes_in_order_and_one_ahead(count: int) -> None:
    begun: list[int] = []

    def reading(number: int) -> int:
        begun.append(number)
        return number

    found = [(number, len(begun)) for number in read_ahead((partial(reading, n) for n in range(count)), at_once)]

    assert found == [(number, min(number + 2, count)) for number in range(count)]


@pytest.mark.parametrize(
    ("items", "found"), [([], []), ([1], [[1]]), ([1, 2, 3], [[1, 2], [3]]), ([1, 2, 3, 4], [[1, 2], [3, 4]])]
)
def test_batches_are_full_but_for_the_last(items: list[int], found: list[list[int]]) -> None:
    assert list(batches(iter(items), 2)) == found


@pytest.mark.django_db(transaction=True)
def test_references_are_checked_of_what_fills_an_empty_table() -> None:
    person = Person.objects.create(employee_id="E1", name="Ada", joined_on=date(2020, 1, 1))

    def fill(team: int) -> None:
        with transaction.atomic(), filled_at_once(Membership):
            insert_rows(Membership, ["person_id", "team_id", "from_on"], [(person.pk, team, date(2024, 1, 1))])

    with pytest.raises(IntegrityError):
        fill(team=4711)
    assert not Membership.objects.exists()
    fill(team=Team.objects.create(code="ORG", name="All").pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(person=person).update(team_id=4711)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere rows are always checked one by one")
def test_a_table_that_was_filled_lets_nothing_overlap_before_or_after() -> None:
    person = Person.objects.create(employee_id="E1", name="Ada", joined_on=date(2020, 1, 1))
    team = Team.objects.create(code="ORG", name="All")
    stays = [(person.pk, team.pk, date(2024, 1, 1)), (person.pk, team.pk, date(2024, 2, 1))]

    def fill(rows: list[tuple[object, ...]]) -> None:
        with transaction.atomic(), filled_at_once(Membership):
            insert_rows(Membership, ["person_id", "team_id", "from_on"], rows)

    with pytest.raises(IntegrityError, match="membership_no_overlap"):
        fill([*stays])
    assert not Membership.objects.exists()
    fill([*stays[:1]])
    with pytest.raises(IntegrityError, match="membership_no_overlap"):
        fill([*stays[1:]])


def test_keys_that_are_reserved_are_given_to_nobody_else() -> None:
    first = Team.objects.create(code="T1", name="T")
    with transaction.atomic():
        reserved = reserved_keys(Team, 3)
        rows = [(pk, f"R{pk}", "R", first.pk, first.path + Team.step_of(pk)) for pk in reserved]
        insert_rows(Team, ["id", "code", "name", "parent_id", "path"], rows)
    last = Team.objects.create(code="T2", name="T", parent=first)
    assert [first.pk, *reserved, last.pk] == sorted({first.pk, *reserved, last.pk})
    assert reserved_keys(Team, 0) == []


def keys_and_indexes(model: type[Model]) -> set[tuple[str, str]]:
    """All that a table is held to, and found by, as PostgreSQL would write it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
            " UNION SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s",
            [model._meta.db_table] * 2,
        )
        return {*cursor.fetchall()}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere nothing is taken away")
@pytest.mark.parametrize("model", [Membership, AssessmentResult, Standing, Presence, Team])
def test_a_table_that_was_filled_has_its_keys_and_indexes_again(model: type[Model]) -> None:
    before = keys_and_indexes(model)
    with transaction.atomic(), filled_at_once(model):
        assert len(keys_and_indexes(model)) < len(before)
    assert keys_and_indexes(model) == before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL knows owners")
def test_a_table_that_is_somebody_elses_is_filled_as_it_is(cast: Cast) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE ROLE aiskills_guest_{os.getpid()}; GRANT ALL ON ALL TABLES IN SCHEMA public TO"
                f" aiskills_guest_{os.getpid()}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO"
                f" aiskills_guest_{os.getpid()}; SET LOCAL ROLE aiskills_guest_{os.getpid()}"
            )
        before = keys_and_indexes(AssessmentResult)
        with filled_at_once(AssessmentResult):
            assert keys_and_indexes(AssessmentResult) == before
            insert_rows(AssessmentResult, COLUMNS, [result(cast, 1)])
        assert AssessmentResult.objects.count() == 1
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere nothing is taken away")
def test_a_row_that_somebody_writes_first_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bo = (Person.objects.create(employee_id=name, name=name, joined_on=date(2020, 1, 1)) for name in ("ada", "bo"))
    team = Team.objects.create(code="ORG", name="All")

    def somebody_writes() -> None:
        Membership.objects.create(person=ada, team=team, from_on=date(2024, 1, 1))
        connection.close()

    def owned(model: type[Model]) -> bool:
        # After it was seen that there is no row, and before the table is held.
        with ThreadPoolExecutor(1) as other:
            other.submit(somebody_writes).result()
        return True

    monkeypatch.setattr("roles.filling._owned", owned)
    before = keys_and_indexes(Membership)
    with transaction.atomic(), filled_at_once(Membership):
        insert_rows(Membership, ["person_id", "team_id", "from_on"], [(bo.pk, team.pk, date(2024, 1, 1))])
    assert set(Membership.objects.values_list("person", flat=True)) == {ada.pk, bo.pk}
    assert keys_and_indexes(Membership) == before


def test_what_stands_twice_in_a_table_that_was_filled_is_refused(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), filled_at_once(AssessmentResult):
        insert_rows(AssessmentResult, COLUMNS, [result(cast, 1), result(cast, 1)])
    assert not AssessmentResult.objects.exists()


def test_a_table_with_rows_is_only_added_to(cast: Cast) -> None:
    insert_rows(AssessmentResult, COLUMNS, [result(cast, 1)])
    with transaction.atomic(), filled_at_once(AssessmentResult):
        insert_rows(AssessmentResult, COLUMNS, [result(cast, 2)])
    assert set(AssessmentResult.objects.values_list("result_id", flat=True)) == {"R1", "R2"}


@pytest.mark.django_db
def test_reading_by_index_leaves_the_planner_as_it_was() -> None:
    with transaction.atomic():
        with read_by_index():
            assert list(Person.objects.all()) == []
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SHOW enable_seqscan")
                assert cursor.fetchone() == ("on",)


def keys(*columns: list[int]) -> npt.NDArray[np.int64]:
    return np.array(columns, np.int64)


def test_just_the_rows_with_all_of_a_key_are_deleted(cast: Cast) -> None:
    exempt = [
        Exemption.objects.create(person=person, competency=competency, from_on=date(2024, 1, day))
        for person, competency, day in [
            (cast.ada, cast.competency, 1),
            (cast.ada, cast.competency, 2),
            (cast.ada, cast.other, 1),
            (cast.bo, cast.competency, 1),
        ]
    ]
    by_competency, by_day = ["person_id", "competency_id"], ["person_id", "from_on"]
    delete_rows(Exemption, by_competency, keys([], []))
    delete_rows(Exemption, by_competency, keys([cast.ada.pk, 0], [cast.competency.pk, cast.other.pk]))
    assert [*Exemption.objects.order_by("pk")] == exempt[2:]
    others = [date(2024, 1, 4).toordinal(), date(2024, 1, 3).toordinal()]
    delete_rows(Exemption, by_day, keys([cast.ada.pk, cast.bo.pk], others))
    assert [*Exemption.objects.order_by("pk")] == exempt[2:]
    delete_rows(Exemption, by_day, keys([cast.bo.pk], [date(2024, 1, 1).toordinal()]))
    assert [*Exemption.objects.all()] == exempt[2:3]
