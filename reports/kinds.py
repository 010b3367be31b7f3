"""How somebody stands in a competency as one number, in which standings are counted; no database here.

From the right: 3 bits for the state, 4 for level and verified (0: not known), 5 for the requirement (0: none).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

from .measures import Cells
from .standings import Standing, State

#: How many bits a kind takes, and those on the right of it that say nothing of the requirement.
BITS, _BARE_BITS = 12, 7
#: What masks a kind, and what the part of it that says nothing of the requirement.
ALL, BARE = (1 << BITS) - 1, (1 << _BARE_BITS) - 1
#: What masks the state alone.
STATE = 0b111

#: What may be required: a level and a weight.
REQUIREMENTS = list(product(range(1, 5), range(1, 4)))
#: What may be known of somebody: a level and whether it is verified, or neither.
KNOWN: list[tuple[int | None, bool | None]] = [(None, None), *product(range(5), (False, True))]


def bare_sql(table: str = "") -> str:
    """SQL for `bare` of a row of standings, which both databases read; `table` is its name with a dot, where needed."""
    return f"coalesce({table}level * 2 + CAST({table}verified AS integer) + 1, 0) * 8 + {table}state"


#: SQL for the kind of a row of standings.
KIND = f"(coalesce(required * 4 + weight, 0) * {BARE + 1} + {bare_sql()})"


def bare(state: State, level: int | None, verified: bool | None) -> int:
    """The kind without the requirement."""
    known = 0 if level is None else level * 2 + bool(verified) + 1
    return known << 3 | state


def kind_of(standing: Standing) -> int:
    """The kind of a standing."""
    required, weight, level, verified, state = standing[5:10]
    asked = 0 if required is None or weight is None else required * 4 + weight
    return asked << _BARE_BITS | bare(state, level, verified)


def every_kind() -> Iterator[int]:
    """The kinds that there are."""
    requirements = [0, *(required * 4 + weight for required, weight in REQUIREMENTS)]
    for asked, state, (level, verified) in product(requirements, State, KNOWN):
        yield asked << _BARE_BITS | bare(state, level, verified)


@cache
def unpacked(kind: int) -> tuple[int | None, int | None, int | None, bool | None, State]:
    """Required, weight, level, verified and state, of a kind."""
    requirement, known, state = kind >> _BARE_BITS, kind >> 3 & 0b1111, State(kind & STATE)
    required, weight = divmod(requirement, 4) if requirement else (None, None)
    level, verified = divmod(known - 1, 2) if known else (None, None)
    return required, weight, level, None if verified is None else bool(verified), state


def cells_of(kind: int, people: int = 1) -> Cells:
    """So many people of a kind."""
    return Cells(people, *unpacked(kind))
