"""Writing by commands, and by what a worker does."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from assessments.services.erasing import ERASE
from assessments.services.uploads import COMMIT, PREVIEW, commit_import
from reports.publishing import EFFECT, PUBLISH, ask_to_publish
from roles import jobs
from roles.acting import acting
from roles.jobs import ask
from roles.models import Job, JobState, Surface
from roles.services.everybody import SET_RULES
from roles.verifying import VERIFY
from tests.organisation import AT

from .console import draft
from .way import HEADER, NEW, Way, World, person


def _run(name: str, *arguments: str, **options: Any) -> None:
    call_command(name, *arguments, stdout=StringIO(), stderr=StringIO(), **options)


def _import(world: World, _: Any) -> None:
    folder = world.folder / "import"
    folder.mkdir()
    (folder / "people.csv").write_text(f"{HEADER}{NEW}S1,Other,,2024-01-01,\n")
    _run("import_org", str(folder))


def _export(world: World, _: Any) -> None:
    _run("export_person", "S1", str(world.folder / "held.zip"))


def _change_password(_: World, __: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(getpass, "getpass", lambda **_: "correct horse battery staple")
        _run("changepassword", "stranger")


COMMANDS = [
    Way("command import_org", _import, "organisation.imported", actor="os", surface="import"),
    Way("command load_matrix", lambda *_: _run("load_matrix"), "matrix.loaded", actor="os"),
    Way(
        "command erase_person",
        lambda *_: _run("erase_person", "F1", "--yes", "--still-here"),
        "person.erased",
        "*",
        actor="os",
    ),
    Way(
        "command pseudonymise_results",
        lambda *_: _run("pseudonymise_results", "--older-than", "1"),
        "results.pseudonymised",
        actor="os",
    ),
    Way("command export_person", _export, "person.exported", "S1", actor="os"),
    Way("command export_audit", lambda *_: _run("export_audit"), "audit.exported", actor="os"),
    Way(
        "command createsuperuser",
        lambda *_: _run("createsuperuser", "--noinput", username="root", email="root@example.org"),
        "user.added",
        "root",
        actor="os",
    ),
    Way("command changepassword", _change_password, "user.password_set", "stranger", actor="os"),
]

#: Commands of ours and of the libraries that change no fact and no right, each with what it does instead.
LEFT_OUT = {
    "load_demo": "only into an empty installation: test_the_demo_is_one_event",
    "run_demo": "runs load_matrix and load_demo",
    "worker": "does jobs, which are ways of their own",
    "rebuild_standings": "writes what follows from the facts; test_kept.py has its event where they were off",
    "fold_counters": "writes what follows from the facts",
    "verify_audit": "reads",
    "export_org": "reads",
    "export": "reads",
    "gap_report": "reads",
    "axes_reset": "forgets guesses of passwords",
    "axes_reset_failure_logs": "forgets guesses of passwords",
    "axes_reset_ip": "forgets guesses of passwords",
    "axes_reset_ip_username": "forgets guesses of passwords",
    "axes_reset_logs": "forgets guesses of passwords",
    "axes_reset_username": "forgets guesses of passwords",
    "axes_list_attempts": "reads",
    "account_unsetmultipleprimaryemails": "about a table that nothing here writes",
    "clearsessions": "removes sessions that are over",
    "remove_stale_contenttypes": "about a table that nothing here asks for",
    "qcluster": "does jobs, as the worker",
    "qinfo": "reads",
    "qmemory": "reads",
    "qmonitor": "reads",
    "collectstatic": "copies files",
    "findstatic": "reads",
    "runserver": "serves",
    "generateschema": "reads",
    "spectacular": "reads",
}
#: Django's own tools are for who operates the database itself, as SQL is. `verify_audit` and `rebuild_standings
#: --check` find what they leave behind, and the guards of the database hold for them too.
OF_THE_OPERATOR = "django.core"


def _publish(world: World) -> Job:
    made = draft(world)
    return ask_to_publish(draft=made, revision=made.revision, by=world.cast["administrator"], at=AT)


def _set_rules(world: World) -> Job:
    return ask(SET_RULES, by=world.cast["administrator"], at=AT, policy="latest", role="IDLE")


def _erase(world: World) -> Job:
    return ask(ERASE, by=world.cast["administrator"], at=AT, person=person("F1").pk, still_here=True)


def _commit(world: World) -> Job | None:
    upload = world.import_of(NEW)
    return commit_import(upload=upload, by=world.cast["administrator"], at=AT).job


def _job(kind: str, asked: Callable[[World], Job | None], action: str, subject: str = "", **more: str) -> Way:
    """The work of a job that somebody asked for in the console."""

    def prepare(world: World) -> Job | None:
        with acting(surface=Surface.CONSOLE):
            return asked(world)

    def do(_: World, job: Any) -> None:
        jobs.run(job.pk)
        job.refresh_from_db()
        assert job.state == JobState.DONE, job.reason

    return Way(f"job {kind}", do, action, subject, prepare, **more)


JOBS = [
    _job(SET_RULES, _set_rules, "rules.set"),
    _job(PUBLISH, _publish, "matrix.published", "v2"),
    _job(ERASE, _erase, "person.erased", "*"),
    _job(COMMIT, _commit, "organisation.imported", "N1", surface="import"),
]
#: Work that changes no fact and no right.
READING_JOBS = {
    EFFECT: "computes what a draft would change",
    PREVIEW: "looks at what an import would do",
    VERIFY: "reads the trail",
}

WAYS = [*COMMANDS, *JOBS]
