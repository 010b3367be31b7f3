"""Where somebody counts, and in which roles: one person's facts in, stretches of days out. No database, no clock."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from .standings import OPEN, PersonFacts, cut, held_on, stays


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
    cuts = sorted({day for role in facts.roles for day in (role.from_on, role.until_on or OPEN)})
    found: list[Presence] = []
    for begins, ends, team in stays(facts):
        for day, until in cut(begins, ends, cuts):
            roles = ",".join(map(str, sorted(held_on(facts, everyone, day)))).encode()
            if found and found[-1][2:] == (day, team, roles):
                day = found.pop().from_on  # noqa: PLW2901 - it only goes on
            found.append(Presence(facts.person, day, until, team, roles))
    return found
