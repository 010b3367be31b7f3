"""What may be uploaded: files of the contract, one by one or in a zip that is what it says."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assessments.importing.unpacking import MEMBERS_AT_MOST, UploadRefused, contents
from tests.assessments.sending import sent, zipped


def read(*files: SimpleUploadedFile) -> dict[str, bytes]:
    return {name: b"".join(chunks) for name, chunks in contents(files)}


def refusal(*files: SimpleUploadedFile) -> str:
    with pytest.raises(UploadRefused) as refused:
        read(*files)
    return " ".join(refused.value.words)


def test_files_come_one_by_one_and_in_a_zip() -> None:
    packed = zipped({"2026/": "", "2026/people.csv": "p", "2026/results.xlsx": "r", "__MACOSX/2026/._people.csv": "?"})
    assert read(sent("teams.csv", "t"), packed) == {"teams.csv": b"t", "people.csv": b"p", "results.xlsx": b"r"}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        pytest.param([], "There is no file", id="nothing"),
        pytest.param([sent("persons.csv", "")], "“persons.csv” is not a file of an import", id="another name"),
        pytest.param([sent("people.txt", "")], "“people.txt” is not a file of an import", id="another ending"),
        pytest.param([sent("people.csv", ""), sent("people.xlsx", "")], "stands beside", id="a table twice"),
        pytest.param([zipped({})], "There is no file", id="an empty zip"),
        pytest.param([zipped({"readme.txt": "x"})], "“readme.txt” is not a file", id="another name in the zip"),
        pytest.param([zipped({"/people.csv": "x"})], "leads out of it", id="an absolute path"),
        pytest.param([zipped({"../people.csv": "x"})], "leads out of it", id="a path upwards"),
        pytest.param([zipped({"a/../../people.csv": "x"})], "leads out of it", id="a path upwards in the middle"),
        pytest.param([zipped({"..\\people.csv": "x"})], "leads out of it", id="a path upwards of Windows"),
        pytest.param([zipped({"c:/people.csv": "x"})], "leads out of it", id="a drive"),
        pytest.param([zipped({"inner.zip": "x"})], "a zip in a zip", id="a zip in the zip"),
        pytest.param([zipped({"people.csv": "x"}, method=zipfile.ZIP_LZMA)], "not read here", id="packed otherwise"),
        pytest.param([sent("files.zip", "no zip at all")], "cannot be read as a zip", id="no zip"),
        pytest.param([sent("files.zip", b"")], "cannot be read as a zip", id="an empty file"),
        pytest.param([zipped({"a/people.csv": "x", "b/people.csv": "y"})], "stands beside", id="a name in two folders"),
        pytest.param(
            [zipped({f"{n}.csv": "" for n in range(MEMBERS_AT_MOST + 1)})], "100 files at most", id="too many members"
        ),
        pytest.param([sent("\x1b[2J.csv", "")], "“�[2J.csv” is not", id="a name that a terminal would obey"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(files: list[SimpleUploadedFile], told: str) -> None:
    for file in files:
        file.seek(0)
    assert told in refusal(*files)


def test_a_zip_that_unpacks_to_more_than_there_is_room_for_is_refused(settings: Any) -> None:
    settings.IMPORT_BYTES = 1024**2
    assert "more than 1 MB" in refusal(zipped({"people.csv": b"0" * (1024**2 + 1)}))
    assert "more than 1 MB" in refusal(sent("people.csv", b"0" * 1024**2), sent("teams.csv", b"0"))
    assert read(zipped({"people.csv": b"0" * 1024**2})).keys() == {"people.csv"}


def test_a_zip_that_lies_about_what_it_unpacks_to_is_found_out(settings: Any) -> None:
    settings.IMPORT_BYTES = 1024**2
    file = zipped({"people.csv": b"0" * (5 * 1024**2)})
    lying = bytearray(file.read())
    for signature, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        at = lying.find(signature) + place
        lying[at : at + 4] = struct.pack("<I", 100)
    assert "damaged" in refusal(sent("files.zip", bytes(lying)))


def test_a_damaged_member_is_told_of() -> None:
    packed = bytearray(zipped({"people.csv": "employee_id\n" * 100}).read())
    packed[45] ^= 0xFF
    assert "“people.csv” in the zip is damaged" in refusal(sent("files.zip", bytes(packed)))


def test_a_member_with_a_password_is_told_of() -> None:
    packed = bytearray(zipped({"people.csv": "x"}).read())
    packed[6] |= 1
    packed[packed.find(b"PK\1\2") + 8] |= 1
    assert "has a password" in refusal(sent("files.zip", bytes(packed)))


def test_a_table_of_contents_that_fills_the_memory_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(2_000):
            archive.writestr(f"{number}", b"")
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: 1 / 0)
    assert "100 files at most" in refusal(sent("files.zip", packed.getvalue()))
