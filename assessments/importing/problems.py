"""What is wrong with the files of an import, in words for who sent them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

#: So many bad rows are named; of the rest only the number is told.
NAMED_AT_MOST = 100

SHOWN_OF_A_VALUE = 60


class ImportRefused(Exception):
    """The files cannot be imported, and nothing was written.

    `problems` says why, a line for each that is named and a count of the others; `found` has the named ones in their
    parts, `count` is how many there are, and `outcomes` what the rows that are sound would do.
    """

    def __init__(self, problems: Problems, outcomes: Sequence[Any] = ()) -> None:
        super().__init__(f"{problems.count} problems")
        self.problems = problems.lines()
        self.found, self.count, self.outcomes = problems.named, problems.count, list(outcomes)


class BadCell(ValueError):
    """A cell that cannot be taken as it is; the message is the part after the column's name."""


class Later:
    """A message that takes time to word, and is worded only if it is shown.

    `word` is told whether there is time to look for what may have been meant.
    """

    def __init__(self, word: Callable[[bool], str]) -> None:
        self.word = word

    def __str__(self) -> str:
        return self.word(True)


class Problem(NamedTuple):
    """One thing that is wrong; without a line it is about the whole file, without a column about the whole row."""

    file: str
    line: int | None
    column: str | None
    message: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (where, self.column, self.message) if part)


class Problems:
    """Collects what is wrong, in the order in which it is found; at most so many are named, the others counted."""

    def __init__(self, at_most: int = NAMED_AT_MOST) -> None:
        self.at_most = at_most
        self.named: list[Problem] = []
        self.count = 0

    def __bool__(self) -> bool:
        return self.count > 0

    def add(self, file: str, line: int | None, column: str | None, message: object) -> None:
        """Note one problem."""
        self.count += 1
        named = len(self.named)
        if named < self.at_most:
            words = message.word(named < NAMED_AT_MOST) if isinstance(message, Later) else str(message)
            self.named.append(Problem(file, line, column, words))

    def lines(self) -> list[str]:
        """The named problems, and how many more there are."""
        named, more = [str(problem) for problem in self.named], self.count - len(self.named)
        return [*named, f"... and {more} more bad rows"] if more else named


def shown(value: str) -> str:
    """The value in quotes, safe on one line of a terminal, and cut where it is long."""
    return repr(value if len(value) <= SHOWN_OF_A_VALUE else value[:SHOWN_OF_A_VALUE] + "…")
