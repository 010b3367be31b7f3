"""Where a team stands among those that are counted, by its path. No database here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from roles.paths import STEP


class Place(NamedTuple):
    """A team by its path and key."""

    path: str
    pk: int


def teams_on(path: str) -> list[int]:
    """The keys of the teams on a path, from the root down."""
    return [int(path[at : at + STEP]) for at in range(0, len(path), STEP)]


def child_towards(path: str, below: str) -> int:
    """The key of the direct child of the team with a path towards a team below it; 0 for the team itself."""
    step = below[len(path) : len(path) + STEP]
    return int(step) if step else 0


def nearest_counted(chain: Sequence[int], counted: Collection[int], *, below: int) -> tuple[int, int] | None:
    """Of the first `below` teams of a chain the last that is counted, and its child towards the end of the chain.

    The child is 0 where the chain ends with the team; None if none of them is counted.
    """
    for place in range(below - 1, -1, -1):
        if chain[place] in counted:
            return chain[place], chain[place + 1] if place + 1 < len(chain) else 0
    return None
