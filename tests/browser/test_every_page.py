"""Every page can be read by everybody: in light and dark, wide and narrow, in English and German."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.browser.pages import LOOKS, NO_PAGES, Look, examples
from tests.browser.visitor import Visitor


def names(resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name


def test_no_page_is_left_out() -> None:
    looked_at = {look.name for look in LOOKS}
    assert set(names(get_resolver())) == looked_at | set(NO_PAGES)
    assert not looked_at & set(NO_PAGES)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.address} by {look.who}")
def test_a_page_can_be_read_by_everybody(comes: Callable[..., Visitor], look: Look) -> None:
    address = look.address.format(**examples())
    in_english(comes(look.who), address, look.answer)
    in_german(comes(look.who, language="de", narrow=True), address, look.answer)


def in_english(visitor: Visitor, address: str, answer: int) -> None:
    """Look at the page with the eyes of axe, in both schemes and both widths."""
    visitor.goes_to(address, answer=answer)
    visitor.check_access()
    visitor.check_width()
    visitor.scheme(dark=True)
    visitor.check_access(colours_only=True)
    visitor.narrow()
    visitor.check_width()
    visitor.scheme(dark=False)
    visitor.check_access()


def in_german(visitor: Visitor, address: str, answer: int) -> None:
    """Longer words have to fit too."""
    visitor.goes_to(address, answer=answer)
    assert visitor.page.locator("html").get_attribute("lang") == "de"
    visitor.check_width()
