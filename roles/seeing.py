"""Seeing the pages as somebody else does, to help them: read-only, for an hour at most, and recorded.

The session stays the administrator's; what is kept in it says whom they see the pages as.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext

from .acting import acting
from .models import User
from .services.checking import InTheWay
from .trail import one_event

LONGEST = timedelta(hours=1)
REASON_AT_MOST = 200
OVER = "its time was over"
_KEY = "see_as"


class Seeing(NamedTuple):
    """Whom an administrator sees the pages as, and until when."""

    seen: User
    until: datetime


def may_be_seen(user: User, *, by: User) -> bool:
    """Whether `by` may see the pages as the user: administrators may, as anybody active who is none."""
    return by.administers and user.is_active and not user.is_superuser and user.pk != by.pk


def begin(session: SessionBase, *, user: User, by: User, reason: str, at: datetime) -> None:
    """See the pages as the user from now on, in this session. Raises InTheWay if that may not be."""
    if not may_be_seen(user, by=by):
        raise InTheWay(gettext("The pages can be seen as somebody who is active and no administrator."))
    until = at + LONGEST
    with one_event("see_as.begun", user.username, by=by) as told:
        told.facts.update(reason=reason, until=until)
    session[_KEY] = {
        "user": user.pk,
        "name": user.username,
        "sessions_ended": user.sessions_ended,
        "by": by.username,
        "until": until.isoformat(),
    }


def begun(session: SessionBase) -> bool:
    """Whether somebody is seen in the session, as far as that may go on."""
    return _KEY in session


def seeing(session: SessionBase, *, by: Any, at: datetime) -> Seeing | None:
    """Whom `by`, who is signed in, sees the pages as; None if that is over, and then it is ended here."""
    kept = session[_KEY]
    user = User.objects.select_related("person").filter(pk=kept["user"]).first()
    until = datetime.fromisoformat(kept["until"])
    if at >= until:
        end(session, why=OVER)
    elif not isinstance(by, User) or user is None or not may_be_seen(user, by=by):
        end(session, why="one of the two may no longer")
    elif user.sessions_ended != kept["sessions_ended"]:
        end(session, why="the account was deactivated")
    else:
        return Seeing(user, until)
    return None


def end(session: SessionBase | dict[str, Any], *, why: str) -> str:
    """See the pages as oneself again; the name of who was seen."""
    kept: dict[str, str] = session.pop(_KEY)
    with acting(actor=kept["by"]), one_event("see_as.ended", kept["name"]) as told:
        told.facts["why"] = why
    return kept["name"]


def end_overdue(at: datetime) -> None:
    """End what is over in all sessions, so that the trail says so also of who left it and never came back."""
    for key in [one.pk for one in Session.objects.iterator() if _is_over(one.get_decoded(), at)]:
        with transaction.atomic():
            session = Session.objects.select_for_update().filter(pk=key).first()
            kept = session.get_decoded() if session is not None else {}
            if session is not None and _is_over(kept, at):  # Else its owner has come back meanwhile.
                end(kept, why=OVER)
                session.session_data = SessionStore().encode(kept)
                session.save(update_fields=["session_data"])


def _is_over(session: dict[str, Any], at: datetime) -> bool:
    return _KEY in session and at >= datetime.fromisoformat(session[_KEY]["until"])
