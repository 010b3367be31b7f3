"""Files as they come with a request, and workers that do at once what was asked for."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assessments.models import Import
from assessments.services.uploads import file_to_mend, upload_import
from roles import jobs
from roles.models import User
from tests.killing import NotKept
from tests.organisation import AT


def sent(name: str, content: str | bytes) -> SimpleUploadedFile:
    """A file of a request."""
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def folder_sent(folder: Path) -> list[SimpleUploadedFile]:
    """The files of a folder."""
    return [sent(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]


def zipped(files: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> SimpleUploadedFile:
    """A zip with these members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return sent("files.zip", packed.getvalue())


def worked(upload: Import) -> Import:
    """The import once a worker has done what was asked for last."""
    upload.refresh_from_db()
    assert upload.job is not None
    with pytest.MonkeyPatch.context() as patch:
        # By a connection of its own it would not see what this transaction has asked for.
        patch.setattr(jobs, "ProgressKept", NotKept)
        jobs.run(upload.job.pk)
    found: Import = Import.objects.select_related("job").get(pk=upload.pk)
    return found


def uploaded(*files: SimpleUploadedFile, by: User) -> Import:
    """An import of the files, looked at."""
    return worked(upload_import(files=files, by=by, at=AT))


def to_mend(upload: Import, name: str) -> str:
    """The bad rows of a file as it is downloaded."""
    return "".join(file_to_mend(upload.files.get(name=name)))
