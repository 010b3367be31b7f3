"""What the cells of a team can be filtered by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.queries.catalogue import Catalogue, Selection
from roles.models import Dimension, LifecycleStage

#: What a cell can be, in the order of what is to be done first; each is a name of COUNTED.
STATES: dict[str, Any] = {
    "short": _("Any shortfall"),
    "gap": _("Gap"),
    "expired": _("Expired"),
    "not_assessed": _("Not assessed"),
    "met": _("Met"),
    "verified": _("Met, verified"),
    "claimed": _("Met, claimed"),
    "exempt": _("Exempt"),
}

#: No page of any list lies beyond this one.
_LAST_PAGE = 10**6


class CellsForm(forms.Form):
    """Which cells of a team to list. What is left empty, or is not understood, leaves everything."""

    #: What a link to another day keeps.
    ASKED: ClassVar[Sequence[str]] = ("role", "state", "competency", "threat", "dimension", "stage")
    STATES: ClassVar[Mapping[str, Any]] = {"required": _("Required"), **STATES, "holders": _("Level 3 or more")}

    #: The competencies that belong to no family of roles.
    NO_FAMILY = _("Without a family")

    role = forms.ChoiceField(label=_("Role"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    competency = forms.ChoiceField(label=_("Competency"), required=False)
    threat = forms.ChoiceField(label=_("Threat"), required=False)
    dimension = forms.ChoiceField(label=_("Dimension"), required=False)
    stage = forms.ChoiceField(label=_("Lifecycle stage"), required=False)
    page = forms.IntegerField(
        label=_("Page"),
        required=False,
        min_value=1,
        max_value=_LAST_PAGE,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _("A page is a number from 1 on.")),
    )

    def __init__(self, asked: Mapping[str, str], *, choices: Catalogue) -> None:
        super().__init__({name: asked[name].strip() for name in asked})
        titles: dict[str, dict[str, Any]] = {
            "role": {role.code: role.title for role in choices.roles},
            "state": dict(self.STATES),
            "competency": {of.code: f"{of.code} {of.title}" for of in choices.competencies.values()},
            "threat": dict(choices.threats),
            "dimension": dict(Dimension.choices),
            "stage": dict(LifecycleStage.choices),
        }
        for name, words in titles.items():
            offered = _by_family(choices, words) if name == "competency" else list(words.items())
            cast(forms.ChoiceField, self.fields[name]).choices = [("", _("All")), *offered]
        self.full_clean()
        self.chosen = {name: words[self.asked(name)] for name, words in titles.items() if self.asked(name)}

    def asked(self, name: str) -> str:
        """The value asked for, empty if there is none or it is not understood."""
        return str(self.cleaned_data.get(name) or "")

    @property
    def status(self) -> int:
        """The status to answer with: 400 where something is not understood."""
        return 400 if self.errors else 200

    @property
    def selection(self) -> Selection:
        """What is asked for, as far as it is understood."""
        return Selection(**{name: self.asked(name) for name in CellsForm.ASKED})

    @property
    def in_heatmap(self) -> str:
        """The query by which the heatmap shows people and competencies chosen alike, without its `?`."""
        asked = {name: self.asked(name) for name in CellsForm.ASKED if self.asked(name)}
        return urlencode({name: value for name, value in asked.items() if name != "state" or value in STATES})

    @property
    def page_number(self) -> int:
        """The page asked for, from 1."""
        return self.cleaned_data.get("page") or 1


class HeatmapForm(CellsForm):
    """Which people and competencies the heatmap shows, and in which order."""

    ASKED = (*CellsForm.ASKED, "sort")
    STATES = STATES

    sort = forms.ChoiceField(label=_("Order"), required=False, choices=[("", _("Widest gap")), ("name", _("Name"))])


def _by_family(choices: Catalogue, words: Mapping[str, Any]) -> list[tuple[Any, list[tuple[str, Any]]]]:
    """The competencies under the titles of their families."""
    families = groupby(choices.competencies.values(), lambda facets: facets.family)
    return [
        (family or CellsForm.NO_FAMILY, [(facets.code, words[facets.code]) for facets in members])
        for family, members in families
    ]
