"""What the commands share: a progress bar where somebody watches, and consoles that know whether they do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from .progress import reported_to


def console(stream: Any) -> Console:
    """A console on a command's stream: colours and the window's width on a terminal, else plain text of 118 columns."""
    file: IO[str] = getattr(stream, "_out", stream)
    terminal = bool(getattr(file, "isatty", lambda: False)())
    return Console(file=file, width=None if terminal else 118, no_color=not terminal, highlight=False, soft_wrap=False)


@contextmanager
def progress_shown_on(stream: Any) -> Iterator[None]:
    """Show what long work reports inside, as bars on a terminal; nothing is shown where nobody watches."""
    watched = console(stream)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=watched, transient=True, disable=not watched.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        with reported_to(show):
            yield
