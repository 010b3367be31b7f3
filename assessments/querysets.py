"""Filters over results that chain."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from roles.facts import FactQuerySet
from roles.models import JobState, Membership, Person, Team, User


class AssessmentResultQuerySet(FactQuerySet[Any]):
    def standing(self) -> AssessmentResultQuerySet:
        """Those that have not been withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def running_out(self, *, after: date, by: date) -> AssessmentResultQuerySet:
        """Those that count on the day `after` and no longer on `by`, where by then nothing on record takes their place.

        Of people who are there on the day `after`.
        """
        takes_its_place = (
            type(self)(self.model, using=self.db)
            .standing()
            .filter(Q(expires_on__isnull=True) | Q(expires_on__gt=by), assessed_on__lte=by)
            .filter(person=OuterRef("person"), competency=OuterRef("competency"))
        )
        ending = self.standing().filter(assessed_on__lte=after, expires_on__gt=after, expires_on__lte=by)
        employed = Person.objects.employed(on=after).filter(pk=OuterRef("person"))
        return ending.filter(Exists(employed), ~Exists(takes_its_place))

    def visible_to(self, user: User, *, on: date) -> AssessmentResultQuerySet:
        """The results of the people whom the user may see on the day `on`, or on the day of the assessment.

        What was assessed after `on` only by the latter: what somebody goes on to do in another team is not told.
        """
        if user.reads_everything:
            return self
        teams = list(Team.objects.visible_to(user).order_by().values_list("pk", flat=True))
        stays = Membership.objects.filter(team__in=teams).order_by()
        # Whose they may be at all is asked for by itself, and as a union: from there an index leads to the few results.
        themselves = Person.objects.filter(Q(pk=user.person_id)).order_by().values("pk")
        people = stays.values("person").union(themselves)
        of_person = stays.filter(person=OuterRef("person"))
        seen_by_then = Exists(of_person.in_force(on=on)) & Q(assessed_on__lte=on)
        seen = seen_by_then | Exists(of_person.in_force(on=OuterRef("assessed_on")))
        return self.filter(Q(person=user.person_id) | seen, person__in=people)


class ImportQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> ImportQuerySet:
        """The imports that the user may read: their files are about everybody, so all or none."""
        return self if user.reads_everything else self.none()

    def open(self) -> ImportQuerySet:
        """Those whose files are still there."""
        return self.exclude(state__in=self.model.ENDED)

    def failed(self) -> ImportQuerySet:
        """Those that could not be imported as they are: rows are bad, or what was at them has failed."""
        lost = Q(job=None) | Q(job__state__in=[JobState.FAILED, JobState.REFUSED])
        return self.filter(Q(state="bad") | Q(state__in=self.model.BUSY) & lost)
