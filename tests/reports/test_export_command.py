"""`manage.py export`, as somebody at a terminal or in a nightly job meets it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils.timezone import localdate

from reports.exporting import workbook
from reports.management.commands import export
from reports.queries.exports import Asked
from roles.models import Team

from .exported import TODAY, columns_of, file_of, read, rows_of

pytestmark = pytest.mark.usefixtures("organisation")
DAY = ("--as-of", TODAY.isoformat())


class _Output(io.TextIOWrapper):
    """Standard output, of which the bytes can be read."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    @property
    def written(self) -> bytes:
        found: bytes = self.buffer.getvalue()  # type: ignore[attr-defined]
        return found


def printed(*arguments: str) -> bytes:
    out = _Output()
    call_command("export", *arguments, stdout=out)
    return out.written


@pytest.mark.parametrize("kind", ["gaps", "standings", "results", "people"])
def test_it_prints_the_file(kind: str) -> None:
    for form in ("csv", "jsonl", "parquet", "xlsx"):
        assert printed(kind, *DAY, "--format", form) == file_of(kind, form, Asked(as_of=TODAY))


def test_of_everything_today_as_csv_unless_told_otherwise() -> None:
    assert printed("people") == file_of("people", "csv", Asked(as_of=localdate()))


def test_with_every_wish() -> None:
    red = Team.objects.get(code="RED")
    asked = Asked(as_of=TODAY, team=red)
    assert printed("standings", *DAY, "--team", "RED") == file_of("standings", "csv", asked)
    assert printed("people", *DAY, "--team", "RED", "--anonymise") == file_of("people", "csv", asked, anonymise=True)
    assert printed("people", *DAY, "--no-trailer").endswith(b"\n")
    assert b"sha256" not in printed("people", *DAY, "--no-trailer")
    each = Asked(as_of=TODAY, team=Team.objects.get(code="SEC"), each=True)
    assert printed("gaps", *DAY, "--team", "SEC", "--each", "team") == file_of("gaps", "csv", each)
    assert printed("results", *DAY, "--updated-since", "2999-01-01T00:00:00Z").count(b"\n") == 2
    assert printed("results", *DAY, "--updated-since", "1999-01-01T00:00:00+02:00").count(b"\n") == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("people", "--team", "NONE"), "There is no team with the code 'NONE'."),
        (("people", "--as-of", "yesterday"), "--as-of: 'yesterday' is not a date; write YYYY-MM-DD"),
        (("people", "--each", "team"), "--each goes with gaps only."),
        (("people", "--updated-since", "2026-01-01T00:00:00Z"), "--updated-since goes with results only."),
        (("results", "--updated-since", "2026-01-01T00:00:00"), "with its zone"),
        (("results", "--updated-since", "lately"), "is not an instant"),
        (("people", "--output", "/nowhere/at/all.csv"), "No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message.replace("(", r"\(")) as raised:
        printed(*arguments)
    assert raised.value.returncode == 2
    assert "\n" not in str(raised.value)


def test_more_rows_than_a_sheet_holds_are_said_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    with pytest.raises(CommandError, match="csv, jsonl or parquet") as raised:
        printed("people", "--format", "xlsx", "--output", str(tmp_path / "people.xlsx"))
    assert raised.value.returncode == 2
    assert list(tmp_path.iterdir()) == [path for path in tmp_path.iterdir() if path.suffix == ".csv"]


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "people.parquet"
    path.parent.mkdir()
    assert printed("people", *DAY, "--format", "parquet", "--output", str(path)) == b""
    assert read(path.read_bytes(), "parquet", columns_of("people")) != []
    assert len(rows_of("people", Asked(as_of=TODAY))) == 6
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_there_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "people.out"
    path.write_text("mine")
    with pytest.raises(CommandError, match="is there already"):
        printed("people", "--output", str(path))
    assert path.read_text() == "mine"
    printed("people", *DAY, "--output", str(path), "--force")
    assert path.read_bytes() == file_of("people", "csv", Asked(as_of=TODAY))


def test_nor_is_one_written_over_that_comes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "people.out"

    def slowly(*_: Any, **__: Any) -> list[bytes]:
        path.write_text("theirs")
        return [b"ours"]

    monkeypatch.setattr(export, "chunks", slowly)
    with pytest.raises(CommandError, match="File exists"):
        printed("people", "--output", str(path))
    assert path.read_text() == "theirs"
    assert [one.name for one in tmp_path.iterdir() if "part" in one.name] == []


def test_what_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(*_: Any, **__: Any) -> Any:
        yield b"the beginning"
        raise RuntimeError("broke")

    monkeypatch.setattr(export, "chunks", breaking)
    path = tmp_path / "people.out"
    path.write_text("last night's")
    with pytest.raises(RuntimeError, match="broke"):
        printed("people", "--output", str(path), "--force")
    assert path.read_text() == "last night's"
    assert [one.name for one in tmp_path.iterdir() if "part" in one.name] == []


def test_a_terminal_is_spared_what_is_no_text() -> None:
    class Terminal(_Output):
        def isatty(self) -> bool:
            return True

    with pytest.raises(CommandError, match="--output") as raised:
        call_command("export", "people", "--format", "parquet", stdout=Terminal())
    assert raised.value.returncode == 2


def test_a_reader_that_goes_away_is_no_accident(tmp_path: Path) -> None:
    environ = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3", "AISKILLS_DEBUG": "true"}
    run = {"cwd": settings.BASE_DIR, "env": environ}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True, **run)  # type: ignore[call-overload]
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "manage.py", "export", "people"]
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, check=False, **run)  # type: ignore[call-overload]
    assert done.returncode == 1
    assert done.stderr.decode().strip() == "CommandError: Nobody reads on; the export is not whole."
