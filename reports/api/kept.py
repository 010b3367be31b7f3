"""Answers that are kept for as long as nothing has changed, so that what is asked again is not computed again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from roles.audit import State, state

#: So much a process keeps, of all answers together.
MOST_BYTES = 32 * 1024**2


class Kept:
    """Answers of this process by what was asked, each good for one state of the facts (roles/audit.py).

    No answer is older than the question: the database is asked for the state each time, and every change of a fact, by
    whichever process, has moved it on by the time that the change can be seen.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._bytes, self._lock = most_bytes, 0, Lock()
        self._answers: OrderedDict[Hashable, tuple[State, bytes]] = OrderedDict()

    def answer(self, asked: Hashable, make: Callable[[], bytes]) -> bytes:
        """The answer to what is asked: the one that is kept, or a new one, which is kept then."""
        before = state()
        with self._lock:
            was, kept = self._answers.get(asked, (None, b""))
        if was is not None and was == before:
            return kept
        made = make()
        # What was written meanwhile may be in one part of the answer and not in another.
        if before is not None and before == state():
            self._keep(asked, before, made)
        return made

    def _keep(self, asked: Hashable, now: State, made: bytes) -> None:
        with self._lock:
            _, old = self._answers.pop(asked, (now, b""))
            self._answers[asked] = now, made
            self._bytes += len(made) - len(old)
            while self._bytes > self._most:
                _, (_, oldest) = self._answers.popitem(last=False)
                self._bytes -= len(oldest)
