"""What happened to a person, and how their levels moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import groupby
from typing import NamedTuple

from assessments.models import AssessmentResult, Exemption
from reports.models import Standing
from reports.standings import State
from roles.models import Competency, MatrixVersion, Membership, Person, Role, Team

from .people import Sight

#: How many months the strips reach back.
MONTHS = 24


class Happening(Enum):
    """What an event is."""

    ASSESSED = "assessed"
    EXPIRED = "expired"
    ROLE_BEGINS = "role_begins"
    ROLE_ENDS = "role_ends"
    TEAM_CHANGES = "team_changes"
    EXEMPTION_BEGINS = "exemption_begins"
    EXEMPTION_ENDS = "exemption_ends"
    VERSION = "version"
    JOINED = "joined"
    LEFT = "left"


@dataclass(frozen=True)
class Event:
    """Something that happened on a day; which fields are there follows from what it is.

    Of TEAM_CHANGES `team` is the new one and `before` the old one, None where there is none; `elsewhere` says that the
    one left out is a team that the reader may not see. Of EXPIRED, `decided` says that the result decided until then.
    """

    day: date
    what: Happening
    result: AssessmentResult | None = None
    decided: bool = False
    role: Role | None = None
    team: Team | None = None
    before: Team | None = None
    elsewhere: bool = False
    exemption: Exemption | None = None
    version: MatrixVersion | None = None


@dataclass(frozen=True)
class Month:
    """The events of a month; `first` is its first day."""

    first: date
    events: list[Event]


class Piece(NamedTuple):
    """A stretch of a strip on which nothing changes, within its window.

    `last_level` is the level held, or the one that expired where the stretch before tells it.
    """

    from_on: date
    until_on: date
    required: int | None
    level: int | None
    last_level: int | None
    verified: bool | None
    state: State


@dataclass(frozen=True)
class Strip:
    """How somebody stood in a competency over the window of the strips, in the order of days, gaps left out.

    `now` is the piece of the last day, if there is one.
    """

    competency: Competency
    pieces: list[Piece]
    now: Piece | None


@dataclass(frozen=True)
class History:
    """Up to the day: the strips of `[begins, ends)` in the order of the codes, and the months, the newest first.

    `coming` has what is known of the days after, the soonest first.
    """

    begins: date
    ends: date
    strips: list[Strip]
    months: list[Month]
    coming: list[Month]


def history(*, person: Person, as_of: date, sight: Sight) -> History:
    """What is on record of the person up to the day and what is known to come; six queries.

    Of the days that `sight` does not have only the results are told, since they explain the standing of the day.
    """
    stretches = list(Standing.objects.filter(person=person).select_related("competency").order_by("from_on"))
    events = [*_results(person, as_of, stretches), *_elsewise(person, sight)]
    events.sort(key=lambda event: event.day)
    begins, ends = _window(as_of)
    return History(
        begins=begins,
        ends=ends,
        strips=_strips(stretches, begins, ends, sight),
        months=_months([event for event in reversed(events) if event.day <= as_of]),
        coming=_months([event for event in events if event.day > as_of]),
    )


def _months(events: Iterable[Event]) -> list[Month]:
    return [Month(first, list(of_month)) for first, of_month in groupby(events, lambda event: event.day.replace(day=1))]


def _results(person: Person, as_of: date, stretches: Sequence[Standing]) -> Iterator[Event]:
    """What was assessed by the day, and when it expires; what is withdrawn never does."""
    decided = {(row.result_id, row.until_on) for row in stretches}
    rows = AssessmentResult.objects.filter(person=person, assessed_on__lte=as_of)
    for row in rows.select_related("competency", "recorded_by", "withdrawn_by"):
        yield Event(row.assessed_on, Happening.ASSESSED, result=row)
        if row.expires_on and row.expires_on > row.assessed_on and row.withdrawn_at is None:
            yield Event(row.expires_on, Happening.EXPIRED, result=row, decided=(row.pk, row.expires_on) in decided)


def _elsewise(person: Person, sight: Sight) -> Iterator[Event]:
    """Everything that is no result, of the days that the reader may see."""
    yield from _team_changes(person, sight)
    for event in (*_employment(person), *_roles(person), *_exemptions(person), *_versions(person)):
        if sight.sees(event.day):
            yield event


def _employment(person: Person) -> Iterator[Event]:
    yield Event(person.joined_on, Happening.JOINED)
    if person.left_on:
        yield Event(person.left_on, Happening.LEFT)


def _roles(person: Person) -> Iterator[Event]:
    for held in person.assignments.select_related("role"):
        if held.until_on != held.from_on:
            yield Event(held.from_on, Happening.ROLE_BEGINS, role=held.role)
            if held.until_on:
                yield Event(held.until_on, Happening.ROLE_ENDS, role=held.role)


def _exemptions(person: Person) -> Iterator[Event]:
    for exemption in person.exemptions.select_related("competency"):
        if exemption.until_on != exemption.from_on:
            yield Event(exemption.from_on, Happening.EXEMPTION_BEGINS, exemption=exemption)
            if exemption.until_on:
                yield Event(exemption.until_on, Happening.EXEMPTION_ENDS, exemption=exemption)


def _versions(person: Person) -> Iterator[Event]:
    """The matrix versions that took effect while the person was there."""
    for version in MatrixVersion.objects.published().filter(effective_from__gt=person.joined_on):
        if person.left_on is None or version.effective_from < person.left_on:
            yield Event(version.effective_from, Happening.VERSION, version=version)


def _team_changes(person: Person, sight: Sight) -> Iterator[Event]:
    """Into a team, from one to another, out of one; a team on a day that the reader may not see is not named."""
    stays = [stay for stay in person.memberships.select_related("team") if stay.until_on != stay.from_on]
    begun = {stay.from_on: stay for stay in stays}
    ended = {stay.until_on: stay for stay in stays if stay.until_on}
    for day in sorted(begun.keys() | ended.keys()):
        new, old = (_seen(stays_on.get(day), sight) for stays_on in (begun, ended))
        elsewhere = (day in begun and new is None) or (day in ended and old is None)
        if new or old:
            yield Event(day, Happening.TEAM_CHANGES, team=new, before=old, elsewhere=elsewhere)


def _seen(stay: Membership | None, sight: Sight) -> Team | None:
    return stay.team if stay and sight.sees(stay.from_on) else None


def _window(as_of: date) -> tuple[date, date]:
    """The days from so many months back up to and with the day."""
    year, month = divmod(as_of.year * 12 + as_of.month - 1 - MONTHS, 12)
    return date(year, month + 1, 1) if year > 0 else date.min, as_of + timedelta(days=1)


def _strips(stretches: Sequence[Standing], begins: date, ends: date, sight: Sight) -> list[Strip]:
    """The stretches cut to the window; a stretch lies in one team, so the reader may see all of it or nothing."""
    competencies: dict[int, Competency] = {}
    pieces: dict[int, list[Piece]] = defaultdict(list)
    last_levels: dict[int, int | None] = {}
    for row in stretches:
        if row.state != State.EXPIRED:
            last_levels[row.competency_id] = row.level
        from_on, until_on = max(row.from_on, begins), min(row.until_on, ends)
        if from_on < until_on and sight.sees(row.from_on):
            competencies[row.competency_id] = row.competency
            last_level = last_levels.get(row.competency_id)
            piece = Piece(from_on, until_on, row.required, row.level, last_level, row.verified, State(row.state))
            pieces[row.competency_id].append(piece)
    strips = [
        Strip(competency, pieces[pk], pieces[pk][-1] if pieces[pk][-1].until_on == ends else None)
        for pk, competency in competencies.items()
    ]
    return sorted(strips, key=lambda strip: strip.competency.code)
