"""Every writer of REST with a body that it takes, for tests that walk all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .things import OWN, things

Body = dict[str, Any]


@dataclass(frozen=True)
class Writer:
    """A method of an address: what it is called on, and a body that it takes, of an organisation that things.py knows.

    `refers` names the fields that refer to something else, each with something that is FOREIGN and what is missing.
    """

    method: str
    address: Callable[[dict[str, object]], str]
    body: Body
    refers: tuple[str, ...] = ()

    def path(self) -> str:
        """Where it is, for what is OWN."""
        return "/api/v1/" + self.address(things(OWN))


def to(name: str) -> Callable[[dict[str, object]], str]:
    """The address of a list."""
    return lambda _: f"{name}/"


def of(name: str, *rest: str) -> Callable[[dict[str, object]], str]:
    """The address of one thing of a list, or of what can be done with it."""
    return lambda known: "/".join([name, str(known[name]), *rest, ""])


RESULT: Body = {
    "result_id": "LMS-1",
    "employee_id": OWN,
    "competency": "C-1",
    "level": 3,
    "method": "exam",
    "assessed_on": "2025-01-01",
    "expires_on": "2027-01-01",
    "assessor": "Institute",
    "evidence": "Certificate 17",
}

WRITERS = {
    "add a team": Writer("post", to("teams"), {"code": "NEW", "name": "New", "parent": "SEC"}, ("parent",)),
    "change a team": Writer("patch", of("teams"), {"name": "Other", "parent": "OPS"}, ("parent",)),
    "add a person": Writer(
        "post",
        to("people"),
        {"employee_id": "N1", "name": "New", "email": "n@example.org", "joined_on": "2025-01-01", "left_on": None},
    ),
    "change a person": Writer(
        "patch",
        of("people"),
        {"name": "Other", "email": "", "joined_on": "2023-01-01", "left_on": "2030-01-01"},
    ),
    "add a membership": Writer(
        "post",
        to("memberships"),
        {"employee_id": OWN, "team": "OPS", "from": "2023-01-01", "until": "2024-01-01"},
        ("employee_id", "team"),
    ),
    "change a membership": Writer("patch", of("memberships"), {"until": "2030-01-01"}),
    "add an assignment": Writer(
        "post",
        to("assignments"),
        {"employee_id": OWN, "role": "LEAD", "from": "2025-01-01", "until": None},
        ("employee_id", "role"),
    ),
    "change an assignment": Writer("patch", of("assignments"), {"until": "2030-01-01"}),
    "add an exemption": Writer(
        "post",
        to("exemptions"),
        {"employee_id": OWN, "competency": "C-1", "from": "2025-01-01", "until": None, "reason": "Leave"},
        ("employee_id", "competency"),
    ),
    "change an exemption": Writer("patch", of("exemptions"), {"until": "2030-01-01", "reason": "Other"}),
    "add a result": Writer("post", to("results"), RESULT, ("employee_id", "competency")),
    "withdraw a result": Writer("post", of("results", "withdraw"), {"reason": "Wrong person"}),
}
