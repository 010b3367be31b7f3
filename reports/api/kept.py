"""Answers that are kept with a mark of what they are made of, so that of the same nothing is computed again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Protocol

#: So much a process keeps, of all answers and marks together.
MOST_BYTES = 32 * 1024**2


class Mark(Protocol):
    """What an answer is made of: it equals what the same answer is made of, and nothing else."""

    @property
    def size(self) -> int:
        """About how many bytes it takes."""


class Kept:
    """Answers of this process by what was asked, each with a mark of what it is made of.

    No answer is older than the question: what it is made of is read each time, and just what follows from that is not
    computed again. Marks are compared as they are: a hash would take longer to make than all else that is done here.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._bytes, self._lock = most_bytes, 0, Lock()
        self._answers: OrderedDict[Hashable, tuple[Mark, bytes]] = OrderedDict()

    def answer(self, asked: Hashable, mark: Mark | None, make: Callable[[], bytes]) -> bytes:
        """The answer to what is asked: the one that is kept with this mark, or a new one, kept if there is a mark."""
        with self._lock:
            was, kept = self._answers.get(asked, (None, b""))
        if mark is not None and was == mark:
            return kept
        made = make()
        if mark is not None:
            self._keep(asked, mark, made)
        return made

    def _keep(self, asked: Hashable, mark: Mark, made: bytes) -> None:
        with self._lock:
            self._forget(asked)
            self._answers[asked] = mark, made
            self._bytes += mark.size + len(made)
            while self._bytes > self._most:
                self._forget(next(iter(self._answers)))

    def _forget(self, asked: Hashable) -> None:
        if (kept := self._answers.pop(asked, None)) is not None:
            mark, made = kept
            self._bytes -= mark.size + len(made)
