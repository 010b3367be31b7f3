"""Recording results against a bare insert of the same rows, by one writer and by eight in one branch at once."""

from __future__ import annotations

import multiprocessing
import random
import secrets
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from unittest.mock import patch

from django.db import connection, connections
from django.utils.timezone import now

from assessments.models import AssessmentResult
from assessments.services import record_results
from roles.models import Competency, Membership

from .figures import Target
from .running import TODAY, Run
from .starting import begin

ROUNDS, SECONDS = 5, 2.0
WRITERS = 8
#: The people of a team of about this size are recorded for.
BRANCH = 1_000
HALF = Target("at least half of it with the counters off", least=0.5)

#: What is done: the service, the service with the counters off, and a row that counts nowhere, being withdrawn.
SERVICE, WITHOUT, BARE = "service", "without counters", "bare insert"


def measure(run: Run) -> None:
    """Print what a writer records in a second, and eight of them together, in turn with bare inserts."""
    branch = run.team_of(min(BRANCH, run.people // 2))
    people = list(Membership.objects.within(branch.team).filter(until_on=None).values_list("person_id", flat=True))
    competencies = list(Competency.objects.order_by("code").values_list("pk", flat=True))
    kinds = [BARE, SERVICE, *([WITHOUT] if counted() else [])]
    for writers in (2,) if run.quick else (1, WRITERS):
        rates = {kind: statistics.median(of) for kind, of in rounds(run, writers, kinds, people, competencies).items()}
        told(run, rates, f"{writers} writer{'s' if writers > 1 else ''} in a branch of {branch.people:,}")
    if counted():
        count_anew()


def told(run: Run, rates: dict[str, float], words: str) -> None:
    run.table.row(f"bare inserts, {words}", f"{rates[BARE]:,.0f} a second")
    run.table.row(
        f"results recorded, {words}",
        f"{rates[SERVICE]:,.0f} a second",
        f"a bare insert is {rates[BARE] / rates[SERVICE]:.1f} x as fast",
    )
    if WITHOUT in rates:
        share = rates[SERVICE] / rates[WITHOUT]
        beside = f"with them on, {share:.0%} of that"
        run.table.judged(f"  with the counters off, {words}", f"{rates[WITHOUT]:,.0f} a second", beside, (HALF, share))
    else:
        run.table.row(f"  with the counters off, {words}", "not there", "there are no counters")


def rounds(
    run: Run, writers: int, kinds: list[str], people: list[int], competencies: list[int]
) -> dict[str, list[float]]:
    """Results a second of each kind, in turn; each writer is a process of its own."""
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    seconds = 0.2 if run.quick else SECONDS
    connections.close_all()  # A connection cannot be shared by processes.
    pool = ProcessPoolExecutor(writers, mp_context=multiprocessing.get_context("spawn"), initializer=begin)
    with pool:
        for number in range(run.rounds(ROUNDS) + 1):
            for kind in kinds:
                jobs = [pool.submit(written, kind, seconds, people, competencies) for _ in range(writers)]
                done = sum(job.result() for job in jobs)
                rates[kind].extend([done] if number else [])  # The first round warms up.
    return rates


def written(kind: str, seconds: float, people: list[int], competencies: list[int]) -> float:
    """How many a second one writer has written, one by one."""
    chance = random.Random(secrets.token_hex(8))
    write = bare_insert if kind == BARE else recorded
    done, begun = 0, time.perf_counter()
    with counters_off() if kind == WITHOUT else nullcontext():
        while time.perf_counter() - begun < seconds:
            write(chance.choice(people), chance.choice(competencies))
            done += 1
    return done / (time.perf_counter() - begun)


def recorded(person: int, competency: int) -> None:
    """Record a result by the service."""
    result = AssessmentResult(person_id=person, competency_id=competency, level=3, method="exam", assessed_on=TODAY)
    record_results(results=[result], by=None, at=now())


def bare_insert(person: int, competency: int) -> None:
    """Insert the row of a result that is withdrawn already, and so makes no standing wrong."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO assessments_assessmentresult (result_id, person_id, competency_id, level, method, assessed_on,"
            " assessor, evidence, recorded_at, withdrawn_at, withdrawn_reason)"
            " VALUES (%s, %s, %s, 3, 'exam', %s, '', '', now(), now(), 'a bare insert')",
            [f"bare-{secrets.token_hex(8)}", person, competency, TODAY],
        )


def counted() -> bool:
    """Whether there are counters of large teams that a writer could leave alone."""
    return find_spec("reports.counters") is not None


@contextmanager
def counters_off() -> Iterator[None]:
    """Have this process record without telling the counters, which are wrong until they are built anew."""
    with patch.multiple("reports.counters.ledger", changes_by_team=lambda _: {}, write=lambda _: None):
        yield


def count_anew() -> None:
    """Put right what was recorded with the counters off, and fold what waits."""
    import_module("reports.counters.building").build()
