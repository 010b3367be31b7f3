"""Filters over results that chain."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q

from roles.facts import FactQuerySet
from roles.models import Membership, Person, Team, User


class AssessmentResultQuerySet(FactQuerySet[Any]):
    def standing(self) -> AssessmentResultQuerySet:
        """Those that have not been withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

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
