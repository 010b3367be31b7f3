"""The first look at a team, by its key or by the code that a reader asks for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reports.counters.building import build
from reports.queries.look import look_at, look_for
from roles.models import Team, User
from tests.reports.pages import PAST

DAY = date.fromisoformat(PAST)


@pytest.mark.parametrize("counted_from", [1, 0], ids=["by counters", "by standings"])
def test_a_reader_looks_at_the_teams_that_are_visible_to_them_and_at_no_other(
    people: dict[str, User], settings: Any, counted_from: int
) -> None:
    settings.COUNTERS_FROM = counted_from
    build()
    for who, reader in people.items():
        visible = set(Team.objects.visible_to(reader))
        for team in Team.objects.all():
            look = look_for(team.code, DAY, reader=reader)
            assert (look is not None) == (team in visible), (who, team.code)
            if look is not None:
                assert look == look_at(team, DAY)
                assert (look.team.code, look.team.name, look.team.path) == (team.code, team.name, team.path)
        assert look_for("NONE", DAY, reader=reader) is None
    seen = {who: Team.objects.visible_to(reader).count() for who, reader in people.items()}
    assert 0 < seen["manager"] < seen["auditor"] == Team.objects.count()
    assert seen["stranger"] == 0
