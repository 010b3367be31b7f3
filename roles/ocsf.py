"""The audit trail as other tools read it: events of the Open Cybersecurity Schema Framework, a JSON object each.

What was changed is Entity Management (class 3004), rights and accounts are User Management (3007, which in this version
takes the place of Account Change). What the chain needs to be verified, and has no place there, is in `unmapped`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from .models.audit import AuditEvent, plain

VERSION = "1.9.0"
_PRODUCT = {"name": "aiskills", "vendor_name": "aiskills", "lang": "en"}
_CATEGORY = {"category_uid": 3, "category_name": "Identity & Access Management"}


class Class(NamedTuple):
    """A class of events: its number and name."""

    uid: int
    name: str


ENTITY, USER = Class(3004, "Entity Management"), Class(3007, "User Management")
#: The kinds of rows that give somebody a right, and the field that names who gets it.
RIGHTS = {"user": "username", "apitoken": "user", "teammanager": "person", "deputy": "person"}

_ENTITY_ACTIVITIES = {1: "Create", 3: "Update", 4: "Delete"}
_USER_ACTIVITIES = {
    1: "Create",
    2: "Update",
    3: "Delete",
    4: "Enable",
    5: "Disable",
    8: "Password Change",
    14: "Assign Privileges",
    15: "Remove Privileges",
    16: "Assign Roles",
    17: "Remove Roles",
}
_PRIVILEGES = ("is_superuser", "is_auditor")


def lines(events: Iterable[AuditEvent]) -> Iterator[str]:
    """Each event as a line of JSON, with its end of line."""
    for event in events:
        yield json.dumps(as_ocsf(event), ensure_ascii=False, separators=(",", ":")) + "\n"


def as_ocsf(event: AuditEvent) -> dict[str, Any]:
    """The event as OCSF has it."""
    label = _first_label(event)
    kind = label.partition(" ")[0] if " " in label else ""
    of_class = USER if kind in RIGHTS else ENTITY
    activity, name, target = _on_user(event, label) if of_class is USER else _on_entity(event, kind)
    return {
        "activity_id": activity,
        "activity_name": name,
        **_CATEGORY,
        "class_uid": of_class.uid,
        "class_name": of_class.name,
        "type_uid": of_class.uid * 100 + activity,
        "type_name": f"{of_class.name}: {name}",
        "severity_id": 1,
        "severity": "Informational",
        "status_id": 1,
        "status": "Success",
        "time": int(event.at.timestamp() * 1000),
        "timezone_offset": 0,
        "message": f"{event.action} {event.subject}".rstrip(),
        "metadata": _metadata(event),
        "actor": {"user": {"name": event.actor}} if event.actor else {"application": {"name": _PRODUCT["name"]}},
        **({"src_endpoint": {"ip": event.origin}} if event.origin else {}),
        **({"http_request": {"uid": event.request_id}} if event.request_id else {}),
        **target,
        "unmapped": _unmapped(event, with_values=of_class is USER),
    }


def _metadata(event: AuditEvent) -> dict[str, Any]:
    return {
        "version": VERSION,
        "product": _PRODUCT,
        "log_name": "audit",
        "uid": str(event.number),
        "sequence": event.number,
        "event_code": event.action,
        **({"correlation_uid": event.request_id} if event.request_id else {}),
    }


def _unmapped(event: AuditEvent, *, with_values: bool) -> dict[str, Any]:
    """What has no place in the class; from it and the rest, seal and hash of the event can be computed anew."""
    values = {"before": event.before, "after": event.after} if with_values else {}
    return {
        "at": plain(event.at),
        "surface": event.surface,
        "subject": event.subject,
        **values,
        "salt": event.salt,
        "seal": event.seal,
        "previous": event.previous,
        "hash": event.hash,
    }


def _first_label(event: AuditEvent) -> str:
    """What the event is about, its kind first: the first row that it tells of, by name."""
    return min([*(event.before or {}), *(event.after or {})], default="", key=_by_kind)


def _by_kind(label: str) -> tuple[bool, str]:
    # The account before what belongs to it.
    return not label.startswith("user "), label


def _on_entity(event: AuditEvent, kind: str) -> tuple[int, str, dict[str, Any]]:
    """Activity, its name, and the entity, with what it was and, where both are there, what it became."""
    activity = 1 if event.before is None and event.after else 4 if event.after is None and event.before else 3
    entity: dict[str, Any] = {"name": event.subject or event.action, "uid": event.subject or event.action}
    entity |= {"type": kind} if kind else {}
    stood = event.after if activity == 1 else event.before
    target: dict[str, Any] = {"entity": entity | ({} if stood is None else {"data": stood})}
    if activity == 3 and event.after is not None:  # noqa: PLR2004 - Update
        target["updated_entity"] = {**entity, "data": event.after}
    return activity, _ENTITY_ACTIVITIES[activity], target


def _on_user(event: AuditEvent, label: str) -> tuple[int, str, dict[str, Any]]:
    """Activity, its name, and whose account or right it is."""
    kind, _, called = label.partition(" ")
    was, is_now = (event.before or {}).get(label), (event.after or {}).get(label)
    values = {**(was or {}), **(is_now or {})}
    activity = _of_account(was, is_now) if kind == "user" else _of_right(kind, was, is_now)
    whose = str(values.get(RIGHTS[kind]) or (called if kind == "user" else event.subject))
    user = {"name": whose} if kind in {"user", "apitoken"} else {"uid": whose, "name": whose}
    return activity, _USER_ACTIVITIES[activity], {"user": user}


def _of_account(was: Any, is_now: Any) -> int:
    if was is None or is_now is None:
        return 1 if was is None else 3
    if "is_active" in is_now:
        return 4 if is_now["is_active"] else 5
    given = [is_now[name] for name in _PRIVILEGES if name in is_now]
    if given:
        return 14 if any(given) else 15
    return 8 if "password" in is_now else 2


def _of_right(kind: str, was: Any, is_now: Any) -> int:
    if was is not None and is_now is not None:
        return 2
    gives, takes = (14, 15) if kind == "apitoken" else (16, 17)
    return gives if was is None else takes


def sealed_fields(line: dict[str, Any]) -> dict[str, Any]:
    """What stands behind the seal of an event, read back from its line."""
    rest, target = line["unmapped"], line.get("entity", {})
    activity = line["activity_id"]
    if line["class_uid"] == USER.uid:
        before, after = rest["before"], rest["after"]
    elif activity == 1:
        before, after = None, target.get("data")
    else:
        before, after = target.get("data"), line.get("updated_entity", {}).get("data")
    return {
        "actor": line["actor"].get("user", {}).get("name", ""),
        "origin": line.get("src_endpoint", {}).get("ip", ""),
        "subject": rest["subject"],
        "before": before,
        "after": after,
    }
