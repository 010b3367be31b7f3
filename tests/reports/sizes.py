"""A team of ten and one of two hundred, for pages whose queries are counted."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.organisation import OrganisationFiles

SIZES = {"SMALL": 10, "BIG": 200}


def two_teams(files: OrganisationFiles) -> None:
    """Import the two below the team SEC: engineers in teams of ten, each with a result that expires in 2499."""
    for code, size in SIZES.items():
        names = [f"{code}{number}" for number in range(size)]
        files.add(
            "teams", (code, code, "SEC"), *[(f"{code}-{part}", f"{code} {part}", code) for part in range(size // 10)]
        )
        files.add("people", *[(name, f"Name of {name}", "", "2024-01-01", "") for name in names])
        files.add(
            "memberships", *[(name, f"{code}-{index // 10}", "2024-01-01", "") for index, name in enumerate(names)]
        )
        files.add("assignments", *[(name, "ENG", "2024-01-01", "") for name in names])
        files.add("results", *[(name, name, "C-1", 3, "exam", "2024-02-01", "2499-01-01", "", "") for name in names])
        files.add("results", (f"{code}-2", names[0], "C-2", 3, "exam", "2024-02-01", "", "", ""))
    files.as_import()


def queries_of(client: Client, address: str) -> int:
    """How many queries the page takes once what it is made by is kept."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)
