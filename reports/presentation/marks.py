"""How one cell looks: the same marks in the heatmap, beside a name, and wherever somebody's level stands."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import get_language, gettext, pgettext

from reports.standings import State


class Mark(NamedTuple):
    """A cell in signs and in words: its classes in the stylesheet, what it shows large and small, and what it says.

    `text` is the level held; `over` what is required where the level is short of it.
    """

    classes: str
    text: str
    over: str
    words: str


def mark_of(*, state: State, level: int | None, required: int | None, verified: bool | None) -> Mark:
    """The mark of a cell. For an expired one `level` is what it was before, None if that is not known."""
    return _mark(state, level, required, verified, get_language())


@lru_cache(maxsize=2048)
def _mark(state: State, level: int | None, required: int | None, verified: bool | None, _language: str) -> Mark:
    words = _words(state, level, verified=bool(verified)) % {"level": level, "required": required}
    held = "" if level is None else str(level)
    match state:
        case State.MET:
            return Mark("s-verified" if verified else "s-claimed", held, "", words)
        case State.GAP:
            return Mark(f"s-gap d{min((required or 0) - (level or 0), 3)}", held, f"/{required}", words)
        case State.EXPIRED:
            return Mark("s-expired", held or "–", "", words)
        case State.NOT_ASSESSED:
            return Mark("s-unknown", "?", "", words)
        case State.EXEMPT:
            return Mark("s-exempt", pgettext("exempt, in a narrow cell", "ex"), "", words)
        case State.NOT_REQUIRED:
            return Mark("s-surplus", held, "", words)


def _words(state: State, level: int | None, *, verified: bool) -> str:
    met = gettext("level %(level)s, %(required)s required: met, verified")
    claimed = gettext("level %(level)s, %(required)s required: met, claimed")
    lapsed = gettext("level %(level)s has expired, %(required)s required")
    return {
        State.MET: met if verified else claimed,
        State.GAP: gettext("level %(level)s, %(required)s required: gap"),
        State.EXPIRED: gettext("expired, %(required)s required") if level is None else lapsed,
        State.NOT_ASSESSED: gettext("not assessed, %(required)s required"),
        State.EXEMPT: gettext("exempt, %(required)s would be required"),
        State.NOT_REQUIRED: gettext("level %(level)s, not required"),
    }[state]
