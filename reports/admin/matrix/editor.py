"""The editor of a draft: every role by every competency on one page. A published version is shown there to be read."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from reports.forms.matrix import FileForm, SheetForm, written
from reports.queries.matrix_sheet import Key, MatrixSheet, matrix_sheet
from reports.queries.matrix_versions import compared_with, last_saved
from reports.views.asking import SignedInRequest
from roles.admin.base import may_write
from roles.models import Competency, MatrixVersion, Role
from roles.services import Asked, DraftMoved, set_requirements

from .asking import page, refuse_readers, version_asked


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, code: str) -> HttpResponse:
    """The sheet of a version: of a draft, to be edited by who may write; of one that is published, to be read."""
    version = version_asked(request, code)
    sheet = matrix_sheet(version=version, against=compared_with(version))
    if request.method == "POST":
        refuse_readers(request)
        return _sent(request, sheet)
    if version.published_at is not None or not may_write(request):
        return page(request, "matrix_version.html", _title(version), {"sheet": sheet})
    return _shown(request, SheetForm(sheet))


def _title(version: MatrixVersion) -> str:
    if version.published_at is not None:
        return gettext("Version %(code)s") % {"code": version.code}
    return gettext("Draft %(code)s") % {"code": version.code}


def _shown(request: SignedInRequest, form: SheetForm, *, status: int = 200, **more: object) -> HttpResponse:
    context = {"form": form, "sheet": form.sheet, "file_form": FileForm(), **more}
    return page(request, "matrix_editor.html", _title(form.sheet.version), context, status=status)


def _sent(request: SignedInRequest, sheet: MatrixSheet) -> HttpResponse:
    """Save the cells that were changed, or show again what was typed."""
    form = SheetForm(sheet, request.POST)
    if form.problems:
        return _shown(request, form, status=422)
    try:
        saved = set_requirements(draft=sheet.version, cells=form.wanted, revision=form.revision)
    except DraftMoved as moved:
        return _moved(request, form, moved)
    except ValidationError as error:
        return _shown(request, form, status=422, refused=" ".join(error.messages))
    messages.success(request, _said(len(form.wanted)))
    return redirect("admin:matrix_version", saved.code)


def _said(cells: int) -> str:
    if not cells:
        return gettext("Nothing was changed.")
    return ngettext("%(cells)s requirement is saved.", "%(cells)s requirements are saved.", cells) % {"cells": cells}


@dataclass(frozen=True)
class OthersCell:
    """A cell that somebody else has changed meanwhile, and what the reader has typed there, if anything else."""

    role: Role
    competency: Competency
    before: str
    after: str
    yours: str


def _moved(request: SignedInRequest, sent: SheetForm, moved: DraftMoved) -> HttpResponse:
    """What was typed, on top of what somebody else has saved meanwhile; nothing is written yet."""
    draft = MatrixVersion.objects.filter(pk=sent.sheet.version.pk, published_at=None).first()
    if draft is None:
        context = {"sheet": sent.sheet, "typed": _typed(sent), "refused": str(moved)}
        return page(request, "matrix_version.html", _title(sent.sheet.version), context, status=409)
    sheet = matrix_sheet(version=draft, against=compared_with(draft))
    merged = SheetForm(sheet, unsaved=sent.wanted)
    others = _others(sheet, sent)
    return _shown(request, merged, status=409, refused=f"{moved} {last_saved(draft)}", others=others)


def _others(sheet: MatrixSheet, sent: SheetForm) -> list[OthersCell]:
    """The cells that are stored otherwise than the sender was shown them."""
    return [
        OthersCell(role, competency, written(sent.shown.get(key)), written(sheet.cells.get(key)), _yours(sent, key))
        for role in sheet.roles
        for competency in sheet.competencies
        if sent.shown.get(key := (role.pk, competency.pk)) != sheet.cells.get(key)
    ]


def _yours(sent: SheetForm, key: Key) -> str:
    if key not in sent.wanted:
        return ""
    return written(sent.wanted[key]) or gettext("not required")


def _typed(sent: SheetForm) -> list[tuple[Role, Competency, Asked | None]]:
    """What was typed and can no longer be saved."""
    wanted = sent.wanted
    return [
        (role, competency, wanted[role.pk, competency.pk])
        for role in sent.sheet.roles
        for competency in sent.sheet.competencies
        if (role.pk, competency.pk) in wanted
    ]
