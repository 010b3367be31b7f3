"""How what is known of a person reads. Nothing is decided here: what is shown stands in the answers of the queries."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import template
from django.utils.safestring import SafeString

from reports.presentation.marks import mark_of
from reports.presentation.reasons import ORIGINS, change_words, name_of, verdict_words
from reports.presentation.strips import Axis, strip_of
from reports.queries import Change, History, JudgedResult, Strip, Why
from reports.standings import State
from roles.models import Origin, User

register = template.Library()


@register.simple_tag
def verdict(one: JudgedResult, why: Why) -> str:
    """Why a result decides, or why not, in a sentence."""
    return verdict_words(one.row, one.verdict, why)


@register.simple_tag
def change(what: Change, why: Why) -> str:
    """What ends the standing of the day, in a sentence."""
    now, then = why.standing, why.next and why.next.standing
    return change_words(what, now, then) if now and then else ""


@register.filter
def user_name(user: User) -> str:
    """What a user is called."""
    return name_of(user)


@register.filter
def origin_words(origin: str) -> Any:
    """Where something that is shipped comes from, in words."""
    return ORIGINS[Origin(origin)]


@register.filter
def web_address(evidence: str) -> str:
    """The text where it is an address that can be followed safely, else nothing."""
    try:
        parts = urlsplit(evidence)
    except ValueError:
        return ""
    return evidence if parts.scheme in {"http", "https"} and parts.netloc else ""


@register.simple_tag
def strip(of: Strip, history: History) -> SafeString:
    """How somebody's level moved in a competency."""
    return strip_of(of, Axis(history.begins, history.ends))


@register.simple_tag
def mark_words(state: State, level: int | None, required: int | None, verified: bool | None) -> str:
    """What the mark of a cell says, for where it stands beside the mark."""
    return mark_of(state=State(state), level=level, required=required, verified=verified).words
