"""A client that nobody here wrote: what openapi-python-client makes of the OpenAPI document drives the interface."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from reports.presentation.data import report_data
from reports.queries import team_report
from roles.models import Team, User
from tests.organisation import OrganisationFiles
from tests.reports.pages import ORGANISATION

ON = date(2026, 3, 1)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The client, made anew; it warns of nothing in the document. Gives the name it is imported by."""
    folder = tmp_path_factory.mktemp("client")
    document, config = folder / "openapi.json", folder / "config.yml"
    call_command("spectacular", format="openapi-json", file=str(document))
    config.write_text("post_hooks: []\n")
    generator = Path(sys.executable).with_name("openapi-python-client")
    options = ["--path", str(document), "--config", str(config), "--meta", "none", "--fail-on-warning"]
    made = subprocess.run(
        [generator, "generate", *options, "--output-path", folder / "made_client"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield "made_client"
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == "made_client"]:
        del sys.modules[name]


class Made:
    """The client with a token, and what it has for each operation."""

    def __init__(self, package: str, address: str, token: str) -> None:
        self.package = package
        client = importlib.import_module(f"{package}.client")
        self.client = client.AuthenticatedClient(base_url=address, token=token, prefix="Token")
        self.models: ModuleType = importlib.import_module(f"{package}.models")

    def call(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """The answer to an operation, named as `results.results_create`."""
        module = importlib.import_module(f"{self.package}.api.{operation}")
        return module.sync_detailed(*args, client=self.client, **kwargs)


@pytest.fixture
def made(
    package: str, transactional_db: None, live_server: LiveServer, tmp_path: Path, token_of: Callable[..., str]
) -> Iterator[Made]:
    """The client of an administrator, on a server with the small organisation."""
    files = OrganisationFiles(tmp_path)
    for name, rows in ORGANISATION.items():
        files.put(name, *rows)
    files.as_import()
    made = Made(package, live_server.url, token_of(User.objects.create(username="admin", is_superuser=True)))
    with made.client:
        yield made


def test_it_reads_and_writes_and_sees_what_it_wrote(made: Made) -> None:
    listed = made.call("organisation.people_list", team="RED", as_of=ON)
    assert [person.employee_id for person in listed.parsed.results] == ["S1", "S2"]

    gaps = made.call("figures.team_gaps", "RED", as_of=ON)
    report = report_data(team_report(team=Team.objects.get(code="RED"), as_of=ON))
    assert json.loads(gaps.content) == report
    assert gaps.parsed.totals.required == report["totals"]["required"]

    body = made.models.ResultBodyRequest.from_dict(
        {"result_id": "NEW-1", "employee_id": "S2", "competency": "C-1", "level": 4, "method": "exam"}
        | {"assessed_on": "2026-02-01"}
    )
    first = made.call("results.results_create", body=[body], idempotency_key="k1")
    again = made.call("results.results_create", body=[body], idempotency_key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    met = made.call("figures.team_gaps", "RED", as_of=ON).parsed.totals.met
    assert met == gaps.parsed.totals.met + 1

    standings = made.call("figures.person_standings", "S2", as_of=ON).parsed
    decided = {cell.competency: cell.result for cell in standings.standings}
    assert decided["C-1"].result_id == "NEW-1"


def test_it_changes_what_it_has_read_unless_somebody_was_faster(made: Made) -> None:
    read = made.call("organisation.people_retrieve", "S2")
    change = made.models.PatchedPersonChangeRequest.from_dict({"name": "Ada"})
    etag = read.headers["ETag"]
    changed = made.call("organisation.people_update", "S2", body=change, if_match=etag)
    assert (changed.status_code, changed.parsed.name) == (200, "Ada")
    refused = made.call("organisation.people_update", "S2", body=change, if_match=etag)
    assert refused.status_code == 412
    assert refused.parsed.type_ == "urn:aiskills:problem:changed-meanwhile"


def test_it_reads_errors_as_problems_and_exports_as_files(made: Made) -> None:
    missing = made.call("organisation.teams_retrieve", "NONE")
    assert (missing.status_code, missing.parsed.title) == (404, "There is nothing here for you")
    exported = made.call("exports.exports", "people", team="RED", as_of=ON)
    assert exported.content.splitlines()[1].startswith(b"S1,Name of S1")
