"""How fast results come in by REST, against an import of the same kind: a part of tests/bench.py."""

from __future__ import annotations

import csv
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

AT_ONCE = 10_000
REPETITIONS = 3

Row = Callable[[str, str, str], None]


def measure_posting(import_rate: float, manage: Callable[..., tuple[float, int]], row: Row) -> None:
    """POST of 10,000 results, from the request to the end of the answer, in one process and without a network.

    `import_rate` is how many results a second the whole organisation was imported at, everything else with them.
    """
    from django.test import override_settings  # noqa: PLC0415  (once the environment is settled)
    from rest_framework.test import APIClient  # noqa: PLC0415

    from roles.models import Person, User  # noqa: PLC0415

    client = APIClient()
    client.force_authenticate(User.objects.create(username="posting", is_superuser=True))
    most = Person.objects.count()
    with override_settings(ALLOWED_HOSTS=["*"]):
        for people in (AT_ONCE // 10, AT_ONCE):
            if people <= most:
                measure_lists(client, lists(people), import_rate, manage, row, people)


def measure_lists(
    client: Any,
    sent: Iterator[list[dict[str, Any]]],
    import_rate: float,
    manage: Callable[..., tuple[float, int]],
    row: Row,
    people: int,
) -> None:
    """Print how fast such lists are recorded, and imported."""
    posted, imported = [], []
    for _ in range(REPETITIONS):  # in turn, so that whatever else the machine does is done to both
        posted.append(AT_ONCE / time_of_post(client, next(sent)))
        imported.append(AT_ONCE / time_of_import(next(sent), manage))
    rate, alike = statistics.median(posted), statistics.median(imported)
    row(
        f"POST of {AT_ONCE:,} results for {people:,} people",
        f"{rate:,.0f} results a second",
        f"{rate / alike:.1f} x import_org of such a file, {rate / import_rate:.2f} x the whole import",
    )


def lists(people: int) -> Iterator[list[dict[str, Any]]]:
    """Lists of new results for so many people, as many for each, other people and ids each time."""
    from roles.models import Competency, Person  # noqa: PLC0415

    everybody = list(Person.objects.order_by("pk").values_list("employee_id", flat=True))
    codes = list(Competency.objects.order_by("code").values_list("code", flat=True))
    for turn in range(1_000):
        chosen = [everybody[(turn * people + place) % len(everybody)] for place in range(people)]
        yield [
            {
                "result_id": f"posted-{people}-{turn}-{number}",
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


def time_of_import(results: list[dict[str, Any]], manage: Callable[..., tuple[float, int]]) -> float:
    """Seconds that import_org takes for the same, with the start of its process."""
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "results.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, results[0].keys())
            writer.writeheader()
            writer.writerows(results)
        seconds, _ = manage("import_org", folder)
    return seconds
