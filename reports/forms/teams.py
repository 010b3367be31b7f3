"""Looking for a team."""

from __future__ import annotations

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _


class TeamsForm(forms.Form):
    """Words of a team's name or code."""

    q = forms.CharField(
        label=_("Name or code"), required=False, max_length=100, validators=[ProhibitNullCharactersValidator()]
    )

    @property
    def words(self) -> str:
        """What to look for; nothing where nothing was written, or nothing that could be found."""
        return str(self.cleaned_data["q"]) if self.is_valid() else ""
