"""The versions of the matrix, drafts among them, and who saved a draft last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from reports.queries.matrix_sheet import cells_of_all
from reports.queries.versions import KINDS, kind_of
from roles.models import AuditEvent, MatrixVersion


@dataclass(frozen=True)
class VersionLine:
    """A version, how many cells it has, and how many of each kind are another than in the version before it.

    `before` is the version that is in force until this one takes effect, None if there is none; `in_force` says whether
    it is in force itself.
    """

    version: MatrixVersion
    before: MatrixVersion | None
    cells: int
    changes: dict[str, int]
    in_force: bool
    taken_by: MatrixVersion | None


def version_lines(versions: Iterable[MatrixVersion], *, today: date) -> list[VersionLine]:
    """The versions, the latest first; two queries."""
    found = list(versions)
    cells = cells_of_all(found)
    published = sorted((one for one in found if one.published_at), key=lambda one: one.effective_from)
    in_force = _last(published, today)
    lines = []
    for version in sorted(found, key=lambda one: (one.effective_from, one.code), reverse=True):
        before = _last([one for one in published if one != version], _day_before(version))
        old, new = cells[before.pk] if before else {}, cells[version.pk]
        kinds = [kind_of(old.get(key), new.get(key)) for key in old.keys() | new.keys()]
        taken = [one for one in published if one != version and one.effective_from == version.effective_from]
        lines.append(
            VersionLine(
                version,
                before,
                len(new),
                {kind: kinds.count(kind) for kind in KINDS if kind in kinds},
                version == in_force,
                taken[0] if taken else None,
            )
        )
    return lines


def _last(published: list[MatrixVersion], day: date) -> MatrixVersion | None:
    return next((one for one in reversed(published) if one.effective_from <= day), None)


def _day_before(version: MatrixVersion) -> date:
    return version.effective_from - timedelta(days=1) if version.effective_from > date.min else date.min


def compared_with(version: MatrixVersion) -> MatrixVersion | None:
    """What a version is held against: the one that is in force on its day without it."""
    others = MatrixVersion.objects.exclude(pk=version.pk)
    if version.published_at is None:
        return others.in_force(on=version.effective_from)
    return others.in_force(on=_day_before(version))


def last_saved(draft: MatrixVersion) -> str:
    """Who saved the draft last and when, in a sentence; empty if the trail does not say."""
    events = AuditEvent.objects.filter(action__startswith="draft.", subject=draft.code)
    event = events.order_by("-number").first()
    if event is None:
        return ""
    at = date_format(timezone.localtime(event.at), "DATETIME_FORMAT")
    return gettext("It was saved last by %(who)s, %(at)s.") % {"who": event.actor or gettext("somebody"), "at": at}
