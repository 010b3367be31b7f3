"""What is computed beside comes back as if it had been computed here."""

from __future__ import annotations

import math
import operator
import os

import pytest

from roles.processes import computed_beside, shared_out


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine on which another process is of use."""
    monkeypatch.setattr("roles.processes.os.cpu_count", lambda: 2)


def test_another_process_computes_one_after_the_other(two_processors: None) -> None:
    with computed_beside() as beside:
        roots = [beside(math.isqrt, number) for number in (0, 10**6, 10**40)]
        elsewhere = beside(os.getpid)
        assert [root.result() for root in roots] == [0, 1000, 10**20]
        assert elsewhere.result() != os.getpid()


def test_what_is_wrong_there_is_raised_here_and_nothing_ends_by_it(two_processors: None) -> None:
    with computed_beside() as beside:
        with pytest.raises(ZeroDivisionError):
            beside(operator.floordiv, 1, 0).result()
        assert beside(operator.floordiv, 7, 2).result() == 3


def test_a_process_that_has_ended_is_told_of(two_processors: None) -> None:
    with computed_beside() as beside, pytest.raises(ChildProcessError, match="memory"):
        beside(os._exit, 1).result()


def test_what_it_prints_does_not_stand_between_the_answers(two_processors: None) -> None:
    with computed_beside() as beside:
        beside(print, "something").result()
        assert beside(abs, -1).result() == 1


@pytest.mark.parametrize(("worth_it", "processors"), [(False, 2), (True, 1)], ids=["not worth it", "one processor"])
def test_it_is_done_here_at_once_where_another_process_is_of_no_use(
    monkeypatch: pytest.MonkeyPatch, worth_it: bool, processors: int
) -> None:
    monkeypatch.setattr("roles.processes.os.cpu_count", lambda: processors)
    with computed_beside(worth_it=worth_it) as beside:
        here = beside(os.getpid)
        assert here.done()
        assert here.result() == os.getpid()


def test_work_that_is_shared_out_comes_back_in_order_from_both(two_processors: None) -> None:
    with computed_beside() as beside:
        found = list(shared_out(pow_and_process, ((number,) for number in range(40)), beside))
    assert [result for result, _ in found] == [number**2 for number in range(40)]
    assert len({process for _, process in found}) == 2


def test_what_is_wrong_in_work_that_is_shared_out_is_raised(two_processors: None) -> None:
    with computed_beside() as beside, pytest.raises(ZeroDivisionError):
        list(shared_out(operator.floordiv, ((1, number) for number in range(3)), beside))


def pow_and_process(number: int) -> tuple[int, int]:
    """Something that takes a while, and who did it."""
    sum(range(200_000))
    return number**2, os.getpid()
