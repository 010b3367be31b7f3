"""Rows of a file, CSV or spreadsheet, with the line each stands in."""

from __future__ import annotations

import codecs
import csv
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import IO, NamedTuple, cast

from . import spreadsheet
from .cells import meant
from .problems import Problems, shown

#: The longest cell that is read at all; what a column takes is less (cells.py).
CELL_AT_MOST = 32 * 1024**2
CHUNK = 1024**2
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Row(NamedTuple):
    """A row's cells in the order of the columns asked for, and its line in the file."""

    line: int
    cells: list[str]


#: What stands in place of lines of a file, their cells in the order of its header; None in place of one that is gone.
Mends = Mapping[int, Sequence[str] | None]


class Source:
    """One file of an import, whose rows are read once, as a stream; `mends` take the place of its lines."""

    def __init__(self, path: Path, mends: Mends | None = None) -> None:
        self.path = path
        self.name = path.name
        self.mends = mends or {}
        #: Whether every row could be read; that a cell of one is wrong is another matter.
        self.whole = True

    def rows(self, columns: Sequence[str], problems: Problems) -> Iterator[Row]:
        """The rows, each with a cell for each of `columns`; what cannot be read goes to `problems`."""
        csv.field_size_limit(CELL_AT_MOST)
        try:
            if self.path.suffix != ".xlsx" and (bad := _not_utf8(self.path)) is not None:
                self._refuse(problems, *bad)
                return
            with self._opened() as (records, outcome):
                yield from self._records(records, columns, problems, outcome)
        except OSError as error:
            self._refuse(problems, None, f"cannot be read ({error.strerror or error})")

    def lines(self, wanted: Collection[int]) -> tuple[list[str], dict[int, list[str]]]:
        """The cells of the header, and those of the wanted lines below it, as far as the file can be read."""
        header: list[str] = []
        found: dict[int, list[str]] = {}
        last = max(wanted, default=0)
        with suppress(csv.Error, OSError, UnicodeDecodeError), self._opened() as (records, _):
            for line, cells in self._mended(records):
                if line > last:
                    break
                if not header:
                    header = [cell.strip() for cell in cells] if any(cells) else []
                elif line in wanted:
                    found[line] = [cell.strip() for cell in cells]
        return header, found

    def _refuse(self, problems: Problems, line: int | None, message: str, column: str | None = None) -> None:
        self.whole = False
        problems.add(self.name, line, column, message)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Iterator[tuple[int, list[str]]], Callable[[], str]]]:
        """The records with their lines, and a function that says, once all are read, what went wrong, if anything."""
        if self.path.suffix == ".xlsx":
            with _sheet_as_csv(self.path) as (output, outcome):
                yield enumerate(csv.reader(output), start=1), outcome
        else:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                yield _CsvRecords(file), lambda: ""

    def _records(
        self,
        records: Iterator[tuple[int, list[str]]],
        columns: Sequence[str],
        problems: Problems,
        outcome: Callable[[], str],
    ) -> Iterator[Row]:
        """The rows below the header."""
        places: list[int] | None = None
        width = 0
        try:
            for line, cells in self._mended(records) if self.mends else records:
                if not any(cells):
                    continue
                if places is None:
                    width = len(cells)
                    if (places := self._places(line, [cell.strip() for cell in cells], columns, problems)) is None:
                        return
                elif len(cells) == width:
                    yield Row(line, [*map(str.strip, map(cells.__getitem__, places))])
                else:
                    self._refuse(problems, line, f"the row has {len(cells)} cells and the header {width}")
        except csv.Error as error:
            self._refuse(problems, getattr(records, "line", None), _in_words(error))
            return
        if message := outcome():
            self._refuse(problems, None, message)
        elif places is None:
            self._refuse(problems, None, f"is empty; its first row names the columns: {', '.join(columns)}")

    def _mended(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
        for line, cells in records:
            mended = self.mends.get(line, cells)
            if mended is not None:
                yield line, [*mended]

    def _places(self, line: int, header: list[str], columns: Sequence[str], problems: Problems) -> list[int] | None:
        """Where each column stands, or None with the problems noted."""
        for mark, name in {";": "semicolons", "\t": "tabs"}.items():
            if len(header) == 1 and mark in header[0]:
                self._refuse(problems, line, f"the columns are separated by {name}; save the file with commas")
                return None
        if any("\0" in column for column in header):
            self._refuse(problems, line, "the header has NUL bytes in it, as UTF-16 has; save the file as CSV UTF-8")
            return None
        for column in dict.fromkeys(header):
            if not column:
                place = header.index(column) + 1
                self._refuse(problems, line, f"column {place} has no name; remove it, with every cell below it")
            elif column not in columns:
                message = f"is an unknown column{meant(column, columns)}; known are {', '.join(columns)}"
                self._refuse(problems, line, message, shown(column))
            elif header.count(column) > 1:
                self._refuse(problems, line, f"stands in the header {header.count(column)} times", column)
        for column in columns:
            if column not in header:
                self._refuse(problems, line, "the column is missing from the header", column)
        return [header.index(column) for column in columns] if self.whole else None


def _in_words(error: csv.Error) -> str:
    """What the csv module found wrong with a row, and what to do about it."""
    if "unexpected end" in str(error):
        return "a quotation mark opens a cell in this row and none closes it, to the end of the file"
    if "field larger" in str(error):
        return f"a cell is longer than {CELL_AT_MOST:,} characters; is a closing quotation mark missing?"
    return f"a quotation mark is out of place in this row; inside a cell in quotation marks write it twice ({error})"


class _CsvRecords:
    """CSV records with the line each begins in."""

    def __init__(self, file: IO[str]) -> None:
        self.reader = csv.reader(file, strict=True)
        self.line = 1

    def __iter__(self) -> _CsvRecords:
        return self

    def __next__(self) -> tuple[int, list[str]]:
        self.line = self.reader.line_num + 1
        return self.line, next(self.reader)


def _not_utf8(path: Path) -> tuple[int, str] | None:
    """The line of the first byte that is not UTF-8, and what is wrong with the file, if there is one."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                seen: bytes = error.object
                line = lines + seen[: error.start].count(b"\n")
                what = "UTF-16" if seen.startswith(_UTF16) else f"not UTF-8 (byte 0x{seen[error.start]:02X})"
                return line, f"the file is {what}; save it as CSV UTF-8"
            if not chunk:
                return None
            lines += chunk.count(b"\n")


@contextmanager
def _sheet_as_csv(path: Path) -> Iterator[tuple[IO[str], Callable[[], str]]]:
    """The sheet as CSV text, and a function that says, once it is read to its end, what went wrong, if anything did."""
    # Our own script, and the path as one argument.
    command = [sys.executable, "-I", spreadsheet.__file__, str(path)]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors) as process,  # noqa: S603
        # A reader that died may have been in the middle of a character.
        TextIOWrapper(cast("IO[bytes]", process.stdout), encoding="utf-8", errors="replace", newline="") as output,
    ):

        def outcome() -> str:
            status = process.wait()
            errors.seek(0)
            told = errors.read(500).decode(errors="replace").strip().splitlines()
            if status == 0:
                return ""
            if status == spreadsheet.UNREADABLE and told:
                return told[-1]
            return "takes more than 1 GB of memory, or five minutes, to read; split it, or send it as CSV"

        try:
            yield output, outcome
        finally:
            process.kill()
