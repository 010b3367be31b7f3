"""Which part of a table is asked for, and in which order."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

#: No table has more pages.
_LAST_PAGE = 10**6


class PageForm(forms.Form):
    """The page of a list; without one, or with a bad one, the first."""

    page = forms.IntegerField(label=_("Page"), required=False, min_value=1, max_value=_LAST_PAGE)

    @property
    def number(self) -> int:
        """The page to show, from 1."""
        return (self.cleaned_data["page"] if self.is_valid() else None) or 1

    @property
    def status(self) -> int:
        """The status to answer with: 400 where what was asked for is no page."""
        return 200 if self.is_valid() else 400


class CompareForm(forms.Form):
    """The measure by which teams are ordered; without one, or with a bad one, verified coverage."""

    ORDERS: ClassVar[dict[str, object]] = {
        "name": _("Team"),
        "verified": _("Verified"),
        "coverage": _("Coverage"),
        "readiness": _("Readiness"),
        "people": _("People"),
        "gap": _("Gap"),
        "expired": _("Expired"),
        "not_assessed": _("Not assessed"),
    }

    sort = forms.ChoiceField(label=_("Order"), required=False, choices=list(ORDERS.items()))

    @property
    def order(self) -> str:
        """One of ORDERS."""
        return (self.cleaned_data["sort"] if self.is_valid() else "") or "verified"

    @property
    def status(self) -> int:
        """The status to answer with: 400 where teams cannot be ordered so."""
        return 200 if self.is_valid() else 400
