"""What is derived from the facts, and what REST keeps of its requests."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q

from roles.models import Competency, Person, Team, User

from .standings import State


class StandingQuerySet(models.QuerySet["Standing"]):
    def in_force(self, *, on: date) -> StandingQuerySet:
        """What holds on the day `on`."""
        return self.filter(from_on__lte=on, until_on__gt=on)

    def within(self, team: Team) -> StandingQuerySet:
        """The standings of the people in the team's scope."""
        return self.filter(team__path__startswith=team.path)

    def visible_to(self, user: User) -> StandingQuerySet:
        """What the user may read: the standings of days on which somebody was in their scope, and all of their own.

        The keys of the teams are read first, since with them, and without a join, each scope is served by an index.
        """
        if user.reads_everything:
            return self
        teams = list(Team.objects.visible_to(user).order_by().values_list("pk", flat=True)) if user.sees_teams else []
        return self.filter(Q(team__in=teams) | Q(person=user.person_id))


class Standing(models.Model):
    """What holds for one person and competency on every day of `[from_on, until_on)` (reports/standings.py).

    Derived from the facts by `reports.services`, never written otherwise. The foreign keys are not enforced: that would
    cost more than the computing, and `rebuild_standings --check` proves more. An open end is stored as `date.max`, so
    that a day is found by two comparisons.
    """

    pk = models.CompositePrimaryKey("person", "competency", "from_on")
    person = models.ForeignKey(Person, models.DO_NOTHING, related_name="standings", db_constraint=False, db_index=False)
    competency = models.ForeignKey(Competency, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    team = models.ForeignKey(Team, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    from_on = models.DateField()
    until_on = models.DateField()
    required = models.PositiveSmallIntegerField(null=True)
    weight = models.PositiveSmallIntegerField(null=True)
    level = models.PositiveSmallIntegerField(null=True)
    verified = models.BooleanField(null=True)
    state = models.PositiveSmallIntegerField(choices=[(state.value, state.word) for state in State])
    result = models.ForeignKey(
        "assessments.AssessmentResult",
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    objects = StandingQuerySet.as_manager()

    class Meta:
        ordering = ["person", "competency", "from_on"]
        indexes = [
            models.Index(
                fields=["team", "until_on"],
                include=["from_on", "person", "competency", "required", "weight", "level", "verified", "state"],
                name="standing_of_team",
            ),
            # Who holds a competency at which level, the whole organisation over: without a look at the table.
            models.Index(
                fields=["competency", "level", "verified", "person"],
                include=["from_on", "until_on"],
                condition=Q(level__isnull=False),
                name="standing_that_holds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.competency_id} {self.from_on} to {self.until_on}: {State(self.state).word}"


class Presence(models.Model):
    """Somebody counts in a team and holds just these roles on every day of `[from_on, until_on)` (presence.py).

    Derived like standings, and kept with them; an open end is stored as `date.max`. `roles` are keys with commas, in
    ASCII.
    """

    pk = models.CompositePrimaryKey("person", "from_on")
    person = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    team = models.ForeignKey(Team, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    from_on = models.DateField()
    until_on = models.DateField()
    roles = models.BinaryField()

    class Meta:
        ordering = ["person", "from_on"]
        indexes = [
            models.Index(fields=["team", "until_on"], include=["from_on", "person", "roles"], name="presence_of_team")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.team_id} from {self.from_on} until {self.until_on}"


class CounterBlock(models.Model):
    """The sums of a large team's scope at the beginning of a day, and how they change after it (counters/blocks.py).

    The blocks of a team follow one another from the first day there is. A team without a block is not counted.
    """

    pk = models.CompositePrimaryKey("team", "from_on")
    team = models.ForeignKey(Team, models.CASCADE, related_name="+", db_index=False)
    from_on = models.DateField()
    cells = models.BinaryField()
    totals = models.BinaryField()

    class Meta:
        ordering = ["team", "from_on"]

    def __str__(self) -> str:
        return f"{self.team_id} from {self.from_on}"


class CounterChange(models.Model):
    """How people of one team change the counters of all teams above it; it waits here until it is folded into them."""

    #: The path of the team. No team moves while anything waits: what does is folded first.
    path = models.CharField(max_length=256)
    changes = models.BinaryField()

    class Meta:
        ordering = ["pk"]
        # One that serves the beginning of a path, and no other as Django would add.
        indexes = [models.Index(fields=["path"], opclasses=["text_pattern_ops"], name="change_by_path")]

    def __str__(self) -> str:
        return f"{self.pk}: {self.path}"


class CounterMove(models.Model):
    """What a team that has moved counts, to be added to a team above it or taken from it; waits until it is folded.

    It is in the `MovedBlock`s of `moved`, with the sign of `sign`, and counts as that of the direct child `child`. With
    `teams_alone` just as the child's: the team stays above, and only the line of a child is another.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    moved = models.BigIntegerField(db_index=True)
    child = models.IntegerField()
    sign = models.SmallIntegerField()
    teams_alone = models.BooleanField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.pk}: {'+' if self.sign > 0 else '-'} {self.moved} in {self.team_id} as {self.child}"


class MovedBlock(models.Model):
    """A block of what a team counted when it moved, as in `CounterBlock`; kept for as long as a `CounterMove` waits."""

    pk = models.CompositePrimaryKey("moved", "from_on")
    moved = models.BigIntegerField()
    from_on = models.DateField()
    cells = models.BinaryField()
    totals = models.BinaryField()

    class Meta:
        ordering = ["moved", "from_on"]

    def __str__(self) -> str:
        return f"{self.moved} from {self.from_on}"


class ApiUse(models.Model):
    """How many requests somebody has made in the minute `minute`, counted from 1970; one row for each caller."""

    caller = models.CharField(max_length=64, primary_key=True)
    minute = models.BigIntegerField()
    requests = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.caller}: {self.requests}"


class IdempotentRequest(models.Model):
    """A request that somebody may send again, and what it was answered; `status` is None while it is being answered.

    `claim` is whose work it is: only who still holds it may write the answer, so that it is written once.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    claim = models.UUIDField()
    claimed_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"
