"""The small organisation, as files and as a database."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from assessments.importing.problems import ImportRefused
from tests.organisation import OrganisationFiles, everything


@pytest.fixture
def files(tmp_path: Path) -> OrganisationFiles:
    """The small organisation's files, one folder."""
    folder = tmp_path / "organisation"
    folder.mkdir()
    return OrganisationFiles(folder).small()


@pytest.fixture
def imported(db: None, files: OrganisationFiles) -> OrganisationFiles:
    """The small organisation, imported; the files it came from."""
    files.as_import()
    return files


class Refused(Protocol):
    """Imports the files, proves that nothing was written, and gives what was told."""

    def __call__(self, files: OrganisationFiles) -> list[str]: ...


@pytest.fixture
def refused(db: None) -> Refused:
    def refused(files: OrganisationFiles) -> list[str]:
        before = everything()
        with pytest.raises(ImportRefused) as raised:
            files.as_import()
        assert everything() == before
        return raised.value.problems

    return refused
