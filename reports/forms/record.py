"""The grid on which results are recorded: what it shows, what was typed into it, and what is wrong with that."""

from __future__ import annotations

import re
import uuid
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.models import AssessmentResult, Method
from assessments.services import check_result
from reports.forms.as_of import DayField
from reports.presentation.marks import Mark, mark_of
from reports.queries.recording import RecordingGrid
from roles.codes import CODE_LENGTH, CODE_PATTERN
from roles.models import Competency, Person, Role, RoleFamily, User

LEVELS = {str(level): level for level in range(5)}
EVIDENCE_LENGTH = 2_000

_BLANK_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f]")


class GridChoice(forms.Form):
    """Which people and which competencies the grid is to show; what is left empty narrows nothing."""

    q = forms.CharField(label=_("Name or employee id"), required=False, max_length=200)
    role = forms.ModelChoiceField(
        Role.objects.order_by("code"), label=_("Role"), required=False, to_field_name="code", empty_label=_("All roles")
    )
    family = forms.ModelChoiceField(
        RoleFamily.objects.all(), label=_("Family"), required=False, to_field_name="code", empty_label=_("All families")
    )
    competency = forms.ModelMultipleChoiceField(
        Competency.objects.order_by("family", "code"),
        label=_("Competencies"),
        required=False,
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
    )
    page = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def wanted(self) -> dict[str, Any]:
        """What was asked for, as `recording_page` takes it; nothing of what is not understood."""
        self.full_clean()
        asked = self.cleaned_data
        return {
            "words": asked.get("q") or "",
            "role": asked.get("role"),
            "family": asked.get("family"),
            "chosen": list(asked.get("competency") or ()),
            "page": asked.get("page") or 1,
        }

    @property
    def status(self) -> int:
        """The status to answer with: 400 where something is not understood."""
        return 200 if self.is_valid() else 400


class LinkField(forms.CharField):
    """An address on the web, or nothing. Hosts inside the organisation need no dot in their names."""

    widget = forms.URLInput

    def to_python(self, value: Any) -> str:
        link = super().to_python(value) or ""
        if link and not _is_link(link):
            message = _("“%(value)s” is not a link. Write an address that begins with https:// or http://.")
            raise ValidationError(message, code="invalid", params={"value": link[:100]})
        return link


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not _BLANK_OR_CONTROL.search(text)


class Details(forms.Form):
    """When and how results were assessed: for all that is filled in."""

    assessed_on = DayField(label=_("Assessed on"))
    method = forms.ChoiceField(label=_("Method"), choices=Method.choices)
    expires_on = DayField(label=_("Expires on"), required=False)
    evidence = LinkField(label=_("Evidence, a link"), required=False, max_length=EVIDENCE_LENGTH)

    def __init__(self, sent: Mapping[str, Any] | None, *, today: date) -> None:
        super().__init__(sent, initial={"assessed_on": today, "method": Method.MANAGER})
        self.today = today
        self.fields["assessed_on"].widget.attrs["max"] = today.isoformat()
        for name, field in self.fields.items():
            field.widget.attrs["id"] = self.id_of(name)

    def id_of(self, name: str) -> str:
        return f"all-{name}"

    def in_force(self, name: str) -> Any:
        """What holds for the results, None if nothing or nothing understood was given."""
        return self.cleaned_data.get(name) or None

    def clean_assessed_on(self) -> date | None:
        day: date | None = self.cleaned_data["assessed_on"]
        if day and day > self.today:
            message = _("Results are recorded once they are there: %(day)s is after today.")
            raise ValidationError(message, params={"day": date_format(day)})
        return day

    def clean(self) -> None:
        assessed_on, expires_on = self.in_force("assessed_on"), self.in_force("expires_on")
        typed = [name for name in ("expires_on", "assessed_on") if self.cleaned_data.get(name)]
        if typed and assessed_on and expires_on and expires_on < assessed_on:
            message = _("A result that expires on %(expiry)s cannot have been assessed later, on %(day)s.")
            days = {"expiry": date_format(expires_on), "day": date_format(assessed_on)}
            self.add_error(typed[0], ValidationError(message, params=days))

    def problems(self) -> Iterator[Problem]:
        """What is wrong with each field, which then says so to a screen reader too."""
        for name, errors in self.errors.items():
            self.fields[name].widget.attrs["aria-describedby"] = f"{self.id_of(name)}-error"
            yield Problem(self.id_of(name), str(self.fields[name].label), " ".join(map(str, errors)))

    def begin_at(self, field_id: str) -> None:
        """Have the page begin at the field with this id, if it is one of these."""
        for field in self.fields.values():
            if field.widget.attrs["id"] == field_id:
                field.widget.attrs["autofocus"] = True


class OwnDetails(Details):
    """The same for one person, where they differ; what is left empty is as for all."""

    def __init__(
        self, sent: Mapping[str, Any] | None, *, today: date, employee_id: str, row: int, for_all: Details
    ) -> None:
        self.employee_id, self.row, self.for_all = employee_id, row, for_all
        super().__init__(sent, today=today)
        self.initial = {}
        for field in self.fields.values():
            field.required = False
        method = self.fields["method"]
        assert isinstance(method, forms.ChoiceField)  # noqa: S101 - it is declared above
        method.choices = [("", _("as for all")), *Method.choices]

    def id_of(self, name: str) -> str:
        return f"row-{self.row}-{name}"

    def add_prefix(self, field_name: str) -> str:
        # No code has a slash.
        return f"{field_name}/{self.employee_id}"

    def in_force(self, name: str) -> Any:
        return self.cleaned_data.get(name) or self.for_all.in_force(name)

    @property
    def first_typed(self) -> str | None:
        """The first field with something in it, None where all is as for all."""
        return next((name for name in self.fields if self.is_bound and self[name].data), None)


class Problem(NamedTuple):
    """Something that was typed and is wrong: the id of its field, where that is, and what is wrong."""

    id: str
    where: str
    message: str


@dataclass
class Cell:
    """One field of the grid: a level to type, beside how the person stands now."""

    id: str
    name: str
    code: str
    label: str
    mark: Mark | None
    begins_family: bool
    typed: str = ""
    error: str = ""


@dataclass
class Row:
    """A person, or what was sent in place of one, with the fields of theirs; `is_sender` if it is who records."""

    employee_id: str
    person: Person | None
    is_sender: bool
    own: OwnDetails
    cells: list[Cell]

    @property
    def name(self) -> str:
        return self.person.name if self.person else self.employee_id


class Column(NamedTuple):
    """A competency, or the code that was sent in place of one; the first of each family is set apart."""

    code: str
    competency: Competency | None
    begins_family: bool


class SentLevels:
    """What was typed, by employee id and code; the fields are named `level/<employee id>/<code>`."""

    def __init__(self, sent: QueryDict) -> None:
        self.typed: dict[tuple[str, str], list[str]] = {}
        for name, values in sent.lists():
            what, _slash, rest = name.partition("/")
            employee_id, slash, code = rest.partition("/")
            if what == "level" and slash:
                self.typed[employee_id, code] = [str(value).strip() for value in values]

    def employee_ids(self, *, filled_in: bool = False) -> list[str]:
        return self._parts(0, filled_in=filled_in)

    def codes(self, *, filled_in: bool = False) -> list[str]:
        return self._parts(1, filled_in=filled_in)

    def of(self, employee_id: str, code: str) -> list[str]:
        return self.typed.get((employee_id, code), [])

    def _parts(self, part: int, *, filled_in: bool) -> list[str]:
        return list(dict.fromkeys(cell[part] for cell, values in self.typed.items() if any(values) or not filled_in))


def well_formed(codes: list[str]) -> list[str]:
    """Those that can be codes at all; a database may not even be asked for others."""
    return [code for code in codes if len(code) <= CODE_LENGTH and CODE_PATTERN.match(code)]


class RecordForm:
    """The grid as a form: empty, or with what was sent, checked.

    `results` are those to record, if there are no `problems`. Each has an id made of the form's one-time `token`, who
    sends it and all that it says. So a form sent twice, by a double click or a reload, makes the same ids and is
    recognised; sent again with something changed, it makes new ones for what was changed.
    """

    def __init__(self, grid: RecordingGrid, *, by: User, today: date, sent: QueryDict | None = None) -> None:
        self.grid, self.by, self.sent = grid, by, sent
        self.levels = SentLevels(sent or QueryDict())
        self.details = Details(sent, today=today)
        self.columns = self._columns()
        people: dict[str, Person | None] = {person.employee_id: person for person in grid.people}
        people |= dict.fromkeys(_unknown(self.levels.employee_ids(filled_in=True), people))
        self.rows = [self._row(number, code, person, today) for number, (code, person) in enumerate(people.items())]
        self.results: list[AssessmentResult] = []
        self.problems: list[Problem] = []
        self.token = str(uuid.uuid4())
        if sent is not None:
            self._check(sent.get("token", ""))

    @property
    def first_wrong(self) -> str:
        """The id of the first field with something wrong, for the focus."""
        return self.problems[0].id if self.problems else ""

    def _columns(self) -> list[Column]:
        competencies = {one.code: one for one in self.grid.competencies}
        families = [one.family_id for one in competencies.values()]
        begins = [before != family for before, family in pairwise([None, *families])]
        known = [Column(code, one, new) for (code, one), new in zip(competencies.items(), begins, strict=True)]
        return known + [Column(code, None, False) for code in _unknown(self.levels.codes(filled_in=True), competencies)]

    def _row(self, number: int, employee_id: str, person: Person | None, today: date) -> Row:
        own = OwnDetails(self.sent, today=today, employee_id=employee_id, row=number, for_all=self.details)
        cells = []
        for place, column in enumerate(self.columns):
            typed = self.levels.of(employee_id, column.code)
            mark = self._mark(person, column.competency)
            cells.append(
                Cell(
                    id=f"cell-{number}-{place}",
                    name=f"level/{employee_id}/{column.code}",
                    code=column.code,
                    label=_label(person.name if person else employee_id, column.code, mark),
                    mark=mark,
                    begins_family=column.begins_family,
                    typed=next(filter(None, typed), ""),
                )
            )
        is_sender = person is not None and person.pk == self.by.person_id
        return Row(employee_id, person, is_sender, own, cells)

    def _mark(self, person: Person | None, competency: Competency | None) -> Mark | None:
        held = self.grid.held.get((person.pk, competency.pk)) if person and competency else None
        if held is None:
            return None
        return mark_of(state=held.state, level=held.level, required=held.required, verified=held.verified)

    def _check(self, token: str) -> None:
        try:
            self.token = str(uuid.UUID(token))
        except ValueError:
            self.problems.append(Problem("recording", "", gettext("The form was not whole. Send it once more.")))
        self.problems += self.details.problems()
        for row in self.rows:
            self._check_row(row)
        if not self.problems and not self.results:
            message = gettext("Nothing is filled in. Type a level from 0 to 4 for somebody.")
            self.problems.append(Problem("cell-0-0", "", message))
        for details in (self.details, *[row.own for row in self.rows]):
            details.begin_at(self.first_wrong)

    def _check_row(self, row: Row) -> None:
        problems = list(row.own.problems())
        if row.own.first_typed and not any(cell.typed for cell in row.cells) and not problems:
            field = row.own.first_typed
            row.own.add_error(field, gettext("No level is filled in for this person."))
            problems = list(row.own.problems())
        self.problems += [problem._replace(where=f"{row.name}, {problem.where}") for problem in problems]
        for cell, column in zip(row.cells, self.columns, strict=True):
            if cell.typed:
                cell.error = self._error(row, cell, column)
                if cell.error:
                    self.problems.append(Problem(cell.id, f"{row.name}, {cell.code}", cell.error))

    def _error(self, row: Row, cell: Cell, column: Column) -> str:
        """What is wrong with a cell that is filled in; nothing, and a result more, if all is well."""
        if row.person is None:
            return gettext("Nobody with this employee id is in the team today.")
        if column.competency is None:
            return gettext("There is no competency with this code.")
        if len(self.levels.of(row.employee_id, column.code)) > 1:
            return gettext("This was sent more than once.")
        if cell.typed not in LEVELS:
            return gettext("Write a level from 0 to 4.")
        # What is wrong with the details is said where they were typed.
        if self.details.is_valid() and row.own.is_valid():
            return self._add(self._result(row.person, column.competency, LEVELS[cell.typed], row.own))
        return ""

    def _add(self, result: AssessmentResult) -> str:
        """What keeps the result from being recorded; if nothing does, it is one of the results."""
        try:
            check_result(result, by=self.by)
        except ValidationError as error:
            return " ".join(error.messages)
        self.results.append(result)
        return ""

    def _result(self, person: Person, competency: Competency, level: int, own: OwnDetails) -> AssessmentResult:
        said = {name: own.in_force(name) for name in own.fields}
        said["evidence"] = said["evidence"] or ""
        content = [self.by.pk, person.employee_id, competency.code, level, *said.values()]
        return AssessmentResult(
            result_id=str(uuid.uuid5(uuid.UUID(self.token), "/".join(map(str, content)))),
            person=person,
            competency=competency,
            level=level,
            assessor=self._assessor,
            **said,
        )

    @property
    def _assessor(self) -> str:
        name = self.by.person.name if self.by.person else self.by.get_full_name()
        return (name or self.by.username)[:200]


def _unknown(sent: Iterable[str], known: Container[str]) -> list[str]:
    return [code for code in sent if code not in known]


def _label(name: str, code: str, mark: Mark | None) -> str:
    standing = mark.words if mark else gettext("nothing required")
    return gettext("%(person)s, %(competency)s: %(standing)s") % {
        "person": name,
        "competency": code,
        "standing": standing,
    }
