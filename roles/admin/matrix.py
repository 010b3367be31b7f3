"""What the matrix is about: roles, competencies, threats, families and the scale."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from roles.console import Group, ToDo, remind
from roles.models import (
    Competency,
    CompetencyIndicator,
    CompetencyStage,
    MatrixVersion,
    Role,
    RoleFamily,
    RoleRequirement,
    ScaleLevel,
    Threat,
    ThreatReference,
    User,
)

from .base import ConsoleAdmin, ConsoleInline, shown_empty
from .forms import ConsoleForm
from .lists import Choice, WordFilter, counted, list_of


def _not_required(rows: QuerySet[Any], today: date, by: str) -> QuerySet[Any]:
    """Those that no cell of the version in force on the day is about; none without a version in force."""
    version = MatrixVersion.objects.in_force(on=today)
    if version is None:
        return rows.none()
    return rows.filter(~Exists(RoleRequirement.objects.filter(version=version, **{by: OuterRef("pk")})))


def roles_without_requirements(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    """The roles that ask for nothing in the version in force on the day."""
    return _not_required(rows, today, "role")


def competencies_nobody_requires(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    """The competencies that no role asks for in the version in force on the day."""
    return _not_required(rows, today, "competency")


class RoleNeedsFilter(WordFilter):
    """Roles with which something is to be done."""

    title = _("what needs doing")
    parameter_name = "needs"
    choices_by_word: ClassVar[dict[str, Choice]] = {
        "requirements": Choice(_("Nothing required in the version in force"), roles_without_requirements)
    }


class CompetencyNeedsFilter(WordFilter):
    """Competencies with which something is to be done."""

    title = _("what needs doing")
    parameter_name = "needs"
    choices_by_word: ClassVar[dict[str, Choice]] = {
        "role": Choice(_("Required by no role of the version in force"), competencies_nobody_requires)
    }


@remind
def matrix_to_do(_user: User, today: date) -> list[ToDo]:
    """What the version in force leaves out."""
    roles = counted(roles_without_requirements(Role.objects.all(), today))
    competencies = counted(competencies_nobody_requires(Competency.objects.all(), today))
    return [
        ToDo(
            ngettext("role without requirements", "roles without requirements", roles),
            roles,
            list_of(Role, needs="requirements"),
        ),
        ToDo(
            ngettext("competency that no role requires", "competencies that no role requires", competencies),
            competencies,
            list_of(Competency, needs="role"),
        ),
    ]


class CodedAdmin(ConsoleAdmin):
    """Something with a code, which files and programs know it by: it stays what it was made with."""

    group = Group.REQUIRED
    search_fields = ["code", "title"]
    search_help_text = _("By code or title")
    stays: tuple[str, ...] = ("code",)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), *(self.stays if obj else ())]


@admin.register(Role)
class RoleAdmin(CodedAdmin):
    """Job roles. Which one everybody holds is decided with what else holds for everybody."""

    about = _("What people work as. The matrix says what each role requires.")
    list_display = ["code", "title", "family", "emerging", "held_by_everyone", "origin"]
    list_filter = [RoleNeedsFilter, "family", "emerging", "origin"]
    list_select_related = ["family"]
    fields = ["code", "title", "family", "who", "emerging", "held_by_everyone", "origin"]
    autocomplete_fields = ["family"]
    readonly_fields = ["held_by_everyone", "origin"]


@admin.register(RoleFamily)
class RoleFamilyAdmin(CodedAdmin):
    """Groups of roles and competencies."""

    about = _("Groups of roles and competencies, by which reports are ordered.")
    list_display = ["code", "title"]
    fields = ["code", "title"]


class StageInline(ConsoleInline):
    """The stages in which a competency is needed."""

    model = CompetencyStage
    shown_with = ("competency",)
    fields = ["stage"]


class IndicatorInline(ConsoleInline):
    """How somebody behaves at each level."""

    model = CompetencyIndicator
    shown_with = ("competency",)
    fields = ["level", "text"]


@admin.register(Competency)
class CompetencyAdmin(CodedAdmin):
    """What roles may require, with its stages, its levels in words and the threats that it counters."""

    about = _("What a role may require. What each level of it means is on its page.")
    list_display = ["code", "title", "family", "dimension", "counters", "origin"]
    list_filter = [CompetencyNeedsFilter, "dimension", "family", "origin"]
    list_select_related = ["family"]
    fields = ["code", "title", "family", "dimension", "summary", "threats", "origin"]
    autocomplete_fields = ["family"]
    readonly_fields = ["origin"]
    inlines = [StageInline, IndicatorInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("threats")

    @admin.display(description=_("counters"))
    def counters(self, competency: Competency) -> str:
        return ", ".join(threat.code for threat in competency.threats.all()) or shown_empty()


class ReferenceInline(ConsoleInline):
    """What frameworks call a threat."""

    model = ThreatReference
    fields = ["framework", "identifier", "title", "primary"]


@admin.register(Threat)
class ThreatAdmin(CodedAdmin):
    """What competencies counter, and what frameworks call it."""

    about = _("What competencies counter, and what the frameworks call it.")
    list_display = ["code", "title", "countered_by"]
    fields = ["code", "title", "note", "countered_by"]
    readonly_fields = ["countered_by"]
    inlines = [ReferenceInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("competencies")

    @admin.display(description=_("countered by"))
    def countered_by(self, threat: Threat) -> str:
        if threat.pk is None:
            return shown_empty()
        return ", ".join(competency.code for competency in threat.competencies.all()) or shown_empty()


class LinesField(forms.CharField):
    """A list of texts, one on each line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class ScaleLevelForm(ConsoleForm):
    """What a level is called and means."""

    typical_evidence = LinesField(label=_("Typical evidence"), required=False, help_text=_("One on each line."))


@admin.register(ScaleLevel)
class ScaleLevelAdmin(ConsoleAdmin):
    """The five levels: their words are the organisation's own, their number is not."""

    group = Group.REQUIRED
    about = _("The five levels, and how to tell one from the next.")
    form = ScaleLevelForm
    list_display = ["value", "name", "summary"]
    list_display_links = ["value", "name"]
    fields = ["value", "name", "summary", "assessor_test", "supervision", "typical_evidence"]
    readonly_fields = ["value"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
