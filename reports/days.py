"""Days and instants as people write them."""

import re
from datetime import UTC, date, datetime, timedelta

#: The last day that can be asked for; the one after stands for "open" in the standings.
LAST_DAY = date.max - timedelta(days=1)

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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
    """The instant that ISO 8601 names, with its zone, in UTC; ValueError, saying what is wrong, for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not an instant; write YYYY-MM-DDThh:mm:ssZ") from None
    if found.tzinfo is None:
        raise ValueError(f"{text!r} says no zone; write a Z at its end for UTC")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} lies beyond the calendar") from None
