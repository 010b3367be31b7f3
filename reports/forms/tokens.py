"""What somebody says of a token that they want."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from reports.forms.as_of import DayField
from roles.models import User
from roles.tokens import LONGEST_LIFE, may_last_for_good, scopes_for

#: The lives of a token that are offered, in days.
LIVES = {"30": _("In 30 days"), "90": _("In 90 days"), "365": _("In a year")}
USUAL_LIFE = "90"
OWN_DAY, NEVER = "day", "never"

SCOPES = {
    "read": _("Read: what you may see yourself"),
    "write_results": _("Record and withdraw results: for whom you may do so yourself"),
    "write_organisation": _("Change the organisation: teams, people, roles held, exemptions"),
}


class TokenForm(forms.Form):
    """The name, the scopes and the end of a new token. It offers what the owner has the rights for, and no more."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What it is for, so that you know later what stops if you revoke it."),
        error_messages={"required": _("Give it a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        initial=["read"],
        error_messages={
            "required": _("Choose at least one."),
            "invalid_choice": _("Your account has no right to give the scope “%(value)s”."),
        },
    )
    expiry = forms.ChoiceField(
        label=_("When it expires"),
        widget=forms.RadioSelect,
        initial=USUAL_LIFE,
        error_messages={"invalid_choice": _("Choose one of these.")},
    )
    expires_on = DayField(label=_("Day from which it no longer works"), required=False)

    def __init__(self, sent: Mapping[str, Any] | None, *, owner: User, today: date) -> None:
        super().__init__(sent)
        self.today = today
        self.fields["scopes"].choices = [(scope, SCOPES[scope]) for scope in scopes_for(owner)]  # type: ignore[attr-defined]
        self.fields["expiry"].choices = self._expiries(owner)  # type: ignore[attr-defined]
        days = {"min": today + timedelta(days=1), "max": today + LONGEST_LIFE}
        self.fields["expires_on"].widget.attrs.update({end: day.isoformat() for end, day in days.items()})

    def clean(self) -> None:
        """A day belongs to the choice of one."""
        chosen, day = self.cleaned_data.get("expiry"), self.cleaned_data.get("expires_on")
        if "expires_on" in self.errors or chosen is None:
            return
        if chosen == OWN_DAY and day is None:
            self.add_error("expires_on", _("Write the day from which it no longer works."))
        elif chosen != OWN_DAY and day is not None:
            message = _("Choose “On another day” for this day to count, or leave it empty.")
            self.add_error("expires_on", ValidationError(message))

    @property
    def wanted(self) -> dict[str, Any]:
        """What was sent, as `make_token` takes it; only if all of it is valid."""
        asked = self.cleaned_data
        end = self._ends.get(asked["expiry"], asked["expires_on"])
        return {"name": asked["name"], "scopes": asked["scopes"], "expires_on": end}

    @property
    def _ends(self) -> dict[str, date]:
        return {life: self.today + timedelta(days=int(life)) for life in LIVES}

    def _expiries(self, owner: User) -> list[tuple[str, Any]]:
        lives = [(life, f"{words}: {date_format(self._ends[life])}") for life, words in LIVES.items()]
        never = [(NEVER, _("Never"))] if may_last_for_good(owner) else []
        return [*lives, *never, (OWN_DAY, _("On another day"))]
