"""What this room has done in the background: looking at uploaded files, and importing them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from roles.housekeeping import chore
from roles.jobs import JobRefused, does
from roles.models import Job

from .models import Import, ImportState
from .services.previewing import carry_out, look
from .services.uploads import COMMIT, PREVIEW, discard_old_imports


@does(PREVIEW, words=_("Looking at uploaded files"))
def preview_import(job: Job) -> dict[str, Any]:
    """Look at what importing the files would do."""
    return look(upload=_held(job, ImportState.CHECKING), at=job.asked_at)


@does(COMMIT, words=_("Importing uploaded files"))
def commit_import(job: Job) -> dict[str, Any]:
    """Import what was previewed, or say that the data have moved."""
    upload = _held(job, ImportState.COMMITTING)
    return carry_out(upload=upload, by=job.asked_by, at=job.asked_at, ended_at=now())


def _held(job: Job, state: ImportState) -> Import:
    """The import that the job is about, held until the transaction ends; JobRefused if it is past that."""
    upload: Import | None = Import.objects.select_for_update().filter(pk=job.arguments["upload"], job=job).first()
    if upload is None or upload.state != state:
        raise JobRefused(gettext("The import has been discarded, or looked at again, since this was asked for."))
    return upload


@chore
def old_imports(at: datetime) -> None:
    """Files that were uploaded and never imported."""
    discard_old_imports(at=at)
