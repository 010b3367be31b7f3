"""Exports through a real server: one that breaks off cannot be taken for a whole one."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

#: The site, in which an export breaks off after three lines if the file `break` is there, with a token to call it.
SITE = """
from pathlib import Path
from aiskills.wsgi import application
from reports.exporting import lines
from roles.models import ApiToken, Person, User

def batches(found, _):
    for number, line in enumerate(found):
        if number == 3 and Path("break").exists():
            raise RuntimeError("broke")
        yield [line]

lines.batches = batches
Person.objects.bulk_create(Person(employee_id=f"E{n}", name="Somebody", joined_on="2026-01-01") for n in range(9))
user = User.objects.create(username="auditor", is_auditor=True)
Path("token").write_text(ApiToken.objects.create(user, name="test")[1])
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port at which gunicorn serves it, on a database of its own."""
    (tmp_path / "served.py").write_text(SITE)
    environ = {
        **os.environ,
        "AISKILLS_DEBUG": "true",
        "DATABASE_URL": f"sqlite:///{tmp_path}/served.sqlite3",
        "PYTHONPATH": f"{settings.BASE_DIR}:{tmp_path}",
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=settings.BASE_DIR, env=environ, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "served", "--bind", f"127.0.0.1:{number}", "--no-control-socket"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--threads", "2"], cwd=tmp_path, env=environ, stderr=log)
        try:
            wait_for(tmp_path / "token")
            yield number
        finally:
            process.terminate()
            process.wait()


def wait_for(file: Path) -> None:
    for _ in range(600):
        if file.exists():
            return
        time.sleep(0.1)
    pytest.fail("gunicorn did not start")


def read(port: int, form: str, token: str) -> tuple[bytes, bool]:
    """What comes of an export, and whether the connection says that it is all of it."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", f"/api/v1/exports/people/?format={form}", headers={"Authorization": f"Token {token}"})
        with connection.getresponse() as response:
            assert response.status == 200
            try:
                return response.read(), True
            except http.client.IncompleteRead as error:
                return error.partial, False


def test_what_breaks_off_breaks_the_connection(port: int, tmp_path: Path) -> None:
    token = (tmp_path / "token").read_text()
    for form, end in (("csv", b"#rows=9,sha256="), ("jsonl", b'{"trailer": {"rows": 9,')):
        whole, said_whole = read(port, form, token)
        assert said_whole
        assert end in whole
        (tmp_path / "break").touch()
        broken, said_whole = read(port, form, token)
        assert not said_whole
        assert whole.startswith(broken)
        assert broken.count(b"\n") in {3, 4}
        (tmp_path / "break").unlink()
        assert read(port, form, token) == (whole, True)
