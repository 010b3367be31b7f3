"""No page offers its reader a link that leads to nothing: to what is not there, or not theirs to see."""

from __future__ import annotations

from collections import deque
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.test.html import parse_html

from .pages import links

#: Enough for every page of the small organisation; a crawl that finds more goes in circles.
MOST_PAGES = 1_000


def kind(address: str) -> tuple[str, tuple[str, ...]]:
    """What makes an address worth asking for: its path, and which parameters it has, whatever they and the day say."""
    parts = urlsplit(address)
    return parts.path, tuple(sorted(parse_qs(parts.query).keys() - {"as_of"}))


@pytest.mark.parametrize("who", ["auditor", "manager", "staff", "stranger"])
def test_every_link_leads_to_something(reader: Any, who: str) -> None:
    client = reader(who)
    found, waiting, nothing = {kind("/")}, deque([("/", "")]), []
    while waiting:
        address, on = waiting.popleft()
        response = client.get(address, follow=True)
        if response.status_code != 200:
            nothing.append(f"{address} answers {response.status_code}; linked on {on}")
            continue
        for link in links(parse_html(response.content.decode())):
            target = urljoin(address, link)
            if target.startswith("/") and kind(target) not in found:
                found.add(kind(target))
                waiting.append((target, address))
        assert len(found) < MOST_PAGES
    assert nothing == []
