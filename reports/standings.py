"""The rule of the gap, written once: one person's facts in, stretches of days on which nothing changes out.

No database, no clock: everything is a function of the arguments (contract, section 2).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from itertools import chain, pairwise
from typing import NamedTuple

#: Stands for "open" where a stretch has no last day, so that every stretch compares alike.
OPEN = date.max


class State(IntEnum):
    """How somebody stands in a competency. NOT_REQUIRED: assessed, but nothing is required of them."""

    NOT_REQUIRED = 0
    MET = 1
    GAP = 2
    NOT_ASSESSED = 3
    EXPIRED = 4
    EXEMPT = 5

    @property
    def word(self) -> str:
        """The state as every interface writes it."""
        return self.name.lower()


class Requirement(NamedTuple):
    """What is required in one competency: a level from 1 to 4 and a weight from 1 to 3."""

    level: int
    weight: int


class Stretch(NamedTuple):
    """Something (a team, a role, a competency excused) that holds from a day until a day, None being open."""

    what: int
    from_on: date
    until_on: date | None


class Result(NamedTuple):
    """One assessment result. `order` grows in the order of recording."""

    order: int
    competency: int
    level: int
    verified: bool
    assessed_on: date
    expires_on: date | None
    withdrawn: bool


class PersonFacts(NamedTuple):
    """All that the standings of one person depend on, in any order."""

    person: int
    joined_on: date
    left_on: date | None
    memberships: Sequence[Stretch]
    roles: Sequence[Stretch]
    results: Sequence[Result]
    exemptions: Sequence[Stretch]


class Standing(NamedTuple):
    """What holds for one person and one competency on every day of `[from_on, until_on)`.

    `required` and `weight` are None where nothing is required; `level`, `verified` and `result` are None where no
    result decides. `result` is the `order` of the deciding one.
    """

    person: int
    competency: int
    team: int
    from_on: date
    until_on: date
    required: int | None
    weight: int | None
    level: int | None
    verified: bool | None
    state: State
    result: int | None

    def beginning(self, day: date) -> Standing:
        """The same from another day on."""
        # In a third of the time of `_replace`: many are made so.
        return Standing(self[0], self[1], self[2], day, *self[4:])


class Version(NamedTuple):
    """A published matrix version: what each role requires, by role and competency."""

    effective_from: date
    requirements: Mapping[int, Mapping[int, Requirement]]


@dataclass(frozen=True)
class Rules:
    """What holds for everybody: the evidence policy, the published versions, and the role that everyone holds, if any.

    `policy` is `latest_verified`, `latest` or `highest`; KeyError for another.
    """

    policy: str
    versions: Sequence[Version]
    everyone: int | None = None
    _strictest: dict[tuple[int, frozenset[int]], dict[int, Requirement]] = field(
        default_factory=dict, init=False, compare=False
    )

    def __post_init__(self) -> None:
        _RANKS[self.policy]
        object.__setattr__(self, "versions", sorted(self.versions, key=lambda version: version.effective_from))

    def required(self, day: date, roles: frozenset[int]) -> Mapping[int, Requirement]:
        """The strictest requirement of the roles in each competency, by the version in force on the day."""
        index = bisect_right(self.versions, day, key=lambda version: version.effective_from) - 1
        if index < 0:
            return {}
        key = (index, roles)
        if key not in self._strictest:
            self._strictest[key] = strictest([self.versions[index].requirements.get(role, {}) for role in roles])
        return self._strictest[key]


def strictest(cells: Sequence[Mapping[int, Requirement]]) -> dict[int, Requirement]:
    """For each competency the highest level of any role, and among those the highest weight (section 2.1)."""
    found: dict[int, Requirement] = {}
    for of_role in cells:
        for competency, requirement in of_role.items():
            if competency not in found or requirement > found[competency]:
                found[competency] = requirement
    return found


def state_of(*, required: int | None, level: int | None, exempt: bool, expired: bool) -> State:
    """The state by section 2.3. `level` is that of the deciding result, None if there is none.

    `expired` says that there is none, though some result that is not withdrawn was assessed by then.
    """
    if required is None:
        return State.NOT_REQUIRED
    if exempt:
        return State.EXEMPT
    if level is not None:
        return State.MET if level >= required else State.GAP
    return State.EXPIRED if expired else State.NOT_ASSESSED


def missing_levels(*, required: int | None, level: int | None, state: State) -> int:
    """How many levels are missing (section 2.4): none where exempt, and without a result that decides all of them."""
    return 0 if state == State.EXEMPT else max((required or 0) - (level or 0), 0)


# A smaller rank decides. `latest` here is the later day, then the one recorded later.
_RANKS: dict[str, Callable[[Result], tuple[int, ...]]] = {
    "latest_verified": lambda r: (not r.verified, -r.assessed_on.toordinal(), -r.order),
    "latest": lambda r: (-r.assessed_on.toordinal(), -r.order),
    "highest": lambda r: (-r.level, -r.assessed_on.toordinal(), -r.order),
}


def by_rank(results: Iterable[Result], policy: str) -> list[Result]:
    """The results in one competency by the policy: the first of those that count on a day decides (section 2.2)."""
    return sorted(results, key=_RANKS[policy])


def last_to_count(results: Sequence[Result], policy: str) -> Result | None:
    """Of results in one competency that have all expired, the one that decided on the last day on which any counted.

    Those of them that never counted, since they expired on the day they were assessed, are passed over.
    """
    counted = [result for result in results if result.expires_on and result.assessed_on < result.expires_on]
    last = max((result.expires_on or OPEN for result in counted), default=None)
    return min((result for result in counted if result.expires_on == last), key=_RANKS[policy], default=None)


#: A stretch on which what is known in one competency stays: from, until, the result that decides, whether there is one
#: that was assessed by then, and whether they are excused. Plain tuples, as many are made.
_Known = tuple[date, date, Result | None, bool, bool]

_NOTHING_KNOWN: Sequence[_Known] = ((date.min, OPEN, None, False, False),)


class _Frame(NamedTuple):
    """A stretch on which the person counts, stays in one team, and the same is required of them."""

    from_on: date
    until_on: date
    team: int
    required: Mapping[int, Requirement]


#: What stays the same on all days of a standing: what its last six fields say, and the team.
_How = tuple[int | None, int | None, int | None, bool | None, State, int | None, int]


def standings(facts: PersonFacts, rules: Rules) -> list[Standing]:
    """How one person stands in each competency that is required of them or that they hold, over all days.

    In the order of competencies. The stretches of one are in the order of days, never overlap, and are as long as
    nothing changes: team, requirement, level, state and deciding result are the same on every day of one, and differ
    between neighbours. Days on which the person does not count (contract, section 1, "Days") have no stretch.
    """
    frames = list(_frames(facts, rules))
    known = _known(facts, rules.policy)
    found: list[Standing] = []
    for competency in sorted({*known, *chain.from_iterable([frame.required for frame in frames])}):
        found += _stretches(facts.person, competency, frames, known.get(competency, _NOTHING_KNOWN))
    return found


def _frames(facts: PersonFacts, rules: Rules) -> Iterator[_Frame]:
    """The days on which the person counts, in order, cut where the requirements may change."""
    days = {version.effective_from for version in rules.versions}
    for role in facts.roles:
        days.add(role.from_on)
        days.add(role.until_on or OPEN)
    cuts = sorted(days)
    for begins, ends, team in stays(facts):
        for day, until in cut(begins, ends, cuts):
            yield _Frame(day, until, team, rules.required(day, held_on(facts, rules.everyone, day)))


def stays(facts: PersonFacts) -> Iterator[tuple[date, date, int]]:
    """The days on which the person counts, team by team, in order: from, until, team (contract, section 1, "Days")."""
    left_on = facts.left_on or OPEN
    for team, from_on, until_on in sorted(facts.memberships, key=lambda stay: stay.from_on):
        begins, ends = max(from_on, facts.joined_on), min(until_on or OPEN, left_on)
        if begins < ends:
            yield begins, ends, team


def cut(begins: date, ends: date, cuts: Sequence[date]) -> Iterator[tuple[date, date]]:
    """These days in stretches that end at each of the cuts, which are in order."""
    return pairwise([begins, *[day for day in cuts if begins < day < ends], ends])


def held_on(facts: PersonFacts, everyone: int | None, day: date) -> frozenset[int]:
    """The roles that the person holds on the day, with the one that everyone holds, if any."""
    held = {role.what for role in facts.roles if role.from_on <= day < (role.until_on or OPEN)}
    return frozenset(held if everyone is None else held | {everyone})


def _known(facts: PersonFacts, policy: str) -> dict[int, Sequence[_Known]]:
    """What is known in each competency with a result or an exemption, over all days."""
    results: dict[int, list[Result]] = {}
    for result in by_rank((result for result in facts.results if not result.withdrawn), policy):
        results.setdefault(result.competency, []).append(result)
    excused: dict[int, list[Stretch]] = {}
    for exemption in facts.exemptions:
        excused.setdefault(exemption.what, []).append(exemption)
    known: dict[int, Sequence[_Known]] = {}
    for competency in results.keys() | excused.keys():
        of_it, excuses = results.get(competency, ()), excused.get(competency, ())
        known[competency] = _by_one(*of_it) if len(of_it) == 1 and not excuses else list(_evidence(of_it, excuses))
    return known


def _by_one(result: Result) -> Sequence[_Known]:
    """What `_evidence` finds by one result alone, which is what most competencies have."""
    assessed_on, expires_on = result.assessed_on, result.expires_on or OPEN
    before = (date.min, assessed_on, None, False, False)
    if expires_on == OPEN:
        return before, (assessed_on, OPEN, result, True, False)
    if expires_on <= assessed_on:
        return before, (assessed_on, OPEN, None, True, False)
    return before, (assessed_on, expires_on, result, True, False), (expires_on, OPEN, None, True, False)


def _evidence(results: Sequence[Result], excused: Sequence[Stretch]) -> Iterator[_Known]:
    """What is known in one competency, over all days; of the results the first one to count on a day decides."""
    days = {date.min, OPEN}
    for result in results:
        days.add(result.assessed_on)
        days.add(result.expires_on or OPEN)
    for exemption in excused:
        days.add(exemption.from_on)
        days.add(exemption.until_on or OPEN)
    for day, until in pairwise(sorted(days)):
        begun = [result for result in results if result.assessed_on <= day]
        counting = [result for result in begun if day < (result.expires_on or OPEN)]
        # A list, since a generator would take twice the time here.
        exempt = any([stretch.from_on <= day < (stretch.until_on or OPEN) for stretch in excused])  # noqa: C419
        yield day, until, counting[0] if counting else None, bool(begun), exempt


def _stretches(person: int, competency: int, frames: Sequence[_Frame], known: Sequence[_Known]) -> list[Standing]:
    """The standings in one competency: each frame, cut where what is known changes, where anything is to be said."""
    found: list[Standing] = []
    begun = ended = date.min
    before: _How | None = None
    for begins, ends, team, cells in frames:
        requirement = cells.get(competency)
        if requirement is None and known is _NOTHING_KNOWN:
            continue
        required, weight = requirement or (None, None)
        for from_on, until_on, result, expired, exempt in known:
            # Compared one by one: this is where the time of computing many people goes.
            if until_on <= begins or (requirement is None and result is None):
                continue
            if from_on >= ends:
                break
            level, verified, order = (result.level, result.verified, result.order) if result else (None, None, None)
            state = state_of(required=required, level=level, exempt=exempt, expired=expired)
            now = (required, weight, level, verified, state, order, team)
            day = max(begins, from_on)
            if now != before or day != ended:
                if before:
                    found.append(Standing(person, competency, before[-1], begun, ended, *before[:-1]))
                begun, before = day, now
            ended = min(ends, until_on)
    if before:
        found.append(Standing(person, competency, before[-1], begun, ended, *before[:-1]))
    return found
