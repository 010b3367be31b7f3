"""From the text of a cell to a value: one function for each kind, raising BadCell with what is wrong and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date

from roles.codes import CODE_LENGTH, CODE_PATTERN

from .problems import BadCell, Later, shown

Parser = Callable[[str], object]

# Line breaks and tabs may stand in a text; a NUL byte or a terminal's escape, of one byte or two, may not.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Remembered(dict[str, object]):
    """What a parser made of the cells that were read before, so many of them: cells of a column are much alike."""

    most = 50_000

    def __init__(self, parse: Parser) -> None:
        super().__init__()
        self.parse = parse

    def __missing__(self, text: str) -> object:
        value = self.parse(text)
        if len(self) >= self.most:
            self.clear()
        self[text] = value
        return value


def code(text: str) -> str:
    """A code that the row defines."""
    if not text:
        raise BadCell("is empty, and a code is needed")
    if len(text) > CODE_LENGTH:
        raise BadCell(f"{shown(text)} has {len(text):,} characters; {CODE_LENGTH} are the most")
    if not CODE_PATTERN.match(text) or _CONTROL.search(text):
        raise BadCell(f"{shown(text)} is not a code; leave out slashes and control characters")
    return text


def text_up_to(length: int, *, needed: bool = False) -> Parser:
    """Any text of at most `length` characters; empty only where it is not needed."""

    def parse(text: str) -> str:
        if len(text) > length:
            raise BadCell(f"{shown(text)} has {len(text):,} characters; {length:,} are the most")
        if control := _CONTROL.search(text):
            raise BadCell(f"{shown(text)} has the control character {control[0]!r} in it; remove it")
        if needed and not text:
            raise BadCell("is empty, and a text is needed")
        return text

    return parse


def email(text: str) -> str:
    """An address, or nothing."""
    if text and ("@" not in text.strip("@") or " " in text or _CONTROL.search(text) or len(text) > 254):  # noqa: PLR2004
        raise BadCell(f"{shown(text)} is not an e-mail address")
    return text


def day(text: str) -> date:
    """A day, written YYYY-MM-DD."""
    if not text:
        raise BadCell("is empty, and a date is needed; write YYYY-MM-DD")
    if not _DATE.fullmatch(text):
        raise BadCell(f"{shown(text)} is not a date; write YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadCell(f"{shown(text)} is not a day of the calendar") from None


def day_or_none(text: str) -> date | None:
    """A day, written YYYY-MM-DD, or nothing."""
    return day(text) if text else None


def whole_number(what: str, lowest: int, highest: int, *, default: int | None = None) -> Parser:
    """A whole number from `lowest` to `highest`, with `default` for an empty cell where there is one."""
    values: dict[str, int] = {str(value): value for value in range(lowest, highest + 1)}
    if default is not None:
        values[""] = default

    def parse(text: str) -> int:
        try:
            return values[text]
        except KeyError:
            raise BadCell(f"{shown(text)} is not a {what} from {lowest} to {highest}") from None

    return parse


def one_of(what: str, values: Mapping[str, str]) -> Parser:
    """One of a few words, by any of the spellings in `values`."""

    def parse(text: str) -> str:
        try:
            return values[text]
        except KeyError:
            words = ", ".join(dict.fromkeys(word for word in values.values() if word))
            raise BadCell(f"{shown(text)} is not a {what}; write one of {words}") from None

    return parse


class Codes(dict[str, int]):
    """Keys by code."""

    #: Whether the file that defines these codes could be read to its end. If not, one that is missing here may stand
    #: there, and is let pass: nothing is written in any case, and one mistake is told once.
    whole: bool = True

    def stand_in(self, code: str) -> int:
        """The key of the code, or until there is one a negative number, another for each code."""
        return self.setdefault(code, -len(self) - 1)


def known(what: str, keys: Codes, *, file: str) -> Parser:
    """The key of something that the database or an earlier file names by the code."""

    def parse(text: str) -> int:
        key = keys.get(text)
        if key is not None:
            return key
        if not text:
            raise BadCell(f"is empty, and the code of a {what} is needed")
        if not keys.whole:
            return keys.stand_in(text)
        raise BadCell(
            Later(
                lambda guess: (
                    f"{shown(text)} is not a known {what}{meant(text, keys) if guess else ''};"
                    f" add it to {file} or correct it"
                )
            )
        )

    return parse


def meant(text: str, words: Collection[str]) -> str:
    """The question whether one of the words was meant, if one is close."""
    few = 2_000
    close = difflib.get_close_matches(text[:CODE_LENGTH], words, n=1) if len(words) <= few else []
    return f" (is {shown(close[0])} meant?)" if close else ""
