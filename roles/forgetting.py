"""Taking words out of the audit trail so that it still verifies: what stands behind a seal is replaced.

The hash of an event holds its seal as it was. An event of the erasure lists what it has replaced, each with a digest of
what stands there now; with any other, `verify_audit` says that it has been tampered with.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from .bulk import update_rows
from .identity import Identity, choices, rows_with
from .models.audit import AuditEvent, AuditHead

#: What such an event may be.
ACTIONS = ("person.erased", "results.pseudonymised")
#: Where in `after` it lists the events.
LISTED = "events"
_AT_A_TIME = 1_000

Facts = dict[str, Any] | None
#: Changes the fields behind the seal of an event, and nothing else.
Rewriting = Callable[[AuditEvent], None]


def rewritten(candidates: Any, rewrite: Rewriting) -> dict[str, str]:
    """Rewrite these events, all that there will ever have been, and hold the chain; what to list of those that differ.

    Call it last in the transaction. Others add events meanwhile, but for the last few that there are by then.
    """
    head = AuditHead.objects.filter(pk=1).values_list("number", flat=True).first() or 0
    listed = _rewrite(candidates.filter(number__lte=head), rewrite)
    list(AuditHead.objects.select_for_update().filter(pk=1))
    return listed | _rewrite(candidates.filter(number__gt=head), rewrite)


def _rewrite(candidates: Any, rewrite: Rewriting) -> dict[str, str]:
    listed: dict[str, str] = {}
    last = 0
    while events := list(candidates.filter(number__gt=last).order_by("number")[:_AT_A_TIME]):
        last = events[-1].number
        changed = [event for event in events if _differs(event, rewrite)]
        for event in changed:
            event.salt = secrets.token_hex(16)
            listed[str(event.number)] = event.seal_of_it()
        columns = [*AuditEvent.SEALED, "salt"]
        update_rows(
            AuditEvent, columns, ((event.number, [getattr(event, name) for name in columns]) for event in changed)
        )
    return listed


def _differs(event: AuditEvent, rewrite: Rewriting) -> bool:
    before = [getattr(event, name) for name in event.SEALED]
    rewrite(event)
    return before != [getattr(event, name) for name in event.SEALED]


def forgotten() -> dict[int, str]:
    """Of each event that was rewritten, what its seal would be now, as the event that did it says.

    From the last back: one says so only if it is itself as it was written, or as a later one left it.
    """
    allowed: dict[int, str] = {}
    for event in AuditEvent.objects.filter(action__in=ACTIONS).order_by("-number").iterator(chunk_size=1):
        now = event.seal_of_it()
        if now in {event.seal, allowed.get(event.number)}:
            listed = (event.after or {}).get(LISTED)
            for number, seal in (listed if isinstance(listed, dict) else {}).items():
                allowed.setdefault(int(number), str(seal))
    return allowed


def events_about(identity: Identity) -> Any:
    """The events that may name the person, and a few more."""
    return rows_with(AuditEvent, identity.terms, AuditEvent.SEALED)


def names_in_the_trail(identity: Identity) -> tuple[set[str], set[str]]:
    """By which names of accounts, and by which names and addresses, the trail knows the person, former ones too."""
    usernames, names = set(identity.usernames), set(identity.names)
    for event in rows_with(AuditEvent, [identity.employee_id, *identity.usernames], ("before", "after")).iterator():
        for label, values in [*(event.before or {}).items(), *(event.after or {}).items()]:
            kind, _, called = label.partition(" ")
            if isinstance(values, dict) and (kind, called) == ("person", identity.employee_id):
                names |= {values.get("name") or "", values.get("email") or ""}
            elif isinstance(values, dict) and kind == "user" and called in identity.usernames:
                usernames.add(values.get("username") or "")
                names |= {values.get("email") or "", full_name(values.get("first_name"), values.get("last_name"))}
    return usernames - {""}, names - {""}


def full_name(first: str | None, last: str | None) -> str:
    """Both names, if there are both; one alone could be a common word."""
    return f"{first} {last}" if first and last else ""


def without(identity: Identity) -> Rewriting:
    """What hides the person in an event: as who acted, as what it was about, and in what was before and after."""
    ours = choices()

    def rewrite(event: AuditEvent) -> None:
        if event.actor in identity.usernames:
            event.actor, event.origin = identity.pseudonym, ""
        event.subject = _called(event.subject, identity)
        event.before = _hidden_rows(event.before, identity, ours)
        event.after = _hidden_rows(event.after, identity, ours)

    return rewrite


#: What is said of people in words, and by what names they go; of the person's own rows it is taken out whole.
WORDS = frozenset({"assessor", "evidence", "withdrawn_reason", "reason", "email", "first_name", "last_name"})
#: The kinds of rows that are somebody.
_NAMED = frozenset({"person", "user"})


def _hidden_rows(rows: Facts, identity: Identity, ours: frozenset[str]) -> Facts:
    if rows is None:
        return None
    hidden = {}
    for label, values in rows.items():
        kind, _, called = label.partition(" ")
        own = called in identity.usernames or f"{called} ".startswith(f"{identity.employee_id} ")
        said = without_words(values) if own else values
        # Somebody else may go by the same name.
        others = kind in _NAMED and not own
        hidden[f"{kind} {_called(called, identity)}".strip()] = said if others else _hidden_values(said, identity, ours)
    return hidden


def without_words(values: Any) -> Any:
    """The values of a row without what was said in words."""
    if not isinstance(values, dict):
        return values
    return {name: "" if name in WORDS and value else value for name, value in values.items()}


def _called(called: str, identity: Identity) -> str:
    """What a row is called, without the person, and without the id of their result, which comes last."""
    words = called.split(" ")
    for place in range(1, len(words)):
        if new := identity.codes.get(" ".join(words[place:])):
            return identity.hidden(" ".join(words[:place])) + f" {new}"
    return identity.hidden(called)


def _hidden_values(values: Any, identity: Identity, ours: frozenset[str]) -> Any:
    if not isinstance(values, dict):
        return identity.hidden_in(values)
    return {name: value if name in ours else identity.hidden_in(value) for name, value in values.items()}
