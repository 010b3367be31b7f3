"""The team tree: moves keep every path, and no two of them together make a cycle."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from reports.services import misplaced_teams
from roles.locks import hold_tree
from roles.models import Team
from roles.services import TeamBelowItself, move_team
from tests.organisation import at_once

from .conftest import tree

if TYPE_CHECKING:
    from .conftest import Cast


@pytest.fixture
def teams(db: None) -> dict[str, Team]:
    return tree()


def parents() -> dict[str, str | None]:
    return dict(Team.objects.values_list("code", "parent__code"))


def path(*codes: str) -> str:
    return "".join(Team.objects.get(code=code).step for code in codes)


def test_a_new_team_gets_the_path_of_its_parent_and_its_own_step(teams: dict[str, Team]) -> None:
    assert teams["AAA"].path == path("ORG", "A", "AA", "AAA")
    assert Team.objects.get(code="AAA").path == teams["AAA"].path
    assert teams["AAA"].above == [teams[code].pk for code in ("ORG", "A", "AA")]
    assert teams["ORG"].above == []


@pytest.mark.parametrize(
    ("team", "parent", "place"),
    [
        pytest.param("A", "B", ["ORG", "B", "A"], id="a branch below its neighbour"),
        pytest.param("AA", "ORG", ["ORG", "AA"], id="up to the root"),
        pytest.param("AAA", "B", ["ORG", "B", "AAA"], id="a leaf across"),
        pytest.param("AA", "A", ["ORG", "A", "AA"], id="where it is"),
    ],
)
def test_a_move_takes_everything_below_along(teams: dict[str, Team], team: str, parent: str, place: list[str]) -> None:
    below = [code for code in ("A", "AA", "AAA") if teams[code].path.startswith(teams[team].path)]
    others = dict(Team.objects.exclude(code__in=below).values_list("code", "path"))
    move_team(team=teams[team], parent=teams[parent])
    for depth, code in enumerate(below, start=1):
        assert Team.objects.get(code=code).path == path(*place[:-1], *below[:depth])
    assert dict(Team.objects.exclude(code__in=below).values_list("code", "path")) == others
    assert (teams[team].path, teams[team].parent_id) == (path(*place), teams[parent].pk)
    assert list(misplaced_teams()) == []


def test_a_move_goes_by_the_tree_as_it_is_and_not_as_it_was_read(teams: dict[str, Team]) -> None:
    old = Team.objects.get(code="AA")
    move_team(team=teams["A"], parent=teams["B"])
    move_team(team=old, parent=Team.objects.get(code="ORG"))
    assert Team.objects.get(code="AAA").path == path("ORG", "AA", "AAA")
    assert list(misplaced_teams()) == []


@pytest.mark.parametrize("parent", ["A", "AA", "AAA"])
def test_a_team_never_goes_below_itself(teams: dict[str, Team], parent: str) -> None:
    before = list(Team.objects.values_list())
    with pytest.raises(TeamBelowItself, match=f"{parent} is A itself or below it"):
        move_team(team=teams["A"], parent=teams[parent])
    assert list(Team.objects.values_list()) == before


def test_the_root_goes_nowhere(teams: dict[str, Team]) -> None:
    with pytest.raises(TeamBelowItself):
        move_team(team=teams["ORG"], parent=teams["B"])


def test_saving_a_team_does_not_move_it(teams: dict[str, Team]) -> None:
    teams["AA"].name = "Other"
    teams["AA"].save()
    assert Team.objects.get(code="AA").path == path("ORG", "A", "AA")


def test_a_scope_is_the_team_and_all_below_and_nothing_beside(cast: Cast) -> None:
    within = {code: set(Team.objects.within(team).values_list("code", flat=True)) for code, team in cast.teams.items()}
    assert within == {
        "ORG": {"ORG", "A", "AA", "AAA", "B"},
        "A": {"A", "AA", "AAA"},
        "AA": {"AA", "AAA"},
        "AAA": {"AAA"},
        "B": {"B"},
    }


# Two at once. Django's tests of one thread would prove nothing here.

Move = tuple[str, str]


def moved(team: str, parent: str) -> object:
    move_team(team=Team.objects.get(code=team), parent=Team.objects.get(code=parent))
    return "moved"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("first", "second"),
    [(("A", "B"), ("B", "A")), (("A", "B"), ("B", "AAA"))],
    ids=["each below the other", "each somewhere below the other"],
)
def test_of_two_moves_at_once_that_would_make_a_cycle_one_is_refused(
    first: Move, second: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have begun before either ends: whoever comes second sees what the first made."""
    tree()
    both_here = threading.Barrier(2)
    monkeypatch.setattr("roles.services.teams.hold_tree", after(both_here, hold_tree))
    results = at_once(lambda: moved(*first), lambda: moved(*second))
    assert {type(result) for result in results} == {str, TeamBelowItself}
    assert list(misplaced_teams()) == []
    assert len(Team.objects.get(code="ORG").path) == Team.STEP


def after(barrier: threading.Barrier, hold: Callable[[], None]) -> Callable[[], None]:
    def wait_and_hold() -> None:
        # On SQLite a transaction that has begun is alone, so there is nobody to wait for.
        if connection.vendor == "postgresql":
            barrier.wait(timeout=20)
        hold()

    return wait_and_hold


@pytest.mark.django_db(transaction=True)
def test_of_two_moves_by_sql_at_once_that_would_make_a_cycle_one_is_refused() -> None:
    """The guard of the database alone: neither of the two goes through the service that holds the tree."""
    tree()
    both_here = threading.Barrier(2)

    def go(team: str, parent: str) -> object:
        target = Team.objects.get(code=parent)
        if connection.vendor == "postgresql":
            both_here.wait(timeout=20)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE roles_team SET parent_id = %s, path = %s WHERE code = %s",
                [target.pk, target.path + Team.objects.get(code=team).step, team],
            )
        return "moved"

    results = at_once(lambda: go("A", "B"), lambda: go("B", "A"))
    assert results.count("moved") == 1
    assert "team_never_below_itself" in str(next(result for result in results if result != "moved"))
    assert (parents()["A"], parents()["B"]) in {("B", "ORG"), ("ORG", "A")}


@pytest.mark.django_db(transaction=True)
def test_many_moves_and_new_teams_at_once_leave_one_tree_with_right_paths() -> None:
    tree()

    def shuffle(*moves: Move) -> None:
        for team, parent in moves * 4:
            try:
                moved(team, parent)
            except TeamBelowItself:
                continue

    def grow() -> None:
        for number in range(8):
            Team.objects.create(code=f"N{number}", name="New", parent=Team.objects.get(code="AAA"))

    works = at_once(lambda: shuffle(("A", "B"), ("AA", "ORG")), lambda: shuffle(("B", "AAA"), ("B", "ORG")), grow)
    assert works == [None, None, None]
    assert Team.objects.within(Team.objects.get(code="ORG")).count() == 5 + 8
    assert list(misplaced_teams()) == []
