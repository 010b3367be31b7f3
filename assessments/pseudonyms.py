"""What becomes of names in files that are to name nobody."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

#: What becomes of a cell when names are left out: the value under a pseudonym, or nothing at all.
Hide = Callable[[str], str]


def hidden(key: str) -> dict[str, Hide]:
    """How each column that could name a person is hidden, in one file or in all that have it.

    `key` is that of the organisation, in hexadecimal: with it a pseudonym is the same in every file, and who has only
    the file cannot guess whose it is.
    """

    def pseudonym(prefix: str) -> Hide:
        def hide(value: str) -> str:
            digest = hmac.new(bytes.fromhex(key), value.encode(), hashlib.sha256).hexdigest()
            return f"{prefix}-{digest[:16]}" if value else ""

        return hide

    return {
        "employee_id": pseudonym("P"),
        "people.name": pseudonym("Person"),
        "email": _nothing,
        "result_id": pseudonym("R"),
        "assessor": pseudonym("A"),
        "evidence": _nothing,
        "reason": _nothing,
    }


def _nothing(_: str) -> str:
    return ""
