"""What is counted in a cell, as the lanes of one whole number, so that one addition adds all of them.

A lane is 32 bits. Numbers add up lane by lane, also where some are negative, as long as no lane of the result is.
No database here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from reports.kinds import ALL, REQUIREMENTS, cells_of, every_kind, unpacked
from reports.measures import COUNTED, HOLDER_LEVEL, Cells, Measures
from reports.standings import State, state_of

LANES = 14
BITS = 32
#: A vector in bytes.
WIDTH = LANES * BITS // 8
#: In words of 64 bits, the lower lanes first. To add up vectors is to add up each of their words.
WORDS = WIDTH // 8
#: Whole numbers of 64 bits.
Column = npt.NDArray[np.int64]
#: A row of LANES such numbers for each vector.
Lanes = npt.NDArray[np.int64]

# Of a competency and of a team: what is counted of measures, and of a team also how many people are there and how many
# of them have never been assessed in something that is required.
_MEASURES = struct.Struct(f"<{len(COUNTED)}I")
PEOPLE, UNASSESSED = len(COUNTED), len(COUNTED) + 1

#: One person, of those who are there; one who was never assessed in something required.
PERSON = 1
PERSON_OF_TEAM = 1 << BITS * PEOPLE
UNASSESSED_PERSON = 1 << BITS * UNASSESSED

_BELOW_NOTHING = "A counter is below nothing."


def in_bytes(vector: int) -> bytes:
    """The vector as it is stored."""
    return vector.to_bytes(WIDTH, "little", signed=True)


def from_bytes(stored: bytes) -> list[int]:
    """The vectors that stand one behind the other."""
    read = int.from_bytes
    return [read(stored[at : at + WIDTH], "little", signed=True) for at in range(0, len(stored), WIDTH)]


def words_in(stored: bytes) -> Column:
    """Vectors that are stored one behind the other, as columns of words."""
    words = np.frombuffer(stored, "<i8").reshape(-1, WORDS).T.astype(np.int64)
    # Read with a sign, a word whose first bit is set stands for less than nothing, and for one more in the next.
    words[1:] += words[:-1] < 0
    return words


def stored_vectors(words: Column) -> npt.NDArray[np.void]:
    """Each vector as the bytes of `vectors.in_bytes`: what a word is below nothing is taken from the next one."""
    carried = words.copy()
    for word in range(WORDS - 1):
        carried[word + 1] += carried[word] >> 63
    return np.ascontiguousarray(carried.T.astype("<i8", copy=False)).view(f"V{WIDTH}").ravel()


@cache
def measured(kind: int) -> int:
    """One person who stands in that way, by what is required of them."""
    measures = Measures()
    measures.add(cells_of(kind))
    return _vector_of(measures)


def measures_of(vector: int) -> Measures:
    """The measures of a cell; ValueError if anything is counted below nothing."""
    return Measures.counted(_MEASURES.unpack_from(_in_bytes(vector)))


def lanes_in(stored: bytes) -> Lanes:
    """The lanes of vectors that are stored one behind the other; ValueError if anything is counted below nothing."""
    lanes = np.frombuffer(stored, "<u4").reshape(-1, LANES).astype(np.int64)
    if (lanes[:, -1] >> BITS - 1).any():
        raise ValueError(_BELOW_NOTHING)
    return lanes


def lanes_of_words(words: Column) -> Lanes:
    """The lanes of sums of vectors; ValueError if anything is counted below nothing."""
    if (words < 0).any():
        raise ValueError(_BELOW_NOTHING)
    # Two lanes of which none is below nothing stand in each word, so that nothing is to be taken from the next one.
    return words.T.astype("<i8", order="C").view("<u4").astype(np.int64)


@cache
def lanes_of(vector_of: Callable[[int], int]) -> Lanes:
    """The lanes of one person of each kind, in the row with its number; `vector_of` is `measured` or `evidence`."""
    found = np.zeros((ALL + 1, LANES), np.int64)
    kinds = list(every_kind())
    found[kinds] = lanes_in(b"".join(in_bytes(vector_of(kind)) for kind in kinds))
    return found


def _in_bytes(vector: int) -> bytes:
    if vector < 0:
        raise ValueError(_BELOW_NOTHING)
    return vector.to_bytes(WIDTH, "little")


# Of a role and a competency: what is known of those who hold the role, whatever it requires of them, so that another
# requirement changes nothing here. Who is exempt stays so whatever their level, but may be one who holds it.
_EXPIRED, _NOT_ASSESSED = (None, None, False, True), (None, None, False, False)
_EXEMPT, _EXEMPT_HOLDER = (None, None, True, False), (HOLDER_LEVEL, False, True, False)
_KNOWN: list[tuple[int | None, bool | None, bool, bool]] = [
    *((level, verified, False, False) for level in range(5) for verified in (False, True)),
    _EXPIRED,
    _NOT_ASSESSED,
    _EXEMPT,
    _EXEMPT_HOLDER,
]


@cache
def evidence(kind: int) -> int:
    """One person by what is known of them; nothing where nothing is required of them."""
    lane = evidence_lane(kind)
    return 0 if lane < 0 else 1 << BITS * lane


@cache
def evidence_lane(kind: int) -> int:
    """The lane in which one person is counted by what is known of them; -1 where nothing is required of them."""
    required, _, level, verified, state = unpacked(kind)
    if required is None:
        return -1
    if state == State.EXEMPT:
        known = _EXEMPT if level is None or level < HOLDER_LEVEL else _EXEMPT_HOLDER
    elif level is None:
        known = _EXPIRED if state == State.EXPIRED else _NOT_ASSESSED
    else:
        known = (level, bool(verified), False, False)
    return _KNOWN.index(known)


def requirement_numbers(requirements: Sequence[tuple[int, int]]) -> Column:
    """Requirements, a level and a weight each, as numbers."""
    return np.array([required << 2 | weight for required, weight in requirements], np.int64)


def measured_by(lanes: Lanes, requirements: Column) -> Lanes:
    """What is counted of measures (COUNTED) in each cell of evidence, against the requirement beside it."""
    found: Lanes = (lanes[:, np.newaxis] @ _against()[requirements])[:, 0]
    return found


@cache
def _against() -> npt.NDArray[np.int64]:
    """For each requirement and lane of evidence, the measures that one person there counts in against it."""
    found = np.zeros((1 << 5, LANES, len(COUNTED)), np.int64)
    for required, weight in REQUIREMENTS:
        for lane, (level, verified, exempt, expired) in enumerate(_KNOWN):
            state = state_of(required=required, level=level, exempt=exempt, expired=expired)
            measures = Measures()
            measures.add(Cells(1, required, weight, level, verified, state))
            found[requirement_numbers([(required, weight)]), lane] = [getattr(measures, name) for name in COUNTED]
    return found


def _vector_of(measures: Measures) -> int:
    return sum(getattr(measures, name) << BITS * lane for lane, name in enumerate(COUNTED))
