"""Several processes that record at once on SQLite: each waits for its turn, none fails, no figure is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

PREPARE = """
from datetime import date
from roles.models import Competency, Membership, Person, Team
team = Team.objects.create(code="ORG", name="Organisation")
person = Person.objects.create(employee_id="E1", name="Ada", joined_on=date(2020, 1, 1))
Membership.objects.create(person=person, team=team, from_on=date(2020, 1, 1))
Competency.objects.create(code="C1", title="Care")
"""

RECORD = """
from datetime import date, timedelta
from django.utils.timezone import now
from assessments.models import AssessmentResult
from assessments.services import record_results, withdraw_result
for day in range(20):
    result = AssessmentResult(person_id=1, competency_id=1, level=day % 5, method="exam",
                              assessed_on=date(2024, 1, 1) + timedelta(days=day))
    record_results(results=[result], by=None, at=now())
    # This one reads before it writes, which is where a transaction that did not begin as a writer fails.
    withdraw_result(result=result, by=None, reason="a slip", at=now())
"""

PROVE = """
from assessments.models import AssessmentResult
from reports.models import Standing
from reports.services import disagreements
assert AssessmentResult.objects.exclude(withdrawn_at=None).count() == 3 * 20, AssessmentResult.objects.count()
assert not Standing.objects.exists()
assert list(disagreements()) == []
"""


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="about the locks of SQLite; test_recording.py has PostgreSQL's"
)
def test_three_processes_record_for_one_person_at_once(tmp_path: Path) -> None:
    environ = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/writers.sqlite3", "AISKILLS_DEBUG": "true"}

    def started(*arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=settings.BASE_DIR, env=environ)

    assert started("migrate", "--verbosity", "0").wait() == 0
    assert started("shell", "--no-imports", "-c", PREPARE).wait() == 0
    writers = [started("shell", "--no-imports", "-c", RECORD) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert started("shell", "--no-imports", "-c", PROVE).wait() == 0
