"""Every page can be read by everybody: light and wide, dark and narrow, and in German."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import expect

from tests.browser.pages import LOOKS, NO_PAGES, Look, examples
from tests.browser.visitor import Visitor


def names(resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            # Those of the console are in test_console.py.
            yield from names(pattern) if pattern.namespace != "admin" else ()
        elif isinstance(pattern, URLPattern) and pattern.name and not pattern.name.startswith("api_"):
            yield pattern.name


def test_no_page_is_left_out() -> None:
    looked_at = {look.name for look in LOOKS if not look.address.startswith("/admin/")}
    assert set(names(get_resolver())) == looked_at | set(NO_PAGES)
    assert not looked_at & set(NO_PAGES)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_page_can_be_read_by_everybody(walks: Callable[..., Visitor], look: Look) -> None:
    visitor, address = walks(look.who), look.address.format(**examples())
    visitor.reads(dark=False, narrow=False, language="en")
    opens(visitor, look, address)
    visitor.check_width()
    if connection.vendor == "sqlite":  # It is the same page on both databases, and looking at it closely takes a while.
        visitor.check_access()
        visitor.check_print(landscape=look.landscape)
        looks_again(visitor, look, address)
    assert not visitor.wrong, visitor.said()


def opens(visitor: Visitor, look: Look, address: str) -> None:
    visitor.goes_to(address, answer=look.answer)
    if look.press:
        visitor.page.locator(look.press).first.click()
        expect(visitor.page.locator("#panel h2")).to_be_visible()


def looks_again(visitor: Visitor, look: Look, address: str) -> None:
    """At the page in the other scheme and width, and in German: longer words have to fit too."""
    visitor.reads(dark=True, narrow=True, language="en")
    visitor.check_width()
    visitor.check_access()
    visitor.reads(dark=False, narrow=True, language="de")
    opens(visitor, look, address)
    expect(visitor.page.locator("html")).to_have_attribute("lang", "de")
    visitor.check_width()
