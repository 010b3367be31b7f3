"""Filters: what is no value of one is told by its name, and never answered with nothing or with everything."""

from __future__ import annotations

from typing import Any

import pytest

from reports.api.filters import Filters
from roles.models import Role

from .addresses import patterns
from .conftest import Calling
from .reading import API, listed, wrong
from .things import add_the_rest

CODES = ("team", "parent", "role", "competency", "threat", "employee_id", "family", "version")
JUNK = ["nothing", "S1,", ",", "S1,nothing", " S1", "9" * 400, "*", "'", "%", "[]", "\u017f", "\u202e"]


def lists() -> list[tuple[str, dict[str, Any]]]:
    """The path of each list without a place in it, with its filters."""
    found = []
    for _, path, pattern in patterns():
        filterset = getattr(getattr(pattern.callback, "cls", None), "filterset_class", None)
        if filterset and "<" not in path and issubclass(filterset, Filters):
            found.append((path.removeprefix(API), filterset.base_filters))
    return found


@pytest.mark.parametrize("value", JUNK)
def test_a_code_that_there_is_not_is_an_error(calling: Calling, value: str) -> None:
    auditor = calling("auditor")
    for path, filters in lists():
        for name in filters.keys() & set(CODES):
            assert wrong(auditor, path, **{name: value}).keys() == {name}, (path, name)


@pytest.mark.parametrize("value", ["", "x" * 2001, "a\0b", "\ufffd"])
def test_what_is_no_text_is_an_error_in_every_filter(calling: Calling, value: str) -> None:
    auditor = calling("auditor")
    for path, filters in lists():
        for name in filters:
            assert wrong(auditor, path, **{name: value}).keys() == {name}, (path, name)


@pytest.mark.parametrize(
    ("path", "name", "values"),
    [
        ("results/", "method", ["exams", "exam,", "EXAM", "exam,oral"]),
        ("results/", "verified", ["1", "yes", "True", "null"]),
        ("results/", "withdrawn", ["0", "x"]),
        ("people/", "active", ["2026-01-01", "TRUE"]),
        ("people/", "q", [" ", "x" * 201]),
        ("people/", "as_of", ["today", "2026-02-30", "2026-2-1", "9999-12-31", "20260201", "-0001-01-01"]),
        ("people/", "ordering", ["name", "employee_id,name", "--employee_id", "pk", "?", "person__user__password"]),
        ("people/", "fields", ["nothing", "name,", "name,user"]),
        ("people/", "page_size", ["0", "1001", "-1", "1.5", "٣", "9" * 5000][:5]),
        ("people/", "cursor", ["x", "W10", "W251bGxd", "WzFd", "W1tdLDFd", "WyJhIiwiYiJd", "e30", "WyJcdTAwMDAiLDFd"]),
        ("results/", "cursor", ["Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ==x"]),
        ("competencies/", "dimension", ["depth", "technical,"]),
        ("competencies/", "stage", ["retirement"]),
        (
            "results/",
            "updated_since",
            [
                "2026-01-01",
                "2026-01-01T00:00:00",
                "2026-01-01T00:00:00 02:00",
                "2026-13-01T00:00:00Z",
                "2026-01-01T25:00:00Z",
                "0001-01-01T00:00:00+14:00",
                "9999-12-31T23:59:59-14:00",
                "٢٠٢٦-01-01T00:00:00Z",
                "yesterday",
            ],
        ),
    ],
)
def test_what_is_no_value_is_an_error_by_its_name(calling: Calling, path: str, name: str, values: list[str]) -> None:
    auditor = calling("auditor")
    for value in values:
        assert wrong(auditor, path, **{name: value}).keys() == {name}, value


def test_every_filter_that_is_wrong_is_told(calling: Calling) -> None:
    found = wrong(calling("auditor"), "results/", team="X", method="oral", verified="maybe")
    assert found == {
        "team": "There is no team 'X', or it is not yours to see.",
        "method": "'oral' is none of self, peer, manager, exam, credential, practical.",
        "verified": "Write true or false.",
    }


def test_a_team_or_person_that_is_hidden_is_as_one_that_is_not_there(calling: Calling) -> None:
    manager = calling("manager")
    for path, filters in lists():
        for name, hidden in (("team", "OPS"), ("employee_id", "F1")):
            if name in filters:
                said = [wrong(manager, path, **{name: code})[name].replace(code, "") for code in (hidden, "XY")]
                assert said[0] == said[1], path


def test_a_code_with_a_comma_in_it_can_be_asked_for_alone(calling: Calling) -> None:
    Role.objects.create(code="A,B", title="Odd")
    assert listed(calling("auditor"), "people/", "employee_id", role="A,B") == []
    assert wrong(calling("auditor"), "people/", role="A,B,ENG").keys() == {"role"}


def test_a_role_that_everybody_holds_leaves_everybody(calling: Calling) -> None:
    Role.objects.create(code="ALL", title="Everybody", held_by_everyone=True)
    auditor = calling("auditor")
    everybody = listed(auditor, "people/", "employee_id")
    assert listed(auditor, "people/", "employee_id", role="ALL") == everybody
    assert listed(auditor, "people/", "employee_id", role="LEAD,ALL") == everybody


def test_a_filter_that_narrows_by_several_things_repeats_no_row(calling: Calling) -> None:
    add_the_rest()
    auditor = calling("auditor")
    assert listed(auditor, "results/", "result_id", threat="T-1,T-1", team="ORG,SEC,RED", role="ENG,ENG") == ["R1"]
