"""How far a long piece of work has come, for whoever watches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Called with what is being done, how much of it is done, and how much there is (None: not known).
Reporter = Callable[[str, int, int | None], None]

_reporter: ContextVar[Reporter | None] = ContextVar("progress", default=None)


@contextmanager
def reported_to(reporter: Reporter) -> Iterator[None]:
    """Send what `report` says inside to `reporter`."""
    token = _reporter.set(reporter)
    try:
        yield
    finally:
        _reporter.reset(token)


def report(what: str, done: int, total: int | None = None) -> None:
    """Say how far `what` has come; nobody needs to be listening."""
    reporter = _reporter.get()
    if reporter is not None:
        reporter(what, done, total)
