"""Answers that are kept with a mark of what they are made of, so that of the same nothing is computed again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

#: So much a process keeps, of all answers together.
MOST_BYTES = 32 * 1024**2


class Kept:
    """Answers of this process by what was asked, each with a mark of what it is made of.

    No answer is older than the question: what it is made of is read each time, and just what follows from that is not
    computed again.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._bytes, self._lock = most_bytes, 0, Lock()
        self._answers: OrderedDict[Hashable, tuple[bytes, bytes]] = OrderedDict()

    def answer(self, asked: Hashable, mark: bytes | None, make: Callable[[], bytes]) -> bytes:
        """The answer to what is asked: the one that is kept with this mark, or a new one, kept if there is a mark."""
        with self._lock:
            was, kept = self._answers.get(asked, (None, b""))
        if was is not None and was == mark:
            return kept
        made = make()
        if mark is not None:
            self._keep(asked, mark, made)
        return made

    def _keep(self, asked: Hashable, mark: bytes, made: bytes) -> None:
        with self._lock:
            _, old = self._answers.pop(asked, (mark, b""))
            self._answers[asked] = mark, made
            self._bytes += len(made) - len(old)
            while self._bytes > self._most:
                _, (_, oldest) = self._answers.popitem(last=False)
                self._bytes -= len(oldest)
