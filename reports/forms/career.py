"""Which role a person is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from roles.models import Role


class CareerForm(forms.Form):
    """The role to open; without one, or with one that is not among them, the first of `roles`."""

    role = forms.CharField(label=_("Role"), required=False)

    def __init__(self, asked: Mapping[str, str], *, roles: Sequence[Role]) -> None:
        super().__init__(asked)
        self.roles = roles

    def clean_role(self) -> str:
        code: str = self.cleaned_data["role"]
        if code and code not in {role.code for role in self.roles}:
            message = _("“%(value)s” is none of these roles. Choose one of the list.")
            raise ValidationError(message, code="invalid", params={"value": code})
        return code

    @property
    def chosen(self) -> Role | None:
        """The role to open; None where there are no roles."""
        code = self.cleaned_data["role"] if self.is_valid() else ""
        return next((role for role in self.roles if role.code == code), self.roles[0] if self.roles else None)

    @property
    def status(self) -> int:
        """The status to answer with: 400 where the role that was asked for is none of these."""
        return 200 if self.is_valid() else 400
