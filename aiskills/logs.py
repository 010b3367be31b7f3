"""What stands in the logs: what happened where, and never who it was about.

Logs go to places that nobody erases from. So addresses lose the parts that name people or open doors, and exceptions
their messages, in which databases and libraries quote what they were given.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator
from types import TracebackType

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest

from roles.acting import who_acts

Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

#: Exceptions that say what is the matter with the database itself, and quote no values.
_SAYING = (OperationalError, InterfaceError)
#: The parts of addresses after which a person's id, a result's, a token's digest or a link's key stands.
_NAMING = re.compile(r"(/(?:people|results|tokens)/|/own-password/[^/\n]+/)[^/\n]+")
_QUERY = re.compile(r"\?[^\s\"'>]*")
HIDDEN = "…"


class Discreet(logging.Formatter):
    """Lines with the id of the request, without what would name somebody."""

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = who_acts().request_id or "-"
        # What another formatter has made of the exception, or will.
        record.exc_text = None
        line = super().format(record)
        record.exc_text = None
        return line

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - its name in logging
        return without_names(super().formatMessage(record))

    def formatException(self, ei: Raised) -> str:  # noqa: N802 - its name in logging
        """Where it was raised and what it was, each one that led to it first, as Python has it, without messages."""
        return "".join(_told(ei[1])).rstrip() if ei[1] is not None else ""


def without_names(line: str) -> str:
    """The line without the parts of addresses that name people, and without what was asked for."""
    return _QUERY.sub(f"?{HIDDEN}", _NAMING.sub(rf"\g<1>{HIDDEN}", line))


def _told(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before)
        yield "\nThen, because of that or while it was handled:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    kind = type(error)
    yield f"{kind.__module__}.{kind.__qualname__}{f': {error}' if isinstance(error, _SAYING) else ''}\n"


def guesser(username: str, ip_address: str, user_agent: str, path_info: str, request: HttpRequest) -> str:  # noqa: ARG001
    """Who guesses passwords, as django-axes logs it: from where, and not by the name that was typed."""
    return str(ip_address)
