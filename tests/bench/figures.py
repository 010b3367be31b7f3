"""What a run of the benchmark has measured: figures beside their targets, printed, kept and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

#: What a report may cost more as the organisation grows (issue 6, "Targets").
GROWTH_AT_MOST = 1.5
#: The lines between which a document holds the last table.
BEGIN, END = "<!-- figures -->", "<!-- end of the figures -->"


@dataclass(frozen=True)
class Target:
    """What is asked of a value: at most so much, or at least."""

    words: str
    most: float | None = None
    least: float | None = None

    def holds(self, value: float) -> bool:
        """Whether the value is as it should be."""
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)


@dataclass(frozen=True)
class Figure:
    """One line: what was measured, in words, what it was measured against, and how both stand to the targets.

    `grows` are the milliseconds that are compared between organisations of different sizes, where they are.
    """

    part: str
    what: str
    figure: str
    beside: str = ""
    target: str = ""
    holds: bool | None = None
    grows: float | None = None

    @property
    def verdict(self) -> str:
        """Whether the target holds; nothing where there is none."""
        return {None: "", True: "holds", False: "MISSED"}[self.holds]


@dataclass
class Table:
    """The figures so far; each is printed as soon as it is known."""

    heading: str
    figures: list[Figure] = field(default_factory=list)
    part: str = ""

    def row(self, what: str, figure: str, beside: str = "") -> None:
        """A figure that no target is set for."""
        self._add(Figure(self.part, what, figure, beside))

    def judged(
        self,
        what: str,
        figure: str,
        beside: str = "",
        *targets: tuple[Target, float],
        grows: float | None = None,
    ) -> None:
        """A figure with its targets, each with the value that it asks something of; all have to hold."""
        words = "; ".join(target.words for target, _ in targets)
        holds = all(target.holds(value) for target, value in targets) if targets else None
        self._add(Figure(self.part, what, figure, beside, words, holds, grows))

    def _add(self, figure: Figure) -> None:
        self.figures.append(figure)
        verdict = f"  [{figure.target}: {figure.verdict}]" if figure.target else ""
        print(f"{figure.what:58} {figure.figure:>26}  {figure.beside}{verdict}", flush=True)

    def markdown(self) -> str:
        """All of it as docs/performance.md takes it in."""
        head = ["what", "measured", "against", "target", ""]
        rows = [[one.what, one.figure, one.beside, one.target, one.verdict] for one in self.figures]
        return f"{self.heading}\n\n" + "\n".join(_lines(head, rows)) + "\n"

    def put_into(self, path: Path) -> None:
        """Put the table in place of the one between BEGIN and END in a file. ValueError if there are no such lines."""
        text = path.read_text(encoding="utf-8")
        before, begun, rest = text.partition(f"{BEGIN}\n")
        _, ended, after = rest.partition(f"{END}\n")
        if not begun or not ended:
            raise ValueError(f"{path} has no lines {BEGIN} and {END}.")
        path.write_text(f"{before}{begun}{self.markdown()}{ended}{after}", encoding="utf-8")

    def keep(self, path: Path) -> None:
        """Write it where `kept` finds it."""
        content = {"heading": self.heading, "figures": [asdict(figure) for figure in self.figures]}
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def kept(path: Path) -> Table:
    """The table that a run has kept."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Table(content["heading"], [Figure(**figure) for figure in content["figures"]])


def comparison(small: Table, large: Table) -> str:
    """How what grows with the organisation has grown from one run to the other, as a table in Markdown."""
    before = {(figure.part, figure.what): figure for figure in small.figures}
    pairs = [(before.get((figure.part, figure.what)), figure) for figure in large.figures]
    rows = [
        [was.what, f"{was.grows:.2f} ms", f"{now.grows:.2f} ms", f"{now.grows / was.grows:.2f} x", _verdict(was, now)]
        for was, now in pairs
        if was is not None and was.grows and now.grows
    ]
    head = ["what", "small", "large", "growth", f"at most {GROWTH_AT_MOST} x"]
    return f"small: {small.heading}\nlarge: {large.heading}\n\n" + "\n".join(_lines(head, rows)) + "\n"


def _verdict(was: Figure, now: Figure) -> str:
    return "holds" if (now.grows or 0) <= GROWTH_AT_MOST * (was.grows or 0) else "MISSED"


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"
