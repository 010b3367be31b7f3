"""What is counted, by whom it is about: the keys of cells, and changes of cells by day. No database here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TypeVar

import numpy as np
import numpy.typing as npt

#: A cell: a number as `competency_cell` and the others make it, or, in text, a set of roles (their keys with commas),
#: in whose cell people are counted who hold just these.
Key = int | str

#: Cells by their numbers, as they are stored (`as_number`).
Numbers = npt.NDArray[np.uint64]
#: One number, or a column of them.
Number = TypeVar("Number", int, npt.NDArray[np.int64])

#: By day (date.toordinal) and cell, how the vector changes from that day on.
Changes = dict[int, dict[Key, int]]
#: Changes by the key of a team.
ByTeam = dict[int, Changes]


class Kind(IntEnum):
    """What a cell is about, as its number says."""

    ROLE_SET = 0
    COMPETENCY = 1
    ROLE = 2
    TEAM = 3


_COMPETENCY, _ROLE, _TEAM = Kind.COMPETENCY.value, Kind.ROLE.value, Kind.TEAM.value
#: The bits of a kind of cell, and of the key of a competency.
_KIND_BITS, _KEY_BITS = 2, 31
_KIND_MASK = (1 << _KIND_BITS) - 1

#: The team itself: who is in it directly. To a ledger, everybody is.
OWN_TEAM = _TEAM


def competency_cell(competency: Number) -> Number:
    """The cell of everybody in scope in the competency."""
    return competency << _KIND_BITS | _COMPETENCY


def role_cell(role: Number, competency: Number) -> Number:
    """The cell of those in scope who hold the role, in the competency."""
    return (role << _KEY_BITS | competency) << _KIND_BITS | _ROLE


def team_cell(child: Number) -> Number:
    """The cell of those in or below a direct child; 0 for those in the team itself."""
    return child << _KIND_BITS | _TEAM


def team_of(key: int) -> int:
    """The child of a cell of a team, 0 for the team itself."""
    return key >> _KIND_BITS


def is_of_team(key: Key) -> bool:
    """Whether it is the cell of a team."""
    return not isinstance(key, str) and key & _KIND_MASK == _TEAM


def as_number(key: Key, texts: list[str]) -> int:
    """The number of a cell as it is stored; a set of roles is told by its place among the texts, where it is put."""
    if isinstance(key, str):
        texts.append(key)
        return (len(texts) - 1) << _KIND_BITS
    return key


def keys_of(numbers: Iterable[int], texts: Sequence[str]) -> list[Key]:
    """The cells that are stored as these numbers."""
    return [number if number & _KIND_MASK else texts[number >> _KIND_BITS] for number in numbers]


def told_apart(numbers: Numbers) -> tuple[Numbers, Numbers]:
    """The kind of each cell, and what it is about: a competency, a role in one, a child, or the place of a text."""
    return numbers & np.uint64(_KIND_MASK), numbers >> np.uint64(_KIND_BITS)


def add(into: Changes, day: int, key: Key, vector: int) -> None:
    """Add a vector to the changes of a cell on a day."""
    on_day = into.get(day)
    if on_day is None:
        on_day = into[day] = {}
    on_day[key] = on_day.get(key, 0) + vector


def add_all(into: Changes, changes: Changes, *, team: int | None = None) -> None:
    """Add changes; as those of `team`, a child, where that is given.

    Of a child, what its teams are counted as is not told apart any more.
    """
    child = None if team is None else team_cell(team)
    for day, cells in changes.items():
        on_day = into.get(day)
        if on_day is None:
            on_day = into[day] = {}
        get = on_day.get
        for key, vector in cells.items():
            if child is not None and type(key) is int and key & _KIND_MASK == _TEAM:
                key = child  # noqa: PLW2901
            on_day[key] = get(key, 0) + vector


def without_nothing(changes: Changes) -> Changes:
    """The changes without cells and days on which nothing changes, in the order of days."""
    found: Changes = {}
    for day in sorted(changes):
        cells = {key: vector for key, vector in changes[day].items() if vector}
        if cells:
            found[day] = cells
    return found


def roles_in(key: str) -> frozenset[int]:
    """The roles of a set."""
    return frozenset(map(int, key.split(","))) if key else frozenset()


def role_set(roles: Iterable[int]) -> str:
    """The key of a set of roles."""
    return ",".join(map(str, sorted(roles)))
