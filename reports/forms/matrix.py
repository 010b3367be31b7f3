"""What is sent of a draft of the matrix: its cells, each in one field, and what is told of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reports.forms.as_of import DayField
from reports.queries.matrix_sheet import Cells, Key, MatrixSheet
from reports.standings import Requirement
from roles.codes import CODE_LENGTH, valid_code
from roles.models import Competency, MatrixVersion, Role
from roles.services import Asked

#: A level, and behind a cross or a star how much it weighs: `3`, `3×2`, `3x2`, `3*2`.
_CELL = re.compile(r"([0-4])(?:\s*[xX×*]\s*([1-3]))?")
#: So much of what stands in a field is looked at.
TYPED_AT_MOST = 20
FILE_AT_MOST = 2 * 1024**2


def written(asked: Requirement | Asked | None) -> str:
    """A requirement as a cell has it: the level, and the weight where it is more than 1; nothing for none."""
    if asked is None:
        return ""
    return f"{asked.level}×{asked.weight}" if asked.weight > 1 else str(asked.level)


def read(text: str) -> Asked | None:
    """What a cell asks for; an empty one, and level 0, ask for nothing. Raises ValueError for anything else."""
    text = text.strip()
    if not text:
        return None
    found = _CELL.fullmatch(text)
    if found is None:
        raise ValueError(text)
    level, weight = found.groups()
    return Asked(int(level), int(weight or 1)) if level != "0" else None


def field_name(key: Key) -> str:
    """The name of a cell's field."""
    return f"{key[0]}-{key[1]}"


@dataclass(frozen=True)
class CellProblem:
    """A cell in which something stands that cannot be read."""

    role: Role
    competency: Competency
    typed: str

    @property
    def words(self) -> str:
        """What is wrong and what to do."""
        return gettext(
            "“%(typed)s” is not a requirement. Write a level from 1 to 4, with a weight as 3×2, or leave it empty."
        ) % {"typed": self.typed}


@dataclass(frozen=True)
class SheetForm:
    """The cells as they are typed, or if nothing was sent, as they are stored.

    `shown` is what they were filled with when the page was made: a cell is changed if it says something else now, so
    that what others have changed meanwhile stays.
    """

    sheet: MatrixSheet
    sent: Mapping[str, str] | None = None
    #: Values in place of the stored ones, of cells that are not saved yet.
    unsaved: Mapping[Key, Asked | None] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        """The revision of the draft that was edited; -1, which there is none of, if it was not sent as a number."""
        if self.sent is None:
            return self.sheet.version.revision
        told = self.sent.get("revision", "")
        return int(told) if re.fullmatch("[0-9]{1,9}", told) else -1

    @property
    def shown_as_json(self) -> str:
        """What the cells are filled with, for the form to send back."""
        return json.dumps({field_name(key): written(cell) for key, cell in self.stored.items()})

    @cached_property
    def shown(self) -> Cells:
        """What the cells were filled with; what is stored, if that was not sent or cannot be read."""
        if self.sent is None or "shown" not in self.sent:
            return self.sheet.cells
        try:
            told = json.loads(self.sent["shown"])
            by_name = {field_name(key): key for key in self._keys}
            cells = {by_name[name]: read(text) for name, text in told.items() if name in by_name}
        except (ValueError, AttributeError, TypeError, RecursionError):
            return self.sheet.cells
        return {key: Requirement(*cell) for key, cell in cells.items() if cell is not None}

    @property
    def stored(self) -> Cells:
        """What the cells say where nothing is typed: as they were shown, or as they are stored."""
        return self.sheet.cells if self.sent is None else self.shown

    @cached_property
    def _keys(self) -> list[Key]:
        competencies = [competency.pk for competency in self.sheet.competencies]
        return [(role.pk, competency) for role in self.sheet.roles for competency in competencies]

    def text(self, key: Key) -> str:
        """What stands in the cell."""
        if self.sent is not None:
            typed = self.sent.get(field_name(key))
            return written(self.shown.get(key)) if typed is None else typed[:TYPED_AT_MOST]
        if key in self.unsaved:
            return written(self.unsaved[key])
        return written(self.sheet.cells.get(key))

    @cached_property
    def wanted(self) -> dict[Key, Asked | None]:
        """The cells that say something else than when the page was made; those that cannot be read are left out."""
        found = {}
        for key in self._keys:
            try:
                asked = read(self.text(key))
            except ValueError:
                continue
            if written(asked) != written(self.shown.get(key)):
                found[key] = asked
        return found

    @cached_property
    def problems(self) -> list[CellProblem]:
        """The cells that cannot be read, in the order of the sheet."""
        found = []
        for role in self.sheet.roles:
            for competency in self.sheet.competencies:
                try:
                    read(self.text((role.pk, competency.pk)))
                except ValueError:
                    found.append(CellProblem(role, competency, self.text((role.pk, competency.pk))))
        return found


class UnpunctuatedForm(forms.Form):
    """A form whose labels end with nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class DraftForm(UnpunctuatedForm):
    """The code, the day of effect and the note of a draft."""

    code = forms.CharField(
        label=_("Code"),
        max_length=CODE_LENGTH,
        validators=[valid_code],
        help_text=_("What the version is called for good, in addresses and files, such as 2027-01."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    effective_from = DayField(
        label=_("Day of effect"),
        help_text=_("From this day on the version is in force. Figures of earlier days stay as they are."),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2_000,
        help_text=_("What changes, and why. It stays with the version."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    field_order = ("code", "effective_from", "based_on", "note")


class NewDraftForm(DraftForm):
    """The same, and the version that it begins with."""

    based_on = forms.ModelChoiceField(
        label=_("Begins with the requirements of"),
        queryset=MatrixVersion.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("none: an empty matrix"),
    )

    def __init__(self, sent: Mapping[str, Any] | None, *, initial: Mapping[str, Any], versions: Any) -> None:
        super().__init__(sent, initial=dict(initial))
        self.fields["based_on"].queryset = versions.order_by("-effective_from", "code")  # type: ignore[attr-defined]


class FileForm(UnpunctuatedForm):
    """A file with all requirements of a draft."""

    file = forms.FileField(
        label=_("matrix.csv or matrix.xlsx"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        error_messages={"required": _("Choose a file.")},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith((".csv", ".xlsx")):
            raise forms.ValidationError(_("The file is neither CSV nor XLSX."))
        if file.size > FILE_AT_MOST:
            raise forms.ValidationError(_("The file is larger than 2 MB, more than any matrix."))
        return file
