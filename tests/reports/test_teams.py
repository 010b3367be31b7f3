"""The list of teams: whose may be seen, as a tree or by words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.organisation import OrganisationFiles

from .pages import having, links, page_of, text


def named(page: Any) -> list[str]:
    """The teams in the list, top to bottom; none where there is no list."""
    trees = [found for found in having(page, "ul") if ("class", "tree") in found.attributes]
    return [text(item) for tree in trees for item in having(tree, "li")]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (
            "administrator",
            [
                "Everybody ORG",
                "Security SEC",
                "Red team RED",
                "Operations OPS",
                "Nobody's team VOID",
                "Idle hands IDLE",
            ],
        ),
        ("manager", ["Security SEC", "Red team RED"]),
        ("staff", []),
        ("stranger", []),
    ],
)
def test_each_reader_sees_their_part_of_the_tree(reader: Any, who: str, expected: list[str]) -> None:
    assert named(page_of(reader(who), "/teams/")) == expected


def test_a_tree_begins_at_the_top_team_of_the_reader(reader: Any, files: OrganisationFiles) -> None:
    files.add("teams", ("RED-1", "Red one", "RED"), ("RED-1-A", "Red one A", "RED-1")).as_import()
    assert named(page_of(reader("manager"), "/teams/")) == ["Security SEC", "Red team RED", "Red one RED-1"]
    assert "Red one RED-1" not in named(page_of(reader("administrator"), "/teams/"))


@pytest.mark.parametrize(("words", "expected"), [("RED", ["Red team RED"]), ("secur", ["Security SEC"]), ("ops", [])])
def test_a_team_is_found_by_its_name_or_code(reader: Any, words: str, expected: list[str]) -> None:
    assert named(page_of(reader("manager"), f"/teams/?q={words}")) == expected


def test_a_link_keeps_the_day(reader: Any) -> None:
    assert "/teams/RED/?as_of=2026-03-01" in links(page_of(reader("manager"), "/teams/?as_of=2026-03-01"))


@pytest.mark.parametrize("words", ["%00", "x" * 101])
def test_words_that_cannot_be_looked_for_are_said_to_be_so(reader: Any, words: str) -> None:
    page = page_of(reader("manager"), f"/teams/?q={words}", status=400)
    [field] = having(page, "input", name="q")
    assert ("aria-invalid", "true") in field.attributes


def test_htmx_gets_the_list_alone(reader: Any) -> None:
    headers = {"HX-Request": "true", "HX-Target": "teams-found"}
    response = reader("manager").get("/teams/?q=red", headers=headers)
    assert b"<html" not in response.content
    assert b"/teams/RED/" in response.content
    assert "HX-Target" in response["Vary"]


def test_many_teams_take_as_many_queries_as_few(
    reader: Any, files: OrganisationFiles, django_assert_num_queries: Any
) -> None:
    client = reader("administrator")
    with django_assert_num_queries(4):
        client.get("/teams/")
    files.add("teams", *[(f"T{number}", f"Team {number}", "ORG") for number in range(250)]).as_import()
    with django_assert_num_queries(4):
        page = page_of(client, "/teams/?page=2")
    assert len(named(page)) == 56
    assert "?page=1" in links(page)
