"""Comparing what the facts make the standings with what is stored; no database here either."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from .presence import Presence, presences
from .standings import PersonFacts, Rules, Standing, standings


class Batch(NamedTuple):
    """The facts of some people, and what is stored of them by person: standings by `cell_of`, presence by day."""

    facts: list[PersonFacts]
    stored: dict[int, list[Standing]]
    stored_present: dict[int, list[Presence]]


class Difference(NamedTuple):
    """A person whose standings or presence are not what is stored: what they are, and what is stored."""

    person: int
    computed: list[Standing]
    stored: list[Standing]
    present: list[Presence]
    stored_present: list[Presence]


def cell_of(standing: Standing) -> tuple[int, date]:
    """What orders one person's standings: the competency, and the day from which they hold."""
    return standing.competency, standing.from_on


def differences(batch: Batch, rules: Rules) -> list[Difference]:
    """The people of the batch of whom something else is stored than is true, also those who have no facts any more."""
    found = []
    for facts in batch.facts:
        computed = sorted(standings(facts, rules), key=cell_of)
        stored = batch.stored.get(facts.person, [])
        present, stored_present = presences(facts, rules.everyone), batch.stored_present.get(facts.person, [])
        if computed != stored or present != stored_present:
            found.append(Difference(facts.person, computed, stored, present, stored_present))
    gone = batch.stored.keys() | batch.stored_present.keys()
    gone -= {facts.person for facts in batch.facts}
    found.extend(
        Difference(person, [], batch.stored.get(person, []), [], batch.stored_present.get(person, []))
        for person in sorted(gone)
    )
    return found
