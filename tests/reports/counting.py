"""An organisation that anything may happen to, and what its counters say beside what its standings do."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.timezone import now

from assessments.models import AssessmentResult, Exemption
from assessments.services import record_results, withdraw_result
from assessments.services.erasing import erase_person
from reports.counters.building import build
from reports.counters.folding import fold
from reports.counters.tree import count_large_teams
from reports.measures import Counts
from reports.queries.figures import Figures, figures_by_counters, figures_by_standings
from reports.queries.look import look_at
from reports.queries.reported import matrix_on
from reports.queries.trend import TrendPoint, _by_standings, trend
from roles.models import (
    Competency,
    EvidencePolicy,
    MatrixVersion,
    Membership,
    Person,
    Role,
    RoleAssignment,
    RoleRequirement,
    Team,
)
from roles.services import (
    NothingRequired,
    add_person,
    add_team,
    assign_role,
    change_person,
    end_assignment,
    end_membership,
    move_team,
    place_people,
    place_person,
    publish_version,
    remove_team,
    set_evidence_policy,
    set_role_of_everyone,
)
from roles.services.checking import InTheWay

from .scopes import scope_of

#: The days on which things happen, and others on which figures are asked for.
DAYS = [date(2024, 2, 1) + timedelta(days=number * 5) for number in range(12)]
ASKED = [date.min, DAYS[0] - timedelta(days=1), *DAYS[::2], DAYS[-1] + timedelta(days=40), date(2999, 1, 1)]


class World:
    """Teams, people, roles and competencies, and everything that can be done to them, at random."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self.count = 0
        root = add_team(code="T0", name="T0", parent=None)
        for number in range(1, 6):
            add_team(code=f"T{number}", name="T", parent=self.draw.choice([root, *self.teams()]))
        Competency.objects.bulk_create(Competency(code=f"C{n}", title="C", dimension="technical") for n in range(3))
        Role.objects.bulk_create(Role(code=f"R{n}", title="R") for n in range(3))
        self.publish(day=date(2024, 1, 1))
        for number in range(5):
            self.do("hire", seed + number)
        for number in range(6):
            self.do("record", seed + number)

    def teams(self) -> list[Team]:
        return list(Team.objects.order_by("code"))

    def one(self, model: Any, **where: Any) -> Any:
        rows = list(model.objects.filter(**where).order_by("pk"))
        return self.draw.choice(rows) if rows else None

    def day(self) -> date:
        return self.draw.choice(DAYS)

    def span(self) -> dict[str, Any]:
        from_on = self.day()
        return {
            "from_on": from_on,
            "until_on": self.draw.choice([None, None, from_on, from_on + timedelta(days=self.draw.randrange(40))]),
        }

    def do(self, name: str, seed: int) -> None:
        """Do one of THINGS, if it can be done."""
        self.draw = Random(seed)
        with suppress(InTheWay, ValidationError):
            getattr(self, name)()

    def hire(self) -> None:
        self.count += 1
        person = add_person(employee_id=f"E{self.count}", name="E", joined_on=self.draw.choice(DAYS[:4]))
        place_person(person=person, team=self.one(Team), from_on=self.draw.choice(DAYS[:4]))
        for _ in range(self.draw.randrange(3)):
            assign_role(person=person, role=self.one(Role), **self.span())

    def leave(self) -> None:
        change_person(person=self.one(Person), left_on=self.draw.choice([None, *DAYS]))

    def join_another_day(self) -> None:
        change_person(person=self.one(Person), joined_on=self.day())

    def transfer(self) -> None:
        place_people(people=[self.one(Person)], team=self.one(Team), from_on=self.day())

    def part(self) -> None:
        if stay := self.one(Membership):
            end_membership(membership=stay, until_on=max(stay.from_on, self.day()))

    def forget_stay(self) -> None:
        if stay := self.one(Membership):
            stay.delete()

    def assign(self) -> None:
        assign_role(person=self.one(Person), role=self.one(Role), **self.span())

    def unassign(self) -> None:
        if held := self.one(RoleAssignment):
            end_assignment(assignment=held, until_on=max(held.from_on, self.day()))

    def delete_assignments(self) -> None:
        RoleAssignment.objects.filter(role=self.one(Role)).delete()

    def record(self) -> None:
        results = []
        for _ in range(self.draw.choice([1, 1, 3])):
            assessed_on = self.day()
            expires_on = self.draw.choice([None, assessed_on + timedelta(days=self.draw.randrange(60))])
            results.append(
                AssessmentResult(
                    person=self.one(Person),
                    competency=self.one(Competency),
                    level=self.draw.randrange(5),
                    method=self.draw.choice(["self", "exam"]),
                    assessed_on=assessed_on,
                    expires_on=expires_on,
                )
            )
        record_results(results=results, by=None, at=now())

    def withdraw(self) -> None:
        if result := self.one(AssessmentResult, withdrawn_at=None):
            withdraw_result(result=result, by=None, reason="A mistake.", at=now())

    def excuse(self) -> None:
        days = self.span()
        Exemption.objects.update_or_create(
            person=self.one(Person),
            competency=self.one(Competency),
            from_on=days["from_on"],
            defaults={"until_on": days["until_on"], "reason": "R"},
        )

    def publish(self, day: date | None = None) -> None:
        self.count += 1
        version = MatrixVersion.objects.create(code=f"V{self.count}", effective_from=day or self.day())
        for role in Role.objects.all():
            for competency in Competency.objects.all():
                if self.draw.random() < 0.7:
                    RoleRequirement.objects.create(
                        version=version,
                        role=role,
                        competency=competency,
                        required_level=self.draw.randrange(1, 5),
                        weight=self.draw.randrange(1, 4),
                    )
        publish_version(version=version, at=now())

    def revise(self) -> None:
        """Publish what stands on the day, but for a cell or two."""
        self.count += 1
        day = self.day()
        stands = MatrixVersion.objects.in_force(on=day)
        version = MatrixVersion.objects.create(code=f"V{self.count}", effective_from=day)
        cells = {
            (cell.role_id, cell.competency_id): (cell.required_level, cell.weight)
            for cell in (stands.requirements.all() if stands else ())
        }
        for _ in range(self.draw.randrange(1, 3)):
            changed = self.one(Role).pk, self.one(Competency).pk
            if cells.pop(changed, None) is None or self.draw.random() < 0.7:
                cells[changed] = self.draw.randrange(1, 5), self.draw.randrange(1, 4)
        for (role, competency), (level, weight) in cells.items():
            RoleRequirement.objects.create(
                version=version, role_id=role, competency_id=competency, required_level=level, weight=weight
            )
        with suppress(NothingRequired):
            publish_version(version=version, at=now())

    def change_policy(self) -> None:
        set_evidence_policy(policy=self.draw.choice(list(EvidencePolicy)))

    def change_role_of_everyone(self) -> None:
        set_role_of_everyone(role=self.draw.choice([None, self.one(Role)]))

    def found_team(self) -> None:
        self.count += 1
        add_team(code=f"T{self.count + 10}", name="T", parent=self.one(Team))

    def close_team(self) -> None:
        remove_team(team=self.one(Team))

    def move(self) -> None:
        move_team(team=self.one(Team), parent=self.one(Team))

    def erase(self) -> None:
        erase_person(person=self.one(Person), by=None, at=now(), still_here=True)

    def fold(self) -> None:
        fold()

    def grow(self) -> None:
        count_large_teams()

    def rebuild(self) -> None:
        build()


THINGS = [
    "hire", "leave", "join_another_day", "transfer", "part", "forget_stay", "assign", "unassign", "delete_assignments",
    "record", "record", "withdraw", "excuse", "publish", "revise", "change_policy", "change_role_of_everyone",
    "found_team", "close_team", "move", "move", "erase", "fold", "fold", "grow", "rebuild",
]  # fmt: skip


def assert_counted_as_standing(*, days: Sequence[date] = ASKED) -> None:
    """The figures of every counted team by counters are those by standings, on each of the days."""
    for team in Team.objects.all():
        points = _by_standings([team], days)[team.pk]
        assert _totals(trend(team=team, days=days).points) == _totals(points), team.code
        for day in days:
            look = look_at(team, day)
            asked = matrix_on(day, stamp=look.stamp).asked
            live = plain(figures_by_standings(scope_of(team, day), asked))
            if look.is_counted:
                assert plain(figures_by_counters(look.counted, asked)) == live, (team.code, day)


def _totals(points: list[TrendPoint]) -> list[Any]:
    return [(point.day, point.totals.as_dict()) for point in points]


def plain(figures: Figures) -> dict[str, Any]:
    """Figures as they can be compared, without anything that counts nothing."""

    def counted(found: dict[int, Counts]) -> dict[int, tuple[int, ...]]:
        return {key: tuple(counts) for key, counts in found.items() if any(counts)}

    return {
        "people": figures.people,
        "role_sets": figures.role_sets,
        "competencies": counted(figures.competencies),
        "roles": {role: dict(zip(own.competencies, own.counts, strict=True)) for role, own in figures.roles.items()},
        "children": {pk: (people, tuple(counts)) for pk, (people, counts) in figures.children.items() if people},
    }
