"""Filters that chain. Reading rights are here and nowhere else: every surface calls `visible_to`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Cast, Coalesce, Length
from django.utils.timezone import make_aware

from .facts import DatedQuerySet, FactQuerySet, RuleQuerySet
from .recorded import RecordedQuerySet
from .stamps import StampedQuerySet

if TYPE_CHECKING:
    from .models import AuditEvent, Deputy, MatrixVersion, Membership, Team, User


def _within_any(teams: list[Team], field: str) -> Q:
    """The condition that the path in `field` lies in the scope of one of the teams; none if there are no teams."""
    return reduce(or_, (Q(**{f"{field}__startswith": team.path}) for team in teams), Q(pk__in=[]))


class TeamQuerySet(StampedQuerySet["Team"]):
    def within(self, team: Team) -> TeamQuerySet:
        """The team and every team below it."""
        return self.filter(path__startswith=team.path)

    def in_tree(self, *, top: int = 0, levels: int | None = None) -> TeamQuerySet:
        """Each team after the one above it, with `depth`: how many levels it lies below the level `top`.

        With `levels`, only so many levels of the tree, the one of `top` included.
        """
        placed = self.annotate(depth=Length("path") / self.model.STEP - 1 - top).order_by("path")
        return placed if levels is None else placed.filter(depth__lt=levels)

    def managed_by(self, person: int, *, on: date) -> TeamQuerySet:
        """The teams that the person with this key manages, those of whom they stand in for on the day `on` included."""
        stands_in = Q(managers__person__deputies__person=person) & Q(
            managers__person__deputies__from_on__lte=on, managers__person__deputies__until_on__gt=on
        )
        return self.filter(Q(managers__person=person) | stands_in).distinct()

    def called(self, words: str) -> TeamQuerySet:
        """The teams with these words in their name or code, large and small letters alike."""
        return self.filter(Q(name__icontains=words) | Q(code__icontains=words))

    def visible_to(self, user: User) -> TeamQuerySet:
        """The teams whose figures the user may read."""
        if user.reads_everything:
            return self
        return self.filter(_within_any(user.managed_teams, "path"))


class PersonQuerySet(FactQuerySet[Any]):
    def employed(self, *, on: date) -> PersonQuerySet:
        """The people who have joined by the day `on` and have not left."""
        return self.filter(Q(left_on__isnull=True) | Q(left_on__gt=on), joined_on__lte=on)

    def within(self, team: Team, *, on: date) -> PersonQuerySet:
        """The people who count for the team's scope on the day `on`: employed, and in one of its teams."""
        return self.employed(on=on).filter(
            Q(memberships__until_on__isnull=True) | Q(memberships__until_on__gt=on),
            memberships__from_on__lte=on,
            memberships__team__path__startswith=team.path,
        )

    def visible_to(self, user: User, *, on: date) -> PersonQuerySet:
        """The people whose standings on the day `on` the user may read.

        A manager sees who is in their scope on that day, so that what they see of a day adds up to its team report.
        """
        if user.reads_everything:
            return self
        return self.filter(Q(pk__in=self._in_scope_of(user, on)) | Q(pk=user.person_id))

    def recorded_by(self, user: User, *, on: date) -> PersonQuerySet:
        """The people for whom the user records results on the day `on`, as `User.records_for` says it of a team.

        Administrators do for everybody, managers for those who count for the scope of one of their teams.
        """
        if user.administers:
            return self
        return self.employed(on=on).filter(pk__in=self._in_scope_of(user, on)) if user.records else self.none()

    def _in_scope_of(self, user: User, on: date) -> Any:
        """The keys of who is, on the day, in the scope of a team that the user manages."""
        members = Q(memberships__from_on__lte=on) & (
            Q(memberships__until_on__isnull=True) | Q(memberships__until_on__gt=on)
        )
        in_scope = members & _within_any(user.managed_teams, "memberships__team__path")
        return self.model._default_manager.filter(in_scope).values("pk")


class MembershipQuerySet(DatedQuerySet[Any]):
    def within(self, team: Team) -> MembershipQuerySet:
        """The memberships in the team or in a team below it."""
        return self.filter(team__path__startswith=team.path)

    def overlapping(self, stay: Membership) -> MembershipQuerySet:
        """The same person's other memberships that hold on a day of this one, by their days."""
        if stay.until_on == stay.from_on:
            return self.none()
        others = self.filter(person=stay.person_id).exclude(pk=stay.pk).exclude(until_on=F("from_on"))
        others = others.filter(Q(until_on__isnull=True) | Q(until_on__gt=stay.from_on))
        return (others.filter(from_on__lt=stay.until_on) if stay.until_on else others).order_by("from_on")

    def in_teams_of(self, user: User) -> MembershipQuerySet:
        """The memberships in the teams whose figures the user may read."""
        return self.filter(_within_any(user.managed_teams, "team__path"))

    def visible_to(self, user: User, *, on: date) -> MembershipQuerySet:
        """Those of people whom the user may see on the day `on`, in teams that are theirs to see; and all of their own.

        So nobody is told where somebody came from or went to.
        """
        if user.reads_everything:
            return self
        seen = self.model._default_manager.in_teams_of(user).in_force(on=on).order_by().values("person")
        in_sight = _within_any(user.managed_teams, "team__path") & Q(person__in=seen)
        return self.filter(in_sight | Q(person=user.person_id))


class StretchQuerySet(DatedQuerySet[Any]):
    """What people hold or are excused from, from a day until a day."""

    def visible_to(self, user: User, *, on: date) -> StretchQuerySet:
        """Those of people whom the user may see on the day `on`, if they hold on a day on which the user may see them.

        So nobody is told what came before or after somebody was in their teams. All of their own are theirs to see.
        """
        if user.reads_everything:
            return self
        stays = apps.get_model("roles", "Membership")._default_manager.in_teams_of(user).order_by()
        open_or = Coalesce(OuterRef("until_on"), date.max, output_field=models.DateField())
        meanwhile = Q(until_on__isnull=True) | Q(until_on__gt=OuterRef("from_on"))
        overlapping = stays.filter(meanwhile, person=OuterRef("person"), from_on__lt=open_or)
        in_sight = Q(person__in=stays.in_force(on=on).values("person")) & Exists(overlapping)
        return self.filter(in_sight | Q(person=user.person_id))


class MatrixVersionQuerySet(RuleQuerySet[Any]):
    def visible_to(self, user: User) -> MatrixVersionQuerySet:
        """The published versions; to administrators and auditors also the drafts."""
        return self if user.reads_everything else self.published()

    def published(self) -> MatrixVersionQuerySet:
        """The versions that count, each from its day on."""
        return self.filter(published_at__isnull=False)

    def in_force(self, *, on: date) -> MatrixVersion | None:
        """The published version with the greatest `effective_from` up to the day `on`, if any (contract, section 2)."""
        return self.published().filter(effective_from__lte=on).order_by("-effective_from").first()


class DeputyQuerySet(RecordedQuerySet[Any]):
    def in_force(self, *, on: date) -> DeputyQuerySet:
        """Who stands in for whom on the day `on`."""
        return self.filter(from_on__lte=on, until_on__gt=on)

    def overlapping(self, deputy: Deputy) -> DeputyQuerySet:
        """Other days on which the same person stands in for the same manager, if they meet those of this one."""
        same = self.filter(manager=deputy.manager_id, person=deputy.person_id).exclude(pk=deputy.pk)
        return same.filter(from_on__lt=deputy.until_on, until_on__gt=deputy.from_on).exclude(until_on=F("from_on"))


class ApiTokenQuerySet(RecordedQuerySet[Any]):
    def visible_to(self, user: User) -> ApiTokenQuerySet:
        """The tokens that the user may see and revoke: their own."""
        return self.filter(user=user)


class JobQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> JobQuerySet:
        """The pieces of work that the user may see: who reads everything all of them, others what they asked for."""
        return self if user.reads_everything else self.filter(asked_by=user)


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    #: So many are read at once, of which each may tell of ten thousand rows.
    AT_A_TIME = 200

    def visible_to(self, user: User) -> AuditEventQuerySet:
        """The events that the user may read: who reads everything all of them, others none."""
        return self if user.reads_everything else self.none()

    def within_days(self, *, from_on: date | None, until_on: date | None) -> AuditEventQuerySet:
        """The events from the first of these days on and before the second, which is the first that does not count."""
        events = self
        if from_on is not None:
            events = events.filter(at__gte=make_aware(datetime.combine(from_on, time.min)))
        if until_on is not None:
            events = events.filter(at__lt=make_aware(datetime.combine(until_on, time.min)))
        return events

    def about(self, words: str) -> AuditEventQuerySet:
        """The events done by, to or in what the words name, or that say them in what was before or after.

        Words with a digit, such as a code, are found as a whole: E1 is not found in E10.
        """
        found = Q(subject=words) | Q(actor=words) | Q(action=words) | Q(request_id=words)
        found |= Q(subject__startswith=f"{words} ") | Q(action__startswith=f"{words}.")
        events, written = self, as_json(words)
        for name in ("before", "after"):
            events = events.alias(**{f"{name}_said": Cast(name, models.TextField())})
            said = Q(**{f"{name}_said__icontains": written})
            if any(letter.isdigit() for letter in words):
                said &= Q(**{f"{name}_said__iregex": rf"(^|\W){re.escape(written)}(\W|$)"})
            found |= said
        return events.filter(found)

    def telling_of(self, label: str) -> AuditEventQuerySet:
        """The events that tell of the row with this name (naming.py)."""
        return self.filter(Q(before__has_key=label) | Q(after__has_key=label))

    def in_their_order(self) -> Iterator[AuditEvent]:
        """One event after the other, in flat memory and without holding anything; those that there are at the start."""
        last, end = 0, self.aggregate(end=models.Max("number"))["end"] or 0
        while events := list(self.filter(number__gt=last, number__lte=end).order_by("number")[: self.AT_A_TIME]):
            yield from events
            last = events[-1].number


def as_json(words: str) -> str:
    """The words as they stand in a column of JSON."""
    return json.dumps(words, ensure_ascii=connection.vendor == "sqlite")[1:-1]
