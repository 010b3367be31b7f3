"""Where somebody counts, and in which roles: one person's facts in, stretches of days out. No database, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from .standings import OPEN, PersonFacts


class Presence(NamedTuple):
    """On every day of `[from_on, until_on)` the person counts in the team and holds these roles, and no others.

    `roles` are the keys in their order, with commas, in ASCII; the one that everybody holds is among them.
    """

    person: int
    from_on: date
    until_on: date
    team: int
    roles: bytes


def presences(facts: PersonFacts, everyone: int | None) -> list[Presence]:
    """The days on which the person counts, in order, as long as neither team nor roles change.

    `everyone` is the role that everybody holds, if any.
    """
    found: list[Presence] = []
    for begins, ends, team in _stays(facts):
        for day, until in _cut(facts, begins, ends):
            roles = _roles(facts, everyone, day)
            if found and found[-1][2:] == (day, team, roles):
                day = found.pop().from_on  # noqa: PLW2901 - it only goes on
            found.append(Presence(facts.person, day, until, team, roles))
    return found


def _stays(facts: PersonFacts) -> Iterator[tuple[date, date, int]]:
    """The days in each team on which the person counts, in order (contract, section 1, "Days")."""
    left_on = facts.left_on or OPEN
    for team, from_on, until_on in sorted(facts.memberships, key=lambda stay: stay.from_on):
        begins, ends = max(from_on, facts.joined_on), min(until_on or OPEN, left_on)
        if begins < ends:
            yield begins, ends, team


def _cut(facts: PersonFacts, begins: date, ends: date) -> Iterator[tuple[date, date]]:
    """These days, cut where the roles may change."""
    days = {day for role in facts.roles for day in (role.from_on, role.until_on or OPEN) if begins < day < ends}
    return pairwise([begins, *sorted(days), ends])


def _roles(facts: PersonFacts, everyone: int | None, day: date) -> bytes:
    held = {role.what for role in facts.roles if role.from_on <= day < (role.until_on or OPEN)}
    if everyone is not None:
        held.add(everyone)
    return ",".join(map(str, sorted(held))).encode()
