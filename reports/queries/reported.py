"""What a report is made by beside its figures: the matrix in force, and what groups competencies.

It is the same for every team and changes seldom, so the process keeps it, by the day and by the stamp of the catalogue
(roles/catalogue_stamp.py). Who asks has just read the stamp, so what is kept is as good as read anew.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from threading import Lock
from typing import NamedTuple

import numpy as np
from django.db import connection

from reports.counters.onday import Asked
from reports.counters.vectors import Column
from reports.scope import FRAGMENTS, numbers
from reports.standings import Requirement, strictest
from roles.catalogue_stamp import STAMP
from roles.models import Organisation


class Facet(NamedTuple):
    """What reports group competencies by: a threat, a dimension or a stage, and the code of which it is."""

    of: str
    code: str


@dataclass
class Matrix:
    """The version in force with its cells by role, the policy, and every role's code and title.

    Also every competency's code and title, in the order of the codes, the titles of threats by code, and which
    competencies have a facet, in their order. Shared by reports, and so never changed once it is read. `stamp` is the
    catalogue's when it was.
    """

    stamp: str | None = None

    version: str | None = None
    policy: str = ""
    cells: dict[int, Mapping[int, Requirement]] = field(default_factory=dict)
    roles: dict[int, tuple[str, str]] = field(default_factory=dict)
    competencies: dict[int, tuple[str, str]] = field(default_factory=dict)
    threats: dict[str, str] = field(default_factory=dict)
    having: dict[Facet, list[int]] = field(default_factory=lambda: defaultdict(list))
    _asked_of: dict[frozenset[int], Column] = field(default_factory=dict)

    @cached_property
    def asked(self) -> Asked:
        """What roles require, each by itself, in the order of the codes."""
        asked = {role: self.cells[role] for role in self.roles if role in self.cells}
        return Asked({role: {pk: own[pk] for pk in self.competencies if pk in own} for role, own in asked.items()})

    def required(self, roles: frozenset[int]) -> Set[int]:
        """The competencies that these roles require something in."""
        return strictest([self.cells.get(role, {}) for role in roles]).keys()

    @cached_property
    def grouped(self) -> Column:
        """Which competencies have a facet, as ones and zeros: a row for each of `having`, a column for each of
        `competencies`, in their orders.
        """
        rows = [[pk in having for pk in self.competencies] for having in map(set, self.having.values())]
        return np.array(rows, np.int64).reshape(len(self.having), len(self.competencies))

    def asked_of(self, roles: frozenset[int]) -> Column:
        """The same as ones and zeros for each of `competencies`, and behind them for each of `having`: whether any that
        has the facet is required.
        """
        found = self._asked_of.get(roles)
        if found is None:
            if len(self._asked_of) >= ROLE_SETS_KEPT:
                self._asked_of.clear()
            required = self.required(roles)
            row = np.array([pk in required for pk in self.competencies], np.int64)
            found = self._asked_of[roles] = np.concatenate([row, np.minimum(self.grouped @ row, 1)])
        return found


#: For so many sets of roles a matrix keeps what is asked of them.
ROLE_SETS_KEPT = 1_000


#: So many days' matrices are kept, those that were asked for last.
KEPT = 64
_kept: OrderedDict[tuple[str, date], Matrix] = OrderedDict()
_keeping = Lock()


def matrix_on(as_of: date, *, stamp: str | None = None) -> Matrix:
    """What reports of the day are made by; one query, or none if it is kept under the stamp that was just read."""
    if stamp is not None:
        with _keeping:
            if (kept := _kept.get((stamp, as_of))) is not None:
                _kept.move_to_end((stamp, as_of))
                return kept
    return _keep(_read(as_of), as_of)


def _keep(found: Matrix, as_of: date) -> Matrix:
    if found.stamp is not None:
        with _keeping:
            _kept[found.stamp, as_of] = found
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    return found


def _read(as_of: date) -> Matrix:
    found = Matrix()
    fragments = {**FRAGMENTS[connection.vendor], "stamp": STAMP[connection.vendor]}
    with connection.cursor() as cursor:
        cursor.execute(_EVERYTHING.format(**fragments), {"day": as_of.isoformat()})
        for kind, *row in cursor.fetchall():
            _ADD[kind](found, _Row._make(row))
    found.policy = found.policy or Organisation.current().evidence_policy
    return found


# Read in one go and past the ORM, which would take longer over it than the database: first each role with its cells in
# the version in force (MatrixVersionQuerySet.in_force), then that version and the policy, the competencies by code, and
# then what each of them has: a threat, a stage. Joined, they would multiply. Last the stamp of all this.
# The cells of a role are gathered: from the right, 2 bits for the weight, 3 for the level, the rest for the competency.
_EVERYTHING = """
    WITH version AS (
        SELECT id, code FROM roles_matrixversion
        WHERE published_at IS NOT NULL AND effective_from <= %(day)s
        ORDER BY effective_from DESC LIMIT 1
    )
    SELECT 0 AS kind, r.id, r.code, r.title, NULL, (
        SELECT {gathered}(CAST(cell.competency_id AS bigint) * 32 + cell.required_level * 4 + cell.weight)
        FROM roles_rolerequirement cell WHERE cell.version_id = (SELECT id FROM version) AND cell.role_id = r.id
    )
    FROM roles_role r
    UNION ALL
    SELECT 1, id, '', evidence_policy, NULL, NULL FROM roles_organisation WHERE id = 1
    UNION ALL
    SELECT 2, id, code, title, dimension, NULL FROM roles_competency
    UNION ALL
    SELECT 3, countered.competency_id, t.code, t.title, NULL, NULL
    FROM roles_competency_threats countered JOIN roles_threat t ON t.id = countered.threat_id
    UNION ALL
    SELECT 4, competency_id, stage, NULL, NULL, NULL FROM roles_competencystage
    UNION ALL
    SELECT 5, 0, {stamp}, NULL, NULL, NULL
    UNION ALL
    SELECT 6, 0, code, NULL, NULL, NULL FROM version
    ORDER BY 1, 3
"""
_REQUIREMENTS = [Requirement(*divmod(bits, 4)) for bits in range(32)]


class _Row(NamedTuple):
    """What is told of each: key, code, title, a word more, and what is gathered of it."""

    pk: int
    code: str
    title: str
    more: str | None
    packed: object


def _role(found: Matrix, row: _Row) -> None:
    found.roles[row.pk] = (row.code, row.title)
    if row.packed is not None:
        cells = numbers(row.packed)
        found.cells[row.pk] = {number >> 5: _REQUIREMENTS[number & 0b11111] for number in cells}


def _policy(found: Matrix, row: _Row) -> None:
    found.policy = row.title


def _competency(found: Matrix, row: _Row) -> None:
    found.competencies[row.pk] = (row.code, row.title)
    found.having[Facet("dimension", row.more or "")].append(row.pk)


def _threat(found: Matrix, row: _Row) -> None:
    found.having[Facet("threat", row.code)].append(row.pk)
    found.threats[row.code] = row.title


def _stage(found: Matrix, row: _Row) -> None:
    found.having[Facet("stage", row.code)].append(row.pk)


def _stamp(found: Matrix, row: _Row) -> None:
    found.stamp = row.code


def _version(found: Matrix, row: _Row) -> None:
    found.version = row.code


#: What a row of each kind says.
_ADD = (_role, _policy, _competency, _threat, _stage, _stamp, _version)
