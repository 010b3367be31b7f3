"""Days as people write them."""

import re
from datetime import date, timedelta

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
