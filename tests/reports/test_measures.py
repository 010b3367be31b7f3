"""What is counted, added up and told as shares."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.counters.vectors import (
    LANES,
    evidence,
    in_bytes,
    lanes_in,
    lanes_of,
    lanes_of_words,
    measured,
    words_in,
)
from reports.kinds import every_kind, kind_of, unpacked
from reports.measures import COUNTED, NOTHING, Measures, share, total
from reports.standings import OPEN, Standing, State

COUNTS = st.lists(st.integers(0, 10**9), min_size=len(COUNTED), max_size=len(COUNTED))
MOST = 10**9
TODAY = date(2026, 11, 1)


@given(st.integers(1, MOST).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
@example((1, 32))
@example((1, 20_000))
@example((3, 20_000))
@example((MOST - 1, MOST))
def test_a_share_is_what_python_rounds_the_quotient_to(found: tuple[int, int]) -> None:
    part, whole = found
    assert share(part, whole) == round(part / whole, 4)


def test_every_share_of_a_small_team_is_rounded_as_python_does() -> None:
    for part, whole in product(range(401), repeat=2):
        assert share(part, whole) == (round(part / whole, 4) if whole else None)


@given(st.lists(COUNTS, max_size=5))
def test_counts_add_up_as_measures_do(parts: list[list[int]]) -> None:
    added = Measures()
    for part in parts:
        added.include(Measures.counted(part))
    assert tuple(total(parts)) == tuple(added.counts)
    assert total([]) == NOTHING
    assert Measures.counted(total(parts)).required == added.required


def test_there_is_a_row_of_lanes_for_every_kind_that_a_standing_can_be_of() -> None:
    kinds = list(every_kind())
    assert len(kinds) == len(set(kinds)) == 13 * 6 * 11
    for kind in kinds:
        required, weight, level, verified, state = unpacked(kind)
        assert kind_of(Standing(1, 1, 1, TODAY, OPEN, required, weight, level, verified, state, None)) == kind
        assert isinstance(state, State)
        for vector_of in (measured, evidence):
            [lanes] = lanes_in(in_bytes(vector_of(kind)))
            assert lanes_of(vector_of)[kind].tolist() == lanes.tolist()


@given(st.lists(st.lists(st.integers(0, MOST), min_size=LANES, max_size=LANES), min_size=2, max_size=5))
def test_sums_of_words_are_sums_of_lanes(parts: list[list[int]]) -> None:
    vectors = [sum(number << 32 * lane for lane, number in enumerate(part)) for part in parts]
    less = [vectors[0] - vector for vector in vectors[1:]]
    # Taken away and added again, so that words below nothing are among what is summed.
    stored = b"".join(map(in_bytes, [vectors[0], *(-one for one in less)]))
    summed = words_in(stored)[:, [0]] + words_in(stored)[:, 1:]
    assert lanes_of_words(summed).tolist() == parts[1:]
    assert lanes_of_words(words_in(in_bytes(vectors[0]))).tolist() == [parts[0]]


def test_lanes_below_nothing_are_an_error() -> None:
    with pytest.raises(ValueError, match="below nothing"):
        lanes_of_words(words_in(in_bytes(-1)))
