"""Writes of several rows, each whole or not at all."""

from .checking import InTheWay
from .drafts import Asked, DraftMoved, begin_draft, change_draft, discard_draft, set_requirements
from .everybody import set_rules, set_rules_or_ask
from .many import assign_role_to, end_assignments, end_memberships, place_people
from .people import (
    PersonValues,
    add_person,
    assign_role,
    change_person,
    end_assignment,
    end_membership,
    place_person,
)
from .rules import AlreadyPublished, NothingRequired, publish_version, set_evidence_policy, set_role_of_everyone
from .teams import TeamBelowItself, add_team, change_team, move_team, remove_team

__all__ = [
    "AlreadyPublished",
    "Asked",
    "DraftMoved",
    "InTheWay",
    "NothingRequired",
    "PersonValues",
    "TeamBelowItself",
    "add_person",
    "add_team",
    "assign_role",
    "assign_role_to",
    "begin_draft",
    "change_draft",
    "change_person",
    "change_team",
    "discard_draft",
    "end_assignment",
    "end_assignments",
    "end_membership",
    "end_memberships",
    "move_team",
    "place_people",
    "place_person",
    "publish_version",
    "remove_team",
    "set_evidence_policy",
    "set_requirements",
    "set_role_of_everyone",
    "set_rules",
    "set_rules_or_ask",
]
