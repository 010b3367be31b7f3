"""In which line of a file each key came first: what finds a key that stands twice, in a file of any size."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

#: What SQLite keeps in memory of it; the rest lies in a file of its own, which goes with the connection.
KILOBYTES = 64 * 1024

# A batch is one statement, so that other threads are not kept waiting for each key of it.
_ADD = "INSERT OR IGNORE INTO first SELECT value, ? + key FROM json_each(?)"
_FIND = "SELECT first.number FROM json_each(?) AS asked JOIN first ON first.key = asked.value ORDER BY asked.key"


class FirstLines:
    """Keys with their lines, kept by SQLite: of ten million ids a dictionary would take more than a gigabyte."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._lines = array("Q")
        for setting in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
            database.execute(f"PRAGMA {setting}")
        database.execute(f"PRAGMA cache_size = -{KILOBYTES}")
        database.execute("CREATE TABLE first (key TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID")
        database.execute("BEGIN")

    def of(self, keys: Sequence[str], lines: Sequence[int]) -> Sequence[int]:
        """The line in which each of these keys came first, which is its own line, given here, for one that is new."""
        number, asked = len(self._lines), json.dumps(keys, ensure_ascii=False)
        self._lines.extend(lines)
        if self._database.execute(_ADD, [number, asked]).rowcount == len(keys):
            return lines
        return [self._lines[first] for (first,) in self._database.execute(_FIND, [asked])]


@contextmanager
def first_lines() -> Iterator[FirstLines]:
    """One for a file, gone when it has been read."""
    with closing(sqlite3.connect("", isolation_level=None)) as database:
        yield FirstLines(database)
