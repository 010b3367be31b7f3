"""Comparing what the facts make the standings with what is stored; no database here either."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from .standings import PersonFacts, Rules, Standing, standings


class Batch(NamedTuple):
    """The facts of some people, and their standings as they are stored, by person in the order of `cell_of`."""

    facts: list[PersonFacts]
    stored: dict[int, list[Standing]]


class Difference(NamedTuple):
    """A person whose standings are not what is stored: what they are, and what is stored."""

    person: int
    computed: list[Standing]
    stored: list[Standing]


def cell_of(standing: Standing) -> tuple[int, date]:
    """What orders one person's standings: the competency, and the day from which they hold."""
    return standing.competency, standing.from_on


def differences(batch: Batch, rules: Rules) -> list[Difference]:
    """The people of the batch whose standings differ from what is stored, also those who have no facts any more."""
    found = []
    for facts in batch.facts:
        computed = sorted(standings(facts, rules), key=cell_of)
        stored = batch.stored.get(facts.person, [])
        if computed != stored:
            found.append(Difference(facts.person, computed, stored))
    gone = batch.stored.keys() - {facts.person for facts in batch.facts}
    found.extend(Difference(person, [], batch.stored[person]) for person in sorted(gone))
    return found
