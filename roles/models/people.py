"""People, the teams they are in, the roles they hold, and who may sign in."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from roles.codes import CODE_LENGTH, valid_code
from roles.facts import DatedFact, Fact
from roles.locks import hold_tree
from roles.paths import STEP
from roles.querysets import DeputyQuerySet, MembershipQuerySet, PersonQuerySet, StretchQuerySet, TeamQuerySet
from roles.recorded import Recorded, RecordedQuerySet
from roles.stamps import Stamped

from .matrix import Role


class Person(Stamped, Fact):
    """A member of staff. May have a login, most do not."""

    subject = "id"
    called_by = ("employee_id",)
    renamed = True

    id = models.AutoField(primary_key=True)
    employee_id = models.CharField(_("employee id"), max_length=CODE_LENGTH, unique=True, validators=[valid_code])
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("email"), blank=True)
    joined_on = models.DateField(_("joined on"))
    left_on = models.DateField(
        _("left on"), null=True, blank=True, help_text=_("The first day on which the person no longer counts.")
    )
    #: Since when the name and all that tells who it is are gone (roles/services/erasing.py).
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta(Fact.Meta):
        ordering = ["employee_id"]
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")), name="person_left_not_before_joined"
            )
        ]
        # The order of lists of people, of which a page is read without putting a million in order.
        indexes = [models.Index(fields=["name", "employee_id"], name="person_by_name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.employee_id})"


class UserManager(DjangoUserManager["User"]):
    """Users, whose rights are recorded whichever way they are given."""

    use_in_migrations = False

    def get_queryset(self) -> RecordedQuerySet[User]:
        return RecordedQuerySet(self.model, using=self._db)


class User(Recorded, AbstractUser):
    """Somebody who may sign in: an administrator (`is_superuser`), an auditor, a manager of teams, or staff."""

    called_by = ("username",)
    renamed = True
    unrecorded = frozenset({"last_login", "date_joined", "sessions_ended"})
    secret = frozenset({"password"})

    person = models.OneToOneField(
        Person, models.PROTECT, null=True, blank=True, related_name="user", verbose_name=_("person")
    )
    is_auditor = models.BooleanField(_("auditor"), default=False, help_text=_("Reads everything and writes nothing."))
    #: How often all sessions of the user have been ended; a session is good only for the number it began with.
    sessions_ended = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(
                condition=~Q(is_superuser=True, is_auditor=True), name="user_not_auditor_and_administrator"
            )
        ]

    @property
    def reads_everything(self) -> bool:
        """Whether the user sees every team and person: administrators and auditors do."""
        return self.is_active and (self.is_superuser or self.is_auditor)

    @property
    def sees_teams(self) -> bool:
        """Whether there are teams whose figures the user may read."""
        return self.reads_everything or bool(self.managed_teams)

    @property
    def administers(self) -> bool:
        """Whether the user may change everything."""
        return self.is_active and self.is_superuser

    @property
    def records(self) -> bool:
        """Whether there may be anybody for whom the user may record results; an auditor never does."""
        return self.administers or (self.is_active and not self.is_auditor and bool(self.managed_teams))

    def records_for(self, team: Team) -> bool:
        """Whether the user may record results for the people of the team: administrators and its managers do."""
        if self.administers:
            return True
        return self.records and any(team.path.startswith(managed.path) for managed in self.managed_teams)

    @cached_property
    def managed_teams(self) -> list[Team]:
        """The teams the user manages today, also as a deputy, in the order of their paths: what the user sees.

        Rights are about now, so this asks for the day itself.
        """
        if not self.is_active or self.person_id is None:
            return []
        return list(Team.objects.managed_by(self.person_id, on=localdate()).order_by("path"))

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Whoever is deactivated stays signed out, also once they are let in again.
        hashed: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]  # not in the stubs
        return f"{hashed}{self.sessions_ended}"


class Team(Stamped):
    """A node of the one organisation tree; its scope is itself and every team below it.

    `path` is the fixed-width keys of the teams from the root down to this one, so that a scope is a prefix. It follows
    from the parents: `save` sets it for a new team, `roles.services.move_team` for a moved one, both holding the tree.
    """

    #: Digits for each level of a path. A path of 256 characters is 32 levels deep.
    STEP: ClassVar[int] = STEP
    follows = frozenset({"path"})
    unrecorded = frozenset({"path", "updated_at"})

    id = models.AutoField(primary_key=True)
    code = models.CharField(_("code"), max_length=CODE_LENGTH, unique=True, validators=[valid_code])
    name = models.CharField(_("name"), max_length=200)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    path = models.CharField(max_length=256, db_index=True, editable=False)

    objects = TeamQuerySet.as_manager()

    class Meta(Stamped.Meta):
        ordering = ["code"]
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [
            models.UniqueConstraint(
                Coalesce("parent", 0), condition=Q(parent__isnull=True), name="team_one_root_in_the_tree"
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="team_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the team; a new one gets its path. An existing one keeps its place: `move_team` changes that."""
        adding = self._state.adding
        if adding:
            hold_tree()
        super().save(*args, **kwargs)
        if adding:
            above = Team.objects.values_list("path", flat=True).get(pk=self.parent_id) if self.parent_id else ""
            self.path = above + self.step
            Team.objects.filter(pk=self.pk).update(path=self.path)

    @property
    def step(self) -> str:
        """The team's own part of its path."""
        return self.step_of(self.pk)

    @classmethod
    def step_of(cls, pk: int) -> str:
        """The part of its path that a team with this key has."""
        return f"{pk:0{cls.STEP}d}"

    @property
    def level(self) -> int:
        """How many teams are above it."""
        return len(self.path) // self.STEP - 1

    @property
    def above(self) -> list[int]:
        """The keys of the teams above, from the root down."""
        return [int(self.path[start : start + self.STEP]) for start in range(0, len(self.path) - self.STEP, self.STEP)]


class Membership(DatedFact):
    """A person is in a team over a stretch of days; at most one membership holds on any day (guards.py)."""

    called_by = ("person_id", "from_on")

    person = models.ForeignKey(
        Person, models.PROTECT, related_name="memberships", db_index=False, verbose_name=_("person")
    )
    team = models.ForeignKey(Team, models.PROTECT, related_name="memberships", db_index=False, verbose_name=_("team"))

    objects = MembershipQuerySet.as_manager()

    class Meta(DatedFact.Meta):
        ordering = ["person", "from_on"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships in teams")
        constraints = [
            *DatedFact.Meta.constraints,
            models.UniqueConstraint(fields=["person", "from_on"], name="membership_once_from_a_day"),
        ]
        indexes = [models.Index(fields=["team"], include=["person", "from_on", "until_on"], name="membership_of_team")]

    def __str__(self) -> str:
        return f"{self.person} in {self.team} from {self.from_on}"


class RoleAssignment(DatedFact):
    """A person holds a role over a stretch of days. Several roles may hold at once."""

    called_by = ("person_id", "role_id", "from_on")

    person = models.ForeignKey(
        Person, models.PROTECT, related_name="assignments", db_index=False, verbose_name=_("person")
    )
    role = models.ForeignKey(Role, models.PROTECT, related_name="assignments", verbose_name=_("role"))

    objects = StretchQuerySet.as_manager()

    class Meta(DatedFact.Meta):
        ordering = ["person", "from_on", "role"]
        verbose_name = _("role of a person")
        verbose_name_plural = _("roles of people")
        constraints = [
            *DatedFact.Meta.constraints,
            models.UniqueConstraint(fields=["person", "role", "from_on"], name="assignment_once_from_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.role} from {self.from_on}"


class TeamManager(Recorded):
    """A person manages a team, and so may read its scope. No standing depends on it."""

    called_by = ("team_id", "person_id")

    team = models.ForeignKey(Team, models.PROTECT, related_name="managers", db_index=False, verbose_name=_("team"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="manages", verbose_name=_("person"))

    objects = RecordedQuerySet["TeamManager"].as_manager()

    class Meta(Recorded.Meta):
        ordering = ["team", "person"]
        verbose_name = _("manager")
        verbose_name_plural = _("managers of teams")
        constraints = [models.UniqueConstraint(fields=["team", "person"], name="manager_once_per_team")]

    def __str__(self) -> str:
        return f"{self.person} manages {self.team}"


class Deputy(Recorded):
    """Somebody stands in for a manager from a day until a day: whatever teams that one manages are theirs as well."""

    called_by = ("manager_id", "person_id", "from_on")

    manager = models.ForeignKey(Person, models.PROTECT, related_name="deputies", verbose_name=_("manager"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="stands_in", verbose_name=_("person"))
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), help_text=_("The first day on which it no longer holds."))

    objects = DeputyQuerySet.as_manager()

    class Meta(Recorded.Meta):
        ordering = ["manager", "from_on", "person"]
        verbose_name = _("deputy")
        verbose_name_plural = _("deputies")
        constraints = [
            models.UniqueConstraint(fields=["manager", "person", "from_on"], name="deputy_once_from_a_day"),
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="deputy_until_not_before_from"),
            models.CheckConstraint(condition=~Q(manager=F("person")), name="deputy_of_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"{self.person} for {self.manager} from {self.from_on} until {self.until_on}"
