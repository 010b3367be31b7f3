"""In which order teams stand side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reports.queries import Line

#: What each order goes by, what needs somebody's attention first: the lowest share, the highest count.
_ORDERS: dict[str, Callable[[Line], float | None]] = {
    "verified": lambda line: line.measures.verified_coverage,
    "coverage": lambda line: line.measures.coverage,
    "readiness": lambda line: line.measures.readiness,
    "people": lambda line: -line.people,
    "gap": lambda line: -line.measures.gap,
    "expired": lambda line: -line.measures.expired,
    "not_assessed": lambda line: -line.measures.not_assessed,
}
#: The orders that go upwards.
ASCENDING = frozenset({"name", "verified", "coverage", "readiness"})


def in_order(lines: Iterable[Line], order: str) -> list[Line]:
    """The lines by the order, equal ones by title; what has no such share comes last. KeyError for an unknown order."""
    by_title = sorted(lines, key=lambda line: (line.title.casefold(), line.code))
    if order == "name":
        return by_title
    measure = _ORDERS[order]
    return sorted(by_title, key=lambda line: (measure(line) is None, measure(line) or 0))
