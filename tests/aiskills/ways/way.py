"""What a way of writing is, and the organisation in which it is tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from assessments.models import AssessmentResult, Exemption, Import
from roles.acting import system_user
from roles.models import MatrixVersion, Membership, Person, RoleAssignment, User
from tests.assessments.sending import uploaded

HEADER = "employee_id,name,email,joined_on,left_on\n"
NEW, BAD = "N1,New,,2026-01-01,\n", "N1,,,2026-01-01,\n"


@dataclass(frozen=True)
class World:
    """Who writes, and with what: the organisation of tests/reports/pages.py with the rest of tests/api/things.py."""

    cast: dict[str, User]
    #: The administrator's browser, and their program.
    console: Client
    rest: APIClient
    #: A new folder for files.
    folder: Path

    def browser(self, who: str) -> Client:
        """The browser of somebody of the cast."""
        client = Client()
        client.force_login(self.cast[who])
        return client

    def import_of(self, text: str) -> Import:
        """An import of people that a worker has looked at."""
        return uploaded(people_sent(text), by=self.cast["administrator"])


@dataclass(frozen=True)
class Way:
    """A way of writing: what it covers, what does it, and what its one event says.

    `prepare` makes what it is done to, and gives it. A subject of `*` is one that cannot be known before. Where it
    `asks` for work of that kind, nothing is written until a worker does it, which is a way of its own.
    """

    covers: str
    do: Callable[[World, Any], object]
    action: str = ""
    subject: str = ""
    prepare: Callable[[World], object] = lambda _: None
    actor: str = "administrator"
    surface: str = ""
    asks: str = ""

    @property
    def by_surface(self) -> str:
        """The surface that the event names: by default that of which the way is one."""
        kind = self.covers.partition(" ")[0]
        return self.surface or {"action": "console", "job": "console"}.get(kind, kind)

    @property
    def by(self) -> str:
        """Who the event says did it."""
        return system_user() if self.actor == "os" else self.actor


def people_sent(text: str) -> SimpleUploadedFile:
    """A file of people with these rows, as it is sent."""
    return SimpleUploadedFile("people.csv", (HEADER + text).encode())


def person(employee_id: str) -> Person:
    return Person.objects.get(employee_id=employee_id)


def stay(employee_id: str) -> Membership:
    found: Membership = Membership.objects.filter(person__employee_id=employee_id).latest("from_on")
    return found


def assignment(employee_id: str) -> RoleAssignment:
    return RoleAssignment.objects.get(person__employee_id=employee_id)


def result(result_id: str) -> AssessmentResult:
    return AssessmentResult.objects.get(result_id=result_id)


def exemption(employee_id: str) -> Exemption:
    return Exemption.objects.get(person__employee_id=employee_id)


def version(code: str) -> MatrixVersion:
    return MatrixVersion.objects.get(code=code)
