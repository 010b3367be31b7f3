"""The gap report once more, straight from the contract's section 3: person by person, competency by competency.

It shares nothing with `reports.queries`: facts are read one person at a time, and every person's standing on the day is
the naive one of `tests.reports.naive`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from reports.gathering import current_rules, facts_of
from reports.standings import PersonFacts, Requirement, Rules, State
from roles.models import Competency, Person, Role, Team, Threat

from . import naive

Measures = dict[str, Any]


class Expected:
    """What the report of a team on a day should say; codes in place of keys."""

    def __init__(self, team: Team, as_of: date) -> None:
        self.as_of = as_of
        self.rules = current_rules()
        self.competencies = {c.pk: c for c in Competency.objects.all()}
        teams = {t.pk: t for t in Team.objects.all()}
        self.facts: list[PersonFacts] = []
        self.below: dict[int, str] = {}
        for person in Person.objects.all():
            [facts] = facts_of([person.pk])
            own = naive.team_on(facts, as_of)
            chain = ancestry(teams[own]) if own is not None else []
            if team.pk in (t.pk for t in chain):
                self.facts.append(facts)
                place = [t.pk for t in chain].index(team.pk)
                self.below[person.pk] = chain[place - 1].code if place else ""

    def report(self) -> dict[str, Any]:
        """The measures by name, of the totals and of each competency, role, threat and child team."""
        strictest = {pk: self.measured(pk, None) for pk in self.competencies}
        listed = {pk: m for pk, m in strictest.items() if m["required"] + m["exempt"]}
        return {
            "people": len(self.facts),
            "totals": shares(total(listed.values())),
            "competencies": {self.competencies[pk].code: shares(m) for pk, m in sorted(listed.items())},
            "roles": {role.code: self.by_role(role) for role in Role.objects.all() if self.holders_of(role.pk)},
            "threats": {
                threat.code: shares(total(listed[c.pk] for c in threat.competencies.all() if c.pk in listed))
                for threat in Threat.objects.all()
                if any(c.pk in listed for c in threat.competencies.all())
            },
        }

    def child(self, code: str) -> Measures:
        """The measures of the totals over the people in or below one direct child team."""
        people = [facts for facts in self.facts if self.below[facts.person] == code]
        return shares(total(self.measured(pk, None, people) for pk in self.competencies))

    def by_role(self, role: Role) -> Measures:
        holders = self.holders_of(role.pk)
        return shares(total(self.measured(pk, role.pk, holders) for pk in self.competencies)) | {"people": len(holders)}

    def holders_of(self, role: int) -> list[PersonFacts]:
        if role == self.rules.everyone:
            return self.facts
        return [f for f in self.facts if any(r.what == role and naive.in_force(r, self.as_of) for r in f.roles)]

    def measured(self, competency: int, role: int | None, people: list[PersonFacts] | None = None) -> Measures:
        """Section 3 for one competency, by the strictest requirement or by that of one role."""
        found = total([])
        for facts in self.facts if people is None else people:
            result = naive.deciding_on(facts, self.rules.policy, competency, self.as_of)
            found["holders"] += result is not None and result.level >= 3
            required = self.required(facts, competency, role)
            if required is None:
                continue
            state = naive.state_on(facts, required, result, competency, self.as_of)
            if state == State.EXEMPT:
                found["exempt"] += 1
                continue
            level = result.level if result else 0
            found["required"] += 1
            found[state.word] += 1
            found["met_verified"] += state == State.MET and result is not None and result.verified
            found["deficit"] += max(required.level - level, 0)
            found["reached"] += required.weight * min(level, required.level)
            found["asked"] += required.weight * required.level
        return found

    def required(self, facts: PersonFacts, competency: int, role: int | None) -> Requirement | None:
        if role is None:
            return naive.required_on(facts, self.rules, competency, self.as_of)
        alone = facts._replace(roles=[r for r in facts.roles if r.what == role])
        rules = Rules(self.rules.policy, self.rules.versions, role if role == self.rules.everyone else None)
        return naive.required_on(alone, rules, competency, self.as_of)


COUNTS = ("required", "met", "met_verified", "gap", "not_assessed", "expired", "exempt", "deficit", "holders")


def total(parts: Iterable[Measures]) -> Measures:
    found = dict.fromkeys((*COUNTS, "reached", "asked"), 0)
    for part in parts:
        for name in found:
            found[name] += part[name]
    return found


def shares(measures: Measures) -> Measures:
    """The measures with their three shares, to four decimals, None where there is nothing to divide by."""

    def share(part: str, whole: str) -> float | None:
        return round(measures[part] / measures[whole], 4) if measures[whole] else None

    return {name: measures[name] for name in COUNTS} | {
        "coverage": share("met", "required"),
        "verified_coverage": share("met_verified", "required"),
        "readiness": share("reached", "asked"),
    }


def ancestry(team: Team) -> list[Team]:
    """The team and those above it, up to the root, by their parents."""
    chain = [team]
    while chain[-1].parent is not None:
        chain.append(chain[-1].parent)
    return chain
