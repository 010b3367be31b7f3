"""What is counted of a team on a day, told apart by what its cells are about. No database here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from reports.measures import COUNTED, Counts

from .cells import Key, Kind, Numbers, as_number, role_cell, told_apart
from .tally import in_groups, looked_up
from .vectors import PEOPLE, UNASSESSED, Column, Lanes, in_bytes, lanes_in, measured_by, requirement_numbers

# The lane in which those who hold a set of roles are counted, each as a PERSON.
_HOLDERS = 0


# The kinds in order, and one more, before which they end.
_KINDS = np.arange(len(Kind) + 1, dtype=np.uint64)


class Asked:
    """What roles require, a level and a weight by role and competency, so that many cells are looked up at once."""

    def __init__(self, required: Mapping[int, Mapping[int, tuple[int, int]]]) -> None:
        cells = [(role, key) for role, of_role in required.items() for key in of_role]
        self.competencies = [key for _, key in cells]
        #: The roles as they are given, and the place of the first cell of each; behind them how many cells there are.
        self.roles = [*required]
        self.bounds = np.cumsum([0, *map(len, required.values())])
        self.requirements = requirement_numbers([required[role][key] for role, key in cells])
        _, about = told_apart(np.array([role_cell(role, key) for role, key in cells], np.uint64))
        self._order = np.argsort(about)
        self._about = about[self._order]

    def among(self, about: Numbers) -> tuple[Column, Column]:
        """Which of these roles in competencies require something, and the place of each here, in the order of these."""
        rows, found = looked_up(about, self._about)
        places = self._order[found]
        order = np.argsort(places)
        return rows[order], places[order]


class RoleCells(NamedTuple):
    """What is counted of who holds a role, against what it requires by itself: columns, a row for each competency."""

    competencies: list[int]
    counts: list[Counts]


NO_CELLS = RoleCells([], [])


class OnDay:
    """The cells of a team's scope on a day: numbers as they are stored, the texts that these name, and lanes."""

    __slots__ = ("_about", "_bounds", "_lanes", "_texts")

    def __init__(self, numbers: Numbers, texts: Sequence[str], lanes: Lanes) -> None:
        kinds, about = told_apart(numbers)
        # Kind by kind, so that what is asked of one is a stretch.
        order = np.argsort(kinds, kind="stable")
        self._about, self._lanes, self._texts = about[order], lanes[order], texts
        self._bounds = np.searchsorted(kinds[order], _KINDS).tolist()

    @classmethod
    def of(cls, vectors: Mapping[Key, int]) -> OnDay:
        """What is counted by the vectors of cells; ValueError if anything is counted below nothing."""
        texts: list[str] = []
        numbers = np.array([as_number(key, texts) for key in vectors], np.uint64)
        return cls(numbers, texts, lanes_in(b"".join(map(in_bytes, vectors.values()))))

    @classmethod
    def counting(cls, cells: Column, lanes: Lanes) -> OnDay:
        """What is counted in cells, none of which is a set of roles, by the lanes beside them; added up where a cell
        stands several times.
        """
        order, starts = in_groups(cells)
        sums = np.add.reduceat(lanes.take(order, axis=0), starts, axis=0)
        return cls(cells.take(order[starts]).view(np.uint64), (), sums)

    def role_sets(self) -> dict[str, int]:
        """How many people hold just the roles of each set that somebody holds."""
        places, lanes = self._of(Kind.ROLE_SET)
        people = zip(places.tolist(), lanes[:, _HOLDERS].tolist(), strict=True)
        return {self._texts[place]: count for place, count in people if count}

    def competencies(self) -> dict[int, Counts]:
        """What is counted in each competency in which anything is, by its key."""
        keys, lanes = self._of(Kind.COMPETENCY)
        rows = zip(keys.tolist(), lanes[:, : len(COUNTED)].tolist(), strict=True)
        return {key: row for key, row in rows if any(row)}

    def children(self) -> dict[int, tuple[int, Counts]]:
        """People and what is counted of them, by the key of each direct child; those of the team itself by 0."""
        keys, lanes = self._of(Kind.TEAM)
        rows = zip(keys.tolist(), lanes.tolist(), strict=True)
        return {key: (row[PEOPLE], row[: len(COUNTED)]) for key, row in rows if any(row)}

    def people(self) -> tuple[int, int]:
        """How many people there are, and how many of them have never been assessed in something required."""
        _, lanes = self._of(Kind.TEAM)
        people, unassessed = lanes.sum(axis=0)[[PEOPLE, UNASSESSED]].tolist()
        return people, unassessed

    def roles(self, asked: Asked) -> dict[int, RoleCells]:
        """Who holds each role, against what it requires by itself, in the orders of what is asked."""
        about, lanes = self._of(Kind.ROLE)
        rows, places = asked.among(about)
        measured = measured_by(lanes[rows], asked.requirements[places])
        some = np.flatnonzero(measured.any(axis=1))
        measured, places = measured[some], places[some]
        competencies = [asked.competencies[place] for place in places.tolist()]
        counts = measured.tolist()
        bounds = pairwise(np.searchsorted(places, asked.bounds).tolist())
        return {
            role: RoleCells(competencies[first:last], counts[first:last])
            for role, (first, last) in zip(asked.roles, bounds, strict=True)
            if first < last
        }

    def _of(self, kind: Kind) -> tuple[Numbers, Lanes]:
        """What the cells of a kind are about, and their lanes."""
        own = slice(self._bounds[kind], self._bounds[kind + 1])
        return self._about[own], self._lanes[own]
