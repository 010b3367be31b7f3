"""A cell can be told from every other without colour, and says in words what it shows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reports.presentation.marks import mark_of
from reports.queries import lapsed
from reports.standings import Result, State, last_to_count
from roles.models import Competency, Person
from tests.organisation import OrganisationFiles


@pytest.mark.parametrize(
    ("state", "level", "required", "verified", "expected"),
    [
        (State.MET, 3, 2, True, ("s-verified", "3", "", "level 3, 2 required: met, verified")),
        (State.MET, 3, 2, False, ("s-claimed", "3", "", "level 3, 2 required: met, claimed")),
        (State.GAP, 0, 1, True, ("s-gap d1", "0", "/1", "level 0, 1 required: gap")),
        (State.GAP, 0, 4, True, ("s-gap d3", "0", "/4", "level 0, 4 required: gap")),
        (State.EXPIRED, 2, 2, None, ("s-expired", "2", "", "level 2 has expired, 2 required")),
        (State.EXPIRED, None, 2, None, ("s-expired", "–", "", "expired, 2 required")),
        (State.NOT_ASSESSED, None, 2, None, ("s-unknown", "?", "", "not assessed, 2 required")),
        (State.EXEMPT, None, 2, None, ("s-exempt", "ex", "", "exempt, 2 would be required")),
        (State.NOT_REQUIRED, 2, None, False, ("s-surplus", "2", "", "level 2, not required")),
    ],
)
def test_the_mark_of_a_cell(state: State, level: Any, required: Any, verified: Any, expected: tuple[str, ...]) -> None:
    assert tuple(mark_of(state=state, level=level, required=required, verified=verified)) == expected


def result(order: int, level: int, assessed: int, expires: int, *, verified: bool = True) -> Result:
    return Result(order, 1, level, verified, date(2024, 1, assessed), date(2024, 1, expires), withdrawn=False)


@pytest.mark.parametrize(
    ("results", "policy", "order"),
    [
        pytest.param([], "latest", None, id="nothing"),
        pytest.param([result(1, 1, 2, 9), result(2, 3, 3, 5)], "latest", 1, id="the one that counted longest"),
        pytest.param([result(1, 1, 2, 9), result(2, 3, 3, 9, verified=False)], "latest_verified", 1, id="verified"),
        pytest.param([result(1, 1, 2, 9), result(2, 3, 3, 9, verified=False)], "latest", 2, id="the later"),
        pytest.param([result(1, 1, 2, 4), result(2, 3, 9, 9)], "latest", 1, id="one that never counted"),
    ],
)
def test_what_decided_before_everything_expired(results: list[Result], policy: str, order: int | None) -> None:
    found = last_to_count(results, policy)
    assert (found and found.order) == order


def test_what_an_expired_cell_held_is_read_from_the_results(
    db: None, tmp_path: Any, django_assert_num_queries: Any
) -> None:
    OrganisationFiles(tmp_path).small().as_import()
    cells = [(Person.objects.get(employee_id=e).pk, Competency.objects.get(code="C-1").pk) for e in ("E1", "E2")]

    with django_assert_num_queries(2):
        found = lapsed(cells, as_of=date(2026, 2, 1))

    assert {cell: row.result_id for cell, row in found.items()} == {cells[0]: "R1"}
    assert lapsed(cells, as_of=date(2026, 1, 31)) == {}
