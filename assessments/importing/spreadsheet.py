"""Reads one sheet of an .xlsx file and prints it as CSV; run as a process of its own, with its memory capped.

A small file can unpack to gigabytes. Here that ends this process, and not the one that imports.
"""

from __future__ import annotations

import csv
import io
import sys
from datetime import date, datetime, time

MEMORY_CAP_BYTES = 1024**3
SECONDS_CAP = 300

#: Exit statuses that the reader of the output tells apart.
TOO_LARGE, UNREADABLE = 3, 4


def text(cell: object) -> str:
    """A cell as somebody would have typed it into a CSV file."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def main(path: str) -> int:
    """Print the sheet; 0, or the status that says why not, with a line on standard error."""
    _cap()
    try:
        import python_calamine  # noqa: PLC0415 - only under the cap

        book = python_calamine.CalamineWorkbook.from_path(path)
        if len(book.sheet_names) != 1:
            print(f"it has {len(book.sheet_names)} sheets; leave only the one to import", file=sys.stderr)
            return UNREADABLE
        rows = csv.writer(io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline=""))
        # The rows above the first filled one are among them, so that lines are numbered as the spreadsheet shows them.
        rows.writerows([text(cell) for cell in row] for row in book.get_sheet_by_index(0).iter_rows())
    except MemoryError:
        return TOO_LARGE
    except Exception as error:  # noqa: BLE001 - whatever the file makes the library raise, the reader is told
        print(f"it cannot be read as an .xlsx spreadsheet ({type(error).__name__})", file=sys.stderr)
        return UNREADABLE
    return 0


def _cap() -> None:
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_CAP_BYTES, MEMORY_CAP_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_CAP, SECONDS_CAP))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
