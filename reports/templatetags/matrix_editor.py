"""The cells of the matrix editor, of which a page has thousands: put together from pieces that are made once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from reports.forms.matrix import SheetForm, field_name, read, written
from reports.queries.matrix_sheet import Key, MatrixSheet
from reports.queries.versions import kind_of
from reports.standings import Requirement
from roles.models import Role

register = template.Library()

#: What becomes of a cell, in words and as the sign that stands beside its colour.
KIND_WORDS = {
    "added": _("Added"),
    "raised": _("Raised"),
    "lowered": _("Lowered"),
    "removed": _("Removed"),
    "weighed": _("Weight changed"),
}
KIND_SIGNS = {"added": "+", "raised": "▲", "lowered": "▼", "removed": "−", "weighed": "×"}


@register.filter
def kind_words(kind: str) -> str:
    """What becomes of a cell, in words."""
    return str(KIND_WORDS[kind])


@register.filter
def kind_sign(kind: str) -> str:
    """What becomes of a cell, as its sign."""
    return KIND_SIGNS[kind]


@register.filter(name="written")
def as_written(asked: Requirement | None) -> str:
    """A requirement as a cell has it, a dash for none."""
    return written(asked) or "–"


@register.simple_tag
def editor_cells(form: SheetForm, role: Role) -> SafeString:
    """The cells of one role, each a field that says what it was in the version it is held against."""
    language, sheet, pieces = get_language(), form.sheet, []
    for group in sheet.columns:
        for place, competency in enumerate(group.competencies):
            key = (role.pk, competency.pk)
            text, stored = form.text(key), written(form.stored.get(key))
            before = _before(sheet, key, text)
            kind = _kind(text, sheet, key) + (" unsaved" if text != stored else "")
            opened = _opened(competency.code, kind, first=place == 0)
            pieces += [opened, _field(field_name(key), role.pk, competency.pk), _filled(text, before, stored, language)]
    return format_html("{}" * len(pieces), *pieces)


@register.simple_tag
def version_cells(sheet: MatrixSheet, role: Role) -> SafeString:
    """The cells of one role, to be read."""
    language, pieces = get_language(), []
    for group in sheet.columns:
        for place, competency in enumerate(group.competencies):
            key = (role.pk, competency.pk)
            text = written(sheet.cells.get(key))
            pieces += [_opened(competency.code, _kind(text, sheet, key), first=place == 0)]
            pieces += [_read(text, _before(sheet, key, text), language)]
    return format_html("{}" * len(pieces), *pieces)


def _before(sheet: MatrixSheet, key: Key, text: str) -> str:
    """What the other version has in the cell; where there is no other, what stands in it."""
    return written(sheet.before.get(key)) if sheet.against else text


def _kind(text: str, sheet: MatrixSheet, key: Key) -> str:
    """The class of a cell: how high it is and what became of it, or that it cannot be read."""
    try:
        asked = read(text)
    except ValueError:
        return "wrong"
    after = Requirement(*asked) if asked else None
    level = f"l{after.level}" if after else "nothing"
    # In the first version everything is new, which says nothing.
    kind = kind_of(sheet.before.get(key), after) if sheet.against else ""
    return f"{level} {kind}".strip()


@lru_cache(maxsize=4096)
def _opened(code: str, kind: str, *, first: bool) -> SafeString:
    return format_html('<td class="{}{}" data-label="{}">', kind, " first" if first else "", code)


def _field(name: str, role: int, competency: int) -> SafeString:
    return format_html('<input name="{}" aria-labelledby="r{} c{}" ', name, role, competency)


@lru_cache(maxsize=4096)
def _filled(text: str, before: str, stored: str, _language: str | None) -> SafeString:
    """A field from its value on, with what the other version has there, and what is stored if that is not its value."""
    title = "" if text == before else format_html(' title="{}"', _was(before))
    was = format_html(' data-was="{}"', before) if before else ""
    kept = "" if text == stored else format_html(' data-stored="{}"', stored)
    return format_html('value="{}"{}{}{}></td>', text, was, kept, title)


@lru_cache(maxsize=4096)
def _read(text: str, before: str, _language: str | None) -> SafeString:
    title = "" if text == before else format_html(' title="{}"', _was(before))
    return format_html("<span{}>{}</span></td>", title, text)


def _was(before: str) -> str:
    return gettext("Before: %(requirement)s") % {"requirement": before or gettext("not required")}


@register.simple_tag
def title_of(code: str, titles: Mapping[str, str]) -> str:
    """The title that goes with a code."""
    return titles.get(code, "")
