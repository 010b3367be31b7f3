"""The gap report as tables on a terminal, or as plain text in a mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.measures import Measures, in_percent
from reports.queries import Line, TeamReport

#: One word for nothing to divide by, so that it is never read as 0 %.
NONE = "-"

#: The columns of numbers, and which of them a window narrower than WIDE has room for.
_COLUMNS: dict[str, Callable[[Measures], str]] = {
    "Coverage": lambda measures: percent(measures.coverage),
    "Verified": lambda measures: percent(measures.verified_coverage),
    "Required": lambda measures: f"{measures.required:,}",
    "Met": lambda measures: f"{measures.met:,}",
    "Gap": lambda measures: f"{measures.gap:,}",
    "Expired": lambda measures: f"{measures.expired:,}",
    "Not\nassessed": lambda measures: f"{measures.not_assessed:,}",
    "Ready": lambda measures: percent(measures.readiness),
}
_NARROW = ("Coverage", "Verified", "Gap", "Expired", "Not\nassessed")
WIDE = 100

#: What a line takes beside code and title in a wide and in a narrow window, and the shortest and longest title.
_BESIDE_WIDE, _BESIDE_NARROW, _LEAST_TITLE, _MOST_TITLE = 82, 60, 12, 56


def print_report(report: TeamReport, console: Console, *, today: date) -> None:
    """Print the report: the whole first, then where it is worst, then by team, role, threat, dimension and stage."""
    console.print(_heading(report, today), soft_wrap=True)
    if not report.competencies:
        console.print(_nothing(report), soft_wrap=True)
        return
    console.print(
        _table(
            "Competencies, worst coverage first",
            _worst_first(report.competencies),
            console,
            bench=True,
            total=report.totals,
        )
    )
    _print_bench(report, console)
    for title, lines in (
        ("Teams below", _worst_first(report.teams)),
        ("Roles, each by its own requirements", _worst_first(report.roles)),
        ("Threats, by the competencies that counter them", _worst_first(report.threats)),
        ("Dimensions", report.dimensions),
        ("Lifecycle stages", report.stages),
    ):
        if lines:
            console.print(_table(title, lines, console))


def _heading(report: TeamReport, today: date) -> Text:
    forecast = ", a forecast: what holds then if nothing new is recorded" if report.as_of > today else ""
    totals = report.totals
    text = Text(f"{report.team.name} ({report.team.code})", style="bold")
    text.append(f"\nAI-security gap report as of {report.as_of}{forecast}\n", style="not bold")
    text.append(
        f"{report.people:,} people, matrix {report.version or 'not yet in force'}, evidence policy {report.policy}\n\n",
        style="dim not bold",
    )
    if totals.required:
        text.append(f"Coverage {percent(totals.coverage)}, verified {percent(totals.verified_coverage)}", style="bold")
        text.append(
            f". Of {totals.required:,} required, {totals.met:,} are met ({totals.met_verified:,} verified),"
            f" {totals.gap:,} are gaps, {totals.expired:,} have expired, {totals.not_assessed:,} are not assessed;"
            f" exempt besides: {totals.exempt:,}. Readiness {percent(totals.readiness)},"
            f" {totals.deficit:,} levels short.\n",
            style="not bold",
        )
    return text


def _nothing(report: TeamReport) -> str:
    if not report.people:
        return "Nobody is in this team or below it on that day."
    if report.version is None:
        return "No matrix version is in force on that day, so nothing is required of anybody."
    return "Nothing is required of anybody here on that day: assign roles to these people."


def _table(
    title: str, lines: Sequence[Line], console: Console, *, bench: bool = False, total: Measures | None = None
) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_footer=total is not None,
        pad_edge=False,
        collapse_padding=True,
    )
    names = list(_COLUMNS) if console.width >= WIDE else list(_NARROW)
    table.add_column("Code", footer="Total", no_wrap=True)
    table.add_column("Title", no_wrap=True)
    for name in names:
        footer = _COLUMNS[name](total) if total is not None else ""
        table.add_column(name, justify="right", footer=footer, no_wrap=True)
    table.add_column("Holders" if bench else "People", justify="right", no_wrap=True)
    room = _room_for_titles(lines, console)
    for line in lines:
        last = line.holders if bench else line.people
        numbers = [_COLUMNS[name](line.measures) for name in names]
        table.add_row(Text(line.code), _cut(line.title, room), *numbers, f"{last:,}")
    return table


def _room_for_titles(lines: Sequence[Line], console: Console) -> int:
    beside = _BESIDE_WIDE if console.width >= WIDE else _BESIDE_NARROW
    codes = max(len(line.code) for line in lines)
    return min(max(console.width - beside - codes, _LEAST_TITLE), _MOST_TITLE)


def _cut(title: str, room: int) -> Text:
    text = Text(title)
    text.truncate(room, overflow="ellipsis")
    return text


def _print_bench(report: TeamReport, console: Console) -> None:
    """Say who can be relied on where: what nobody holds at level 3 or more, and what hangs on one person."""
    for words, count in (("Nobody holds at level 3 or more", 0), ("Only one person holds at level 3 or more", 1)):
        codes = ", ".join(line.code for line in report.competencies if line.holders == count)
        if codes:
            console.print(Text.assemble((f"{words}: ", "bold"), codes))
    console.print()


def _worst_first(lines: Iterable[Line]) -> list[Line]:
    """Lowest coverage first; where nothing is required, last."""
    return sorted(lines, key=lambda line: (line.measures.coverage is None, line.measures.coverage or 0, line.code))


def percent(share: float | None) -> str:
    """A share as a whole percentage; never 100 % or 0 % where that is not quite so."""
    if share is None:
        return NONE
    sign, whole = in_percent(share)
    return f"{sign}{whole}%"
