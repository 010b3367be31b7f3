"""Who there is, and what is required of them."""

from .access import ApiToken
from .audit import AuditEvent, AuditHead, Surface
from .jobs import Job, JobState, Worker
from .matrix import (
    CatalogueStamp,
    Competency,
    CompetencyIndicator,
    CompetencyStage,
    Dimension,
    LifecycleStage,
    MatrixVersion,
    Origin,
    Role,
    RoleFamily,
    RoleRequirement,
    ScaleLevel,
    Threat,
    ThreatReference,
)
from .organisation import EvidencePolicy, Organisation
from .people import Deputy, Membership, Person, RoleAssignment, Team, TeamManager, User

__all__ = [
    "ApiToken",
    "AuditEvent",
    "AuditHead",
    "CatalogueStamp",
    "Competency",
    "CompetencyIndicator",
    "CompetencyStage",
    "Deputy",
    "Dimension",
    "EvidencePolicy",
    "Job",
    "JobState",
    "LifecycleStage",
    "MatrixVersion",
    "Membership",
    "Organisation",
    "Origin",
    "Person",
    "Role",
    "RoleAssignment",
    "RoleFamily",
    "RoleRequirement",
    "ScaleLevel",
    "Surface",
    "Team",
    "TeamManager",
    "Threat",
    "ThreatReference",
    "User",
    "Worker",
]
