"""How ready a team is for each threat."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from reports.measures import Measures
from roles.models import Competency, Team, Threat, ThreatReference

from .report import Line, TeamReport, team_report


@dataclass(frozen=True)
class ThreatLine:
    """A threat: the measures over the competencies that counter it and are required in the team; these, weakest first.

    Where none is, `competencies` is empty and `people`, whom any of them concerns, is 0.
    """

    threat: Threat
    people: int
    measures: Measures
    competencies: list[Line]
    references: list[ThreatReference]

    @property
    def weakest(self) -> Line | None:
        """The countering competency with the lowest verified coverage, among equals with the lowest coverage."""
        return next((line for line in self.competencies if line.measures.required), None)


@dataclass(frozen=True)
class ThreatView:
    """The team's report on a day, and every threat there is, in the order of the codes."""

    report: TeamReport
    threats: list[ThreatLine]


def threat_view(*, team: Team, as_of: date) -> ThreatView:
    """How ready the team's scope is for each threat on the day; three queries more than `team_report`."""
    report = team_report(team=team, as_of=as_of)
    lines = {line.code: line for line in report.threats}
    countering: dict[int, set[str]] = defaultdict(set)
    for threat, code in Competency.threats.through.objects.values_list("threat", "competency__code"):
        countering[threat].add(code)
    references: dict[int, list[ThreatReference]] = defaultdict(list)
    for reference in ThreatReference.objects.order_by("framework", "identifier"):
        references[reference.threat_id].append(reference)
    return ThreatView(
        report,
        [
            ThreatLine(
                threat=threat,
                people=lines[threat.code].people if threat.code in lines else 0,
                measures=lines[threat.code].measures if threat.code in lines else Measures(),
                competencies=sorted(
                    (line for line in report.competencies if line.code in countering[threat.pk]), key=_strength
                ),
                references=references[threat.pk],
            )
            for threat in Threat.objects.order_by("code")
        ],
    )


def _strength(line: Line) -> tuple[bool, float, float]:
    """How well a competency is covered; of what is required of nobody but the exempt, nothing can be said."""
    measures = line.measures
    return not measures.required, measures.verified_coverage or 0, measures.coverage or 0
