"""Loading the shipped matrix: the competencies, roles, threats, scale and the first version, from fixtures/matrix."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from .models import (
    Competency,
    CompetencyIndicator,
    CompetencyStage,
    MatrixVersion,
    Organisation,
    Origin,
    Role,
    RoleFamily,
    RoleRequirement,
    ScaleLevel,
    Threat,
    ThreatReference,
)
from .services import publish_version
from .trail import one_event


@dataclass(frozen=True)
class LoadReport:
    """How many rows of each kind were added, and what was left out and why."""

    added: dict[str, int]
    left_out: list[str]


@one_event("matrix.loaded")
def load_shipped_matrix(*, folder: Path, at: datetime) -> LoadReport:
    """Add what is shipped and not there yet; what is there is the organisation's, and stays as it is.

    The version is published as of the instant `at`, unless the organisation has published one for the same day.
    """
    Organisation.current()
    before = _counts()
    _load_scale(_read(folder, "scale"))
    roles, threats = _read(folder, "roles"), _read(folder, "threats")
    for family in roles["families"]:
        RoleFamily.objects.get_or_create(code=family["code"], defaults={"title": family["title"]})
    families = {family.code: family for family in RoleFamily.objects.all()}
    for role in roles["roles"]:
        _load_role(role, families)
    for threat in threats["threats"]:
        _load_threat(threat)
    for competency in _read(folder, "competencies")["competencies"]:
        _load_competency(competency, families)
    left_out = _load_version(_read(folder, "requirements"), at)
    after = _counts()
    return LoadReport({kind: after[kind] - before[kind] for kind in after}, left_out)


def _counts() -> dict[str, int]:
    models = {
        "levels of the scale": ScaleLevel,
        "families": RoleFamily,
        "roles": Role,
        "competencies": Competency,
        "threats": Threat,
        "matrix versions": MatrixVersion,
        "requirements": RoleRequirement,
    }
    return {kind: model._default_manager.count() for kind, model in models.items()}


def _read(folder: Path, name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return data


def _load_scale(scale: dict[str, Any]) -> None:
    for level in scale["levels"]:
        ScaleLevel.objects.get_or_create(
            value=level["value"],
            defaults={
                "name": level["name"],
                "summary": level["short"],
                "assessor_test": level["assessor_test"],
                "supervision": level["supervision"],
                "typical_evidence": level["typical_evidence"],
            },
        )


def _load_role(role: dict[str, Any], families: dict[str, RoleFamily]) -> None:
    Role.objects.get_or_create(
        code=role["code"],
        defaults={
            "title": role["title"],
            "who": role["who"],
            "family": families.get(role["family"]),
            "emerging": role["emerging"],
            "origin": Origin.ARTICLE if role["family"] else Origin.PROPOSAL,
        },
    )


def _load_threat(shipped: dict[str, Any]) -> None:
    threat, new = Threat.objects.get_or_create(
        code=shipped["code"], defaults={"title": shipped["title"], "note": shipped["note"]}
    )
    if new:
        ThreatReference.objects.bulk_create(
            ThreatReference(threat=threat, **reference) for reference in shipped["references"]
        )


def _load_competency(shipped: dict[str, Any], families: dict[str, RoleFamily]) -> None:
    """Add the competency; the facets also to one that a file brought in, which has none."""
    competency, new = Competency.objects.get_or_create(
        code=shipped["code"],
        defaults={
            "title": shipped["title"],
            "family": families[shipped["family"]],
            "dimension": shipped["dimension"],
            "summary": shipped["summary"],
            "origin": shipped["origin"],
        },
    )
    if not new and (competency.threats.exists() or competency.stages.exists() or competency.indicators.exists()):
        return
    competency.threats.set(Threat.objects.filter(code__in=shipped["threats"]))
    CompetencyStage.objects.bulk_create(
        CompetencyStage(competency=competency, stage=stage) for stage in shipped["lifecycle"]
    )
    CompetencyIndicator.objects.bulk_create(
        CompetencyIndicator(competency=competency, level=int(level), text=text)
        for level, text in shipped["indicators"].items()
    )


def _load_version(shipped: dict[str, Any], at: datetime) -> list[str]:
    """Publish the shipped version; gives why not, if not."""
    code, effective_from = shipped["version"], date.fromisoformat(shipped["effective_from"])
    if MatrixVersion.objects.filter(code=code).exists():
        return []
    taken = MatrixVersion.objects.published().filter(effective_from=effective_from).first()
    if taken is not None:
        return [f"matrix version {code}: {taken.code} is in force from the same day, {effective_from}"]
    version = MatrixVersion.objects.create(code=code, effective_from=effective_from)
    roles = {role.code: role for role in Role.objects.all()}
    competencies = {competency.code: competency for competency in Competency.objects.all()}
    RoleRequirement.objects.bulk_create(
        RoleRequirement(
            version=version,
            role=roles[cell["role"]],
            competency=competencies[cell["competency"]],
            required_level=cell["required_level"],
            weight=cell["weight"],
            rationale=cell["rationale"],
            pairing_origin=cell["pairing_origin"],
            level_origin=cell["level_origin"],
        )
        for cell in shipped["cells"]
    )
    publish_version(version=version, at=at)
    return []
