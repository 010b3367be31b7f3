"""teams.csv: the file and the tree as it stands must together make one tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from roles.bulk import batches, insert_rows, reserved_keys
from roles.locks import hold_tree
from roles.models import Team
from roles.services import move_team

from . import cells
from .problems import Problems, shown
from .sources import Source
from .tables import BATCH, Column, Context, Outcome, parsed_rows

DEEPEST = Team._meta.get_field("path").max_length // Team.STEP  # type: ignore[operator]

COLUMNS = [
    Column("code", "code", cells.code),
    Column("name", "name", cells.text_up_to(200, needed=True)),
    Column("parent", "parent", str),
]


class _Node(NamedTuple):
    """A team as the file wants it, or as it stands where the file does not name it."""

    name: str
    parent: str
    line: int | None


class TeamTable:
    """Adds, renames and moves teams."""

    columns = COLUMNS

    def take(self, source: Source, context: Context) -> Outcome:
        """Read the file, check the tree it makes, and write it, unless something is wrong."""
        hold_tree()
        outcome = Outcome(source.name)
        before = context.problems.count
        stored = {
            code: _Node(name, parent or "", None)
            for code, name, parent in Team.objects.order_by().values_list("code", "name", "parent__code")
        }
        wanted = dict(stored)
        for line, (code, name, parent) in parsed_rows(source, COLUMNS, context.problems, context.teams):
            if code in wanted and (first := wanted[code].line) is not None:
                context.problems.add(source.name, line, "code", f"the same as in line {first}; a key stands once")
                continue
            wanted[code] = _Node(name, parent, line)
        levels = _levels(source, stored, wanted, context, before)
        _count(outcome, stored, wanted)
        _watch(source, stored, wanted, context)
        if not context.problems:
            _write(levels, stored, wanted, context)
        return outcome


def _count(outcome: Outcome, stored: dict[str, _Node], wanted: dict[str, _Node]) -> None:
    for code, node in wanted.items():
        if node.line is None:
            continue
        if code not in stored:
            outcome.added += 1
        elif stored[code][:2] != node[:2]:
            outcome.changed += 1
        else:
            outcome.unchanged += 1


def _watch(source: Source, stored: dict[str, _Node], wanted: dict[str, _Node], context: Context) -> None:
    """Say which teams are added, renamed or moved, in the order of the file."""
    if context.watch is None:
        return
    context.watch.begin(source.name, COLUMNS, key=1)
    for line, code in sorted((node.line, code) for code, node in wanted.items() if node.line is not None):
        was = stored.get(code)
        if was is None or was[:2] != wanted[code][:2]:
            context.watch.change(line, was and (code, *was[:2]), (code, *wanted[code][:2]))


def _levels(
    source: Source, stored: dict[str, _Node], wanted: dict[str, _Node], context: Context, before: int
) -> list[list[str]]:
    """The codes of the tree level by level from the root; what keeps it from being one tree goes to the problems.

    Whether it is one tree can only be said of rows that are sound: if there are no more problems than `before` them.
    """
    problems = context.problems
    children: dict[str, list[str]] = defaultdict(list)
    for code, node in wanted.items():
        if node.parent and node.parent not in wanted:
            # The code of a row that is bad for another reason is known; that of a row that cannot be read is not.
            if context.teams.whole and node.parent not in context.teams:
                problems.add(
                    source.name,
                    node.line,
                    "parent",
                    f"{shown(node.parent)} is not a known team; add its row or correct it",
                )
        else:
            children[node.parent].append(code)
    if wanted and problems.count == before:
        _refuse_roots(source, stored, wanted, children[""], problems)
    levels = [children[""]] if children[""] else []
    while levels and (below := [child for code in levels[-1] for child in children[code]]):
        levels.append(below)
    if problems.count == before:
        _refuse_cycles(source, wanted, {code for level in levels for code in level}, problems)
    for code in (code for level in levels[DEEPEST:] for code in level):
        problems.add(
            source.name, wanted[code].line, "parent", f"puts the team below {DEEPEST} levels, the most there are"
        )
    return levels


def _refuse_roots(
    source: Source, stored: dict[str, _Node], wanted: dict[str, _Node], roots: list[str], problems: Problems
) -> None:
    """Exactly one team has no parent, and it stays the same one."""
    standing = next((code for code, node in stored.items() if not node.parent), None)
    if standing is not None and wanted[standing].parent:
        problems.add(
            source.name,
            wanted[standing].line,
            "parent",
            f"{shown(standing)} is the root of the tree and stays it; leave its parent empty",
        )
        return
    root = standing or (roots[0] if roots else None)
    for code in roots:
        if code != root:
            problems.add(
                source.name,
                wanted[code].line,
                "parent",
                f"is empty, which would make {shown(code)} a second root beside {shown(str(root))}; name its parent",
            )


def _refuse_cycles(source: Source, wanted: dict[str, _Node], reached: set[str], problems: Problems) -> None:
    """Teams that no root is above go round in circles: each circle is told once, at its last line and from there on."""
    for circle in _circles({code: node.parent for code, node in wanted.items() if code not in reached}):
        lines = [wanted[code].line or 0 for code in circle]
        last = lines.index(max(lines))
        told = " below ".join(shown(code) for code in [*circle[last:], *circle[:last], circle[last]][:8])
        problems.add(source.name, lines[last] or None, "parent", f"a team is never below itself: {told}")


def _circles(parents: dict[str, str]) -> Iterator[list[str]]:
    """Each circle of teams, every one of them followed by its parent."""
    while parents:
        path: dict[str, int] = {}
        code = next(iter(parents))
        while code in parents and code not in path:
            path[code] = len(path)
            code = parents[code]
        if code in path:
            yield list(path)[path[code] :]
        for code in path:
            del parents[code]


def _write(levels: list[list[str]], stored: dict[str, _Node], wanted: dict[str, _Node], context: Context) -> None:
    """Write the tree from the root down, so that a team's parent has its place before the team gets its own."""
    keys = context.teams
    paths = {"": ""}
    for level in levels:
        new = [code for code in level if code not in stored]
        # Those above may have been moved just now.
        paths.update(_paths({wanted[code].parent for code in new} - paths.keys()))
        keys.update(zip(new, reserved_keys(Team, len(new)), strict=True))
        paths.update((code, paths[wanted[code].parent] + Team.step_of(keys[code])) for code in new)
        rows = [(code, wanted[code].name, keys.get(wanted[code].parent), keys[code], paths[code]) for code in new]
        insert_rows(Team, ["code", "name", "parent_id", "id", "path"], rows)
        context.told.new(Team, ["code", "name", "parent_id"], [row[:3] for row in rows])
        for code in level:
            if code in stored and stored[code].name != wanted[code].name:
                Team.objects.filter(pk=keys[code]).update(name=wanted[code].name)
            if code in stored and stored[code].parent != wanted[code].parent:
                move_team(team=Team.objects.get(pk=keys[code]), parent=Team.objects.get(pk=keys[wanted[code].parent]))


def _paths(codes: set[str]) -> Iterator[tuple[str, str]]:
    for batch in batches(codes, BATCH):
        yield from Team.objects.filter(code__in=batch).order_by().values_list("code", "path")
