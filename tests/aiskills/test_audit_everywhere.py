"""Every write, by whichever way it comes, is one event of the audit trail, with who did it, by which surface, and what.

The ways are in `ways/`. What there is to write by is not listed there but asked of the application itself: the models,
the console with its actions, the addresses, the commands, the jobs. Whatever is in no table fails a test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command, get_commands
from django.db import DatabaseError, transaction
from django.db.models import Model
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from roles import jobs
from roles.models import ApiToken, AuditEvent, Competency, Deputy, Job, RoleFamily, ScaleLevel, User
from roles.recorded import Recorded, recorded_models
from roles.tokens import make_token
from tests.api.things import add_the_rest
from tests.console.test_access import MODELS, PAGES, model_name
from tests.killing import NotKept
from tests.organisation import AT
from tests.reports.conftest import files, organisation, people
from tests.reports.test_access import ADDRESSES, WHO

from .ways import commands, console, orm, pages, rest
from .ways.way import Way, World, person

__all__ = ["files", "organisation", "people"]

ROOMS = ("roles", "assessments", "aiskills")
#: What is answered to who may send nothing, and to whoever there is nothing for.
REFUSES, MISSING = {403, 405}, 404
SAFE = {*REFUSES, MISSING}


@pytest.fixture
def world(people: dict[str, User], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The organisation with a row of every kind, and nobody at work in the background."""
    monkeypatch.setattr(jobs, "async_task", lambda *_: None)
    monkeypatch.setattr(jobs, "ProgressKept", NotKept)
    add_the_rest()
    RoleFamily.objects.create(code="FAM", title="Family")
    ScaleLevel.objects.create(value=1, name="Aware", summary="Knows")
    Deputy.objects.create(manager=person("M1"), person=person("S2"), from_on="2024-01-01", until_on="2025-01-01")
    ApiToken.objects.create(people["manager"], name="BI")
    browser, program = Client(), APIClient()
    browser.force_login(people["administrator"])
    _, text = make_token(
        owner=people["administrator"], name="program", scopes=[*ApiToken.SCOPES], expires_on=None, at=AT
    )
    program.credentials(HTTP_AUTHORIZATION=f"Token {text}")
    return World(people, browser, program, tmp_path)


Rows = Mapping[tuple[str, Any], Mapping[str, Any]]


def recorded_rows(*models: type[Recorded]) -> Rows:
    """Every row of these models, or of all that are recorded, by what is told of it."""
    rows = {
        (str(model._meta.model_name), row.pk): row.recorded()
        for model in models or recorded_models()
        for row in _all(model)
    }
    if not models:
        for competency in Competency.objects.prefetch_related("threats"):
            rows["competency", competency.pk]["threats"] = [threat.code for threat in competency.threats.all()]
    return rows


def _all(model: type[Recorded]) -> Iterable[Any]:
    return model._base_manager.all()


def changed(before: Rows, after: Rows) -> Counter[str]:
    """How many rows of each kind are there no more, or are others, or are new."""
    return Counter(kind for kind, pk in {*before, *after} if before.get((kind, pk)) != after.get((kind, pk)))


def told(event: AuditEvent) -> Counter[str]:
    """Of how many rows of each kind the event tells, one by one or counted."""
    kinds = {model._meta.model_name for model in recorded_models()}
    rows = {*(event.before or {}), *(event.after or {})}
    listed = Counter(kind for kind in (row.partition(" ")[0] for row in rows) if kind in kinds)
    # A threat that is gone tells itself which competencies it is gone from.
    listed["competency"] += sum(len(values.get("competencies", ())) for values in _values(event.before))
    counted = (event.after or {}).get("counted", {})
    return listed + Counter({row.partition(" ")[0]: many for row, many in counted.items()})


def _values(rows: Mapping[str, Any] | None) -> Iterable[Mapping[str, Any]]:
    return [values for values in (rows or {}).values() if isinstance(values, dict)]


#: The erasures say how much they change, and not what (test_erasing.py, test_retention.py).
UNTOLD = {"person.erased", "results.pseudonymised"}


def wrong_with(way: Way, world: World) -> Iterator[str]:
    """What is not as it should be when something is written in this way; all of it is taken back again."""
    with transaction.atomic():
        made = way.prepare(world)
        before, last, asked = recorded_rows(), AuditEvent.objects.count(), Job.objects.count()
        try:
            way.do(world, made)
        except AssertionError as error:
            yield f"it is not done: {error}"
        rows, events = changed(before, recorded_rows()), [*AuditEvent.objects.filter(number__gt=last)]
        if way.asks:
            yield from _wrong_with_asking(way, rows, events, [*Job.objects.all()[: Job.objects.count() - asked]])
        else:
            yield from _wrong_with_events(way, rows, events)
        transaction.set_rollback(True)


def _wrong_with_asking(way: Way, rows: Counter[str], events: list[AuditEvent], asked: list[Job]) -> Iterator[str]:
    if rows or events:
        yield f"it should only ask, and writes {dict(rows)} with {events}"
    if [(job.kind, job.surface, str(job.asked_by)) for job in asked] != [(way.asks, way.by_surface, way.by)]:
        yield f"it does not ask for {way.asks}: {asked}"


def _wrong_with_events(way: Way, rows: Counter[str], events: list[AuditEvent]) -> Iterator[str]:
    if len(events) != 1:
        yield f"it leaves {len(events)} events: {events}"
        return
    [event] = events
    says, should = (event.action, event.surface, event.actor), (way.action, way.by_surface, way.by)
    if says != should:
        yield f"the event says {says}, and should say {should}"
    if way.subject not in {"*", event.subject}:
        yield f"it is about {event.subject!r}, and should be about {way.subject!r}"
    if told(event) != rows and event.action not in UNTOLD:
        yield f"it tells of {dict(told(event))}, and changes {dict(rows)}"


@pytest.mark.parametrize("surface", [console, rest, pages, commands], ids=lambda one: one.__name__.rpartition(".")[2])
def test_each_way_of_writing_leaves_exactly_one_event(world: World, surface: Any) -> None:
    wrong = {f"{number} {way.covers}": [*wrong_with(way, world)] for number, way in enumerate(surface.WAYS)}
    assert {what: words for what, words in wrong.items() if words} == {}


def test_the_demo_is_one_event(matrix: object) -> None:
    last = AuditEvent.objects.count()
    call_command("load_demo", people=5, stdout=StringIO(), stderr=StringIO())
    [event] = AuditEvent.objects.filter(number__gt=last)
    assert (event.action, event.surface) == ("demo.loaded", "command")


def covered(kind: str) -> set[str]:
    """The ways of a kind that are in a table."""
    ways = [*console.WAYS, *rest.WAYS, *pages.WAYS, *commands.WAYS]
    return {way.covers.removeprefix(f"{kind} ") for way in ways if way.covers.startswith(f"{kind} ")}


def test_no_form_of_the_console_is_left_out() -> None:
    """What an administrator gets for sending something there is held to be true by tests/console/test_access.py."""
    forms = {name for name, (_, gets) in PAGES.items() if gets.sending[0] not in REFUSES}
    forms |= {
        model_name(model, what)
        for model, by_page in MODELS.items()
        for what, gets in by_page.items()
        # A list takes actions, which are asked for below.
        if gets.sending[0] not in SAFE and what != "history" and not (what == "changelist" and _actions(model))
    }
    lists = {name for name in forms if name.endswith("_changelist")}
    assert forms - lists == covered("console") | {name for name in console.LEFT_OUT if name not in lists}
    for name in lists - console.LEFT_OUT.keys():
        assert not _actions(apps.get_model(name.removesuffix("_changelist").replace("_", "."))), name


def _actions(model: type[Model]) -> Iterable[str]:
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True)
    return admin.site._registry[model].get_actions(request)


def test_no_action_on_many_rows_is_left_out() -> None:
    offered = {f"{model._meta.label_lower} {name}" for model in admin.site._registry for name in _actions(model)}
    assert offered == covered("action")


def test_no_form_of_a_page_is_left_out() -> None:
    """What is answered 405 takes nothing; so tests/reports/test_access.py finds."""
    writers = [WHO.index(who) for who in ("administrator", "manager", "staff")]
    sendable = {
        name
        for name, address in ADDRESSES.items()
        if {gets[who] for gets in address.posts.values() for who in writers} - SAFE
    }
    assert sendable == covered("page") | pages.LEFT_OUT.keys()


def test_no_method_of_rest_is_left_out() -> None:
    assert rest.unsafe() == covered("rest")


def test_no_command_is_left_out() -> None:
    ours = {name for name, app in get_commands().items() if app != commands.OF_THE_OPERATOR}
    assert ours - covered("command") - commands.LEFT_OUT.keys() == set()
    assert covered("command") <= ours
    assert not covered("command") & commands.LEFT_OUT.keys()


def test_no_work_in_the_background_is_left_out() -> None:
    assert set(jobs._work) == covered("job") | commands.READING_JOBS.keys()
    asked = {way.asks for way in [*console.WAYS, *rest.WAYS] if way.asks}
    assert asked <= set(jobs._work)


#: Models whose rows nobody is told of, each with the reason.
UNRECORDED = {
    "roles.auditevent": "the trail itself",
    "roles.cataloguestamp": "a random value that triggers renew; no fact",
    "roles.audithead": "the end of the trail",
    "roles.job": "work that was asked for; what it writes is told",
    "roles.worker": "who does the work",
    "assessments.import": "files that wait to be imported; the import is told",
    "assessments.importfile": "a part of those",
    "assessments.filepart": "a part of those",
    "assessments.mendedrow": "a part of those",
    "assessments.badrow": "a part of those",
    "assessments.changepage": "a part of those",
}


def test_no_model_is_left_out() -> None:
    """Those of `reports` follow from the facts, or are about a single call; no fact and no right stands there."""
    models = {model for room in ROOMS for model in apps.get_app_config(room).get_models()}
    assert {model._meta.label_lower for model in models if not issubclass(model, Recorded)} == UNRECORDED.keys()


def test_nothing_of_the_libraries_gives_a_right() -> None:
    """Groups and permissions of Django are there and decide nothing: what a user may do is said by their own fields."""
    user = User(username="x", is_active=True)
    assert not any([user.reads_everything, user.sees_teams, user.administers, user.records])


def _wrong_with_work(model: type[Recorded], how: str, work: Callable[[], object]) -> Iterator[str]:
    """What is not as it should be when rows are written by the ORM."""
    kind = str(model._meta.model_name)
    before, last = recorded_rows(model), AuditEvent.objects.count()
    work()
    rows, events = changed(before, recorded_rows(model)), [*AuditEvent.objects.filter(number__gt=last)]
    if [event.action for event in events] != [f"{kind}.{how}"]:
        yield f"it leaves the events {events}"
    elif told(events[0])[kind] != rows[kind] or not rows:
        yield f"it tells of {dict(told(events[0]))}, and changes {dict(rows)}"


#: What the database refuses, by whatever way of the ORM (guards.py).
REFUSED = {"AssessmentResult delete", "AssessmentResult delete by a query"}


def test_each_model_tells_of_each_way_of_the_orm(world: World) -> None:
    wrong: dict[str, list[str]] = {}
    for model in recorded_models():
        for name, how, work in _works(model):
            try:
                with transaction.atomic():
                    wrong[f"{model.__name__} {name}"] = [*_wrong_with_work(model, how, work())]
                    transaction.set_rollback(True)
            except DatabaseError as error:
                wrong[f"{model.__name__} {name}"] = [f"refused: {error}"]
    found = {what: words for what, words in wrong.items() if words}
    assert {what: words for what, words in found.items() if what not in REFUSED} == {}
    assert found.keys() >= REFUSED


def _works(model: type[Recorded]) -> Iterator[tuple[str, str, Callable[[], Callable[[], object]]]]:
    """Each way by its name, what becomes of the row, and what prepares it and gives the work itself."""
    for name, new in orm.NEW.items():
        yield name, "added", lambda new=new: partial(new, model, *orm.ROWS[model]())  # type: ignore[misc]
    for how, ways in [("changed", orm.CHANGED), ("removed", orm.REMOVED)]:
        for name, work in ways.items():
            yield name, how, lambda work=work: partial(work, *orm.there(model))  # type: ignore[misc]


def test_rows_to_write_are_known_of_each_model() -> None:
    assert {*recorded_models()} == orm.ROWS.keys()
