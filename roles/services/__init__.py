"""Writes of several rows, each whole or not at all."""

from .checking import InTheWay
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
    "InTheWay",
    "NothingRequired",
    "PersonValues",
    "TeamBelowItself",
    "add_person",
    "add_team",
    "assign_role",
    "change_person",
    "change_team",
    "end_assignment",
    "end_membership",
    "move_team",
    "place_person",
    "publish_version",
    "remove_team",
    "set_evidence_policy",
    "set_role_of_everyone",
]
