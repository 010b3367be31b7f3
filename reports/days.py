"""Days and instants as people write them."""

import re
from datetime import UTC, date, datetime, timedelta

#: The last day that can be asked for; the one after stands for "open" in the standings.
LAST_DAY = date.max - timedelta(days=1)

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def day(text: str) -> date:
    """The day that `YYYY-MM-DD` names; ValueError, saying what is wrong, for anything else."""
    if not _ISO.fullmatch(text):
        raise ValueError(f"{text!r} is not a date; write YYYY-MM-DD")
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a day of the calendar") from None
    if found > LAST_DAY:
        raise ValueError(f"{text!r} is too late; {LAST_DAY} is the last day")
    return found


def instant(text: str) -> datetime:
    """The instant that RFC 3339 names, with its zone, in UTC; ValueError, saying what is wrong, for anything else."""
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"{text!r} is not an instant; write it with its zone, as 2026-11-01T00:00:00Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not an instant of the calendar") from None
