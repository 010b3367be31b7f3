"""How far a change of the rules reaches. No database here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Reach(NamedTuple):
    """A change that touches these competencies, on these days and after; people's teams and roles stay as they are."""

    competencies: frozenset[int]
    from_on: date


def all_of(reaches: Iterable[Reach | None]) -> Reach | None:
    """How far several changes reach together; None, as one of them may, reaches everything."""
    found: Reach | None = None
    for reach in reaches:
        if reach is None:
            return None
        found = Reach(found.competencies | reach.competencies, min(found.from_on, reach.from_on)) if found else reach
    return found
