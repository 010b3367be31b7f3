"""Finding keys that stand twice in a file, however long it is."""

from __future__ import annotations

import tracemalloc

import pytest

from assessments.importing import tables
from assessments.importing.first_lines import first_lines
from tests.assessments.conftest import Refused
from tests.organisation import OrganisationFiles


def test_each_key_has_the_line_it_first_came_in() -> None:
    with first_lines() as known:
        assert list(known.of(["a", "b", 'c"'], [2, 3, 4])) == [2, 3, 4]
        assert list(known.of(["d", "b", "d"], [5, 9, 10])) == [5, 3, 5]
        assert list(known.of(['c"', "é", "a\n"], [11, 12, 14])) == [4, 12, 14]


def test_keys_of_a_long_file_are_not_kept_in_memory() -> None:
    tracemalloc.start()
    try:
        with first_lines() as known:
            for number in range(0, 100_000, 1_000):
                known.of([f"R{key:09d}" for key in range(number, number + 1_000)], range(number, number + 1_000))
            _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A dictionary of them takes 20 MB; what is left are eight bytes for each.
    assert most < 3_000_000


def test_a_key_that_comes_again_much_later_is_found(
    db: None, files: OrganisationFiles, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "CHECKED_TOGETHER", 2)
    for number in (901, 902, 903, 904, 902, 905):
        files.add("people", (f"E{number}", "Somebody", "", "2024-01-01", ""))

    assert refused(files) == ["people.csv:9: employee_id: the same as in line 6; a key stands once"]
