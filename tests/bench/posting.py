"""How fast results come in by REST, against an import of the same kind."""

from __future__ import annotations

import csv
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.test import override_settings
from rest_framework.test import APIClient

from roles.models import Competency, Person

from .running import Run, manage

AT_ONCE = 10_000
ROUNDS = 3


def measure(run: Run) -> None:
    """POST of 10,000 results, from the request to the end of the answer, in one process and without a network."""
    client = APIClient()
    client.force_authenticate(run.administrator)
    with override_settings(ALLOWED_HOSTS=["*"]):
        for people in (AT_ONCE // 10, AT_ONCE):
            if people <= run.people:
                measure_lists(run, client, people)


def measure_lists(run: Run, client: APIClient, people: int) -> None:
    """Print how fast such lists are recorded, and imported."""
    posted, imported = [], []
    sent = lists(people)
    for _ in range(run.rounds(ROUNDS)):  # in turn, so that whatever else the machine does is done to both
        posted.append(AT_ONCE / time_of_post(client, next(sent)))
        imported.append(AT_ONCE / time_of_import(next(sent)))
    rate, alike = statistics.median(posted), statistics.median(imported)
    run.table.row(
        f"POST of {AT_ONCE:,} results for {people:,} people",
        f"{rate:,.0f} results a second",
        f"{rate / alike:.1f} x import_org of such a file",
    )


def lists(people: int) -> Iterator[list[dict[str, Any]]]:
    """Lists of new results for so many people, as many for each, other people and ids each time."""
    everybody = list(Person.objects.order_by("pk").values_list("employee_id", flat=True))
    codes = list(Competency.objects.order_by("code").values_list("code", flat=True))
    run = secrets.token_hex(4)
    for turn in range(1_000):
        chosen = [everybody[(turn * people + place) % len(everybody)] for place in range(people)]
        yield [
            {
                "result_id": f"posted-{run}-{people}-{turn}-{number}",
                "employee_id": chosen[number % people],
                "competency": codes[(turn + number // people) % len(codes)],
                "level": number % 5,
                "method": "exam",
                "assessed_on": "2026-06-01",
                "expires_on": None,
                "assessor": "",
                "evidence": "",
            }
            for number in range(AT_ONCE)
        ]


def time_of_post(client: Any, results: list[dict[str, Any]]) -> float:
    """Seconds until the list is recorded and answered."""
    begun = time.perf_counter()
    response = client.post("/api/v1/results/", results, format="json", secure=True)
    seconds = time.perf_counter() - begun
    if response.status_code != HTTPStatus.CREATED:
        raise SystemExit(f"POST of results answered {response.status_code}: {response.content[:500]!r}")
    return seconds


def time_of_import(results: list[dict[str, Any]]) -> float:
    """Seconds that import_org takes for the same, with the start of its process."""
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "results.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, results[0].keys())
            writer.writeheader()
            writer.writerows(results)
        seconds, _ = manage("import_org", folder)
    return seconds
