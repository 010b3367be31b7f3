"""The standings of random people under random rules, proved against the naive evaluation of every single day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.standings import PersonFacts, Result, Rules, Standing, State, Stretch, standings
from tests.reports.naive import Said, on_day
from tests.reports.strategies import COMPETENCIES, DAYS, POLICIES, WINDOW, all_rules, person_facts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

Thing = TypeVar("Thing")

# Derandomized: the same examples on every machine, so that a red build is red for the one who looks at it.
proved = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def said(standing: Standing) -> Said:
    return Said(standing.team, *standing[5:])


def shuffled(things: Sequence[Thing], random: Random) -> list[Thing]:
    return random.sample(things, len(things))


def by_competency(found: list[Standing]) -> list[list[Standing]]:
    """The standings of each competency, in the order in which they came."""
    groups: defaultdict[int, list[Standing]] = defaultdict(list)
    for standing in found:
        groups[standing.competency].append(standing)
    return list(groups.values())


@settings(proved, max_examples=600)
@given(person_facts, all_rules)
def test_every_day_stands_as_the_contract_says(facts: PersonFacts, rules: Rules) -> None:
    found = standings(facts, rules)
    for competency in COMPETENCIES:
        stretches = [standing for standing in found if standing.competency == competency]
        for day in DAYS:
            covering = [said(standing) for standing in stretches if standing.from_on <= day < standing.until_on]
            expected = on_day(facts, rules, competency, day)
            assert covering == ([] if expected is None else [expected]), (competency, day)


@proved
@given(person_facts, all_rules)
def test_only_the_person_and_competencies_of_the_facts_and_rules_stand(facts: PersonFacts, rules: Rules) -> None:
    found = standings(facts, rules)
    assert {standing.person for standing in found} <= {facts.person}
    assert {standing.competency for standing in found} <= set(COMPETENCIES)


@proved
@given(person_facts, all_rules)
def test_stretches_are_in_order_and_neither_void_nor_overlapping(facts: PersonFacts, rules: Rules) -> None:
    found = standings(facts, rules)
    assert all(standing.from_on < standing.until_on for standing in found)
    for group in by_competency(found):
        assert all(earlier.until_on <= later.from_on for earlier, later in pairwise(group))


@proved
@given(person_facts, all_rules)
def test_neighbours_differ(facts: PersonFacts, rules: Rules) -> None:
    for group in by_competency(standings(facts, rules)):
        for earlier, later in pairwise(group):
            assert earlier.until_on < later.from_on or said(earlier) != said(later)


@proved
@given(person_facts, all_rules, st.randoms(use_true_random=False))
def test_the_order_of_the_facts_is_of_no_account(facts: PersonFacts, rules: Rules, random: Random) -> None:
    other_facts = facts._replace(
        memberships=shuffled(facts.memberships, random),
        roles=shuffled(facts.roles, random),
        results=shuffled(facts.results, random),
        exemptions=shuffled(facts.exemptions, random),
    )
    other_rules = Rules(rules.policy, shuffled(rules.versions, random), rules.everyone)
    assert sorted(standings(other_facts, other_rules)) == sorted(standings(facts, rules))


@proved
@given(person_facts, person_facts, all_rules)
def test_nobody_depends_on_who_was_computed_before(first: PersonFacts, second: PersonFacts, rules: Rules) -> None:
    fresh = Rules(rules.policy, rules.versions, rules.everyone)
    standings(first, rules)
    assert standings(second, rules) == standings(second, fresh)


@proved
@given(person_facts, all_rules)
def test_what_is_absent_is_absent_together(facts: PersonFacts, rules: Rules) -> None:
    for standing in standings(facts, rules):
        assert (standing.state is State.NOT_REQUIRED) == (standing.required is None) == (standing.weight is None)
        assert (standing.result is None) == (standing.level is None) == (standing.verified is None)
        assert standing.required is not None or standing.result is not None


@pytest.mark.parametrize("policy", POLICIES)
@proved
@given(
    days=st.lists(st.sampled_from(WINDOW), min_size=3, max_size=3, unique=True).map(sorted),
    levels=st.tuples(st.integers(0, 4), st.integers(0, 4)).map(sorted),
    verified=st.booleans(),
)
def test_an_older_result_holds_again_when_a_newer_one_expires(
    policy: str, days: list[date], levels: list[int], verified: bool
) -> None:
    older_on, newer_on, expires_on = days
    older = Result(1, 1, levels[0], verified, older_on, None, withdrawn=False)
    newer = Result(2, 1, levels[1], verified, newer_on, expires_on, withdrawn=False)
    since = older_on - timedelta(days=9)
    facts = PersonFacts(7, since, None, [Stretch(1, since, None)], [], [newer, older], [])
    found = standings(facts, Rules(policy, []))
    assert [(standing.from_on, standing.until_on, standing.result) for standing in found] == [
        (older_on, newer_on, older.order),
        (newer_on, expires_on, newer.order),
        (expires_on, date.max, older.order),
    ]
