"""Drafts: matrix versions that are not published yet, and so count nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils.translation import gettext as _

from roles.models import Competency, MatrixVersion, Origin, Role, RoleRequirement
from roles.trail import one_event

from .checking import InTheWay, change, check


class DraftMoved(InTheWay):
    """The draft is not what who asks has seen: it was saved, published or discarded meanwhile."""


class Asked(NamedTuple):
    """What a role asks for in a competency: a level from 1 to 4, and a weight from 1 to 3."""

    level: int
    weight: int


#: By the keys of a role and a competency, what the role is to ask for; None for nothing.
Cells = Mapping[tuple[int, int], Asked | None]


class DraftValues(TypedDict, total=False):
    """What can change about a draft beside its requirements."""

    code: str
    effective_from: date
    note: str


def begin_draft(
    *, code: str, effective_from: date, based_on: MatrixVersion | None = None, note: str = ""
) -> MatrixVersion:
    """Begin a version, with the requirements of another or with none.

    Raises ValidationError by field, among them for a code or a day that is taken, and adds nothing.
    """
    with one_event("draft.begun", code):
        draft = MatrixVersion(code=code, effective_from=effective_from, note=note)
        check(draft)
        _refuse_taken(draft)
        draft.save()
        if based_on is not None:
            RoleRequirement.objects.bulk_create(_copied(based_on, draft))
    return draft


def change_draft(*, draft: MatrixVersion, revision: int, **values: Unpack[DraftValues]) -> MatrixVersion:
    """Give the draft another code, day of effect or note; gives it as it is then.

    Raises ValidationError by field, or DraftMoved, and changes nothing.
    """
    with one_event("draft.changed", draft.code):
        held = _held(draft, revision)
        if all(getattr(held, name) == value for name, value in values.items()):
            return held
        _refuse_taken(MatrixVersion(pk=held.pk, **{"code": held.code, "effective_from": held.effective_from, **values}))
        change(held, **values)
        return _one_revision_on(held)


def set_requirements(*, draft: MatrixVersion, cells: Cells, revision: int) -> MatrixVersion:
    """Have the draft ask for just this in these cells, all of them or none; the others stay as they are.

    Gives the draft as it is then. Raises ValidationError for a cell that cannot be, or DraftMoved.
    """
    _refuse_impossible(cells)
    with one_event("draft.changed", draft.code):
        held = _held(draft, revision)
        stored = {(cell.role_id, cell.competency_id): cell for cell in held.requirements.all()}
        gone = [stored[key].pk for key, asked in cells.items() if asked is None and key in stored]
        new = {key: asked for key, asked in cells.items() if asked is not None and key not in stored}
        other = {
            stored[key].pk: asked
            for key, asked in cells.items()
            if asked is not None and key in stored and asked != (stored[key].required_level, stored[key].weight)
        }
        if not (gone or new or other):
            return held
        _write(held, gone, new, other)
        return _one_revision_on(held)


def discard_draft(*, draft: MatrixVersion, revision: int) -> None:
    """Remove the draft with all that it asks for. Raises DraftMoved, and removes nothing."""
    with one_event("draft.discarded", draft.code):
        _held(draft, revision).delete()


def _held(draft: MatrixVersion, revision: int) -> MatrixVersion:
    """The draft as it is stored, held until the transaction ends. Raises DraftMoved if it is another than was seen."""
    stored: MatrixVersion | None = MatrixVersion.objects.select_for_update().filter(pk=draft.pk).first()
    if stored is None:
        raise DraftMoved(_("The draft %(code)s has been discarded meanwhile.") % {"code": draft.code})
    if stored.published_at is not None:
        raise DraftMoved(_("%(code)s has been published, and never changes any more.") % {"code": stored.code})
    if stored.revision != revision:
        raise DraftMoved(_("The draft %(code)s has been saved by somebody meanwhile.") % {"code": stored.code})
    return stored


def _one_revision_on(draft: MatrixVersion) -> MatrixVersion:
    MatrixVersion.objects.filter(pk=draft.pk).update(revision=F("revision") + 1)
    draft.refresh_from_db()
    return draft


def _refuse_taken(draft: MatrixVersion) -> None:
    others = MatrixVersion.objects.exclude(pk=draft.pk)
    if others.filter(code=draft.code).exists():
        raise ValidationError({"code": _("There is a version %(code)s already.") % {"code": draft.code}})
    refuse_taken_day(draft)


def refuse_taken_day(version: MatrixVersion) -> None:
    """Raise ValidationError if another version is published from the same day on."""
    day = version.effective_from
    other = MatrixVersion.objects.published().filter(effective_from=day).exclude(pk=version.pk).first()
    if other is not None:
        raise ValidationError(
            {
                "effective_from": _("%(code)s is published from %(day)s on. Choose another day.")
                % {"code": other.code, "day": day.isoformat()}
            }
        )


def _refuse_impossible(cells: Cells) -> None:
    for asked in filter(None, cells.values()):
        if not 1 <= asked.level <= 4 or not 1 <= asked.weight <= 3:  # noqa: PLR2004  (the scale of the contract)
            raise ValidationError(
                _("A level is from 1 to 4 and a weight from 1 to 3, and not %(level)s and %(weight)s.")
                % {"level": asked.level, "weight": asked.weight}
            )
    roles, competencies = {role for role, _competency in cells}, {competency for _role, competency in cells}
    known = Role.objects.filter(pk__in=roles).count(), Competency.objects.filter(pk__in=competencies).count()
    if known != (len(roles), len(competencies)):
        raise ValidationError(_("A role or a competency of these cells has been removed meanwhile."))


def _copied(source: MatrixVersion, draft: MatrixVersion) -> list[RoleRequirement]:
    """The requirements of the other version as those of the draft, with where each comes from."""
    copied = list(source.requirements.order_by("pk"))
    for cell in copied:
        cell.pk, cell.version, cell._state.adding = None, draft, True
    return copied


def _write(
    draft: MatrixVersion, gone: Collection[int], new: Mapping[tuple[int, int], Asked], other: Mapping[int, Asked]
) -> None:
    draft.requirements.filter(pk__in=gone).delete()
    # A statement for each level and weight that there is, at most a dozen.
    for asked, keys in _alike(other).items():
        draft.requirements.filter(pk__in=keys).update(
            required_level=asked.level, weight=asked.weight, level_origin=Origin.ORGANISATION
        )
    RoleRequirement.objects.bulk_create(
        RoleRequirement(version=draft, role_id=role, competency_id=competency, required_level=level, weight=weight)
        for (role, competency), (level, weight) in new.items()
    )


def _alike(wanted: Mapping[int, Asked]) -> dict[Asked, Iterable[int]]:
    found: dict[Asked, list[int]] = defaultdict(list)
    for pk, asked in wanted.items():
        found[asked].append(pk)
    return dict(found)
