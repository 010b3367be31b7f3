"""How the heatmap and the lists of cells read: the key of the marks, and the heading of a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, pgettext

from reports.forms.cells import CellsForm
from reports.presentation.marks import Mark, mark_of
from reports.standings import State


class Key(NamedTuple):
    """One mark of the heatmap, with what it means."""

    mark: Mark
    words: str


def key_of_marks() -> list[Key]:
    """Every mark that a cell can bear."""

    def mark(state: State, level: int | None = None, required: int | None = None, *, verified: bool = False) -> Mark:
        return mark_of(state=state, level=level, required=required, verified=verified)

    return [
        Key(mark(State.MET, 3, 3, verified=True), gettext("met, verified")),
        Key(mark(State.MET, 3, 3), gettext("met, claimed")),
        Key(mark(State.GAP, 2, 3), gettext("gap of 1 level")),
        Key(mark(State.GAP, 1, 3), gettext("gap of 2 levels")),
        Key(mark(State.GAP, 0, 3), gettext("gap of 3 levels or more")),
        Key(mark(State.EXPIRED, 2, 3), gettext("expired")),
        Key(mark(State.NOT_ASSESSED, None, 3), gettext("not assessed")),
        Key(mark(State.EXEMPT, None, 3), gettext("exempt")),
        Key(mark(State.NOT_REQUIRED, 2), gettext("held, not required")),
    ]


#: How many of each number there are, in words, for a count.
_COUNTED: dict[str, Callable[[int], str]] = {
    "": lambda n: ngettext(
        "%(count)s requirement, those of exempt people included",
        "%(count)s requirements, those of exempt people included",
        n,
    ),
    "required": lambda n: ngettext("%(count)s requirement", "%(count)s requirements", n),
    "short": lambda n: ngettext("%(count)s requirement not met", "%(count)s requirements not met", n),
    "gap": lambda n: ngettext("%(count)s gap", "%(count)s gaps", n),
    "expired": lambda n: ngettext("%(count)s requirement expired", "%(count)s requirements expired", n),
    "not_assessed": lambda n: ngettext("%(count)s requirement not assessed", "%(count)s requirements not assessed", n),
    "met": lambda n: ngettext("%(count)s requirement met", "%(count)s requirements met", n),
    "verified": lambda n: ngettext(
        "%(count)s requirement met and verified", "%(count)s requirements met and verified", n
    ),
    "claimed": lambda n: ngettext("%(count)s requirement met as claimed", "%(count)s requirements met as claimed", n),
    "exempt": lambda n: ngettext("%(count)s exemption", "%(count)s exemptions", n),
    "holders": lambda n: ngettext("%(count)s level of 3 or more", "%(count)s levels of 3 or more", n),
}


def heading_of(total: int, filters: CellsForm) -> str:
    """What a list of cells counts, in words, with the competency if only one is counted."""
    counted = _COUNTED[filters.selection.state](total) % {"count": number_format(total, force_grouping=True)}
    competency = filters.chosen.get("competency")
    if competency is None:
        return counted
    in_competency = pgettext("16 gaps in EXT-3 Model-theft protection", "%(counted)s in %(competency)s")
    return in_competency % {"counted": counted, "competency": competency}
