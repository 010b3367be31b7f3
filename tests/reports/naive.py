"""The rule of the gap once more, day by day and without a thought for speed: what the standings are proved against.

Every function is a sentence of the contract (sections 1 and 2) and shares nothing with `reports.standings` but the
words in which facts, rules and states are told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reports.standings import PersonFacts, Requirement, Result, Rules, State, Stretch

if TYPE_CHECKING:
    from datetime import date


class Said(NamedTuple):
    """What holds for one person and one competency on one day, None being as in `Standing`."""

    team: int
    required: int | None
    weight: int | None
    level: int | None
    verified: bool | None
    state: State
    result: int | None


def on_day(facts: PersonFacts, rules: Rules, competency: int, day: date) -> Said | None:
    """What holds on the day; None if the person does not count, or nothing is required and no result decides."""
    team = team_on(facts, day)
    requirement = required_on(facts, rules, competency, day)
    result = deciding_on(facts, rules.policy, competency, day)
    if team is None or (requirement is None and result is None):
        return None
    return Said(
        team=team,
        required=requirement.level if requirement else None,
        weight=requirement.weight if requirement else None,
        level=result.level if result else None,
        verified=result.verified if result else None,
        state=state_on(facts, requirement, result, competency, day),
        result=result.order if result else None,
    )


def in_force(stretch: Stretch, day: date) -> bool:
    return stretch.from_on <= day and (stretch.until_on is None or day < stretch.until_on)


def team_on(facts: PersonFacts, day: date) -> int | None:
    """The team in which the person counts on the day (section 1, "Days"), None if they don't."""
    employed = facts.joined_on <= day and (facts.left_on is None or day < facts.left_on)
    teams = [membership.what for membership in facts.memberships if in_force(membership, day)]
    return teams[0] if employed and teams else None


def required_on(facts: PersonFacts, rules: Rules, competency: int, day: date) -> Requirement | None:
    """Section 2.1: the strictest cell of the roles held, in the version in force."""
    versions = [version for version in rules.versions if version.effective_from <= day]
    if not versions:
        return None
    version = max(versions, key=lambda version: version.effective_from)
    roles = [role.what for role in facts.roles if in_force(role, day)]
    if rules.everyone is not None:
        roles.append(rules.everyone)
    rows = [version.requirements[role] for role in roles if role in version.requirements]
    cells = [row[competency] for row in rows if competency in row]
    if not cells:
        return None
    level = max(cell.level for cell in cells)
    return Requirement(level, max(cell.weight for cell in cells if cell.level == level))


def deciding_on(facts: PersonFacts, policy: str, competency: int, day: date) -> Result | None:
    """Section 2.2: the result that decides, by the evidence policy."""
    known = known_on(facts, competency, day)
    counting = [result for result in known if result.expires_on is None or day < result.expires_on]
    if not counting:
        return None
    if policy == "latest_verified":
        counting = [result for result in counting if result.verified] or counting
    if policy == "highest":
        counting = [result for result in counting if result.level == max(other.level for other in counting)]
    latest = max(result.assessed_on for result in counting)
    return max((result for result in counting if result.assessed_on == latest), key=lambda result: result.order)


def known_on(facts: PersonFacts, competency: int, day: date) -> list[Result]:
    """The results assessed by the day and not withdrawn, expired ones included."""
    of_competency = [result for result in facts.results if result.competency == competency]
    return [result for result in of_competency if result.assessed_on <= day and not result.withdrawn]


def state_on(
    facts: PersonFacts, requirement: Requirement | None, result: Result | None, competency: int, day: date
) -> State:
    """Section 2.3, and NOT_REQUIRED where there is nothing to fall short of."""
    if requirement is None:
        return State.NOT_REQUIRED
    if any(exemption.what == competency and in_force(exemption, day) for exemption in facts.exemptions):
        return State.EXEMPT
    if result is not None:
        return State.MET if result.level >= requirement.level else State.GAP
    return State.EXPIRED if known_on(facts, competency, day) else State.NOT_ASSESSED
