"""Writing the audit trail, and finding what was done to it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.timezone import now

from .acting import who_acts
from .forgetting import forgotten
from .models.audit import AuditEvent, AuditHead, plain
from .naming import said
from .ocsf import lines
from .trail import Told, written_by

ROWS_AT_A_TIME = 2_000


class Change(NamedTuple):
    """What was done to what: `action` as `result.recorded`, and what it was before and after, by field."""

    action: str
    subject: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    #: Who did it, where `acting` says nobody.
    by: str = ""


@transaction.atomic
def note(*changes: Change, at: datetime | None = None) -> None:
    """Add an event for each change to the end of the chain, in the transaction of the change itself.

    The chain is held until that transaction ends: call it as its last step. So nothing waits for anybody after it, and
    what PostgreSQL would check at the end of the transaction, waiting for whoever holds the rows, is checked before.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    head = _held_head()
    events = []
    for change in changes:
        event = _event(change, head, at or now())
        events.append(event)
        head.number, head.hash = event.number, event.hash
    AuditEvent.objects.bulk_create(events)
    head.save(update_fields=["number", "hash"])


def _held_head() -> AuditHead:
    held = AuditHead.objects.select_for_update()
    return held.filter(pk=1).first() or held.get(pk=AuditHead.objects.get_or_create(pk=1)[0].pk)


def _event(change: Change, head: AuditHead, at: datetime) -> AuditEvent:
    who = who_acts()
    event = AuditEvent(
        number=head.number + 1,
        at=at,
        action=change.action,
        surface=who.surface,
        request_id=who.request_id,
        actor=who.name or change.by,
        origin=who.origin,
        subject=change.subject,
        before=plain(change.before),
        after=plain(change.after),
        salt=secrets.token_hex(16),
        previous=head.hash,
    )
    event.seal = event.seal_of_it()
    event.hash = event.hash_of_it()
    return event


def _write(told: Told) -> None:
    """Add the event of what was told, unless nothing became different by it."""
    change = said(told)
    if change is not None:
        note(Change(*change))


written_by(_write)


class Finding(NamedTuple):
    """Something that was done to the chain, and the number of the event at which it shows."""

    number: int
    words: str


def findings() -> Iterator[Finding]:
    """What is wrong with the chain, in its order; nothing, if it is as it was written, but for what was erased since.

    One pass, in flat memory but for the numbers of the events that an erasure has changed.
    """
    expected, last, allowed = 1, "0" * 64, forgotten()
    for event in AuditEvent.objects.order_by("number").iterator(chunk_size=ROWS_AT_A_TIME):
        if event.number != expected:
            yield Finding(expected, _missing(expected, event.number - 1))
        elif event.previous != last:
            yield Finding(event.number, "does not follow the one before it")
        yield from _of_itself(event, allowed)
        expected, last = event.number + 1, event.hash
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    if head.number >= expected:
        yield Finding(expected, _missing(expected, head.number))
    elif (head.number, head.hash) != (expected - 1, last):
        yield Finding(expected - 1, "is not the one that was added last")


def _missing(first: int, last: int) -> str:
    return "is missing" if first == last else f"and all up to {last} are missing"


def _of_itself(event: AuditEvent, allowed: Mapping[int, str]) -> Iterator[Finding]:
    if event.hash != event.hash_of_it():
        yield Finding(event.number, "has been edited")
    elif event.seal_of_it() != allowed.get(event.number, event.seal):
        yield Finding(event.number, "says something else than when it was written")


def exported(*, from_on: date | None, until_on: date | None) -> Iterator[str]:
    """The events of these days (None: without end) as lines for other tools (ocsf.py), in flat memory.

    That they were read is an event itself, written before the first line and the last of them if its day is asked for.
    """
    days = {name: day.isoformat() for name, day in {"from": from_on, "until": until_on}.items() if day}
    note(Change("audit.exported", "", after={"days": days}))
    return lines(AuditEvent.objects.within_days(from_on=from_on, until_on=until_on).in_their_order())
