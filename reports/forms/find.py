"""What can be asked for in Find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reports.measures import HOLDER_LEVEL
from roles.codes import CODE_LENGTH
from roles.models import Competency, Role, ScaleLevel, Team, User


class FindForm(forms.Form):
    """Who can do something, or who somebody is; without a competency, people are looked for by name, team and role."""

    #: What a link to another day, or to another page, keeps.
    ASKED = ("competency", "level", "verified", "team", "role", "q")

    competency = forms.ModelChoiceField(
        Competency.objects.order_by("code"),
        label=_("Competency"),
        required=False,
        to_field_name="code",
        empty_label=_("None in particular"),
    )
    level = forms.ChoiceField(label=_("At level"))
    verified = forms.ChoiceField(
        label=_("Evidence"), required=False, choices=[("", _("Verified or claimed")), ("1", _("Verified only"))]
    )
    team = forms.CharField(
        label=_("Team code"),
        required=False,
        max_length=CODE_LENGTH,
        widget=forms.TextInput(attrs={"list": "teams-to-offer", "autocomplete": "off"}),
    )
    role = forms.ModelChoiceField(
        Role.objects.order_by("code"), label=_("Role"), required=False, to_field_name="code", empty_label=_("All roles")
    )
    q = forms.CharField(label=_("Name or employee id"), required=False, max_length=200, widget=forms.SearchInput)
    page = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, asked: Mapping[str, str], *, reader: User) -> None:
        super().__init__({**{name: asked[name] for name in asked}, "level": asked.get("level") or HOLDER_LEVEL})
        self.reader = reader
        level = self.fields["level"]
        if isinstance(level, forms.ChoiceField):
            level.choices = [(one.value, f"{one.value} {one.name}") for one in ScaleLevel.objects.all()] or _LEVELS

    def clean_level(self) -> int:
        return int(self.cleaned_data["level"])

    def clean_verified(self) -> bool:
        return bool(self.cleaned_data["verified"])

    def clean_team(self) -> Team | None:
        """The team with this code; one that the reader may not see is none."""
        code = self.cleaned_data["team"]
        if not code:
            return None
        found = Team.objects.visible_to(self.reader).filter(code=code).first()
        if found is None:
            message = _("“%(code)s” is not the code of a team that you may see.")
            raise ValidationError(message, code="unknown", params={"code": code})
        return found

    @property
    def status(self) -> int:
        """The status to answer with: 400 where something is not understood."""
        return 200 if self.is_valid() else 400

    @property
    def asks(self) -> bool:
        """Whether anything is asked for that people can be found by."""
        return self.is_valid() and any(self.cleaned_data[name] for name in ("competency", "team", "role", "q"))

    def narrowing(self) -> dict[str, Any]:
        """What narrows whatever is looked for, as the queries take it."""
        asked = self.cleaned_data
        return {"team": asked["team"], "role": asked["role"], "words": asked["q"]}


#: Where the names of the levels are not loaded.
_LEVELS = [(level, str(level)) for level in range(5)]
