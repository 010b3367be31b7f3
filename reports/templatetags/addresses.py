"""Addresses of pages of which there are many on a page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django import template
from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()

#: Stands in an address for the code. No code has a backslash, nor what one is quoted to: `%` is quoted.
_ANY, _ANY_QUOTED = "\\", "%5C"
#: What stands in a path as it is, as in `reverse`.
_AS_IT_IS = "!$&'()*+,;=~:@"
_CURRENT = SafeString(' aria-current="page"')


@register.simple_tag
def address(name: str, code: str) -> str:
    """The address of a page about one thing: the same as that of `{% url %}`, in a tenth of the time.

    Raises NoReverseMatch if no page of this name is about one thing.
    """
    before, after = _around_code(name, get_script_prefix(), get_urlconf(settings.ROOT_URLCONF))
    return f"{before}{quote(code, safe=_AS_IT_IS)}{after}"


@lru_cache(maxsize=256)
def _around_code(name: str, _prefix: str, urlconf: str | None) -> tuple[str, str]:
    """What stands in the address before and after the code."""
    before, _, after = reverse(name, urlconf=urlconf, args=[_ANY]).partition(_ANY_QUOTED)
    return before, after


@register.simple_tag
def tabs_of(code: str, tabs: Iterable[tuple[str, Any]], here: str, query: str) -> SafeString:
    """Links to the views of one thing, each by its name and its words; `here` is the name of the one shown."""
    return format_html_join(
        "",
        '<li><a href="{}{}"{}>{}</a></li>',
        ((address(name, code), query, _CURRENT if name == here else "", str(words)) for name, words in tabs),
    )
