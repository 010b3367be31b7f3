"""Drafts of the matrix: begun, changed by several people, discarded, and published as they were seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from roles.models import AuditEvent, MatrixVersion, Origin
from roles.services import (
    AlreadyPublished,
    Asked,
    DraftMoved,
    begin_draft,
    change_draft,
    discard_draft,
    publish_version,
    set_requirements,
)
from tests.organisation import at_once

from .conftest import AT, Cast

DAY = date(2031, 1, 1)


def cells_of(version: MatrixVersion) -> dict[str, tuple[int, int]]:
    rows = version.requirements.order_by().values_list("competency__code", "required_level", "weight")
    return {competency: (level, weight) for competency, level, weight in rows}


def wrong_with(work: Callable[[], object]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        work()
    return refused.value.message_dict


def actions() -> list[tuple[str, str]]:
    return list(AuditEvent.objects.order_by("number").values_list("action", "subject"))


def test_a_draft_based_on_a_version_asks_for_the_same_and_leaves_it_alone(cast: Cast) -> None:
    source = cast.published.requirements.get()
    draft = begin_draft(code="v9", effective_from=DAY, based_on=cast.published, note="Why")
    copied = draft.requirements.get()
    for name in ("role", "competency", "required_level", "weight", "rationale", "pairing_origin", "level_origin"):
        assert getattr(copied, name) == getattr(source, name)
    assert (draft.published_at, draft.note, draft.revision) == (None, "Why", 0)
    assert cast.published.requirements.get() == source


def test_beginning_a_draft_is_one_event(cast: Cast) -> None:
    before = len(actions())
    begin_draft(code="v9", effective_from=DAY, based_on=cast.published)
    assert actions()[before:] == [("draft.begun", "v9")]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        pytest.param({"code": "v1"}, "code", id="a code that is taken"),
        pytest.param({"code": "a/b"}, "code", id="no code"),
        pytest.param({"effective_from": date(2020, 1, 1)}, "effective_from", id="a day that is taken"),
    ],
)
def test_what_a_draft_cannot_be_is_said_by_field(cast: Cast, values: dict[str, Any], field: str) -> None:
    wanted = {"code": "v9", "effective_from": DAY, **values}
    assert list(wrong_with(lambda: begin_draft(**wanted))) == [field]
    assert list(wrong_with(lambda: change_draft(draft=cast.draft, revision=0, **values))) == [field]
    assert not MatrixVersion.objects.filter(code="v9").exists()
    cast.draft.refresh_from_db()
    assert (cast.draft.code, cast.draft.revision) == ("v2", 0)


def test_two_drafts_may_be_for_one_day(cast: Cast) -> None:
    assert begin_draft(code="v9", effective_from=cast.draft.effective_from).pk


def test_cells_are_added_changed_and_removed_in_one_event(cast: Cast) -> None:
    key, other = (cast.role.pk, cast.competency.pk), (cast.role.pk, cast.other.pk)
    draft = set_requirements(draft=cast.draft, cells={key: Asked(4, 3), other: Asked(1, 1)}, revision=0)
    assert cells_of(draft) == {"C-1": (4, 3), "C-2": (1, 1)}
    assert draft.revision == 1
    before = len(actions())
    draft = set_requirements(draft=draft, cells={key: None, other: Asked(2, 1)}, revision=1)
    assert cells_of(draft) == {"C-2": (2, 1)}
    assert actions()[before:] == [("draft.changed", "v2")]
    event = AuditEvent.objects.order_by("number").last()
    assert event is not None
    assert event.after == {"rolerequirement v2 ENG C-2": {"required_level": 2}}
    assert set(event.before or {}) == {"rolerequirement v2 ENG C-1", "rolerequirement v2 ENG C-2"}


def test_a_level_that_is_changed_is_the_organisations_own(cast: Cast) -> None:
    cast.draft.requirements.update(level_origin=Origin.ARTICLE, pairing_origin=Origin.ARTICLE)
    set_requirements(draft=cast.draft, cells={(cast.role.pk, cast.competency.pk): Asked(4, 1)}, revision=0)
    changed = cast.draft.requirements.get()
    assert (changed.pairing_origin, changed.level_origin) == (Origin.ARTICLE, Origin.ORGANISATION)


def test_cells_that_are_as_they_were_make_no_revision_and_no_event(cast: Cast) -> None:
    before = len(actions())
    cells = {(cast.role.pk, cast.competency.pk): Asked(2, 1), (cast.role.pk, cast.other.pk): None}
    assert set_requirements(draft=cast.draft, cells=cells, revision=0).revision == 0
    assert actions()[before:] == []


@pytest.mark.parametrize("asked", [Asked(0, 1), Asked(5, 1), Asked(1, 0), Asked(1, 4)])
def test_with_one_impossible_cell_nothing_is_written(cast: Cast, asked: Asked) -> None:
    cells = {(cast.role.pk, cast.competency.pk): Asked(4, 3), (cast.role.pk, cast.other.pk): asked}
    with pytest.raises(ValidationError):
        set_requirements(draft=cast.draft, cells=cells, revision=0)
    assert cells_of(cast.draft) == {"C-1": (2, 1)}


def test_cells_of_something_that_is_not_there_are_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="removed meanwhile"):
        set_requirements(draft=cast.draft, cells={(cast.role.pk, 9999): Asked(1, 1)}, revision=0)


CHANGES: dict[str, Callable[[Cast, int], object]] = {
    "requirements": lambda cast, seen: set_requirements(
        draft=cast.draft, cells={(cast.role.pk, cast.competency.pk): Asked(1, 1)}, revision=seen
    ),
    "details": lambda cast, seen: change_draft(draft=cast.draft, revision=seen, note="Mine"),
    "discarding": lambda cast, seen: discard_draft(draft=cast.draft, revision=seen),
    "publishing": lambda cast, seen: publish_version(version=cast.draft, at=AT, revision=seen),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_somebody_saved_meanwhile_is_not_undone(cast: Cast, change: str) -> None:
    set_requirements(draft=cast.draft, cells={(cast.role.pk, cast.other.pk): Asked(3, 1)}, revision=0)
    with pytest.raises(DraftMoved):
        CHANGES[change](cast, 0)
    assert cells_of(cast.draft) == {"C-1": (2, 1), "C-2": (3, 1)}
    CHANGES[change](cast, 1)


@pytest.mark.parametrize("change", CHANGES)
def test_a_published_version_never_changes(cast: Cast, change: str) -> None:
    publish_version(version=cast.draft, at=AT)
    with pytest.raises((DraftMoved, AlreadyPublished)):
        CHANGES[change](cast, 0)
    assert cells_of(cast.draft) == {"C-1": (2, 1)}


@pytest.mark.parametrize("change", CHANGES)
def test_a_draft_that_was_discarded_is_gone(cast: Cast, change: str) -> None:
    MatrixVersion.objects.filter(pk=cast.draft.pk).delete()
    with pytest.raises(DraftMoved):
        CHANGES[change](cast, 0)


def test_details_change_with_a_revision_of_their_own(cast: Cast) -> None:
    draft = change_draft(draft=cast.draft, revision=0, code="v3", effective_from=DAY, note="Why")
    assert (draft.code, draft.effective_from, draft.note, draft.revision) == ("v3", DAY, "Why", 1)
    assert change_draft(draft=draft, revision=1, note="Why").revision == 1


def test_a_discarded_draft_is_removed_with_its_cells_and_told(cast: Cast) -> None:
    discard_draft(draft=cast.draft, revision=0)
    assert not MatrixVersion.objects.filter(code="v2").exists()
    assert actions()[-1] == ("draft.discarded", "v2")


def test_a_day_that_was_taken_meanwhile_refuses_the_publication(cast: Cast) -> None:
    other = begin_draft(code="v9", effective_from=cast.draft.effective_from, based_on=cast.published)
    publish_version(version=other, at=AT)
    assert list(wrong_with(lambda: publish_version(version=cast.draft, at=AT, revision=0))) == ["effective_from"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_is_refused(cast: Cast) -> None:
    key = (cast.role.pk, cast.competency.pk)

    def save(level: int) -> int:
        with transaction.atomic():
            return set_requirements(draft=cast.draft, cells={key: Asked(level, 1)}, revision=0).revision

    done = at_once(lambda: save(3), lambda: save(4))
    assert sorted(type(one).__name__ for one in done) == ["DraftMoved", "int"]
    cast.draft.refresh_from_db()
    assert cast.draft.revision == 1
