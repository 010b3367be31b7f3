"""Whether a worker is there: each says every few seconds that it is alive, and who waits for a job is told if not."""

from __future__ import annotations

from datetime import datetime, timedelta

from . import beside
from .models import Worker

#: A worker that has said nothing for so long is taken to be gone.
SILENCE = timedelta(minutes=2)


def beat(name: str, *, at: datetime) -> None:
    """Say that the worker of this name is alive."""
    if beside.folder() is not None:
        beside.keep(_file(name), {"at": at.isoformat()})
    else:
        Worker.objects.update_or_create(name=name, defaults={"seen_at": at})


def leave(name: str) -> None:
    """Say that the worker has ended."""
    beside.forget(_file(name))
    Worker.objects.filter(name=name).delete()


def last_seen() -> datetime | None:
    """When a worker was last alive; None if none has been since the last that ended on its own."""
    if beside.folder() is not None:
        said = [beside.kept(name) for name in beside.names(_file(""))]
        return max((datetime.fromisoformat(one["at"]) for one in said if one is not None), default=None)
    newest = Worker.objects.order_by("-seen_at").first()
    return newest.seen_at if newest else None


def worker_is_there(*, at: datetime) -> bool:
    """Whether a worker has been alive within SILENCE before the instant."""
    seen = last_seen()
    return seen is not None and seen > at - SILENCE


def forget_gone(*, before: datetime) -> None:
    """Forget the workers that have not been alive since the instant."""
    Worker.objects.filter(seen_at__lt=before).delete()
    for name in beside.names(_file("")):
        said = beside.kept(name)
        if said is None or datetime.fromisoformat(said["at"]) < before:
            beside.forget(name)


def _file(name: str) -> str:
    return f"worker-{name}"
