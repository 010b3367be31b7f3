"""Statements that PostgreSQL prepares: once a connection, seen by Django like any other; on SQLite simply asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, OperationalError, connection, transaction
from django.db.models import Count
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext

from roles.models import Team
from roles.prepared import finds_all, rows_of, within_statement

#: So often PostgreSQL plans before it compares with a plan for any values.
PLANNED_FOR_THE_VALUES = 5

ASKED = "SELECT id, code FROM roles_team WHERE id = CAST(%(team)s AS integer) AND code LIKE 'T%%'"

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="it prepares nothing")


@pytest.fixture
def teams() -> list[Team]:
    top = Team.objects.create(code="T", name="T")
    return [top, Team.objects.create(code="T-1", name="T-1", parent=top)]


def prepared() -> list[tuple[int, int]]:
    """Of each prepared statement that is asked here, how often it was planned for its values and for any."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement LIKE '%%code LIKE ''T%%'"
        )
        return list(cursor.fetchall())


def test_each_asks_for_its_own(teams: list[Team]) -> None:
    for _ in range(10):
        assert [rows_of(ASKED, {"team": str(team.pk)}) for team in teams] == [[(team.pk, team.code)] for team in teams]
    assert rows_of(ASKED, {"team": "0"}) == []


def test_a_query_of_django_within_a_statement_finds_what_it_finds_by_itself(teams: list[Team]) -> None:
    share = RawSQL("CAST('5%%' AS text)", [])
    query = Team.objects.filter(path__startswith=teams[0].path, code="T-1").annotate(share=share).values("id", "share")
    within = within_statement(query)
    assert within is not None
    assert rows_of(*within) == [(teams[1].pk, "5%")]
    assert within_statement(Team.objects.filter(pk__in=[])) is None


def test_what_nothing_narrows_finds_all() -> None:
    everybody = Team.objects.all()
    for query in (everybody, everybody.order_by("code"), everybody.select_related("parent"), everybody.values("id")):
        assert finds_all(query)
    narrowed = [
        everybody.filter(code="T"),
        everybody.exclude(code="T"),
        everybody.filter(children__code="T"),
        everybody.none(),
        everybody[:1],
        everybody[1:],
        everybody.distinct(),
        everybody.union(everybody.filter(code="T")),
        everybody.extra(where=["code = 'T'"]),
        everybody.values("parent").annotate(teams=Count("id")),
    ]
    assert [query for query in narrowed if finds_all(query)] == []


@on_postgresql
def test_a_statement_is_prepared_once_for_all_values_and_planned_for_any(teams: list[Team]) -> None:
    for number in range(10):
        rows_of(ASKED, {"team": str(10**number % 2**31)})
    [(custom, generic)] = prepared()
    assert generic > 0
    assert custom <= PLANNED_FOR_THE_VALUES


@on_postgresql
def test_nothing_is_prepared_where_that_is_switched_off(teams: list[Team], settings: Any) -> None:
    settings.PREPARED_STATEMENTS = False
    asked = ASKED + " AND code LIKE 'T%%' AND true"
    for _ in range(8):
        assert rows_of(asked, {"team": str(teams[0].pk)}) == [(teams[0].pk, "T")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%AND true'")
        assert cursor.fetchone() == (0,)


@on_postgresql
def test_what_other_cursors_send_is_not_kept_to_be_counted(teams: list[Team]) -> None:
    rows_of(ASKED, {"team": "1"})
    with pytest.raises(DataError), transaction.atomic():
        rows_of(ASKED, {"team": "no number"})
    assert connection.connection.prepare_threshold is None


def test_a_query_is_counted_and_shown_with_its_values(teams: list[Team]) -> None:
    with CaptureQueriesContext(connection) as asked:
        rows_of(ASKED, {"team": str(teams[1].pk)})
    [query] = asked.captured_queries
    assert f"CAST('{teams[1].pk}' AS integer)" in query["sql"]


def test_wrappers_are_asked_and_may_refuse(teams: list[Team]) -> None:
    def refuse(*_: Any) -> None:
        raise OperationalError("not now")

    with connection.execute_wrapper(refuse), pytest.raises(OperationalError, match="not now"):
        rows_of(ASKED, {"team": "1"})


@on_postgresql
def test_errors_are_djangos(teams: list[Team]) -> None:
    with pytest.raises(DataError), transaction.atomic():
        rows_of(ASKED, {"team": "no number"})
    assert rows_of(ASKED, {"team": str(teams[0].pk)}) == [(teams[0].pk, "T")]


@on_postgresql
def test_what_is_prepared_holds_after_a_rollback(teams: list[Team]) -> None:
    with transaction.atomic():
        rows_of(ASKED, {"team": "1"})
        transaction.set_rollback(True)
    assert rows_of(ASKED, {"team": str(teams[0].pk)}) == [(teams[0].pk, "T")]
