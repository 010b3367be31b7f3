"""memberships.csv in batches: the rows of one person go together, wherever in the file they stand."""

from __future__ import annotations

from datetime import date

import pytest

from assessments.importing import memberships
from roles.models import Membership
from tests.assessments.conftest import Refused
from tests.organisation import OrganisationFiles

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memberships, "BATCH", 1)


def stays(employee_id: str) -> list[tuple[str, date, date | None]]:
    """The memberships of somebody, in the order of days."""
    rows = Membership.objects.filter(person__employee_id=employee_id).order_by("from_on")
    return list(rows.values_list("team__code", "from_on", "until_on"))


def test_a_row_takes_days_that_another_gives_back_at_the_end_of_the_file(imported: OrganisationFiles) -> None:
    imported.put(
        "memberships",
        ("E1", "RED", "2025-06-01", ""),
        ("E2", "BLUE", "2025-03-01", ""),
        ("E3", "BLUE", "2024-01-01", "2025-01-01"),
        ("E2", "RED", "2024-01-01", "2025-03-01"),
        ("E1", "BLUE", "2025-01-01", "2025-06-01"),
    )

    imported.as_import()

    assert stays("E1")[1:] == [
        ("BLUE", date(2025, 1, 1), date(2025, 6, 1)),
        ("RED", date(2025, 6, 1), None),
    ]
    assert stays("E2") == [("RED", date(2024, 1, 1), date(2025, 3, 1)), ("BLUE", date(2025, 3, 1), None)]


def test_rows_of_one_person_that_overlap_are_found_however_far_apart(
    files: OrganisationFiles, refused: Refused
) -> None:
    files.put(
        "memberships",
        ("E1", "RED", "2024-01-01", "2025-01-01"),
        ("E2", "RED", "2024-01-01", ""),
        ("E3", "BLUE", "2024-01-01", "2025-01-01"),
        ("E1", "BLUE", "2024-12-31", ""),
    )

    [told] = refused(files)

    stay = "the membership from 2024-01-01 until 2025-01-01 in line 2"
    assert (
        told == f"memberships.csv:5: from: '2024-12-31' is in the middle of {stay}; a person is in one team at a time"
    )
