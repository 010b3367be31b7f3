"""What an import does, row by row, written down beside it; asked for by a preview and by what was previewed."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, BinaryIO, NamedTuple, Protocol

#: So many changes are kept together.
ROWS_OF_A_PAGE = 200


class Spelt(Protocol):
    """A column whose values can be written as its cells are."""

    @property
    def name(self) -> str: ...

    @property
    def codes(self) -> Mapping[str, int] | None: ...


class Change(NamedTuple):
    """A row of a file that adds or changes one of the database: its line, the cells before (None: new) and after."""

    line: int
    before: list[str] | None
    after: list[str]


class ChangesOfAFile(NamedTuple):
    """The columns of a file, of which the leading `key` name a row, and where its changes are kept."""

    columns: list[str]
    key: int
    pages: list[tuple[int, int]]


class DataMoved(Exception):
    """The import would not do what it is expected to do, since the data have changed meanwhile."""


class Watch:
    """Keeps every change of an import in a file, in pages, and a digest over all of them in their order.

    With `expected`, what another run had for its digest, `check` refuses an import that does something else.
    """

    def __init__(self, file: BinaryIO, *, expected: str = "") -> None:
        self.files: dict[str, ChangesOfAFile] = {}
        self._file = file
        self._expected = expected
        self._digest = hashlib.sha256()
        self._name = ""
        self._rows: list[Change] = []
        self._words: list[_Words] = []

    def begin(self, name: str, columns: Sequence[Spelt], key: int) -> None:
        """From now on the changes are those of this file."""
        self._turn()
        self._name = name
        self._words = [_Words(column.codes) for column in columns]
        self.files[name] = ChangesOfAFile([column.name for column in columns], key, [])
        self._digest.update(f"{name}\n".encode())

    def change(self, line: int, before: Sequence[Any] | None, after: Sequence[Any]) -> None:
        """Keep a change, its values in the order of the columns."""
        self._rows.append(Change(line, self._cells(before) if before is not None else None, self._cells(after)))
        if len(self._rows) == ROWS_OF_A_PAGE:
            self._turn()

    def finish(self) -> str:
        """Keep what is still open; gives the digest."""
        self._turn()
        return self._digest.hexdigest()

    def check(self) -> None:
        """Raise DataMoved if something else is expected."""
        if self._expected and self.finish() != self._expected:
            raise DataMoved

    def pages(self, name: str) -> Iterator[bytes]:
        """The pages of a file's changes, as `changes_of_page` reads them."""
        for start, size in self.files[name].pages:
            self._file.seek(start)
            yield self._file.read(size)

    def _cells(self, values: Sequence[Any]) -> list[str]:
        return [words(value) for words, value in zip(self._words, values, strict=True)]

    def _turn(self) -> None:
        if not self._rows:
            return
        text = json.dumps(self._rows, ensure_ascii=False, separators=(",", ":")).encode()
        self._digest.update(text)
        page = zlib.compress(text, 1)
        start = self._file.seek(0, 2)
        self._file.write(page)
        self.files[self._name].pages.append((start, len(page)))
        self._rows.clear()


def changes_of_page(page: bytes) -> list[Change]:
    """The changes of a page that a Watch has made."""
    return [Change(*row) for row in json.loads(zlib.decompress(page))]


class _Words:
    """The values of a column as its cells are written: keys as codes, days as ISO writes them."""

    def __init__(self, codes: Mapping[str, int] | None) -> None:
        self.codes = codes
        self.by_key: dict[int, str] = {}

    def __call__(self, value: Any) -> str:
        if value is None:
            return ""
        if self.codes is None:
            return value.isoformat() if isinstance(value, date) else str(value)
        if value not in self.by_key:
            self.by_key = {key: code for code, key in self.codes.items()}
        return self.by_key[value]
