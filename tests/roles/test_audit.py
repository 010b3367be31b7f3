"""The chain of the audit trail: whatever is done to it shows, and however many write at once it stays one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction

from roles import guards
from roles.acting import acting
from roles.audit import Change, Finding, findings, note
from roles.models.audit import AuditEvent, AuditHead

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def chain(db: None) -> None:
    for number in range(1, 6):
        note(Change("person.changed", f"P{number}", {"name": "Ada"}, {"name": f"Ada {number}"}), at=AT)


@pytest.fixture
def unguarded(chain: None) -> Iterator[None]:
    """What somebody can do who may do everything to the database."""
    guards.take_away(guards.AUDIT_GUARDS, using="default")
    yield
    guards.install(using="default")


def event(number: int) -> AuditEvent:
    return AuditEvent.objects.get(number=number)


def test_an_event_says_who_did_what_to_what_and_from_where(db: None) -> None:
    with acting(actor="ada", surface="rest", origin="192.0.2.1"), acting(request_id="abc"):
        note(Change("person.changed", "P1", {"left_on": None}, {"left_on": date(2026, 1, 1)}), at=AT)
    found = event(1)
    assert (found.actor, found.surface, found.origin, found.request_id) == ("ada", "rest", "192.0.2.1", "abc")
    assert (found.action, found.subject, found.at) == ("person.changed", "P1", AT)
    assert (found.before, found.after) == ({"left_on": None}, {"left_on": "2026-01-01"})


def test_who_acted_is_forgotten_outside(db: None) -> None:
    with acting(actor="ada"):
        pass
    note(Change("person.changed", "P1"))
    assert event(1).actor == ""


def test_a_chain_that_nobody_touched_is_whole(chain: None) -> None:
    assert list(findings()) == []


def test_a_change_that_is_taken_back_leaves_no_event(chain: None) -> None:
    with transaction.atomic():
        note(Change("person.changed", "P6"))
        transaction.set_rollback(True)
    note(Change("person.changed", "P7"))
    assert [found.subject for found in AuditEvent.objects.all()][5:] == ["P7"]
    assert list(findings()) == []


def edited(field: str, value: object) -> Callable[[], object]:
    return lambda: AuditEvent.objects.filter(number=3).update(**{field: value})


def removed(*numbers: int) -> Callable[[], object]:
    return lambda: AuditEvent.objects.filter(number__in=numbers).delete()


def inserted() -> None:
    """A copy of the third event behind the last, as well hashed as an honest one."""
    copy = event(3)
    copy.number, copy.previous = 6, event(5).hash
    copy.hash = copy.hash_of_it()
    copy.save(force_insert=True)


def reordered() -> None:
    """The third and the fourth change places."""
    third, fourth = event(3), event(4)
    removed(3, 4)()
    third.number, fourth.number = 4, 3
    AuditEvent.objects.bulk_create([fourth, third])


@pytest.mark.parametrize(
    ("done", "number"),
    [
        pytest.param(edited("action", "person.added"), 3, id="what was done"),
        pytest.param(edited("at", AT + timedelta(microseconds=1)), 3, id="when"),
        pytest.param(edited("actor", "eve"), 3, id="who"),
        pytest.param(edited("origin", "192.0.2.9"), 3, id="from where"),
        pytest.param(edited("subject", "P9"), 3, id="to what"),
        pytest.param(edited("before", None), 3, id="before"),
        pytest.param(edited("after", {"name": "Eve"}), 3, id="after"),
        pytest.param(edited("surface", "rest"), 3, id="by which surface"),
        pytest.param(edited("request_id", "x"), 3, id="in which request"),
        pytest.param(edited("salt", ""), 3, id="the salt"),
        pytest.param(edited("seal", "0" * 64), 3, id="the seal"),
        pytest.param(edited("hash", "0" * 64), 3, id="the hash"),
        pytest.param(removed(1), 1, id="the first removed"),
        pytest.param(removed(3), 3, id="one removed"),
        pytest.param(removed(5), 5, id="the last removed"),
        pytest.param(removed(4, 5), 4, id="the end removed"),
        pytest.param(inserted, 6, id="one inserted"),
        pytest.param(reordered, 3, id="two reordered"),
    ],
)
def test_whatever_is_done_to_the_chain_shows_and_where(
    unguarded: None, done: Callable[[], object], number: int
) -> None:
    done()
    assert number in {finding.number for finding in findings()}


def test_a_tampered_event_is_named(unguarded: None) -> None:
    edited("subject", "P9")()
    assert list(findings()) == [Finding(3, "says something else than when it was written")]


@pytest.mark.parametrize("done", [edited("action", "x"), edited("after", {"name": "Eve"}), removed(5)])
def test_the_database_refuses_to_change_the_chain(chain: None, done: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        done()


@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_make_one_chain() -> None:
    def write(writer: int) -> None:
        try:
            for number in range(10):
                note(Change("person.changed", f"{writer}-{number}"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert AuditHead.objects.get().number == 80
    assert len({found.subject for found in AuditEvent.objects.all()}) == 80
    assert list(findings()) == []


def test_the_command_says_that_all_is_well(chain: None) -> None:
    output = StringIO()
    call_command("verify_audit", stdout=output)
    assert output.getvalue() == f"5 events, none of them touched. The last has the hash {event(5).hash}.\n"


def test_the_command_does_not_praise_a_chain_of_nothing(db: None) -> None:
    output = StringIO()
    call_command("verify_audit", stdout=output)
    assert output.getvalue().startswith("There are no events")


def test_the_command_names_what_is_wrong(unguarded: None) -> None:
    removed(2)()
    errors = StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("verify_audit", stderr=errors)
    assert refusal.value.returncode == 1
    assert errors.getvalue() == "Event 2 is missing.\n"
