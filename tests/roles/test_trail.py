"""What is changed in one go is one event: what it says, and what leaves none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from roles import trail
from roles.acting import acting
from roles.facts import facts_changed
from roles.models import AuditEvent, Organisation, Person, Role, User
from roles.naming import SUBJECT_AT_MOST
from roles.services import change_person, change_team, move_team
from roles.trail import RowChange, one_event

from .conftest import Cast


@pytest.fixture
def events(cast: Cast) -> Any:
    """The events since the cast was made, in their order."""
    last = AuditEvent.objects.count()
    return lambda: [*AuditEvent.objects.filter(number__gt=last).order_by("number")]


def actions(events: Any) -> list[tuple[str, str]]:
    return [(event.action, event.subject) for event in events()]


@contextmanager
def failing(*event: str) -> Iterator[None]:
    """One event, of something that fails at its end."""
    with suppress(ZeroDivisionError), one_event(*event):
        yield
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("first", "later", "both"),
    [
        (RowChange({"a": 1}, {"a": 2}), RowChange({"a": 2}, {"a": 3}), RowChange({"a": 1}, {"a": 3})),
        (RowChange({"a": 1}, {"a": 2}), RowChange({"b": 1}, {"b": 2}), RowChange({"a": 1, "b": 1}, {"a": 2, "b": 2})),
        (RowChange(None, {"a": 1}), RowChange({"a": 1}, {"a": 2}), RowChange(None, {"a": 2})),
        (RowChange({"a": 1}, {"a": 2}), RowChange({"a": 2, "b": 1}, None), RowChange({"a": 1, "b": 1}, None)),
        (RowChange(None, {"a": 1}), RowChange({"a": 1}, None), RowChange(None, None)),
        (RowChange({"a": 1}, None), RowChange(None, {"a": 2}), RowChange({"a": 1}, {"a": 2})),
    ],
    ids=["twice", "two values", "new and changed", "changed and gone", "new and gone", "gone and back"],
)
def test_of_two_changes_of_a_row_the_first_before_and_the_last_after_count(
    first: RowChange, later: RowChange, both: RowChange
) -> None:
    assert first.then(later) == both


def test_a_write_without_a_service_is_an_event_by_itself(cast: Cast, events: Any) -> None:
    cast.ada.name = "Ada"
    cast.ada.save()
    Person.objects.filter(pk=cast.bo.pk).update(name="Bo")
    assert actions(events) == [("person.changed", "ada"), ("person.changed", "bo")]


def test_what_is_inside_is_one_event_that_the_outermost_names(cast: Cast, events: Any) -> None:
    with one_event("people.renamed", "both"):
        change_person(person=cast.ada, name="Ada")
        change_person(person=cast.bo, name="Bo")
    [event] = events()
    assert (event.action, event.subject) == ("people.renamed", "both")
    assert event.after == {"person ada": {"name": "Ada"}, "person bo": {"name": "Bo"}}


def test_where_the_outermost_has_no_name_the_first_inside_gives_it(cast: Cast, events: Any) -> None:
    with one_event():
        change_team(team=cast.teams["AA"], name="Other")
        change_person(person=cast.ada, name="Ada")
    assert actions(events) == [("team.renamed", "AA")]


def test_nothing_that_becomes_different_is_no_event(cast: Cast, events: Any) -> None:
    with one_event("nothing.done"):
        Person.objects.filter(pk=cast.ada.pk).update(name="ada")
        Person.objects.filter(pk=cast.ada.pk).update(name="Ada")
        Person.objects.filter(pk=cast.ada.pk).update(name="ada")
        Role.objects.create(code="GONE", title="Gone").delete()
    cast.ada.save()
    assert actions(events) == []


def test_what_fails_is_no_event(cast: Cast, events: Any) -> None:
    with failing("person.changed"):
        change_person(person=cast.ada, name="Ada")
    assert actions(events) == []
    assert Person.objects.get(pk=cast.ada.pk).name == "ada"


def test_a_part_that_fails_is_not_told_of(cast: Cast, events: Any) -> None:
    with one_event("people.renamed"):
        change_person(person=cast.ada, name="Ada")
        with failing():
            change_person(person=cast.bo, name="Bo")
    [event] = events()
    assert event.after == {"person ada": {"name": "Ada"}}
    assert Person.objects.get(pk=cast.bo.pk).name == "bo"


def test_who_acts_is_named_and_where_nobody_is_known_who_the_service_says(cast: Cast, events: Any) -> None:
    cy = User.objects.create(username="cy")
    with acting(actor="dee"), one_event(by=cy):
        change_person(person=cast.ada, name="Ada")
    with one_event(by=cy):
        change_person(person=cast.ada, name="Ada B.")
    assert [event.actor for event in events()][1:] == ["dee", "cy"]


@pytest.fixture
def few_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "NEW_LISTED_AT_MOST", 2)
    monkeypatch.setattr(trail, "LISTED_AT_MOST", 3)


def test_so_many_rows_are_listed_and_the_others_counted(cast: Cast, events: Any, few_listed: None) -> None:
    with one_event("much.done") as told:
        Role.objects.bulk_create(Role(code=f"R{number}", title="New") for number in range(4))
        told.new(Role, ["code"], [("R5",), ("R6",)])
        Person.objects.update(name="Other")
    [event] = events()
    assert {*event.after} == {"role R0", "role R1", "person ada", "counted"}
    assert event.after["counted"] == {"role added": 4, "person changed": 1}


def test_rows_that_were_rolled_back_make_room_again(cast: Cast, events: Any, few_listed: None) -> None:
    with one_event("much.done"):
        with failing():
            Role.objects.bulk_create(Role(code=f"R{number}", title="New") for number in range(4))
        Role.objects.create(code="R9", title="New")
    [event] = events()
    assert [*event.after] == ["role R9"]


def test_what_was_counted_and_not_listed_says_what_it_was(cast: Cast, events: Any) -> None:
    with one_event() as told:
        told.count(Person, "removed", 0)
        told.count(Person, "added", 3)
    [event] = events()
    assert (event.action, event.after, told.counts) == (
        "person.added",
        {"counted": {"person added": 3}},
        Counter({"person added": 3}),
    )


def test_the_event_comes_after_whatever_follows_from_the_change(cast: Cast, events: Any) -> None:
    """From the event on the chain is held: nothing else may be waited for with it in hand."""
    seen: list[int] = []

    def follow(**_: Any) -> None:
        seen.append(len(events()))

    facts_changed.connect(follow)
    change_person(person=cast.ada, name="Ada")
    facts_changed.disconnect(follow)
    assert (seen, len(events())) == ([0], 1)


def test_rows_are_named_by_codes_and_secrets_are_not_told(cast: Cast, events: Any) -> None:
    Organisation.current()
    user = User.objects.create(username="cy", person=cast.ada)
    user.set_password("correct horse")
    user.save()
    move_team(team=cast.teams["AA"], parent=cast.teams["B"])
    *_, added, changed, moved = events()
    assert added.after["user cy"]["person"] == "ada"
    assert changed.before == {"user cy": {"password": "(secret)"}}
    assert changed.after == {"user cy": {"password": "(another secret)"}}
    assert (moved.before, moved.after) == ({"team AA": {"parent": "A"}}, {"team AA": {"parent": "B"}})
    said = f"{[(event.before, event.after) for event in events()]}"
    assert user.password not in said
    assert Organisation.current().pseudonym_key not in said


def test_an_event_is_about_its_only_row_or_the_only_one_of_the_kind_that_it_names(cast: Cast, events: Any) -> None:
    with one_event("team.renamed"):
        change_team(team=cast.teams["AA"], name="Other")
        change_person(person=cast.ada, name="Ada")
    with one_event("everything.renamed"):
        change_team(team=cast.teams["AA"], name="Another")
        change_person(person=cast.ada, name="Ada B.")
    with one_event("person.renamed"):
        change_person(person=cast.ada, name="Ada")
    assert [event.subject for event in events()] == ["AA", "", "ada"]


def test_a_subject_too_long_is_cut(cast: Cast, events: Any) -> None:
    with one_event("person.renamed", "x" * 1_000):
        change_person(person=cast.ada, name="Ada")
    [event] = events()
    assert event.subject == "x" * SUBJECT_AT_MOST


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """However it ended, nobody goes on telling."""
    yield
    assert trail._telling.get() is None
