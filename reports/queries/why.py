"""What made a cell: what is required and by which role, which result decides, and why the others do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from assessments.models import AssessmentResult, Exemption
from reports.models import Standing
from reports.standings import Requirement, Result, State, last_to_count
from reports.verdicts import Verdict, verdicts
from roles.models import (
    Competency,
    EvidencePolicy,
    MatrixVersion,
    Organisation,
    Person,
    Role,
    RoleRequirement,
    ScaleLevel,
)

from .people import Sight, indicators_of


@dataclass(frozen=True)
class Source:
    """A role that the person holds on the day, with its cell for the competency, if it requires anything in it."""

    role: Role
    cell: RoleRequirement | None
    decides: bool


@dataclass(frozen=True)
class JudgedResult:
    """A result with why it decides on the day, or why not."""

    row: AssessmentResult
    verdict: Verdict


class Change(Enum):
    """What ends a standing."""

    MOVES = "moves"
    REQUIREMENT = "requirement"
    EXEMPTION_BEGINS = "exemption_begins"
    EXEMPTION_ENDS = "exemption_ends"
    RESULT_EXPIRES = "result_expires"
    OTHER_RESULT = "other_result"


@dataclass(frozen=True)
class Next:
    """What follows on the standing of the day: from when, what ends it, and how the person then stands.

    `standing` is None where the person no longer counts, or nothing is required or held, or the day is not the reader's
    to see (`hidden`). `level` is the one then held, or the one that has expired by then.
    """

    from_on: date
    standing: Standing | None
    level: int | None
    changes: list[Change]
    hidden: bool


@dataclass(frozen=True)
class LevelText:
    """A level of the competency in words; `held` and `required` say whose it is."""

    level: ScaleLevel
    text: str
    held: bool
    required: bool


@dataclass(frozen=True)
class Why:
    """Everything that makes a cell. `standing` is None where the person does not count, or nothing is required or held.

    `lapsed` is the result that decided last, where all have expired; `next` is None where the standing never ends by
    itself; `scale` names the levels.
    """

    standing: Standing | None
    lapsed: AssessmentResult | None
    next: Next | None
    exemption: Exemption | None
    version: MatrixVersion | None
    policy: EvidencePolicy
    sources: list[Source]
    results: list[JudgedResult]
    levels: list[LevelText]
    scale: dict[int, str]

    @property
    def level(self) -> int | None:
        """The level held, or the one that has expired."""
        return _level(self.standing, self.lapsed)

    @property
    def deciding(self) -> AssessmentResult | None:
        """The result that decides, if any counts on the day."""
        return next((one.row for one in self.results if one.verdict == Verdict.DECIDES), None)


def why(*, person: Person, competency: Competency, as_of: date, sight: Sight) -> Why:
    """What makes the cell of the person and competency on the day; ten queries.

    What is assessed on a later day is told only where `sight` has that day.
    """
    policy = EvidencePolicy(Organisation.current().evidence_policy)
    rows = [row for row in _results(person, competency) if row.assessed_on <= as_of or sight.sees(row.assessed_on)]
    now, then = _standings(person, competency, as_of)
    version = MatrixVersion.objects.in_force(on=as_of)
    scale = list(ScaleLevel.objects.all())
    before = _lapsed(now, rows, policy, as_of)
    return Why(
        standing=now,
        lapsed=before,
        next=_next(now, then, rows, policy, sight),
        exemption=person.exemptions.in_force(on=as_of).filter(competency=competency).first(),
        version=version,
        policy=policy,
        sources=_sources(person, competency, version, as_of),
        results=_judged(rows, policy, as_of),
        levels=_levels(competency, scale, _level(now, before), now.required if now else None),
        scale={one.value: one.name for one in scale},
    )


def judged_results(*, person: Person, as_of: date, sight: Sight) -> dict[int, list[JudgedResult]]:
    """Each of the person's results with its verdict on the day, by competency and as in `why`; two queries.

    What is assessed on a later day is told only where `sight` has that day.
    """
    policy = EvidencePolicy(Organisation.current().evidence_policy)
    rows: dict[int, list[AssessmentResult]] = defaultdict(list)
    for row in AssessmentResult.objects.filter(person=person).select_related("recorded_by", "withdrawn_by"):
        if row.assessed_on <= as_of or sight.sees(row.assessed_on):
            rows[row.competency_id].append(row)
    return {competency: _judged(of, policy, as_of) for competency, of in rows.items()}


def _results(person: Person, competency: Competency) -> list[AssessmentResult]:
    rows = AssessmentResult.objects.filter(person=person, competency=competency)
    return list(rows.select_related("recorded_by", "withdrawn_by"))


def _core(row: AssessmentResult) -> Result:
    withdrawn = row.withdrawn_at is not None
    return Result(row.pk, row.competency_id, row.level, row.verified, row.assessed_on, row.expires_on, withdrawn)


def _judged(rows: Sequence[AssessmentResult], policy: str, as_of: date) -> list[JudgedResult]:
    by_order = {row.pk: row for row in rows}
    judged = verdicts([_core(row) for row in rows], policy=policy, day=as_of)
    return [JudgedResult(by_order[result.order], verdict) for result, verdict in judged]


def _standings(person: Person, competency: Competency, as_of: date) -> tuple[Standing | None, Standing | None]:
    """What holds on the day, and what holds from when that ends; one query."""
    later = Standing.objects.filter(person=person, competency=competency, until_on__gt=as_of)
    rows = list(later.select_related("team").order_by("from_on"))
    now = next((row for row in rows if row.from_on <= as_of), None)
    then = next((row for row in rows if now and row.from_on == now.until_on), None)
    return now, then


def _lapsed(
    standing: Standing | None, rows: Sequence[AssessmentResult], policy: str, on: date
) -> AssessmentResult | None:
    """The result that decided last, where the standing of the day is that all have expired."""
    if standing is None or standing.state != State.EXPIRED:
        return None
    begun = {row.pk: row for row in rows if row.withdrawn_at is None and row.assessed_on <= on}
    last = last_to_count([_core(row) for row in begun.values()], policy)
    return begun[last.order] if last else None


def _level(standing: Standing | None, before: AssessmentResult | None) -> int | None:
    """The level held, or that of the result before everything expired."""
    if before is not None:
        return before.level
    return standing.level if standing else None


def _next(
    now: Standing | None, then: Standing | None, rows: Sequence[AssessmentResult], policy: str, sight: Sight
) -> Next | None:
    if now is None or now.until_on == date.max:
        return None
    if then is None or not sight.sees(now.until_on):
        return Next(now.until_on, None, None, [], hidden=then is not None)
    before = _lapsed(then, rows, policy, then.from_on)
    return Next(then.from_on, then, _level(then, before), _changes(now, then, rows), hidden=False)


def _changes(now: Standing, then: Standing, rows: Sequence[AssessmentResult]) -> list[Change]:
    expires = any(row.pk == now.result_id and row.expires_on == then.from_on for row in rows)
    found = {
        Change.MOVES: now.team_id != then.team_id,
        Change.REQUIREMENT: (now.required, now.weight) != (then.required, then.weight),
        Change.EXEMPTION_BEGINS: now.state != State.EXEMPT == then.state,
        Change.EXEMPTION_ENDS: now.state == State.EXEMPT != then.state,
        Change.RESULT_EXPIRES: expires,
        Change.OTHER_RESULT: not expires and now.result_id != then.result_id,
    }
    return [change for change, happens in found.items() if happens]


def _sources(person: Person, competency: Competency, version: MatrixVersion | None, as_of: date) -> list[Source]:
    """The roles held on the day, what decides first; two queries."""
    given = person.assignments.in_force(on=as_of).values("role")
    roles = list((Role.objects.filter(pk__in=given) | Role.objects.filter(held_by_everyone=True)).order_by("code"))
    cells = {
        cell.role_id: cell
        for cell in RoleRequirement.objects.filter(version=version, competency=competency, role__in=roles)
    }
    strictest = max((_requirement(cell) for cell in cells.values()), default=None)
    found = []
    for role in roles:
        cell = cells.get(role.pk)
        found.append(Source(role, cell, decides=cell is not None and _requirement(cell) == strictest))
    return sorted(found, key=lambda source: (not source.decides, source.cell is None))


def _requirement(cell: RoleRequirement) -> Requirement:
    """What the cell requires; a greater one is stricter (section 2.1)."""
    return Requirement(cell.required_level, cell.weight)


def _levels(
    competency: Competency, scale: Sequence[ScaleLevel], held: int | None, required: int | None
) -> list[LevelText]:
    """From the level held, or the first, to one beyond what is required and what is held; one query."""
    texts = indicators_of([competency.pk])[competency.pk]
    last = max(required or 0, held or 0) + 1
    return [
        LevelText(level, texts[level.value], held=level.value == held, required=level.value == required)
        for level in scale
        if level.value in texts and (held or 1) <= level.value <= last
    ]
