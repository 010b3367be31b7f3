"""What has to be seen while somebody holds SQLite's only writer: kept in small files in a folder beside the database.

On PostgreSQL others write on meanwhile, and what is kept here stands in its tables: `folder` gives None there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection

SUFFIX = ".json"


def folder() -> Path | None:
    """The folder beside the file of the database; None where there is none to keep anything in."""
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite has it
        return None
    database = Path(connection.settings_dict["NAME"])
    return database.with_name(f"{database.name}-background")


def keep(name: str, values: dict[str, Any]) -> None:
    """Write what JSON can hold under a name, in place of what was there; a reader sees the one or the other."""
    place = folder()
    if place is None:
        return
    place.mkdir(mode=0o700, exist_ok=True)
    new = place / f".{name}.{os.getpid()}"
    new.write_text(json.dumps(values), encoding="utf-8")
    new.replace(place / f"{name}{SUFFIX}")


def kept(name: str) -> dict[str, Any] | None:
    """What is kept under the name, if anything is."""
    place = folder()
    if place is None:
        return None
    try:
        found: dict[str, Any] = json.loads((place / f"{name}{SUFFIX}").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def names(beginning: str) -> list[str]:
    """The names that begin so, under which something is kept, in order."""
    place = folder()
    if place is None:
        return []
    return sorted(path.name.removesuffix(SUFFIX) for path in place.glob(f"{beginning}*{SUFFIX}"))


def forget(name: str) -> None:
    """Keep nothing under the name any more."""
    place = folder()
    if place is not None:
        (place / f"{name}{SUFFIX}").unlink(missing_ok=True)


def forget_naming(names: Callable[[str], bool]) -> None:
    """Forget whatever names somebody, as the function says of a text."""
    place = folder()
    for path in place.glob(f"*{SUFFIX}") if place is not None else ():
        with suppress(OSError, ValueError):
            if names(json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False)):
                path.unlink()


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Hold a name for the block, without waiting: False inside if somebody else does, in whatever process.

    Whoever dies with it in hand lets go of it. Always True where nothing is kept here.
    """
    place = folder()
    if place is None:
        yield True
        return
    import fcntl  # noqa: PLC0415 - not on Windows, where no worker runs

    place.mkdir(mode=0o700, exist_ok=True)
    with (place / f"{name}.lock").open("w", encoding="utf-8") as lock:
        held = False
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        yield held
