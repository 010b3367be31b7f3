"""What people can do, as assessed, and what they are excused from."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from assessments.querysets import AssessmentResultQuerySet
from roles.facts import DatedFact, Fact
from roles.models import Competency, Person
from roles.querysets import StretchQuerySet


class Method(models.TextChoices):
    """How a level was assessed."""

    SELF = "self", _("Self-assessment")
    PEER = "peer", _("Peer review")
    MANAGER = "manager", _("Manager's assessment")
    EXAM = "exam", _("Exam")
    CREDENTIAL = "credential", _("Credential")
    PRACTICAL = "practical", _("Practical test")


#: Methods whose results count as verified; the others are claims (contract, section 1).
VERIFIED_METHODS = frozenset({Method.MANAGER, Method.EXAM, Method.CREDENTIAL, Method.PRACTICAL})


def new_result_id() -> str:
    """An id for a result that no sender gave one: random, and told from a sender's by its form."""
    return str(uuid.uuid4())


class AssessmentResult(Fact):
    """One assessment result. Recorded once, never edited; a mistake is withdrawn and counts nowhere (guards.py).

    The order of the primary keys is the order of recording, which decides between results of one day.
    """

    called_by = ("person_id", "competency_id", "result_id")

    # Unique by a constraint of its own: `unique=True` would add a second index, for prefixes that nobody asks for.
    result_id = models.CharField(_("result id"), max_length=100, default=new_result_id)
    person = models.ForeignKey(Person, models.PROTECT, related_name="results", db_index=False, verbose_name=_("person"))
    competency = models.ForeignKey(
        Competency, models.PROTECT, related_name="results", db_index=False, verbose_name=_("competency")
    )
    level = models.PositiveSmallIntegerField(_("level"), validators=[MaxValueValidator(4)])
    method = models.CharField(_("method"), max_length=10, choices=Method)
    assessed_on = models.DateField(_("assessed on"))
    expires_on = models.DateField(
        _("expires on"), null=True, blank=True, help_text=_("The first day on which it no longer counts.")
    )
    assessor = models.CharField(_("assessor"), max_length=200, blank=True)
    evidence = models.CharField(_("evidence"), max_length=2000, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("recorded by"),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("withdrawn by"),
    )
    withdrawn_reason = models.CharField(_("withdrawn reason"), max_length=500, blank=True)
    #: Since when what it said of people in words is gone; the level and the days stay (guards.py).
    pseudonymised_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AssessmentResultQuerySet.as_manager()

    class Meta(Fact.Meta):
        ordering = ["pk"]
        verbose_name = _("result")
        verbose_name_plural = _("results")
        indexes = [models.Index(fields=["person", "competency"], name="result_of_person")]
        constraints = [
            models.UniqueConstraint(fields=["result_id"], name="result_id_once"),
            models.CheckConstraint(condition=Q(level__range=(0, 4)), name="result_level_0_to_4"),
            models.CheckConstraint(condition=Q(method__in=Method.values), name="result_known_method"),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("assessed_on")),
                name="result_expires_not_before_assessed",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason=""),
                name="result_withdrawn_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.result_id}: {self.person} {self.competency.code} level {self.level} on {self.assessed_on}"

    def clean(self) -> None:
        """Raises ValidationError if the result would expire before it was assessed."""
        if self.expires_on is not None and self.expires_on < self.assessed_on:
            raise ValidationError({"expires_on": _("A result does not expire before it was assessed.")})

    @property
    def verified(self) -> bool:
        """Whether somebody other than the person or a peer stands behind the level."""
        return self.method in VERIFIED_METHODS


class Exemption(DatedFact):
    """A person is excused from a competency over a stretch of days."""

    called_by = ("person_id", "competency_id", "from_on")

    person = models.ForeignKey(
        Person, models.PROTECT, related_name="exemptions", db_index=False, verbose_name=_("person")
    )
    competency = models.ForeignKey(
        Competency, models.PROTECT, related_name="exemptions", db_index=False, verbose_name=_("competency")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = StretchQuerySet.as_manager()

    class Meta(DatedFact.Meta):
        ordering = ["person", "competency", "from_on"]
        verbose_name = _("exemption")
        verbose_name_plural = _("exemptions")
        constraints = [
            *DatedFact.Meta.constraints,
            models.UniqueConstraint(fields=["person", "competency", "from_on"], name="exemption_once_from_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: exempt from {self.competency.code} from {self.from_on}"
