"""What is wrong with the files of an import, in words for who sent them."""

from __future__ import annotations

from collections.abc import Callable

#: So many bad rows are named; of the rest only the number is told.
NAMED_AT_MOST = 100

SHOWN_OF_A_VALUE = 60


class ImportRefused(Exception):
    """The files cannot be imported, and nothing was written. `problems` says why, at most 100 lines and a count."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(f"{problems.count} problems")
        self.problems = problems.lines()


class BadCell(ValueError):
    """A cell that cannot be taken as it is; the message is the part after the column's name."""


class Later:
    """A message that takes time to word, and is worded only if it is shown."""

    def __init__(self, word: Callable[[], str]) -> None:
        self.word = word

    def __str__(self) -> str:
        return self.word()


class Problems:
    """Collects what is wrong, in the order in which it is found."""

    def __init__(self) -> None:
        self.named: list[str] = []
        self.count = 0

    def __bool__(self) -> bool:
        return self.count > 0

    def add(self, file: str, line: int | None, column: str | None, message: object) -> None:
        """Note one problem as `file:line: column: message`, leaving out what it is not about."""
        self.count += 1
        if len(self.named) < NAMED_AT_MOST:
            where = file if line is None else f"{file}:{line}"
            self.named.append(": ".join(part for part in (where, column, str(message)) if part))

    def lines(self) -> list[str]:
        """The named problems, and how many more there are."""
        more = self.count - len(self.named)
        return [*self.named, f"... and {more} more bad rows"] if more else self.named


def shown(value: str) -> str:
    """The value in quotes, safe on one line of a terminal, and cut where it is long."""
    return repr(value if len(value) <= SHOWN_OF_A_VALUE else value[:SHOWN_OF_A_VALUE] + "…")
