"""Who acts, by which surface and from where: what every event of the audit trail says beside what was done."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Acting:
    """Who acts and how. The actor may be a function, for where it is known only once something is done."""

    actor: str | Callable[[], str] = ""
    surface: str = "other"
    origin: str = ""
    request_id: str = ""

    @property
    def name(self) -> str:
        """The user name of who acts; empty where nobody is known."""
        return self.actor if isinstance(self.actor, str) else self.actor()


_NOBODY = Acting()
_acting: ContextVar[Acting] = ContextVar("acting", default=_NOBODY)


def who_acts() -> Acting:
    """What has been said of who acts here."""
    return _acting.get()


@contextmanager
def acting(**known: str | Callable[[], str]) -> Iterator[None]:
    """Say who acts and how inside; what is not said stays as it was around it. See Acting for the names."""
    token = _acting.set(replace(_acting.get(), **known))  # type: ignore[arg-type]  # a wrong name is a TypeError
    try:
        yield
    finally:
        _acting.reset(token)


def system_user() -> str:
    """Who runs a command, by the operating system's name for them: `os:ada`; only `os` where it has none."""
    try:
        return f"os:{getpass.getuser()}"
    except (KeyError, OSError):
        return "os"
