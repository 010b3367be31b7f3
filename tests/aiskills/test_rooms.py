"""Dependencies point one way: roles <- assessments <- reports <- aiskills; fixtures import nothing of the others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT = {
    "fixtures": set[str](),
    "roles": set[str](),
    "assessments": {"roles"},
    "reports": {"roles", "assessments"},
    "aiskills": {"roles", "assessments", "reports", "fixtures"},
}
#: A module of the pure core: the standard library, and others of the core.
PURE = {
    "standings.py": set[str](),
    "measures.py": {"standings"},
    "kinds.py": {"measures", "standings"},
    "presence.py": {"standings"},
    "computing.py": {"presence", "standings"},
    "verdicts.py": {"standings"},
}


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """The line and the name of each module that a file imports, relative ones made absolute."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            yield node.lineno, ".".join((*above, *(node.module or "").split(".")))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_lower_rooms(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(room)
        for line, name in imported(path)
        if name.split(".")[0] in MAY_IMPORT.keys() - MAY_IMPORT[room] - {room}
    ]
    assert wrong == []


def test_roles_names_no_other_room_in_a_string() -> None:
    wrong = [
        f"{path.name}:{node.lineno}: {node.value}"
        for path in modules("roles")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(("assessments.", "reports.", "aiskills.", "assessments_", "reports_"))
    ]
    assert wrong == []


@pytest.mark.parametrize("name", PURE)
def test_the_core_knows_neither_django_nor_the_database(name: str) -> None:
    path = ROOT / "reports" / name
    others = {f"reports.{other}" for other in PURE[name]}
    rooms = {"django", "rest_framework", *MAY_IMPORT}
    wrong = [found for _, found in imported(path) if found.split(".")[0] in rooms and found not in others]
    assert wrong == []


@pytest.mark.parametrize("room", ["roles", "assessments", "reports", "aiskills"])
def test_nothing_imports_views_or_commands(room: str) -> None:
    surfaces = {"views", "api", "admin", "commands"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(room)
        if path.name != "urls.py" and not surfaces & set(path.parts)
        for line, name in imported(path)
        if name.split(".")[0] in MAY_IMPORT and surfaces & set(name.split("."))
    ]
    assert wrong == []
