"""Why a result is taken back."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

REASON_LENGTH = 500


class WithdrawForm(forms.Form):
    """The reason, which stays on record with the result."""

    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why the result is withdrawn.")},
    )
