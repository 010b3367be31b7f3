"""Files as somebody sends them, one by one or in a zip: what they are called, and how much they may hold."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import IO, Any, NamedTuple, Protocol, cast

from django.conf import settings
from django.utils.translation import gettext as _

from .importer import ENDINGS, TABLES
from .sources import CHUNK

MEMBERS_AT_MOST = 100
#: The end of a zip, with its own record and the longest comment; and the most that its table of contents may take.
_TAIL, _CONTENTS_AT_MOST = 22 + 65_535, 64 * 1024
_END, _BEFORE_ZIP64_END = b"PK\5\6", b"PK\6\7"
_BAD_ROWS = re.compile(rf"({'|'.join(TABLES)})-bad-rows.*(\.csv|\.xlsx)", re.DOTALL)


class UploadRefused(Exception):
    """What was sent cannot be taken, and nothing of it was kept. `words` says why, one thing after the other."""

    def __init__(self, *words: str) -> None:
        super().__init__(*words)
        self.words = [*words]


class Sent(Protocol):
    """A file of a request."""

    name: str | None
    file: Any

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]: ...


class Content(NamedTuple):
    """One file by its name, and what it holds, in parts of at most CHUNK bytes; to be read before the next one."""

    name: str
    chunks: Iterator[bytes]


class Room:
    """How much more may come; what is packed counts as it is unpacked."""

    def __init__(self) -> None:
        self.left: int = settings.IMPORT_BYTES

    def through(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks, as long as there is room for them; then UploadRefused."""
        for chunk in chunks:
            self.take(len(chunk))
            yield chunk

    def take(self, size: int) -> None:
        """Raise UploadRefused if there is no room for so many bytes."""
        self.left -= size
        if self.left < 0:
            raise UploadRefused(too_large())


def too_large() -> str:
    """That it is too much, in words."""
    return _("The files hold more than %(most)s MB, unpacked. Send them in several imports.") % {
        "most": settings.IMPORT_BYTES // 1024**2
    }


def contents(sent: Sequence[Sent]) -> Iterator[Content]:
    """The files of an import, those in a zip unpacked; UploadRefused, at once or while one is read."""
    room = Room()
    seen: dict[str, str] = {}
    for one in sent:
        for found in _unpacked(one, room) if _is_zip(one) else [Content(one.name or "", one.chunks(CHUNK))]:
            _check_name(found.name, seen)
            yield Content(found.name, found.chunks if _is_zip(one) else room.through(found.chunks))
    if not seen:
        raise UploadRefused(_("There is no file in what was sent. Known are %(names)s.") % {"names": known_names()})


def known_names() -> str:
    """The names that files may have, one after the other."""
    return ", ".join(f"{name}.csv" for name in TABLES)


def bad_rows_of(name: str) -> tuple[str, str] | None:
    """Of which table these are mended rows, and how the name ends; None for what is not called so."""
    found = _BAD_ROWS.fullmatch(name)
    return (found[1], found[2]) if found else None


def _is_zip(sent: Sent) -> bool:
    return (sent.name or "").lower().endswith(".zip")


def _check_name(name: str, seen: dict[str, str]) -> None:
    path = PurePosixPath(name)
    if path.suffix not in ENDINGS or path.stem not in TABLES:
        message = _("“%(name)s” is not a file of an import. Known are %(names)s, each also as .xlsx.")
        raise UploadRefused(message % {"name": _short(name), "names": known_names()})
    if other := seen.get(path.stem):
        message = _("“%(name)s” stands beside “%(other)s”. Send only one of the two.")
        raise UploadRefused(message % {"name": name, "other": other})
    seen[path.stem] = name


def _short(name: str) -> str:
    """A name as it may be shown, whatever stands in it."""
    return "".join(letter if letter.isprintable() else "�" for letter in name)[:100]


def _unpacked(sent: Sent, room: Room) -> Iterator[Content]:
    archive = _opened(sent)
    members = [member for member in archive.infolist() if not member.is_dir()]
    for member in members:
        _check_member(member)
    for member in members:
        path = PurePosixPath(member.filename)
        # What file managers put beside files.
        if "__MACOSX" not in path.parts and not path.name.startswith(".") and path.name != "Thumbs.db":
            yield Content(path.name, room.through(_read(archive, member)))


def _opened(sent: Sent) -> zipfile.ZipFile:
    """The zip; UploadRefused if it is none, or has too many members even to be looked at."""
    name = {"name": _short(sent.name or "")}
    try:
        file = cast("IO[bytes]", sent.file)
        file.seek(max(file.seek(0, 2) - _TAIL, 0))
        tail = file.read(_TAIL)
        end = tail.rfind(_END)
        contents_take = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
        if _BEFORE_ZIP64_END in tail or contents_take > _CONTENTS_AT_MOST:
            raise UploadRefused(_too_many())
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise UploadRefused(_("“%(name)s” cannot be read as a zip.") % name) from None
    if len(archive.infolist()) > MEMBERS_AT_MOST:
        raise UploadRefused(_too_many())
    if sum(member.file_size for member in archive.infolist()) > settings.IMPORT_BYTES:
        raise UploadRefused(too_large())
    return archive


def _too_many() -> str:
    message = _("A zip holds %(most)s files at most, and is not a “zip64”. Put only the files to import into it.")
    return message % {"most": MEMBERS_AT_MOST}


def _check_member(member: zipfile.ZipInfo) -> None:
    name = {"name": _short(member.filename)}
    parts = PurePosixPath(member.filename).parts
    if member.filename.startswith("/") or ".." in parts or "\\" in member.filename or ":" in parts[0]:
        raise UploadRefused(_("“%(name)s” in the zip leads out of it. Zip the files anew.") % name)
    if member.filename.lower().endswith(".zip"):
        raise UploadRefused(_("“%(name)s” is a zip in a zip. Unpack it first.") % name)
    if member.flag_bits & 1:
        raise UploadRefused(_("“%(name)s” in the zip has a password. Zip the files without one.") % name)
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UploadRefused(_("“%(name)s” in the zip is packed in a way that is not read here.") % name)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(member) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        message = _("“%(name)s” in the zip is damaged. Zip the files anew.")
        raise UploadRefused(message % {"name": _short(member.filename)}) from None
