"""The role matrix: roles, competencies with their facets, threats, and versions of what a role requires."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from roles.codes import CODE_LENGTH, valid_code
from roles.facts import Rule, RuleQuerySet
from roles.querysets import MatrixVersionQuerySet
from roles.recorded import Recorded, RecordedQuerySet
from roles.recorded_sets import tell_sets


class Origin(models.TextChoices):
    """Where a shipped fact comes from; what an organisation made itself is its own."""

    ARTICLE = "article", _("Article")
    PROPOSAL = "proposal", _("Proposal")
    ORGANISATION = "organisation", _("Organisation")


class Dimension(models.TextChoices):
    """What kind of understanding a competency is."""

    TECHNICAL = "technical", _("Technical depth")
    RISK = "risk", _("Risk awareness")
    GOVERNANCE = "governance", _("Governance understanding")


class LifecycleStage(models.TextChoices):
    """Where in the life of an AI system a competency is needed."""

    DESIGN = "design", _("Design")
    DEVELOPMENT = "development", _("Development")
    DEPLOYMENT = "deployment", _("Deployment")
    GOVERNANCE = "governance", _("Governance")


class ScaleLevel(Recorded):
    """A level of the scale, in words. Never assessed is no level at all, and not level 0."""

    called_by = ()

    value = models.PositiveSmallIntegerField(_("value"), primary_key=True)
    name = models.CharField(_("name"), max_length=40)
    summary = models.CharField(_("summary"), max_length=200)
    assessor_test = models.CharField(_("assessor test"), max_length=400, blank=True)
    supervision = models.CharField(_("supervision"), max_length=100, blank=True)
    typical_evidence = models.JSONField(_("typical evidence"), default=list, blank=True)

    objects = RecordedQuerySet["ScaleLevel"].as_manager()

    class Meta(Recorded.Meta):
        ordering = ["value"]
        verbose_name = _("level of the scale")
        verbose_name_plural = _("levels of the scale")
        constraints = [models.CheckConstraint(condition=Q(value__range=(0, 4)), name="scale_level_0_to_4")]

    def __str__(self) -> str:
        return f"{self.value} {self.name}"


class RoleFamily(Recorded):
    """A group of roles and competencies, such as cybersecurity."""

    id = models.AutoField(primary_key=True)
    code = models.CharField(_("code"), max_length=CODE_LENGTH, unique=True, validators=[valid_code])
    title = models.CharField(_("title"), max_length=200)

    objects = RecordedQuerySet["RoleFamily"].as_manager()

    class Meta(Recorded.Meta):
        ordering = ["id"]
        verbose_name = _("family")
        verbose_name_plural = _("families of roles and competencies")

    def __str__(self) -> str:
        return self.title


class Role(Rule):
    """A job role of the matrix. One may be held by everyone, which touches everybody."""

    decisive = frozenset({"held_by_everyone"})

    id = models.AutoField(primary_key=True)
    code = models.CharField(_("code"), max_length=CODE_LENGTH, unique=True, validators=[valid_code])
    title = models.CharField(_("title"), max_length=200)
    family = models.ForeignKey(
        RoleFamily, models.PROTECT, null=True, blank=True, related_name="roles", verbose_name=_("family")
    )
    who = models.CharField(_("who"), max_length=200, blank=True)
    emerging = models.BooleanField(_("emerging"), default=False)
    held_by_everyone = models.BooleanField(
        _("held by everyone"), default=False, help_text=_("Everybody holds this role on every day.")
    )
    origin = models.CharField(_("origin"), max_length=12, choices=Origin, default=Origin.ORGANISATION)

    objects = RuleQuerySet["Role"].as_manager()

    class Meta(Rule.Meta):
        ordering = ["code"]
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(
                fields=["held_by_everyone"], condition=Q(held_by_everyone=True), name="role_one_held_by_everyone"
            ),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="role_known_origin"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Threat(Recorded):
    """One of the threats that competencies counter."""

    id = models.AutoField(primary_key=True)
    code = models.CharField(_("code"), max_length=CODE_LENGTH, unique=True, validators=[valid_code])
    title = models.CharField(_("title"), max_length=200)
    note = models.TextField(_("note"), blank=True)

    objects = RecordedQuerySet["Threat"].as_manager()

    class Meta(Recorded.Meta):
        ordering = ["code"]
        verbose_name = _("threat")
        verbose_name_plural = _("threats")

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class ThreatReference(Recorded):
    """What a framework calls a part of the threat; its identifier names the edition where identifiers change by it."""

    called_by = ("threat_id", "framework", "identifier")

    threat = models.ForeignKey(Threat, models.CASCADE, related_name="references", verbose_name=_("threat"))
    framework = models.CharField(_("framework"), max_length=100)
    identifier = models.CharField(_("identifier"), max_length=40)
    title = models.CharField(_("title"), max_length=200)
    primary = models.BooleanField(_("primary"), default=False)

    objects = RecordedQuerySet["ThreatReference"].as_manager()

    class Meta(Recorded.Meta):
        ordering = ["threat", "framework", "identifier"]
        verbose_name = _("reference")
        verbose_name_plural = _("what frameworks call it")
        constraints = [
            models.UniqueConstraint(
                fields=["threat", "framework", "identifier"], name="threat_reference_once_per_framework"
            )
        ]

    def __str__(self) -> str:
        return f"{self.identifier} {self.title}"


class Competency(Recorded):
    """Something a role may require at a level, with the facets that reports group by."""

    id = models.AutoField(primary_key=True)
    code = models.CharField(_("code"), max_length=CODE_LENGTH, unique=True, validators=[valid_code])
    title = models.CharField(_("title"), max_length=200)
    family = models.ForeignKey(
        RoleFamily, models.PROTECT, null=True, blank=True, related_name="competencies", verbose_name=_("family")
    )
    dimension = models.CharField(_("dimension"), max_length=12, choices=Dimension, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    origin = models.CharField(_("origin"), max_length=12, choices=Origin, default=Origin.ORGANISATION)
    threats = models.ManyToManyField(Threat, related_name="competencies", blank=True, verbose_name=_("threats"))

    objects = RecordedQuerySet["Competency"].as_manager()

    class Meta(Recorded.Meta):
        ordering = ["code"]
        verbose_name = _("competency")
        verbose_name_plural = _("competencies")
        constraints = [
            models.CheckConstraint(
                condition=Q(dimension__in=["", *Dimension.values]), name="competency_known_dimension"
            ),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="competency_known_origin"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


tell_sets(Competency)


class CompetencyStage(Recorded):
    """A lifecycle stage in which the competency is needed."""

    called_by = ("competency_id", "stage")

    competency = models.ForeignKey(Competency, models.CASCADE, related_name="stages", verbose_name=_("competency"))
    stage = models.CharField(_("stage"), max_length=12, choices=LifecycleStage)

    objects = RecordedQuerySet["CompetencyStage"].as_manager()

    class Meta(Recorded.Meta):
        ordering = ["competency", "stage"]
        verbose_name = _("lifecycle stage")
        verbose_name_plural = _("lifecycle stages")
        constraints = [
            models.UniqueConstraint(fields=["competency", "stage"], name="competency_stage_once"),
            models.CheckConstraint(condition=Q(stage__in=LifecycleStage.values), name="competency_known_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.competency}: {self.stage}"


class CompetencyIndicator(Recorded):
    """How somebody behaves who holds the competency at the level."""

    called_by = ("competency_id", "level")

    competency = models.ForeignKey(Competency, models.CASCADE, related_name="indicators", verbose_name=_("competency"))
    level = models.PositiveSmallIntegerField(_("level"))
    text = models.TextField(_("text"))

    objects = RecordedQuerySet["CompetencyIndicator"].as_manager()

    class Meta(Recorded.Meta):
        ordering = ["competency", "level"]
        verbose_name = _("level in words")
        verbose_name_plural = _("levels in words")
        constraints = [
            models.UniqueConstraint(fields=["competency", "level"], name="indicator_once_per_level"),
            models.CheckConstraint(condition=Q(level__range=(1, 4)), name="indicator_level_1_to_4"),
        ]

    def __str__(self) -> str:
        return f"{self.competency} at level {self.level}"


class MatrixVersion(Rule):
    """A complete set of requirements with the day it takes effect; once published, it never changes (guards.py)."""

    decisive = frozenset({"published_at"})
    unrecorded = frozenset({"revision"})

    id = models.AutoField(primary_key=True)
    code = models.CharField(_("code"), max_length=CODE_LENGTH, unique=True, validators=[valid_code])
    effective_from = models.DateField(_("effective from"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True, help_text=_("What changed, and why."))
    #: Grows with every edit of a draft, so that two who edit at once do not undo each other's work.
    revision = models.PositiveIntegerField(default=0)

    objects = MatrixVersionQuerySet.as_manager()

    class Meta(Rule.Meta):
        ordering = ["effective_from", "code"]
        verbose_name = _("matrix version")
        verbose_name_plural = _("matrix versions")
        constraints = [
            # Of two published for one day neither would be the one in force.
            models.UniqueConstraint(
                fields=["effective_from"],
                condition=Q(published_at__isnull=False),
                name="version_one_published_from_a_day",
            )
        ]

    def __str__(self) -> str:
        return self.code


class RoleRequirement(Recorded):
    """One cell of a matrix version: the level a role asks for in a competency, and how much it weighs."""

    called_by = ("version_id", "role_id", "competency_id")

    version = models.ForeignKey(
        MatrixVersion, models.CASCADE, related_name="requirements", db_index=False, verbose_name=_("version")
    )
    role = models.ForeignKey(Role, models.PROTECT, related_name="requirements", verbose_name=_("role"))
    competency = models.ForeignKey(
        Competency, models.PROTECT, related_name="requirements", verbose_name=_("competency")
    )
    required_level = models.PositiveSmallIntegerField(_("required level"))
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)
    rationale = models.TextField(_("rationale"), blank=True)
    pairing_origin = models.CharField(max_length=12, choices=Origin, default=Origin.ORGANISATION)
    level_origin = models.CharField(max_length=12, choices=Origin, default=Origin.ORGANISATION)

    objects = RecordedQuerySet["RoleRequirement"].as_manager()

    class Meta(Recorded.Meta):
        ordering = ["version", "role", "competency"]
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        constraints = [
            models.UniqueConstraint(fields=["version", "role", "competency"], name="requirement_once_per_version"),
            # A role that asks for nothing has no row, so level 0 is never stored.
            models.CheckConstraint(condition=Q(required_level__range=(1, 4)), name="requirement_level_1_to_4"),
            models.CheckConstraint(condition=Q(weight__range=(1, 3)), name="requirement_weight_1_to_3"),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.role.code} {self.competency.code} {self.required_level}"


class CatalogueStamp(models.Model):
    """Changes with every write of the catalogue and the matrix, by triggers alone (roles/catalogue_stamp.py)."""

    stamp = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        return str(self.stamp)
