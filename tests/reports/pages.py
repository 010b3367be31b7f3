"""What tests of pages share: a small organisation, who signs in to it, and how a page is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.test import Client
from django.test.html import Element, parse_html

PAST, FUTURE = "2026-03-01", "2999-01-01"

ORGANISATION: dict[str, list[tuple[object, ...]]] = {
    "roles": [("ENG", "Engineer", ""), ("LEAD", "Lead", ""), ("IDLE", "Idler", "")],
    "competencies": [
        ("C-1", "Prompts & traps", "", "technical", ""),
        ("C-2", "Risks", "", "risk", ""),
        ("C-3", "Law", "", "governance", ""),
    ],
    "matrix": [
        ("v1", "2024-01-01", "ENG", "C-1", 3, 2),
        ("v1", "2024-01-01", "ENG", "C-2", 2, 1),
        ("v1", "2024-01-01", "LEAD", "C-3", 1, 1),
    ],
    "teams": [
        ("ORG", "Everybody", ""),
        ("SEC", "Security", "ORG"),
        ("RED", "Red team", "SEC"),
        ("OPS", "Operations", "ORG"),
        ("VOID", "Nobody's team", "ORG"),
        ("IDLE", "Idle hands", "ORG"),
    ],
    "people": [(code, f"Name of {code}", "", "2024-01-01", "") for code in ("M1", "S1", "S2", "S3", "F1", "I1")],
    "memberships": [
        ("M1", "SEC", "2024-01-01", ""),
        ("S1", "RED", "2024-01-01", ""),
        ("S2", "RED", "2024-01-01", ""),
        ("S3", "RED", "2024-01-01", "2025-01-01"),
        ("S3", "OPS", "2025-01-01", ""),
        ("F1", "OPS", "2024-01-01", ""),
        ("I1", "IDLE", "2024-01-01", ""),
    ],
    "assignments": [
        ("M1", "LEAD", "2024-01-01", ""),
        *[(code, "ENG", "2024-01-01", "") for code in ("S1", "S2", "S3", "F1")],
        ("I1", "IDLE", "2024-01-01", ""),
    ],
    "results": [
        ("R1", "S1", "C-1", 3, "exam", "2024-02-01", "2500-01-01", "", ""),
        ("R2", "S1", "C-2", 2, "self", "2024-02-01", "", "", ""),
        ("R3", "S2", "C-2", 0, "manager", "2024-02-01", "", "", ""),
        ("R4", "F1", "C-2", 4, "exam", "2024-02-01", "", "", ""),
    ],
    "exemptions": [("M1", "C-3", "2024-01-01", "", "")],
    "managers": [("SEC", "M1")],
}


def elements(root: Any) -> Iterator[Element]:
    if isinstance(root, Element):
        yield root
        for child in root.children:
            yield from elements(child)


def text(root: Any) -> str:
    """What stands there, without the white space around it."""
    if isinstance(root, str):
        return root
    return " ".join(" ".join(filter(None, map(text, root.children))).split())


def having(root: Any, tag: str, /, **attributes: str) -> list[Element]:
    wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    return [
        found
        for found in elements(root)
        if found.name == tag and wanted.items() <= {key: value or "" for key, value in found.attributes}.items()
    ]


def rows(page: Element, section: str) -> list[list[str]]:
    """The cells of the table in the section, row by row."""
    [found] = having(page, "section", aria_labelledby=section)
    [body] = having(found, "tbody")
    return [[text(cell) for cell in row.children if isinstance(cell, Element)] for row in having(body, "tr")]


def crumbs(page: Element) -> list[str]:
    found = [item for item in having(page, "ol") if ("class", "crumbs") in item.attributes]
    return [text(item) for item in having(found[0], "li")] if found else []


def links(page: Element) -> set[str]:
    return {value or "" for found in having(page, "a") for key, value in found.attributes if key == "href"}


def page_of(client: Client, address: str, status: int = 200) -> Element:
    response = client.get(address)
    assert response.status_code == status
    page: Element = parse_html(response.content.decode())
    return page


def without_token(content: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", content)
