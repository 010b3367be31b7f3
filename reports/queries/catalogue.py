"""What the cells of a team can be chosen by: roles, and competencies with what they are grouped by.

It is the same for every team and changes seldom, so the process keeps it by the stamp of the catalogue
(roles/catalogue_stamp.py), which is read each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from roles.catalogue_stamp import read_stamp
from roles.models import Competency, CompetencyStage, Role


class NamedRole(NamedTuple):
    """A role by its key, code and title."""

    pk: int
    code: str
    title: str
    held_by_everyone: bool


@dataclass(frozen=True)
class Facets:
    """A competency with what it is grouped by. Without a family, `family` is empty."""

    pk: int
    code: str
    title: str
    family: str
    dimension: str
    threats: set[str] = field(default_factory=set)
    stages: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Selection:
    """Which cells are asked for, by codes; what is empty chooses nothing.

    `state` is a name of `reports.queries.counted`; competency, threat, dimension and stage choose competencies.
    """

    state: str = ""
    role: str = ""
    competency: str = ""
    threat: str = ""
    dimension: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Catalogue:
    """Everything there is to choose by: competencies by key, those of a family together, without one last.

    Shared by who asks, and so never changed once it is read. `stamp` is the one that was read just before.
    """

    roles: Sequence[NamedRole]
    competencies: Mapping[int, Facets]
    threats: Mapping[str, str]
    stamp: str | None = None

    def role(self, code: str) -> NamedRole | None:
        """The role with this code, None for an empty one; KeyError if there is none."""
        return {role.code: role for role in self.roles}[code] if code else None

    def chosen(self, selection: Selection) -> list[Facets]:
        """The competencies that the selection leaves."""
        return [
            facets
            for facets in self.competencies.values()
            if selection.competency in {"", facets.code}
            and selection.threat in {"", *facets.threats}
            and selection.dimension in {"", facets.dimension}
            and selection.stage in {"", *facets.stages}
        ]


#: What was read last, by its stamp.
_kept: dict[str, Catalogue] = {}


def catalogue() -> Catalogue:
    """Every role, competency and threat; one query, and three more where they are not kept yet, or have changed."""
    stamp = read_stamp()
    if stamp is None:
        return _read(None)
    found = _kept.get(stamp)
    if found is None:
        # What somebody writes meanwhile may be in it already; it renews the stamp, and this is not found any more.
        found = _read(stamp)
        _kept.clear()
        _kept[stamp] = found
    return found


def _read(stamp: str | None) -> Catalogue:
    competencies: dict[int, Facets] = {}
    threats: dict[str, str] = {}
    rows = Competency.objects.order_by("family__id", "code").values_list(
        "pk", "code", "title", "family__title", "dimension", "threats__code", "threats__title"
    )
    for pk, code, title, family, dimension, threat, threat_title in rows:
        facets = competencies.setdefault(pk, Facets(pk, code, title, family or "", dimension))
        if threat is not None:
            facets.threats.add(threat)
            threats[threat] = threat_title
    for pk, stage in CompetencyStage.objects.order_by().values_list("competency_id", "stage"):
        competencies[pk].stages.add(stage)
    roles = Role.objects.order_by("code").values_list("pk", "code", "title", "held_by_everyone")
    return Catalogue(
        [NamedRole(*role) for role in roles],
        dict(sorted(competencies.items(), key=lambda item: not item[1].family)),
        dict(sorted(threats.items())),
        stamp,
    )
