"""Every address of REST, with what can stand in it, for tests that walk all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from django.urls import URLPattern, URLResolver, get_resolver


def patterns(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[tuple[str, str, URLPattern]]:
    """The name, the path with its converters in angle brackets, and the pattern of each address of REST."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, path)
        elif pattern.name and pattern.name.startswith("api_"):
            yield pattern.name, path, pattern


def methods(pattern: URLPattern) -> set[str]:
    """The methods that an address answers, of those that can be asked for."""
    view = getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None)
    known = ("get", "post", "put", "patch", "delete")
    return {name for name in known if hasattr(view, name)}


_PLACE = re.compile(r"([\w-]+)/<(?:\w+:)?\w+>")


def filled(path: str, things: Mapping[str, object]) -> str:
    """The path with a thing in each of its places: `things` has one for each list, by the list's name in addresses.

    KeyError for a list that is not among them.
    """
    return _PLACE.sub(lambda found: f"{found[1]}/{quote(str(things[found[1]]), safe='')}", path)
